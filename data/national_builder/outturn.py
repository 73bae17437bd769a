"""What happened in 2024–2026, for comparison with the targets only."""

from __future__ import annotations

from national_builder.technology import IN_USE
from national_builder.writing import Record

COLUMNS = (
    "measure",
    "scope",
    "kind",
    "basis",
    "date",
    "value",
    "unit",
    "precision",
    "counted",
    "source",
)
NOTES = ("confidence", "note")
COMMITMENT_COLUMNS = (
    "site",
    "kind",
    "year",
    "min_eflops",
    "max_eflops",
    "min_it_mw",
    "max_it_mw",
    "status",
    "source",
    "confidence",
    "note",
)
SECONDARY = "published (secondary)"
_FIGURES: tuple[tuple[str, str, str, str, float, str, str, str, str], ...] = (
    ("compute_eflops_fp32", "nation", "", "2024-06-30", 246.0, "EFLOPS", "FP32", "MIIT", ""),
    (
        "compute_eflops_fp32",
        "nation",
        "",
        "2024-12-31",
        280.0,
        "EFLOPS",
        "FP32",
        "MIIT",
        "CCID says 292.6",
    ),
    (
        "kind_share",
        "nation",
        "intelligent",
        "2024-12-31",
        0.3214,
        "share",
        "FP32",
        "MIIT: 90 of 280",
        "",
    ),
    (
        "region_share",
        "hubs",
        "",
        "2024-12-31",
        0.625,
        "share",
        "FP32",
        "MIIT: 175 of 280",
        "share of the stock, not of additions",
    ),
    ("pue_fleet", "nation", "", "2024-09-30", 1.47, "1", "", "MIIT", ""),
    ("pue_fleet", "nation", "", "2025-06-30", 1.42, "1", "", "MIIT", ""),
    (
        "rack_utilisation",
        "clusters",
        "",
        "2024-03-31",
        0.6272,
        "share",
        "",
        "National Data Administration",
        "",
    ),
    (
        "rack_utilisation",
        "clusters",
        "",
        "2024-06-30",
        0.63,
        "share",
        "",
        "National Data Administration",
        "1.95 million racks: perhaps the eight hubs",
    ),
    ("green_share", "province:150000", "", "2025-06-30", 0.8457, "share", "", "press", ""),
    ("green_share", "province:330000", "", "2024-12-31", 0.5, "share", "", "press", ""),
    (
        "interhub_latency_ms",
        "nation",
        "",
        "2024-03-31",
        17.1,
        "ms",
        "",
        "CAICT hub network measurement, first quarter 2024: maximum, optical",
        "one way by inference",
    ),
    ("storage_eb", "nation", "", "2025-06-30", 1680.0, "EB", "", "MIIT", "a lower bound"),
    (
        "ai_centres",
        "nation",
        "",
        "2024-06-30",
        250.0,
        "centres",
        "",
        "China Telecom Research Institute (document 002)",
        "built or being built, any size",
    ),
)


def outturn(after: str = "") -> list[Record]:
    """The table `outturn`, dates later than `after`; measures are those of the targets."""
    rows: list[Record] = [
        {
            "measure": measure,
            "scope": scope,
            "kind": kind,
            "basis": "",
            "date": date,
            "value": value,
            "unit": unit,
            "precision": precision,
            "counted": IN_USE if source.startswith("MIIT") and precision else "",
            "source": source,
            "confidence": SECONDARY,
            "note": note,
        }
        for measure, scope, kind, date, value, unit, precision, source, note in _FIGURES
        if date > after
    ]
    return sorted(rows, key=lambda row: (str(row["measure"]), str(row["scope"]), str(row["date"])))
