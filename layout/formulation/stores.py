"""What carries power between the slices of a day: batteries, and stores of cooling (26)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout.formulation.linear import Floats, Linear
from layout.formulation.parts import Extra, Part, Rows
from layout.formulation.slicing import Time
from layout.formulation.variables import Variables
from layout.model.supplies import of_halls
from layout.units import capital_recovery_factor


@dataclass(frozen=True)
class Store:
    """A kind of store: how its rows, variables and cost are called, and what it can do.

    `price` is the annuity of a MWh, mcny; `hours` its energy over its power, `efficiency` there
    and back.
    """

    name: str
    size: str
    flows: tuple[str, str, str]
    what: str
    price: float
    hours: float
    efficiency: float


FLOWS = {
    "battery_mwh": ("charge_mw", "discharge_mw", "level_mwh"),
    "cold_storage_mwh": ("cold_charge_mw", "cold_discharge_mw", "cold_level_mwh"),
}
"""Size of a store → power into it, power that comes out of it or need not be drawn, energy."""


def battery(time: Time, extra: Extra) -> None:
    """A battery carries power between slices of a day (26), where it has a price.

    level[i,y,s+1] = level[i,y,s] + block_hours[s]·(η·charge − discharge/η), cyclic in the day;
    level ≤ battery_mwh[i,y];  charge, discharge ≤ battery_mwh/duration.
    """
    own = time.case.settings.slices
    if own.battery_capex_mcny_per_mwh is None:
        return
    recovery = capital_recovery_factor(time.case.economy.discount_rate, own.battery_life_years)
    size = "battery_mwh"
    price = own.battery_capex_mcny_per_mwh * float(recovery)
    hours, efficiency = own.battery_hours, own.battery_efficiency
    _store(time, extra, Store("battery", size, FLOWS[size], "battery", price, hours, efficiency))


def cold_storage(time: Time, extra: Extra) -> None:
    """A store of chilled water or ice carries cooling between slices of a day (R118), at a price.

    level[i,y,s+1] = level[i,y,s] + block_hours[s]·(η·charge − discharge/η), cyclic in the day;
    level ≤ cold_storage_mwh[i,y];  charge, discharge ≤ cold_storage_mwh/duration;
    discharge[i,y,s] ≤ cooling[i,y,s], what the site's cooling draws in the slice; all counted in
    the electricity that chillers take, MW and MWh.
    """
    own = time.case.settings.slices
    if own.cold_storage_capex_mcny_per_mwh is None:
        return
    life, hours = own.cold_storage_life_years, own.cold_storage_hours
    efficiency = own.cold_storage_efficiency
    assert life is not None and hours is not None and efficiency is not None
    recovery = capital_recovery_factor(time.case.economy.discount_rate, life)
    price = own.cold_storage_capex_mcny_per_mwh * float(recovery)
    name, size, what = "cold_storage", "cold_storage_mwh", "store of cooling"
    _store(time, extra, Store(name, size, FLOWS[size], what, price, hours, efficiency))
    extra.rows["cold_storage_cooling"] = _within_cooling(time, time.v.parts["cold_discharge_mw"])


def _store(time: Time, extra: Extra, store: Store) -> None:
    """Size, flows and level of a store at every site, and what it costs a year."""
    v, case, count = time.v, time.case, time.count
    sites = np.arange(len(case.sites))
    at_site = v.site_index(sites)
    size = v.new(store.size, at_site, doc=f"{store.what} at the site", unit="MWh")
    over = time.over(at_site)
    charge, discharge, level = (
        v.new(name, over, doc=doc, unit=unit)
        for name, doc, unit in zip(
            store.flows,
            (
                f"power into the {store.what} in the slice",
                f"power out of the {store.what} in the slice",
                f"energy in the {store.what} at the start of the slice",
            ),
            ("MW", "MW", "MWh"),
            strict=True,
        )
    )
    position, owner = np.arange(len(over)), np.repeat(sites, count)
    later = (owner * count) + np.tile(time.slices.next_in_day, len(sites))
    hours = np.tile(time.slices.block_hours, len(sites))
    share = store.efficiency**0.5
    rows = Linear(len(over)).add(level, position, later)
    rows.add(level, position, position, -1.0)
    rows.add(charge, position, position, -share * hours)
    rows.add(discharge, position, position, hours / share)
    doc = f"what the {store.what} holds carries over, MWh"
    extra.rows[f"{store.name}_level"] = rows.rows(over, lower=0.0, upper=0.0, doc=doc)
    for flow, by in ((level, 1.0), (charge, 1 / store.hours), (discharge, 1 / store.hours)):
        most = Linear(len(over)).add(flow, position, position)
        most.add(size, position, owner, -by)
        name = flow.name.removeprefix("cold_")
        doc = f"within the {store.what}"
        extra.rows[f"{store.name}_{name}"] = most.rows(over, upper=0.0, doc=doc)
    extra.costs[store.name] = Linear(len(sites)).add(size, sites, sites, store.price)


def _within_cooling(time: Time, discharge: Part) -> Rows:
    """No more cooling comes from the store than the site takes (R118).

    cold_discharge[i,y,s] ≤ Σ_u cooling_share[u]·(max(0, (PUE − overhead)[u]·cooling[i,s] − 1)
    ·IT MW[u,y,s] + overhead[u]·space[u,y]); MW.
    """
    v, case, count = time.v, time.case, time.count
    units, run = case.units, v.running
    assert run is not None and v.installed is not None and v.standing_space is not None
    share = _cooling_share(time)
    factor = time.slices.cooling_factors[units.pair_site]
    above = np.maximum(units.slope[units.unit][:, None] * factor - 1, 0.0)
    cooled = np.flatnonzero(share[units.unit] > 0)
    above = above[cooled] * share[units.unit[cooled], None]
    kind, every = units.kind[cooled], np.arange(count)
    size = len(case.sites) * count
    rows = Linear(size).add(discharge, np.arange(size), np.arange(size))
    to = (units.pair_site[cooled, None] * count + every).reshape(-1)
    running = -(above * case.running_mw[kind][:, None]).reshape(-1)
    rows.add(run.part, to, (cooled[:, None] * count + every).reshape(-1), running)
    idle = -(above * case.standing_mw[kind][:, None]).reshape(-1)
    rows.add(v.installed, to, np.repeat(cooled, count), idle)
    fixed = np.flatnonzero(share * units.overhead > 0)
    to = (units.site[fixed, None] * count + every).reshape(-1)
    by = np.repeat(-(share * units.overhead)[fixed], count)
    rows.add(v.standing_space, to, np.repeat(fixed, count), by)
    index = time.over(v.site_index(np.arange(len(case.sites))))
    return rows.rows(index, upper=0.0, doc="cooling from the store within the cooling, MW")


def _cooling_share(time: Time) -> Floats:
    """Unit → share of its overhead that cooling takes; 0 where the overhead is nothing."""
    case, units = time.case, time.case.units
    known = of_halls(case.model, "cooling_share").to_dict()
    pairs = zip(units.site.tolist(), units.facility.tolist(), strict=True)
    found = [known[case.sites[site], case.facilities[facility]] for site, facility in pairs]
    return np.nan_to_num(np.array(found, dtype=float))


def plant_storage(time: Time, extra: Extra) -> None:
    """So much storage goes with a plant, where the site takes its energy (R125).

    battery_mwh[i,y] ≥ battery_hours·Σ_g storage_ratio[g]·contract[i,g,y] for every site i that a
    plant with a ratio serves; MWh.
    """
    v = time.v
    ratio = v.renewable_table["storage_ratio"].to_numpy(float)[v.renewable_row]
    of = np.flatnonzero(ratio > 0)
    if not len(of) or "battery_mwh" not in v.parts:
        return
    sites, row = np.unique(v.renewable_site[of], return_inverse=True)
    rows = Linear(len(sites)).add(v.parts["battery_mwh"], np.arange(len(sites)), sites)
    by = -time.case.settings.slices.battery_hours * ratio[of]
    rows.add(v.parts["contract"], row.reshape(-1), of, by)
    doc = "storage goes with plants, MWh"
    extra.rows["plant_storage"] = rows.rows(v.site_index(sites), lower=0.0, doc=doc)


def in_and_out(v: Variables) -> list[tuple[Part, Part]]:
    """Power into and out of each kind of store on offer, by site and slice."""
    return [
        (v.parts[charge], v.parts[discharge])
        for size, (charge, discharge, _) in FLOWS.items()
        if size in v.parts
    ]
