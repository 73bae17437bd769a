"""The record of a plan, ``plan.json``: which kind of value stands where.

Keys may be missing where a plan has nothing to say, and further ones may stand there. Whether
the numbers are right is for `layout.checking` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from layout.errors import Problem
from layout.labels import LANGUAGES, text
from layout.model.naming import shown

LARGEST_NUMBER = 1e300


@dataclass(frozen=True)
class Many:
    """A list, or with `named` a mapping, of values of one kind."""

    part: Any
    named: bool = False


@dataclass(frozen=True)
class Either:
    """One of several kinds."""

    kinds: tuple[Any, ...]


NUMBER, TEXT, FLAG, NOTHING = "number", "string", "bool", "null"
AMOUNT = Either((NUMBER, NOTHING))
WORDS = Either((TEXT, NOTHING))
TITLE = Either(({"en": WORDS, "zh": WORDS}, NOTHING))
KPIS = Many({"value": AMOUNT, "unit": WORDS}, named=True)
AMOUNTS = Many(AMOUNT, named=True)
SOLVED = {
    "status": TEXT,
    **dict.fromkeys(("objective_mcny", "bound_mcny", "gap", "carbon_kt"), AMOUNT),
    **dict.fromkeys(("saving_mcny", "saving_location_mcny", "targets_cost_mcny"), AMOUNT),
    **dict.fromkeys(("difference_mcny", "difference_kt", "penalty_mcny"), AMOUNT),
    **dict.fromkeys(("saving_share_of_total", "saving_share_of_location"), AMOUNT),
    **dict.fromkeys(("location_cost_mcny", "invariant_cost_mcny"), AMOUNT),
    **dict.fromkeys(("unserved_eflops_fp32",), AMOUNT),
    "mode": TEXT,
}
TARGET = {
    "id": TEXT,
    "measure": TEXT,
    "scope": WORDS,
    "sense": frozenset(("at_least", "at_most")),
    "mode": frozenset(("hard", "soft", "report")),
    "status": frozenset(("pass", "fail", "not_applicable")),
    "met_by": frozenset(("stock", "demand", "target", "not_met", "")),
    "year": AMOUNT,
    "value": AMOUNT,
    "unit": WORDS,
    "title": TITLE,
    **dict.fromkeys(("kind", "basis", "reason", "source", "confidence"), WORDS),
    **dict.fromkeys(("achieved", "base", "base_year_value", "outturn", "slack"), AMOUNT),
    **dict.fromkeys(("shadow_cost_mcny", "shortfall", "binds_at_demand_factor"), AMOUNT),
}
RECORD: dict[str, Any] = {
    "format": NUMBER,
    "model": TEXT,
    "title": TITLE,
    "objective": Either((TEXT, Many(Either((TEXT, {}))))),
    **dict.fromkeys(("objective_mcny", "bound_mcny", "gap", "gap_location"), AMOUNT),
    **dict.fromkeys(("objective_value", "bound_value", "invariant_cost_mcny"), AMOUNT),
    **dict.fromkeys(("peak_memory_mb",), AMOUNT),
    "cost_breakdown_mcny": Many(NUMBER, named=True),
    "kpis": KPIS,
    "kpis_by_year": Many(KPIS, named=True),
    "targets": Many(TARGET),
    "verification": Either(
        ({"passed": FLAG, "checks": NUMBER, "worst_violation": AMOUNT}, NOTHING)
    ),
    "size": Many(None, named=True),
    "seconds": Many(None, named=True),
    "settings": {
        **dict.fromkeys(("latency_basis", "precision_basis", "green_accounting", "mode"), TEXT),
        **dict.fromkeys(("route_factor", "discount_rate", "base_year", "money_year"), NUMBER),
        **dict.fromkeys(("fixed_ms", "km_per_ms"), NUMBER),
        "periods": Many(NUMBER),
    },
    "manifest": {
        **dict.fromkeys(("inputs", "tables", "model", "versions"), Many(WORDS, named=True)),
        **dict.fromkeys(("seed", "threads"), AMOUNT),
        "options": Many(None, named=True),
    },
    "alike": Many(Many(TEXT)),
    "binding": Many(
        {
            **dict.fromkeys(("id", "limit"), TEXT),
            **dict.fromkeys(("place", "unit"), WORDS),
            **dict.fromkeys(("value", "shadow_cost_mcny"), AMOUNT),
        }
    ),
    "counterfactual": Either((SOLVED, NOTHING)),
    "counterfactuals": Many(Either((SOLVED, NOTHING)), named=True),
    "without_targets": Either((SOLVED, NOTHING)),
    "value_of_moving": Either((AMOUNTS, NOTHING)),
    "periods": Many(dict.fromkeys(("year", "years", "weight", "discount_factor"), NUMBER)),
    "foresight": WORDS,
    "reason": WORDS,
    "compared": WORDS,
    "interrupted": FLAG,
    "steps": Many(
        {
            **dict.fromkeys(("step", "unit", "status", "reason"), WORDS),
            **dict.fromkeys(("value", "bound", "gap", "kept_at", "seconds"), AMOUNT),
        }
    ),
}
"""The shape of ``plan.json``."""

EXPLANATION = dict.fromkeys(("conflict", "ways_out"), Many({}))
"""The shape of ``explanation.json``."""


def misplaced(record: Mapping[str, Any], shape: Mapping[str, Any], file: str) -> list[Problem]:
    """Every value of a record that is of another kind than what its shape says."""
    return [_problem(file, *odd) for odd in _odd(record, shape, ())]


Odd = tuple[tuple[str, ...], Any, Any]


def _odd(value: Any, kind: Any, path: tuple[str, ...]) -> Iterator[Odd]:
    if isinstance(kind, Either):
        if not any(_like(value, one) for one in kind.kinds):
            yield path, value, kind.kinds[0]
            return
        kind = next(one for one in kind.kinds if _like(value, one))
    if not _like(value, kind):
        yield path, value, kind
    elif isinstance(kind, Many):
        parts = value.items() if kind.named else enumerate(value, start=1)
        for name, part in parts:
            yield from _odd(part, kind.part, (*path, str(name)))
    elif isinstance(kind, dict):
        for name, part in value.items():
            if name in kind:
                yield from _odd(part, kind[name], (*path, name))


def _like(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind, not looking at its parts."""
    if kind is None:
        return True
    if isinstance(kind, frozenset):
        return isinstance(value, str) and value in kind
    if isinstance(kind, dict) or (isinstance(kind, Many) and kind.named):
        return isinstance(value, dict)
    if isinstance(kind, Many):
        return isinstance(value, list)
    if kind == NUMBER:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and isfinite(value) and abs(value) <= LARGEST_NUMBER
    if kind == NOTHING:
        return value is None
    return isinstance(value, {TEXT: str, FLAG: bool}[kind])


def _problem(file: str, path: tuple[str, ...], found: Any, kind: Any) -> Problem:
    words = str(found) if found is None or isinstance(found, str | int | float) else "{…}"
    values: dict[str, Any] = {"found": "null" if found is None else shown(words, 80)}
    for lang in LANGUAGES:
        values[f"type_{lang}"] = _words(kind, lang)
    column = shown(".".join(path), 80)
    return Problem("plan_value", "error", file, column=column, values=values)


def _words(kind: Any, lang: str) -> str:
    if isinstance(kind, frozenset):
        return ", ".join(sorted(word for word in kind if word))
    if isinstance(kind, dict | Many):
        name = "list" if isinstance(kind, Many) and not kind.named else "mapping"
        return text(f"problem.type.{name}", lang)
    return text(f"problem.type.{kind}", lang)
