"""Limits of places: space, minimum size, land, staff, types of halls, headroom, commitments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.corridors import imports_mw
from layout.checking.facts import GWH_PER_MW, Floats, members
from layout.checking.storage import storage_energy
from layout.plan.scopes import sites_in

FILE = "capacity.csv"


def check_sites(case: Case) -> None:
    """Every condition on a site or on the sites of a power row together."""
    _space(case)
    _land(case)
    _staff(case)
    _halls(case)
    _headroom(case)
    _quota(case)
    _commitments(case)


def _by_site(values: pd.Series, sites: pd.Index) -> Floats:
    return np.asarray(values.reindex(sites, fill_value=0.0).to_numpy(dtype=float))


def _space(case: Case) -> None:
    """Stock + new MW ≤ max_it_mw (stock may stand above it); new ≥ min_it_mw where opened."""
    sites = case.facts.tables["sites"]
    new = _by_site(case.new_space.groupby("site")["mw"].sum(), sites.index)
    stock = _by_site(case.facts.blocks.groupby("site")["space_mw"].sum(), sites.index)
    held = _by_site(case.units.groupby("site")["space_mw"].sum(), sites.index)
    room = np.maximum(sites["max_it_mw"].to_numpy(dtype=float), stock)
    place = keyed(FILE, sites.index)
    case.findings.at_most("site_space", place, held, room, size=stock + new)
    opened = ~sites.index.isin(case.facts.stocked) & (new > 0)
    least = sites["min_it_mw"].to_numpy(dtype=float)[opened]
    case.findings.at_least("site_minimum", keyed(FILE, sites.index[opened]), new[opened], least)


def _land(case: Case) -> None:
    """Σ land_ha_per_mw · new MW ≤ land_ha."""
    _new_space_within(case, "land", "land_ha", "land_ha_per_mw")


def _staff(case: Case) -> None:
    """Σ staff_per_mw · new MW ≤ staff_limit_persons."""
    _new_space_within(case, "staff", "staff_limit_persons", "staff_per_mw")


def _new_space_within(case: Case, code: str, column: str, each: str) -> None:
    """Σ facilities.`each` · new MW ≤ sites.`column`; an empty cell limits nothing."""
    sites, new = case.facts.tables["sites"], case.new_space
    need = np.nan_to_num(case.facts.numbers("facilities", each, new["facility"]))
    used = (new["mw"] * need).groupby(new["site"]).sum()
    most = sites[column].fillna(np.inf).to_numpy(dtype=float)
    case.findings.at_most(code, keyed(FILE, sites.index), _by_site(used, sites.index), most)


def _halls(case: Case) -> None:
    """min_it_mw ≤ Σ MW of the sites and types of a row of ``hall_limits`` ≤ max_it_mw, or stock."""
    model, key = case.plan.model, ["scope", "facilities"]
    table = model["hall_limits"]
    ordered = [";".join(sorted(members(types))) for types in table["facilities"]]
    table = table.assign(facilities=ordered)
    own = table[table["year"] == case.year]
    every = table[table["year"] == 0]
    beaten = pd.MultiIndex.from_frame(every[key]).isin(pd.MultiIndex.from_frame(own[key]))
    rows = pd.concat([own, every[~beaten]])
    for scope, types, least, most in zip(
        *(rows[name] for name in (*key, "min_it_mw", "max_it_mw")), strict=True
    ):
        sites = set(model["sites"]["site"][sites_in(model, scope)])
        halls = set(members(types)) or set(model["facilities"]["facility"])
        held, stock = (
            float(
                frame.loc[
                    frame["site"].isin(sites) & frame["facility"].isin(halls), "space_mw"
                ].sum()
            )
            for frame in (case.units, case.facts.blocks)
        )
        place = "model/hall_limits.csv", pd.DataFrame({"scope": [scope], "facilities": [types]})
        case.findings.at_least("hall_limit", place, held, least)
        case.findings.at_most("hall_limit", place, held, max(most, stock))


def _headroom(case: Case) -> None:
    """Rated power, storage too, ≤ grid headroom of each site and row of ``power``.

    With time slices, what comes over the grid in a slice where that is more.
    """
    units, sites = case.units, case.facts.tables["sites"]
    slope = units["pue"] - units["fixed_overhead"]
    rated = slope * units["it_mw"] + units["fixed_overhead"] * units["space_mw"]
    at_site = _by_site(rated.groupby(units["site"]).sum(), sites.index)
    if case.plan.model.settings.features.storage:
        at_site = at_site + _by_site(storage_energy(case), sites.index) / GWH_PER_MW
    if case.plan.model.settings.features.slices:
        at_site = np.maximum(at_site, imports_mw(case).reindex(sites.index, fill_value=0.0))
    limit = sites["grid_headroom_mw"].fillna(np.inf).to_numpy(dtype=float)
    case.findings.at_most("site_headroom", keyed(FILE, sites.index), at_site, limit)
    _power_rows(case, "power_headroom", "grid_headroom_mw", at_site)


def _quota(case: Case) -> None:
    """Grid energy ≤ energy quota of each row of ``power``."""
    sites = case.facts.tables["sites"].index
    grid = case.table("energy").groupby("site")["grid_gwh"].sum()
    _power_rows(case, "energy_quota", "energy_quota_gwh", _by_site(grid, sites))


def _power_rows(case: Case, code: str, column: str, at_site: Floats) -> None:
    """The sum over the sites of each tariff zone, or province, of ``power`` keeps its limit."""
    power, sites = case.plan.model["power"], case.facts.tables["sites"]
    at_zone = pd.Series(at_site, sites.index).groupby(sites["tariff_zone"]).sum()
    at_province = pd.Series(at_site, sites.index).groupby(sites["province"]).sum()
    total = np.where(
        power["tariff_zone"] != "",
        at_zone.reindex(power["tariff_zone"]).fillna(0.0).to_numpy(dtype=float),
        at_province.reindex(power["province"]).fillna(0.0).to_numpy(dtype=float),
    )
    limit = power[column].fillna(np.inf).to_numpy(dtype=float)
    place = ("model/power.csv", power[["province", "tariff_zone"]])
    case.findings.at_most(code, place, total, limit)


def _commitments(case: Case) -> None:
    """Gross additions keep what has been decided, in EFLOPS and in rated MW."""
    table = case.plan.model["commitments"]
    table = table[table["year"] == case.year].reset_index(drop=True)
    units = case.units
    added = units.assign(mw=units["added"] * units["rated"]).rename(columns={"added": "eflops"})
    sums = pd.DataFrame(
        [
            added[(added["site"] == site) & added["kind"].isin(case.facts.below(kind))][
                ["eflops", "mw"]
            ].sum()
            for site, kind in zip(table["site"], table["kind"], strict=True)
        ],
        columns=["eflops", "mw"],
        index=table.index,
    )
    forbidden = (table["status"] == "forbidden").to_numpy(dtype=bool)
    place = ("model/commitments.csv", table[["site", "kind", "year"]])
    for unit, column in (("eflops", "eflops"), ("it_mw", "mw")):
        found = sums[column]
        most = table[f"max_{unit}"].fillna(np.inf).to_numpy(dtype=float)
        case.findings.at_most("commitment", place, found, np.where(forbidden, 0.0, most))
        least = table[f"min_{unit}"].fillna(0.0)
        case.findings.at_least("commitment", place, found, least)
