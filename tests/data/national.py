"""The shipped tables as plain frames, read without the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
NATIONAL = ROOT / "data" / "national"
FACTS = ROOT / "data" / "facts"
SCENARIOS = ROOT / "models" / "national-2025" / "scenarios"
CODES = ("zone", "site", "province", "member", "block", "tariff_zone", "place", "cluster", "hub")


@cache
def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=dict.fromkeys(CODES, str), keep_default_na=True)


def table(name: str) -> pd.DataFrame:
    return _read(NATIONAL / f"{name}.csv").copy()


def fact(name: str) -> pd.DataFrame:
    return _read(FACTS / f"{name}.csv").copy()


def observed(name: str, entity: str, metric: str, date: str | None = None) -> float:
    """The chosen observation of a fact table (or that of a date)."""
    rows = fact(name)
    rows = rows[(rows["entity"] == entity) & (rows["metric"] == metric)]
    rows = rows[rows["date"].astype(str) == date] if date else rows[rows["chosen"] == "yes"]
    assert len(rows) == 1, (entity, metric, rows)
    return float(rows["value"].iloc[0])


def of_kind(column: str) -> pd.Series:
    """Column of `kinds` by kind."""
    return table("kinds").set_index("kind")[column]


def stock() -> pd.DataFrame:
    """The stock with its rated power (racked_mw), FP32 equivalent and fixed overhead."""
    rows = table("stock")
    sites = table("sites").set_index("site")
    climate = table("pue").set_index(["climate_zone", "facility"])["fixed_overhead"]
    rows["racked_mw"] = rows["compute_eflops"] * rows["kind"].map(of_kind("it_mw_per_eflops"))
    rows["fp32"] = rows["compute_eflops"] * rows["kind"].map(of_kind("fp32_per_native"))
    rows["province"] = rows["site"].map(sites["province"])
    rows["cluster"] = rows["site"].map(sites["cluster"].notna())
    zones = rows["site"].map(sites["climate_zone"])
    keys = pd.MultiIndex.from_arrays([zones, rows["facility"]])
    rows["fixed_overhead"] = climate.reindex(keys).to_numpy()
    return rows
