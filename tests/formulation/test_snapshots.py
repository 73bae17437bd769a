"""Every constraint family and the objective, row by row, on the two-province case.

The snapshots are meant to be read: each is the mathematics of one family with its numbers.
After a change of the mathematics run the tests with UPDATE_SNAPSHOTS=1 and read the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.formulation import Formulation, build
from layout.model import read_model
from tests import snapshots
from tests.formulation.provinces import two_provinces

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture(scope="module")
def formulation(tmp_path_factory: pytest.TempPathFactory) -> Formulation:
    return build(read_model(two_provinces(tmp_path_factory.mktemp("case") / "two-provinces")))


def number(value: float) -> str:
    return f"{value:.9g}"


def row_text(constraint: Any, row: int) -> str:
    """`name: lower <= coefficient variable + … <= upper` of one row, from the arrays."""
    parts: dict[str, float] = {}
    for var, rows, positions, coefficients in constraint.terms:
        for at, position, by in zip(rows, positions, coefficients, strict=True):
            if at == row:
                name = f"{var.name}{var.index.suffix(int(position))}"
                parts[name] = parts.get(name, 0.0) + float(by)
    body = " ".join(
        f"{'+' if by >= 0 else '-'} {number(abs(by))} {name}" for name, by in parts.items()
    )
    lower, upper = float(constraint.lower[row]), float(constraint.upper[row])
    name = f"{constraint.name}{constraint.index.suffix(row)}"
    return f"{name}:\n  {number(lower)} <= {body} <= {number(upper)}\n"


def compare(name: str, found: str) -> None:
    snapshots.compare(SNAPSHOTS / f"{name}.txt", found)


def test_every_family_has_its_snapshot_and_its_rows(formulation: Formulation) -> None:
    for name, constraint in formulation.constraints.items():
        rows = [row_text(constraint, row) for row in range(len(constraint.index))]
        assert rows, f"{name} has no row in the case: extend it"
        compare(name, f"{constraint.doc}\n\n" + "".join(rows))
    extra = {file.stem for file in SNAPSHOTS.glob("*.txt")} - set(formulation.constraints)
    assert extra == {"objective", "variables"}


def test_objective(formulation: Formulation) -> None:
    lines = []
    for component, linear in formulation.costs.items():
        terms: dict[str, float] = {}
        for var, _, positions, coefficients in linear.terms:
            for position, by in zip(positions, coefficients, strict=True):
                name = f"{var.name}{var.index.suffix(int(position))}"
                terms[name] = terms.get(name, 0.0) + float(by)
        lines.append(f"{component}: {number(linear.constants.sum())}")
        lines += [
            f"  {'+' if by >= 0 else '-'} {number(abs(by))} {name}" for name, by in terms.items()
        ]
    compare("objective", "\n".join(lines) + "\n")


def test_variables(formulation: Formulation) -> None:
    lines = []
    for name, var in formulation.variables.components().items():
        lines.append(f"{name}: {var.doc}")
        for position in range(len(var.index)):
            whole = " whole" if var.integer else ""
            bounds = f"{number(var.lower[position])} … {number(var.upper[position])}"
            lines.append(f"  {name}{var.index.suffix(position)}: {bounds}{whole}")
    compare("variables", "\n".join(lines) + "\n")
