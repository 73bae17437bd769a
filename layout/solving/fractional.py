"""The most compute per carbon (R8), by Dinkelbach's iterations with a proof at the end (76)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation.linear import Linear
from layout.solving.events import SOLVER_TOLERANCE
from layout.solving.highs import Outcome
from layout.solving.steps import Aim, Answer, Work

if TYPE_CHECKING:
    from layout.formulation import Formulation

MOST_TRIALS = 40
LEAST_MARGIN = 1e-7
UNIT = "kt/EFLOPS"


def in_use(formulation: Formulation) -> Linear:
    """Compute delivered, EFLOPS FP32 in use (native where a kind lacks its ratio).

    Installed compute is not counted: what nobody uses would lower the ratio for nothing. Years
    of a period count, as they do in carbon.
    """
    total = Linear()
    for year in formulation.years:
        case, v = year.case, year.variables
        fp32 = case.kind_values("fp32_per_native")
        weight = np.ones(len(fp32)) if np.isnan(fp32).any() else fp32
        rows = np.zeros(len(case.flows), dtype=np.int64)
        used = v.add_served(Linear(), rows, weight[case.workload_kind[case.flows.workload]])
        total = total.plus(used, year.period.years)
    return total


class Ratio:
    """Carbon per compute at hand and the best one known."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.compute = in_use(work.formulation)
        self.carbon = work.formulation.carbon.total()
        self.best: float | None = None  # compute per carbon; None before any compute is delivered
        self.x = work.x

    def note(self) -> bool:
        """Whether the solution at hand has the best ratio so far; then it is remembered."""
        compute, carbon = self.compute.value(), self.carbon.value()
        if compute <= SOLVER_TOLERANCE:
            return False
        ratio = compute / carbon if carbon > SOLVER_TOLERANCE else np.inf
        if self.best is not None and ratio <= self.best:
            return False
        self.best, self.x = ratio, self.work.x
        return True

    def excess(self, ratio: float, name: str = "compute per carbon") -> Aim:
        """carbon − compute/ratio in kt: below zero only where more than `ratio` is reached."""
        if np.isinf(ratio):
            return Aim(name, self.carbon, "kt")
        part = self.compute.times(-1 / ratio)
        return Aim(name, self.carbon.plus(part), "kt", invariant=part)

    def value(self) -> float:
        """Carbon per compute, kt per EFLOPS; infinite where no compute is delivered."""
        compute = self.compute.value()
        return max(0.0, self.carbon.value()) / compute if compute > 0 else float("inf")


def most_per_carbon(work: Work) -> Answer:
    """max compute/carbon; then the most compute at that ratio; then the least cost.

    Every trial asks for a plan better than the best by half the gap: carbon − compute/q below
    zero. When none is left, no plan reaches more than q. With hard demand the compute is given
    and the answer is the least carbon. The value recorded is carbon per compute, to be least.
    """
    ratio = Ratio(work)
    start = work.minimise(work.aim("carbon"))
    if start.x is None:
        return Answer(start, start, (), ratio.value)
    ratio.note()
    most = Aim("compute", ratio.compute.times(-1.0), "EFLOPS FP32")
    if ratio.best is None:
        first = work.minimise(most)
        ratio.note()
        if ratio.best is None:  # nothing can be served at all
            return _then_cost(work, replace(first, bound=None), first, (), ratio)
    proof = _proved(work, ratio)
    assert ratio.x is not None
    work.hold(ratio.x)
    kept = ratio.excess(float(ratio.best or 0.0), "carbon per compute")
    work.keep_at(kept, 1e-9 * max(1.0, abs(ratio.carbon.value())))
    if proof.status != "optimal" or not _elastic(work):
        return _then_cost(work, proof, proof, (kept,), ratio)
    last = work.minimise(most)
    if last.x is None:
        return _then_cost(work, proof, replace(last, status="feasible"), (kept,), ratio)
    work.keep(most, last)
    return _then_cost(work, proof, last, (kept, most), ratio)


def _tolerance(ratio: Ratio) -> float:
    return max(SOLVER_TOLERANCE, 1e-9 * abs(ratio.carbon.value()))


def _elastic(work: Work) -> bool:
    """Whether any demand may stay unserved."""
    return any((year.variables.unserved.upper > 0).any() for year in work.formulation.years)


def _proved(work: Work, ratio: Ratio) -> Outcome:
    """Raise the ratio until none is better by half the gap; bound = carbon per compute."""
    assert ratio.best is not None
    margin = max(work.settings.gap / 2, LEAST_MARGIN)
    outcome = None
    for _ in range(MOST_TRIALS):
        if np.isinf(ratio.best):  # compute without any carbon: nothing is below zero
            return Outcome("optimal", "gap", ratio.x, 0.0, 0.0, 0.0, None)
        trial = ratio.best * (1 + margin)
        aim = ratio.excess(trial)
        outcome = work.minimise(aim, gap=np.inf, gap_location=margin / 2)
        if outcome.x is None or outcome.bound is None:
            break
        if outcome.bound >= -_tolerance(ratio):
            small = margin <= LEAST_MARGIN  # closer than this nothing is known
            bound = 1 / (ratio.best if small else trial)
            return Outcome("optimal", "gap", ratio.x, 1 / ratio.best, bound, 0.0, None)
        if not ratio.note():
            break
    reason = "iteration_limit" if outcome is None else outcome.reason
    best = 1 / ratio.best
    return Outcome("feasible", reason, ratio.x, best, None, None, None)


def _then_cost(
    work: Work, first: Outcome, last: Outcome, kept: tuple[Aim, ...], ratio: Ratio
) -> Answer:
    """The cheapest plan that keeps what was reached."""
    if first.status == "optimal" and last.status == "optimal":
        cost = work.minimise(work.aim("cost"))
        if cost.x is None:
            last = replace(last, status="feasible", reason=cost.reason)
        else:
            last = cost
    return Answer(
        replace(first, x=work.x), replace(last, x=work.x), kept, ratio.value, notes=_notes(ratio)
    )


def _notes(ratio: Ratio) -> Any:
    def notes() -> dict[str, Any]:
        compute, carbon = ratio.compute.value(), ratio.carbon.value()
        per = compute / carbon if carbon > 0 else None
        found = {"compute_eflops_fp32": compute, "carbon_kt": carbon, "eflops_per_kt": per}
        return {"compute_per_carbon": found}

    return notes
