"""Families of hardware: which kind runs what, and how many chips there are (64)."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Linear, dense
from layout.formulation.parts import Rows
from layout.formulation.variables import Variables


def hardware(v: Variables) -> dict[str, Rows]:
    """`runs_on` where several kinds run a workload, `chip_supply` where supply is short."""
    rows = {}
    if v.runs is not None:
        rows["runs_on"] = _runs_on(v)
    supply = v.case.model["chips"]
    if (supply["year"] == v.case.year).any():
        rows["chip_supply"] = _chip_supply(v)
    return rows


def _runs_on(v: Variables) -> Rows:
    """What a site serves runs on some kind of hardware there (R2).

    Σ_k runs[i,w,k,y] = Σ_z work[i,z,w]·served[i,z,w,y] for every site i and workload w that
    several kinds run; EFLOPS. work is 1, and 1 + away_overhead[w] outside the zone's province.
    """
    case, flows, work = v.case, v.case.flows, v.work
    shared = case.shared[flows.workload]
    code = flows.site * len(case.workloads) + flows.workload
    keys = np.flatnonzero(case.places & case.shared)
    row_of = dense((len(case.sites) * len(case.workloads),))
    row_of[keys] = np.arange(len(keys))
    rows = Linear(len(keys))
    first = len(work.flow)
    place = work.site[first:] * len(case.workloads) + work.workload[first:]
    assert v.runs is not None
    rows.add(v.runs, row_of[place], np.arange(len(v.runs)))
    v.add_served(rows, np.where(shared, row_of[code], -1), -flows.work)
    labels = (
        np.array(case.sites, dtype=object)[keys // len(case.workloads)],
        np.array(case.workloads, dtype=object)[keys % len(case.workloads)],
        np.full(len(keys), case.year),
    )
    index = Index(("site", "workload", "year"), labels)
    doc = "what is served runs on some kind, EFLOPS"
    return rows.rows(index, lower=0.0, upper=0.0, doc=doc)


def _chip_supply(v: Variables) -> Rows:
    """What the nation puts into service stays within the supply of chips (64).

    Σ_u Σ_{k of the kind} install[u,k,y] ≤ max_eflops[kind,y] for every row of ``chips``; EFLOPS.
    """
    case = v.case
    table = case.model["chips"]
    table = table[table["year"] == case.year]
    row_of = dense((len(case.kinds) + 1,))  # the last is that of no name
    row_of[case.positions("kinds", table["kind"])] = np.arange(len(table))
    rows = Linear(len(table))
    for name in case.names_of:
        v.add_additions(rows, row_of[name[case.units.kind]])
    index = Index(("kind", "year"), (table["kind"].to_numpy(object), table["year"].to_numpy()))
    doc = "additions within the supply of chips, EFLOPS"
    return rows.rows(index, upper=table["max_eflops"].to_numpy(float), doc=doc)
