"""A two-stage plan as a study: its record and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import InputError, Problem
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.solving.optimise import solver_settings
from layout.study.folder import Study
from layout.study.uncertainty.decisions import first_stage
from layout.study.uncertainty.scenarios import Scenario
from layout.study.uncertainty.two_stage import Between, Future, TwoStage, solve_two_stage

if TYPE_CHECKING:
    from pathlib import Path

    from layout.algebra import Compiled
    from layout.formulation import Formulation
    from layout.model import PlanningModel
    from layout.solving.highs import Settings

FUTURES = PlanFile(
    "futures",
    ("scenario",),
    (
        Column("scenario", TEXT),
        Column("probability", NUMBER),
        Column("sets", TEXT, "", True),
        *(Column(name, NUMBER, "mcny") for name in ("cost_mcny", "decided_mcny", "operated_mcny")),
        *(
            Column(name, NUMBER, "mcny", True)
            for name in ("wait_mcny", "wait_bound_mcny", "mean_plan_mcny")
        ),
        Column("unserved_eflops", NUMBER, "EFLOPS"),
        Column("carbon_kt", NUMBER, "kt"),
        Column("checks", INTEGER),
    ),
)
DECIDED = PlanFile(
    "decided",
    ("decision", "item", "year"),
    (
        Column("decision", TEXT),
        Column("site", TEXT),
        Column("item", TEXT),
        Column("year", INTEGER),
        Column("amount", NUMBER),
        Column("unit", TEXT),
    ),
)
FILES = (FUTURES, DECIDED)


def two_stage_study(
    model: str | Path,
    scenarios: Sequence[Scenario],
    *,
    sets: Sequence[str] = (),
    applied: Sequence[str] = (),
    stage: str = "compute",
    **options: Any,
) -> tuple[Study, TwoStage, list[PlanningModel]]:
    """The study of a first stage for several scenarios, with the answer and the models behind it.

    `sets` and `applied` (scenarios of the model) hold in every future; `options` are gap,
    gap_location, time_limit_s, threads, seed. Raises InputError.
    """
    models = _models(model, scenarios, sets, applied)
    settings = solver_settings(models[0], **options)
    found = solve_two_stage(models, scenarios, settings, stage)
    return (
        Study(_record(models[0], scenarios, settings, found), FILES, _tables(found)),
        found,
        models,
    )


def _models(
    model: str | Path,
    scenarios: Sequence[Scenario],
    sets: Sequence[str],
    applied: Sequence[str],
) -> list[PlanningModel]:
    """The model of every scenario; the problems of all of them at once."""
    from layout.model.reading import gather

    base, problems = gather(model, applied)
    if base is None:
        raise InputError(problems)
    found, wrong = [], dict[str, Problem]()
    for one in scenarios:
        made, problems = base.examine([*sets, *one.sets])
        if made is None:
            wrong.update({repr(problem): problem for problem in problems})
        else:
            found.append(made)
    if wrong:
        raise InputError(list(wrong.values()))
    return found


def _record(
    model: PlanningModel, scenarios: Sequence[Scenario], settings: Settings, found: TwoStage
) -> dict[str, Any]:
    from layout.study.runs.manifest import versions

    outcome = found.outcome
    mean = None if found.mean_cost is None else found.mean_cost.cost_mcny
    return {
        "study": "two-stage",
        "model": model.name,
        "title": model.settings.title.model_dump(),
        "status": outcome.status,
        "reason": outcome.reason,
        "stage": found.stage,
        "scenarios": {one.name: one.probability for one in scenarios},
        "expected_mcny": outcome.objective,
        "bound_mcny": _finite(outcome.bound),
        "gap": outcome.gap,
        "evpi": _between(found.evpi),
        "vss": _between(found.vss),
        "mean_plan_expected_mcny": mean,
        "no_mean": found.no_mean,
        "without_plan": list(found.unsolved),
        "unserved_penalty_mcny_per_eflops": found.penalty_mcny,
        "size": found.size,
        "manifest": {
            "inputs": dict(sorted(model.inputs.items())),
            "options": {"gap": settings.gap, "time_limit_s": settings.time_limit_s},
            "seed": settings.seed,
            "versions": versions(),
        },
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _between(one: Between | None) -> dict[str, Any] | None:
    if one is None:
        return None
    figures = {"value_mcny": one.value, "least_mcny": one.least, "most_mcny": one.most}
    return {name: _finite(value) for name, value in figures.items()} | {"proved": one.proved}


def _tables(found: TwoStage) -> dict[str, pd.DataFrame]:
    futures = pd.DataFrame([_row(one) for one in found.futures])
    rows = decision_rows(found)
    return {
        "futures": FUTURES.frame(futures if len(futures) else None),
        "decided": DECIDED.frame(pd.DataFrame(rows) if rows else None),
    }


def _row(one: Future) -> dict[str, Any]:
    wait, mean, record = one.wait, one.mean, one.plan.record
    return {
        "scenario": one.scenario.name,
        "probability": one.scenario.probability,
        "sets": "; ".join(one.scenario.sets),
        "cost_mcny": one.cost_mcny,
        "decided_mcny": one.decided_mcny,
        "operated_mcny": one.cost_mcny - one.decided_mcny,
        "wait_mcny": wait.cost_mcny,
        "wait_bound_mcny": _finite(wait.bound_mcny),
        "mean_plan_mcny": None if mean is None else mean.cost_mcny,
        "unserved_eflops": float(one.plan["unserved"]["unserved_eflops"].sum()),
        "carbon_kt": record["kpis"]["carbon_kt"]["value"],
        "checks": int(record["verification"]["checks"]),
    }


def decision_rows(found: TwoStage) -> list[dict[str, Any]]:
    """What is decided first: what, where, how much, in which year."""
    rows: dict[str, dict[str, Any]] = {}
    for formulation, compiled in found.statements:
        columns = first_stage(compiled, found.stage)
        for row in _labelled(formulation, compiled, columns, found):
            rows.setdefault(row.pop("name"), row)
    return [rows[name] for name in sorted(rows)]


def _labelled(
    formulation: Formulation, compiled: Compiled, columns: dict[str, int], found: TwoStage
) -> list[dict[str, Any]]:
    case = formulation.case
    units = dict(zip(case.units.labels, np.array(case.sites)[case.units.site], strict=True))
    rows = []
    for block in compiled.column_blocks:
        index = getattr(block.component, "index", None)
        if index is None:
            continue
        labels = [index[name] for name in index.names]
        for at, name in enumerate(block.names()):
            amount = found.decisions.values.get(name) if name in columns else None
            if not amount:
                continue
            of = dict(zip(index.names, (label[at] for label in labels), strict=True))
            unit = of.get("unit", of.get("block"))
            rows.append(
                {
                    "name": name,
                    "decision": block.component.local_name,
                    "site": str(of["site"] if unit is None else units.get(str(unit), unit)),
                    "item": " ".join(str(v) for key, v in of.items() if key not in ("year",)),
                    "year": int(of["year"]),
                    "amount": amount,
                    "unit": str(block.component.unit or ""),
                }
            )
    return rows
