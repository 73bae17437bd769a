"""Why a model has no plan: the limits that cannot hold together, and a change that lets them.

Every row that states a target, a limit or a demand gets a priced slack; the least priced sum of
slacks names what has to give, and the model is solved again with just that given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from layout.algebra import Compiled
from layout.formulation import Formulation
from layout.labels import text
from layout.solving.highs import Settings, new_solver

# family → unit of its bound
UNITS = {
    "target": "",
    "remote": "EFLOPS",
    "commitment": "EFLOPS or MW",
    "certificate_cap": "GWh",
    "renewable_potential": "GWh",
    "site_limit": "MW",
    "land": "ha",
    "site_headroom": "MW",
    "power_headroom": "MW",
    "served": "EFLOPS",
}
# what may give way, tried in this order: policy, then decisions, then places, then demand
STAGES = (
    ("target",),
    ("target", "remote", "commitment", "certificate_cap"),
    tuple(family for family in UNITS if family != "served"),
    tuple(UNITS),
)
LEAST = 1e-6


@dataclass(frozen=True)
class Give:
    """A row that has to give way by `amount` (signed: added to its upper or lower bound)."""

    family: str
    position: int
    row: int
    amount: float


def explain(formulation: Formulation, compiled: Compiled, settings: Settings) -> dict[str, Any]:
    """explanation.json: `conflict`, the rows that cannot hold, and `ways_out`, verified or not."""
    gives: list[Give] = []
    for families in STAGES:
        gives = _gives(compiled, _elastic_rows(formulation, compiled, families), settings)
        if gives:
            break
    conflict = [_conflict(formulation, give) for give in gives]
    cost = _cost_with(compiled, gives, settings) if gives else None
    changes = {
        lang: "; ".join(_change(formulation, give, lang) for give in gives) for lang in ("en", "zh")
    }
    ways = []
    if gives:
        ways = [
            {
                "change": changes["en"],
                "change_zh": changes["zh"],
                "cost_mcny": cost,
                "verified": cost is not None,
            }
        ]
    return {"conflict": conflict, "ways_out": ways}


def _elastic_rows(
    formulation: Formulation, compiled: Compiled, families: tuple[str, ...]
) -> list[tuple[str, int, int, float]]:
    """(family, position, compiled row, price per unit of slack relative to the bound's size)."""
    found = []
    for family in families:
        constraint = formulation.constraints[family]
        for position, row in enumerate(compiled.rows_of(constraint)):
            sides = [abs(compiled.row_lower[row]), abs(compiled.row_upper[row])]
            finite = [side for side in sides if np.isfinite(side)]
            found.append((family, position, int(row), 1 / max([1.0, *finite])))
    return found


def _gives(
    compiled: Compiled, rows: list[tuple[str, int, int, float]], settings: Settings
) -> list[Give]:
    """The cheapest slacks that make the model feasible, integers included; empty if none do."""
    solver = new_solver(settings)
    compiled.pass_to(solver)
    count = len(compiled.cost)
    solver.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
    for _, _, row, price in rows:
        for sign, side in ((1.0, compiled.row_lower[row]), (-1.0, compiled.row_upper[row])):
            limit = highspy.kHighsInf if np.isfinite(side) else 0.0
            at, by = np.array([row], dtype=np.int32), np.array([sign])
            solver.addCol(price, 0.0, limit, 1, at, by)
    solver.setOptionValue("time_limit", float(settings.time_limit_s))
    solver.setOptionValue("mip_rel_gap", 0.01)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return []
    slack = np.array(solver.getSolution().col_value)[count:]
    found = []
    for number, (family, position, row, _) in enumerate(rows):
        up, down = slack[2 * number], slack[2 * number + 1]
        if max(up, down) > LEAST:
            found.append(Give(family, position, row, -up if up > down else down))
    return found


def _cost_with(compiled: Compiled, gives: list[Give], settings: Settings) -> float | None:
    """Cost of the plan when just these rows give way, mcny; None if that is not proved."""
    solver = new_solver(settings)
    compiled.pass_to(solver)
    for give in gives:
        lower, upper = compiled.row_lower[give.row], compiled.row_upper[give.row]
        margin = give.amount + np.sign(give.amount) * 1e-6 * max(1.0, abs(give.amount))
        low = lower + min(margin, 0.0)
        high = upper + max(margin, 0.0)
        solver.changeRowBounds(give.row, float(low), float(high))
    solver.setOptionValue("time_limit", float(settings.time_limit_s))
    solver.setOptionValue("mip_rel_gap", max(settings.gap, 1e-9))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(solver.getInfo().objective_function_value)


def _place(formulation: Formulation, give: Give) -> tuple[str, ...]:
    key = formulation.constraints[give.family].index.keys()[give.position]
    return tuple(str(part) for part in (key if isinstance(key, tuple) else (key,)))


def _bound(formulation: Formulation, give: Give) -> float:
    """The bound that gives way, as the planner stated it."""
    constraint = formulation.constraints[give.family]
    side = constraint.lower if give.amount < 0 else constraint.upper
    return float(side[give.position])


def _target(formulation: Formulation, name: str) -> Any:
    return next(one for one in formulation.case.settings.targets if one.id == name)


def _conflict(formulation: Formulation, give: Give) -> dict[str, Any]:
    place = _place(formulation, give)
    if give.family == "target":
        target = _target(formulation, place[0])
        return {
            "type": "target",
            "id": target.id,
            "place": target.scope,
            "value": target.value,
            "unit": target.unit,
            "source": target.source,
        }
    return {
        "type": give.family,
        "id": f"{give.family}[{','.join(place)}]",
        "place": place[0],
        "value": _bound(formulation, give),
        "unit": UNITS[give.family],
        "source": None,
    }


def _change(formulation: Formulation, give: Give, lang: str) -> str:
    """The change in words, in the row's own unit."""
    place = _place(formulation, give)
    amount = f"{abs(give.amount):,.6g}"
    if give.family == "target":
        target = _target(formulation, place[0])
        ratio = formulation.targets.ratios[target.id]
        key = "explain.change.target"
        return text(key, lang, id=target.id, value=target.value, amount=amount, unit=ratio.unit)
    return text(
        f"explain.change.{give.family}",
        lang,
        place=", ".join(part for part in place if part != str(formulation.case.year)),
        amount=amount,
        unit=UNITS[give.family],
    )
