"""Families of hardware: kinds and their sub-kinds, who may run what, what is on offer when.

A sub-kind is a row of ``kinds`` with a ``parent``: a generation of hardware, the chips of a
supplier, the machines of an owner. It has its own power, price and life; whatever names the
parent means its sub-kinds too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model.naming import OWNER_SIGN
from layout.once import once

if TYPE_CHECKING:
    from layout.model import PlanningModel

Mask = NDArray[np.bool_]


@once
def children(model: PlanningModel) -> dict[str, tuple[str, ...]]:
    """Kind → its sub-kinds, for kinds that have any.

    Those of a sub-kind are what its owners hold of it, ``kind@owner`` (`layout.model.owners`).
    """
    table = model["kinds"]
    above = dict(zip(table["kind"], table["parent"], strict=True))
    found: dict[str, list[str]] = {}
    for kind, parent, owner in zip(table["kind"], table["parent"], table["owner"], strict=True):
        whole = kind.rpartition(OWNER_SIGN)[0] if owner else ""
        names = [parent, whole if above.get(whole) else ""]
        for name in filter(None, names):
            found.setdefault(name, []).append(kind)
    return {name: tuple(found[name]) for name in sorted(found)}


def family(model: PlanningModel, kind: str) -> tuple[str, ...]:
    """A kind and its sub-kinds."""
    return (kind, *children(model).get(kind, ()))


def widened(model: PlanningModel, kinds: Iterable[str]) -> tuple[str, ...]:
    """Kinds with the sub-kinds of those that have any, each once, in the order of naming."""
    young = children(model)
    return tuple(dict.fromkeys(one for kind in kinds for one in (kind, *young.get(kind, ()))))


def named(model: PlanningModel, kind: str | None) -> Mask:
    """Which rows of ``kinds`` a name means: it and its sub-kinds; all where there is no name."""
    kinds = model["kinds"]["kind"]
    if not kind:
        return np.ones(len(kinds), dtype=bool)
    return kinds.isin(family(model, kind)).to_numpy()


def root_of(model: PlanningModel) -> dict[str, str]:
    """Kind → the kind that it belongs to: its parent, or itself."""
    table = model["kinds"]
    return {
        kind: parent or kind for kind, parent in zip(table["kind"], table["parent"], strict=True)
    }


@once
def hosts(model: PlanningModel) -> pd.DataFrame:
    """Which kinds run a workload, sorted: workload, kind, need.

    A workload runs on its own kind and its sub-kinds, and on what ``substitution`` names, with
    the sub-kinds of that; a row for a sub-kind beats the one for its parent. `need` is peak
    EFLOPS of the kind for an EFLOPS served: 1/(effectiveness·efficiency).
    """
    young, table = children(model), model["substitution"]
    given: dict[str, dict[str, float]] = {}
    rows = zip(table["workload"], table["kind"], table["efficiency"], strict=True)
    for workload, kind, efficiency in rows:
        given.setdefault(workload, {})[kind] = float(efficiency)
    works = model["workloads"]
    found = []
    for workload, own in zip(works["workload"], works["kind"], strict=True):
        said = given.get(workload, {})
        efficiency = dict.fromkeys((own, *young.get(own, ())), 1.0)
        for kind, value in said.items():
            efficiency |= dict.fromkeys((kind, *young.get(kind, ())), value)
        efficiency |= {**said, own: 1.0}
        found += [(workload, kind, value) for kind, value in efficiency.items()]
    frame = pd.DataFrame(found, columns=["workload", "kind", "efficiency"])
    works_at = model["kinds"].set_index("kind")["effectiveness"].reindex(frame["kind"])
    frame["need"] = 1.0 / (works_at.to_numpy(dtype=float) * frame["efficiency"])
    frame = frame.sort_values(["workload", "kind"])
    return frame[["workload", "kind", "need"]].reset_index(drop=True)


@once
def hosting(model: PlanningModel) -> dict[str, frozenset[str]]:
    """Workload → the kinds that run it."""
    frame = hosts(model)
    return {str(work): frozenset(kinds) for work, kinds in frame.groupby("workload")["kind"]}


def on_offer(model: PlanningModel, year: int) -> Mask:
    """Which rows of ``kinds`` may be put into service in a year: from_year ≤ year ≤ until_year."""
    first, last = (model["kinds"][name].to_numpy() for name in ("from_year", "until_year"))
    return np.asarray(((first == 0) | (year >= first)) & ((last == 0) | (year <= last)))


def domestic(model: PlanningModel) -> Mask:
    """Which rows of ``kinds`` are domestic hardware; a sub-kind that does not say is as its parent.

    What nobody says is not counted as domestic.
    """
    table = model["kinds"]
    said = dict(zip(table["kind"], table["domestic"], strict=True))
    pairs = zip(table["domestic"], table["parent"], strict=True)
    return np.array([(own or said.get(parent, "")) == "yes" for own, parent in pairs], dtype=bool)
