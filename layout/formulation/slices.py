"""Time slices: load, power and renewables hour by hour of representative days (16)–(27).

The annual quantities of the model stay: energy, renewables and mean load of the year become sums
over the slices, so that every measure and every target reads the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation import shifting, stores
from layout.formulation.capacity import site_kind, site_kind_index
from layout.formulation.hosting import FLEXIBLE, Hosted, pattern_limit
from layout.formulation.linear import Ints, Linear, dense
from layout.formulation.parts import Extra, Part, Rows
from layout.formulation.power import corridor_index, rated_power, source_index
from layout.formulation.slicing import Time
from layout.formulation.variables import Running, Variables, Work
from layout.model import derive, plants
from layout.model.slices import load_peaks
from layout.units import (
    GWH_PER_MW_YEAR,
    HOURS_PER_YEAR,
    MCNY_PER_CNY_PER_KW_MONTH,
)


def slices(v: Variables) -> Extra:
    """Load follows its shape, power is balanced in every slice, renewables blow when they blow.

    Adds installed, standing, hosted, flexible, running, idle_mw, overhead_mw, grid_mw, use_mw,
    contract, where the grid has a headroom grid_import_mw and above_rated_mw and, where they have
    a price, peak_mw (capacity charge) and the sizes of batteries and stores of cooling with
    charge, discharge and level (`layout.formulation.stores`). The rows of the year that the slices
    add up to are left out (`build.BY_SLICE`).
    """
    time = Time(v)
    extra = Extra()
    _states(time, extra)
    hosted = _hosted(time, extra)
    _running(time, hosted, extra)
    stated = pattern_limit(v, hosted)
    if stated is not None:
        extra.rows["pattern_limit"] = stated
    _contracts(time, extra)
    stores.battery(time, extra)
    stores.plant_storage(time, extra)
    stores.cold_storage(time, extra)
    _power(time, extra)
    _headroom(time, extra)
    _peak(time, extra)
    _prices(time, extra)
    return extra


def _states(time: Time, extra: Extra) -> None:
    """What is installed and what space stands, each as one variable that the slices refer to.

    installed[u,k,y] = existing + Σ_{t≤y} what came and still stands; EFLOPS
    standing[u,y] = existing space + Σ_{t≤y} what was built and still stands; MW
    Without them every slice of every row repeats the sums of all years.
    """
    v, units = time.v, time.case.units
    pairs, each = np.arange(len(units.unit)), np.arange(len(units.labels))
    installed = v.new("installed", v.pair_index(pairs), doc="compute installed", unit="EFLOPS")
    rows = v.add_installed(Linear(len(pairs)), pairs).add(installed, pairs, pairs, -1.0)
    doc = "compute installed is what came and still stands, EFLOPS"
    extra.rows["installing"] = rows.rows(v.pair_index(pairs), lower=0.0, upper=0.0, doc=doc)
    standing = v.new("standing", v.unit_index(each), doc="facility space", unit="MW")
    rows = v.add_space(Linear(len(each)), each).add(standing, each, each, -1.0)
    doc = "space is what was built and still stands, MW"
    extra.rows["building"] = rows.rows(v.unit_index(each), lower=0.0, upper=0.0, doc=doc)
    v.installed, v.standing_space = installed, standing


def _hosted(time: Time, extra: Extra) -> Hosted:
    """hosted[i,w,y] = Σ_z work[i,z,w]·served[i,z,w,y]; flexible[i,w,y,s] within its window (16b).

    Where several kinds run a workload, all of it by kind: hosted[i,w,k,y] = runs[i,w,k,y].

    Σ_{s in d} hours[s]·flexible[i,w,y,s] = hours[d]·hosted[i,w,y]       for each window d
    flexible[i,w,y,s] ≤ top[w]·hosted[i,w,y]     with top = 1 + headroom for work that may wait
    with windows of a day (`day`) or of the whole year (`week`: representative days share it; and
    work that shifts, which `layout.formulation.shifting` ties to who asks for it).
    """
    v, case, places = time.v, time.case, time.v.places

    def code(of: Work) -> Ints:
        return (of.site * len(case.workloads) + of.workload) * len(case.kinds) + of.kind

    order = np.argsort(code(places))
    keys = code(places)[order]
    site, workload, kind = (of[order] for of in (places.site, places.workload, places.kind))
    labels: dict[str, NDArray[Any]] = {
        "site": np.array(case.sites, dtype=object)[site],
        "workload": np.array(case.workloads, dtype=object)[workload],
        "kind": np.array(case.kinds, dtype=object)[kind],
        "year": np.full(len(keys), case.year),
    }
    if v.runs is None:
        del labels["kind"]
    names = tuple(labels.values())
    index = Index(tuple(labels), names)
    doc = "work of a workload done at the site"
    hosted = v.new("hosted", index, doc=doc, unit="EFLOPS")
    each = np.arange(len(keys))
    rows = Linear(len(keys)).add(hosted, each, each)
    v.add_run(rows, np.searchsorted(keys, code(v.work)), -1.0)
    doc = "what a site hosts is what it serves, EFLOPS"
    extra.rows["hosting"] = rows.rows(index, lower=0.0, upper=0.0, doc=doc)
    waits = case.workload_table["flexible"].to_numpy(dtype=object)[workload]
    moves = shifting.shiftable(case)[workload]
    bends = np.flatnonzero(np.isin(waits, FLEXIBLE) | moves)
    bent = Index(index.names, tuple(name[bends] for name in names))
    flexible = None
    if len(bends):
        doc = "load of work that may wait or shift in the slice"
        flexible = v.new("flexible", time.over(bent), doc=doc, unit="EFLOPS")
    found = Hosted(hosted, site, workload, kind, places.need[order], bends, bent, flexible)
    if flexible is not None:
        extra.rows["flexible_top"] = _top(time, found, flexible)
        extra.rows["flexible_window"] = _windows(time, found, flexible)
    extra.rows.update(shifting.shifting(time, found))
    return found


def _top(time: Time, hosted: Hosted, flexible: Part) -> Rows:
    """Flexible load stays below its ceiling."""
    position = np.arange(len(flexible))
    most = load_peaks(time.case.model)[hosted.workload[hosted.bends]]
    rows = Linear(len(flexible)).add(flexible, position, position)
    rows.add(
        hosted.part, position, np.repeat(hosted.bends, time.count), np.repeat(-most, time.count)
    )
    doc = "flexible load below its ceiling, EFLOPS"
    return rows.rows(flexible.index, upper=0.0, doc=doc)


def _windows(time: Time, hosted: Hosted, flexible: Part) -> Rows:
    """What is asked for in a window is done in it."""
    bends, bent, day = hosted.bends, hosted.bent, time.slices.day
    workload = hosted.workload[bends]
    waits = time.case.workload_table["flexible"].to_numpy(dtype=object)[workload]
    days = int(day.max()) + 1
    daily = (waits == "day") & ~shifting.shiftable(time.case)[workload]
    first = np.concatenate([[0], np.cumsum(np.where(daily, days, 1))])
    total = int(first[-1])
    rows = Linear(total)
    count = time.count
    window = first[:-1, None] + np.where(daily[:, None], day[None, :], 0)
    hours = np.tile(time.slices.hours, len(bends))
    rows.add(flexible, window.reshape(-1), np.arange(len(bends) * count), hours)
    size = np.zeros(total)
    np.add.at(size, window.reshape(-1), hours)
    owner = np.repeat(np.arange(len(bends)), np.where(daily, days, 1))
    rows.add(hosted.part, np.arange(total), bends[owner], -size)
    number = np.arange(total) - first[owner]
    name = np.where(daily[owner], [f"d{at}" for at in number], "year").astype(object)
    keys = tuple(bent[column][owner] for column in bent.names)
    index = Index((*bent.names, "window"), (*keys, name))
    return rows.rows(index, lower=0.0, upper=0.0, doc="work of a window is done in it, EFLOPS·h")


def _running(time: Time, hosted: Hosted, extra: Extra) -> None:
    """Load runs on hardware in every slice (16a)(17).

    Σ_u running[u,k,y,s] = Σ_{rigid w} need[w,k]·shape[w,s]·hosted[i,w,k,y]
                         + Σ_{flexible w} need[w,k]·flexible[i,w,k,y,s]
    running[u,k,y,s] ≤ max_utilisation[k]·installed[u,k,y]
    in_use[u,k,y] = Σ_s hours[s]·running[u,k,y,s] / 8760
    """
    v, case = time.v, time.case
    units, count = case.units, time.count
    pairs = np.arange(len(units.unit))
    index = time.over(v.pair_index(pairs))
    running = v.new("running", index, doc="compute in use in the slice", unit="EFLOPS")
    position = np.arange(len(pairs) * count)
    pair, at = np.repeat(pairs, count), np.tile(np.arange(count), len(pairs))
    kind = units.kind
    rows = Linear(len(case.sites) * len(case.kinds) * count)
    rows.add(running, site_kind(case)[pair] * count + at, position)
    _add_asked(time, rows, hosted)
    places = time.over(site_kind_index(case))
    doc = "compute in use in the slice equals the load, EFLOPS"
    extra.rows["slice_load"] = rows.rows(places, lower=0.0, upper=0.0, doc=doc)
    limit = Linear(len(position)).add(running, position, position)
    usable = -case.kind_values("max_utilisation")[kind]
    assert v.installed is not None
    limit.add(v.installed, position, pair, usable[pair])
    doc = "compute in use in the slice within usable compute, EFLOPS"
    extra.rows["slice_limit"] = limit.rows(index, upper=0.0, doc=doc)
    hours = np.tile(time.slices.hours, len(pairs))
    mean = Linear(len(pairs)).add(running, pair, position, hours / HOURS_PER_YEAR)
    v.add_load(mean, pairs, -1.0)
    doc = "mean load of the year, EFLOPS"
    extra.rows["mean_load"] = mean.rows(v.pair_index(pairs), lower=0.0, upper=0.0, doc=doc)
    cooling = time.slices.cooling_factors[units.pair_site].reshape(-1)
    v.running = Running(running, pair, hours, cooling)


def _add_asked(time: Time, rows: Linear, hosted: Hosted) -> None:
    """Take off what the load of every site, kind and slice takes of its hardware."""
    count, shape = time.count, time.slices.load_shapes
    every, rigid = np.arange(count), hosted.rigid()
    row = hosted.site * len(time.case.kinds) + hosted.kind
    to = (row[rigid, None] * count + every).reshape(-1)
    by = (hosted.need[rigid, None] * shape[hosted.workload[rigid]]).reshape(-1)
    rows.add(hosted.part, to, np.repeat(rigid, count), -by)
    if hosted.flexible is not None:
        to = (row[hosted.bends, None] * count + every).reshape(-1)
        by = np.repeat(hosted.need[hosted.bends], count)
        rows.add(hosted.flexible, to, np.arange(len(to)), -by)


def _contracts(time: Time, extra: Extra) -> None:
    """Renewables are used when they blow or shine (23), within the province's potential (24).

    use_mw[i,g,y,s] ≤ capacity_factor[g,r,s]·contract[i,g,y];  Σ_i contract[i,r,g,y] ≤ potential_mw
    renewable[i,g,y] = Σ_s hours[s]/1000·use_mw[i,g,y,s]
    """
    v, count = time.v, time.count
    table, row = v.renewable_table, v.renewable_row
    index = v.renewable.index
    doc = "renewable capacity under contract or on site"
    contract = v.new("contract", index, doc=doc, unit="MW")
    over = time.over(index) if len(index) else index
    use = v.new("use_mw", over, doc="renewable power used in the slice", unit="MW")
    each, position = np.arange(len(index)), np.arange(len(use))
    owner = np.repeat(each, count)
    yields = time.slices.capacity_factors[row].reshape(-1)
    rows = Linear(len(use)).add(use, position, position).add(contract, position, owner, -yields)
    doc = "renewable power within what blows or shines, MW"
    extra.rows["use_limit"] = rows.rows(over, upper=0.0, doc=doc)
    total = Linear(len(table)).add(contract, row, each)
    upper = table["potential_mw"].to_numpy(float)
    doc = "capacity under contract within the potential, MW"
    extra.rows["contract_potential"] = total.rows(source_index(v), upper=upper, doc=doc)
    if len(v.case.model["corridors"]):
        extra.rows["corridor_slice"] = _corridor(time, use)
    year = Linear(len(index)).add(v.renewable, each, each, -1.0)
    year.add(use, owner, position, np.tile(time.gwh, len(index)))
    doc = "renewable energy of the year, GWh"
    extra.rows["renewable_sum"] = year.rows(index, lower=0.0, upper=0.0, doc=doc)


def _corridor(time: Time, use: Part) -> Rows:
    """Power through a corridor in every slice (R139).

    Σ_{i in q, g in p} use_mw[i,p,g,y,s] ≤ capacity_mw[p,q]; MW.
    """
    v, count = time.v, time.count
    index, row = time.over(corridor_index(v)), plants.corridor_rows(v.case.model)
    at = np.where(row[:, None] >= 0, row[:, None] * count + np.arange(count), -1).reshape(-1)
    rows = Linear(len(index)).add(use, at, np.arange(len(use)))
    upper = np.repeat(v.case.model["corridors"]["capacity_mw"].to_numpy(float), count)
    return rows.rows(index, upper=upper, doc="power through the corridor in the slice, MW")


def _power(time: Time, extra: Extra) -> None:
    """Power is balanced at every site in every slice (20)–(22).

    grid_mw[i,y,s] + Σ_g use_mw[i,g,y,s] + Σ_stores (discharge − charge)
      = Σ_u [slope·cooling[i,s]·IT MW[u,y,s] + overhead·space[u,y]] + other electricity; MW
    grid[i,y] = Σ_s hours[s]/1000·grid_mw[i,y,s]
    """
    v, case, count = time.v, time.case, time.count
    sites = np.arange(len(case.sites))
    at_site = v.site_index(sites)
    over = time.over(at_site)
    grid = v.new("grid_mw", over, doc="power from the grid in the slice", unit="MW")
    position, every = np.arange(len(over)), np.arange(count)
    rows = Linear(len(over)).add(grid, position, position)
    use = v.parts["use_mw"]
    place = (v.renewable_site[:, None] * count + every).reshape(-1)
    rows.add(use, place, np.arange(len(use)))
    _demand(time, rows, extra)
    for part, site, gwh in v.extra_energy:  # electricity of the year, drawn evenly
        to = (site[:, None] * count + every).reshape(-1)
        by = np.repeat(gwh / GWH_PER_MW_YEAR, count)
        rows.add(part, to, np.repeat(np.arange(len(part)), count), -by)
    owner, weight = np.repeat(sites, count), np.tile(time.gwh, len(sites))
    for charge, discharge in stores.in_and_out(v):
        rows.add(discharge, position, position).add(charge, position, position, -1.0)
        v.extra_energy.append((charge, owner, weight))
        v.extra_energy.append((discharge, owner, -weight))
    doc = "power supplied equals power used in the slice, MW"
    extra.rows["slice_power"] = rows.rows(over, lower=0.0, upper=0.0, doc=doc)
    year = Linear(len(sites)).add(v.grid, sites, sites, -1.0)
    year.add(grid, owner, position, weight)
    doc = "grid energy of the year, GWh"
    extra.rows["grid_sum"] = year.rows(at_site, lower=0.0, upper=0.0, doc=doc)


def _demand(time: Time, rows: Linear, extra: Extra) -> None:
    """Take the facilities' power off the balance of every site and slice.

    idle_mw[i,y] = Σ slope·idle·installed[u,k,y];  overhead_mw[i,y] = Σ overhead·space[u,y]; MW.
    """
    v, case, count = time.v, time.case, time.count
    units, sites = case.units, np.arange(len(case.sites))
    at_site = v.site_index(sites)
    slope = units.slope[units.unit]
    idle = v.new("idle_mw", at_site, doc="power of idle hardware, cooling included", unit="MW")
    stands = Linear(len(sites)).add(idle, sites, sites, -1.0)
    v.add_installed(stands, units.pair_site, slope * case.standing_mw[units.kind])
    doc = "power of idle hardware, MW"
    extra.rows["idle_power"] = stands.rows(at_site, lower=0.0, upper=0.0, doc=doc)
    fixed = v.new("overhead_mw", at_site, doc="power that space draws at any load", unit="MW")
    base = Linear(len(sites)).add(fixed, sites, sites, -1.0)
    v.add_space(base, units.site, units.overhead)
    doc = "power that space draws at any load, MW"
    extra.rows["overhead_power"] = base.rows(at_site, lower=0.0, upper=0.0, doc=doc)
    position, owner = np.arange(len(sites) * count), np.repeat(sites, count)
    rows.add(idle, position, owner, -time.slices.cooling_factors.reshape(-1))
    rows.add(fixed, position, owner, -1.0)
    run = v.running
    assert run is not None
    power = slope * case.running_mw[units.kind]
    to = (units.pair_site[:, None] * count + np.arange(count)).reshape(-1)
    rows.add(run.part, to, np.arange(len(run.part)), -run.cooling * power[run.pair])


def _headroom(time: Time, extra: Extra) -> None:
    """What comes over the grid in a slice counts against the headroom where it is above rated (27).

    grid_import_mw[i,y] ≥ grid_mw[i,y,s] + Σ_{g not at the site} use_mw[i,g,y,s];
    above_rated_mw[i,y] ≥ grid_import_mw[i,y] − rated power[i,y]; MW. The rows `site_headroom` and
    `power_headroom` hold it with the rated power: it is what fills a battery or a store of cooling,
    or what cooling takes in a slice above that of the mean year.
    """
    v, case, count = time.v, time.case, time.count
    limited, shared = np.isfinite(case.site_values("grid_headroom_mw")), case.model["power"]
    stated = np.append(np.isfinite(shared["grid_headroom_mw"].to_numpy(float)), False)
    for row_of in derive.power_rows(case.model):
        limited |= stated[row_of]
    sites = np.flatnonzero(limited)
    if not len(sites):
        return
    at_site = v.site_index(sites)
    doc = "most power over the grid in a slice"
    whole = v.new("grid_import_mw", at_site, doc=doc, unit="MW")
    doc = "power over the grid beyond the rated power"
    above = v.new("above_rated_mw", at_site, doc=doc, unit="MW")
    row_of = dense((len(case.sites),))
    row_of[sites] = each = np.arange(len(sites))
    over, every = time.over(at_site), np.arange(count)
    rows = Linear(len(over)).add(whole, np.arange(len(over)), np.repeat(each, count), -1.0)
    rows.add(v.parts["grid_mw"], np.arange(len(over)), (sites[:, None] * count + every).reshape(-1))
    away = (v.renewable_table["site"] == "").to_numpy()[v.renewable_row]
    first = np.where(away, row_of[v.renewable_site] * count, -count)[:, None]
    use = np.where(first >= 0, first + every, -1).reshape(-1)
    rows.add(v.parts["use_mw"], use, np.arange(len(use)))
    doc = "power over the grid in the slice, MW"
    extra.rows["grid_import"] = rows.rows(over, upper=0.0, doc=doc)
    rated = rated_power(v, Linear(len(sites)), row_of).times(-1.0)
    rated.add(whole, each, each).add(above, each, each, -1.0)
    doc = "power over the grid is rated, or above that, MW"
    extra.rows["above_rated"] = rated.rows(at_site, upper=0.0, doc=doc)
    v.extra_power.append((above, sites, np.ones(len(sites))))


def _peak(time: Time, extra: Extra) -> None:
    """peak_mw[i,y] ≥ grid_mw[i,y,s] (27), where the tariff has a capacity charge."""
    v, case, count = time.v, time.case, time.count
    price = case.tariffs["capacity_cny_per_kw_month"].to_numpy(float)
    sites = np.flatnonzero(price > 0)
    if not len(sites):
        return
    index = v.site_index(sites)
    peak = v.new("peak_mw", index, doc="highest grid power of the year", unit="MW")
    over = time.over(index)
    position = np.arange(len(over))
    every = (sites[:, None] * count + np.arange(count)).reshape(-1)
    rows = Linear(len(over)).add(peak, position, np.repeat(np.arange(len(sites)), count), -1.0)
    rows.add(v.parts["grid_mw"], position, every)
    doc = "grid power below its peak, MW"
    extra.rows["peak"] = rows.rows(over, upper=0.0, doc=doc)
    by = price[sites] * MCNY_PER_CNY_PER_KW_MONTH
    linear = Linear(len(case.sites)).add(peak, sites, np.arange(len(sites)), by)
    extra.costs["capacity_charge"] = linear


def _prices(time: Time, extra: Extra) -> None:
    """What slices change in the cost of power: time of use, and contracts paid as produced.

    Grid: (1 − backup_share)·price·(factor[s] − 1) on top of the mean price. Renewables: what is
    under contract is paid in full, used or not; wheeling only for what is used.
    """
    v, case, count = time.v, time.case, time.count
    sites = np.arange(len(case.sites))
    tariffs = case.tariffs
    price = ((1 - tariffs["backup_share"]) * tariffs["price_cny_per_kwh"]).to_numpy(float)
    swing = price[:, None] * (time.slices.price_factors - 1) * time.gwh[None, :]
    owner, position = np.repeat(sites, count), np.arange(len(sites) * count)
    linear = Linear(len(sites)).add(v.parts["grid_mw"], owner, position, swing.reshape(-1))
    extra.costs["grid_energy"] = linear
    table, row = v.renewable_table, v.renewable_row
    paid = table["cost_cny_per_kwh"].to_numpy(float)[row]
    mean = (time.slices.capacity_factors * time.slices.hours).sum(axis=1)[row] / 1000
    each = np.arange(len(row))
    unused = Linear(len(sites))
    unused.add(v.parts["contract"], v.renewable_site, each, paid * mean)
    unused.add(v.renewable, v.renewable_site, each, -paid)
    extra.costs["renewable_energy"] = unused
