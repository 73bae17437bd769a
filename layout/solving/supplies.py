"""The tables of a plan that storage, water, heat and cheap debt add."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.formulation.linear import Floats, Linear, level
from layout.formulation.storage import add_kept, add_needed, add_storage, holdings, regions
from layout.formulation.variables import Variables
from layout.formulation.water import add_water


def storage_tables(v: Variables, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """storage.csv, by site, kept.csv and backup.csv: whose data and whose copies stand where."""
    case, every = v.case, np.arange(len(v.case.sites))

    def sites() -> Linear:
        return Linear(len(every))

    held = np.zeros(len(every))
    copies = pd.DataFrame({name: [] for name in ("region", "site", "year", "backup_eb")})
    if "backup" in v.parts:
        region, site = holdings(v)
        amount = level(v.parts["backup"])
        held = np.bincount(site, amount, len(every)).astype(float)
        copies = pd.DataFrame(
            {
                "region": np.array(regions(case)[0], dtype=object)[region],
                "site": np.array(case.sites, dtype=object)[site],
                "year": case.year,
                "backup_eb": amount,
            }
        )
        copies = copies[copies["backup_eb"] > 0].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "site": case.sites,
            "year": case.year,
            "disk_eb": add_storage(v, sites(), every, {"disk": 1.0}).values(),
            "ssd_eb": add_storage(v, sites(), every, {"ssd": 1.0}).values(),
            "added_disk_eb": level(v.parts["disk"]),
            "added_ssd_eb": level(v.parts["ssd"]),
            "needed_eb": np.maximum(add_needed(v, sites(), case.units.pair_site).values(), 0.0),
            "kept_eb": np.maximum(add_kept(v, sites(), every).values(), 0.0),
            "backup_eb": held,
        }
    )
    numbers = ["disk_eb", "ssd_eb", "needed_eb"]
    return {"storage": _held(table, numbers), "kept": _data_kept(v), "backup": copies}


def _data_kept(v: Variables) -> pd.DataFrame:
    """kept.csv: whose data, by the scope that they may not leave, are kept where."""
    if "kept" not in v.parts:
        return pd.DataFrame({name: [] for name in ("scope", "site", "year", "kept_eb")})
    part = v.parts["kept"]
    table = pd.DataFrame({name: part.index[name] for name in part.index.names})
    return _held(table.assign(kept_eb=level(part)), ["kept_eb"])


def water_tables(v: Variables, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """water.csv: what cooling takes at every site."""
    case = v.case
    water = add_water(v, Linear(len(case.sites)), case.units.site).values()
    table = pd.DataFrame({"site": case.sites, "year": case.year, "water_ml": _positive(water)})
    return {"water": _held(table, ["water_ml"])}


def heat_tables(v: Variables, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """heat.csv: heat sold at every site and the electricity of its heat pumps."""
    part = v.parts["heat"]
    heat = level(part)
    table = pd.DataFrame(
        {
            "site": part.index["site"],
            "year": v.case.year,
            "heat_gwh": heat,
            "heat_pump_gwh": heat / v.case.settings.heat.cop,
        }
    )
    return {"heat": _held(table, ["heat_gwh"])}


def balance_tables(v: Variables, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """cheap_debt.csv: investment in new space that is financed at a lower rate."""
    if "cheap_debt" not in v.parts:
        return {}
    part = v.parts["cheap_debt"]
    table = pd.DataFrame({name: part.index[name] for name in part.index.names})
    return {"cheap_debt": _held(table.assign(cheap_debt_mcny=level(part)), ["cheap_debt_mcny"])}


def _positive(values: Floats) -> Floats:
    return np.maximum(values, 0.0)


def _held(table: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """The rows in which something stands."""
    return table[(table[numbers] > 0).any(axis=1)].reset_index(drop=True)
