"""What stands beside the map: key figures, targets with their verdicts, the list of sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels import has, text
from layout.names import Names
from layout.report.quantities import NOTHING, known, number, quantity, share
from layout.report.sums import LEAST_DRAWN, Sums
from layout.report.target_names import target_name
from layout.report.view import ACTIONS, View

HEADLINES = (
    "compute_eflops_fp32",
    "additions_eflops_fp32",
    "capex_mcny",
    "facility_gwh",
    "carbon_kt",
    "green_share_certificates",
)
FIGURES = (
    *HEADLINES,
    "cost_mcny",
    "new_it_mw",
    "facility_it_mw",
    "racks",
    "rack_utilisation",
    "compute_utilisation",
    "pue_operated",
    "pue_design_new",
    "green_share_physical",
    "green_share",
    "carbon_market_kt",
    "latency_rtt_mean_ms",
    "latency_rtt_within_20ms",
    "self_sufficiency_province",
    "east_to_west_eflops_fp32",
    "hub_share_of_additions",
    "ai_share_fp32",
    "unserved_eflops_fp32",
)
_UNITS = {"ratio": "", "index": "", "standard racks": "racks", "mcny/year": "mcny"}
_SHARES = ("share", "fraction", "1", "")
_SHARE_MEASURES = ("rack_utilisation", "self_sufficiency")
VERDICTS = {"pass": "✓", "fail": "✗", "not_applicable": "—"}  # nosec B105 # a verdict


def figure_records(view: View) -> list[dict[str, Any]]:
    """The plan's key figures that a map page shows, in its order."""
    found = view.plan.record.get("kpis") or {}
    return [
        {
            "key": key,
            "label": text(f"map.kpi.{key}", view.lang),
            "value": float(found[key]["value"]),
            "unit": _unit(found[key]),
            "shown": quantity(found[key]["value"], _unit(found[key]), view.lang),
        }
        for key in FIGURES
        if key in found and known(found[key].get("value"))
    ]


def _unit(figure: Mapping[str, Any]) -> str:
    unit = str(figure.get("unit") or "")
    return _UNITS.get(unit, unit)


def target_records(view: View) -> list[dict[str, str]]:
    """Verdict, name, value against requirement and how it is met, as words."""
    return [_target(view, record) for record in view.plan.record.get("targets") or ()]


def _target(view: View, record: Mapping[str, Any]) -> dict[str, str]:
    status = str(record.get("status"))
    status = status if status in VERDICTS else "not_applicable"
    value = "achieved" if "achieved" in record else "base_year_value"
    required = _target_value(record, "value", view.lang, bare=True)
    sign = "≥" if record.get("sense") == "at_least" else "≤"
    details = []
    if record.get("mode") in ("soft", "report"):
        details.append(text(f"map.mode.{record['mode']}", view.lang))
    met_by = f"map.met_by.{record.get('met_by') or ''}"
    if status != "not_applicable" and has(met_by):
        details.append(text(met_by, view.lang))
    return {
        "target": f"{record.get('id')} {record.get('scope') or 'nation'}",
        "status": status,
        "mark": VERDICTS[status],
        "verdict": text(f"map.verdict.{status}", view.lang),
        "label": target_name(record, Names(view.plan.model, view.lang)),
        "value": f"{_target_value(record, value, view.lang)} ({sign} {required})",
        "details": " · ".join(details),
    }


def verdict_counts(view: View) -> str:
    """How many targets are met, not met, not applicable."""
    found = [str(record.get("status")) for record in view.plan.record.get("targets") or ()]
    counts = {status: found.count(status) for status in VERDICTS}
    words = [f"{n} {text(f'map.verdict.{s}', view.lang)}" for s, n in counts.items() if n]
    return " · ".join(words)


def _target_value(record: Mapping[str, Any], name: str, lang: str, bare: bool = False) -> str:
    """The value of that name in the target's unit, which `bare` leaves out."""
    value = record.get(name)
    if not known(value):
        return NOTHING
    measure, unit = str(record.get("measure")), str(record.get("unit") or "")
    shared = measure.endswith("_share") or measure in _SHARE_MEASURES
    if shared and unit in _SHARES:
        return share(value)
    if unit in _SHARES or bare:
        return number(value)
    word = f"map.unit_word.{unit.lower()}"
    return f"{number(value)} {text(word, lang) if has(word) else unit}"


def site_rows(view: View, sums: Sums) -> list[dict[str, Any]]:
    """One row per site: name, province, main action; compute and additions (FP32), MW."""
    rows = []
    for site, home in zip(map(str, view.sites.index), map(str, view.sites["home"]), strict=True):
        amounts = dict.fromkeys(("compute", "added", "space", *ACTIONS, "retired"), 0.0)
        for kind, row in sums.capacity.get(site, {}).items():
            factor = view.kinds[kind].factor
            for name in ("compute", *ACTIONS, "retired"):
                amounts[name] += row[f"{name}_eflops"] * factor
            amounts["added"] += row["added"] * factor
            amounts["space"] += row["facility_it_mw"]
        action = main_action(amounts)
        values = [amounts[name] for name in ("compute", "added", "space")]
        rows.append(
            {
                "site": site,
                "name": view.site_names[site],
                "province": view.provinces[home].short(view.lang) if home else "",
                "action": action,
                "word": text(f"map.action.{action}", view.lang),
                "numbers": [round(value, 9) for value in values],
                "shown": [number(value) for value in values],
            }
        )
    return rows


def main_action(amounts: Mapping[str, float]) -> str:
    """The action that says most of a site: built, expanded, filled, retired, else existing."""
    for name in ("built", "expanded", "filled", "retired"):
        if amounts.get(name, 0.0) > LEAST_DRAWN:
            return name
    return "existing" if amounts.get("compute", 0.0) > LEAST_DRAWN else "none"


def short_name(name: str) -> str:
    """The name of a cluster without the word for it, to stand on the map."""
    for ending in ("数据中心集群", "集群", " data centre cluster", " cluster"):
        name = name.removesuffix(ending)
    return name
