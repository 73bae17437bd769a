"""How a closed site is kept from serving: one row for each flow, or one for all of a site.

All ways are exact. Rows of single flows (strong) make the LP relaxation tight but are as many as
the flows; one row for a site and workload (aggregated) is few rows and a weaker relaxation.
Separated begins with the few and adds, before the first integer is branched on, those rows of
single flows that the relaxation breaks (layout.solving.separation).
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation.case import Case, Flows
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Rows
from layout.formulation.variables import Variables

MANY_FLOWS = 400
"""From so many flows on, into sites that must be opened, `auto` may separate the strong rows.

Below, the rows of all flows cost HiGHS no more than the rounds that find the few it needs.
"""
LIMITED_SHARE = 0.5
"""... and where at least this share of them goes into sites whose `max_it_mw` may bind.

Where it may, few strong rows matter (109 of 90,000 on `tbed1_i300_1`). Where no capacity says
anything they are all there is: the rounds are many, the relaxation degenerate, and all rows at
once are 2 to 50 times faster. Measured on the instances of docs/known-answers.md.
"""

_CHOSEN: WeakKeyDictionary[Variables, Linking] = WeakKeyDictionary()
"""What was chosen for the variables of a first period: asked several times for each model."""
HUGE = 1e30  # MW per EFLOPS of what cannot run


@dataclass(frozen=True)
class Linking:
    """Which way a model links its flows to the opening of sites.

    `asked` is the setting `solver.linking`, `way` what it comes to; `flows` counts the flows of
    the first period into sites that must be opened, `limited_share` is the share of those whose
    site cannot hold all that may come.
    """

    way: str
    asked: str
    flows: int
    limited_share: float


def linking(v: Variables) -> Linking:
    """The way of the model that `v` belongs to: the same in every period.

    `auto` is separated with many flows, mostly into sites whose capacity may bind; else, and
    where only some of the flows are stated, strong.
    """
    first = v.earlier[0] if v.earlier else v
    if first not in _CHOSEN:
        _CHOSEN[first] = _chosen(first)
    return _CHOSEN[first]


def _chosen(first: Variables) -> Linking:
    case = first.case
    asked = case.settings.solver.linking
    into = np.flatnonzero(~case.has_stock[case.flows.site])
    site, workload = case.flows.site[into], case.flows.workload[into]
    limited = float(np.mean(~_holds_all(first)[site, workload])) if len(into) else 0.0
    way: str = asked
    if asked == "auto":
        many = len(into) >= MANY_FLOWS and limited >= LIMITED_SHARE
        way = "separated" if many and case.arcs is None else "strong"
    return Linking(way, asked, len(into), limited)


def linked(v: Variables, flows: Flows) -> tuple[Ints, Ints]:
    """Flows into sites that must be opened first, and the position of their opening."""
    position = dense((len(v.case.sites),))
    position[v.fresh_sites] = np.arange(len(v.fresh_sites))
    opening = position[flows.site]
    return np.flatnonzero(opening >= 0), opening[opening >= 0]


def serve_rows(v: Variables, keep: Ints | None = None) -> Rows:
    """The rows of `open_serve` for all linked flows, or those at some positions among them."""
    flows, opening = linked(v, v.split)
    if keep is not None:
        flows, opening = flows[keep], opening[keep]
    rows = Linear(len(flows))
    each = np.arange(len(flows))
    rows.add(v.serve, each, flows)
    rows.add(v.open, each, opening, -v.demand_eflops[v.split.row[flows]])
    index = v.flow_index(v.split.take(flows))
    return rows.rows(index, upper=0.0, doc="a closed site serves nothing, EFLOPS")


def assign_rows(v: Variables, keep: Ints | None = None) -> Rows:
    """The rows of `open_assign` for all linked flows, or those at some positions among them."""
    flows, opening = linked(v, v.whole)
    if keep is not None:
        flows, opening = flows[keep], opening[keep]
    rows = Linear(len(flows))
    each = np.arange(len(flows))
    rows.add(v.assign, each, flows)
    rows.add(v.open, each, opening, -1.0)
    index = v.flow_index(v.whole.take(flows))
    return rows.rows(index, upper=0.0, doc="a closed site is nobody's source")


def _none_unless_strong(v: Variables) -> Ints | None:
    return None if linking(v).way == "strong" else np.empty(0, dtype=np.int64)


def open_serve(v: Variables) -> Rows:
    """Only an open site serves (6), the disaggregated (strong) form.

    serve[site,z,w,y] ≤ demand[z,w,y]·open[site,y] for sites without existing capacity; for every
    flow with strong linking, for those that the relaxation breaks with separated.
    """
    return serve_rows(v, _none_unless_strong(v))


def open_assign(v: Variables) -> Rows:
    """Only an open site is the single source of a zone.

    assign[site,z,w,y] ≤ open[site,y] for sites without existing capacity; rows as `open_serve`.
    """
    return assign_rows(v, _none_unless_strong(v))


def open_total(v: Variables) -> dict[str, Rows]:
    """Only an open site serves (6), the aggregated form; nothing with strong linking.

    Σ_z served[site,z,w,y] ≤ reach[site,w,y]·open[site,y] for sites without existing capacity and
    workloads they may serve; EFLOPS. reach is the demand of the zones that the site may serve.
    Left out where the site's max_it_mw holds less than that demand needs: then capacity, space
    and the limit of the site already imply it, and tighter.
    """
    if linking(v).way == "strong":
        return {}
    case, reach = v.case, _reach(v)
    site, workload = np.nonzero(case.places & _holds_all(v) & ~case.has_stock[:, None])
    row_of = dense((len(case.sites), len(case.workloads)))
    row_of[site, workload] = np.arange(len(site))
    rows = Linear(len(site))
    v.add_served(rows, row_of[case.flows.site, case.flows.workload])
    position = dense((len(case.sites),))
    position[v.fresh_sites] = np.arange(len(v.fresh_sites))
    rows.add(v.open, np.arange(len(site)), position[site], -reach[site, workload])
    labels = (
        np.array(case.sites, dtype=object)[site],
        np.array(case.workloads, dtype=object)[workload],
        np.full(len(site), case.year),
    )
    index = Index(("site", "workload", "year"), labels)
    doc = "a closed site serves nothing of a workload, EFLOPS"
    return {"open_total": rows.rows(index, upper=0.0, doc=doc)}


def _holds_all(v: Variables) -> NDArray[np.bool_]:
    """Site × workload → whether `max_it_mw` holds all demand of the workload that may come."""
    need = _reach(v) * np.min(_mw_per_eflops(v.case), axis=1)
    return np.asarray(v.case.site_values("max_it_mw")[:, None] >= need)


def _reach(v: Variables) -> Floats:
    """Site × workload → the demand that the site may serve, EFLOPS.

    The demand of all zones where only some flows are stated: the bound must not depend on which.
    """
    case, demand = v.case, v.demand_eflops
    shape = (len(case.sites), len(case.workloads))
    if case.arcs is not None:
        workload = case.demand["workload"].to_numpy(np.int64)
        return np.tile(np.bincount(workload, demand, len(case.workloads)), (len(case.sites), 1))
    flows = case.flows
    code = flows.site * len(case.workloads) + flows.workload
    reached = np.bincount(code, demand[flows.row], shape[0] * shape[1]).astype(float)
    return reached.reshape(shape)


def _mw_per_eflops(case: Case) -> Floats:
    """Workload × kind → racked MW that an EFLOPS of demand takes; huge where it cannot run."""
    hosting = case.hosting
    rated, usable = case.kind_values("it_mw_per_eflops"), case.kind_values("max_utilisation")
    found = np.full((len(case.workloads), len(case.kinds)), HUGE)
    need = hosting.need * case.capacity_factor[hosting.workload]
    found[hosting.workload, hosting.kind] = need * (rated / usable)[hosting.kind]
    return found
