"""A location problem made in numpy and given to HiGHS: what a plan's proof is measured against.

x[i, j] is the share of customer j that site i serves, y[i] opens it: Σ_i x = 1, every strong row
x ≤ y from the start, Σ_j demand·x ≤ capacity·y where there is a capacity, Σ y ≤ p.
"""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array

from benchmarks.instances.problem import Instance

STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kTimeLimit: "limit",
    highspy.HighsModelStatus.kInterrupt: "limit",
}


BACKSTOP = 3.0
"""So many times the limit in wall seconds ends a run that the callbacks do not end."""


def solve_bare(instance: Instance, gap: float, cpu_limit_s: float) -> dict[str, Any]:
    """Make the model, hand it over and solve it on one thread: status, value, bound, seconds."""
    wall, cpu = time.perf_counter(), time.process_time()

    def check(event: Any) -> None:
        if time.process_time() - cpu > cpu_limit_s:
            event.data_in.user_interrupt = True

    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", gap),
        ("mip_abs_gap", 1e-9),
        ("time_limit", BACKSTOP * cpu_limit_s),
    ):
        solver.setOptionValue(name, value)
    solver.cbMipInterrupt += check
    solver.cbSimplexInterrupt += check
    solver.cbIpmInterrupt += check
    solver.passModel(matrix(instance))
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return {
        "status": STATUS.get(solver.getModelStatus(), "other"),
        "value": float(info.objective_function_value) if found else None,
        "bound": float(info.mip_dual_bound),
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "nodes": int(info.mip_node_count),
    }


def matrix(instance: Instance) -> highspy.HighsLp:
    """The strong formulation, row by row."""
    sites, customers = instance.shape
    site, customer = np.nonzero(instance.reachable)
    flows = len(site)
    each = np.arange(flows)
    rows = _Rows(flows + sites)
    rows.add(customers, [(customer, each, 1.0)], 1.0, 1.0)
    rows.add(flows, [(each, each, 1.0), (each, flows + site, -1.0)], -np.inf, 0.0)
    limited = np.flatnonzero(np.isfinite(instance.capacity))
    row_of = np.full(sites, -1)
    row_of[limited] = np.arange(len(limited))
    kept = row_of[site] >= 0
    load = (row_of[site[kept]], each[kept], instance.demand[customer[kept]])
    room = (np.arange(len(limited)), flows + limited, -instance.capacity[limited])
    filled = np.zeros(sites, dtype=bool) if instance.filled is None else instance.filled
    rows.add(len(limited), [load, room], np.where(filled[limited], 0.0, -np.inf), 0.0)
    if instance.open_at_most is not None:
        every = flows + np.arange(sites)
        rows.add(1, [(np.zeros(sites, int), every, 1.0)], -np.inf, instance.open_at_most)
    lp = highspy.HighsLp()
    lp.num_col_ = flows + sites
    lp.col_cost_ = np.append(instance.cost[site, customer], instance.fixed_cost)
    lp.col_lower_ = np.append(np.zeros(flows), filled.astype(float))
    lp.col_upper_ = np.ones(flows + sites)
    kinds = highspy.HighsVarType
    divided = kinds.kInteger if instance.single_source else kinds.kContinuous
    lp.integrality_ = [divided] * flows + [kinds.kInteger] * sites
    rows.into(lp)
    return lp


class _Rows:
    """Rows of a matrix, family after family."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.count = 0
        self.parts: list[tuple[Any, Any, Any]] = []
        self.lower: list[Any] = []
        self.upper: list[Any] = []

    def add(self, count: int, terms: list[tuple[Any, Any, Any]], lower: Any, upper: Any) -> None:
        """A family: terms are (row within the family, column, coefficient)."""
        for row, column, by in terms:
            self.parts.append((row + self.count, column, np.broadcast_to(by, len(row))))
        self.lower.append(np.broadcast_to(lower, count))
        self.upper.append(np.broadcast_to(upper, count))
        self.count += count

    def into(self, lp: highspy.HighsLp) -> None:
        """Put the rows into a model."""
        row, column, by = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        made = csr_array((by, (row, column)), shape=(self.count, self.columns))
        lp.num_row_ = self.count
        lp.row_lower_ = np.concatenate(self.lower).astype(float)
        lp.row_upper_ = np.concatenate(self.upper).astype(float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = made.indptr
        lp.a_matrix_.index_ = made.indices
        lp.a_matrix_.value_ = made.data
