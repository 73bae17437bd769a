"""Facility space: vacant space, new modules, limits of the site."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.case import Case
from layout.formulation.linear import Floats, Linear, dense
from layout.formulation.linking import linking
from layout.formulation.parts import Rows
from layout.formulation.variables import Variables
from layout.model.balance import floors
from layout.model.halls import HallLimit, hall_limits
from layout.model.supplies import data_of, storage_per_eflops


def unit_space(v: Variables) -> Rows:
    """Compute fits into the space of its block, hall or retrofit (9)(10).

    Σ_k it_mw_per_eflops[k]·installed[u,k,y] ≤ space[u,y]; MW. A block that the data rack beyond
    its space takes nothing more.
    """
    case, units = v.case, v.case.units
    rated = case.kind_values("it_mw_per_eflops")[units.kind]
    racked = np.bincount(units.unit, rated * units.existing_eflops, len(units.labels))
    every = np.arange(len(units.labels))
    rows = Linear(len(every))
    v.add_installed(rows, units.unit, rated)
    v.add_space(rows, every, -1.0)
    upper = np.maximum(racked - units.space_mw, 0.0)
    doc = "racked compute fits the space, MW"
    return rows.rows(v.unit_index(every), upper=upper, doc=doc)


def ceiling_mw(case: Case) -> float:
    """A bound on new space that no sensible plan reaches, for sites without a limit of their own.

    Four times what all demand, all targets on compute and all commitments together would need;
    a plan that reaches it is refused (layout.solving), so it never shapes an answer silently.
    """
    rated = case.kind_values("it_mw_per_eflops")
    usable = case.kind_values("max_utilisation")
    demand = case.demand
    workload = demand["workload"].to_numpy(np.int64)
    need = demand["eflops"].to_numpy(float) * (case.capacity_factor * case.most_work)[workload]
    most, hosting = np.zeros(len(case.workloads)), case.hosting
    np.maximum.at(most, hosting.workload, hosting.need * (rated / usable)[hosting.kind])
    mw = float((need * most[workload]).sum())
    fp32 = case.kind_values("fp32_per_native")
    per_fp32 = np.nanmax(np.append(rated / np.where(fp32 > 0, fp32, np.nan), 0.0))
    for target in case.settings.targets:
        if target.measure == "compute_eflops_fp32" and target.value is not None:
            mw += float(target.value) * per_fp32
        if target.measure == "compute_eflops" and target.value is not None:
            mw += float(target.value) * float(rated[case.family(target.kind)].max())
    if case.settings.features.balance:
        for floor in floors(case.model, case.year):
            mw += floor.min_eflops * float(rated[case.family(floor.kind)].max())
    commitments = case.model["commitments"]
    if not commitments.empty:
        largest = np.array([rated[case.family(kind)].max() for kind in commitments["kind"]])
        mw += float(np.nansum(commitments["min_eflops"].to_numpy(float) * largest))
        mw += float(np.nansum(commitments["min_it_mw"].to_numpy(float)))
    mw += float(case.site_values("min_it_mw").sum())
    mw += sum(limit.min_it_mw for limit in hall_limits(case.model, case.year))
    mw += float(np.nansum(case.facility_values("module_it_mw")))
    if case.settings.features.storage:
        mw += _storage_mw(case, need)
    return 4 * mw + 1


def _storage_mw(case: Case, need: Floats) -> float:
    """MW of the storage that compute, data, copies and the targets on storage may ever need.

    `need` is peak demand by row of the demand, EFLOPS.
    """
    own, hosting, each = case.settings.storage, case.hosting, storage_per_eflops(case.model)
    held = each / case.kind_values("max_utilisation")
    most = np.zeros(len(case.workloads))
    np.maximum.at(most, hosting.workload, hosting.need * held[hosting.kind])
    amount = float((need * most[case.demand["workload"].to_numpy(np.int64)]).sum())
    amount += float((each[case.block_kind] * case.block_eflops).sum())
    amount += sum(data.stored_eb for data in data_of(case.model, case.year))
    amount *= 1 + own.copies * own.core_share
    targets = [target for target in case.settings.targets if target.measure == "storage_eb"]
    amount += sum(float(target.value) for target in targets if target.sense == "at_least")
    return amount * max(own.disk_mw_per_eb, own.ssd_mw_per_eb)


def standing_ceiling_mw(v: Variables) -> float:
    """`ceiling_mw` of this and earlier years, MW: what was built stands on when demand falls."""
    return max(ceiling_mw(year.case) for year in (*v.earlier, v))


WITHOUT_REWARD = frozenset({"site_count", "served_share", "latency_share"})
"""Measures of targets that capacity which serves nothing does not help to meet."""


def only_serves(v: Variables) -> bool:
    """Whether capacity that serves nothing is worth nothing, so that a closed site has none.

    Then strong rows alone keep a closed site empty: space costs, or is tidied away where it is
    free. False wherever something else than serving might ask for capacity.
    """
    case = v.case
    own = case.settings
    on = [name for name, value in own.features if value and name not in ("expand", "renewables")]
    aims = {target.measure for target in own.targets if target.mode != "report"}
    tables = ("commitments", "floors", "hall_limits", "subsidies")
    asked = [name for name in tables if len(case.model[name])]
    plain = list(own.objective) == ["cost"] and len(own.periods) == 1 and not on and not asked
    plain = plain and not v.forced
    whole = linking(v).way == "strong" and case.arcs is None
    return plain and whole and aims <= WITHOUT_REWARD


def site_limit(v: Variables) -> Rows:
    """All space of a site stays within its limit, and a closed site has none (4).

    Σ_u space[u,y] ≤ max(max_it_mw[i], stock MW[i])       (sites with existing capacity)
    Σ_u space[u,y] ≤ max_it_mw[i]·open[i,y]               (sites without)

    A site without existing capacity and without a limit gets `standing_ceiling_mw` for one; no
    row where capacity only serves: HiGHS does not see that strong rows imply it (measured on the
    p-median and p-centre instances, where the row costs 1.3 to 15 times).
    """
    case = v.case
    limit = case.site_values("max_it_mw")
    fresh, unlimited = ~case.has_stock, ~np.isfinite(limit)
    stated = np.flatnonzero(~(fresh & unlimited & only_serves(v)))
    limit = np.where(fresh & unlimited, standing_ceiling_mw(v), limit)
    row_of = dense((len(case.sites),))
    row_of[stated] = np.arange(len(stated))
    rows = Linear(len(stated))
    v.add_space(rows, row_of[case.units.site])
    opened = np.flatnonzero(row_of[v.fresh_sites] >= 0)
    site = v.fresh_sites[opened]
    rows.add(v.open, row_of[site], opened, -limit[site])
    upper = np.where(fresh, 0.0, np.maximum(limit, case.stock_space_mw))[stated]
    return rows.rows(
        v.site_index(stated), upper=upper, doc="space within the limit of the site, MW"
    )


def stay_open(v: Variables) -> Rows:
    """An opened site stays open (3): open[i,y] ≥ open[i,y−1]; no row in the first period."""
    each = np.arange(len(v.fresh_sites) if v.earlier else 0)
    rows = Linear(len(each)).add(v.open, each, each)
    if v.earlier:
        rows.add(v.earlier[-1].open, each, each, -1.0)
    return rows.rows(v.site_index(v.fresh_sites[each]), lower=0.0, doc="an open site stays open")


def modules_open(v: Variables) -> Rows:
    """Modules stand only at open sites, each kind of facility by its own tight bound (4).

    Σ_{t≤y alive} modules[i,f,t] ≤ N[i,f]·open[i,y], N = ⌊room/module⌋, for sites without stock.
    """
    case = v.case
    position = dense((len(case.sites),))
    position[v.fresh_sites] = np.arange(len(v.fresh_sites))
    bound = np.floor(v.room_mw[v.sized] / v.module_mw + 1e-9)
    opening = position[case.units.site[v.sized]]
    linked = np.flatnonzero((opening >= 0) & np.isfinite(bound))
    row_of, size = dense((len(case.units.labels),)), np.ones(len(case.units.labels))
    row_of[v.sized[linked]] = np.arange(len(linked))
    size[v.sized] = v.module_mw
    rows = Linear(len(linked))
    v.add_new_space(rows, row_of, 1 / size)
    rows.add(v.open, np.arange(len(linked)), opening[linked], -bound[linked])
    index = v.place_index(v.sized[linked])
    return rows.rows(index, upper=0.0, doc="no modules at a closed site")


def site_minimum(v: Variables) -> Rows:
    """A site opened anew is not built below its minimum (5).

    Σ_f new MW[i,f,y] ≥ min_it_mw[i]·open[i,y] for sites without existing capacity; MW.
    """
    case = v.case
    least = case.site_values("min_it_mw")[v.fresh_sites]
    bound = np.flatnonzero(least > 0)
    row_of = dense((len(case.sites),))
    row_of[v.fresh_sites[bound]] = np.arange(len(bound))
    rows = Linear(len(bound))
    v.add_new_space(rows, row_of[case.units.site])
    rows.add(v.open, np.arange(len(bound)), bound, -least[bound])
    index = v.site_index(v.fresh_sites[bound])
    return rows.rows(index, lower=0.0, doc="an opened site reaches its minimum, MW")


def land(v: Variables) -> Rows:
    """New space fits on the site's land (4).

    Σ_f land_ha_per_mw[f]·new MW[i,f,y] ≤ land_ha[i] where a site states its land; hectares.
    """
    return new_space_within(v, "land_ha", "land_ha_per_mw", "land of new space, ha")


def staff(v: Variables) -> Rows:
    """New space finds the people to run it (R94).

    Σ_f staff_per_mw[f]·new MW[i,f,y] ≤ staff_limit_persons[i] where a site states it; persons.
    """
    doc = "staff of new space, persons"
    return new_space_within(v, "staff_limit_persons", "staff_per_mw", doc)


def new_space_within(v: Variables, column: str, each: str, doc: str) -> Rows:
    """Σ_f each[f]·new MW[i,f,y] ≤ column[i], for the sites that state it.

    `each` is a column of facilities, per MW; `column` one of sites, in the same unit.
    """
    case, units = v.case, v.case.units
    most = case.site_values(column)
    stated = np.flatnonzero(np.isfinite(most))
    row_of = dense((len(case.sites),))
    row_of[stated] = np.arange(len(stated))
    rows = Linear(len(stated))
    need = np.nan_to_num(case.facility_values(each))
    v.add_new_space(rows, row_of[units.site], need[units.facility])
    return rows.rows(v.site_index(stated), upper=most[stated], doc=doc)


def hall_limit(v: Variables) -> Rows:
    """Halls of some types at the sites of a place together keep what is said of them (R52).

    Σ_{u of the sites and types} space[u,y] ≤ max(max_it_mw, stock MW of the sites and types)
    Σ_{u of the sites and types} space[u,y] ≥ min_it_mw

    A row for each bound that a row of ``hall_limits`` for the year states; MW of IT load, stock
    and vacant space included. Stock above the limit may stay, nothing may be added to it.
    """
    case, units = v.case, v.case.units
    asked = [(one, side) for one in hall_limits(case.model, case.year) for side in one.sides]
    rows, bound = Linear(len(asked)), np.zeros(len(asked))
    for number, (limit, side) in enumerate(asked):
        inside = limit.sites[units.site] & limit.halls[units.facility]
        v.add_space(rows, np.where(inside, number, -1))
        bound[number] = hall_bound_mw(case, limit, side)
    least = np.array([side == "min" for _, side in asked], dtype=bool)
    said = [(one.scope, one.facilities, side) for one, side in asked]
    labels = np.array(said, dtype=object).reshape(-1, 3).T
    names = ("scope", "facilities", "bound", "year")
    return rows.rows(
        Index(names, (*labels, np.full(len(asked), case.year))),
        lower=np.where(least, bound, -np.inf),
        upper=np.where(least, np.inf, bound),
        doc="halls of some types in a place, MW",
    )


def hall_bound_mw(case: Case, limit: HallLimit, side: str) -> float:
    """The ``min`` or ``max`` of a row of ``hall_limits`` that holds beside the stock, MW."""
    units = case.units
    inside = limit.sites[units.site] & limit.halls[units.facility]
    return limit.bound(side, float(units.space_mw[inside].sum()))
