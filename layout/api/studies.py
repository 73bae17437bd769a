"""Questions beyond one plan, each as a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.api.asking import model_of, plan_of

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.study.alternatives.alternatives import Alternatives
    from layout.study.alternatives.tradeoff import TradeOff
    from layout.study.comparing.comparing import Comparison
    from layout.study.comparing.evaluating import Evaluation
    from layout.study.folder import Study
    from layout.study.growth.growth_study import Growth
    from layout.study.index.index import ComputeIndex
    from layout.study.runs.sweep import Sweep
    from layout.study.suitability.suitability import Suitability
    from layout.study.uncertainty.scenarios import Scenario
    from layout.study.weighing.weights import Weight


def evaluate(
    model: str | Path | PlanningModel,
    capacity: str | Path | pd.DataFrame,
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    optimum: bool = True,
    **options: Any,
) -> Evaluation:
    """Price a layout of one's own and test it beside the optimum.

    How is said in `layout.study.comparing.evaluating`.

    `capacity` is a file or a frame with site, kind and compute_eflops or added_eflops, and perhaps
    year and facility; the answer holds a verified plan, the limits that the layout breaks and the
    targets that it cannot reach. `options` go to the solver.
    """
    from layout.study.comparing.evaluating import evaluate as run

    return run(model_of(model, sets, scenarios), capacity, optimum=optimum, **options)


def compare(
    plans: Sequence[Plan | PlanningModel | str | Path], *, solve: bool = False
) -> Comparison:
    """Compare plans, plan folders or models with the first of them.

    The answer has the tables inputs, decisions, kpis, targets and costs. A model alone has inputs
    only, unless `solve` asks for its plan.
    """
    from layout.study.comparing.comparing import compare as run

    return run(plans, solve=solve)


def growth(
    *, variant: str = "consistent", plan: Plan | str | Path | None = None, **options: Any
) -> Growth:
    """The growth model of the source documents, with a plan's investment by province.

    `variant` is consistent or as_printed; `options`: saving (steady or optimal), start_tau,
    investment, priced, index_points, edition, and the parameters alpha, beta, eta, sigma, rho,
    delta, tau, productivity, knowledge, elasticity, base_tau. What is not given is an example value
    without a source.
    """
    from layout.study.growth.growth_study import growth as run

    return run(variant=variant, plan=None if plan is None else plan_of(plan), **options)


def uncertainty(
    model: str | Path = "national-2025",
    *,
    samples: int = 64,
    ranges: str | Path | None = None,
    method: str = "lhs",
    sensitivity: bool = False,
    seed: int = 0,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    output: str | Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    overwrite: bool = False,
    **how: Any,
) -> Study:
    """Solve samples of uncertain inputs: spread, sensitivity, odds of building, regret.

    `ranges` is a table of ranges, by default the one for the national models. `how`: stage (sites,
    space, compute), most (candidates, 0 for no regret), priced (samples in which they are
    operated). Without `output` nothing is kept on disk. Raises InputError and FileProblem.
    """
    from tempfile import TemporaryDirectory

    from layout.study.runs.runner import Options
    from layout.study.runs.store import publish_into
    from layout.study.uncertainty.ranges import read_ranges, shipped
    from layout.study.uncertainty.uncertainty import Asked, uncertainty_study

    table = tuple(read_ranges(shipped() if ranges is None else ranges))
    asked = Asked(table, samples, method, seed, sensitivity, **how)
    options = Options(overwrite=overwrite)
    given: Any = {"sets": sets, "applied": scenarios, "workers": workers, "scheduler": scheduler}
    if output is not None:
        study, _ = uncertainty_study(model, output, asked, options=options, **given)
        return publish_into(study, Path(output))
    with TemporaryDirectory(prefix="layout-") as folder:
        return uncertainty_study(model, folder, asked, options=options, **given)[0]


def two_stage(
    model: str | Path,
    scenarios: str | Path | Sequence[Scenario],
    *,
    sets: Sequence[str] = (),
    stage: str = "compute",
    output: str | Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Study:
    """One first stage for several scenarios at the least expected cost, with EVPI and VSS.

    `scenarios` is a file (scenario, probability, sets) or a list of
    `Scenario` (layout.study.uncertainty.scenarios); `stage` (sites, space, compute) is what is
    decided first; `options` are gap, gap_location, time_limit_s, threads, seed. Raises InputError,
    FileProblem.
    """
    from layout.study.folder import check_study, write_study
    from layout.study.uncertainty.scenarios import checked, read_scenarios
    from layout.study.uncertainty.two_stage_study import two_stage_study

    if output is not None:
        check_study(Path(output), overwrite)
    if isinstance(scenarios, str | Path):
        futures = read_scenarios(scenarios)
    else:
        futures = checked(scenarios)
    study, _, _ = two_stage_study(model, futures, sets=sets, stage=stage, **options)
    return study if output is None else write_study(study, output, overwrite)


def sweep(
    model: str | Path = "national-2025",
    vary: Sequence[str] = (),
    *,
    cases: str | Path | None = None,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    output: str | Path | None = None,
    overwrite: bool = False,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Any = None,
    **options: Any,
) -> Sweep:
    """Solve a model for every combination of some inputs' values, or for the rows of a file.

    `vary` are texts as of ``--vary`` (``economy.discount_rate=0.05,0.07``), `cases` is a CSV file
    of a column per input. Results stand in `output` (``studies/<model>-sweep``); a study that
    was killed goes on there. `workers` are processes of this machine, `scheduler` the address of
    a Dask cluster; `options` are gap, time_limit_s, seed, check. A script that asks for several
    workers needs its ``if __name__ == "__main__":``. Raises InputError with every wrong path and
    value, FileProblem where `output` holds something else.
    """
    from layout.study.runs.runner import Options, Question
    from layout.study.runs.sweep import cases_of, folder_of
    from layout.study.runs.sweep import sweep as run

    question = Question(model, tuple(sets), tuple(scenarios))
    found = cases_of(list(vary), cases)
    folder = folder_of(question) if output is None else Path(output)
    return run(
        question,
        found,
        folder,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
        options=Options(overwrite=overwrite, **options),
    )


def explain(
    plan: Plan | str | Path,
    *,
    site: str | Sequence[str] = (),
    zone: str | Sequence[str] = (),
    target: str | Sequence[str] = (),
    output: str | Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Study:
    """Why a plan looks as it does: its sites, zones and targets in numbers.

    Sites, zones and targets by code or name, one or several; none means the most telling ones.
    The study has a record with ``sites``, ``zones``, ``targets`` and the tables explained_sites,
    explained_zones, explained_targets; it is written to `output` if given. `options` are gap and
    time_limit_s of each question. Raises InputError with every unknown name.
    """
    from layout.study.explaining.explaining import explain as run
    from layout.study.folder import check_study, write_study

    if output is not None:
        check_study(Path(output), overwrite)
    study = run(plan_of(plan), site=site, zone=zone, target=target, **options)
    return study if output is None else write_study(study, output, overwrite)


def settle(
    plan: Plan | str | Path,
    *,
    subsidy: str | None = None,
    output: str | Path | None = None,
    overwrite: bool = False,
) -> Study:
    """Prices of compute in a plan, who pays whom, and payments that leave no province worse off.

    The tables are price_parts, payments, site_surplus, province_balance, compensation, actors,
    hourly_prices (with time slices) and subsidy_rates. `subsidy` names a target for which the
    smallest subsidy to capital is found. Written to `output` if given.
    """
    from layout.study.explaining.settling import settle as run
    from layout.study.folder import check_study, write_study

    if output is not None:
        check_study(Path(output), overwrite)
    study = run(plan_of(plan), subsidy=subsidy)
    return study if output is None else write_study(study, output, overwrite)


def alternatives(
    model: str | Path | PlanningModel | Plan = "national-2025",
    within: float | None = None,
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    **options: Any,
) -> Alternatives:
    """What else costs about the same: different plans, ranges, sites by class, all verified.

    Takes a model, or a plan for its model, with the gaps, seed and threads that the plan was solved
    with unless `options` say otherwise. `within` is a share of the best plan's cost, 0.02
    unless given; `options`: within_location (a share of the cost that siting can change,
    instead), count, time_limit_s, gap, gap_location, threads, seed. Raises InputError for a
    model whose objective is not cost alone.
    """
    from layout.plan import Plan
    from layout.plan.publish import is_plan_folder
    from layout.study.alternatives.alternatives import alternatives as run
    from layout.study.explaining.again import options_of

    if isinstance(model, str | Path) and is_plan_folder(Path(model)):
        model = plan_of(model)
    if isinstance(model, Plan):
        return run(model.model, within, **options_of(model, **options))
    return run(model_of(model, sets, scenarios), within, **options)


def tradeoff(
    model: str | Path | PlanningModel = "national-2025",
    objectives: Sequence[str] = ("cost", "carbon"),
    points: int = 8,
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    **options: Any,
) -> TradeOff:
    """Efficient plans between two of cost, carbon, latency and balance, each verified.

    `points` divides the range of the second objective; `options`: gap, gap_location,
    time_limit_s, threads, seed. Raises ValueError for other objectives or fewer than two points.
    """
    from layout.study.alternatives.tradeoff import tradeoff as run

    return run(model_of(model, sets, scenarios), objectives, points, **options)


def suitability(
    model: str | Path | PlanningModel | Plan = "national-2025",
    weights: str | Path | Mapping[str, float] | Sequence[Weight] | None = None,
    *,
    sets: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    top: int = 10,
    output: str | Path | None = None,
    lang: str = "zh",
    map: bool = True,
    overwrite: bool = False,
) -> Suitability:
    """Score the sites of a model, or of a plan's model, by weighted criteria; nothing is solved.

    `weights` is a file, a mapping criterion → weight, rows of `Weight`
    (layout.study.weighing.weights), or None for the shipped example. With `output` the study
    folder is written: tables, ranking, a page for every site and, with `map`, the scores on the
    map of the plan or of the base year. Raises InputError for wrong weights, FileProblem where
    `output` is in the way.
    """
    from layout.plan import Plan
    from layout.plan.baseline import base_plan
    from layout.plan.publish import is_plan_folder
    from layout.study.folder import check_study
    from layout.study.suitability.suitability import question_of
    from layout.study.suitability.suitability import suitability as run
    from layout.study.suitability.writing import write_suitability

    if output is not None:
        check_study(Path(output), overwrite)
    plan: Plan | None = None
    if isinstance(model, Plan) or (isinstance(model, str | Path) and is_plan_folder(Path(model))):
        plan = plan_of(model)
    asked: Any = model if plan is None else question_of(plan)
    question = model_of(asked, sets, scenarios)
    found = run(question, weights, top=top)
    if output is not None:
        drawn = plan if plan is not None and plan.has_tables else base_plan(question)
        write_suitability(
            found, output, lang=lang, plan=drawn if map else None, overwrite=overwrite
        )
    return found


def index(
    plan: Plan | str | Path,
    weights: str | Path | Mapping[str, float] | Sequence[Weight] | None = None,
    *,
    year: int | None = None,
    output: str | Path | None = None,
    lang: str = "zh",
    map: bool = True,
    overwrite: bool = False,
) -> ComputeIndex:
    """A composite computing index of every province by weighted indicators, before and after.

    Never the published index. `weights` is a file, a mapping indicator → weight, rows of `Weight`
    (layout.study.weighing.weights), or None for the shipped example; `year` is a period of the
    plan, by default the last. With `output` the study folder is written: tables and, with `map`,
    the index on the plan's map. Raises InputError for wrong weights, FileProblem where `output`
    is in the way.
    """
    from layout.study.folder import check_study
    from layout.study.index.index import index as run
    from layout.study.index.writing import write_index

    if output is not None:
        check_study(Path(output), overwrite)
    found = run(plan_of(plan), weights, year=year)
    if output is not None:
        write_index(found, output, lang=lang, with_map=map, overwrite=overwrite)
    return found
