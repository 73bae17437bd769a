"""Facility space: vacant space, new modules, limits of the site."""

from __future__ import annotations

import numpy as np

from layout.algebra import ArrayConstraint, Index
from layout.formulation.case import Case
from layout.formulation.linear import Linear, dense
from layout.formulation.variables import Variables


def block_space(v: Variables) -> ArrayConstraint:
    """Filled compute fits into the vacant and freed space of its block (10).

    Σ_k it_mw_per_eflops[k]·fill[b,k,y] ≤ vacant_mw[b] + it_mw_per_eflops[k(b)]·retire[b,y]; MW.
    """
    case = v.case
    rated = case.kind_values("it_mw_per_eflops")
    rows = Linear(len(case.blocks))
    pairs = v.fillable
    rows.add(v.fill, case.stock.unit[pairs], np.arange(len(pairs)), rated[case.stock.kind[pairs]])
    freed = rated[case.block_kind[v.expired]]
    rows.add(v.retire, v.expired, np.arange(len(v.expired)), -freed)
    labels = np.array(case.stock.labels, dtype=object)
    index = Index(("block", "year"), (labels, np.full(len(labels), case.year)))
    vacant = case.blocks["vacant_mw"].to_numpy(dtype=float)
    return rows.rows(index, upper=vacant, doc="filled compute fits the vacant space, MW")


def new_space(v: Variables) -> ArrayConstraint:
    """Installed compute fits into the new space (9)(10).

    Σ_k it_mw_per_eflops[k]·install[i,f,k,y] ≤ module_it_mw[f]·modules[i,f,y] + space[i,f,y]; MW.
    """
    case, new = v.case, v.case.new
    rated = case.kind_values("it_mw_per_eflops")
    rows = Linear(len(new.labels))
    rows.add(v.install, new.unit, np.arange(len(new.unit)), rated[new.kind])
    units = np.arange(len(new.labels))
    v.add_new_space(rows, units, -1.0)
    return rows.rows(v.new_index(units), upper=0.0, doc="installed compute fits the space, MW")


def ceiling_mw(case: Case) -> float:
    """A bound on new space that no sensible plan reaches, for sites without a limit of their own.

    Four times what all demand, all targets on compute and all commitments together would need;
    a plan that reaches it is refused (layout.solving), so it never shapes an answer silently.
    """
    rated = case.kind_values("it_mw_per_eflops")
    usable = case.kind_values("max_utilisation")
    demand = case.demand
    workload = demand["workload"].to_numpy(np.int64)
    kind = case.workload_kind[workload]
    need = demand["eflops"].to_numpy(float) * case.capacity_factor[workload]
    mw = float((need / usable[kind] * rated[kind]).sum())
    fp32 = case.kind_values("fp32_per_native")
    per_fp32 = np.nanmax(np.append(rated / np.where(fp32 > 0, fp32, np.nan), 0.0))
    for target in case.settings.targets:
        if target.measure == "compute_eflops_fp32" and target.value is not None:
            mw += float(target.value) * per_fp32
    commitments = case.model["commitments"]
    if not commitments.empty:
        of = case.positions("kinds", commitments["kind"])
        mw += float(np.nansum(commitments["min_eflops"].to_numpy(float) * rated[of]))
        mw += float(np.nansum(commitments["min_it_mw"].to_numpy(float)))
    mw += float(case.site_values("min_it_mw").sum())
    mw += float(np.nansum(case.facility_values("module_it_mw")))
    return 4 * mw + 1


def site_limit(v: Variables) -> ArrayConstraint:
    """All space of a site stays within its limit, and a closed site has none (4).

    Σ_f new MW[i,f,y] ≤ max_it_mw[i] − stock MW[i]             (sites with existing capacity)
    Σ_f new MW[i,f,y] ≤ max_it_mw[i]·open[i,y]                 (sites without)
    """
    case = v.case
    limit = case.site_values("max_it_mw") - case.stock_space_mw
    fresh = ~case.has_stock
    limit = np.where(fresh & ~np.isfinite(limit), ceiling_mw(case), limit)
    rows = Linear(len(case.sites))
    v.add_new_space(rows, case.new.site)
    rows.add(v.open, v.fresh_sites, np.arange(len(v.fresh_sites)), -limit[v.fresh_sites])
    upper = np.where(fresh, 0.0, np.maximum(limit, 0.0))
    index = v.site_index(np.arange(len(case.sites)))
    return rows.rows(index, upper=upper, doc="new space within the limit of the site, MW")


def modules_open(v: Variables) -> ArrayConstraint:
    """Modules stand only at open sites, each kind of facility by its own tight bound (4).

    modules[i,f,y] ≤ N[i,f]·open[i,y], N = ⌊room/module⌋, for sites without existing capacity.
    """
    case = v.case
    position = dense((len(case.sites),))
    position[v.fresh_sites] = np.arange(len(v.fresh_sites))
    bound = v.modules.upper
    opening = position[case.new.site[v.sized]]
    linked = np.flatnonzero((opening >= 0) & np.isfinite(bound))
    rows = Linear(len(linked))
    each = np.arange(len(linked))
    rows.add(v.modules, each, linked)
    rows.add(v.open, each, opening[linked], -bound[linked])
    index = v.new_index(v.sized[linked])
    return rows.rows(index, upper=0.0, doc="no modules at a closed site")


def site_minimum(v: Variables) -> ArrayConstraint:
    """A site opened anew is not built below its minimum (5).

    Σ_f new MW[i,f,y] ≥ min_it_mw[i]·open[i,y] for sites without existing capacity; MW.
    """
    case = v.case
    least = case.site_values("min_it_mw")[v.fresh_sites]
    bound = np.flatnonzero(least > 0)
    row_of = dense((len(case.sites),))
    row_of[v.fresh_sites[bound]] = np.arange(len(bound))
    rows = Linear(len(bound))
    v.add_new_space(rows, row_of[case.new.site])
    rows.add(v.open, np.arange(len(bound)), bound, -least[bound])
    index = v.site_index(v.fresh_sites[bound])
    return rows.rows(index, lower=0.0, doc="an opened site reaches its minimum, MW")


def land(v: Variables) -> ArrayConstraint:
    """New space fits on the site's land (4).

    Σ_f land_ha_per_mw[f]·new MW[i,f,y] ≤ land_ha[i] where a site states its land; hectares.
    """
    case, new = v.case, v.case.new
    area = case.site_values("land_ha")
    stated = np.flatnonzero(np.isfinite(area))
    row_of = dense((len(case.sites),))
    row_of[stated] = np.arange(len(stated))
    rows = Linear(len(stated))
    need = np.nan_to_num(case.facility_values("land_ha_per_mw"))
    v.add_new_space(rows, row_of[new.site], need[new.facility])
    return rows.rows(v.site_index(stated), upper=area[stated], doc="land of new space, ha")
