"""From a planning model to a verified plan."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout import __version__
from layout.algebra import Compiled, compile_model
from layout.errors import LayoutError, VerificationFailed
from layout.formulation import Formulation, build
from layout.formulation.linear import Linear
from layout.formulation.space import ceiling_mw
from layout.plan import Plan, new_plan
from layout.plan.kpis import kpis
from layout.solving import extract
from layout.solving.alike import interchangeable
from layout.solving.events import Event, Progress, location_gap, relative_gap
from layout.solving.highs import Invariant, Outcome, Settings, fixed_lp, run
from layout.solving.limits import binding_limits
from layout.solving.targets import target_records, targets_table

if TYPE_CHECKING:
    import pandas as pd

    from layout.checking import Verification
    from layout.model import PlanningModel

LIBRARIES = ("pyomo", "highspy", "numpy", "scipy", "pandas")


@dataclass
class Clock:
    """Seconds of every stage; tells `progress` when one begins."""

    progress: Progress | None
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def stage(self, name: str, work: Callable[[], Any]) -> Any:
        """Run `work` as the stage `name`."""
        begun = time.perf_counter()
        if self.progress is not None:
            self.progress(Event(name, begun - self.started))
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun
        return result

    def total(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self.started


@dataclass(frozen=True)
class Solved:
    """A formulation with its compiled matrix, what HiGHS proved, and the sum it minimised."""

    formulation: Formulation
    compiled: Compiled
    outcome: Outcome


def solver_settings(model: PlanningModel, log_file: str | None = None, **given: Any) -> Settings:
    """The model's solver settings with those given (not None) in their place."""
    own = model.settings.solver
    names = ("gap", "gap_location", "time_limit_s", "threads", "seed")
    chosen = {name: given.get(name) for name in names}
    chosen = {
        name: getattr(own, name) if value is None else value for name, value in chosen.items()
    }
    return Settings(**chosen, log_file=log_file)


def coefficients(compiled: Compiled, linear: Linear) -> Invariant:
    """A linear expression over the compiled columns."""
    values = np.zeros(len(compiled.cost))
    for var, _, at, by in linear.terms:
        np.add.at(values, compiled.columns_of(var)[at], by)
    return Invariant(values, float(linear.constants.sum()))


def optimise(
    model: PlanningModel, settings: Settings, clock: Clock, *, watch: bool = True
) -> Solved:
    """Build, compile and minimise; then read values and duals of the LP with fixed integers."""
    formulation = clock.stage("build", lambda: build(model))
    compiled = clock.stage("compile", lambda: compile_model(formulation.pyomo))
    first = model.settings.objective[0]
    invariant = formulation.invariant() if first == "cost" else Linear()
    progress = clock.progress if watch else None

    def minimise() -> Outcome:
        form = coefficients(compiled, invariant)
        return run(compiled, settings, form, clock.started, progress)

    outcome = clock.stage("solve", minimise)
    if outcome.x is not None:
        tidy = coefficients(compiled, tidiness(formulation)).coefficients
        outcome = clock.stage("polish", lambda: polish(compiled, settings, outcome, invariant, tidy))
        x = extract.clean(outcome.x, compiled.integrality)
        compiled.load_values(x)
        if outcome.row_dual is not None:
            compiled.load_duals(outcome.row_dual, outcome.column_dual)
    return Solved(formulation, compiled, outcome)


def tidiness(formulation: Formulation) -> Linear:
    """What a plan should have no more of than it needs: new compute, space, certificates."""
    v = formulation.variables
    tidy = Linear()
    for var in (v.fill, v.install, v.space, v.certificate, v.renewable, v.retire):
        every = np.arange(len(var.index))
        tidy.add(var, np.zeros(len(every), dtype=int), every)
    return tidy


def polish(
    compiled: Compiled,
    settings: Settings,
    outcome: Outcome,
    invariant: Linear,
    tidy: NDArray[np.float64],
) -> Outcome:
    """The best flows and energy for the chosen integers, with prices; the proof stays."""
    fixed = fixed_lp(compiled, settings, outcome.x, tidy)
    if fixed.x is None or fixed.objective is None:
        return outcome
    objective, bound = fixed.objective, outcome.bound
    if bound is None:
        gap = gap_location = None
    else:
        bound = min(bound, objective)
        constant = coefficients(compiled, invariant).at(fixed.x)
        gap = relative_gap(objective, bound)
        gap_location = location_gap(objective, bound, constant)
    proved = (
        gap is not None
        and gap_location is not None
        and gap <= settings.gap
        and gap_location <= settings.gap_location
    )
    return Outcome(
        status="optimal" if proved else "feasible",
        reason=outcome.reason,
        x=fixed.x,
        objective=objective,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
        row_dual=fixed.row_dual,
        column_dual=fixed.column_dual,
    )


def tables_of(solved: Solved) -> dict[str, pd.DataFrame]:
    """All tables of the plan but the targets."""
    formulation = solved.formulation
    variables = formulation.variables
    units = extract.units_table(variables)
    return {
        "units": units,
        "capacity": extract.capacity_table(units),
        "service": extract.service_table(variables),
        "energy": extract.energy_table(variables, units),
        "cost": extract.cost_table(formulation),
        "prices": extract.price_table(formulation),
        "unserved": extract.unserved_table(variables),
    }


def solve(
    model: PlanningModel,
    *,
    progress: Progress | None = None,
    log_file: str | None = None,
    counterfactual: bool = True,
    check: bool = True,
    read_s: float = 0.0,
    **options: Any,
) -> Plan:
    """Solve a planning model and verify the plan.

    Options `gap`, `gap_location`, `time_limit_s`, `threads`, `seed` override the model's solver
    settings. With `counterfactual` the same question is solved with nothing moving between
    regions, so that the plan can say what moving saves. Raises VerificationFailed when the
    independent check finds a plan wrong, LayoutError when the solver fails.
    """
    clock = Clock(progress)
    clock.seconds["read"] = read_s
    settings = solver_settings(model, log_file, **options)
    solved = _lexicographic(model, settings, clock)
    outcome = solved.outcome
    record = _record(model, settings, solved)
    if outcome.x is None:
        record["seconds"] = {**clock.seconds, "total": clock.total() + read_s}
        record["peak_memory_mb"] = peak_memory_mb()
        return _without_tables(record, model, solved, settings)
    tables = clock.stage("extract", lambda: tables_of(solved))
    _refuse_ceiling(solved)
    targets = target_records(model, tables, solved.formulation)
    tables["targets"] = targets_table(targets)
    record.update(_answer(solved, tables, targets, model))
    if counterfactual and model.settings.mode == "cross" and len(model["sites"]["region"].unique()) > 1:
        record["counterfactual"] = clock.stage(
            "counterfactual", lambda: nothing_moves(model, settings, clock, solved)
        )
    plan = new_plan(record, model, tables)
    return _verified(plan, clock, check, read_s)


def _without_tables(
    record: dict[str, Any], model: PlanningModel, solved: Solved, settings: Settings
) -> Plan:
    """A plan that holds no layout: infeasible with its explanation, or a limit without one."""
    plan = new_plan(record, model)
    if solved.outcome.status != "infeasible":
        return plan
    from layout.solving.explanation import explain

    return replace(plan, explanation=explain(solved.formulation, solved.compiled, settings))


def _lexicographic(model: PlanningModel, settings: Settings, clock: Clock) -> Solved:
    """Minimise the objectives in order, each kept within its gap while the next is minimised."""
    solved = optimise(model, settings, clock)
    names = model.settings.objective
    if len(names) == 1 or solved.outcome.status != "optimal":
        return solved
    from layout.solving.lexicographic import second_objective

    return clock.stage("solve", lambda: second_objective(model, settings, clock, solved))


def _verified(plan: Plan, clock: Clock, check: bool, read_s: float) -> Plan:
    verification = clock.stage("verify", lambda: _check(plan)) if check else None
    seconds = {**clock.seconds, "total": clock.total() + read_s}
    found: dict[str, Any] = {"seconds": seconds, "peak_memory_mb": peak_memory_mb()}
    if verification is not None:
        found["verification"] = {
            "passed": verification.passed,
            "checks": verification.checks,
            "worst_violation": verification.worst_violation,
        }
        if not verification.passed:
            raise VerificationFailed(
                "error.verification",
                failures="\n".join(failure.sentence("en") for failure in verification.failures[:20]),
            )
    return plan.with_record(**found)


def _check(plan: Plan) -> Verification:
    from layout.checking import verify

    return verify(plan)


def _answer(
    solved: Solved,
    tables: dict[str, pd.DataFrame],
    targets: list[dict[str, Any]],
    model: PlanningModel,
) -> dict[str, Any]:
    """The part of plan.json that is read off the solution."""
    formulation = solved.formulation
    breakdown = {name: linear.value() for name, linear in formulation.costs.items()}
    cost = float(sum(breakdown.values()))
    return {
        "objective_mcny": cost,
        "cost_breakdown_mcny": breakdown,
        "invariant_cost_mcny": formulation.invariant().value(),
        "kpis": kpis(tables, model),
        "targets": targets,
        "binding": binding_limits(formulation),
        "alike": interchangeable(solved.formulation, cost * (solved.outcome.gap or 0.0)),
    }


def _record(model: PlanningModel, settings: Settings, solved: Solved) -> dict[str, Any]:
    """plan.json as far as it is known before the tables."""
    outcome = solved.outcome
    by_cost = model.settings.objective[0] == "cost"
    return {
        "format": 1,
        "model": model.name,
        "title": None if model.settings.title is None else model.settings.title.model_dump(),
        "status": outcome.status,
        "reason": outcome.reason,
        "interrupted": outcome.reason == "interrupted",
        "objective": list(model.settings.objective),
        "objective_mcny": None,
        "bound_mcny": outcome.bound if by_cost else None,
        "objective_value": outcome.objective,
        "bound_value": outcome.bound,
        "gap": outcome.gap,
        "gap_location": outcome.gap_location,
        "size": dict(solved.compiled.size),
        "settings": _settings(model),
        "manifest": _manifest(model, settings),
    }


def _settings(model: PlanningModel) -> dict[str, Any]:
    """What a reader must know to understand the figures."""
    own = model.settings
    return {
        "latency_basis": own.latency.basis,
        "route_factor": own.latency.route_factor,
        "fixed_ms": own.latency.fixed_ms,
        "km_per_ms": own.latency.km_per_ms,
        "precision_basis": "EFLOPS in native precision; totals in FP32 equivalents",
        "green_accounting": "certificates allowed; carbon location-based",
        "mode": own.mode,
        "periods": list(own.periods),
        "base_year": own.base_year,
        "money_year": own.money_year,
        "discount_rate": own.economy.discount_rate,
    }


def _manifest(model: PlanningModel, settings: Settings) -> dict[str, Any]:
    versions = {"layout": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = ""
    return {
        "inputs": dict(sorted(model.inputs.items())),
        "versions": versions,
        "seed": settings.seed,
        "threads": settings.threads,
        "options": {
            "gap": settings.gap,
            "gap_location": settings.gap_location,
            "time_limit_s": settings.time_limit_s,
        },
    }


def _refuse_ceiling(solved: Solved) -> None:
    """A site without a limit that grew to the bound set in its place would be a wrong answer."""
    variables, case = solved.formulation.variables, solved.formulation.case
    ceiling = ceiling_mw(case)
    fresh = ~case.has_stock & ~np.isfinite(case.site_values("max_it_mw"))
    built = np.bincount(case.new.site, extract.new_space_mw(variables), len(case.sites))
    for site in np.flatnonzero(fresh & (built >= ceiling * (1 - 1e-6))):
        raise LayoutError("error.ceiling", site=case.sites[site], ceiling=f"{ceiling:,.0f}")


def nothing_moves(
    model: PlanningModel, settings: Settings, clock: Clock, solved: Solved
) -> dict[str, Any]:
    """The same question with every zone served inside its own region, for comparison."""
    own = model.settings
    local = type(model)(
        name=model.name,
        settings=own.model_copy(update={"mode": "local"}),
        tables=model.tables,
        inputs=model.inputs,
    )
    quiet = Clock(None)
    looser = Settings(
        gap=max(settings.gap, 0.002),
        gap_location=max(settings.gap_location, 0.02),
        time_limit_s=settings.time_limit_s,
        threads=settings.threads,
        seed=settings.seed,
    )
    other = optimise(local, looser, quiet, watch=False)
    outcome = other.outcome
    found: dict[str, Any] = {"mode": "local", "status": outcome.status, "gap": outcome.gap}
    if outcome.x is None:
        return found
    cost = float(sum(linear.value() for linear in other.formulation.costs.values()))
    invariant = other.formulation.invariant().value()
    mine = float(sum(linear.value() for linear in solved.formulation.costs.values()))
    location = cost - invariant
    found.update(
        {
            "objective_mcny": cost,
            "bound_mcny": outcome.bound,
            "invariant_cost_mcny": invariant,
            "location_cost_mcny": location,
            "carbon_kt": other.formulation.carbon.value(),
            "saving_mcny": cost - mine,
            "saving_share_of_total": (cost - mine) / cost if cost else None,
            "saving_share_of_location": (cost - mine) / location if location else None,
        }
    )
    return found


def peak_memory_mb() -> float:
    """Highest resident memory of this process so far, MB."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if platform.system() != "Darwin" else peak / 1024**2
