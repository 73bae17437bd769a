"""A user's own layout priced and tested: its capacity is fixed, everything else is optimised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import EXIT_INFEASIBLE, InputError, LayoutError
from layout.formulation import Formulation, build
from layout.labels import LANGUAGES, text
from layout.model.costs import DEFAULT_PENALTY, unserved_prices
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.plan.measures import FAIL, readings
from layout.solving.driver import planned, solve
from layout.solving.extract import new_space_mw, standing_mw, tables_of
from layout.solving.fractional import in_use
from layout.solving.highs import Settings
from layout.solving.optimise import Clock, Solved, answered, solver_settings
from layout.study.comparing.layout_file import OwnLayout, read_layout
from layout.study.comparing.own_limits import (
    ROOM,
    UNITS,
    Broken,
    CannotStand,
    hold,
    raised,
    with_limits,
)

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.solving.events import Progress

Change = Callable[[Formulation], None]

PRICE = DEFAULT_PENALTY["EFLOPS"]
"""Price of unserved demand where the model has none: mcny per EFLOPS and year."""
SURELY_MISSED = 1e-3
MISSED = 1e-6
"""Normalised shortfalls from which a target is given up: at first, and if that is not enough."""
SERVED = 1e-7
"""Share of served demand that may be lost when targets are tried: rounding of the solver."""

_TEXT = ("site", "kind", "facility")
LIMITS = PlanFile(
    "broken_limits",
    ("limit", "place", "year"),
    (
        *(Column(name, TEXT) for name in ("limit", "of", "place")),
        Column("year", INTEGER),
        Column("stated", NUMBER),
        Column("needed", NUMBER),
        Column("unit", TEXT),
    ),
)
HELD = PlanFile(
    "held",
    ("site", "year", "kind", "facility"),
    (
        *(Column(name, TEXT) for name in _TEXT),
        Column("year", INTEGER),
        Column("asked_eflops", NUMBER, "EFLOPS"),
        Column("basis", TEXT),
        Column("compute_eflops", NUMBER, "EFLOPS"),
        Column("it_mw", NUMBER, "MW"),
        Column("space_mw", NUMBER, "MW"),
        Column("spare_mw", NUMBER, "MW"),
    ),
)
RELEASED = PlanFile(
    "released_targets",
    ("target", "year"),
    (
        Column("target", TEXT),
        Column("year", INTEGER),
        Column("required", NUMBER),
        Column("nearest", NUMBER, "", True),
        Column("achieved", NUMBER, "", True),
    ),
)


class NoWayToRun(LayoutError):
    """Nothing that a layout may break lets it stand."""

    exit_code = EXIT_INFEASIBLE


@dataclass(frozen=True)
class Evaluation:
    """A layout as a verified plan, beside the plan of least cost.

    `plan` answers the model with the limits that the layout breaks raised and the targets that it
    cannot reach measured only. `broken` are these limits, `released` these targets (columns of
    ``released_targets.csv``), `held` the rows of the layout as they stand. `optimum` is None where
    it was not asked for. `unserved_price` is the price of unserved demand of the workloads for
    which the model has none; None where it was not needed.
    """

    plan: Plan
    layout: OwnLayout
    broken: tuple[Broken, ...] = ()
    released: pd.DataFrame = field(default_factory=RELEASED.frame)
    held: pd.DataFrame = field(default_factory=HELD.frame)
    optimum: Plan | None = None
    unserved_price: float | None = None

    @property
    def limits(self) -> pd.DataFrame:
        """``broken_limits.csv``: every limit that the layout breaks, with value and limit."""
        rows = pd.DataFrame([asdict(one) for one in self.broken], columns=LIMITS.names)
        return LIMITS.frame(rows)


def evaluate(
    model: PlanningModel,
    capacity: str | Path | pd.DataFrame,
    *,
    optimum: bool = True,
    progress: Progress | None = None,
    **options: Any,
) -> Evaluation:
    """Price a layout: the cheapest way to run it that keeps what it can of targets and limits.

    `capacity` has the columns site, kind, compute_eflops (what stands in the year) or
    added_eflops, and perhaps year and facility; what it does not name is not added to. In this
    order: limits give way as little as they must (space and land of a site, once short, as far
    as the cheapest plan uses them); demand is served as far as it pays; targets that
    are then out of reach are measured only, the others stay conditions; cost is least. So the
    capacity of an optimal plan is priced at its cost. Raises FileProblem, InputError with every
    problem, VerificationFailed, and NoWayToRun where nothing that it may break lets it stand.
    """
    layout = read_layout(model, capacity)
    settings = solver_settings(model, None, **options)
    clock = Clock(progress)
    pricing = _Pricing(model, layout, settings, clock)
    solved = pricing.answer()
    question = _titled(pricing.settled(solved))
    plan = planned(question, settings, solved, clock, counterfactual=False, compared=False)
    found = Evaluation(plan, layout, tuple(pricing.broken), unserved_price=pricing.price)
    if plan.has_tables:
        found = replace(found, released=pricing.released(plan), held=_held(plan, layout))
    plan = plan.with_record(evaluation=_note(found))
    best = solve(model, progress=progress, counterfactual=False, **options) if optimum else None
    return replace(found, plan=plan, optimum=best)


class _Pricing:
    """The question as it is loosened step by step until the layout has an answer."""

    def __init__(
        self, model: PlanningModel, layout: OwnLayout, settings: Settings, clock: Clock
    ) -> None:
        self.first = self.model = model
        self.layout, self.settings, self.clock = layout, settings, clock
        self.broken: list[Broken] = []
        self.given_up: set[str] = set()
        self.nearest: dict[tuple[str, int], float | None] = {}
        self.price: float | None = None

    def answer(self) -> Solved:
        """The cheapest plan with the layout; infeasible only where the answer says why."""
        solved = self._solved(self.model)
        if _none(solved):
            self._raise_limits()
            if self.broken or self.model is not self.first:
                solved = self._solved(self.model)
        if _none(solved):
            solved = self._without_targets()
        return solved

    def _solved(
        self, model: PlanningModel, objective: list[Any] | None = None, change: Change | None = None
    ) -> Solved:
        formulation: Formulation = self.clock.stage("build", lambda: build(model, forced=True))
        hold(formulation, self.layout)
        if change is not None:
            change(formulation)
        aims = list(model.settings.objective) if objective is None else objective
        return answered(formulation, aims, self.settings, self.clock)

    def _raise_limits(self) -> None:
        question = _tolerant(_untargeted(self.model))
        try:
            found = self.clock.stage(
                "limits", lambda: raised(self.model, question, self.layout, self.settings)
            )
        except CannotStand as short:
            raise InputError([_problem(row, missing) for row, missing in short.rows]) from short
        if found is None:
            raise NoWayToRun("evaluate.error.none")
        self.model, self.broken = found

    def _without_targets(self) -> Solved:
        """Serve what pays, then keep the targets that can still be kept."""
        unpriced = np.isnan(unserved_prices(self.model)).any()
        self.price = PRICE if unpriced else None
        question = _tolerant(self.model)
        free = self._solved(_untargeted(question))
        if free.outcome.x is None:
            if _none(free):
                raise NoWayToRun("evaluate.error.none")
            return free
        hard = [target.id for target in question.settings.targets if target.mode == "hard"]
        if not hard:
            self.model = _untargeted(question) if _none(free) else question
            return self._solved(self.model)
        short = self._shortfalls(question, in_use(free.formulation).value())
        for least in (SURELY_MISSED, MISSED, -1.0):
            self.given_up = {name for name in hard if short.get(name, 0.0) > least}
            self.model = _reported(question, self.given_up)
            solved = self._solved(self.model)
            if not _none(solved):
                return solved
        raise NoWayToRun("evaluate.error.none")

    def _shortfalls(self, question: PlanningModel, served: float) -> dict[str, float]:
        """Hard target → how far it is missed at least, as a share, with as much served."""
        modes = {"hard": "soft", "soft": "report", "report": "report"}
        targets = [
            target.model_copy(update={"mode": modes[target.mode]})
            for target in question.settings.targets
        ]
        asked = _with(question, targets=targets)
        limit = -served + SERVED * max(1.0, abs(served))

        def keep(formulation: Formulation) -> None:
            used = in_use(formulation).times(-1.0)
            formulation.keep_linear("keep_served", used, limit, "as much is served")

        solved = self._solved(asked, ["goals", "cost"], keep)
        if solved.outcome.x is None:
            return {}
        for reading in readings(tables_of(solved.formulation), asked):
            self.nearest[reading.target.id, reading.year] = reading.achieved
        found: dict[str, float] = {}
        for goal in solved.notes.get("goals", []):
            for one in goal["targets"]:
                share = one["shortfall"] / one["scale"]
                found[one["id"]] = max(found.get(one["id"], 0.0), share)
        return found

    def settled(self, solved: Solved) -> PlanningModel:
        """The question of the plan: limits of sites as far as the plan uses them, no further."""
        if solved.outcome.x is None:
            return self.model
        used = _used(solved.formulation)
        for limit in ROOM:
            values = {}
            table = self.first["sites"]
            for site, stated in zip(table["site"], table[limit].to_numpy(float), strict=True):
                needed, year = used[limit].get(site, (0.0, 0))
                values[site] = stated
                own = self.model["sites"].set_index("site")[limit]
                if needed > stated * (1 + MISSED) + MISSED and own[site] != stated:
                    values[site] = needed
                    one = Broken(limit, "site", site, year, stated, needed, UNITS[limit])
                    self.broken.append(one)
            self.model = with_limits(self.model, limit, values)
        return self.model

    def released(self, plan: Plan) -> pd.DataFrame:
        """The targets that were given up: required, nearest in reach, and in the plan."""
        rows = [
            {
                "target": reading.target.id,
                "year": reading.year,
                "required": float(reading.target.value),
                "nearest": self.nearest.get((reading.target.id, reading.year)),
                "achieved": reading.achieved,
            }
            for reading in readings(plan.tables, plan.model)
            if reading.target.id in self.given_up and reading.status == FAIL
        ]
        return RELEASED.frame(pd.DataFrame(rows, columns=RELEASED.names))


def _titled(model: PlanningModel) -> PlanningModel:
    """The model under a title that says whose layout it is: it is no optimum of the model."""
    own = model.settings.title
    words = {
        lang: text("evaluate.title", lang, title=own.in_language(lang) or model.name)
        for lang in LANGUAGES
    }
    return _with(model, title=own.model_copy(update=words))


def _none(solved: Solved) -> bool:
    return solved.outcome.status == "infeasible"


def _problem(row: Any, missing: float) -> Any:
    values = {"found": f"{row.eflops:.10g}", "missing": f"{missing:.6g}"}
    return row.problem("layout_cannot_stand", "compute_eflops", **values)


def _with(model: PlanningModel, **changes: Any) -> PlanningModel:
    return replace(model, settings=model.settings.model_copy(update=changes))


def _reported(model: PlanningModel, names: set[str]) -> PlanningModel:
    """The model with some targets measured only."""
    targets = [
        target.model_copy(update={"mode": "report"}) if target.id in names else target
        for target in model.settings.targets
    ]
    return _with(model, targets=targets)


def _untargeted(model: PlanningModel) -> PlanningModel:
    return _reported(model, {target.id for target in model.settings.targets})


def _tolerant(model: PlanningModel) -> PlanningModel:
    """The model with a price where demand, or its cover, could not stay without."""
    own, cover = model.settings.economy, model.settings.resilience
    if own.unserved_penalty_mcny_per_eflops is None:
        own = own.model_copy(update={"unserved_penalty_mcny_per_eflops": PRICE})
    if cover.uncovered_penalty_mcny_per_eflops is None:
        cover = cover.model_copy(update={"uncovered_penalty_mcny_per_eflops": PRICE})
    return _with(model, economy=own, resilience=cover)


def _used(formulation: Formulation) -> dict[str, dict[str, tuple[float, int]]]:
    """Limit of `ROOM` → site → the most that a year of the plan uses, and that year."""
    found: dict[str, dict[str, tuple[float, int]]] = {limit: {} for limit in ROOM}
    for year in formulation.years:
        v, units = year.variables, year.case.units
        space = _by_site(year.case, standing_mw(v), units.site)
        need = np.nan_to_num(year.case.facility_values("land_ha_per_mw"))[units.facility]
        land = _by_site(year.case, new_space_mw(v) * need, units.site)
        for limit, values in zip(ROOM, (space, land), strict=True):
            for site, value in zip(year.case.sites, values.tolist(), strict=True):
                if value > found[limit].get(site, (0.0, 0))[0]:
                    found[limit][site] = (value, year.year)
    return found


def _by_site(case: Any, values: Any, site: Any) -> Any:
    return np.bincount(site, values, len(case.sites))


def _held(plan: Plan, layout: OwnLayout) -> pd.DataFrame:
    """Every row of the layout as it stands: compute as asked, racks, space and what is spare."""
    capacity = plan.tables["capacity"]
    rows = []
    for row in layout.rows:
        mask = (capacity["site"] == row.site) & (capacity["kind"] == row.kind)
        mask &= capacity["year"] == row.year
        if row.facility:
            mask &= capacity["facility"] == row.facility
        own = capacity[mask]
        space, racks = float(own["facility_it_mw"].sum()), float(own["it_mw"].sum())
        rows.append(
            {
                "site": row.site,
                "kind": row.kind,
                "facility": row.facility,
                "year": row.year,
                "asked_eflops": row.eflops,
                "basis": "added" if row.added else "standing",
                "compute_eflops": float(own["compute_eflops"].sum()),
                "it_mw": racks,
                "space_mw": space,
                "spare_mw": space - racks,
            }
        )
    return HELD.frame(pd.DataFrame(rows, columns=HELD.names))


def _note(found: Evaluation) -> dict[str, Any]:
    """What plan.json says of the layout."""
    return {
        "file": found.layout.file,
        "rows": len(found.layout.rows),
        "broken_limits": [asdict(one) for one in found.broken],
        "released_targets": found.released.to_dict("records"),
        "unserved_price_mcny_per_eflops": found.unserved_price,
    }
