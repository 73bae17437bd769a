"""Why a model has no plan: the limits that cannot hold together, and changes that let them.

The conflict comes from an irreducible infeasible subsystem of the relaxation, read as targets,
limits and demands. A way out gives every row of one sort a priced slack, takes the least
priced sum of slacks, and solves the model again with just that given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled, Elastic, compile_model, irreducible
from layout.formulation import Formulation
from layout.labels import text
from layout.solving.cones import NEAR, Cones, run_within
from layout.solving.highs import Settings, new_solver
from layout.solving.limits import NAMED, stated

# family → unit of its bound
UNITS = {
    "target": "",
    "remote": "EFLOPS",
    "commitment": "",
    "chip_supply": "EFLOPS",
    "certificate_cap": "GWh",
    "renewable_potential": "GWh",
    "site_limit": "MW",
    "land": "ha",
    "site_headroom": "MW",
    "power_headroom": "MW",
    "energy_quota": "GWh",
    "floor": "EFLOPS",
    "gate_build": "MW",
    "served": "EFLOPS",
}
# what may give way, each by itself first, in this order, and all together last
WAYS = (
    ("target",),
    ("remote", "commitment", "chip_supply", "certificate_cap", "floor", "gate_build"),
    (
        "renewable_potential",
        "site_limit",
        "land",
        "site_headroom",
        "power_headroom",
        "energy_quota",
    ),
    ("served",),
)
COMMITTED = {"eflops": "EFLOPS", "it_mw": "MW"}
LEAST = 1e-6
SHOWN = 6  # changes of one family that are told one by one
CONFLICT_TIME_LIMIT_S = 20.0
WAY_TIME_LIMIT_S = 60.0  # for each step of a way out: who waits wants to know why, not to plan


@dataclass(frozen=True)
class Give:
    """A row that has to give way by `amount` (signed: added to its upper or lower bound).

    `reached` is what a target would then reach, in its own unit.
    """

    family: str
    position: int
    row: int
    amount: float
    reached: float | None = None


def explain(formulation: Formulation, settings: Settings) -> dict[str, Any]:
    """explanation.json: `conflict`, what cannot hold together, and `ways_out`, each verified."""
    formulation.minimise("cost")
    compiled = compile_model(formulation.pyomo)
    settings = replace(settings, time_limit_s=min(settings.time_limit_s, WAY_TIME_LIMIT_S))
    ways = [_way(formulation, compiled, families, settings) for families in WAYS]
    found = [way for way in ways if way is not None]
    if not found:
        whole = _way(formulation, compiled, tuple(UNITS), settings)
        found = [] if whole is None else [whole]
    conflict = _irreducible(formulation, compiled, settings)
    if not conflict and found:
        conflict = [(give.family, give.position) for give in found[0][0]]
    return {
        "conflict": [_conflict(formulation, *row) for row in conflict],
        "ways_out": sorted((way for _, way in found), key=lambda way: not way["verified"]),
    }


def _way(
    formulation: Formulation, compiled: Compiled, families: tuple[str, ...], settings: Settings
) -> tuple[list[Give], dict[str, Any]] | None:
    """The least that rows of these families have to give, in words, solved again; None = never."""
    gives = _gives(formulation, compiled, families, settings)
    if not gives:
        return None
    cost = _cost_with(formulation, compiled, gives, settings)
    words = {lang: _changes(formulation, gives, lang) for lang in ("en", "zh")}
    way = {
        "change": words["en"],
        "change_zh": words["zh"],
        "cost_mcny": cost,
        "verified": cost is not None,
    }
    return gives, way


def _irreducible(
    formulation: Formulation, compiled: Compiled, settings: Settings
) -> list[tuple[str, int]]:
    """(family, position) of the rows of an infeasible subsystem."""
    limit = min(settings.time_limit_s, CONFLICT_TIME_LIMIT_S)
    conflict = irreducible(compiled, time_limit_s=limit, solver=new_solver(settings))
    rows = set() if conflict is None else {row.number for row in conflict.rows}
    return [
        (family, position)
        for family in UNITS
        for position, row in _rows(formulation, compiled, family)
        if row in rows
    ]


def _rows(formulation: Formulation, compiled: Compiled, family: str) -> list[tuple[int, int]]:
    """Position and compiled row of all rows of a family."""
    if family not in formulation.constraints:
        return []
    return list(enumerate(compiled.rows_of(formulation.constraints[family]).tolist()))


def _gives(
    formulation: Formulation, compiled: Compiled, families: tuple[str, ...], settings: Settings
) -> list[Give]:
    """The cheapest slacks that make the model feasible, integers included; empty if none do."""
    place = {
        row: (family, position)
        for family in families
        for position, row in _rows(formulation, compiled, family)
    }
    rows = np.array(list(place), dtype=np.int64)
    elastic = Elastic.of(compiled, rows, 1 / _sizes(compiled, rows))
    solver = new_solver(settings)
    elastic.compiled.pass_to(solver)
    solver.setOptionValue("time_limit", float(settings.time_limit_s))
    solver.setOptionValue("mip_rel_gap", 0.01)
    within, _ = run_within(Cones(formulation), compiled, solver, NEAR)
    info = solver.getInfo()
    if not within or info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return []
    x = np.array(solver.getSolution().col_value)
    compiled.load_values(x[: len(compiled.cost)])
    found = []
    for short in elastic.shortfalls(x, LEAST):
        family, position = place[short.row]
        reached = _reached(formulation, position) if family == "target" else None
        amount = short.amount if short.side == "upper" else -short.amount
        found.append(Give(family, position, short.row, amount, reached))
    return found


def _sizes(compiled: Compiled, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How large the bounds of rows are, at least 1: what a unit of slack is measured by."""
    sides = np.abs(np.stack([compiled.row_lower[rows], compiled.row_upper[rows]]))
    sides[~np.isfinite(sides)] = 0.0
    size: NDArray[np.float64] = np.maximum(sides.max(axis=0), 1.0)
    return size


def _reached(formulation: Formulation, position: int) -> float | None:
    """What a target reaches at the values that the variables hold."""
    return _ratio(formulation, position).reached()


def _cost_with(
    formulation: Formulation, compiled: Compiled, gives: list[Give], settings: Settings
) -> float | None:
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
    within, _ = run_within(Cones(formulation), compiled, solver, NEAR)
    if not within or solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(solver.getInfo().objective_function_value)


def _place(formulation: Formulation, family: str, position: int) -> tuple[str, ...]:
    key = formulation.constraints[family].index.keys()[position]
    return tuple(str(part) for part in (key if isinstance(key, tuple) else (key,)))


def _ratio(formulation: Formulation, position: int) -> Any:
    """The measure of a target row."""
    index = formulation.constraints["target"].index
    when = index["year"][position]
    year = next(year for year in formulation.years if year.year == when)
    return year.targets.ratios[str(index["target"][position])]


def _target(formulation: Formulation, name: str) -> Any:
    return next(one for one in formulation.case.settings.targets if one.id == name)


def _conflict(formulation: Formulation, family: str, position: int) -> dict[str, Any]:
    place = _place(formulation, family, position)
    if family == "target":
        target = _target(formulation, place[0])
        return {
            "type": "target",
            "id": target.id,
            "place": target.scope,
            "value": target.value,
            "unit": target.unit or _ratio(formulation, position).unit,
            "source": target.source,
        }
    return {
        "type": family,
        "id": f"{family}[{','.join(place)}]",
        "place": place[1] if family in NAMED else place[0],
        "value": stated(formulation, family, position),
        "unit": COMMITTED.get(place[-1]) or UNITS[family],
        "source": None,
    }


def _changes(formulation: Formulation, gives: list[Give], lang: str) -> str:
    """All changes in words; many of one family are summed up."""
    parts = []
    for family in dict.fromkeys(give.family for give in gives):
        same = [give for give in gives if give.family == family]
        if len(same) <= SHOWN or family == "target":
            parts += [_change(formulation, give, lang) for give in same]
            continue
        amount = f"{sum(abs(give.amount) for give in same):,.6g}"
        places = text("explain.places", lang, count=len(same))
        unit = UNITS[family] or "EFLOPS"
        parts.append(text(f"explain.change.{family}", lang, place=places, amount=amount, unit=unit))
    return text("explain.and", lang).join(parts)


def _change(formulation: Formulation, give: Give, lang: str) -> str:
    """The change in words, in the row's own unit."""
    place = _place(formulation, give.family, give.position)
    years = {str(year.year) for year in formulation.years}
    amount = f"{abs(give.amount):,.6g}"
    if give.family == "target":
        target = _target(formulation, place[0])
        ratio = _ratio(formulation, give.position)
        reached = "?" if give.reached is None else f"{give.reached:,.6g}"
        return text(
            "explain.change.target",
            lang,
            id=target.id,
            value=f"{target.value:,.10g}",
            reached=reached,
            amount=amount,
            unit=text(f"explain.unit.{ratio.unit}", lang),
        )
    return text(
        f"explain.change.{give.family}",
        lang,
        place=", ".join(part for part in place if part not in years),
        amount=amount,
        unit=COMMITTED.get(place[-1]) or UNITS[give.family],
    )
