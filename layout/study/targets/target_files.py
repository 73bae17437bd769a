"""The tables of tested targets: columns, types, units."""

from __future__ import annotations

from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile


def _columns(kind: str, *names: str, empty: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, kind, _unit(name), empty) for name in names)


def _unit(name: str) -> str:
    for end, unit in (("_mcny", "mcny"), ("_eflops", "EFLOPS"), ("_it_mw", "MW")):
        if name.endswith(end):
            return unit
    return "EFLOPS FP32" if name.endswith("_eflops_fp32") else ""


TESTS = PlanFile(
    "tests",
    ("target", "year", "question"),
    (
        *_columns(TEXT, "target"),
        Column("year", INTEGER),
        *_columns(TEXT, "question", "mode", "plan_status", "status"),
        *_columns(NUMBER, "required"),
        *_columns(NUMBER, "achieved", "slack", empty=True),
        *_columns(TEXT, "binding"),
        *_columns(NUMBER, "shadow_cost_mcny", "shortfall", "objective_mcny", empty=True),
        *_columns(NUMBER, "bound_mcny", "penalty_mcny", "difference_mcny", empty=True),
        *_columns(NUMBER, "least_mcny", "most_mcny", empty=True),
    ),
)
"""What each target reaches in each question, and what it costs there."""
FORCED = PlanFile(
    "forced",
    ("target", "question", "year", "kind"),
    (
        *_columns(TEXT, "target", "question"),
        Column("year", INTEGER),
        *_columns(TEXT, "kind"),
        *_columns(NUMBER, "extra_eflops"),
        *_columns(NUMBER, "extra_eflops_fp32", empty=True),
        *_columns(NUMBER, "extra_it_mw"),
        *_columns(NUMBER, "extra_it_capex_mcny", empty=True),
    ),
    optional=True,
)
"""What a target makes the plan build beyond the plan without it, by kind."""
DISTANCES = PlanFile(
    "distances",
    ("target", "year"),
    (
        *_columns(TEXT, "target"),
        Column("year", INTEGER),
        *_columns(NUMBER, "priority", empty=True),
        *_columns(NUMBER, "required"),
        *_columns(NUMBER, "achieved", "shortfall", "distance", empty=True),
    ),
    optional=True,
)
"""How far each target is missed when those of a higher priority come first."""
CONFLICT = PlanFile(
    "conflict",
    ("rank",),
    (
        Column("rank", INTEGER),
        *_columns(TEXT, "type", "id", "place"),
        *_columns(NUMBER, "value"),
        *_columns(TEXT, "unit", "source"),
    ),
    optional=True,
)
"""The items that cannot hold together, the cheapest to change first."""
WAYS = PlanFile(
    "ways",
    ("rank",),
    (
        Column("rank", INTEGER),
        *_columns(TEXT, "sort", "change", "change_zh"),
        *_columns(NUMBER, "cost_mcny", "bound_mcny", empty=True),
        *_columns(TEXT, "verified", "least", "sets"),
    ),
    optional=True,
)
"""Changes that let a plan be, cheapest first."""
FILES = (TESTS, FORCED, DISTANCES, CONFLICT, WAYS)
