"""What each target costs and forces, and how far targets are missed that cannot all hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import NOTHING, known, number
from layout.cli.screen.verdicts import shown
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.study.folder import Study

ALONE, WITHOUT, TOGETHER, PRICED, GOALS = "alone", "without", "together", "priced", "goals"
_COLUMNS = ("id", "alone", "binding", "beside", "range", "forced")
_MISSED = ("id", "required", "priced", "goals", "distance")
NONE_MCNY = 1e-3
"""A difference of cost that is none."""


def test_lines(study: Study, model: PlanningModel, lang: str) -> list[str]:
    """The table of costs; where there is no plan, the shortfalls instead."""
    rows: list[dict[str, Any]] = study["tests"].to_dict("records")  # type: ignore[assignment]
    if not rows:
        return []
    names = Names(model, lang)
    targets = {target.id: target.model_dump() for target in model.settings.targets}
    chosen = [target for target in targets if any(row["target"] == target for row in rows)]
    lines = ["", text("cli.tests", lang)]
    cells = [_cells(target, rows, study, names) for target in chosen]
    lines += grid([text(f"cli.tests.{name}", lang) for name in _COLUMNS], cells, limit=40)
    lines += wrap("  " + text("cli.tests.note", lang), indent="  ")
    whole = study.record.get("all_targets") or {}
    if whole:
        cost, span = _cost(whole, lang), _range(whole)
        lines += wrap(text("cli.tests.all", lang, cost=cost, range=span), indent="  ")
    if any(row["question"] == PRICED for row in rows):
        lines += ["", text("cli.tests.missed", lang), *_missed(chosen, targets, rows, study, lang)]
    return lines


def _of(rows: list[dict[str, Any]], target: str, question: str) -> dict[str, Any]:
    """The first row of a target in a question."""
    chosen = [row for row in rows if row["target"] == target and row["question"] == question]
    return chosen[0] if chosen else {}


def _cells(target: str, rows: list[dict[str, Any]], study: Study, names: Names) -> list[str]:
    lang = names.lang
    alone, rest = _of(rows, target, ALONE), _of(rows, target, WITHOUT)
    together = _of(rows, target, TOGETHER)
    binding = together.get("binding") or alone.get("binding") or ""
    return [
        clean(target),
        _cost(alone, lang),
        word(f"cli.tests.binding.{binding}", lang, NOTHING) if binding else NOTHING,
        _cost(rest, lang),
        _range(rest),
        _forced(target, study, names),
    ]


def _cost(row: Mapping[str, Any], lang: str) -> str:
    """A difference of cost: 0 where both proofs say so, none proved where they leave zero open."""
    if row.get("plan_status") == "infeasible":
        return text("cli.tests.infeasible", lang)
    cost, least, most = (row.get(f"{name}_mcny") for name in ("difference", "least", "most"))
    if not known(cost):
        return NOTHING
    if known(least) and known(most) and max(abs(least), abs(most)) <= NONE_MCNY:
        return number(0.0)
    if known(least) and known(most) and least <= NONE_MCNY:
        return text("cli.tests.unproved", lang)
    return number(cost)


def _range(row: Mapping[str, Any]) -> str:
    least, most = row.get("least_mcny"), row.get("most_mcny")
    return f"{number(least)} … {number(most)}" if known(least) and known(most) else NOTHING


def _forced(target: str, study: Study, names: Names) -> str:
    """The compute that a target forces beside all others, else alone."""
    table = study["forced"].to_dict("records")
    for question in (TOGETHER, ALONE):
        found = [row for row in table if (row["target"], row["question"]) == (target, question)]
        if found:
            kinds = [f"{names.kind(row['kind'])} {row['extra_eflops']:+,.4g}" for row in found]
            return text("cli.comma", names.lang).join(kinds)
    return NOTHING


def _missed(
    chosen: list[str],
    targets: Mapping[str, Mapping[str, Any]],
    rows: list[dict[str, Any]],
    study: Study,
    lang: str,
) -> list[str]:
    """What targets reach when they have to give way: at their price, and by priority."""
    distances = {row["target"]: row["distance"] for row in study["distances"].to_dict("records")}
    cells = []
    for target in chosen:
        record = {**targets[target], "unit": targets[target].get("unit") or ""}
        reached = [_of(rows, target, name).get("achieved") for name in (PRICED, GOALS)]
        values = [shown(record, value) for value in (record["value"], *reached)]
        cells.append([clean(target), *values, number(distances.get(target))])
    header = [text(f"cli.tests.{name}", lang) for name in _MISSED]
    return grid(header, cells, limit=40)
