"""The annual cost, worked out again from the tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.facts import Floats, annuity
from layout.checking.findings import ROW
from layout.checking.renewables import renewable_cost
from layout.checking.structure import NATION
from layout.model.costs import COMPONENTS

if TYPE_CHECKING:
    from layout.plan import Plan

FILE = "cost.csv"


def recompute_cost(plan: Plan, year: int | None = None) -> pd.DataFrame:
    """Site, component, mcny of a plan's tables, without penalty.

    That needs the readings of the targets: `layout.checking` computes it apart.
    """
    return _recomputed(Case(plan, plan.model.settings.periods[0] if year is None else year))


def _recomputed(case: Case) -> pd.DataFrame:
    parts = [
        _space(case),
        _equipment(case),
        _opened(case),
        _supply(case),
        _network(case),
        renewable_cost(case),
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.groupby(["site", "component"])["mcny"].sum().reset_index()


def check_cost(case: Case) -> None:
    """Each component of ``cost`` at each site (or of the nation) is what the tables say."""
    expected = _recomputed(case).set_index(["site", "component"])["mcny"]
    frame = case.table("cost")
    compared = frame[frame["component"] != "penalty"]
    national = set(compared["component"][compared["site"] == NATION])
    found = compared.groupby(["site", "component"])["mcny"].sum()
    for component in COMPONENTS:
        _compare(case, component, found, expected, component in national)


def _compare(
    case: Case, component: str, found: pd.Series, expected: pd.Series, national: bool
) -> None:
    """By site, or in total where the plan books the component on the nation."""
    left = found[found.index.get_level_values("component") == component]
    right = expected[expected.index.get_level_values("component") == component]
    if national:
        place = FILE, pd.DataFrame({"site": [NATION], "component": [component]})
        case.findings.equal("cost", place, left.sum(), right.sum(), least=ROW)
        return
    index = left.index.union(right.index)
    left, right = left.reindex(index, fill_value=0.0), right.reindex(index, fill_value=0.0)
    case.findings.equal("cost", keyed(FILE, index), left, right, least=ROW)


def _rows(site: pd.Series, component: str, mcny: Floats | pd.Series) -> pd.DataFrame:
    values = np.asarray(mcny, dtype=float)
    return pd.DataFrame({"site": np.asarray(site), "component": component, "mcny": values})


def _space(case: Case) -> pd.DataFrame:
    """Annuity of new space, upkeep of all space (stock capex is sunk)."""
    units, facts = case.units, case.facts
    economy = case.plan.model.settings.economy
    local = facts.numbers("sites", "cost_factor", units["site"])
    capex = facts.numbers("facilities", "capex_mcny_per_mw", units["facility"]) * local
    life = facts.numbers("facilities", "life_years", units["facility"])
    space = units["space_mw"].to_numpy(dtype=float)
    new = np.where(units["new"], space, 0.0)
    staff = np.nan_to_num(facts.numbers("facilities", "staff_per_mw", units["facility"]))
    wage = economy.wage_mcny_per_year * facts.numbers("sites", "wage_factor", units["site"])
    upkeep = facts.numbers("facilities", "opex_share", units["facility"]) * capex + staff * wage
    capital = annuity(economy.discount_rate, life) * capex * new
    return pd.concat(
        [
            _rows(units["site"], "facility_capital", capital),
            _rows(units["site"], "facility_om", upkeep * space),
        ]
    )


def _equipment(case: Case) -> pd.DataFrame:
    """Annuity of IT added or refreshed in place past its life, upkeep of all IT."""
    units, facts = case.units, case.facts
    capex = facts.numbers("kinds", "it_capex_mcny_per_eflops", units["kind"])
    life = facts.numbers("kinds", "it_life_years", units["kind"])
    blocks = facts.blocks.reindex(units["unit"])
    own = (blocks["kind"].to_numpy(object) == units["kind"].to_numpy(object)) & ~units["new"]
    expired = np.where(own, blocks["expired"].to_numpy(dtype=float), 0.0)
    refreshed = expired - np.where(own, units["retired_eflops"], 0.0)
    rate = case.plan.model.settings.economy.discount_rate
    capital = annuity(rate, life) * capex * (units["added"].to_numpy(dtype=float) + refreshed)
    share = facts.numbers("kinds", "it_opex_share", units["kind"])
    upkeep = share * capex * units["compute_eflops"].to_numpy(dtype=float)
    return pd.concat(
        [_rows(units["site"], "it_capital", capital), _rows(units["site"], "it_om", upkeep)]
    )


def _opened(case: Case) -> pd.DataFrame:
    """Fixed cost of sites without stock that now hold space or compute."""
    units = case.units
    held = units["new"] & ((units["space_mw"] > 0) | (units["compute_eflops"] > 0))
    sites = pd.Series(sorted(set(units["site"][held]) - case.facts.stocked), dtype="str")
    fixed = case.facts.numbers("sites", "fixed_cost_mcny_per_year", sites)
    return _rows(sites, "site_fixed", fixed)


def _supply(case: Case) -> pd.DataFrame:
    """Grid energy, certificates and carbon by site."""
    energy, economy = case.table("energy"), case.plan.model.settings.economy
    power = case.facts.power.reindex(energy["site"])
    grid = energy["grid_gwh"].to_numpy(dtype=float)
    bought = economy.certificate_price_cny_per_mwh / 1000 * energy["certificate_gwh"]
    emitted = power["grid_tco2_per_mwh"].to_numpy(dtype=float) * grid
    return pd.concat(
        [
            _rows(energy["site"], "grid_energy", power["price_cny_per_kwh"].to_numpy() * grid),
            _rows(energy["site"], "certificates", bought),
            _rows(energy["site"], "carbon", economy.carbon_price_cny_per_t / 1000 * emitted),
        ]
    )


def _network(case: Case) -> pd.DataFrame:
    """Transport of what is served, booked where it is served."""
    service = case.service
    return _rows(service["site"], "network", service["mcny_per_eflops"] * service["served_eflops"])
