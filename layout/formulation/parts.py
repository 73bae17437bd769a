"""One year's share of the families of variables and rows, and how the years are joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layout.algebra import ArrayConstraint, ArrayVar, Index

if TYPE_CHECKING:
    from layout.formulation.linear import Linear

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Part:
    """Variables of one family in one year: what `ArrayVar` takes, and its place in the family.

    `family` and `offset` are known once the years are joined; values are those of the family.
    """

    def __init__(
        self,
        name: str,
        index: Index,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        integer: bool = False,
        doc: str,
        unit: str,
    ) -> None:
        self.name, self.index, self.integer = name, index, integer
        self.lower: Floats = np.broadcast_to(np.asarray(lower, dtype=float), len(index)).copy()
        self.upper: Floats = np.broadcast_to(np.asarray(upper, dtype=float), len(index)).copy()
        self.doc, self.unit = doc, unit
        self.family: ArrayVar | None = None
        self.offset = 0

    def __len__(self) -> int:
        return len(self.index)

    @property
    def owner(self) -> ArrayVar:
        """The family of all years. Raises ValueError before the years are joined."""
        if self.family is None:
            raise ValueError(f"{self.name} is not part of a model yet")
        return self.family

    @property
    def values_array(self) -> Floats | None:
        """The values of this year at the solution, None before there is one."""
        values = self.owner.values_array
        return None if values is None else values[self.offset : self.offset + len(self)]

    def columns(self, compiled: Any) -> Ints:
        """The columns of this year's variables in a compiled model."""
        every: Ints = compiled.columns_of(self.owner)
        return every[self.offset : self.offset + len(self)]


@dataclass
class Rows:
    """Rows of one family in one year: lower ≤ linear ≤ upper over an index."""

    linear: Linear
    index: Index
    lower: Floats
    upper: Floats
    doc: str


@dataclass
class Extra:
    """What a feature adds in one year besides its variables: rows and costs by component.

    Costs are linear over sites, or one row for the nation; mcny a year, not discounted.
    """

    rows: dict[str, Rows] = field(default_factory=dict)
    costs: dict[str, Linear] = field(default_factory=dict)


def joined_variable(parts: list[Part]) -> ArrayVar:
    """One family of variables from its years; the parts learn their place in it."""
    first = parts[0]
    whole = [np.full(len(part), part.integer) for part in parts]
    family = ArrayVar(
        Index.joined([part.index for part in parts]),
        lower=np.concatenate([part.lower for part in parts]),
        upper=np.concatenate([part.upper for part in parts]),
        integer=np.concatenate(whole),
        doc=first.doc,
        unit=first.unit,
    )
    offset = 0
    for part in parts:
        part.family, part.offset = family, offset
        offset += len(part)
    return family


def joined_rows(years: list[Rows]) -> ArrayConstraint:
    """One family of rows from its years; constants move to the bounds."""
    terms, offset = [], 0
    for rows in years:
        terms += [
            (part.owner, row + offset, at + part.offset, by)
            for part, row, at, by in rows.linear.terms
        ]
        offset += len(rows.index)
    return ArrayConstraint(
        Index.joined([rows.index for rows in years]),
        terms=terms,
        lower=np.concatenate([rows.lower - rows.linear.constants for rows in years]),
        upper=np.concatenate([rows.upper - rows.linear.constants for rows in years]),
        doc=years[0].doc,
    )
