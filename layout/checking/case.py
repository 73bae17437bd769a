"""One plan in one year, laid out for the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from layout.checking.facts import Facts
from layout.checking.findings import Findings
from layout.checking.lanes import lanes
from layout.plan.files import FILES

if TYPE_CHECKING:
    from layout.plan import Plan


@dataclass(frozen=True, eq=False)
class Case:
    """A plan, what its model says, and where findings go."""

    plan: Plan
    year: int
    findings: Findings = field(default_factory=Findings)

    @cached_property
    def facts(self) -> Facts:
        """The model's tables, by key."""
        return Facts(self.plan.model, self.year)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the plan, rows numbered from 0."""
        return self.plan.tables[name].reset_index(drop=True)

    @cached_property
    def service(self) -> pd.DataFrame:
        """``service`` with kind and the recomputed lane of every row."""
        frame = self.table("service")
        kind = self.facts.words("workloads", "kind", frame["workload"])
        return pd.concat([frame.assign(kind=kind), lanes(self.facts, frame)], axis=1)

    @cached_property
    def units(self) -> pd.DataFrame:
        """``units`` with additions, rated MW per EFLOPS and utilisation limit of the kind."""
        frame = self.table("units")
        return frame.assign(
            added=frame["filled_eflops"] + frame["expanded_eflops"] + frame["built_eflops"],
            rated=self.facts.numbers("kinds", "it_mw_per_eflops", frame["kind"]),
            limit=self.facts.numbers("kinds", "max_utilisation", frame["kind"]),
            new=frame["origin"] == "new",
        )

    @cached_property
    def new_space(self) -> pd.DataFrame:
        """New units: unit, site, facility, mw (all their space), it_mw."""
        new = self.units[self.units["new"]]
        sums = new.groupby(["unit", "site", "facility"])[["space_mw", "it_mw"]].sum()
        return sums.reset_index().rename(columns={"space_mw": "mw"})


def keys(name: str, frame: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The place of rows of a plan table: its file and the columns that identify them."""
    file = FILES[name]
    return file.file, frame[list(file.key)]


def keyed(file: str, index: pd.Index) -> tuple[str, pd.DataFrame]:
    """The place of rows that an index names."""
    return file, index.to_frame(index=False)
