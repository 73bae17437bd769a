"""What uncertain inputs make of a plan: spread, sensitivity, odds of building, and regret.

Samples of the ranges are solved one by one. The different decisions among them, and those of the
base plan, are candidates: each is operated in every sample with its capacity held (77).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.solving.solver import resolvable
from layout.study.folder import Study
from layout.study.runs.cases import Case
from layout.study.runs.runner import Options, Progress, Question, run_cases
from layout.study.runs.solving import Job, base_of
from layout.study.uncertainty.candidates import Candidates, candidates, names_of
from layout.study.uncertainty.decisions import with_recourse
from layout.study.uncertainty.regret import Regrets, regrets
from layout.study.uncertainty.sample import Prices, answers_of, priced_each, taken
from layout.study.uncertainty.sampling import Design, sampled
from layout.study.uncertainty.sensitivity import CONFIDENCE
from layout.study.uncertainty.uncertainty_tables import (
    COST,
    FILES,
    SHORT_EFLOPS,
    added_of,
    building_table,
    candidates_table,
    inputs_table,
    odds_table,
    opened_of,
    outputs_of,
    regret_table,
    samples_table,
    sensitivity_table,
    site_names,
    spread_table,
)

if TYPE_CHECKING:
    from pathlib import Path

    from layout.model import PlanningModel
    from layout.study.uncertainty.ranges import Range

Floats = NDArray[np.float64]
Answer = Mapping[str, Any]

COMMAND = "uncertainty"
MOST_CANDIDATES = 8
PENALTY = "economy.unserved_penalty_mcny_per_eflops"


@dataclass(frozen=True)
class Asked:
    """What is asked: samples of ranges, and how candidates are held in them.

    `stage` is what a candidate has decided (see `decisions`), `most` how many candidates there are
    at most (0: no regret), `priced` in how many samples, the first ones, they are
    operated (None: in all). With `saltelli` there are count·(inputs + 2) samples.
    """

    ranges: tuple[Range, ...]
    count: int
    method: str = "lhs"
    seed: int = 0
    saltelli: bool = False
    stage: str = "compute"
    most: int = MOST_CANDIDATES
    priced: int | None = None

    def design(self) -> Design:
        """The samples."""
        return sampled(
            self.ranges, self.count, method=self.method, seed=self.seed, saltelli=self.saltelli
        )


@dataclass(frozen=True)
class Found:
    """Everything that the tables are made from: `answers[k]` is that of sample k + 1.

    `base` is the answer without any range, `units` those of key figures.
    """

    model: PlanningModel
    asked: Asked
    design: Design
    answers: Sequence[Answer]
    base: Answer
    penalty_mcny: float | None
    units: Mapping[str, str] = field(default_factory=dict)


Pricing = Callable[[Mapping[str, int], Sequence[int]], list[Prices]]
"""Candidate → its sample (0: the base), and sample numbers → prices sample by sample."""


def uncertainty_study(
    model: str | Path,
    folder: str | Path,
    asked: Asked,
    *,
    sets: Sequence[str] = (),
    applied: Sequence[str] = (),
    workers: int = 1,
    scheduler: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> tuple[Study, PlanningModel]:
    """Run the samples in `folder` (see `layout.study.runs.runner.run_cases`) and read them.

    `sets` and `applied` (scenarios of the model) hold in every sample. Raises what `run_cases`
    raises.
    """
    options = options or Options()
    base = base_of(model, sets, applied)
    whole, penalty = with_recourse(base.model(sets))
    texts = (*sets, *([] if penalty is None else [f"{PENALTY}={penalty:g}"]))
    design = asked.design()
    cases = [
        Case(number, one, tuple(values.items()))
        for number, (one, values) in enumerate(zip(design.sets, design.texts, strict=True), 1)
    ]
    cases.append(Case(len(cases) + 1, ()))
    question = Question(model, texts, tuple(applied))
    results = run_cases(
        folder, question, cases, workers=workers, scheduler=scheduler, progress=progress,
        options=options, study=COMMAND,
    )  # fmt: skip
    answers = answers_of(results, whole)
    found = Found(whole, asked, design, answers[:-1], answers[-1], penalty, units_of(whole))

    def pricing(candidates: Mapping[str, int], samples: Sequence[int]) -> list[Prices]:
        job = Job(base, texts, options.limits, options.check).started()
        held = {}
        for name, number in candidates.items():
            one = taken(job, () if number == 0 else design.sets[number - 1], asked.stage)
            if one is not None:
                held[name] = one
        of = [design.sets[number - 1] for number in samples]
        return priced_each(job, of, held, workers)

    return study_of(found, pricing if regrettable(whole) else None), whole


def regrettable(model: PlanningModel) -> bool:
    """Whether plans can be held: cost alone is minimised, no target is on concentration."""
    curved = [
        one for one in model.settings.targets if one.measure == "hhi" and one.mode != "report"
    ]
    return resolvable(model) and not curved


def study_of(found: Found, pricing: Pricing | None) -> Study:
    """The study that answers make; without `pricing` nothing is said of regret.

    Without any plan it has the status ``no_solution``.
    """
    model, design, drawn = found.model, found.design, list(found.answers)
    sites, asked = site_names(model), found.asked
    outputs, added = outputs_of(drawn, found.units), added_of(drawn, sites)
    regret: dict[str, Any] | None = None
    tables: dict[str, Any] = {}
    stands: dict[int, str] = {}
    if pricing is not None and asked.most > 0 and found.base.get(COST) is not None:
        regret, tables, stands = _regret(found, sites, pricing)
    tables = {
        "samples": samples_table(drawn, stands),
        "sample_inputs": inputs_table(design, asked.ranges),
        "spread": spread_table(outputs),
        "sensitivity": sensitivity_table(design, outputs, added, sites, asked.seed),
        "building": building_table(added, opened_of(drawn, sites), sites),
        "target_odds": odds_table(drawn),
        **tables,
    }
    return Study(_record(found) | {"regret": regret}, FILES, tables)


def _regret(
    found: Found, sites: Sequence[str], pricing: Pricing
) -> tuple[dict[str, Any], dict[str, Any], dict[int, str]]:
    """What is said of regret in ``study.json``, its two tables, and who stands for each sample."""
    asked = found.asked
    plans = [found.base, *found.answers]
    numbers = [number for number, one in enumerate(plans) if one.get(COST) is not None]
    decided = np.hstack(
        [of([plans[number] for number in numbers], sites) for of in (added_of, opened_of)]
    )
    chosen = candidates(decided, asked.most)
    names = names_of([numbers[row] for row in chosen.chosen])
    stands = {number: names[chosen.of[row]] for row, number in enumerate(numbers)}
    samples = [number for number in numbers if number > 0][: asked.priced]
    prices = pricing(
        {name: numbers[row] for name, row in zip(names, chosen.chosen, strict=True)}, samples
    )
    keys = ("cost_mcny", "bound_mcny", "unserved_eflops")
    cost, bound, unserved = (_matrix(names, prices, key) for key in keys)
    status = [[str(one.get(name, NOTHING)["status"]) for one in prices] for name in names]
    unknown = np.isnan(cost) & np.isnan(bound) & (np.array(status) != "infeasible")
    bound[unknown] = -np.inf  # a limit ended it without a plan: nothing is proved
    own = np.array([float(plans[number][COST]) for number in samples])
    own_bound = np.array([_bound(plans[number]) for number in samples])
    result = regrets(cost, bound, own, own_bound)
    tables = {
        "candidates": candidates_table(names, chosen, result, cost, unserved),
        "regret": regret_table(names, samples, status, cost, unserved, result),
    }
    said = _choices(result, names, chosen, samples)
    said["short_of_demand"] = int((np.nan_to_num(unserved) > SHORT_EFLOPS).sum())
    said["operations"] = int(np.isfinite(cost).sum())
    return said, tables, stands


NOTHING: Answer = {
    "status": "no_solution",
    "cost_mcny": None,
    "bound_mcny": None,
    "unserved_eflops": None,
}


def _matrix(names: Sequence[str], prices: Sequence[Prices], key: str) -> Floats:
    """Candidate × sample, NaN where there is none."""
    found = np.full((len(names), len(prices)), np.nan)
    for column, one in enumerate(prices):
        for row, name in enumerate(names):
            value = one.get(name, NOTHING)[key]
            if value is not None:
                found[row, column] = value
    return found


def _bound(answer: Answer) -> float:
    bound = answer["bound_mcny"]
    return -np.inf if bound is None else float(bound)


def _choices(
    found: Regrets, names: Sequence[str], chosen: Candidates, samples: Sequence[int]
) -> dict[str, Any]:
    """The choice of least worst regret and that of least expected regret, with what is proved."""
    record: dict[str, Any] = {
        "samples": len(samples),
        "candidates": list(names),
        "distinct_decisions": chosen.distinct,
    }
    for key, spread in (("min_max", found.worst), ("min_expected", found.mean)):
        best = spread.best()
        record[key] = None
        if best is not None:
            record[key] = {
                "candidate": names[best],
                "regret_mcny": float(spread.value[best]),
                "least_mcny": _finite(spread.least[best]),
                "most_mcny": _finite(spread.most[best]),
                "proved": spread.proved(best),
            }
    return record


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _record(found: Found) -> dict[str, Any]:
    from layout.study.runs.manifest import versions

    drawn, asked = found.answers, found.asked
    solved = sum(one.get(COST) is not None for one in drawn)
    statuses = sorted({str(one["status"]) for one in drawn})
    return {
        "study": COMMAND,
        "model": found.model.name,
        "title": found.model.settings.title.model_dump(),
        "status": "done" if solved else "no_solution",
        "method": "saltelli" if asked.saltelli else asked.method,
        "seed": asked.seed,
        "samples": len(drawn),
        "solved": solved,
        "statuses": {name: sum(one["status"] == name for one in drawn) for name in statuses},
        "base": {name: found.base.get(name) for name in ("status", COST, "bound_mcny")},
        "inputs": list(found.design.inputs),
        "stage": asked.stage,
        "estimator": "saltelli" if asked.saltelli else "correlation_ratio",
        "interval": CONFIDENCE,
        "unserved_penalty_mcny_per_eflops": found.penalty_mcny,
        "manifest": {"inputs": dict(sorted(found.model.inputs.items())), "versions": versions()},
    }


def units_of(model: PlanningModel) -> dict[str, str]:
    """Key figure → its unit, from a plan without anything in it."""
    from layout.plan.files import empty_tables
    from layout.plan.kpis import kpis

    return {name: figure["unit"] for name, figure in kpis(empty_tables(), model).items()}
