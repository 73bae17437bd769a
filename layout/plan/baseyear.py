"""The base year as a plan: the stock as it stands, its load in proportion to what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.once import once
from layout.plan.files import FILES, empty_tables
from layout.plan.ledger import Floats, Ledger

if TYPE_CHECKING:
    from layout.model import PlanningModel

HOURS = 8.76
Words = NDArray[np.object_]


@once
def base_ledger(model: PlanningModel) -> Ledger:
    """The ledger of the base year: ``units`` and ``energy`` of the stock, no service.

    Base-year demand of a kind loads every block of it and its sub-kinds alike, up to their
    utilisation limit; without base-year demand the stock is idle and its energy unknown (NaN). All
    energy is from the grid: base-year contracts are not in the tables.
    """
    year = model.settings.base_year
    tables = empty_tables()
    ledger = Ledger(tables, model, year, base=True)
    stock = model["stock"]
    tables["units"] = FILES["units"].frame(_units(ledger, stock))
    tables["energy"] = FILES["energy"].frame(_energy(ledger, tables["units"]))
    return ledger


def has_base_demand(model: PlanningModel) -> bool:
    """Whether the model says what was demanded in its base year."""
    return bool((model["demand"]["year"] == model.settings.base_year).any())


def _load(ledger: Ledger, stock: pd.DataFrame) -> Floats:
    """EFLOPS in use of each block: the kind's demand in proportion to what is installed."""
    if not has_base_demand(ledger.model):
        return np.full(len(stock), np.nan)
    demand = ledger.demand.groupby(_root(ledger, ledger.demand["kind"]))["demand_eflops"].sum()
    root = _root(ledger, stock["kind"])
    works = ledger.looked_up("kinds", "effectiveness", stock["kind"])
    installed = (stock["compute_eflops"] * works).groupby(root).sum()
    use = (demand / installed.where(installed > 0)).reindex(root).fillna(0.0)
    limit = ledger.looked_up("kinds", "max_utilisation", stock["kind"])
    share = np.minimum(use.to_numpy(dtype=float), limit)
    return share * stock["compute_eflops"].to_numpy(dtype=float)


def _root(ledger: Ledger, kinds: pd.Series) -> Words:
    """The kind of which each is a sub-kind, or itself."""
    parent = ledger.words("kinds", "parent", kinds)
    return np.where(parent == "", kinds.to_numpy(dtype=object), parent)


def design_pue(ledger: Ledger, stock: pd.DataFrame) -> tuple[Floats, Floats]:
    """PUE and fixed overhead of each block: its own, else its facility's at the site, else 1."""
    table = ledger.model["pue"]
    at_site = table[table["site"] != ""].set_index(["site", "facility"])
    at_climate = table[table["site"] == ""].set_index(["climate_zone", "facility"])
    climate = ledger.words("sites", "climate_zone", stock["site"])
    sites = pd.MultiIndex.from_arrays([stock["site"], stock["facility"]])
    climates = pd.MultiIndex.from_arrays([climate, stock["facility"]])

    def value(column: str, default: float) -> Floats:
        first = at_site[column].reindex(sites).to_numpy(dtype=float)
        second = at_climate[column].reindex(climates).to_numpy(dtype=float)
        found = np.where(np.isnan(first), second, first)
        return np.where(np.isnan(found), default, found)

    own = stock["pue"].to_numpy(dtype=float)
    return np.where(np.isnan(own), value("pue", 1.0), own), value("fixed_overhead", 0.0)


def _units(ledger: Ledger, stock: pd.DataFrame) -> pd.DataFrame:
    compute = stock["compute_eflops"].to_numpy(dtype=float)
    rated = ledger.looked_up("kinds", "it_mw_per_eflops", stock["kind"])
    idle = ledger.looked_up("kinds", "idle_power_share", stock["kind"])
    limit = ledger.looked_up("kinds", "max_utilisation", stock["kind"])
    space = stock["facility_it_mw"].to_numpy(dtype=float)
    space = np.where(np.isnan(space), compute * rated, space)
    load = _load(ledger, stock)
    pue, overhead = design_pue(ledger, stock)
    it_gwh = rated * (idle * compute + (1 - idle) * load / limit) * HOURS
    zero = np.zeros(len(stock))
    return pd.DataFrame(
        {
            "unit": stock["block"],
            "site": stock["site"],
            "facility": stock["facility"],
            "kind": stock["kind"],
            "year": ledger.year,
            "origin": "stock",
            "existing_eflops": compute,
            "filled_eflops": zero,
            "expanded_eflops": zero,
            "built_eflops": zero,
            "retrofitted_eflops": zero,
            "retired_eflops": zero,
            "compute_eflops": compute,
            "load_eflops": load,
            "it_mw": compute * rated,
            "space_mw": space,
            "pue": pue,
            "fixed_overhead": overhead,
            "it_gwh": it_gwh,
            "facility_gwh": (pue - overhead) * it_gwh + overhead * space * HOURS,
        }
    )


def _energy(ledger: Ledger, units: pd.DataFrame) -> pd.DataFrame:
    sums = units.groupby("site")[["it_gwh", "facility_gwh"]].sum(min_count=1).reset_index()
    grid = sums["facility_gwh"]
    return sums.assign(
        year=ledger.year,
        grid_gwh=grid,
        renewable_gwh=0.0,
        certificate_gwh=0.0,
        carbon_kt=grid * ledger.factor("supply_tco2_per_mwh", sums["site"]),
    )
