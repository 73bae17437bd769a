"""Synthetic models of any size, drawn around the shipped national figures.

A place is a demand zone and a candidate site. Places fall on provinces as counties do, lie inside
them and differ in size as counties do; what a province asks for is shared by size. Every place has
room and power for its own demand, so that the model is feasible whatever is drawn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from layout.model.drawing import DIGITS, FIRST_ROOM_MW, HALLS, Drawn, numbers
from layout.model.reading import read_model
from layout.model.schema import Settings, Solver, Title
from layout.model.tables import TABLES
from layout.model.writing import settings_text, table_text

BASE = "national-2025"
KEPT_TARGETS = (
    "total-300",
    "ai-share-35",
    "hub-additions-60",
    "pue-new-130",
    "rack-60",
    "green-80",
)


def write_synthetic(folder: str | Path, places: int, seed: int) -> None:
    """Write a model of `places` zones and sites into an existing folder; the same for one seed."""
    drawn = Drawn(read_model(BASE), places, seed)
    root = Path(folder)
    (root / "model.yaml").write_text(settings_text(_settings(drawn)), "utf-8", newline="\n")
    for name, frame in _tables(drawn).items():
        marked = frame.assign(
            source=f"drawn around {BASE}, seed {seed}", confidence="assumption (synthetic)"
        )
        (root / f"{name}.csv").write_text(table_text(TABLES[name], marked), "utf-8", newline="\n")


def _tables(drawn: Drawn) -> dict[str, pd.DataFrame]:
    """Table name → its rows, in the order in which the model is read back."""
    base = drawn.base
    frames = {name: base[name] for name in ("kinds", "facilities", "workloads")}
    frames["pue"] = base["pue"][base["pue"]["climate_zone"].isin(drawn.capital["climate_zone"])]
    frames |= {"zones": _zones(drawn), "sites": _sites(drawn), "groups": _groups(drawn)}
    frames |= {"demand": _demand(drawn), "stock": _stock(drawn)}
    frames |= {"power": _power(drawn), "renewables": _renewables(drawn)}
    return {
        name: frame[[column for column in frame if column in TABLES[name].names]]
        for name, frame in frames.items()
    }


def _named(drawn: Drawn) -> dict[str, object]:
    """Names, position and province of the places."""
    lat, lon = drawn.position
    number = [str(int(label)) for label in drawn.labels]
    return {
        "name_en": [
            f"{name} {at}" for name, at in zip(drawn.codes("name_en"), number, strict=True)
        ],
        "name_zh": [f"{name}{at}" for name, at in zip(drawn.codes("name_zh"), number, strict=True)],
        "lat": lat,
        "lon": lon,
        "province": drawn.codes("zone"),
        "region": drawn.codes("region"),
    }


def _zones(drawn: Drawn) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "zone": "Z" + drawn.labels,
            **_named(drawn),
            "area_km2": np.round(drawn.area_km2, 1),
            "population_10k": np.round(drawn.size * drawn.of("population_10k"), 4),
            "gdp_100m_cny": np.round(drawn.activity * drawn.of("gdp_100m_cny"), 4),
        }
    )


def _sites(drawn: Drawn) -> pd.DataFrame:
    own = drawn.capital
    cluster = [drawn.clusters.get(place, "") for place in range(drawn.places)]
    fixed = numbers(own, "fixed_cost_mcny_per_year") * drawn.normal("fixed", 0.3)
    land = float(drawn.base["facilities"]["land_ha_per_mw"].max())
    return pd.DataFrame(
        {
            "site": "S" + drawn.labels,
            **_named(drawn),
            "zone": "Z" + drawn.labels,
            "hub": own["hub"],
            "cluster": cluster,
            "tier": ["hub" if name else "provincial" for name in cluster],
            "fixed_cost_mcny_per_year": np.round(fixed * (31 / max(31, drawn.places)) ** 0.5, 3),
            "max_it_mw": np.ceil(drawn.space_mw) + drawn.room_mw,
            "grid_headroom_mw": np.ceil(drawn.stock_load_mw + 1.5 * drawn.room_mw),
            "land_ha": np.ceil(1.1 * land * drawn.room_mw),
            "climate_zone": own["climate_zone"],
            "pue_max": own["pue_max"],
            "cost_factor": np.round(numbers(own, "cost_factor") * drawn.normal("cost", 0.05), 3),
            "wage_factor": np.round(numbers(own, "wage_factor") * drawn.normal("wage", 0.08), 3),
        }
    )


def _groups(drawn: Drawn) -> pd.DataFrame:
    """The groups of provinces of the base model, with the provinces that are here."""
    table = drawn.base["groups"]
    here = (table["kind"] == "province") & table["member"].isin(set(drawn.zones["zone"]))
    return table[here]


def _demand(drawn: Drawn) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"zone": "Z" + drawn.labels, "workload": workload, "demand_eflops": eflops})
        for workload, eflops in drawn.demand.items()
    ]
    table = pd.concat(frames).assign(year=drawn.base.settings.periods[0])
    table = table[table["demand_eflops"] > 0]
    return table.sort_values(["zone", "workload"])[["zone", "workload", "year", "demand_eflops"]]


def _stock(drawn: Drawn) -> pd.DataFrame:
    """A block per place, kind and hall; a quarter of the general compute stands in large halls."""
    age = np.array([2.5, 2.5, 1.5])
    halls = {"general": {"large-water": 0.25, "legacy-air": 0.75}}
    frames = []
    for kind, held in drawn.stock.items():
        for hall, part in halls.get(kind, {"dense-air": 1.0}).items():
            frames.append(
                pd.DataFrame(
                    {
                        "block": drawn.labels + f"-{kind}-{hall}",
                        "site": "S" + drawn.labels,
                        "facility": hall,
                        "kind": kind,
                        "compute_eflops": np.round(part * held["compute_eflops"], DIGITS),
                        "facility_it_mw": np.round(part * held["facility_it_mw"] + 1e-3, DIGITS),
                        "age_years": age[HALLS.index(hall)],
                        "pue": drawn.stock_pue[hall],
                    }
                )
            )
    table = pd.concat(frames)
    return table[table["compute_eflops"] > 0].sort_values("block")


def _power(drawn: Drawn) -> pd.DataFrame:
    """One tariff per province; its headroom carries its own demand with a fifth to spare."""
    table = drawn.base["power"]
    table = table[table["tariff_zone"] == ""].set_index("province").loc[drawn.zones["zone"]]
    own = drawn.stock_load_mw + 1.5 * (1.2 * drawn.need_mw + FIRST_ROOM_MW)
    headroom = np.ceil(np.bincount(drawn.province, own))
    return table.assign(grid_headroom_mw=headroom).reset_index()


def _renewables(drawn: Drawn) -> pd.DataFrame:
    table = drawn.base["renewables"]
    return table[table["province"].isin(set(drawn.zones["zone"]))]


def _settings(drawn: Drawn) -> Settings:
    """The settings of the base model with what a synthetic one says of itself."""
    base = drawn.base.settings
    stock, demand = _stock(drawn), drawn.demand
    native = drawn.base["kinds"].set_index("kind")["fp32_per_native"]
    fp32 = float((stock["compute_eflops"] * stock["kind"].map(native)).sum())
    asked = drawn.base["demand"].query(f"year == {base.periods[0]}")["demand_eflops"].sum()
    share = sum(float(eflops.sum()) for eflops in demand.values()) / float(asked)
    targets = [target for target in base.targets if target.id in KEPT_TARGETS]
    grown = round(fp32 * 300 / 230, 3)
    title = {
        "en": "Total compute grown as the plan of 2023 asks",
        "zh": "总算力按 2023 年行动计划幅度增长",
    }
    first = {"id": "total", "value": grown, "title": Title(**title), "source": None}
    targets = [
        target.model_copy(update=first) if target.id == "total-300" else target
        for target in targets
    ]
    cap = base.economy.certificate_cap_gwh
    rest = None if cap is None else round(cap * share, 3)
    return base.model_copy(
        update={
            "title": Title(
                en=f"Synthetic model of {drawn.places} places, seed {drawn.seed}",
                zh=f"{drawn.places} 个地点的合成模型，随机种子 {drawn.seed}",
            ),
            "description": Title(
                en=f"Synthetic: places, sizes, demand and stock are drawn around {BASE}. For tests"
                " of size and speed; it says nothing about any real place.",
                zh=f"合成数据：地点、规模、需求与存量均围绕 {BASE} 随机生成，仅用于规模与速度测试，"
                "不代表任何真实地点。",
            ),
            "economy": base.economy.model_copy(update={"certificate_cap_gwh": rest}),
            "targets": targets,
            "solver": Solver(gap=0.01, gap_location=0.05, time_limit_s=3600.0),
            "scenarios": {},
        }
    )
