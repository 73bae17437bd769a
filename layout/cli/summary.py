"""The one-screen summary of a plan, made from the plan alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.conflict import conflict_lines
from layout.cli.screen.heading import model_lines, money, status_sentence, verification_line
from layout.cli.screen.limits import alike_lines, limit_lines
from layout.cli.screen.numbers import known, number, scaled, share
from layout.cli.screen.path import cost_label, path_lines
from layout.cli.screen.provinces import province_lines
from layout.cli.screen.saving import free_lines, pooling_lines, saving_lines, stock_lines
from layout.cli.screen.sectors import sector_lines
from layout.cli.screen.verdicts import verdict_lines
from layout.cli.screen.weakness import inferred_lines, weakness_lines
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word
from layout.plan.overview import overview

if TYPE_CHECKING:
    from layout.plan import Plan


def has_tables(record: Mapping[str, Any]) -> bool:
    """Whether a plan of this status comes with tables."""
    return record.get("status") in ("optimal", "feasible")


def summary(plan: Plan, lang: str = "en") -> str:
    """What `layout solve` ends with and `print(plan)` shows: about one screen of 100 columns."""
    record = plan.record
    parts = [model_lines(plan.model, lang, record.get("model")), state_lines(plan, lang)]
    if has_tables(record):
        parts += _answer(plan, lang)
    parts += [
        warning_lines(plan, lang) + weakness_lines(plan.model, lang),
        inferred_lines(plan.model, lang),
        file_lines(plan, lang),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def state_lines(plan: Plan, lang: str) -> list[str]:
    """What is proved about the plan; of an infeasible model the conflict and the ways out."""
    lines = wrap(status_sentence(plan.record, lang), indent="  ")
    return lines + conflict_lines(plan, lang) if plan.status == "infeasible" else lines


def _answer(plan: Plan, lang: str) -> list[list[str]]:
    """The sections that need a plan: provinces, saving, targets, limits."""
    record, names = plan.record, Names(plan.model, lang)
    return [
        path_lines(plan, lang),
        province_lines(overview(plan), lang),
        figure_lines(record, lang) + cost_lines(record, lang) + sector_lines(plan, names),
        saving_lines(record, lang) + pooling_lines(record, lang) + stock_lines(record, lang),
        verdict_lines(by_year(record), names) + free_lines(record, lang),
        limit_lines(record.get("binding", []), names) + alike_lines(record.get("alike", []), names),
        verification_line(record, lang),
    ]


_FIGURES = (
    "compute_eflops_fp32",
    "facility_it_mw",
    "rack_utilisation",
    "facility_gwh",
    "pue_operated",
    "green_share_physical",
    "green_share",
    "east_to_west_share",
)


def by_year(record: Mapping[str, Any]) -> list[Any]:
    """The targets; with several periods each says its year."""
    several = len(record.get("periods") or []) > 1
    return [{**target, "several": several} for target in record.get("targets") or []]


def figure_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """The nation's key figures in one sentence."""
    known_figures = record.get("kpis")
    if not isinstance(known_figures, Mapping):
        return []
    parts = []
    for name in _FIGURES:
        figure = known_figures.get(name)
        if isinstance(figure, Mapping) and known(figure.get("value")):
            parts.append(f"{text(f'cli.figure.{name}', lang)} {_figure(figure, lang)}")
    if not parts:
        return []
    return wrap(text("cli.figures", lang) + text("cli.comma", lang).join(parts), indent="  ")


def _figure(figure: Mapping[str, Any], lang: str) -> str:
    """One key figure with its unit."""
    value, unit = figure["value"], str(figure.get("unit") or "")
    if unit == "share":
        return share(value)
    if unit == "GWh":
        return text("cli.energy", lang, value=number(scaled(value, "gwh", lang)))
    return number(value) if unit in ("", "1", "index", "ratio") else f"{number(value)} {unit}"


def cost_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """The components of the annual cost, largest first."""
    breakdown = record.get("cost_breakdown_mcny")
    if not isinstance(breakdown, Mapping):
        return []
    ranked = sorted(breakdown.items(), key=lambda item: (-abs(item[1]), item[0]))
    parts = [
        f"{word(f'cli.cost.{name}', lang, name)} {money(value, lang)}"
        for name, value in ranked
        if abs(value) > 1e-9
    ]
    if not parts:
        return []
    return wrap(cost_label(record, lang) + text("cli.comma", lang).join(parts), indent="  ")


def warning_lines(plan: Plan, lang: str) -> list[str]:
    """How many warnings the input leaves, and the command that lists them."""
    count = len(plan.model.problems)
    return [text("cli.warnings", lang, count=count)] if count else []


def file_lines(plan: Plan, lang: str) -> list[str]:
    """Where the plan's files are."""
    if plan.folder is None:
        return []
    names = sorted(
        entry.name + ("/" if entry.is_dir() else "")
        for entry in plan.folder.iterdir()
        if not entry.name.startswith(".")
    )
    said = text("cli.files", lang, folder=clean(plan.folder), files=", ".join(names))
    return wrap(said, indent="  ")
