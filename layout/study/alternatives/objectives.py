"""What can be traded off besides cost and carbon, as linear sums of a formulation."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation import Formulation
from layout.formulation.linear import Floats, Linear
from layout.formulation.parts import Part, joined_rows, joined_variable
from layout.formulation.variables import Variables
from layout.names import province_of_site
from layout.solving.steps import Aim

OBJECTIVES = ("cost", "carbon", "latency", "balance")
UNITS = {"cost": "mcny", "carbon": "kt", "latency": "ms", "balance": "share"}


def latency(formulation: Formulation) -> Aim:
    """Mean round trip of all demand, ms, weighted by FP32 equivalents and years of the periods.

    Σ_y years·Σ_{i,z,w} fp32[w]·2·one_way[i,z]·served[i,z,w,y] / Σ_y years·Σ_{z,w} fp32[w]·demand.
    Demand that is left unserved counts with the longest round trip that is admissible, so that
    leaving it shortens nothing.
    """
    total = sum(year.period.years * _weights(year.variables).sum() for year in formulation.years)
    linear = Linear()
    for year in formulation.years:
        v, flows = year.variables, year.case.flows
        by = year.period.years * _fp32(v)[flows.workload] * 2 * flows.one_way_ms / total
        v.add_served(linear, np.zeros(len(flows), dtype=np.int64), by)
        worst = 2 * float(flows.one_way_ms.max(initial=0.0))
        work = year.case.demand["workload"].to_numpy(np.int64)
        left = year.period.years * _fp32(v)[work] * worst / total
        linear.add(v.unserved, np.zeros(len(left), dtype=np.int64), np.arange(len(left)), left)
    return Aim("latency", linear, UNITS["latency"])


def balance(formulation: Formulation) -> Aim:
    """The largest part of all demand that the sites of one province serve; a share.

    t ≥ Σ_{i in province} Σ_{z,w} fp32[w]·served[i,z,w,y] / Σ_{z,w} fp32[w]·demand[z,w,y] for all
    provinces and periods, with what is left unserved added; adds t and these rows to the model.
    """
    model = formulation.case.model
    homes = province_of_site(model)
    provinces = sorted({homes[site] for site in formulation.case.sites})
    place = np.array([provinces.index(homes[site]) for site in formulation.case.sites])
    index = Index(("objective",), (np.array(["balance"], dtype=object),))
    largest = Part("largest", index, doc="largest part of demand served by one province", unit="1")
    formulation.pyomo.add_component("largest", joined_variable([largest]))
    for year in formulation.years:
        v, flows, count = year.variables, year.case.flows, len(provinces)
        total = float(_weights(v).sum()) or 1.0
        rows = Linear(count)
        v.add_served(rows, place[flows.site], _fp32(v)[flows.workload] / total)
        work = year.case.demand["workload"].to_numpy(np.int64)
        each = np.arange(count)
        for at in np.flatnonzero(v.unserved.upper > 0):
            rows.add(v.unserved, each, at, float(_fp32(v)[work[at]]) / total)
        rows.add(largest, each, 0, -1.0)
        labels = Index(("province",), (np.array(provinces, dtype=object),))
        held = joined_rows([rows.rows(labels, upper=0.0, doc="no province serves a larger part")])
        formulation.pyomo.add_component(f"largest_{year.year}", held)
    return Aim("balance", Linear().add(largest, 0, 0, 1.0), UNITS["balance"])


def _fp32(v: Variables) -> Floats:
    """Workload → FP32 equivalents of one EFLOPS of it."""
    values: Floats = v.case.kind_values("fp32_per_native")[v.case.workload_kind]
    return values


def _weights(v: Variables) -> Floats:
    """Demand row → FP32 equivalents."""
    workload = v.case.demand["workload"].to_numpy(np.int64)
    weights: Floats = _fp32(v)[workload] * v.demand_eflops
    return weights
