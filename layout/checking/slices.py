"""Time slices: load, power and renewables of every slice, worked out again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.batteries import check_batteries, check_plant_storage
from layout.checking.case import Case, keyed, keys
from layout.checking.cold_storage import check_cold_storage, given_mw
from layout.checking.corridors import check_carried, yields_of
from layout.checking.extra import extra_energy
from layout.checking.facilities import drawn
from layout.checking.facts import GWH_PER_MW, Floats, annuity
from layout.checking.findings import ROW
from layout.checking.hosting import bends, check_patterns, check_windows, hosted_work
from layout.checking.profiles import Profiles, wide
from layout.checking.renewables import contracts, fuel_gwh
from layout.checking.shifting import check_shifted

DISPATCH, LOADS = "dispatch.csv", "loads.csv"
PEAK_MCNY = 0.012  # mcny per MW and year for one CNY per kW and month


def check_slices(case: Case) -> None:
    """Every condition on ``dispatch``, ``loads`` and ``flexible``."""
    profiles = Profiles(case)
    slices = profiles.slices
    total = float(slices["hours"].sum())
    case.findings.equal("slice_mean", (DISPATCH, None), total, 8760.0)
    loads = wide(case.table("loads"), ["unit", "kind"], "load_eflops", slices)
    _limits(case, loads)
    _means(case, loads, slices)
    _balance(case, loads, profiles)
    check_windows(case, slices)
    check_shifted(case, profiles)
    check_patterns(case, profiles)
    _power(case, loads, profiles)
    _supply(case, profiles)
    check_batteries(case, slices)
    check_plant_storage(case)
    check_cold_storage(case, profiles, loads)


def _units(case: Case, loads: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``units`` in the order of the loads."""
    return case.units.set_index(["unit", "kind"]).reindex(loads.index)


def _limits(case: Case, loads: pd.DataFrame) -> None:
    """load ≤ max_utilisation · installed in every slice."""
    units = _units(case, loads)
    usable = (units["limit"] * units["compute_eflops"]).fillna(0.0)
    peak = loads.max(axis=1)
    case.findings.at_most("slice_limit", keyed(LOADS, loads.index), peak, usable)


def _means(case: Case, loads: pd.DataFrame, slices: pd.DataFrame) -> None:
    """Σ hours · load / 8760 is the load of the year."""
    mean = (loads * slices["hours"]).sum(axis=1) / 8760
    stated = case.units.set_index(["unit", "kind"])["load_eflops"]
    index = mean.index.union(stated.index)
    mean, stated = mean.reindex(index, fill_value=0.0), stated.reindex(index, fill_value=0.0)
    case.findings.equal("slice_mean", keyed(LOADS, index), mean, stated, least=ROW)


def _balance(case: Case, loads: pd.DataFrame, profiles: Profiles) -> None:
    """Σ_u load = Σ need·(shape · served (rigid) + flexible load), by site, kind and slice."""
    slices = profiles.slices
    hosted = hosted_work(case)
    rigid = hosted[~bends(hosted)]
    rows = np.array(
        [
            eflops * profiles.of(workload=name)
            for name, eflops in zip(
                rigid["workload"], rigid["served_eflops"] * rigid["need"], strict=True
            )
        ]
    ).reshape(len(rigid), len(slices))
    asked = pd.DataFrame(rows, columns=slices.index)
    asked = asked.groupby([rigid["site"].to_numpy(), rigid["kind"].to_numpy()]).sum()
    asked.index = asked.index.set_names(["site", "kind"])
    bent = wide(case.table("flexible"), ["site", "workload", "kind"], "load_eflops", slices)
    if len(bent):
        each = hosted.set_index(["site", "workload", "kind"])["need"]
        bent = bent.mul(each.reindex(bent.index, fill_value=0.0), axis=0)
        bent = bent.groupby(level=["site", "kind"]).sum()
        asked = pd.concat([asked, bent]).groupby(level=["site", "kind"]).sum()
    units = _units(case, loads)
    at = [units["site"].to_numpy(), loads.index.get_level_values(1).to_numpy()]
    runs = loads.groupby(at).sum()
    runs.index = runs.index.set_names(["site", "kind"])
    index = asked.index.union(runs.index)
    asked, runs = asked.reindex(index, fill_value=0.0), runs.reindex(index, fill_value=0.0)
    names = index.set_names(["site", "kind"]).to_frame(index=False)
    for label in slices.index:
        place = LOADS, names.assign(slice=label)
        case.findings.equal("slice_load", place, runs[label], asked[label], least=ROW)


def _power(case: Case, loads: pd.DataFrame, profiles: Profiles) -> None:
    """Facilities draw what is supplied in every slice.

    grid + renewable + plants with carbon + discharge − charge, of batteries and of cooling.
    """
    slices = profiles.slices
    frame = case.table("dispatch")
    place = keys("dispatch", frame)
    supply = frame["grid_mw"] + frame["renewable_mw"] + frame["discharge_mw"] - frame["charge_mw"]
    fuel = case.table("fuel").set_index(["site", "slice"])["fuel_mw"]
    at = pd.MultiIndex.from_frame(frame[["site", "slice"]])
    supply = supply + fuel.reindex(at, fill_value=0.0).to_numpy(dtype=float) + given_mw(case, at)
    case.findings.equal("slice_power", place, frame["facility_mw"], supply, least=ROW)
    hours = slices["hours"].reindex(frame["slice"]).to_numpy(dtype=float)
    case.findings.equal("slice_mean", place, frame["hours"], hours)
    used = drawn(case, loads, profiles)
    other = extra_energy(case).reindex(used.index, fill_value=0.0) / GWH_PER_MW
    used = used.add(other, axis=0)
    given = wide(frame, ["site"], "facility_mw", slices).reindex(used.index, fill_value=0.0)
    for label in slices.index:
        where = DISPATCH, pd.DataFrame({"site": used.index, "slice": label})
        case.findings.equal("slice_power", where, given[label], used[label], least=ROW)


def _supply(case: Case, profiles: Profiles) -> None:
    """Slices add up to the energy of the year; plants stay below what blows, shines or is had."""
    frame = case.table("dispatch")
    energy = case.table("energy").set_index("site")
    found, fuel = contracts(case), case.table("fuel")
    fuel = fuel.assign(hours=profiles.slices["hours"].reindex(fuel["slice"]).to_numpy(float))
    for table, column, total in (
        (frame, "grid_mw", energy["grid_gwh"]),
        (frame, "renewable_mw", energy["renewable_gwh"]),
        (fuel, "fuel_mw", fuel_gwh(case)),
    ):
        sums = (table[column] * table["hours"] / 1000).groupby(table["site"]).sum()
        index = sums.index.union(total.index)
        sums, stated = (of.reindex(index, fill_value=0.0) for of in (sums, total))
        case.findings.equal("slice_mean", keyed(DISPATCH, index), sums, stated, least=ROW)
    sites = sorted({*frame["site"], *fuel["site"]})
    yields = yields_of(case, profiles)
    bought = pd.DataFrame(0.0, index=sites, columns=profiles.slices.index)
    for name, column, mine in (
        ("dispatch", "renewable_mw", found["carbon"] == 0),
        ("fuel", "fuel_mw", found["carbon"] > 0),
    ):
        most = yields[mine.to_numpy(dtype=bool)].groupby(level="site").sum()
        most = most.reindex(sites, fill_value=0.0)
        used = wide(case.table(name), ["site"], column, profiles.slices)
        used = used.reindex(sites, fill_value=0.0)
        bought = bought + used
        for label in profiles.slices.index:
            where = f"{name}.csv", pd.DataFrame({"site": sites, "slice": label})
            case.findings.at_most("slice_renewable", where, used[label], most[label], least=ROW)
    if not case.plan.model["corridors"].empty:
        check_carried(case, profiles, bought)


def slice_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: time of use, capacity charge, batteries, stores of cooling."""
    profiles, frame = Profiles(case), case.table("dispatch")
    grid = wide(frame, ["site"], "grid_mw", profiles.slices)
    hours = profiles.slices["hours"].to_numpy()
    power = case.facts.power.reindex(grid.index)
    bought = (power["price_cny_per_kwh"] * (1 - power["backup"])).to_numpy()
    swing = np.array([profiles.price(site) - 1 for site in grid.index]).reshape(grid.shape)
    use = bought * (grid.to_numpy() * swing * hours).sum(axis=1) / 1000
    charge = _capacity_price(case, grid.index) * PEAK_MCNY * grid.max(axis=1).to_numpy()
    own = case.plan.model.settings.slices
    battery = frame.groupby("site")["battery_mwh"].max().reindex(grid.index).to_numpy()
    capex = own.battery_capex_mcny_per_mwh or 0.0
    rate = case.plan.model.settings.economy.discount_rate
    store = battery * capex * annuity(rate, np.array(own.battery_life_years))
    cold = case.table("cold_storage").groupby("site")["cold_storage_mwh"].max()
    price = own.cold_storage_capex_mcny_per_mwh or 0.0
    cooling = cold.reindex(grid.index, fill_value=0.0).to_numpy() * price
    cooling = cooling * annuity(rate, np.array(own.cold_storage_life_years or 1.0))
    parts = {
        "grid_energy": use,
        "capacity_charge": charge,
        "battery": store,
        "cold_storage": cooling,
    }
    return pd.concat(
        [
            pd.DataFrame({"site": grid.index, "component": name, "mcny": values})
            for name, values in parts.items()
        ],
        ignore_index=True,
    )


def _capacity_price(case: Case, sites: pd.Index) -> Floats:
    """CNY per kW and month of each site: of its tariff zone, else of its province, else 0."""
    table, own = case.plan.model["power"], case.facts.tables["sites"].reindex(sites)
    zones = table[table["tariff_zone"] != ""].set_index("tariff_zone")["capacity_cny_per_kw_month"]
    rest = table[table["tariff_zone"] == ""].set_index("province")["capacity_cny_per_kw_month"]
    first = zones.reindex(own["tariff_zone"]).to_numpy(dtype=float)
    second = rest.reindex(own["province"]).to_numpy(dtype=float)
    return np.nan_to_num(np.where(np.isnan(first), second, first))
