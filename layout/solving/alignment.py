"""Where the columns and rows of one compiled model stand in another that resembles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from layout.formulation.linear import Floats, Ints

if TYPE_CHECKING:
    from layout.algebra import Compiled, Index


@dataclass(frozen=True)
class Alignment:
    """New column → old column and new row → old row; −1 where there was none."""

    columns: Ints
    rows: Ints

    def values(self, old: Floats) -> Floats:
        """Values of old columns in the new ones; 0 for those that are new."""
        return np.where(self.columns >= 0, np.append(old, 0.0)[self.columns], 0.0)

    def basis(self, old: Any) -> Any:
        """An old basis for the new model: new columns at their lower bound, new rows basic."""
        kinds = highspy.HighsBasisStatus
        found = highspy.HighsBasis()
        found.col_status = _taken(old.col_status, self.columns, kinds.kLower)
        found.row_status = _taken(old.row_status, self.rows, kinds.kBasic)
        found.valid, found.alien = True, True
        return found


def _taken(known: Sequence[Any], at: Ints, otherwise: Any) -> list[Any]:
    known = [*known, otherwise]
    return [known[place] for place in at.tolist()]


def alike(old: Compiled, new: Compiled) -> bool:
    """Whether two models have the same size, places of coefficients, whole columns and sense."""
    if len(old.cost) != len(new.cost) or len(old.row_lower) != len(new.row_lower):
        return False
    one, other = old.entries, new.entries
    return (
        old.sense == new.sense
        and (one.starts is other.starts or np.array_equal(one.starts, other.starts))
        and (one.rows is other.rows or np.array_equal(one.rows, other.rows))
        and np.array_equal(old.integrality, new.integrality)
    )


def differing(*pairs: Floats) -> Ints:
    """Where the arrays of any pair differ."""
    changed = np.zeros(len(pairs[0]), dtype=bool)
    for one, other in zip(pairs[::2], pairs[1::2], strict=True):
        if one is not other:
            changed |= one != other
    return np.flatnonzero(changed).astype(np.int32)


def aligned(old: Compiled, new: Compiled) -> Alignment:
    """Columns and rows of the same component and key; array components only."""
    return Alignment(
        _places(old.column_blocks, new.column_blocks, len(new.cost)),
        _places(old.row_blocks, new.row_blocks, len(new.row_lower)),
    )


def _places(old: Sequence[Any], new: Sequence[Any], count: int) -> Ints:
    found = np.full(count, -1, dtype=np.int64)
    known = {block.component.local_name: block for block in old}
    for block in new:
        other = known.get(block.component.local_name)
        if other is None or not (_plain(block) and _plain(other)):
            continue
        place = positions(other.component.index, block.component.index)
        found[block.start : block.stop] = np.where(place >= 0, place + other.start, -1)
    return found


def _plain(block: Any) -> bool:
    return block.data is None and getattr(block, "positions", None) is None


def positions(old: Index, new: Index) -> Ints:
    """Position of every key of one index in another; −1 where it is not there."""
    if old is new:
        return np.arange(len(new))
    if old.names != new.names:
        return np.full(len(new), -1, dtype=np.int64)
    missing = np.zeros(len(new), dtype=bool)
    known, wanted = np.zeros(len(old), dtype=np.int64), np.zeros(len(new), dtype=np.int64)
    for name in old.names:
        levels = {label: number for number, label in enumerate(old.levels(name))}
        number = np.array([levels.get(label, -1) for label in new.levels(name)], dtype=np.int64)
        code = number[new.codes(name)] if len(number) else np.zeros(0, dtype=np.int64)
        missing |= code < 0
        known = known * len(levels) + old.codes(name)
        wanted = wanted * len(levels) + np.maximum(code, 0)
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known, wanted, sorter=order)
    place = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(len(new), np.int64)
    right = ~missing & (known[place] == wanted) if len(order) else np.zeros(len(new), dtype=bool)
    return np.where(right, place, -1)
