"""Time slices: load, power and renewables hour by hour of representative days (16)–(27).

The annual quantities of the model stay: energy, renewables and mean load of the year become sums
over the slices, so that every measure and every target reads the same names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation.capacity import site_kind_index
from layout.formulation.linear import Floats, Ints, Linear
from layout.formulation.parts import Extra, Part, Rows
from layout.formulation.power import source_index
from layout.formulation.variables import Running, Variables
from layout.model.slices import Slices, time_slices
from layout.units import (
    GWH_PER_MW_YEAR,
    HOURS_PER_YEAR,
    MCNY_PER_CNY_PER_KW_MONTH,
    capital_recovery_factor,
)

FLEXIBLE = ("day", "week")


class _Time:
    """The slices of one year and the index sets over them."""

    def __init__(self, v: Variables) -> None:
        self.v, self.case = v, v.case
        self.slices: Slices = time_slices(v.case.model)
        self.count = len(self.slices.labels)

    def over(self, index: Index) -> Index:
        """Every key of an index that ends in the year, in every slice; slices run fastest."""
        names = (*index.names, "slice")
        size, each = len(index), np.arange(self.count)
        codes = [np.repeat(index.codes(name), self.count) for name in index.names]
        levels = [index.levels(name) for name in index.names]
        return Index.coded(names, (*levels, self.slices.labels), (*codes, np.tile(each, size)))

    @property
    def gwh(self) -> Floats:
        """Slice → GWh of one MW."""
        return self.slices.hours / 1000


@dataclass(frozen=True)
class _Hosted:
    """What sites host: `part[site, workload, year]`, and the load of flexible work by slice."""

    part: Part
    site: Ints
    workload: Ints
    bends: Ints
    flexible: Part | None


def slices(v: Variables) -> Extra:
    """Load follows its shape, power is balanced in every slice, renewables blow when they blow.

    Adds hosted, flexible, running, grid_mw, use_mw, contract and, where they have a price,
    peak_mw (capacity charge) and battery_mwh with charge, discharge and level.
    """
    time = _Time(v)
    extra = Extra()
    _running(time, _hosted(time, extra), extra)
    _contracts(time, extra)
    _battery(time, extra)
    _power(time, extra)
    _peak(time, extra)
    _prices(time, extra)
    return extra


def _hosted(time: _Time, extra: Extra) -> _Hosted:
    """hosted[i,w,y] = Σ_z served[i,z,w,y]; flexible[i,w,y,s] within its window (16b).

    Σ_{s in d} hours[s]·flexible[i,w,y,s] = hours[d]·hosted[i,w,y]       for each window d
    flexible[i,w,y,s] ≤ (1 + headroom)·hosted[i,w,y]
    with windows of a day (`day`) or of the whole year (`week`: representative days share it).
    """
    v, case = time.v, time.case
    flows = case.flows
    code = flows.site * len(case.workloads) + flows.workload
    keys, row = np.unique(code, return_inverse=True)
    site, workload = keys // len(case.workloads), keys % len(case.workloads)
    names = (
        np.array(case.sites, dtype=object)[site],
        np.array(case.workloads, dtype=object)[workload],
        np.full(len(keys), case.year),
    )
    index = Index(("site", "workload", "year"), names)
    doc = "demand of a workload served at the site"
    hosted = v.new("hosted", index, doc=doc, unit="EFLOPS")
    each = np.arange(len(keys))
    rows = Linear(len(keys)).add(hosted, each, each)
    v.add_served(rows, row, -1.0)
    doc = "what a site hosts is what it serves, EFLOPS"
    extra.rows["hosting"] = rows.rows(index, lower=0.0, upper=0.0, doc=doc)
    kinds = case.workload_table["flexible"].to_numpy(dtype=object)[workload]
    bends = np.flatnonzero(np.isin(kinds, FLEXIBLE))
    if not len(bends):
        return _Hosted(hosted, site, workload, bends, None)
    labels = tuple(name[bends] for name in names)
    over = time.over(Index(index.names, labels))
    flexible = v.new("flexible", over, doc="load of flexible work in the slice", unit="EFLOPS")
    size, count = len(bends), time.count
    position = np.arange(size * count)
    top = Linear(size * count).add(flexible, position, position)
    most = 1 + case.settings.slices.flexible_headroom
    top.add(hosted, position, np.repeat(bends, count), -most)
    doc = "flexible load below its ceiling, EFLOPS"
    extra.rows["flexible_top"] = top.rows(over, upper=0.0, doc=doc)
    extra.rows["flexible_window"] = _windows(time, flexible, hosted, bends, labels, kinds[bends])
    return _Hosted(hosted, site, workload, bends, flexible)


def _windows(
    time: _Time,
    flexible: Part,
    hosted: Part,
    bends: Ints,
    labels: tuple[NDArray[np.object_], ...],
    kinds: NDArray[np.object_],
) -> Rows:
    """What is asked for in a window is done in it."""
    day = time.slices.day
    days = int(day.max()) + 1
    daily = kinds == "day"
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
    rows.add(hosted, np.arange(total), bends[owner], -size)
    number = np.arange(total) - first[owner]
    name = np.where(daily[owner], [f"d{at}" for at in number], "year").astype(object)
    keys = tuple(column[owner] for column in labels)
    index = Index(("site", "workload", "year", "window"), (*keys, name))
    return rows.rows(index, lower=0.0, upper=0.0, doc="work of a window is done in it, EFLOPS·h")


def _running(time: _Time, hosted: _Hosted, extra: Extra) -> None:
    """Load runs on hardware in every slice (16a)(17).

    Σ_u running[u,k,y,s] = Σ_{rigid w} shape[w,s]·hosted[i,w,y] + Σ_{flexible w} flexible[i,w,y,s]
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
    kinds, kind = len(case.kinds), units.kind
    place = (units.pair_site * kinds + kind)[pair] * count + at
    rows = Linear(len(case.sites) * kinds * count).add(running, place, position)
    shape = time.slices.load_shapes
    rigid = np.setdiff1d(np.arange(len(hosted.part)), hosted.bends)
    row = hosted.site * kinds + case.workload_kind[hosted.workload]
    every = np.arange(count)
    to = (row[rigid, None] * count + every).reshape(-1)
    by = shape[hosted.workload[rigid]].reshape(-1)
    rows.add(hosted.part, to, np.repeat(rigid, count), -by)
    if hosted.flexible is not None:
        to = (row[hosted.bends, None] * count + every).reshape(-1)
        rows.add(hosted.flexible, to, np.arange(len(to)), -1.0)
    places = time.over(site_kind_index(case))
    doc = "compute in use in the slice equals the load, EFLOPS"
    extra.rows["slice_load"] = rows.rows(places, lower=0.0, upper=0.0, doc=doc)
    limit = Linear(len(position)).add(running, position, position)
    usable = -case.kind_values("max_utilisation")[kind]
    for term in v.standing("installed_terms"):
        to = (term.at[:, None] * count + every).reshape(-1)
        by = (term.by * usable[term.at])[:, None] * np.ones(count)
        limit.add(term.part, to, np.repeat(np.arange(len(term.part)), count), by.reshape(-1))
    limit.constant(position, np.repeat(usable * units.existing_eflops, count))
    doc = "compute in use in the slice within usable compute, EFLOPS"
    extra.rows["slice_limit"] = limit.rows(index, upper=0.0, doc=doc)
    hours = np.tile(time.slices.hours, len(pairs))
    mean = Linear(len(pairs)).add(running, pair, position, hours / HOURS_PER_YEAR)
    v.add_load(mean, pairs, -1.0)
    doc = "mean load of the year, EFLOPS"
    extra.rows["mean_load"] = mean.rows(v.pair_index(pairs), lower=0.0, upper=0.0, doc=doc)
    cooling = time.slices.cooling_factors[units.pair_site].reshape(-1)
    v.running = Running(running, pair, hours, cooling)


def _contracts(time: _Time, extra: Extra) -> None:
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
    year = Linear(len(index)).add(v.renewable, each, each, -1.0)
    year.add(use, owner, position, np.tile(time.gwh, len(index)))
    doc = "renewable energy of the year, GWh"
    extra.rows["renewable_sum"] = year.rows(index, lower=0.0, upper=0.0, doc=doc)


def _battery(time: _Time, extra: Extra) -> None:
    """A battery carries power between slices of a day (26), where it has a price.

    level[i,y,s+1] = level[i,y,s] + block_hours[s]·(η·charge − discharge/η), cyclic in the day;
    level ≤ battery_mwh[i,y];  charge, discharge ≤ battery_mwh/duration.
    """
    v, case, count = time.v, time.case, time.count
    own = case.settings.slices
    if own.battery_capex_mcny_per_mwh is None:
        return
    sites = np.arange(len(case.sites))
    at_site = v.site_index(sites)
    doc = "battery at the site"
    battery = v.new("battery_mwh", at_site, doc=doc, unit="MWh")
    over = time.over(at_site)
    flows = {
        name: v.new(name, over, doc=doc, unit=unit)
        for name, doc, unit in (
            ("charge_mw", "power into the battery in the slice", "MW"),
            ("discharge_mw", "power out of the battery in the slice", "MW"),
            ("level_mwh", "energy in the battery at the start of the slice", "MWh"),
        )
    }
    position, owner = np.arange(len(over)), np.repeat(sites, count)
    later = (owner * count) + np.tile(time.slices.next_in_day, len(sites))
    hours = np.tile(time.slices.block_hours, len(sites))
    share = own.battery_efficiency**0.5
    rows = Linear(len(over)).add(flows["level_mwh"], position, later)
    rows.add(flows["level_mwh"], position, position, -1.0)
    rows.add(flows["charge_mw"], position, position, -share * hours)
    rows.add(flows["discharge_mw"], position, position, hours / share)
    doc = "what the battery holds carries over, MWh"
    extra.rows["battery_level"] = rows.rows(over, lower=0.0, upper=0.0, doc=doc)
    for name, by in (
        ("level_mwh", 1.0),
        ("charge_mw", 1 / own.battery_hours),
        ("discharge_mw", 1 / own.battery_hours),
    ):
        most = Linear(len(over)).add(flows[name], position, position)
        most.add(battery, position, owner, -by)
        extra.rows[f"battery_{name}"] = most.rows(over, upper=0.0, doc="within the battery")
    recovery = capital_recovery_factor(case.economy.discount_rate, own.battery_life_years)
    price = own.battery_capex_mcny_per_mwh * float(recovery)
    extra.costs["battery"] = Linear(len(sites)).add(battery, sites, sites, price)
    capex = np.full(len(sites), own.battery_capex_mcny_per_mwh)
    v.extra_capex.append((battery, sites, capex))


def _power(time: _Time, extra: Extra) -> None:
    """Power is balanced at every site in every slice (20)–(22).

    grid_mw[i,y,s] + Σ_g use_mw[i,g,y,s] + discharge − charge
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
    _demand(time, rows)
    for part, site, gwh in v.extra_energy:  # electricity of the year, drawn evenly
        to = (site[:, None] * count + every).reshape(-1)
        by = np.repeat(gwh / GWH_PER_MW_YEAR, count)
        rows.add(part, to, np.repeat(np.arange(len(part)), count), -by)
    if "battery_mwh" in v.parts:
        charge, discharge = v.parts["charge_mw"], v.parts["discharge_mw"]
        rows.add(discharge, position, position).add(charge, position, position, -1.0)
        owner, weight = np.repeat(sites, count), np.tile(time.gwh, len(sites))
        v.extra_energy.append((charge, owner, weight))
        v.extra_energy.append((discharge, owner, -weight))
    doc = "power supplied equals power used in the slice, MW"
    extra.rows["slice_power"] = rows.rows(over, lower=0.0, upper=0.0, doc=doc)
    year = Linear(len(sites)).add(v.grid, sites, sites, -1.0)
    year.add(grid, np.repeat(sites, count), position, np.tile(time.gwh, len(sites)))
    doc = "grid energy of the year, GWh"
    extra.rows["grid_sum"] = year.rows(at_site, lower=0.0, upper=0.0, doc=doc)


def _demand(time: _Time, rows: Linear) -> None:
    """Take the facilities' power off the balance of every site and slice."""
    v, case, count = time.v, time.case, time.count
    units, every = case.units, np.arange(count)
    cooling = time.slices.cooling_factors
    slope = units.slope[units.unit]
    idle = slope * case.standing_mw[units.kind]
    site = units.pair_site

    def spread(term_at: Ints, by: Floats, weight: NDArray[np.float64]) -> tuple[Ints, Floats]:
        to = (term_at[:, None] * count + every).reshape(-1)
        return to, (by[:, None] * weight).reshape(-1)

    ones = np.ones((1, count))
    to, by = spread(site, idle * units.existing_eflops, cooling[site])
    rows.constant(to, -by)
    for term in v.standing("installed_terms"):
        to, by = spread(site[term.at], term.by * idle[term.at], cooling[site[term.at]])
        rows.add(term.part, to, np.repeat(np.arange(len(term.part)), count), -by)
    run = v.running
    assert run is not None
    power = slope * case.running_mw[units.kind]
    to = (site[:, None] * count + every).reshape(-1)
    rows.add(run.part, to, np.arange(len(run.part)), -run.cooling * power[run.pair])
    to, by = spread(units.site, units.overhead * units.space_mw, ones)
    rows.constant(to, -by)
    for term in v.standing("space_terms"):
        at = units.site[term.at]
        to, by = spread(at, term.by * units.overhead[term.at], ones)
        rows.add(term.part, to, np.repeat(np.arange(len(term.part)), count), -by)


def _peak(time: _Time, extra: Extra) -> None:
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


def _prices(time: _Time, extra: Extra) -> None:
    """What slices change in the cost of power: time of use, and contracts paid as produced.

    Grid: price·(factor[s] − 1) on top of the mean price. Renewables: what is under contract is
    paid in full, used or not; wheeling only for what is used.
    """
    v, case, count = time.v, time.case, time.count
    sites = np.arange(len(case.sites))
    price = case.tariffs["price_cny_per_kwh"].to_numpy(float)
    swing = price[:, None] * (time.slices.price_factors - 1) * time.gwh[None, :]
    owner, position = np.repeat(sites, count), np.arange(len(sites) * count)
    linear = Linear(len(sites)).add(v.parts["grid_mw"], owner, position, swing.reshape(-1))
    extra.costs["grid_energy"] = linear
    table, row = v.renewable_table, v.renewable_row
    paid = table["cost_cny_per_kwh"].fillna(0).to_numpy(float)[row]
    mean = (time.slices.capacity_factors * time.slices.hours).sum(axis=1)[row] / 1000
    each = np.arange(len(row))
    unused = Linear(len(sites))
    unused.add(v.parts["contract"], v.renewable_site, each, paid * mean)
    unused.add(v.renewable, v.renewable_site, each, -paid)
    extra.costs["renewable_energy"] = unused
