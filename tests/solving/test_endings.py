"""Every way in which HiGHS can end is said as it is: exit code, plan.json, screen.

What can be brought about is; the rest is said by a stand-in for `Highs.getModelStatus`, the
narrowest place there is: everything behind it is the program as it runs.
"""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest

import layout
from layout.algebra import Compiled, compile_model
from layout.errors import LayoutError
from layout.formulation import build
from layout.labels import LANGUAGES, has
from layout.model import read_model
from layout.solving import Event, dive, ending, highs
from layout.solving.highs import Invariant, Outcome, Settings, Watch, run
from layout.solving.live import Live
from layout.solving.solver import Solver
from tests.builders import tiny_model
from tests.cli.towns import Runner
from tests.deep import deep
from tests.solving.test_honesty import hard_model

KINDS = highspy.HighsModelStatus
SETTINGS = Settings(1e-6, 1e-6, 60, 1, 0)
LIMIT, INTERNAL, DONE, INFEASIBLE = 5, 1, 0, 4

# status → exit code with a plan at hand and without; and what the screen says in English
EXPECTED: dict[str, tuple[int, int, str]] = {
    "kNotset": (INTERNAL, INTERNAL, "Not Set"),
    "kLoadError": (INTERNAL, INTERNAL, "Load error"),
    "kModelError": (INTERNAL, INTERNAL, "Model error"),
    "kPresolveError": (INTERNAL, INTERNAL, "Presolve error"),
    "kSolveError": (INTERNAL, INTERNAL, "Solve error"),
    "kPostsolveError": (INTERNAL, INTERNAL, "Postsolve error"),
    "kObjectiveBound": (INTERNAL, INTERNAL, "Bound on objective"),
    "kObjectiveTarget": (INTERNAL, INTERNAL, "Target for objective"),
    "kUnknown": (INTERNAL, INTERNAL, "Unknown"),
    "kHighsInterrupt": (INTERNAL, INTERNAL, "HiGHS"),
    "kUnbounded": (INTERNAL, INTERNAL, "no finite optimum"),
    "kUnboundedOrInfeasible": (INTERNAL, INTERNAL, "no finite optimum"),
    "kInfeasible": (INFEASIBLE, INFEASIBLE, "INFEASIBLE"),
    "kOptimal": (DONE, LIMIT, "Optimal"),
    "kModelEmpty": (DONE, LIMIT, "Optimal"),
    "kTimeLimit": (LIMIT, LIMIT, "(time)"),
    "kIterationLimit": (LIMIT, LIMIT, "(iterations)"),
    "kSolutionLimit": (LIMIT, LIMIT, "(solutions)"),
    "kMemoryLimit": (LIMIT, LIMIT, "(memory)"),
    "kInterrupt": (INTERNAL, INTERNAL, "Interrupt"),  # nobody of ours asked for it
}


def test_every_status_of_highs_is_known() -> None:
    assert set(KINDS.__members__) <= set(EXPECTED)  # an older HiGHS may know fewer
    assert set(ending.ENDINGS) == set(EXPECTED)


def test_every_reason_has_its_words() -> None:
    for reason in (*ending.LIMITS, "interrupted", "gap", "optimal", "stated_flows"):
        assert has(f"cli.reason.{reason}")


def choice(folder: Path) -> Path:
    """Two sites to choose from, 3 and 5 mcny a year: the answer is 3 at site E."""
    return tiny_model(
        folder,
        sites=[
            {"site": "E", "fixed_cost_mcny_per_year": 3, "max_it_mw": 9},
            {"site": "W", "fixed_cost_mcny_per_year": 5, "max_it_mw": 9},
        ],
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return choice(tmp_path_factory.mktemp("choice") / "m")


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Single-source location with tight capacity, as arrays."""
    return compile_model(build(hard_model(tmp_path_factory.mktemp("hard") / "m")).pyomo)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


class Pretended:
    """HiGHS solves as ever, but says that it ended with `status`, with a plan at hand or without.

    Only where something has to be whole: the LPs behind a plan are as they are. Its bound is a
    tenth below the objective, so that the gap stays open.
    """

    def __init__(self, patch: pytest.MonkeyPatch, status: Any, *, plan: bool) -> None:
        real, own = highspy.Highs.getInfo, highspy.Highs.getModelStatus
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        none = highspy.SolutionStatus.kSolutionStatusNone

        def pretended(solver: Any) -> Any:
            return status if _is_mip(solver) else own(solver)

        def info(solver: Any) -> Any:
            found = real(solver)
            if not _is_mip(solver):
                return found
            if status not in (KINDS.kOptimal, KINDS.kModelEmpty):
                found.mip_dual_bound = 0.9 * found.objective_function_value
            found.primal_solution_status = feasible if plan else none
            return found

        patch.setattr(highspy.Highs, "getModelStatus", pretended)
        patch.setattr(highspy.Highs, "getInfo", info)


def _is_mip(solver: Any) -> bool:
    return highspy.HighsVarType.kInteger in list(solver.getLp().integrality_)


KNOWN = sorted(set(EXPECTED) & set(KINDS.__members__))
PAIRS = [(name, True) for name in KNOWN]
PAIRS += [(name, False) for name in KNOWN if EXPECTED[name][1] == LIMIT]


@pytest.mark.parametrize(
    ("name", "plan"),
    PAIRS,
    ids=[name + ("" if plan else " without a plan") for name, plan in PAIRS],
)
def test_every_status_is_said_as_it_is(
    name: str,
    plan: bool,
    model: Path,
    tmp_path: Path,
    command: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, words = EXPECTED[name][0 if plan else 1], EXPECTED[name][2]
    Pretended(monkeypatch, KINDS.__members__[name], plan=plan)
    folder = tmp_path / "plan"
    for lang in LANGUAGES if deep() or name == "kTimeLimit" else ("en",):
        found = command("solve", model, "-o", folder, "--overwrite", lang=lang)
        assert found.code == code, found.err
        assert "Traceback" not in found.err
        if lang == "en" and (plan or name not in ("kOptimal", "kModelEmpty")):
            assert words in found.err + found.out
        said_optimal = "Optimal" in found.out or "最优：" in found.out.replace("未证明最优：", "")
        assert said_optimal == (code == DONE)
        _record_is_true(folder, code, name, plan)


def _record_is_true(folder: Path, code: int, name: str, plan: bool) -> None:
    """What stands in the folder agrees with the exit code."""
    if code == INTERNAL:
        assert not folder.exists()
        return
    record = json.loads((folder / "plan.json").read_text("utf-8"))
    tables = list(folder.glob("*.csv"))
    if code == INFEASIBLE:
        assert (record["status"], record["objective_mcny"], tables) == ("infeasible", None, [])
    elif code == DONE:
        assert record["status"] == "optimal"
    elif plan:
        assert record["status"] == "feasible"
        assert record["reason"] == ending.ENDINGS[name]
        assert record["objective_mcny"] == pytest.approx(3)
        assert record["bound_mcny"] == pytest.approx(2.7)
        assert record["gap"] == pytest.approx(0.1)
        assert record["verification"]["passed"]
    else:
        assert (record["status"], record["objective_mcny"], tables) == ("no_solution", None, [])


# --- brought about --------------------------------------------------------------------------------


def small(cost: float, *, domain: Any = pyo.NonNegativeReals, contrary: bool = False) -> Compiled:
    """Minimise cost·x − y with x = y; `contrary` also asks for u + v of at least 2 and at most 1.

    With cost 2 the least is 0; with cost 0 nothing limits it.
    """
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(domain=domain), pyo.Var(domain=domain)
    model.u, model.v = pyo.Var(domain=domain), pyo.Var(domain=domain)
    model.same = pyo.Constraint(expr=model.x - model.y == 0)
    if contrary:
        model.more = pyo.Constraint(expr=model.u + model.v >= 2)
        model.less = pyo.Constraint(expr=2 * model.u + 2 * model.v <= 2)
    model.objective = pyo.Objective(expr=cost * model.x - model.y)
    return compile_model(model)


def nothing_fixed(compiled: Compiled) -> Invariant:
    return Invariant(np.zeros(len(compiled.cost)), 0.0)


def minimised(compiled: Compiled, way: str, **given: Any) -> Outcome:
    """The answer of one run, or of a live solver."""
    if way == "run":
        return run(compiled, SETTINGS, nothing_fixed(compiled), 0.0, **given)
    return Live(SETTINGS).minimise(compiled, SETTINGS, nothing_fixed(compiled), 0.0, **given)


WAYS = ("run", "live")
DOMAINS = {"real": pyo.NonNegativeReals, "whole": pyo.NonNegativeIntegers}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_unbounded_and_infeasible_are_told_apart(way: str, domain: Any) -> None:
    assert minimised(small(2.0, domain=domain), way).objective == pytest.approx(0)
    with pytest.raises(LayoutError, match="no finite optimum"):
        minimised(small(0.0, domain=domain), way)
    # Presolve sees the gain without end first and says "unbounded or infeasible".
    for cost in (2.0, 0.0):
        found = minimised(small(cost, domain=domain, contrary=True), way)
        assert (found.status, found.x, found.objective) == ("infeasible", None, None)


def test_undecided_is_settled_by_leaving_the_cost_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real, undecided = highspy.Highs.getModelStatus, KINDS.kUnboundedOrInfeasible
    unknown = (KINDS.kUnbounded, KINDS.kInfeasible, undecided)

    def status(solver: Any) -> Any:
        """HiGHS never decides as long as anything costs."""
        costs = np.any(np.array(solver.getLp().col_cost_))
        found = real(solver)
        return undecided if costs and found in unknown else found

    monkeypatch.setattr(highspy.Highs, "getModelStatus", status)
    with pytest.raises(LayoutError, match="no finite optimum"):
        minimised(small(0.0), "run")
    assert minimised(small(0.0, contrary=True), "run").status == "infeasible"


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("mip_max_improving_sols", 1, "solution_limit"),
        ("mip_max_nodes", 0, "solution_limit"),
        ("time_limit", 0.0, "time_limit"),
    ],
)
def test_a_limit_of_highs_itself_is_said(
    option: str, value: Any, reason: str, hard: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = highs.new_solver

    def limited(settings: Settings) -> Any:
        solver = real(settings)
        solver.setOptionValue(option, value)
        return solver

    monkeypatch.setattr(highs, "new_solver", limited)
    if option == "time_limit":
        monkeypatch.setattr(Watch, "early", False)
        set_option = highspy.Highs.setOptionValue
        monkeypatch.setattr(
            highspy.Highs,
            "setOptionValue",
            lambda solver, name, to: set_option(solver, name, value if name == option else to),
        )
    found = run(hard, SETTINGS, nothing_fixed(hard), 0.0)
    assert found.reason == reason
    assert found.status == ("no_solution" if found.x is None else "feasible")
    if found.x is not None and found.bound is not None:
        assert found.bound <= found.objective + 1e-9


@pytest.mark.parametrize("option", ["simplex_iteration_limit", "ipm_iteration_limit"])
def test_an_lp_that_ends_at_its_iterations_is_no_answer(
    option: str, hard: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = hard.relaxed()
    real = highs.new_solver

    def limited(settings: Settings) -> Any:
        solver = real(settings)
        solver.setOptionValue("solver", option.split("_")[0])
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue(option, 1)
        return solver

    monkeypatch.setattr(highs, "new_solver", limited)
    found = run(compiled, SETTINGS, nothing_fixed(compiled), 0.0)
    assert found.reason == "iteration_limit"
    assert found.status in ("no_solution", "feasible")
    assert found.gap is None and found.bound is None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", ["short", "infeasible", "nan", "fractional"])
def test_a_start_that_highs_rejects_changes_nothing(way: str, wrong: str, model: Path) -> None:
    compiled = compile_model(build(read_model(model)).pyomo)
    size = len(compiled.cost)
    start = {
        "short": np.zeros(size - 1),
        "infeasible": np.full(size, 1e6),
        "nan": np.full(size, np.nan),
        "fractional": np.full(size, 0.5),
    }[wrong]
    if way == "live" and wrong in ("short", "nan"):
        pytest.skip("a live solver takes its start from its own last answer, of the right size")
    found = minimised(compiled, way, start=start)
    assert (found.status, found.objective) == ("optimal", pytest.approx(3))
    assert found.bound == pytest.approx(3)


def test_an_error_while_progress_is_shown_is_that_error(hard: Compiled) -> None:
    def fails(event: Event) -> None:
        if event.stage == "solve" and event.incumbent is not None:
            raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="the screen is gone"):
        run(hard, SETTINGS, nothing_fixed(hard), 0.0, fails)


# --- memory ---------------------------------------------------------------------------------------


class Full:
    """Memory runs out in run number `at`; before that, HiGHS finds what it finds."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, *, first: bool) -> None:
        real, self.runs = highspy.Highs.run, 0

        def limited(solver: Any) -> Any:
            self.runs += 1
            if self.runs != at:
                return real(solver)
            if first:
                raise MemoryError("std::bad_alloc")
            solver.setOptionValue("mip_max_improving_sols", 1)
            real(solver)
            raise MemoryError("std::bad_alloc")

        patch.setattr(highspy.Highs, "run", limited)


def test_what_was_found_before_memory_ran_out_is_kept(
    hard: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    Full(monkeypatch, 1, first=False)
    found = run(hard, SETTINGS, nothing_fixed(hard), 0.0)
    assert (found.status, found.reason) == ("feasible", "memory_limit")
    assert found.x is not None and found.objective is not None
    assert found.objective == pytest.approx(hard.cost @ found.x + hard.offset)
    activity = hard.matrix @ found.x
    assert (activity >= hard.row_lower - 1e-6).all()
    assert (activity <= hard.row_upper + 1e-6).all()
    assert found.bound is None or found.bound <= found.objective


@pytest.mark.parametrize("way", WAYS)
def test_without_memory_for_a_plan_there_is_none(
    way: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = compile_model(build(read_model(model)).pyomo)
    Full(monkeypatch, 1, first=True)
    found = minimised(compiled, way)
    assert (found.status, found.reason, found.x) == ("no_solution", "memory_limit", None)


def test_a_live_solver_answers_again_after_its_memory_ran_out(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver = Solver(model)
    Full(monkeypatch, 1, first=True)
    assert solver.solve().reason == "memory_limit"
    assert solver.solve().objective_mcny == pytest.approx(3)


def test_integers_a_rounding_off_keep_their_prices() -> None:
    # x = 2 was found as 1.9999995, and y ≤ 10 − 4,999,999·(x − 1.9999995) has no room for the
    # whole number: the LP behind the plan holds x as it was found.
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(domain=pyo.NonNegativeIntegers), pyo.Var()
    model.at_least = pyo.Constraint(expr=model.y >= 9)
    model.room = pyo.Constraint(expr=model.y + 4_999_999 * model.x <= 10 + 4_999_999 * 1.9999995)
    model.objective = pyo.Objective(expr=model.y)
    compiled = compile_model(model)
    found = highs.fixed_lp(compiled, SETTINGS, np.array([1.9999995, 9.0]), np.zeros(2))
    assert (found.status, found.objective) == ("optimal", pytest.approx(9))
    assert found.row_dual is not None and np.isfinite(found.row_dual).all()


def test_an_lp_that_fails_is_tried_without_presolve(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = highspy.Highs.getModelStatus

    def fails(solver: Any) -> Any:
        presolved = solver.getOptionValue("presolve")[1] != "off"
        return KINDS.kUnknown if presolved and not _is_mip(solver) else real(solver)

    monkeypatch.setattr(highspy.Highs, "getModelStatus", fails)
    plan = layout.solve(model)
    assert plan.status == "optimal"
    assert plan["prices"]["price_mcny_per_eflops_year"].notna().all()


@pytest.mark.parametrize("place", ["layout.solving.optimise.build", "layout.report.map_page"])
def test_memory_that_runs_out_elsewhere_is_a_limit_too(
    place: str, model: Path, tmp_path: Path, command: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(place, full)
    for lang, word in (("en", "memory"), ("zh", "内存")) if "build" in place else (("zh", "内存"),):
        found = command("solve", model, "-o", tmp_path / "plan", "--map", "--quiet", lang=lang)
        assert (found.code, found.out) == (LIMIT, "")
        assert word in found.err
    assert list(tmp_path.iterdir()) == []


# --- the clock of the machine ---------------------------------------------------------------------


class Clocked:
    """A solver whose own clock is set forward: it says "time limit" until the third run."""

    def __init__(self, runs: int) -> None:
        self.runs, self.left, self.limits = 0, runs, list[float]()

    def run(self) -> None:
        self.runs += 1

    def getModelStatus(self) -> Any:  # noqa: N802
        return KINDS.kTimeLimit if self.runs < self.left else KINDS.kOptimal

    def getRunTime(self) -> float:  # noqa: N802
        return -3600.0 if self.runs == 1 else 3600.0

    def setOptionValue(self, name: str, value: float) -> None:  # noqa: N802
        self.limits.append(value)


def watch(seconds: float) -> Watch:
    settings = Settings(1e-6, 1e-6, seconds, 1, 0)
    return Watch(settings, Invariant(np.zeros(0), 0.0), 0.0, None)


def test_a_clock_set_forward_does_not_end_a_run() -> None:
    solver = Clocked(3)
    assert ending.ended(solver, watch(60)) == "optimal"
    assert solver.runs == 3
    assert solver.limits[0] == 0.0  # set back meanwhile: HiGHS refuses a negative limit
    assert solver.limits[1] == pytest.approx(3660, abs=1)
    jumping = Clocked(10**6)
    assert ending.ended(jumping, watch(60)) == "time_limit"  # and never without an end
    assert jumping.runs == ending.MOST_JUMPS
    over = Clocked(10**6)
    assert ending.ended(over, watch(0)) == "time_limit"
    assert over.runs == 1


def test_a_clock_set_back_does_not_keep_a_run_going(
    hard: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = highspy.Highs.setOptionValue

    def unlimited(solver: Any, name: str, value: Any) -> Any:
        return real(solver, name, 1e9 if name == "time_limit" else value)

    monkeypatch.setattr(highspy.Highs, "setOptionValue", unlimited)
    found = run(hard, replace(SETTINGS, time_limit_s=0.5), nothing_fixed(hard), 0.0)
    assert found.reason == "time_limit"


@pytest.mark.parametrize("seconds", [-86_400.0, 86_400.0])
def test_no_duration_follows_the_clock_of_the_machine(
    seconds: float, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, jumps = time.time, itertools.count()
    monkeypatch.setattr(time, "time", lambda: real() + seconds * next(jumps))
    record = layout.solve(model).record
    assert all(0 <= value < 600 for value in record["seconds"].values())
    assert all(0 <= step["seconds"] < 600 for step in record["steps"])


# --- when the relaxation of a large model comes first ---------------------------------------------


@pytest.mark.parametrize(("reason", "left"), [("memory_limit", 60.0), ("dead_end", 0.0)])
def test_a_dive_that_ends_early_says_why(
    reason: str, left: float, hard: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dive, "LARGE_COLUMNS", 0)
    monkeypatch.setattr(dive, "LINKS", ())
    monkeypatch.setattr(dive, "dived", lambda *_: dive.without_plan(reason))
    settings = replace(SETTINGS, time_limit_s=left)
    found = dive.minimise(hard, settings, nothing_fixed(hard), 0.0)
    assert (found.status, found.x) == ("no_solution", None)
    assert found.reason == (reason if reason in ending.LIMITS else "time_limit")
