"""The annual cost, worked out again from the tables of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.checking.balance import subsidy_cost
from layout.checking.case import Case, keyed
from layout.checking.energy import emission
from layout.checking.facts import Floats, annuity
from layout.checking.findings import ROW
from layout.checking.heat import heat_cost
from layout.checking.network import network_cost
from layout.checking.renewables import fuel_kt, renewable_cost
from layout.checking.resilience import uncovered_cost
from layout.checking.slices import slice_cost
from layout.checking.storage import storage_cost
from layout.checking.structure import NATION
from layout.checking.water import water_cost
from layout.model.costs import COMPONENTS

if TYPE_CHECKING:
    from layout.plan import Plan

FILE = "cost.csv"


def recompute_cost(plan: Plan, year: int | None = None) -> pd.DataFrame:
    """Site, component, mcny of a plan's tables in a year (the last), without penalty.

    That needs the readings of the targets: `layout.checking` computes it apart.
    """
    from layout.checking.checker import cases

    found = cases(plan)
    chosen = found[-1] if year is None else next(case for case in found if case.year == year)
    return _recomputed(chosen)


COSTS: dict[str, Callable[[Case], pd.DataFrame]] = {
    "slices": slice_cost,
    "network": network_cost,
    "storage": storage_cost,
    "water": water_cost,
    "heat": heat_cost,
    "resilience": uncovered_cost,
    "balance": subsidy_cost,
}
"""Switch of `features` → what it costs in a year: site, component, mcny a year."""


def _recomputed(case: Case) -> pd.DataFrame:
    parts = [_space(case), _equipment(case), _opened(case), _supply(case), _network(case)]
    parts += [_moving(case), _generators(case), renewable_cost(case)]
    features = case.plan.model.settings.features
    parts += [family(case) for name, family in COSTS.items() if getattr(features, name)]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(mcny=rows["mcny"] * case.weight)
    return rows.groupby(["site", "component"])["mcny"].sum().reset_index()


def check_cost(case: Case) -> None:
    """Each component of ``cost`` at each site (or of the nation) is what the tables say."""
    expected = _recomputed(case).set_index(["site", "component"])["mcny"]
    frame = case.table("cost")
    compared = frame[frame["component"] != "penalty"]
    national = set(compared["component"][compared["site"] == NATION])
    found = compared.groupby(["site", "component"])["mcny"].sum()
    index = found.index.union(expected.index)
    component = index.get_level_values("component")
    left, right = found.reindex(index, fill_value=0.0), expected.reindex(index, fill_value=0.0)
    for name in COMPONENTS:
        mine = component == name
        if name in national or mine.any():
            _compare(case, name, left[mine], right[mine], name in national)


def _compare(case: Case, component: str, left: pd.Series, right: pd.Series, national: bool) -> None:
    """By site, or in total where the plan books the component on the nation."""
    if national:
        place = FILE, pd.DataFrame({"site": [NATION], "component": [component]})
        case.findings.equal("cost", place, left.sum(), right.sum(), least=ROW)
        return
    case.findings.equal("cost", keyed(FILE, left.index), left, right, least=ROW)


def _rows(site: pd.Series, component: str, mcny: Floats | pd.Series) -> pd.DataFrame:
    values = np.asarray(mcny, dtype=float)
    return pd.DataFrame({"site": np.asarray(site), "component": component, "mcny": values})


def _space(case: Case) -> pd.DataFrame:
    """Annuity of new space, upkeep of all space (stock capex is sunk)."""
    units, facts = case.units, case.facts
    economy = case.plan.model.settings.economy
    local = facts.numbers("sites", "cost_factor", units["site"])
    capex = facts.numbers("facilities", "capex_mcny_per_mw", units["facility"]) * local
    turning = facts.numbers("facilities", "retrofit_capex_mcny_per_mw", units["facility"]) * local
    life = facts.numbers("facilities", "life_years", units["facility"])
    space = units["space_mw"].to_numpy(dtype=float)
    price = np.where(units["new"], capex, np.nan_to_num(turning))
    new = np.where(units["stock"], 0.0, space)
    staff = np.nan_to_num(facts.numbers("facilities", "staff_per_mw", units["facility"]))
    wage = economy.wage_mcny_per_year * facts.numbers("sites", "wage_factor", units["site"])
    upkeep = facts.numbers("facilities", "opex_share", units["facility"]) * capex + staff * wage
    capital = annuity(economy.discount_rate, life) * price * new
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
    rate = case.plan.model.settings.economy.discount_rate
    planned = case.of_history("planned").to_numpy(dtype=float)
    capital = annuity(rate, life) * capex * planned
    share = facts.numbers("kinds", "it_opex_share", units["kind"])
    upkeep = share * capex * units["compute_eflops"].to_numpy(dtype=float)
    return pd.concat(
        [
            _rows(units["site"], "it_capital", capital),
            _rows(units["site"], "it_om", upkeep),
            _refreshed(case),
        ]
    )


def _refreshed(case: Case) -> pd.DataFrame:
    """Annuity of existing compute past its life that has not been retired, wherever it stands."""
    blocks, facts = case.facts.blocks, case.facts
    rows = pd.MultiIndex.from_arrays([blocks.index, blocks["kind"]])
    left = case.history["left"].reindex(rows, fill_value=0.0).to_numpy(dtype=float)
    expired = blocks["expired"].to_numpy(dtype=float)
    kept = np.where(expired > 0, expired - left, 0.0)
    capex = facts.numbers("kinds", "it_capex_mcny_per_eflops", blocks["kind"])
    life = facts.numbers("kinds", "it_life_years", blocks["kind"])
    rate = case.plan.model.settings.economy.discount_rate
    return _rows(blocks["site"], "it_capital", annuity(rate, life) * capex * kept)


def _opened(case: Case) -> pd.DataFrame:
    """Fixed cost of sites without stock that hold, or once held, space or compute."""
    opened: set[str] = set()
    for year in (*case.earlier, case):
        units = year.units
        held = units["new"] & ((units["space_mw"] > 0) | (units["compute_eflops"] > 0))
        opened |= set(units["site"][held])
    sites = pd.Series(sorted(opened - case.facts.stocked), dtype="str")
    fixed = case.facts.numbers("sites", "fixed_cost_mcny_per_year", sites)
    return _rows(sites, "site_fixed", fixed)


def _supply(case: Case) -> pd.DataFrame:
    """Grid energy, what generators make in its stead, certificates and carbon by site."""
    energy, economy = case.table("energy"), case.plan.model.settings.economy
    power = case.facts.power.reindex(energy["site"])
    grid = energy["grid_gwh"].to_numpy(dtype=float)
    bought = economy.certificate_price_cny_per_mwh / 1000 * energy["certificate_gwh"]
    emitted = emission(case).reindex(energy["site"]).to_numpy(dtype=float) * grid
    emitted = emitted + fuel_kt(case).reindex(energy["site"], fill_value=0.0).to_numpy(dtype=float)
    off = power["backup"].to_numpy(dtype=float)
    made = off * grid * (case.plan.model.settings.backup_power.cost_cny_per_kwh or 0.0)
    price = power["price_cny_per_kwh"].to_numpy(dtype=float)
    return pd.concat(
        [
            _rows(energy["site"], "grid_energy", price * grid * (1 - off)),
            _rows(energy["site"], "backup_energy", made),
            _rows(energy["site"], "certificates", bought),
            _rows(energy["site"], "carbon", economy.carbon_price_cny_per_t / 1000 * emitted),
        ]
    )


def _generators(case: Case) -> pd.DataFrame:
    """Annuity of the generators of new halls where the grid fails for too long."""
    own, units = case.plan.model.settings.backup_power, case.units
    fails = case.facts.power["backup"].reindex(units["site"]).to_numpy(dtype=float) > 0
    rated = units["pue"].to_numpy(dtype=float) * units["space_mw"].to_numpy(dtype=float)
    carried = np.where(fails & units["new"].to_numpy(dtype=bool), rated, 0.0)
    rate, life = case.plan.model.settings.economy.discount_rate, own.life_years or np.inf
    each = (own.capex_mcny_per_mw or 0.0) * annuity(rate, np.full(len(units), life))
    return _rows(units["site"], "backup_capital", each * carried)


def _network(case: Case) -> pd.DataFrame:
    """Transport of what is served, booked where it is served."""
    service = case.service
    return _rows(service["site"], "network", service["mcny_per_eflops"] * service["served_eflops"])


def _moving(case: Case) -> pd.DataFrame:
    """What work pays that is served outside its province, booked where it is served."""
    away = case.service[~case.service["near"].to_numpy(dtype=bool)]
    price = case.facts.numbers("workloads", "moving_cost_mcny_per_eflops", away["workload"])
    return _rows(away["site"], "moving", price * away["served_eflops"])
