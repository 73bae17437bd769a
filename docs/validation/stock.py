"""The stock of the data sets: racks, power, energy, PUE, compute by place, servers, demand."""

from __future__ import annotations

import csv
from functools import cache

import pandas as pd

from docs.validation.facts import FACTS, fact
from layout.model import read_model
from layout.plan.baseyear import base_ledger
from layout.plan.ledger import Ledger

KW_PER_RACK = 2.5
HOURS = 8.76
BELOW = 1.4
TFLOPS_PER_EFLOPS = 1e6
ENDS = {2023: "national-2025", 2024: "national-2030-pathway"}
"""End of the year → the model whose base it is."""
COOLING = ("large-coldplate", "large-evaporative", "large-water", "dense-air", "legacy-air")


@cache
def ledger(year: int) -> Ledger:
    """The stock at the end of a year under the demand of that year."""
    return base_ledger(read_model(ENDS[year]))


def units(year: int) -> pd.DataFrame:
    """The blocks of stock with their province, and whether in a cluster, a hub, the east."""
    held = ledger(year)
    frame = held.units
    return frame.assign(
        province=held.words("sites", "province", frame["site"]),
        cluster=held.site_mask("clusters", frame["site"]),
        hub=held.site_mask("hubs", frame["site"]),
        east=held.site_mask("region:east", frame["site"]),
    )


def _share(frame: pd.DataFrame, part: str, whole: str) -> float:
    return float(frame[part].sum() / frame[whole].sum())


def _inside(frame: pd.DataFrame, mask: str, column: str) -> float:
    return float(frame.loc[frame[mask], column].sum() / frame[column].sum())


def _nation(year: int) -> dict[str, float]:
    rows = units(year)
    return {
        f"racks-{year}": rows["space_mw"].sum() / KW_PER_RACK,
        f"power-{year}": rows["space_mw"].sum() / 1000,
        f"racked-{year}": _share(rows, "it_mw", "space_mw"),
        f"racked-clusters-{year}": _share(rows[rows["cluster"]], "it_mw", "space_mw"),
        f"energy-{year}": rows["facility_gwh"].sum() / 1000,
        f"pue-{year}": _share(rows, "facility_gwh", "it_gwh"),
        f"hub-compute-{year}": _inside(rows, "hub", "compute_fp32"),
    }


def _provinces() -> dict[str, float]:
    old, new = units(2023), units(2024)
    compute, later = (rows.groupby("province")["compute_fp32"].sum() for rows in (old, new))
    zhejiang, shanxi = (new[new["province"] == code] for code in ("330000", "140000"))
    return {
        "compute-guangdong": compute["440000"] / compute.sum(),
        "compute-sichuan": compute["510000"],
        "compute-shanghai": compute["310000"],
        "compute-zhejiang": later["330000"],
        "energy-zhejiang": zhejiang["facility_gwh"].sum() / 1000,
        "pue-zhejiang": _share(zhejiang, "facility_gwh", "it_gwh"),
        "energy-shanxi": shanxi["facility_gwh"].sum() / 1000,
        "load-shanxi": shanxi["facility_gwh"].sum() / HOURS / 1000,
    }


def pue_range(facility: str) -> tuple[float, float, str, str]:
    """Lowest and highest design PUE of a facility type over the climate zones, and the zones."""
    table = ledger(2023).model["pue"]
    rows = table[table["facility"] == facility].sort_values(["pue", "climate_zone"])
    low, high = rows.iloc[0], rows.iloc[-1]
    return float(low["pue"]), float(high["pue"]), low["climate_zone"], high["climate_zone"]


def _pue() -> dict[str, float]:
    rows, model = units(2023), ledger(2023).model
    ranges = {facility: pue_range(facility) for facility in COOLING}
    zone = model["sites"].set_index("site").loc["HELINGER", "climate_zone"]
    design = model["pue"].set_index(["climate_zone", "facility"])["pue"]
    below = rows.loc[rows["pue"] < BELOW, "space_mw"].sum()
    return {
        "pue-2022": _share(rows, "facility_gwh", "it_gwh"),
        "pue-below": float(below / rows["space_mw"].sum()),
        "pue-coldplate-low": ranges["large-coldplate"][0],
        "pue-coldplate-high": ranges["large-coldplate"][1],
        "pue-legacy": ranges["legacy-air"][1],
        "pue-best": min(low for low, *_ in ranges.values()),
        "pue-helinger": float(design[zone, "large-evaporative"]),
    }


def _servers() -> dict[str, float]:
    """By what the model takes a general server to do: its price rests on it.

    An AI server is what its power carries at MW per EFLOPS FP16, in FP32 equivalents.
    """
    with (FACTS / "parameters.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["parameter"]: row for row in csv.DictReader(lines)}
    tflops = float(rows["general_server_flops"]["central"])
    grown = fact("compute|nation|compute_total|2022-12-31|MIIT").value
    grown -= fact("compute|nation|compute_total|2021-12-31|MIIT").value
    intelligent = units(2023).query("kind == 'intelligent'")["compute_eflops"].sum()
    kinds = ledger(2023).model["kinds"].set_index("kind").loc["intelligent"]
    native = float(rows["ai_server_power"]["central"]) / 1000 / kinds["it_mw_per_eflops"]
    return {
        "server-nation": tflops,
        "server-general-added": tflops,
        "server-ai-added": float(native * kinds["fp32_per_native"]) * TFLOPS_PER_EFLOPS,
        "server-zhangjiakou": tflops,
        "server-shipments": grown * TFLOPS_PER_EFLOPS / tflops / 1000,
        "intelligent-idc": float(intelligent),
    }


def _demand() -> dict[str, float]:
    """Growth of 2023 to 2025 a year, and where AI stands beside centres and GDP."""
    model = ledger(2023).model
    kind = model["demand"]["workload"].map(model["workloads"].set_index("workload")["kind"])
    sums = model["demand"].groupby([kind, "year"])["demand_eflops"].sum()
    rows = units(2023).query("kind == 'intelligent'")
    east = _inside(rows, "east", "compute_eflops")
    return {
        "growth-general": float(sums["general", 2025] / sums["general", 2023]) ** 0.5 - 1,
        "growth-intelligent": float(sums["intelligent", 2025] / sums["intelligent", 2023]) ** 0.5
        - 1,
        "east-centres": east,
        "east-gdp": east,
    }


def values() -> dict[str, float]:
    """Code of a comparison → value of the model."""
    return {
        **_nation(2023),
        **_nation(2024),
        **_provinces(),
        **_pue(),
        **_servers(),
        **_demand(),
    }
