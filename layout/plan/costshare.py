"""Whose cost it is: the annual cost of every site divided among the kinds of compute there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.once import once
from layout.plan.ledger import Floats, Ledger

_DRIVER = {
    "facility_capital": "new_capex",
    "site_fixed": "new_mw",
    "it_capital": "it_capex",
    "it_om": "it_capex",
    "facility_om": "space_mw",
    "grid_energy": "facility_gwh",
    "renewable_energy": "facility_gwh",
    "certificates": "facility_gwh",
    "capacity_charge": "facility_gwh",
    "backup_energy": "facility_gwh",
    "backup_capital": "new_capex",
    "battery": "facility_gwh",
    "cold_storage": "facility_gwh",
    "carbon": "facility_gwh",
    "network": "load_eflops",
    "backbone": "load_eflops",
    "moving": "load_eflops",
    "storage": "needed_eb",
    "water": "it_gwh",
    "heat": "it_gwh",
    "subsidy": "new_capex",
}
PARTS: dict[str, tuple[str, ...]] = {
    "capital": (
        "facility_capital",
        "site_fixed",
        "it_capital",
        "backup_capital",
        "storage",
        "subsidy",
    ),
    "power": (
        "grid_energy",
        "renewable_energy",
        "certificates",
        "capacity_charge",
        "backup_energy",
        "battery",
        "cold_storage",
        "carbon",
        "water",
        "heat",
    ),
    "network": ("network", "backbone", "moving"),
    "upkeep": ("facility_om", "it_om"),
}
"""Part of the cost of a kind → components of the plan's cost; every component of `_DRIVER` once."""


def cost_by_kind(ledger: Ledger) -> dict[str, float]:
    """Kind → mcny a year; adds up to the cost of the plan without penalties (`uncovered` too)."""
    total = _by_component(ledger).sum(axis=1)
    return {str(kind): float(cost) for kind, cost in total.items()}


def cost_parts_by_kind(ledger: Ledger) -> pd.DataFrame:
    """`cost_by_kind` part by part: a row for each kind, a column for each of `PARTS`."""
    every = _by_component(ledger)
    parts = {
        part: every[[name for name in names if name in every]].sum(axis=1)
        for part, names in PARTS.items()
    }
    return pd.DataFrame(parts, index=every.index)


@once
def _by_component(ledger: Ledger) -> pd.DataFrame:
    """Kind × component of the cost, mcny a year.

    Each component of a site goes to its kinds by what drives it: new space by its capex, energy
    and carbon by facility energy, IT by the value of what stands there, network and moving by
    load. What is spent where no compute stands, or for the nation as a whole (waves and new
    links), is divided as the driver is in the nation.
    """
    units = ledger.units
    building = ledger.looked_up("facilities", "capex_mcny_per_mw", units["facility"])
    equipment = ledger.looked_up("kinds", "it_capex_mcny_per_eflops", units["kind"])
    stored = np.nan_to_num(ledger.looked_up("kinds", "storage_eb_per_eflops", units["kind"]))
    drivers = units.assign(
        new_capex=units["new_mw"] * building,
        it_capex=units["compute_eflops"] * equipment,
        needed_eb=units["compute_eflops"] * stored,
    )
    names = sorted(set(_DRIVER.values()))
    by_kind = drivers.groupby(["site", "kind"])[names].sum()
    cost = ledger.cost[ledger.cost["component"].isin(_DRIVER)]
    amounts = cost.groupby(["site", "component"])["mcny"].sum().unstack(fill_value=0)
    of = [names.index(_DRIVER[component]) for component in amounts.columns]
    index = by_kind.index
    assert isinstance(index, pd.MultiIndex)
    site, kind = (np.asarray(codes, dtype=np.int64) for codes in index.codes)
    sites, kinds = index.levels
    values = by_kind.to_numpy(dtype=float)
    spent = amounts.reindex(sites, fill_value=0.0).to_numpy(dtype=float)[site]
    total = _sums(_shares(values, site)[:, of] * spent, kind)
    apart = amounts[~amounts.index.isin(sites)].sum().to_numpy(dtype=float)
    nation = _sums(values, kind)
    total += apart * _shares(nation, np.zeros(len(nation), dtype=np.int64))[:, of]
    return pd.DataFrame(total, index=kinds.astype(object), columns=list(amounts.columns))


def _sums(values: Floats, group: NDArray[np.int64]) -> Floats:
    """The rows of every group added up."""
    found = np.zeros((group.max(initial=-1) + 1, values.shape[1]))
    np.add.at(found, group, values)
    return found


def _shares(values: Floats, group: NDArray[np.int64]) -> Floats:
    """Each row's part of its group's sum; the same for all where that is zero."""
    whole = _sums(values, group)[group]
    even = 1.0 / np.bincount(group)[group][:, None]
    return np.where(whole > 0, values / np.where(whole > 0, whole, 1.0), even)
