"""Checks of targets, floors and least halls that cannot be reached whatever is decided.

Two targets that exclude each other are an error. A target, floor or least amount of halls above
what its sites may ever hold is a warning: the solver proves it, and explains which limits stand in
its way.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from layout.model import derive, hardware
from layout.model.balance import floors
from layout.model.halls import HallKey, hall_key, hall_limits
from layout.model.known import Known
from layout.model.schema import Target
from layout.model.supply import TOLERANCE, room_mw

FP32 = "compute_eflops_fp32"
PER_UNIT = (FP32, "compute_eflops")
"""Measures of which a unit takes at least so many MW."""


def opposed_targets(known: Known) -> None:
    """No hard target asks for more of a measure than another one allows."""
    hard = [(at, one) for at, one in enumerate(known.settings.targets) if one.mode == "hard"]
    for (_, one), (position, other) in combinations(hard, 2):
        if _of(one) != _of(other) or not _same_year(one, other) or one.sense == other.sense:
            continue
        least, most = (one, other) if one.sense == "at_least" else (other, one)
        if float(least.value) > float(most.value) * (1 + TOLERANCE):
            values = {"least": f"{least.value:g}", "most": f"{most.value:g}"}
            known.at_target(position, "value", "opposed_targets", other=one.id, **values)


def _of(target: Target) -> tuple[object, ...]:
    return target.measure, target.scope, target.kind, target.basis


def _same_year(one: Target, other: Target) -> bool:
    return one.year == other.year or one.year is None or other.year is None


def floors_within_limits(known: Known) -> None:
    """Warn of a floor above what the sites of its place may ever hold."""
    if not known.settings.features.balance or known.frame("floors").empty:
        return
    table = known.frame("floors")
    room, rated = room_mw(known), _rated(known)
    for year in known.settings.periods:
        for floor in floors(known.model, year):
            family = [*hardware.family(known.model, floor.kind)]
            least = floor.min_eflops * min(rated[kind] for kind in family)
            most = float(room[floor.sites].sum())
            if least <= most * (1 + TOLERANCE) + 1e-9:
                continue
            named = (table[floor.of] == floor.name) & (table["kind"] == floor.kind)
            row = int(np.flatnonzero(named & table["year"].isin([0, year]))[-1])
            values = {"name": floor.name, "least": f"{least:.6g}", "room": f"{most:.6g}"}
            known.at_row(
                "floors", row, "min_eflops", "floor_above_limit", severity="warning", **values
            )


def halls_named_once(known: Known) -> None:
    """A scope and facility types, in whatever order, have one row for a year."""
    seen: dict[tuple[HallKey, int], int] = {}
    for row, record in enumerate(known.frame("hall_limits").to_dict("records")):
        key = hall_key(str(record["scope"]), str(record["facilities"])), int(record["year"])
        first = seen.setdefault(key, row)
        if first != row:
            place = known.tables["hall_limits"].place(first)
            name = f"{record['scope']}, {record['facilities']}"
            known.at_row("hall_limits", row, "scope", "duplicate_row", name=name, first=place.row)


def halls_within_limits(known: Known) -> None:
    """Warn of halls asked for above what the sites of their scope may ever hold."""
    if known.frame("hall_limits").empty:
        return
    room, told = room_mw(known), set[int]()
    for year in known.settings.periods:
        for limit in hall_limits(known.model, year):
            most = float(room[limit.sites].sum())
            if limit.row in told or limit.min_it_mw <= most * (1 + TOLERANCE) + 1e-9:
                continue
            told.add(limit.row)
            values = {"least": f"{limit.min_it_mw:.6g}", "room": f"{most:.6g}"}
            at = ("hall_limits", limit.row, "min_it_mw", "halls_above_limit")
            known.at_row(*at, severity="warning", scope=limit.scope, **values)


def targets_within_limits(known: Known) -> None:
    """Warn of a hard target on compute above what the sites in its scope may ever hold."""
    wanted = [
        (at, one)
        for at, one in enumerate(known.settings.targets)
        if one.mode == "hard" and one.sense == "at_least" and one.measure in PER_UNIT
    ]
    if not wanted:
        return
    room, rated = room_mw(known), _rated(known)
    kinds = known.frame("kinds")
    factors = kinds["fp32_per_native"].astype(float)
    weight: dict[str, float] = dict(zip(kinds["kind"], factors, strict=True))
    for position, target in wanted:
        chosen = [*hardware.family(known.model, target.kind)] if target.kind else list(rated)
        per = _per_unit(chosen, rated, weight if target.measure == FP32 else None)
        least = float(target.value) * per
        most = float(room[derive.scope_sites(known.model, target.scope)].sum())
        if least > most * (1 + TOLERANCE) + 1e-9:
            values = {"least": f"{least:.6g}", "room": f"{most:.6g}", "scope": target.scope}
            known.at_target(position, "value", "target_above_limit", severity="warning", **values)


def _rated(known: Known) -> dict[str, float]:
    """Kind → MW of an EFLOPS."""
    kinds = known.frame("kinds")
    return dict(zip(kinds["kind"], kinds["it_mw_per_eflops"].astype(float), strict=True))


def _per_unit(kinds: list[str], rated: dict[str, float], weight: dict[str, float] | None) -> float:
    """The least MW of a unit of compute over some kinds."""
    each: NDArray[np.float64] = np.array([rated[kind] for kind in kinds], dtype=float)
    if weight is not None:
        factor = np.array([weight[kind] for kind in kinds], dtype=float)
        each = np.divide(each, factor, out=np.full(len(each), np.inf), where=factor > 0)
    return float(np.nanmin(each, initial=np.inf)) if np.isfinite(each).any() else 0.0
