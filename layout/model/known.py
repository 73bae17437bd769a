"""What a check works on: the model, where its rows and keys were written, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layout.errors import Problem
from layout.model import derive
from layout.model.costs import unserved_prices
from layout.model.document import Node
from layout.model.inheritance import PlacedTable
from layout.model.planning import PlanningModel
from layout.model.schema import Settings


@dataclass(frozen=True)
class Known:
    """The model under check."""

    model: PlanningModel
    tables: dict[str, PlacedTable]
    tree: Node
    problems: list[Problem]

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.model.settings

    def frame(self, table: str) -> pd.DataFrame:
        """A table."""
        return self.tables[table].frame

    def at_row(
        self,
        table: str,
        row: int,
        column: str | None,
        code: str,
        /,
        severity: str = "error",
        **values: Any,
    ) -> None:
        """Report a row of a table."""
        self.problems.append(self.tables[table].problem(code, row, column, severity, **values))

    def at_key(
        self,
        path: tuple[Any, ...],
        column: str,
        code: str,
        /,
        severity: str = "error",
        **values: Any,
    ) -> None:
        """Report a key of the settings."""
        self.problems.append(self.tree.place_of(path).problem(code, column, severity, **values))

    def at_target(
        self, position: int, key: str, code: str, /, severity: str = "error", **values: Any
    ) -> None:
        """Report a key of a target, found in the settings by its id."""
        target = self.settings.targets[position]
        values = {"id": target.id, **values}
        nodes = self.tree.value["targets"].value if self.tree.get("targets") else []
        index = next((i for i, node in enumerate(nodes) if str(_id(node)) == target.id), position)
        self.at_key(("targets", index, key), f"targets.{target.id}.{key}", code, severity, **values)

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Facilities that may be built at each site (`derive.offers`)."""
        return derive.offers(self.model)

    @cached_property
    def blocks(self) -> pd.DataFrame:
        """Existing blocks in the first period (`derive.blocks`)."""
        return derive.blocks(self.model, self.settings.periods[0])

    @cached_property
    def power_rows(self) -> np.ndarray:
        """Position of the row of ``power`` that each site pays by, -1 for none."""
        return derive.tariffs(self.model)["power_row"].to_numpy()

    def demand_severity(self, workload: str) -> str:
        """Unserved demand is an error when it must be served, a warning when it has a price."""
        place = (self.frame("workloads")["workload"] == workload).to_numpy()
        return "error" if np.isnan(unserved_prices(self.model)[place]).any() else "warning"


def _id(node: Node) -> Any:
    part = node.get("id")
    return None if part is None else part.value
