"""What sites host, and the hardware that it takes at any hour, however slices are merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Part, Rows
from layout.model.slices import Crowds, Patterns, crowds, load_patterns

if TYPE_CHECKING:
    from layout.formulation.variables import Variables

FLEXIBLE = ("day", "week")


@dataclass(frozen=True)
class Hosted:
    """What sites host: `part[site, workload, year]`, and the load of flexible work by slice.

    By kind of hardware too, `part[site, workload, kind, year]`, where several kinds run a
    workload; `need` is peak EFLOPS of the kind for an EFLOPS hosted. `bends` are the positions of
    flexible work, and `bent` their keys.
    """

    part: Part
    site: Ints
    workload: Ints
    kind: Ints
    need: Floats
    bends: Ints
    bent: Index
    flexible: Part | None

    def rigid(self) -> Ints:
        """The positions whose load follows its shape."""
        return np.setdiff1d(np.arange(len(self.part)), self.bends)


def pattern_limit(v: Variables, hosted: Hosted) -> Rows | None:
    """Hardware suffices for the load as stated, which merged slices smooth (17).

    Σ_w need[w,k]·crowd[w,c]·hosted[i,w,k,y] ≤ max_utilisation[k]·Σ_u installed[u,k,y]
    for every site i, kind k with rigid work and crowd c of load patterns; EFLOPS. For rigid
    workloads crowd[w,c] is the mean of the shape over the crowd, for flexible ones what has to run
    in it (`crowds`). None where no slices are merged. Without these rows a run on few slices buys
    less hardware than one on many.
    """
    patterns = load_patterns(v.case.model)
    if patterns is None:
        return None
    blocks = [_of_kind(v, hosted, patterns, kind) for kind in range(len(v.case.kinds))]
    found = [block for block in blocks if block is not None]
    rows, start = Linear(sum(block.count for block in found)), 0
    for block in found:
        for part, row, at, by in block.terms:
            rows.add(part, row + start, at, by)
        start += block.count
    sites = [np.repeat(block.sites, len(block.crowds.labels)) for block in found]
    kinds = [np.full(block.count, block.kind) for block in found]
    labels = [np.tile(block.crowds.labels, len(block.sites)) for block in found]
    index = Index(
        ("site", "kind", "year", "crowd"),
        (
            np.array(v.case.sites, dtype=object)[_joined(sites)],
            np.array(v.case.kinds, dtype=object)[_joined(kinds)],
            np.full(start, v.case.year),
            np.concatenate([np.empty(0, dtype=object), *labels]),
        ),
    )
    return rows.rows(index, upper=0.0, doc="load as stated within usable compute, EFLOPS")


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


@dataclass(frozen=True)
class _Block:
    """The rows of one kind: its sites, one row for each crowd; terms as in `Linear`."""

    kind: int
    sites: Ints
    crowds: Crowds
    terms: list[tuple[Part, Ints, Ints, NDArray[np.float64]]]

    @property
    def count(self) -> int:
        return len(self.sites) * len(self.crowds.labels)


def _of_kind(v: Variables, hosted: Hosted, patterns: Patterns, kind: int) -> _Block | None:
    """The rows of a kind; none where all of its work may wait: that lies flat."""
    case, units = v.case, v.case.units
    runs = np.flatnonzero(hosted.kind == kind)
    workload = hosted.workload[runs]
    waits = case.workload_table["flexible"].to_numpy(dtype=object)[workload]
    rigid = np.unique(workload[~np.isin(waits, FLEXIBLE)])
    if not len(rigid):
        return None
    sets = crowds(patterns, rigid, case.settings.slices.flexible_headroom)
    count, sites = len(sets.labels), np.unique(hosted.site[runs])
    row_of = dense((len(case.sites),))
    row_of[sites] = np.arange(len(sites)) * count

    def rows(site: Ints) -> Ints:
        return (row_of[site][:, None] + np.arange(count)).reshape(-1)

    share = sets.load[workload]
    share[waits == "day"], share[waits == "week"] = sets.day, sets.week
    weight = (hosted.need[runs][:, None] * share).reshape(-1)
    pairs = np.flatnonzero((units.kind == kind) & (row_of[units.pair_site] >= 0))
    usable = np.full(len(pairs) * count, -case.kind_values("max_utilisation")[kind])
    assert v.installed is not None
    terms = [
        (hosted.part, rows(hosted.site[runs]), np.repeat(runs, count), weight),
        (v.installed, rows(units.pair_site[pairs]), np.repeat(pairs, count), usable),
    ]
    return _Block(kind, sites, sets, terms)
