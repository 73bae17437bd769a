"""What stands beside the map: key figures, targets with their verdicts, the list of sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels import has, text
from layout.report.quantities import NOTHING, known, number, quantity, share
from layout.report.sums import LEAST, Sums
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
VERDICTS = {"pass": "✓", "fail": "✗", "not_applicable": "—"}


def figure_records(view: View) -> list[dict[str, str]]:
    """The plan's key figures that a map page shows, in its order."""
    found = view.plan.record.get("kpis") or {}
    return [
        {
            "key": key,
            "label": text(f"map.kpi.{key}", view.lang),
            "shown": _figure(found[key], view.lang),
        }
        for key in FIGURES
        if key in found and known(found[key].get("value"))
    ]


def _figure(figure: Mapping[str, Any], lang: str) -> str:
    unit = str(figure.get("unit") or "")
    return quantity(figure["value"], _UNITS.get(unit, unit), lang)


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
        "status": status,
        "mark": VERDICTS[status],
        "verdict": text(f"map.verdict.{status}", view.lang),
        "label": _target_name(view, record),
        "value": f"{_target_value(record, value, view.lang)} ({sign} {required})",
        "details": " · ".join(details),
    }


def _target_name(view: View, record: Mapping[str, Any]) -> str:
    title = record.get("title")
    if isinstance(title, Mapping):
        title = title.get(view.lang) or title.get("en") or title.get("zh")
    if title:
        return str(title)
    measure = f"map.measure.{record.get('measure')}"
    name = text(measure, view.lang) if has(measure) else str(record.get("id"))
    scope = str(record.get("scope") or "nation")
    return f"{name} ({record.get('id')})" if scope == "nation" else f"{name} · {scope}"


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
        if amounts.get(name, 0.0) > LEAST:
            return name
    return "existing" if amounts.get("compute", 0.0) > LEAST else "none"
