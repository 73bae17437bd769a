"""Work that shifts: who serves whom is decided slice by slice, around the shares of the year.

The year's flows stay what every measure, link and delay reads; what shifts is when each of the
sites that serve a zone does its share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation.hosting import Hosted
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Part, Rows
from layout.formulation.slicing import Time
from layout.model import slices
from layout.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from layout.formulation.case import Case


def shiftable(case: Case) -> NDArray[np.bool_]:
    """Workload → whether who serves it is decided slice by slice."""
    return slices.shiftable(case.model)


def shifting(time: Time, hosted: Hosted) -> dict[str, Rows]:
    """What each site serves of each zone in every slice, for workloads that may shift.

    Adds shifted[i,z,w,y,s] in EFLOPS, and rows
    shifted_work   Σ_i Σ_{s in d} hours[s]·shifted[i,z,w,y,s] = work[w,d]·Σ_i served[i,z,w,y]
    shifted_mean   Σ_s hours[s]·shifted[i,z,w,y,s] = 8760·served[i,z,w,y]
    shifted_top    shifted[i,z,w,y,s] ≤ top[w]·served[i,z,w,y]
    shifted_load   Σ_k flexible[i,w,k,y,s] = Σ_z work[i,z,w]·shifted[i,z,w,y,s]
    where a window d is a slice, with work = hours·shape, or for work that may wait within its day
    a day, with work = hours; top is the highest load of a slice over the mean (`load_peaks`),
    for which links of the backbone have room; work is what an EFLOPS of demand takes at the site.
    Nothing where no workload shifts.
    """
    v, case = time.v, time.case
    flows = case.flows
    at = np.flatnonzero(shiftable(case)[flows.workload])
    if not len(at):
        return {}
    doc = "demand of the zone that the site serves in the slice"
    index = v.flow_index(flows.take(at))
    shifted = v.new("shifted", time.over(index), doc=doc, unit="EFLOPS")
    return {
        "shifted_work": _work(time, shifted, at),
        "shifted_mean": _mean(time, shifted, at, index),
        "shifted_top": _top(time, shifted, at),
        "shifted_load": _load(time, shifted, at, hosted),
    }


def _served(time: Time, rows: Linear, of: Ints, row: Ints, by: Any) -> Linear:
    """Add by·served of the flows `of` to the rows `row`."""
    flows = len(time.case.flows)
    rows_of, weight = dense((flows,)), np.zeros(flows)
    rows_of[of], weight[of] = row, by
    return time.v.add_served(rows, rows_of, weight)


@dataclass(frozen=True)
class _Windows:
    """Within what a zone's work that shifts is done: a slice, or a day for work that may wait it.

    Per window, those of a demand together from `first[demand]` on: owner (the demand), name,
    level (mean of its load over that of the year). `of` is demand × slice → window; `share`
    demand × slice → hours of the slice over those of its window.
    """

    first: Ints
    owner: Ints
    name: NDArray[np.object_]
    level: Floats
    of: Ints
    share: Floats


def _windows(time: Time, workload: Ints) -> _Windows:
    """The windows of demands of some workloads."""
    count, day, hours = time.count, time.slices.day, time.slices.hours
    waits = time.case.workload_table["flexible"].to_numpy(dtype=object)[workload]
    daily = (waits == "day")[:, None]
    place = np.where(daily, day, np.arange(count))
    sizes = place.max(axis=1) + 1
    first = np.concatenate([[0], np.cumsum(sizes)])
    of, total = first[:-1, None] + place, int(first[-1])
    length = np.bincount(of.reshape(-1), np.tile(hours, len(workload)), total)
    share = hours / length[of]
    load = np.where(daily, 1.0, time.slices.load_shapes[workload])
    level = np.bincount(of.reshape(-1), (load * share).reshape(-1), total)
    labels = np.array(time.slices.labels, dtype=object)
    name = np.empty(total, dtype=object)
    name[of] = np.where(daily, np.array([f"d{one}" for one in day], dtype=object), labels)
    owner = np.repeat(np.arange(len(workload)), sizes)
    return _Windows(first, owner, name, level.astype(float), of, share)


def _work(time: Time, shifted: Part, at: Ints) -> Rows:
    """All that a zone asks for in a window is done in it, at whatever site; EFLOPS."""
    case, flows = time.case, time.case.flows
    demands, demand = np.unique(flows.row[at], return_inverse=True)
    table = case.demand.iloc[demands]
    zone, workload = (table[name].to_numpy(np.int64) for name in ("zone", "workload"))
    windows = _windows(time, workload)
    rows = Linear(len(windows.level))
    share = windows.share[demand].reshape(-1)
    rows.add(shifted, windows.of[demand].reshape(-1), np.arange(len(shifted)), share)
    sizes = np.diff(windows.first)[demand]
    for step in range(int(sizes.max())):
        some = step < sizes
        row = windows.first[demand[some]] + step
        _served(time, rows, at[some], row, -windows.level[row])
    keys = (
        np.array(case.zones, dtype=object)[zone[windows.owner]],
        np.array(case.workloads, dtype=object)[workload[windows.owner]],
        np.full(len(windows.owner), case.year),
        windows.name,
    )
    index = Index(("zone", "workload", "year", "window"), keys)
    doc = "work that shifts is done in its window, EFLOPS"
    return rows.rows(index, lower=0.0, upper=0.0, doc=doc)


def _mean(time: Time, shifted: Part, at: Ints, index: Index) -> Rows:
    """A site serves its share of the year, in whatever slices; EFLOPS."""
    each = np.arange(len(at))
    rows = Linear(len(at))
    hours = np.tile(time.slices.hours, len(at)) / HOURS_PER_YEAR
    rows.add(shifted, np.repeat(each, time.count), np.arange(len(shifted)), hours)
    _served(time, rows, at, each, -1.0)
    doc = "what shifts is served over the year, EFLOPS"
    return rows.rows(index, lower=0.0, upper=0.0, doc=doc)


def _top(time: Time, shifted: Part, at: Ints) -> Rows:
    """No slice rises further above the mean than links have room for; EFLOPS."""
    position = np.arange(len(shifted))
    most = slices.load_peaks(time.case.model)[time.case.flows.workload[at]]
    rows = Linear(len(shifted)).add(shifted, position, position)
    for step in range(time.count):
        _served(time, rows, at, np.arange(len(at)) * time.count + step, -most)
    doc = "what shifts stays below its ceiling, EFLOPS"
    return rows.rows(shifted.index, upper=0.0, doc=doc)


def _load(time: Time, shifted: Part, at: Ints, hosted: Hosted) -> Rows:
    """What a site serves in a slice is its load of the workload; EFLOPS."""
    case, count = time.case, time.count
    assert hosted.flexible is not None
    bends = hosted.bends
    number = dense((len(case.sites), len(case.workloads)))
    own = np.flatnonzero(shiftable(case)[hosted.workload[bends]])
    site, workload = hosted.site[bends[own]], hosted.workload[bends[own]]
    places = np.unique(site * len(case.workloads) + workload)
    number.reshape(-1)[places] = np.arange(len(places))
    every = np.arange(count)

    def over(row: Ints) -> Ints:
        return (row[:, None] * count + every).reshape(-1)

    rows = Linear(len(places) * count)
    rows.add(hosted.flexible, over(number[site, workload]), over(own))
    flows = case.flows
    to = number[flows.site[at], flows.workload[at]]
    rows.add(shifted, over(to), np.arange(len(shifted)), np.repeat(-flows.work[at], count))
    names = (
        np.array(case.sites, dtype=object)[places // len(case.workloads)],
        np.array(case.workloads, dtype=object)[places % len(case.workloads)],
        np.full(len(places), case.year),
    )
    index = time.over(Index(("site", "workload", "year"), names))
    doc = "load of work that shifts, EFLOPS"
    return rows.rows(index, lower=0.0, upper=0.0, doc=doc)
