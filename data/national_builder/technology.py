"""Kinds of compute, facility types and workloads."""

from __future__ import annotations

from national_builder.demand import KIND
from national_builder.facts import Facts
from national_builder.storage import ratio
from national_builder.writing import Record

KIND_COLUMNS = (
    "kind",
    "name_en",
    "name_zh",
    "precision",
    "counted",
    "it_mw_per_eflops",
    "it_capex_mcny_per_eflops",
    "it_life_years",
    "it_opex_share",
    "max_utilisation",
    "idle_power_share",
    "fp32_per_native",
    "storage_eb_per_eflops",
    "embodied_tco2_per_eflops",
)
FACILITY_COLUMNS = (
    "facility",
    "name_en",
    "name_zh",
    "kinds",
    "module_it_mw",
    "capex_mcny_per_mw",
    "life_years",
    "opex_share",
    "staff_per_mw",
    "land_ha_per_mw",
    "large",
    "cooling",
    "embodied_tco2_per_mw",
    "wue_l_per_kwh",
)
WORKLOAD_COLUMNS = (
    "workload",
    "name_en",
    "name_zh",
    "kind",
    "latency_ms",
    "flexible",
    "split",
    "peak_factor",
    "reserve_margin",
    "max_remote_share",
    "traffic_gbps_per_eflops",
    "availability",
    "residency",
)
IN_USE = "in_use"
"""The stock and the demand follow MIIT, which counts data centres in use."""
NOTES = ("source", "confidence", "note")
KINDS = {
    "general": ("General compute", "通用算力", "FP32"),
    "intelligent": ("Intelligent compute", "智能算力", "FP16"),
    "super": ("Supercomputing", "超级算力", "FP64"),
}
FACILITIES = {
    "legacy-air": (
        "Older hall, room air cooling (existing only)",
        "老旧机房（风冷，仅存量）",
        "general",
        "air",
        False,
    ),
    "medium-air": (
        "Medium hall, air-cooled chillers",
        "中型机房（风冷冷水机组）",
        "general",
        "air",
        False,
    ),
    "dense-air": (
        "AI hall, high-density air cooling",
        "智算机房（高密风冷）",
        "intelligent;super",
        "air",
        False,
    ),
    "large-water": (
        "Large, water-side economiser",
        "大型（水侧自然冷却）",
        "general",
        "water",
        True,
    ),
    "large-evaporative": (
        "Large, indirect evaporative",
        "大型（间接蒸发冷却）",
        "general",
        "evaporative",
        True,
    ),
    "large-coldplate": (
        "Large, cold-plate liquid",
        "大型（冷板液冷）",
        "intelligent;super",
        "cold plate",
        True,
    ),
}
WORKLOADS = {
    "edge": ("Edge real-time", "边缘实时", "no"),
    "realtime": ("Real-time", "实时业务", "no"),
    "online": ("Online interactive", "在线交互", "no"),
    "batch": ("Batch and backup", "离线批处理与备份", "week"),
    "inference": ("AI inference", "智能推理", "no"),
    "training": ("AI training", "智能训练", "week"),
    "hpc": ("Scientific computing", "科学与工程计算", "week"),
}


def kinds(facts: Facts) -> list[Record]:
    """The table `kinds`."""
    return [
        {
            "kind": kind,
            "name_en": english,
            "name_zh": chinese,
            "precision": precision,
            "counted": IN_USE,
            "it_mw_per_eflops": facts.number(f"it.it_mw_per_eflops.{kind}"),
            "it_capex_mcny_per_eflops": facts.number(f"it.it_capex.{kind}"),
            "it_life_years": facts.number("it.it_life"),
            "it_opex_share": facts.number("it.it_opex_share"),
            "max_utilisation": facts.number("it.max_utilisation"),
            "idle_power_share": facts.number(f"it.idle_power_share.{kind}"),
            "fp32_per_native": facts.text(f"it.fp32_per_native.{kind}"),
            "storage_eb_per_eflops": ratio(facts, kind),
            "embodied_tco2_per_eflops": facts.number(f"it.embodied.{kind}"),
            "source": "data/facts/parameters.csv, group it",
            "confidence": "general knowledge",
            "note": "low, central and high of every value in the facts",
        }
        for kind, (english, chinese, precision) in sorted(KINDS.items())
    ]


def facility_capex(facts: Facts, facility: str) -> float:
    """Capex of a facility type, mcny per MW of IT, before the regional factor."""
    base = facts.number("facility.facility_capex")
    if facility == "large-coldplate":
        return base + facts.number("facility.cold_plate_premium")
    return round(base * facts.number(f"facility.facility_capex_factor.{facility}"), 2)


def facilities(facts: Facts) -> list[Record]:
    """The table `facilities`."""
    rows: list[Record] = []
    for facility, (english, chinese, hosts, cooling, large) in sorted(FACILITIES.items()):
        existing_only = facility == "legacy-air"
        rows.append(
            {
                "facility": facility,
                "name_en": english,
                "name_zh": chinese,
                "kinds": hosts,
                "module_it_mw": ""
                if existing_only
                else facts.number(f"module.module_it_mw.{facility}"),
                "capex_mcny_per_mw": facility_capex(facts, facility),
                "life_years": facts.number("facility.facility_life"),
                "opex_share": facts.number("facility.facility_opex_share"),
                "staff_per_mw": facts.number(f"facility.staff_{'large' if large else 'medium'}"),
                "land_ha_per_mw": facts.number("facility.land_per_mw"),
                "large": large,
                "cooling": cooling,
                "embodied_tco2_per_mw": facts.number("facility.embodied_facility"),
                "wue_l_per_kwh": facts.number(f"facility.wue.{facility}"),
                "source": "data/facts/parameters.csv, groups facility and module",
                "confidence": "general knowledge",
                "note": "no site offers it for new space" if existing_only else "",
            }
        )
    return rows


def workloads(facts: Facts) -> list[Record]:
    """The table `workloads`."""
    limits = facts.named("demand.latency")
    return [
        {
            "workload": workload,
            "name_en": english,
            "name_zh": chinese,
            "kind": KIND[workload],
            "latency_ms": limits.get(workload, ""),
            "flexible": flexible,
            "split": True,
            "peak_factor": facts.number("demand.peak_factor"),
            "reserve_margin": facts.number("demand.reserve_margin"),
            "max_remote_share": 1.0,
            "traffic_gbps_per_eflops": facts.number(f"network.traffic.{workload}"),
            "availability": facts.number("demand.availability"),
            "residency": "nation",
            "source": "data/facts/parameters.csv, groups demand and network",
            "confidence": "general knowledge",
            "note": "inside its own zone by rule" if workload == "edge" else "",
        }
        for workload, (english, chinese, flexible) in sorted(WORKLOADS.items())
    ]
