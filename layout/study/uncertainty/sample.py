"""The samples of a study: their answers in figures, and what given decisions cost in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from layout.solving.live import Live
from layout.solving.optimise import Clock, solver_settings
from layout.solving.statement import state
from layout.study.runs.solving import INTERRUPTED, THREADS, Answers, Job
from layout.study.uncertainty.decisions import Decisions, decided, price

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel
    from layout.study.runs.runner import Results

Sets = Sequence[str]
Prices = dict[str, dict[str, Any]]

ADDED_MW = 1e-3
"""MW of IT above which a site counts as added to."""
KPI, TARGET, MET = "kpi_", "target_", "met_"


def answers_of(results: Results, model: PlanningModel) -> list[dict[str, Any]]:
    """What `layout.study.runs.runner` stored, a mapping for every case in order.

    Keys: status, cost_mcny, bound_mcny, gap, carbon_kt, verified; kpis (name → value), targets
    ((id, year) → achieved and met) and sites (site → added_it_mw, opened), which are missing where
    there is no plan.
    """
    sites = sites_of(results.decisions, model)
    found = []
    rows: Any = results.table.to_dict("records")
    for row in rows:
        cost = _number(row.get("objective_mcny"))
        one: dict[str, Any] = {
            "status": str(row["status"]),
            "cost_mcny": cost,
            "bound_mcny": _number(row.get("bound_mcny")),
            "gap": _number(row.get("gap")),
            "carbon_kt": _number(row.get("carbon_kt")),
        }
        if cost is not None:
            one["verified"] = bool(row.get("verified"))
            one["kpis"] = _starting(row, KPI)
            one["targets"] = targets_of(row, model)
            one["sites"] = sites.get(int(row["case"]), {})
        found.append(one)
    return found


def _starting(row: Mapping[str, Any], prefix: str) -> dict[str, float | None]:
    """The cells of the columns that begin with a prefix, by the rest of their names."""
    return {
        name.removeprefix(prefix): _number(value)
        for name, value in row.items()
        if str(name).startswith(prefix)
    }


def targets_of(
    row: Mapping[str, Any], model: PlanningModel
) -> dict[tuple[str, int], tuple[float | None, bool]]:
    """(Target, year) → what it reaches and whether it is met; without those that have no value."""
    found = {}
    for target in model.settings.targets:
        for year in [target.year] if target.year else model.settings.periods:
            for name in (f"{target.id}_{year}", target.id):
                met = _number(row.get(MET + name))
                if met is not None:
                    found[target.id, int(year)] = (_number(row.get(TARGET + name)), met > 0)
                    break
    return found


def sites_of(
    decisions: pd.DataFrame, model: PlanningModel
) -> dict[int, dict[str, dict[str, float]]]:
    """Case → site → MW of IT added over all periods, and whether the site is opened anew."""
    rated = model["kinds"].set_index("kind")["it_mw_per_eflops"]
    stocked = set(model["stock"]["site"].astype(str))
    stands = decisions["compute_eflops"].astype(float)
    own = decisions["it_mw"].astype(float) / stands.where(stands > 0)  # as the case has it
    mw = decisions["added_eflops"].astype(float) * own.fillna(
        decisions["kind"].map(rated).astype(float)
    )
    sums = mw.groupby([decisions["case"].astype(int), decisions["site"].astype(str)]).sum()
    found: dict[int, dict[str, dict[str, float]]] = {}
    keys: Any = sums.index
    for (case, site), value in zip(keys, sums.to_numpy(dtype=float).tolist(), strict=True):
        of = found.setdefault(case, {})
        if value > ADDED_MW:
            opened = 0.0 if site in stocked else 1.0
            of[site] = {"added_it_mw": value, "opened": opened}
    return found


def _number(value: Any) -> float | None:
    if value is None or value != value:
        return None
    return float(value)


# --- decisions ------------------------------------------------------------------------------------


def taken(job: Job, sets: Sets, stage: str) -> Decisions | None:
    """The decisions of the plan of a case, found as the study found it; None without a plan."""
    answers = Answers(job)
    model = job.base.model((*job.sets, *sets))
    reply = answers.solver.begin(job.start).update(model=model).solve()
    if reply.reason == INTERRUPTED:
        raise KeyboardInterrupt
    if reply.outcome.x is None:
        return None
    solved = reply._solved(Clock(None))
    x = solved.outcome.x
    return None if x is None else decided(solved.compiled, x, stage)


def priced(job: Job, sets: Sets, candidates: Mapping[str, Decisions]) -> Prices:
    """Candidate → status, cost, bound (mcny) and unserved demand of its decisions in a sample."""
    model = job.base.model((*job.sets, *sets))
    settings = solver_settings(model, threads=THREADS, **job.limits)
    statement, live, found = state(model, settings), Live(settings), {}
    for name, decisions in candidates.items():
        one = price(statement, decisions, settings, live)
        found[name] = {
            "status": one.status,
            "cost_mcny": one.cost_mcny,
            "bound_mcny": one.bound_mcny,
            "unserved_eflops": one.unserved_eflops,
        }
    return found


def priced_each(
    job: Job,
    samples: Sequence[Sets],
    candidates: Mapping[str, Decisions],
    workers: int = 1,
) -> list[Prices]:
    """`priced` for every sample, in their order, here or in as many processes of this machine."""
    if workers <= 1 or len(samples) < 2:
        return [priced(job, sets, candidates) for sets in samples]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_begin, initargs=(job, dict(candidates))
    ) as pool:
        return list(pool.map(_priced_there, samples))


_THERE: dict[str, Any] = {}


def _begin(job: Job, candidates: dict[str, Decisions]) -> None:
    """What a process of its own has to know."""
    _THERE.update(job=job, candidates=candidates)


def _priced_there(sets: Sets) -> Prices:
    return priced(_THERE["job"], sets, _THERE["candidates"])
