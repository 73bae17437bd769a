"""A small plan with every action in it, made by hand: no solver, every number known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from layout.model import PlanningModel, read_model
from layout.plan import Plan, new_plan
from tests.builders import YEAR, tiny_model

ZONES = (
    ("110000", "Beijing", "北京", 39.90, 116.40, "east"),
    ("310000", "Shanghai", "上海", 31.23, 121.47, "east"),
    ("440000", "Guangdong", "广东", 23.13, 113.26, "east"),
    ("520000", "Guizhou", "贵州", 26.65, 106.63, "west"),
    ("620000", "Gansu", "甘肃", 36.06, 103.83, "west"),
)
SITES = (
    ("110000", "Beijing", "北京", 39.90, 116.40, "110000", "", "provincial"),
    ("310000", "Shanghai", "上海", 31.23, 121.47, "310000", "", "provincial"),
    ("440000", "Guangzhou", "广州", 23.13, 113.26, "440000", "", "provincial"),
    ("GUIAN", "Gui'an cluster", "贵安数据中心集群", 26.41, 106.46, "520000", "GUIAN", "hub"),
    (
        "QINGYANG",
        "Qingyang cluster",
        "庆阳数据中心集群",
        35.73,
        107.65,
        "620000",
        "QINGYANG",
        "hub",
    ),
)
KINDS = (
    ("general", "General", "通用算力", "FP32", 200.0, 1.0),
    ("intelligent", "Intelligent", "智能算力", "FP16", 20.0, 0.25),
)
WORKLOADS = (
    ("online", "Online", "在线业务", "general", 20),
    ("training", "Training", "训练", "intelligent", None),
)
# site, kind, existing, filled, expanded, built, retired
ACTIONS = (
    ("110000", "general", 8.0, 0.0, 0.0, 0.0, 3.0),
    ("310000", "general", 6.0, 1.5, 0.0, 0.0, 0.0),
    ("440000", "general", 5.0, 0.0, 0.0, 0.0, 0.0),
    ("GUIAN", "general", 2.0, 0.0, 1.25, 0.0, 0.0),
    ("GUIAN", "intelligent", 12.344, 0.0, 20.0, 0.0, 0.0),
    ("QINGYANG", "intelligent", 0.0, 0.0, 0.0, 24.0, 0.0),
)
# zone, site, workload, served, one way
SERVICE = (
    ("110000", "110000", "online", 2.0, 1.1),
    ("310000", "310000", "online", 3.0, 1.1),
    ("310000", "GUIAN", "training", 16.0, 12.2),
    ("110000", "QINGYANG", "training", 9.0, 8.0),
    ("440000", "GUIAN", "training", 4.0, 6.7),
)
TARGETS: list[dict[str, Any]] = [
    {"id": "total-20", "measure": "compute_eflops_fp32", "scope": "nation", "sense": "at_least",
     "value": 20.0, "unit": "EFLOPS FP32", "mode": "hard", "achieved": 34.8, "met_by": "demand",
     "status": "pass", "title": {"en": "Total above 20", "zh": "总量超过 20"}},
    {"id": "share", "measure": "kind_share", "scope": "nation", "sense": "at_least", "value": 0.5,
     "unit": "share", "mode": "soft", "achieved": 0.405, "met_by": "not_met", "status": "fail",
     "title": None},
    {"id": "storage", "measure": "storage_eb", "scope": "nation", "sense": "at_least",
     "value": 1800.0, "unit": "EB", "mode": "report", "achieved": None, "met_by": "",
     "status": "not_applicable", "title": None},
]  # fmt: skip


BASE_TARGET = {"id": "total-20", "measure": "compute_eflops_fp32", "scope": "nation",
               "sense": "at_least", "value": 30.0, "unit": "EFLOPS FP32", "mode": "hard",
               "base_year_value": 24.1, "status": "fail"}  # fmt: skip


def small_model(folder: Path) -> PlanningModel:
    """Five provinces, five sites (two of them hub clusters), two kinds, two workloads."""
    zones = [
        {"zone": code, "name_en": en, "name_zh": zh, "lat": lat, "lon": lon, "region": region,
         "province": code, "area_km2": 10000}
        for code, en, zh, lat, lon, region in ZONES
    ]  # fmt: skip
    sites = [
        {"site": code, "name_en": en, "name_zh": zh, "lat": lat, "lon": lon, "zone": zone,
         "province": zone, "hub": cluster, "cluster": cluster, "tier": tier}
        for code, en, zh, lat, lon, zone, cluster, tier in SITES
    ]  # fmt: skip
    kinds = [
        {"kind": kind, "name_en": en, "name_zh": zh, "precision": precision,
         "it_mw_per_eflops": mw, "fp32_per_native": factor}
        for kind, en, zh, precision, mw, factor in KINDS
    ]  # fmt: skip
    workloads = [
        {"workload": code, "name_en": en, "name_zh": zh, "kind": kind, "latency_ms": limit}
        for code, en, zh, kind, limit in WORKLOADS
    ]
    stock = [
        {"block": f"{site}-{kind}", "site": site, "facility": "hall", "kind": kind,
         "compute_eflops": existing, "confidence": "proxy" if site == "GUIAN" else "published"}
        for site, kind, existing, *_ in ACTIONS
        if existing
    ]  # fmt: skip
    path = tiny_model(
        folder / "small",
        settings={"title": {"en": "Small plan", "zh": "小型方案"}},
        zones=zones,
        sites=sites,
        kinds=kinds,
        facilities=[{"facility": "hall", "kinds": "general;intelligent"}],
        workloads=workloads,
        stock=stock,
        power=[{"province": code, "price_cny_per_kwh": 0.4} for code, *_ in ZONES],
    )
    return read_model(path)


def small_plan(folder: Path) -> Plan:
    """The plan of `small_model`: filled, expanded, built, retired, and two flows to Gui'an."""
    model = small_model(folder)
    record = {
        "format": 1,
        "status": "optimal",
        "gap": 0.0004,
        "gap_location": 0.005,
        "alike": [["GUIAN", "QINGYANG"]],
        "kpis": {
            "compute_eflops_fp32": {"value": 34.836, "unit": "EFLOPS FP32"},
            "capex_mcny": {"value": 12345.0, "unit": "mcny"},
            "facility_gwh": {"value": 5678.0, "unit": "GWh"},
            "rack_utilisation": {"value": 0.612, "unit": "share"},
        },
        "targets": TARGETS,
        "verification": {"passed": True},
    }
    return new_plan(
        record, model, {"capacity": _capacity(), "service": _service(), "energy": _energy()}
    )


def base_plan(folder: Path) -> Plan:
    """Only the stock of the base year, as `layout status` shows it."""
    capacity = _capacity()
    for name in ("filled", "expanded", "built", "retired"):
        capacity[f"{name}_eflops"] = 0.0
    capacity = capacity.assign(year=2023, compute_eflops=capacity["existing_eflops"])
    record = {"format": 1, "status": "baseline", "targets": [BASE_TARGET]}
    return new_plan(record, small_model(folder), {"capacity": capacity})


def renamed(plan: Plan, name: Callable[[str], str]) -> Plan:
    """The plan with other names for every zone, site, kind and workload, and another title."""
    tables = dict(plan.model.tables)
    for table, key in (
        ("zones", "zone"),
        ("sites", "site"),
        ("kinds", "kind"),
        ("workloads", "workload"),
    ):
        names = [name(code) for code in tables[table][key]]
        tables[table] = tables[table].assign(name_en=names, name_zh=names)
    settings = plan.model.settings
    title = settings.title.model_copy(update={"en": name("title"), "zh": name("title")})
    settings = settings.model_copy(update={"title": title})
    targets = [{**record, "title": {"en": name("target")}} for record in plan.record["targets"]]
    model = replace(plan.model, tables=tables, settings=settings)
    return replace(plan, model=model, record={**plan.record, "targets": targets})


def _capacity() -> pd.DataFrame:
    rows = []
    for site, kind, existing, filled, expanded, built, retired in ACTIONS:
        compute = existing + filled + expanded + built - retired
        mw = compute * (200.0 if kind == "general" else 20.0)
        rows.append(
            {"site": site, "year": YEAR, "kind": kind, "facility": "hall",
             "existing_eflops": existing, "filled_eflops": filled, "expanded_eflops": expanded,
             "built_eflops": built, "retrofitted_eflops": 0.0, "retired_eflops": retired,
             "compute_eflops": compute, "facility_it_mw": 2 * mw, "it_mw": mw,
             "racks": 800 * mw, "pue": 1.25}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _service() -> pd.DataFrame:
    rows = [
        {"zone": zone, "site": site, "workload": workload, "year": YEAR, "served_eflops": served,
         "latency_one_way_ms": ms, "latency_rtt_ms": 2 * ms}
        for zone, site, workload, served, ms in SERVICE
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _energy() -> pd.DataFrame:
    rows = [
        {"site": site, "year": YEAR, "it_gwh": 100.0, "facility_gwh": 125.0, "grid_gwh": 100.0,
         "renewable_gwh": 25.0, "certificate_gwh": 10.0, "carbon_kt": 55.5}
        for site in ("110000", "310000", "440000", "GUIAN", "QINGYANG")
    ]  # fmt: skip
    return pd.DataFrame(rows)
