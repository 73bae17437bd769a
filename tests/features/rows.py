"""What a feature adds to a model, written out row by row, and tools for its tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from layout.errors import InputError, Problem
from layout.formulation import Formulation, build
from layout.model import read_model
from layout.plan import Plan
from layout.solving import solve
from tests import snapshots
from tests.builders import tiny_model
from tests.formulation.test_snapshots import number, row_text

SNAPSHOTS = Path(__file__).parent / "snapshots"


def planned(folder: Path, **given: Any) -> Plan:
    """The verified plan of a tiny model, without its counterfactual."""
    return solve(read_model(tiny_model(folder, **given)), counterfactual=False)


def built(folder: Path, **given: Any) -> Formulation:
    """The formulation of a tiny model."""
    return build(read_model(tiny_model(folder, **given)))


def problems(folder: Path, **given: Any) -> list[Problem]:
    """The errors of a tiny model."""
    try:
        read_model(tiny_model(folder, **given))
    except InputError as error:
        return [problem for problem in error.problems if problem.severity == "error"]
    return []


def written(formulation: Formulation, rows: Iterable[str], components: Iterable[str]) -> str:
    """Families of rows and components of cost as text."""
    lines: list[str] = []
    for name in rows:
        constraint = formulation.constraints[name]
        lines.append(f"{constraint.doc}\n\n")
        lines += [row_text(constraint, row) for row in range(len(constraint.index))]
        lines.append("\n")
    for component in components:
        linear = formulation.costs[component]
        lines.append(f"cost {component}: {number(linear.constants.sum())}\n")
        for var, _, positions, coefficients in linear.terms:
            for position, by in zip(positions, coefficients, strict=True):
                sign = "+" if by >= 0 else "-"
                name = f"{var.name}{var.index.suffix(int(position))}"
                lines.append(f"  {sign} {number(abs(by))} {name}\n")
    return "".join(lines).rstrip("\n") + "\n"


def compare(name: str, found: str) -> None:
    """Hold a text against its snapshot; UPDATE_SNAPSHOTS=1 writes it."""
    snapshots.compare(SNAPSHOTS / f"{name}.txt", found)


def added_names(on: Formulation, off: Formulation) -> tuple[set[str], set[str]]:
    """Families of variables and of rows that one model has and the other has not."""
    parts = set(on.variables.parts) - set(off.variables.parts)
    return parts, set(on.constraints) - set(off.constraints)
