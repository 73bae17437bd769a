"""The merit order: units by rising cost of running, what runs of them, where load is covered.

What grows with an hour of work at a unit is its running cost: the power that load adds, its
carbon and its water. Halls, IT, their upkeep and staff are paid for what stands, and carrying data
belongs to a flow between two places, not to a unit. Kinds of compute are ranked apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model.horizon import horizon
from layout.model.slices import time_slices
from layout.model.supplies import water_prices, water_use
from layout.plan.ledger import Floats, Ledger, Tables
from layout.units import GWH_PER_MW_YEAR, HOURS_PER_YEAR, mcny_per_kt

if TYPE_CHECKING:
    from layout.model import PlanningModel

POWER = ("grid_energy", "backup_energy", "renewable_energy", "certificates")
"""Components of the cost that are paid for each kWh; capacity charge and batteries are not."""
PARTS = ("power", "carbon", "water")
"""What a running cost consists of."""
LEAST_EFLOPS = 1e-9
"""Compute below this is what a solver leaves of nothing."""
_DIGITS = 9
_KWH_PER_MWH = 1000
_CNY = 1e6
"""CNY in a million CNY, kWh in a GWh."""


def merit_order(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """Units of every kind and year by rising running cost, in money of the year.

    year, kind, rank, unit, site, facility; EFLOPS: compute (installed), usable (of it at most in
    use), cumulative (usable down to this rank), load (in use in the plan's mean hour), merit (in
    use if load went to the cheapest). CNY per EFLOPS and hour: power, carbon, water and their sum
    `running`. mcny a year: running (its cost times the load) and standing (idle power and
    overheads, whatever the load). Units without compute are left out, empty halls with them.
    """
    years = [_ranked(Ledger(tables, model, period.year)) for period in horizon(model.settings)]
    return pd.concat(years, ignore_index=True)


def clearing(order: pd.DataFrame) -> pd.DataFrame:
    """Where supply by rising running cost covers the load: a row for every kind and year.

    The marginal unit is the last that the cheapest would need, and its running cost the price at
    which the kind's load is covered; the dearest is the last that does run in the plan.
    `merit_mcny` is what the same load costs in the cheapest units; what the plan pays above it is
    for delay, network, whole demands, targets. No unit and no price where nothing runs.
    """
    rows = [
        {"kind": kind, "year": year, **_cleared(group)}
        for (kind, year), group in order.groupby(["kind", "year"], sort=True)
    ]
    columns = ["kind", "year", *_cleared(order.iloc[:0])]
    return pd.DataFrame(rows, columns=columns)


def _cleared(group: pd.DataFrame) -> dict[str, object]:
    price = group["running_cny_per_eflops_hour"]
    found: dict[str, object] = {
        name: float(group[name].sum()) for name in ("compute_eflops", "usable_eflops")
    }
    found["load_eflops"] = float(group["load_eflops"].sum())
    for name, column in (("marginal", "merit_eflops"), ("dearest", "load_eflops")):
        runs = group[group[column] > LEAST_EFLOPS]
        last = runs.tail(1)
        found[f"{name}_unit"] = "" if last.empty else str(last["unit"].iloc[0])
        found[f"{name}_cny_per_eflops_hour"] = np.nan if last.empty else float(price[last.index[0]])
    found["running_mcny"] = float(group["running_mcny"].sum())
    found["merit_mcny"] = float(_yearly_mcny(price, group["merit_eflops"]).sum())
    return found


def _ranked(ledger: Ledger) -> pd.DataFrame:
    """The merit order of one year."""
    frame = _running(ledger)
    frame = frame[frame["compute_eflops"] > LEAST_EFLOPS]
    by = ["kind", "running_cny_per_eflops_hour", "unit"]
    frame = frame.sort_values(by, key=_rounded, ignore_index=True)
    of = frame.groupby("kind")
    above = of["usable_eflops"].cumsum() - frame["usable_eflops"]
    left = of["load_eflops"].transform("sum") - above
    return frame.assign(
        rank=of.cumcount() + 1,
        cumulative_eflops=of["usable_eflops"].cumsum(),
        merit_eflops=np.clip(left, 0.0, frame["usable_eflops"]),
    )


def _rounded(column: pd.Series) -> pd.Series:
    """Numbers without what rounding leaves between two that are the same; texts as they are."""
    return column.round(_DIGITS) if column.dtype == float else column


def _running(ledger: Ledger) -> pd.DataFrame:
    """`units` of the year with the cost of an hour of work, and of standing ready."""
    units, features = ledger.units, ledger.model.settings.features
    rated, idle, limit = (
        ledger.looked_up("kinds", name, units["kind"])
        for name in ("it_mw_per_eflops", "idle_power_share", "max_utilisation")
    )
    slope = (units["pue"] - units["fixed_overhead"]).to_numpy(float)
    space = (units["fixed_overhead"] * units["space_mw"]).to_numpy(float)
    it_kwh = _KWH_PER_MWH * rated * (1 - idle) / limit
    standing_mw = rated * idle * units["compute_eflops"].to_numpy(float)
    cooling = _cooling(ledger, units) if features.slices else np.ones(len(units))
    litre = _water_cny_per_kwh(ledger, units) if features.water else np.zeros(len(units))
    price = _energy_cny_per_kwh(ledger).reindex(units["site"])
    power, carbon = (price[name].to_numpy(float) for name in ("power", "carbon"))
    kwh = it_kwh * slope * cooling
    parts = dict(zip(PARTS, (kwh * power, kwh * carbon, it_kwh * litre), strict=True))
    running = np.sum(list(parts.values()), axis=0)
    standing_gwh = GWH_PER_MW_YEAR * (slope * standing_mw + space)
    standing = standing_gwh * (power + carbon) + GWH_PER_MW_YEAR * standing_mw * litre
    return units.assign(
        usable_eflops=limit * units["compute_eflops"].to_numpy(float),
        **{f"{name}_cny_per_eflops_hour": values for name, values in parts.items()},
        running_cny_per_eflops_hour=running,
        running_mcny=_yearly_mcny(running, units["load_eflops"]),
        standing_mcny=standing,
    )


def _yearly_mcny(cny_per_eflops_hour: Floats | pd.Series, eflops: pd.Series) -> pd.Series:
    """What compute in use the whole year costs, mcny."""
    return eflops * cny_per_eflops_hour * HOURS_PER_YEAR / _CNY


def _energy_cny_per_kwh(ledger: Ledger) -> pd.DataFrame:
    """Site → what a kWh costs there: `power` and `carbon`, the mean of all that it is supplied.

    Where nothing is drawn what a kWh of the grid would cost, outages included, and its carbon.
    """
    energy = ledger.energy.set_index("site")[["grid_gwh", "renewable_gwh"]].sum(axis=1)
    burnt = ledger.contracts[ledger.contracts["carbon_t_per_mwh"] > 0]
    energy = energy.add(burnt.groupby("site")["used_gwh"].sum(), fill_value=0.0)
    energy = energy[energy > 0]
    cost = ledger.cost.groupby(["site", "component"])["mcny"].sum().unstack(fill_value=0)
    sites = ledger.model["sites"]["site"]
    grams = ledger.factor("supply_tco2_per_mwh", sites)
    settings, off = ledger.model.settings, ledger.factor("backup_share", sites)
    economy, made = settings.economy, settings.backup_power.cost_cny_per_kwh or 0.0
    tariff = {
        "power": (1 - off) * ledger.factor("price_cny_per_kwh", sites) + off * made,
        "carbon": mcny_per_kt(economy.carbon_price_cny_per_t) * grams,
    }
    found = pd.DataFrame(tariff, index=pd.Index(sites))
    drawn = energy.index
    for name, components in (("power", POWER), ("carbon", ("carbon",))):
        paid = cost.reindex(index=drawn, columns=list(components), fill_value=0.0).sum(axis=1)
        found.loc[drawn, name] = paid / energy
    return found


def _water_cny_per_kwh(ledger: Ledger, units: pd.DataFrame) -> Floats:
    """Unit → what the water for a kWh of IT costs: L per kWh are ML per GWh."""
    model = ledger.model
    use = water_use(model).reindex(pd.MultiIndex.from_frame(units[["site", "facility"]]))
    price = pd.Series(water_prices(model), index=pd.Index(model["sites"]["site"]))
    return use.to_numpy(float) * price.reindex(units["site"]).to_numpy(float)


def _cooling(ledger: Ledger, units: pd.DataFrame) -> Floats:
    """Unit → how cooling of its hours of work compares with the mean of the year (1)."""
    slices = time_slices(ledger.model)
    of_site = pd.DataFrame(
        slices.cooling_factors, index=pd.Index(ledger.model["sites"]["site"]), columns=slices.labels
    )
    keys = ["unit", "kind"]
    loads = ledger.of_year("loads").pivot(index=keys, columns="slice", values="load_eflops")
    loads = loads.reindex(pd.MultiIndex.from_frame(units[keys])).reindex(columns=slices.labels)
    work = loads.fillna(0.0).to_numpy(float) * slices.hours
    whole = work.sum(axis=1)
    factors = of_site.reindex(units["site"]).to_numpy(float)
    bent = (work * factors).sum(axis=1)
    return np.divide(bent, whole, out=np.ones(len(units)), where=whole > 0)
