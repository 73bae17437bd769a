"""Second-order cones that HiGHS cannot take, held by tangents (61b).

A target on concentration needs ‖z‖₂ ≤ length, z the compute by place. Each place has a share
z_r²/length of the length, Σ_r share_r ≤ length. A share is at least 2·t·z_r − t²·length for any
slope t, in every plan: rows of this form never cut one off, and a bound stays a bound. (With
t = z_r*/‖z*‖ they add up to the tangent z*·z ≤ ‖z*‖·length of the cone itself, but there are
more ways to combine them.) They are added where a solution leaves the cone: to the LP relaxation
first, then after every answer of the solver, whose integers the cheapest plan within the cone
takes over, until that plan is within the gaps of the bound. Without such a target nothing happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled, Index, compile_model
from layout.formulation.linear import Floats, Linear
from layout.formulation.parts import Part, joined_rows
from layout.solving.dive import LARGE_COLUMNS, judged
from layout.solving.highs import Invariant, Outcome, Settings, fixed_lp, loosened, new_solver

if TYPE_CHECKING:
    from layout.formulation import Formulation
    from layout.formulation.build import Year
    from layout.formulation.targets import Cone
    from layout.solving.steps import Work

FAMILY = "tangent"
CLOSE = 1e-7  # by how much of itself (or of one EFLOPS) a length may be too short
NEAR = 1e-5  # the same for a way out, which is told to six digits
ROUGH = 1e-3  # the same in the LP relaxation, which only prepares the ground
NOTHING = 1e-9  # of a length: a share so little too small is none
LEAST_SLOPE = 4e-5  # a square below what HiGHS takes for zero
ROUNDS = 100  # of one LP
MIP_ROUNDS = 30
STOPS = ("interrupted", "time_limit", "memory_limit", "solution_limit")
EMPTY = 1e-6  # EFLOPS FP32: no concentration of nothing
Solve = Callable[[Compiled, Settings, "Floats | None"], Outcome]


@dataclass(frozen=True)
class Tangent:
    """The row share ≥ 2·slope·level − slope²·length of one place of a cone."""

    key: tuple[str, int]
    cone: Cone
    place: int
    slope: float

    @property
    def terms(self) -> tuple[tuple[Part, int, float], ...]:
        """Variable, position and coefficient: share − 2·slope·level + slope²·length ≥ 0."""
        return (
            (self.cone.shares, self.place, 1.0),
            (self.cone.levels, self.place, -2 * self.slope),
            (self.cone.length, 0, self.slope**2),
        )


class Cones:
    """The cones of a formulation and the tangents found so far."""

    def __init__(self, formulation: Formulation) -> None:
        self.formulation = formulation
        self.found: list[Tangent] = []
        self.cones = [
            (name, year, cone)
            for year in formulation.years
            for name, cone in year.targets.cones.items()
        ]

    def __bool__(self) -> bool:
        return bool(self.cones)

    def left(self, compiled: Compiled, x: Floats) -> list[Tangent]:
        """Tangents at the levels of the targets that a solution misses."""
        return self._left(compiled, x, lambda name, year: _allowed(compiled, x, year, name), CLOSE)

    def left_by(self, compiled: Compiled, solver: Any, close: float) -> list[Tangent]:
        """The same for the solution of a solver, whose bounds and columns may be others."""
        solution, upper = solver.getSolution(), solver.getLp().row_upper_
        x = np.array(solution.col_value)[: len(compiled.cost)]
        rows = compiled.rows_of(self.formulation.constraints["target"])
        position = self.formulation.constraints["target"].index.position

        def allowed(name: str, year: Year) -> float:
            row = int(rows[position((name, year.year))])
            length = x[year.targets.cones[name].length.columns(compiled)][0]
            return float(length + upper[row] - solution.row_value[row])

        return self._left(compiled, x, allowed, close)

    def _left(
        self, compiled: Compiled, x: Floats, allowed: Callable[[str, Year], float], close: float
    ) -> list[Tangent]:
        tangents = []
        for name, year, cone in self.cones:
            levels = x[cone.levels.columns(compiled)]
            size = float(np.linalg.norm(levels))
            if size > EMPTY and size > allowed(name, year) + close * max(size, 1.0):
                length = float(x[cone.length.columns(compiled)][0])
                slope = levels / size
                least = 2 * slope * levels - slope**2 * length
                short = x[cone.shares.columns(compiled)] < least - NOTHING * size
                tangents += [
                    Tangent((name, year.year), cone, int(place), float(slope[place]))
                    for place in np.flatnonzero(short & (slope > LEAST_SLOPE))
                ]
        return tangents

    def state(self, tangents: list[Tangent]) -> Compiled:
        """Add tangents to the formulation, and compile it again."""
        self.found += tangents
        formulation = self.formulation
        formulation.release(FAMILY)
        linear = Linear(len(self.found))
        for number, tangent in enumerate(self.found):
            for part, position, by in tangent.terms:
                linear.add(part, number, position, by)
        target, year = zip(*(tangent.key for tangent in self.found), strict=True)
        labels = np.array(target, dtype=object), np.array(year), np.arange(len(self.found))
        index = Index(("target", "year", "number"), labels)
        rows = joined_rows([linear.rows(index, lower=0.0, doc="tangents of a cone")])
        formulation.constraints[FAMILY] = rows
        formulation.pyomo.add_component(FAMILY, rows)
        return compile_model(formulation.pyomo)


def _allowed(compiled: Compiled, x: Floats, year: Year, name: str) -> float:
    """The length that the row of a target allows at a solution, its shortfall included."""
    targets = year.targets
    number = targets.ids.index(name)
    chosen = np.arange(len(targets.ids)) == number
    row = targets.linear.select(chosen)
    value = float(row.constants[0]) - targets.upper[number]
    for part, _, at, by in row.terms:
        value += float(by @ x[part.columns(compiled)[at]])
    length = float(x[targets.cones[name].length.columns(compiled)][0])
    return length - value


def run_within(
    cones: Cones, compiled: Compiled, solver: Any, close: float = CLOSE
) -> tuple[bool, list[Tangent]]:
    """Run a solver, again with tangents while its solution leaves a cone.

    Whether the last solution, if there is one, leaves none; and what was added.
    """
    added: list[Tangent] = []
    for _ in range(ROUNDS):
        solver.run()
        solver.setOptionValue("solver", "choose")  # from the last basis
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        if not cones or solver.getInfo().primal_solution_status != feasible:
            return True, added
        new = cones.left_by(compiled, solver, close)
        if not new:
            return True, added
        added += new
        for tangent in new:
            _add(solver, compiled, tangent)
    return False, added


def _add(solver: Any, compiled: Compiled, tangent: Tangent) -> None:
    """A tangent as a row of a solver."""
    columns = [part.columns(compiled)[position] for part, position, _ in tangent.terms]
    by = np.array([by for _, _, by in tangent.terms])
    solver.addRow(0.0, highspy.kHighsInf, len(by), np.array(columns, dtype=np.int32), by)


def _lp(compiled: Compiled, settings: Settings) -> tuple[Any, NDArray[np.int32]]:
    """A solver with the model, its integers made continuous, and their columns."""
    solver = new_solver(settings)
    compiled.pass_to(solver)
    solver.setOptionValue("time_limit", float(settings.time_limit_s))
    if compiled.size["variables"] >= LARGE_COLUMNS:
        solver.setOptionValue("solver", "ipm")  # from nothing
    return solver, loosened(solver, compiled)


def minimise(work: Work, settings: Settings, form: Invariant, solve: Solve) -> Outcome:
    """Minimise what `work` has compiled, within its cones; `solve` is the solver's own answer.

    Optimal is a plan within the cones whose gaps to the best bound are proved.
    """
    assert work.compiled is not None
    if not work.cones:
        return solve(work.compiled, settings, work.x)
    until = time.perf_counter() + settings.time_limit_s
    _prepare(work, settings)
    best: Outcome | None = None
    bound, start = -np.inf, work.x
    for _ in range(MIP_ROUNDS):
        answer = solve(work.compiled, _left(settings, until), start)
        bound = bound if answer.bound is None else max(bound, answer.bound)
        found = _within(work, _left(settings, until), answer)
        if found is not None and (best is None or _value(found) < _value(best)):
            best = found
        if best is not None and np.isfinite(bound):
            best = judged(best, min(bound, _value(best)), settings, form)
        proved = best is not None and best.status == "optimal"
        if proved or answer.x is None or answer.reason in STOPS:
            break
        start = answer.x if best is None else best.x
    return _answered(best, answer, bound)


def _left(settings: Settings, until: float) -> Settings:
    """The settings with the time that is left."""
    return replace(settings, time_limit_s=max(until - time.perf_counter(), 0.0))


def _value(found: Outcome) -> float:
    assert found.objective is not None
    return found.objective


def _answered(best: Outcome | None, answer: Outcome, bound: float) -> Outcome:
    """The best plan within the cones; else why there is none."""
    stopped = answer.reason if answer.reason in STOPS else "iteration_limit"
    if best is not None:
        return best if best.status == "optimal" else replace(best, reason=stopped)
    if answer.x is None:
        return answer
    known = float(bound) if np.isfinite(bound) else None
    return Outcome("no_solution", stopped, None, None, known, None, None)


def _prepare(work: Work, settings: Settings) -> None:
    """Tangents where the LP relaxation leaves the cones."""
    assert work.compiled is not None
    solver, _ = _lp(work.compiled, settings)
    _, tangents = run_within(work.cones, work.compiled, solver, ROUGH)
    if tangents:
        work.compiled = work.cones.state(tangents)


def _within(work: Work, settings: Settings, answer: Outcome) -> Outcome | None:
    """An answer that keeps the cones, or the cheapest plan that does with its integers."""
    assert work.compiled is not None
    if answer.x is None:
        return None
    tangents = work.cones.left(work.compiled, answer.x)
    if not tangents:
        return answer
    solver, columns = _lp(work.compiled, settings)
    values = np.round(answer.x[columns])
    if len(columns):
        solver.changeColsBounds(len(columns), columns, values, values)
    for tangent in tangents:
        _add(solver, work.compiled, tangent)
    kept, more = run_within(work.cones, work.compiled, solver)
    work.compiled = work.cones.state(tangents + more)
    if not kept or solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    x = np.array(solver.getSolution().col_value)
    objective = float(solver.getInfo().objective_function_value)
    return Outcome("feasible", answer.reason, x, objective, None, None, None)


def fixed(work: Work, x: Floats, tidy: Floats, basis: Any = None) -> tuple[Compiled, Outcome]:
    """`fixed_lp` within the cones, and the model that it was the answer to."""
    assert work.compiled is not None
    found = fixed_lp(work.compiled, work.settings, x, tidy, basis)
    for _ in range(ROUNDS if work.cones else 0):
        if found.x is None:
            break
        tangents = work.cones.left(work.compiled, found.x)
        if not tangents:
            return work.compiled, found
        work.compiled = work.cones.state(tangents)
        found = fixed_lp(work.compiled, work.settings, x, tidy)
    if work.cones and found.x is not None:
        found = Outcome("no_solution", "fixed", None, None, None, None, None)
    return work.compiled, found
