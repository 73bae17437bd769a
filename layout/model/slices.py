"""Time slices of the year: hours, load shapes, capacity factors, tariffs and cooling.

The tables state slices as finely as they like, day by day. What a run uses is made from them by
merging neighbouring slices of a day (chronological clustering: S. Pineda and J. M. Morales,
IEEE Transactions on Power Systems 33(6), 2018), so that days keep their order and every mean
over the year stays exactly what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Slices:
    """The slices of a year and every series over them.

    Per slice: labels, hours (of the year; they add up to 8760), day (number of the
    representative day), block_hours (consecutive hours within the day), next_in_day (position
    of the slice that follows, the day closing on itself). Matrices × slices: load_shapes by
    workload (mean 1), capacity_factors by row of ``renewables`` (mean as stated there),
    price_factors and cooling_factors by site (mean 1).
    """

    labels: tuple[str, ...]
    hours: Floats
    day: Ints
    block_hours: Floats
    load_shapes: Floats
    capacity_factors: Floats
    price_factors: Floats
    cooling_factors: Floats

    @property
    def next_in_day(self) -> Ints:
        """Position of the slice that follows in the same day."""
        follow = np.arange(1, len(self.day) + 1)
        first = np.searchsorted(self.day, self.day)
        last = np.append(self.day[1:] != self.day[:-1], True)
        return np.where(last, first, follow).astype(np.int64)


def time_slices(model: PlanningModel) -> Slices:
    """The slices that a run of `model` uses: those of its tables, merged to `slices.count`."""
    stated = _stated(model)
    count = model.settings.slices.count
    return stated if len(stated.labels) <= count else _merged(stated, count)


@dataclass(frozen=True)
class Patterns:
    """Hours of the year with the same load of all that cannot wait.

    Per pattern: labels, hours (they add up to 8760), day (number of the representative day, 0
    where no work has to be done within its day); load_shapes by workload (mean 1).
    """

    labels: tuple[str, ...]
    hours: Floats
    day: Ints
    load_shapes: Floats


MOST_PATTERNS = 48
GRID = (1e-6, 0.01, 0.02, 0.05, 0.1, 0.2)


def load_patterns(model: PlanningModel) -> Patterns | None:
    """What merging slices hides of the load: None where nothing is merged.

    Stated slices with the same shapes of rigid workloads are one pattern (of each day, where
    some work must be done in its day). Where there are more than 48, shapes are told apart less
    finely, by 0.01 and up to 0.2 of the mean.
    """
    stated = _stated(model)
    if len(stated.labels) <= model.settings.slices.count:
        return None
    window = model["workloads"]["flexible"].to_numpy(dtype=object)
    day = stated.day if (window == "day").any() else np.zeros_like(stated.day)
    rigid = stated.load_shapes[~np.isin(window, ["day", "week"])]
    for step in GRID:
        rounded = np.vstack([day, np.round(rigid / step)])
        _, first, member = np.unique(rounded, axis=1, return_index=True, return_inverse=True)
        if len(first) <= MOST_PATTERNS:
            break
    member = member.reshape(-1)
    hours = np.bincount(member, stated.hours).astype(float)
    shapes = np.zeros((len(stated.load_shapes), len(hours)))
    np.add.at(shapes.T, member, (stated.load_shapes * stated.hours).T)
    labels = tuple(f"p{number + 1:02d}" for number in range(len(hours)))
    return Patterns(labels, hours, day[first], shapes / hours)


@dataclass(frozen=True)
class Crowds:
    """Sets of patterns in which load may crowd, and how much of it does.

    What runs in a set is its rigid load, and the flexible work that does not fit elsewhere below
    its ceiling of (1 + headroom)·mean; hardware suffices just where it does so in every set. Per
    set: labels, load (workload × set: mean of the shape), and what runs there of a mean of 1 of
    the work of the year (`week`) and of the day (`day`), each over the hours of the set.
    """

    labels: tuple[str, ...]
    load: Floats
    week: Floats
    day: Floats


def crowds(patterns: Patterns, rigid: Ints, headroom: float) -> Crowds:
    """The sets that can bind where the workloads `rigid` (positions) follow their shapes.

    These are the patterns of the highest load, so many of them, of the year and of each day, in
    every order that some mix of the workloads can give them. Mixes of two shapes are taken
    wherever the order changes; of more, along all pairs and in the middle.
    """
    shapes = np.unique(np.round(patterns.load_shapes[rigid], 9), axis=0)
    days = np.unique(patterns.day)
    groups = [np.arange(len(patterns.hours))]
    groups += [np.flatnonzero(patterns.day == day) for day in days if len(days) > 1]
    found = set()
    for group in groups:
        for mix in _mixes(shapes[:, group]):
            order = group[np.argsort(-(mix @ shapes[:, group]), kind="stable")]
            found |= {tuple(sorted(order[:size].tolist())) for size in range(1, len(order) + 1)}
    every = len(patterns.hours)  # the whole year: what `capacity` says
    inside = np.zeros((len(found), every), dtype=bool)
    for row, members in enumerate(sorted(found)):
        inside[row, list(members)] = True
    inside = inside[inside.sum(axis=1) < every]
    return _binding(patterns, rigid, inside, 1 + headroom)


def _mixes(shapes: Floats) -> list[Floats]:
    """Weights of the shapes, one for every order of the patterns that two of them can give."""
    count = len(shapes)
    mixes = [*np.eye(count), np.full(count, 1 / count)]
    for one in range(count):
        for two in range(one + 1, count):
            first, second = (shapes[at][:, None] - shapes[at][None, :] for at in (one, two))
            apart = second - first
            equal = np.divide(second, apart, out=np.zeros_like(apart), where=apart != 0)
            turns = np.unique(np.round(equal[(equal > 0) & (equal < 1)], 9))
            ends = np.concatenate([[0.0], turns, [1.0]])
            for share in (ends[1:] + ends[:-1]) / 2:
                mix = np.zeros(count)
                mix[one], mix[two] = share, 1 - share
                mixes.append(mix)
    return mixes


def _binding(patterns: Patterns, rigid: Ints, inside: NDArray[np.bool_], ceiling: float) -> Crowds:
    """The sets in which no other holds at least as much of everything."""
    hours = patterns.hours
    size = inside @ hours
    load = (patterns.load_shapes * hours) @ inside.T / size
    week = np.maximum(hours.sum() - ceiling * (~inside @ hours), 0.0) / size
    day = np.zeros(len(inside))
    for number in np.unique(patterns.day):
        of = np.where(patterns.day == number, hours, 0.0)
        day += np.maximum(of.sum() - ceiling * (~inside @ of), 0.0) / size
    held = np.round(np.vstack([load[rigid], week, day]).T, 9)
    _, kept = np.unique(held, axis=0, return_index=True)
    kept = np.sort(kept)
    held = held[kept]
    over = (held[None, :, :] >= held[:, None, :]).all(axis=2)
    kept = kept[over.sum(axis=1) == 1]
    labels = tuple(f"c{number + 1:02d}" for number in range(len(kept)))
    return Crowds(labels, load[:, kept], week[kept], day[kept])


def load_peaks(model: PlanningModel) -> Floats:
    """Workload → highest load of a slice over the mean of the year; of 1 at least.

    From the slices as stated, so that merging them does not hide a peak. Flexible work may rise
    to 1 + `flexible_headroom`; so may what a site serves of work that shifts, or to the peak of its
    shape where that is higher.
    """
    shapes = _stated(model).load_shapes
    peak = shapes.max(axis=1, initial=1.0)
    ceiling = 1 + model.settings.slices.flexible_headroom
    flexible = (model["workloads"]["flexible"] != "no").to_numpy()
    peak = np.where(flexible, ceiling, peak)
    return np.where(shiftable(model), np.maximum(peak, ceiling), peak)


def shiftable(model: PlanningModel) -> NDArray[np.bool_]:
    """Workload → whether who serves it is decided slice by slice.

    Work of the `week` may wait all year, so that its sites are free in every slice already; what
    one site must serve whole stays there.
    """
    table = model["workloads"]
    return (table["shiftable"] & table["split"] & (table["flexible"] != "week")).to_numpy(
        dtype=bool
    )


def ordered(model: PlanningModel) -> pd.DataFrame:
    """``slices`` with the slices of each day together, by `start_hour`, then by name."""
    table = model["slices"].assign(number=pd.factorize(model["slices"]["day"], sort=True)[0])
    return table.sort_values(["number", "start_hour", "slice"], ignore_index=True)


def _stated(model: PlanningModel) -> Slices:
    table = ordered(model)
    hours = table["hours"].to_numpy(dtype=float)
    hours = hours * HOURS_PER_YEAR / hours.sum()
    day = table["number"].to_numpy(dtype=np.int64)
    share = np.bincount(day, hours)[day] / 24
    profiles, labels = model["profiles"], table["slice"]
    sites = model["sites"]
    weight = hours / HOURS_PER_YEAR
    renewables = model["renewables"]
    yields = _matrix(profiles, ["province", "technology"], renewables, labels)
    published = renewables["capacity_factor"].to_numpy(dtype=float)[:, None]
    return Slices(
        labels=tuple(labels),
        hours=hours,
        day=day,
        block_hours=hours / share,
        load_shapes=_mean_one(_matrix(profiles, ["workload"], model["workloads"], labels), weight),
        capacity_factors=published * _mean_one(yields, weight),
        price_factors=_mean_one(_prices(profiles, sites, labels), weight),
        cooling_factors=_mean_one(_matrix(profiles, ["climate_zone"], sites, labels), weight),
    )


KEYS = ("province", "technology", "workload", "tariff_zone", "climate_zone")
"""Columns that say what a profile is of: those a row fills, and no others."""


def rows_of(profiles: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The profile rows that fill just these of the key columns."""
    mask = np.ones(len(profiles), dtype=bool)
    for name in KEYS:
        filled = (profiles[name] != "").to_numpy()
        mask &= filled if name in names else ~filled
    return profiles[mask]


def _matrix(
    profiles: pd.DataFrame, names: list[str], of: pd.DataFrame, labels: pd.Series
) -> Floats:
    """Rows of `of` × slices; a row without a profile is flat."""
    found = rows_of(profiles, names)
    if found.empty:
        return np.ones((len(of), len(labels)))
    wide = found.pivot_table(index=names, columns="slice", values="value", sort=False)
    index = pd.MultiIndex.from_frame(of[names]) if len(names) > 1 else of[names[0]]
    values = wide.reindex(index=index, columns=labels).to_numpy(dtype=float)
    flat = np.isnan(values).all(axis=1)[:, None]
    return np.where(flat, 1.0, np.nan_to_num(values))


def _prices(profiles: pd.DataFrame, sites: pd.DataFrame, labels: pd.Series) -> Floats:
    """Site × slice: the profile of the tariff zone, else of the province, else of the nation."""
    stated = rows_of(profiles, []).set_index("slice")["value"]
    nation = stated.reindex(labels).fillna(1.0 if stated.empty else 0.0)
    found = np.tile(nation.to_numpy(dtype=float), (len(sites), 1))
    for column in ("province", "tariff_zone"):
        known = set(rows_of(profiles, [column])[column])
        own = sites[column].isin(known).to_numpy()[:, None]
        found = np.where(own, _matrix(profiles, [column], sites, labels), found)
    return found


def _mean_one(values: Floats, weight: Floats) -> Floats:
    """Every row divided by its mean over the year; a row of zeros stays."""
    mean = (values * weight).sum(axis=1, keepdims=True)
    return np.divide(values, mean, out=np.zeros_like(values), where=mean > 0)


def _merged(stated: Slices, count: int) -> Slices:
    """Merge the two neighbours within a day that lose least, until `count` slices are left.

    The loss of a merger is Ward's: θ1·θ2/(θ1 + θ2)·Σ over series of the squared difference, each
    group of series weighing the same.
    """
    groups = (
        stated.load_shapes,
        stated.capacity_factors,
        stated.price_factors,
        stated.cooling_factors,
    )
    series = np.vstack([_weighted(group) for group in groups])
    hours, day = stated.hours.copy(), stated.day
    members = [[at] for at in range(len(hours))]
    while len(members) > count:
        of_day = day[[group[0] for group in members]]
        apart = ((series[:, 1:] - series[:, :-1]) ** 2).sum(axis=0)
        loss = hours[1:] * hours[:-1] / (hours[1:] + hours[:-1]) * apart
        loss = np.where(of_day[1:] == of_day[:-1], loss, np.inf)
        at = int(np.argmin(loss))
        if not np.isfinite(loss[at]):
            break  # every day is one slice
        both = hours[at] + hours[at + 1]
        mean = (series[:, at] * hours[at] + series[:, at + 1] * hours[at + 1]) / both
        series = np.delete(series, at + 1, axis=1)
        series[:, at] = mean
        hours = np.delete(hours, at + 1)
        hours[at] = both
        members[at] += members.pop(at + 1)
    return _gathered(stated, members)


def _weighted(group: Floats) -> Floats:
    """A group of series with the same say as every other group."""
    mean = np.abs(group).mean(axis=1, keepdims=True)
    scaled = np.divide(group, mean, out=np.zeros_like(group), where=mean > 0)
    return scaled / max(1, len(group)) ** 0.5


def _gathered(stated: Slices, members: list[list[int]]) -> Slices:
    """The slices merged as `members` say; means weighted by hours."""
    first = np.array([group[0] for group in members])
    owner = np.repeat(np.arange(len(members)), [len(group) for group in members])
    hours = np.bincount(owner, stated.hours).astype(float)

    def mean(values: Floats) -> Floats:
        sums = np.zeros((len(values), len(members)))
        np.add.at(sums.T, owner, (values * stated.hours).T)
        return sums / hours

    return Slices(
        labels=tuple(
            stated.labels[group[0]]
            if len(group) == 1
            else f"{stated.labels[group[0]]}..{stated.labels[group[-1]]}"
            for group in members
        ),
        hours=hours,
        day=stated.day[first],
        block_hours=np.bincount(owner, stated.block_hours).astype(float),
        load_shapes=mean(stated.load_shapes),
        capacity_factors=mean(stated.capacity_factors),
        price_factors=mean(stated.price_factors),
        cooling_factors=mean(stated.cooling_factors),
    )
