"""A planning model in memory: settings and tables, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layout.errors import Problem
from layout.model.schema import Settings

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Inferred:
    """A cell that nobody gave and that was filled in: table, key of the row, column, value."""

    table: str
    key: str
    column: str
    value: str


@dataclass(frozen=True, eq=False)
class PlanningModel:
    """What is asked: settings, and every declared table with every declared column.

    Text columns are '' when empty; numbers are inf when unlimited, NaN when empty without
    default; rows are sorted by key. `inputs` are file → SHA-256. Two models are equal when
    settings (scenarios aside) and tables are. `kept` holds what was worked out from them.
    """

    name: str
    settings: Settings
    tables: Mapping[str, pd.DataFrame]
    inputs: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    inferred: tuple[Inferred, ...] = ()
    kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def resolved(self) -> Settings:
        """The settings without the scenarios that could have been applied."""
        return self.settings.model_copy(update={"scenarios": {}})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlanningModel):
            return NotImplemented
        return (
            self.resolved == other.resolved
            and self.tables.keys() == other.tables.keys()
            and all(frame.equals(other.tables[name]) for name, frame in self.tables.items())
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(self[name])} {name}" for name in ("sites", "zones", "demand"))
        return f"<PlanningModel {self.name}: {sizes}, {len(self.settings.targets)} targets>"
