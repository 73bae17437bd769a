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
    nation = rows_of(profiles, []).set_index("slice")["value"].reindex(labels)
    found = np.tile(nation.fillna(1.0).to_numpy(dtype=float), (len(sites), 1))
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
