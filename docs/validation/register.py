"""What is compared: one row of `comparisons.csv` each, in both languages."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from docs.validation.facts import Fact, evaluate

TABLE = Path(__file__).with_name("comparisons.csv")
SHARE = "%"
"""Unit of what is computed as a share: shown in per cent, its error in percentage points."""


@dataclass(frozen=True)
class Comparison:
    """A figure of the model beside a published one: what, in which unit, why they differ.

    `fact` is an expression of `docs.validation.facts`; `fitted` says that the model was fitted to
    it, whether or not the figure stands in the column `chosen`.
    """

    code: str
    section: str
    subject: dict[str, str]
    unit: str
    digits: int
    fact: str
    fitted: bool
    reason: dict[str, str]

    @property
    def published(self) -> Fact:
        """The published figure, in the unit of the comparison (shares as shares)."""
        return evaluate(self.fact)

    def shown(self, value: float) -> str:
        """A value in the unit of the comparison."""
        if self.unit == SHARE:
            return f"{value * 100:.{self.digits}f}%".replace("-", "−")
        return f"{value:,.{self.digits}f}"

    def error(self, value: float) -> str:
        """Model less fact: in points for shares, else relative; none where a bound holds."""
        published = self.published
        if _holds(value, published):
            return "✓"
        if self.unit == SHARE:
            return signed((value - published.value) * 100, self.digits, " pp")
        return signed((value / published.value - 1) * 100, 0, "%")


def signed(value: float, digits: int, unit: str) -> str:
    """A difference with its sign; none where it rounds to nothing."""
    said = f"{value:+.{digits}f}"
    return (said.lstrip("+-") if float(said) == 0 else said.replace("-", "−")) + unit


def _holds(value: float, published: Fact) -> bool:
    upper = published.bound in ("<", "<=") and value <= published.value
    return upper or (published.bound in (">", ">=") and value >= published.value)


def comparisons() -> tuple[Comparison, ...]:
    """The whole register, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(map(_comparison, csv.DictReader(lines)))


def _comparison(row: dict[str, str]) -> Comparison:
    return Comparison(
        code=row["code"],
        section=row["section"],
        subject={lang: row[f"subject_{lang}"] for lang in ("en", "zh")},
        unit=row["unit"],
        digits=int(row["digits"]),
        fact=row["fact"],
        fitted=row["fitted"] == "yes",
        reason={lang: row[f"reason_{lang}"] for lang in ("en", "zh")},
    )
