"""Whose cost it is: the annual cost of every site divided among the kinds of compute there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.plan.ledger import Ledger

_DRIVER = {
    "facility_capital": "new_capex",
    "site_fixed": "new_mw",
    "it_capital": "it_capex",
    "it_om": "it_capex",
    "facility_om": "space_mw",
    "grid_energy": "facility_gwh",
    "renewable_energy": "facility_gwh",
    "certificates": "facility_gwh",
    "carbon": "facility_gwh",
    "network": "load_eflops",
    "storage": "needed_eb",
    "water": "it_gwh",
    "heat": "it_gwh",
}


def cost_by_kind(ledger: Ledger) -> dict[str, float]:
    """Kind → mcny a year; adds up to the cost of the plan without what the nation bears.

    Each component of a site goes to its kinds by what drives it: new space by its capex, energy
    and carbon by facility energy, IT by the value of what stands there, network by load.
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
    total: dict[str, float] = {}
    for component, rows in cost.groupby("component"):
        amounts = rows.groupby("site")["mcny"].sum()
        for kind, amount in _divided(by_kind, _DRIVER[str(component)], amounts).items():
            total[str(kind)] = total.get(str(kind), 0.0) + float(amount)
    return total


def _divided(by_kind: pd.DataFrame, driver: str, amounts: pd.Series) -> pd.Series:
    """Amounts by site divided over kinds in proportion to a driver, evenly where it is zero.

    What is spent where no compute stands is divided as the driver is in the nation.
    """
    rows = by_kind[by_kind.index.get_level_values("site").isin(amounts.index)]
    sites = rows.index.get_level_values("site")
    values = rows[driver]
    whole = values.groupby(sites).transform("sum").to_numpy(dtype=float)
    count = values.groupby(sites).transform("count").to_numpy(dtype=float)
    safe = np.where(whole > 0, whole, 1.0)
    share = np.where(whole > 0, values.to_numpy(dtype=float) / safe, 1 / count)
    money = share * amounts.reindex(sites).to_numpy(dtype=float)
    divided = pd.Series(money, index=rows.index).groupby("kind").sum()
    apart = float(amounts[~amounts.index.isin(sites)].sum())
    if apart == 0 or by_kind.empty:
        return divided
    nation = by_kind[driver].groupby("kind").sum()
    total = float(nation.sum())
    nation = nation / total if total > 0 else nation * 0 + 1 / len(nation)
    return divided.add(apart * nation, fill_value=0.0)
