"""The tables of a comparison, declared once: columns, types, keys."""

from __future__ import annotations

from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.comparing.input_differences import COLUMNS as INPUT_COLUMNS

_PAIR = Column("compared", TEXT)
_AMOUNTS = tuple(
    Column(name, NUMBER, "", True) for name in ("first_value", "compared_value", "change_value")
)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


INPUTS = PlanFile("inputs", ("compared", "part", "key", "column"), (_PAIR, *_texts(*INPUT_COLUMNS)))
DECISIONS = PlanFile(
    "decisions",
    ("compared", "level", "place", "year", "kind", "quantity"),
    (
        _PAIR,
        *_texts("level", "place"),
        Column("year", INTEGER),
        *_texts("kind", "quantity", "quantity_unit"),
        *_AMOUNTS,
    ),
)
KPIS = PlanFile(
    "kpis",
    ("compared", "year", "kpi"),
    (_PAIR, Column("year", INTEGER), *_texts("kpi", "quantity_unit"), *_AMOUNTS),
)
TARGETS = PlanFile(
    "targets",
    ("compared", "target", "year"),
    (
        _PAIR,
        *_texts("target"),
        Column("year", INTEGER),
        *(Column(name, NUMBER, "", True) for name in ("first_required", "compared_required")),
        *_AMOUNTS[:2],
        *_texts("first_status", "compared_status", "change"),
    ),
)
COSTS = PlanFile(
    "costs",
    ("compared", "component"),
    (
        _PAIR,
        *_texts("component"),
        *(
            Column(name, NUMBER, "mcny", True)
            for name in ("first_mcny", "compared_mcny", "change_mcny", "least_mcny", "most_mcny")
        ),
    ),
)
FILES = (INPUTS, DECISIONS, KPIS, TARGETS, COSTS)
TOTAL = "total"
