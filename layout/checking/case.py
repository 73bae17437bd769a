"""One plan in one year, laid out for the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.checking.facts import Facts, Floats
from layout.checking.findings import Findings, Place
from layout.checking.graph import graph_of, over_backbone
from layout.checking.lanes import lanes
from layout.once import once
from layout.plan.files import FILES
from layout.plan.measures import Reading, readings

if TYPE_CHECKING:
    from layout.plan import Plan


@dataclass(frozen=True, eq=False)
class Case:
    """A plan, what its model says, and where findings go."""

    plan: Plan
    year: int
    findings: Findings = field(default_factory=Findings)
    earlier: tuple[Case, ...] = ()
    kept: dict[Any, Any] = field(default_factory=dict, init=False)

    @property
    def weight(self) -> float:
        """What a cost of the year counts in the objective: years of the period, discounted.

        Δ/(1 + r)^(year − first period), Δ the years to the next period, the last as long as the
        one before it; 1 with one period.
        """
        years = list(self.plan.model.settings.periods)
        if len(years) == 1:
            return 1.0
        at = years.index(self.year)
        last = at == len(years) - 1
        length = years[at] - years[at - 1] if last else years[at + 1] - years[at]
        rate = self.plan.model.settings.economy.discount_rate
        return float(length * (1 + rate) ** (years[0] - self.year))

    @cached_property
    def facts(self) -> Facts:
        """The model's tables, by key."""
        return Facts(self.plan.model, self.year)

    @once
    def table(self, name: str) -> pd.DataFrame:
        """The rows of the year in a table of the plan, numbered from 0."""
        frame = self.plan.tables[name]
        return frame[self.reports(frame["year"])].reset_index(drop=True)

    def unserved_price(self, workload: pd.Series) -> Floats:
        """What an EFLOPS left unserved costs, mcny a year; NaN where it must be served."""
        own = self.facts.numbers("workloads", "unserved_penalty_mcny_per_eflops", workload)
        general = self.plan.model.settings.economy.unserved_penalty_mcny_per_eflops
        return own if general is None else np.where(np.isnan(own), general, own)

    @cached_property
    def readings(self) -> list[Reading]:
        """Every target measured again for the year."""
        return readings(self.plan.tables, self.plan.model, self.year)

    def reports(self, years: pd.Series) -> pd.Series:
        """Which rows belong to this period; the first takes those of no period (targets)."""
        own = years == self.year
        return own if self.earlier else own | ~years.isin(self.plan.model.settings.periods)

    @cached_property
    def service(self) -> pd.DataFrame:
        """``service`` with kind and the recomputed lane of every row."""
        frame = self.table("service")
        kind = self.facts.words("workloads", "kind", frame["workload"])
        ways = lanes(self.facts, frame)
        if self.plan.model.settings.features.network:
            from layout.checking.network import built_links

            columns = ("path_availability", "bulk_gb", "latency_ms")
            least, bulk, limit = (
                self.facts.numbers("workloads", column, frame["workload"]) for column in columns
            )
            disks = (bulk > 0) & ~np.isfinite(limit)
            disks &= self.plan.model.settings.network.shipping.offered
            graph, built = graph_of(self.plan.model), built_links(self)
            ways = over_backbone(graph, built, frame, ways, least, disks)
        found = pd.concat([frame.assign(kind=kind), ways], axis=1)
        return found.assign(work=self._work(frame, ways))

    def away_work(self, frame: pd.DataFrame) -> Floats:
        """Row of site, zone, workload → EFLOPS of work for one of demand: more away from home."""
        return self._work(frame, lanes(self.facts, frame))

    def _work(self, frame: pd.DataFrame, ways: pd.DataFrame) -> Floats:
        overhead = self.facts.numbers("workloads", "away_overhead", frame["workload"])
        return np.where(ways["near"].to_numpy(dtype=bool), 1.0, 1.0 + overhead)

    @cached_property
    def units(self) -> pd.DataFrame:
        """``units`` with additions, rated MW per EFLOPS and utilisation limit of the kind."""
        frame = self.table("units")
        return frame.assign(
            added=frame["filled_eflops"] + frame["expanded_eflops"] + frame["built_eflops"],
            rated=self.facts.numbers("kinds", "it_mw_per_eflops", frame["kind"]),
            limit=self.facts.numbers("kinds", "max_utilisation", frame["kind"]),
            new=frame["origin"] == "new",
            stock=frame["origin"] == "stock",
            block=np.where(frame["origin"] == "new", "", _before_sign(frame["unit"])),
        )

    @cached_property
    def vintages(self) -> pd.DataFrame:
        """What was put into service in any year up to this: unit, kind, added, alive, ended.

        Hardware serves `it_life_years` from the year in which it is put into service; `ended`
        marks what has left since the period before.
        """
        parts = []
        before = self.earlier[-1].year if self.earlier else self.year
        for case in (*self.earlier, self):
            units = case.units[["unit", "kind", "added"]]
            life = self.facts.numbers("kinds", "it_life_years", units["kind"])
            alive = self.year - case.year < life
            parts.append(units.assign(alive=alive, ended=~alive & (before - case.year < life)))
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def history(self) -> pd.DataFrame:
        """(unit, kind) → existing (of the period before), planned (alive), ended, left.

        `left` is existing compute of the stock that has been retired up to this year.
        """
        key = ["unit", "kind"]
        found = self.vintages
        frame = pd.DataFrame(
            {
                "planned": found["added"]
                .where(found["alive"], 0.0)
                .groupby([found["unit"], found["kind"]])
                .sum(),
                "ended": found["added"]
                .where(found["ended"], 0.0)
                .groupby([found["unit"], found["kind"]])
                .sum(),
            }
        )
        index = frame.index  # every row that any year up to this has
        retired = self.units.set_index(key)["retired_eflops"]
        mine = retired.reindex(index, fill_value=0.0) - frame["ended"]
        earlier = (
            self.earlier[-1].history["left"].reindex(index, fill_value=0.0) if self.earlier else 0.0
        )
        frame["left"] = mine + earlier
        frame["gone"] = mine
        if self.earlier:
            compute = self.earlier[-1].units.set_index(key)["compute_eflops"]
            frame["existing"] = compute.reindex(index, fill_value=0.0)
        else:
            own = self.facts.blocks.set_index("kind", append=True)["eflops"]
            own.index = own.index.set_names(key)
            frame["existing"] = own.reindex(index, fill_value=0.0)
        return frame

    @cached_property
    def unit_rows(self) -> pd.MultiIndex:
        """(unit, kind) of every row of `units`."""
        return pd.MultiIndex.from_frame(self.units[["unit", "kind"]])

    def of_history(self, column: str) -> pd.Series:
        """A column of `history` for every row of `units`."""
        found = self.history[column].reindex(self.unit_rows)
        return pd.Series(found.to_numpy(dtype=float))

    @cached_property
    def put_up(self) -> pd.Series:
        """Unit → MW of new or retrofitted space put into service in this year."""
        fresh = self.units[~self.units["stock"]]
        whole = fresh.groupby("unit")["space_mw"].sum()
        left = pd.Series(0.0, whole.index)
        for case in self.earlier:
            life = case.facts.numbers(
                "facilities", "life_years", [_facility_of(unit) for unit in case.put_up.index]
            )
            turned = np.array([">" in unit for unit in case.put_up.index], dtype=bool)
            stands = (self.year - case.year < life) | turned
            left = left.add(case.put_up.where(stands, 0.0), fill_value=0.0)
        return (whole - left.reindex(whole.index, fill_value=0.0)).clip(lower=0.0)

    @cached_property
    def new_space(self) -> pd.DataFrame:
        """New units: unit, site, facility, mw (all their space), it_mw."""
        new = self.units[self.units["new"]]
        sums = new.groupby(["unit", "site", "facility"])[["space_mw", "it_mw"]].sum()
        return sums.reset_index().rename(columns={"space_mw": "mw"})


def _before_sign(unit: pd.Series) -> list[str]:
    """The block that a label of the stock (``block``) or of a retrofit (``block>type``) names."""
    return [label.rpartition(">")[0] if ">" in label else label for label in unit]


def _facility_of(unit: str) -> str:
    """The facility type that a label ``site+type`` or ``block>type`` ends in."""
    return unit.rpartition(">" if ">" in unit else "+")[2]


def keys(name: str, frame: pd.DataFrame) -> Place:
    """The place of rows of a plan table: its file and the columns that identify them."""
    file = FILES[name]
    return file.file, lambda: frame[list(file.key)]


def keyed(file: str, index: pd.Index) -> Place:
    """The place of rows that an index names."""
    return file, lambda: index.to_frame(index=False)
