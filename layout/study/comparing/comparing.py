"""Plans, or models, side by side: inputs, decisions, key figures, targets and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.model import PlanningModel, read_model
from layout.plan import Plan, read_plan
from layout.plan.files import PlanFile
from layout.plan.ledger import Ledger
from layout.plan.publish import is_plan_folder
from layout.study.comparing.comparison_files import (
    COSTS,
    DECISIONS,
    FILES,
    INPUTS,
    KPIS,
    TARGETS,
    TOTAL,
)
from layout.study.comparing.input_differences import input_differences
from layout.study.folder import Study

if TYPE_CHECKING:
    from layout.solving.events import Progress

SAME = 1e-9
"""Amounts that differ by less do not differ: the noise of a solver."""


@dataclass(frozen=True)
class Side:
    """One of what is compared: its label, its model, and its plan where there is one."""

    label: str
    model: PlanningModel
    plan: Plan | None = None

    @property
    def solved(self) -> bool:
        """Whether there are decisions to compare."""
        return self.plan is not None and self.plan.has_tables


@dataclass(frozen=True)
class Pair:
    """The cost of a plan less that of the first, and what both proofs leave open, mcny.

    `least` and `most` are None where a bound is not known. `proved` says whether the sign of the
    difference is.
    """

    first: str
    compared: str
    change_mcny: float | None
    least_mcny: float | None
    most_mcny: float | None

    @property
    def proved(self) -> bool:
        """Whether one of the two is proved to be the cheaper question."""
        low, high = self.least_mcny, self.most_mcny
        return low is not None and high is not None and (low > 0 or high < 0)

    def record(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "first": self.first,
            "compared": self.compared,
            "change_mcny": self.change_mcny,
            "least_mcny": self.least_mcny,
            "most_mcny": self.most_mcny,
            "proved": self.proved,
        }


@dataclass(frozen=True)
class Comparison:
    """What differs between the first side and each other one: tables as `FILES` declare them."""

    sides: tuple[Side, ...]
    tables: dict[str, pd.DataFrame]
    pairs: tuple[Pair, ...] = field(default=())

    def __getitem__(self, table: str) -> pd.DataFrame:
        """inputs, decisions, kpis, target_verdicts or costs. Raises KeyError."""
        return self.tables[table]

    def study(self) -> Study:
        """The same as a folder's content."""
        sides = [
            {
                "label": side.label,
                "model": side.model.name,
                "status": None if side.plan is None else side.plan.status,
            }
            for side in self.sides
        ]
        first = self.sides[0].plan
        record = {
            "study": "compare",
            "model": self.sides[0].model.name,
            "status": "done",
            "sides": sides,
            "pairs": [pair.record() for pair in self.pairs],
            "differences": {name: len(rows) for name, rows in self.tables.items()},
            "manifest": {} if first is None else first.record.get("manifest") or {},
        }
        return Study(record, FILES, self.tables)


def compare(
    items: Sequence[Plan | PlanningModel | str | Path],
    *,
    solve: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Compare each of `items` with the first: plans, plan folders, models, names of models.

    A model alone has inputs only, unless `solve` asks for its plan. Raises ValueError for fewer
    than two, InputError and FileProblem for what cannot be read.
    """
    if len(items) < 2:
        raise ValueError("a comparison takes two plans or models at least")
    sides: list[Side] = []
    for item in items:
        sides.append(_side(item, {side.label for side in sides}, solve, progress))
    return compared(sides)


def compared(sides: Sequence[Side]) -> Comparison:
    """The comparison of sides that were read already."""
    first, others = sides[0], sides[1:]
    tables = {
        file.name: file.frame(_joined([_rows(file, first, other) for other in others], file))
        for file in FILES
    }
    pairs = [pair_of(first, other) for other in others if first.solved and other.solved]
    return Comparison(tuple(sides), tables, tuple(pairs))


def _side(
    item: Plan | PlanningModel | str | Path, taken: set[str], solve: bool, progress: Progress | None
) -> Side:
    if isinstance(item, str | Path):
        found: Plan | PlanningModel = (
            read_plan(item) if is_plan_folder(Path(item)) else read_model(str(item))
        )
        name = Path(item).name or str(item)
    else:
        found = item
        model = item.model if isinstance(item, Plan) else item
        name = item.folder.name if isinstance(item, Plan) and item.folder else model.name
    label = name
    while label in taken:
        label = f"{name} ({1 + sum(one == name or one.startswith(f'{name} (') for one in taken)})"
    if isinstance(found, Plan):
        return Side(label, found.model, found)
    if not solve:
        return Side(label, found)
    from layout.solving import solve as run

    return Side(label, found, run(found, progress=progress, counterfactual=False))


def _joined(parts: Sequence[pd.DataFrame], file: PlanFile) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else file.frame()


def _rows(file: PlanFile, first: Side, other: Side) -> pd.DataFrame:
    """The rows of one table for one pair."""
    if file is INPUTS:
        found = input_differences(first.model, other.model)
    elif first.plan is None or other.plan is None or not (first.solved and other.solved):
        return file.frame()
    else:
        found = _OF_PLANS[file.name](first.plan, other.plan)
    return found.assign(compared=other.label)


# decisions ----------------------------------------------------------------------------------

_CAPACITY = {
    "compute_eflops": "EFLOPS",
    "added_eflops": "EFLOPS",
    "retired_eflops": "EFLOPS",
    "facility_it_mw": "MW",
    "capex_mcny": "mcny",
}
_OF_SITE = {"facility_gwh": "GWh", "carbon_kt": "kt", "cost_mcny": "mcny"}
_KEY = ["level", "place", "year", "kind", "quantity", "quantity_unit"]
NATION, PROVINCE, SITE = "nation", "province", "site"


def quantities(plan: Plan) -> pd.DataFrame:
    """Decisions and what follows from them: level, place, year, kind, quantity, unit, value.

    By site, by province and for the nation: compute, additions, retirement (native EFLOPS of the
    kind), space (MW), investment (mcny, undiscounted) by kind; energy, carbon and cost without
    one; for all kinds together ``compute_eflops_fp32``.
    """
    parts = [_capacity(plan), _site_figures(plan)]
    rows = pd.concat(parts, ignore_index=True)
    sites = plan.model["sites"]
    home = dict(
        zip(
            sites["site"],
            sites["province"].where(sites["province"] != "", sites["site"]),
            strict=True,
        )
    )
    levels = [
        rows.assign(level=SITE, place=rows["site"]),
        rows.assign(level=PROVINCE, place=rows["site"].map(home)),
        rows.assign(level=NATION, place=NATION),
    ]
    table = pd.concat(levels, ignore_index=True).dropna(subset=["place"])
    return table.groupby(_KEY, sort=True)["value"].sum().reset_index()


def _capacity(plan: Plan) -> pd.DataFrame:
    years = [Ledger(plan.tables, plan.model, year) for year in plan.model.settings.periods]
    units = pd.concat([ledger.units for ledger in years], ignore_index=True)
    units = units.rename(columns={"space_mw": "facility_it_mw"})
    key = ["site", "year", "kind"]
    sums = units.groupby(key)[list(_CAPACITY)].sum().reset_index()
    long = sums.melt(key, list(_CAPACITY), var_name="quantity", value_name="value")
    long["quantity_unit"] = long["quantity"].map(_CAPACITY)
    fp32 = units.groupby(["site", "year"])["compute_fp32"].sum().reset_index(name="value")
    whole = {"kind": "", "quantity": "compute_eflops_fp32", "quantity_unit": "EFLOPS FP32"}
    return pd.concat([long, fp32.assign(**whole)], ignore_index=True)


def _site_figures(plan: Plan) -> pd.DataFrame:
    energy = plan.tables["energy"].set_index(["site", "year"])[["facility_gwh", "carbon_kt"]]
    cost = plan.tables["cost"].groupby(["site", "year"])["mcny"].sum().rename("cost_mcny")
    table = energy.join(cost, how="outer").fillna(0.0).reset_index()
    long = table.melt(["site", "year"], list(_OF_SITE), var_name="quantity", value_name="value")
    long = long[(long["site"] != NATION) | (long["value"] != 0)]
    return long.assign(kind="", quantity_unit=long["quantity"].map(_OF_SITE))


def _decisions(first: Plan, other: Plan) -> pd.DataFrame:
    """Decisions side by side; of sites only what differs, and no cost of the nation as a site."""
    table = _beside(quantities(first), quantities(other), _KEY)
    moved = table["change_value"].abs() > SAME
    there = table[["first_value", "compared_value"]].abs().max(axis=1) > SAME
    return table[
        there
        & (moved | (table["level"] != SITE))
        & ~((table["level"] == SITE) & (table["place"] == NATION))
    ]


def _beside(first: pd.DataFrame, other: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Two long tables joined; what one of them has not is nothing there."""
    table = first.rename(columns={"value": "first_value"}).merge(
        other.rename(columns={"value": "compared_value"}), on=key, how="outer"
    )
    values = ["first_value", "compared_value"]
    table[values] = table[values].fillna(0.0)
    return table.assign(change_value=table["compared_value"] - table["first_value"])


# figures, targets, costs --------------------------------------------------------------------


def _figures(plan: Plan) -> pd.DataFrame:
    by_year = plan.record.get("kpis_by_year") or {}
    last = int(plan.model.settings.periods[-1])
    found = by_year or {last: plan.record.get("kpis") or {}}
    rows = [
        (int(year), name, str(figure["unit"]), figure["value"])
        for year, figures in found.items()
        for name, figure in figures.items()
    ]
    return pd.DataFrame(rows, columns=["year", "kpi", "quantity_unit", "value"])


def _kpis(first: Plan, other: Plan) -> pd.DataFrame:
    key = ["year", "kpi", "quantity_unit"]
    names = (("first_value", first), ("compared_value", other))
    one, two = (
        _figures(plan).rename(columns={"value": name}).astype({name: "float64"})
        for name, plan in names
    )
    table = one.merge(two, on=key, how="outer")
    return table.assign(change_value=table["compared_value"] - table["first_value"])


def _verdicts(first: Plan, other: Plan) -> pd.DataFrame:
    columns = {"required": "required", "achieved": "value", "status": "status"}
    parts = []
    for name, plan in (("first", first), ("compared", other)):
        own = plan.tables["targets"][["target", "year", *columns]]
        parts.append(own.rename(columns={old: f"{name}_{new}" for old, new in columns.items()}))
    table = parts[0].merge(parts[1], on=["target", "year"], how="outer")
    for name in ("first_status", "compared_status"):
        table[name] = table[name].fillna("").astype(str)
    same = table["first_status"] == table["compared_status"]
    words = table["first_status"] + " → " + table["compared_status"]
    return table.assign(change=words.where(~same, ""))


def _costs(first: Plan, other: Plan) -> pd.DataFrame:
    parts = [plan.record.get("cost_breakdown_mcny") or {} for plan in (first, other)]
    names = list(dict.fromkeys([*parts[0], *parts[1]]))
    rows = [(name, *(float(part.get(name, 0.0)) for part in parts)) for name in names]
    totals = [float(plan.record["objective_mcny"]) for plan in (first, other)]
    rows.append((TOTAL, *totals))
    table = pd.DataFrame(rows, columns=["component", "first_mcny", "compared_mcny"])
    table["change_mcny"] = table["compared_mcny"] - table["first_mcny"]
    pair = difference(first, other)
    last = table["component"] == TOTAL
    for name, value in (("least_mcny", pair[0]), ("most_mcny", pair[1])):
        table[name] = pd.Series(float("nan"), index=table.index).mask(last, value)
    return table


_OF_PLANS = {
    DECISIONS.name: _decisions,
    KPIS.name: _kpis,
    TARGETS.name: _verdicts,
    COSTS.name: _costs,
}


def difference(first: Plan, other: Plan) -> tuple[float | None, float | None]:
    """What the cost of `other` exceeds that of `first` by, at least and at most, mcny.

    With a = cost and a′ = bound of the first, b and b′ of the other, the optima of the two
    questions differ by no less than b′ − a and no more than b − a′. None without a bound, as with
    another objective than cost or myopic foresight.
    """
    costs, bounds = [], []
    for plan in (first, other):
        record = plan.record
        myopic = record.get("foresight") == "myopic" and len(record.get("periods") or []) > 1
        costs.append(float(record["objective_mcny"]))
        bounds.append(None if myopic else record.get("bound_mcny"))
    low, high = bounds
    least = None if high is None else float(high) - costs[0]
    most = None if low is None else costs[1] - float(low)
    return least, most


def pair_of(first: Side, other: Side) -> Pair:
    """The difference of two plans' costs with what is proved of it."""
    assert first.plan is not None
    assert other.plan is not None
    least, most = difference(first.plan, other.plan)
    change = float(other.plan.record["objective_mcny"]) - float(first.plan.record["objective_mcny"])
    return Pair(first.label, other.label, change, least, most)
