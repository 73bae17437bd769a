"""What is drawn for a synthetic model: where its places lie, how large they are, what they ask.

Everything runs over places, in the order of the provinces that they lie in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.geography.boundaries import provinces
from layout.geography.distance import great_circle_km

if TYPE_CHECKING:
    from layout.model.planning import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EDGE = "edge"
SHARE_WITH_STOCK = 0.4
FIRST_ROOM_MW = 20.0
CLUSTER_ROOM_MW = 1500.0
HALLS = ("large-water", "legacy-air", "dense-air")
"""Of the stock: general compute in large halls, the same in older ones, everything else."""
KM_PER_DEGREE = 111.0
TRIES = 200
DIGITS = 6
DRAWS = ("point", "size", "activity", "area", "cost", "wage", "room", "fixed")
"""Everything that is drawn, each from a source of its own."""


@dataclass(frozen=True)
class Drawn:
    """A synthetic model as drawn around a base; arrays run over places unless they say otherwise.

    The same places and seed give the same numbers.
    """

    base: PlanningModel
    places: int
    seed: int

    def normal(self, about: str, spread: float) -> Floats:
        """A log-normal factor per place, around 1; `about` keeps the draws apart."""
        return np.exp(self._source(about).normal(0.0, spread, self.places))

    def _source(self, about: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.places, DRAWS.index(about)])

    @cached_property
    def zones(self) -> pd.DataFrame:
        """The zones of the base model that are drawn around: provinces, the most peopled first."""
        table = self.base["zones"].sort_values("population_10k", ascending=False)
        return table.head(self.places).sort_values("zone").reset_index(drop=True)

    @cached_property
    def province(self) -> Ints:
        """Place → row of `zones`; as many places as people and area ask for, one at least."""
        weight = np.sqrt(numbers(self.zones, "population_10k") * numbers(self.zones, "area_km2"))
        share = 1 + weight / weight.sum() * (self.places - len(weight))
        count = np.floor(share).astype(np.int64)
        rest = np.argsort(count - share, kind="stable")[: self.places - count.sum()]
        count[rest] += 1
        return np.repeat(np.arange(len(count)), count)

    @cached_property
    def position(self) -> tuple[Floats, Floats]:
        """Latitude and longitude: the capital, then points in the province, denser around it."""
        lat, lon = np.empty(self.places), np.empty(self.places)
        source = self._source("point")
        first = np.unique(self.province, return_index=True)[1]
        for place, row in enumerate(self.province):
            zone = self.zones.iloc[row]
            at = float(zone["lat"]), float(zone["lon"])
            if place not in first:
                at = _point(source, str(zone["zone"]), at, float(zone["area_km2"]))
            lat[place], lon[place] = at
        return np.round(lat, 4), np.round(lon, 4)

    @cached_property
    def size(self) -> Floats:
        """Share of the province's people; places differ as log-normally as counties do."""
        return self._shared(self.normal("size", 0.75))

    @cached_property
    def activity(self) -> Floats:
        """Share of the province's demand: larger places ask for more per head."""
        return self._shared(self.size**1.3 * self.normal("activity", 0.2))

    @cached_property
    def area_km2(self) -> Floats:
        """Area; those of a province add up to its own."""
        return self._shared(self.normal("area", 0.5)) * self.of("area_km2")

    def _shared(self, weight: Floats, chosen: NDArray[np.bool_] | None = None) -> Floats:
        """Weights as shares of the province, among the places `chosen`."""
        weight = weight if chosen is None else np.where(chosen, weight, 0.0)
        total = np.bincount(self.province, weight, len(self.zones))[self.province]
        return np.divide(weight, total, out=np.zeros(len(weight)), where=total > 0)

    def of(self, column: str) -> Floats:
        """A number of the place's province."""
        return numbers(self.zones, column)[self.province]

    def codes(self, column: str) -> NDArray[np.object_]:
        """A code of the place's province."""
        return self.zones[column].to_numpy(dtype=object)[self.province]

    @cached_property
    def labels(self) -> NDArray[np.object_]:
        """Codes of the places, without the letter that makes them a zone or a site."""
        return np.array([f"{number:04d}" for number in range(1, self.places + 1)], dtype=object)

    @cached_property
    def capital(self) -> pd.DataFrame:
        """Place → the national site at the capital of its province."""
        sites = self.base["sites"]
        own = sites[sites["site"] == sites["province"]].set_index("province")
        return own.reindex(self.codes("zone")).reset_index()

    def national(self, table: str, value: str) -> pd.DataFrame:
        """Province × kind or workload: the sum of a table of the base model."""
        frame = self.base[table]
        if table == "demand":
            frame = frame[frame["year"] == self.base.settings.periods[0]]
            place, other = frame["zone"], frame["workload"]
        else:
            place = frame["site"].map(self.base["sites"].set_index("site")["province"])
            other = frame["kind"]
        sums = frame.groupby([place.to_numpy(), other.to_numpy()])[value].sum().unstack()
        return sums.reindex(self.zones["zone"]).fillna(0.0)

    @cached_property
    def holders(self) -> NDArray[np.bool_]:
        """Whether a place holds stock: the most active ones of the nation."""
        asked = self.national("demand", "demand_eflops")["realtime"].to_numpy(float)
        rank = np.argsort(-(asked[self.province] * self.activity), kind="stable")
        held = np.zeros(self.places, dtype=bool)
        held[rank[: int(np.ceil(SHARE_WITH_STOCK * self.places))]] = True
        return held

    @cached_property
    def demand(self) -> dict[str, Floats]:
        """Workload → EFLOPS in use; edge work arises where stock stands, the rest everywhere."""
        sums = self.national("demand", "demand_eflops")
        at_holders = self._shared(self.activity, self.holders)
        return {
            str(workload): np.round(
                sums[workload].to_numpy(float)[self.province]
                * (at_holders if workload == EDGE else self.activity),
                8,
            )
            for workload in sums
        }

    @cached_property
    def stock(self) -> dict[str, dict[str, Floats]]:
        """Kind → compute_eflops and facility_it_mw; a province's stock stands at its holders.

        The holders of the nation share what provinces without any of them have.
        """
        share = self._shared(self.activity, self.holders)
        found: dict[str, dict[str, Floats]] = {}
        for value in ("compute_eflops", "facility_it_mw"):
            sums = self.national("stock", value)
            for kind in sums:
                own = share * sums[kind].to_numpy(float)[self.province]
                whole = float(sums[kind].sum())
                rest = whole / float(own.sum()) if own.sum() > 0 else 0.0
                found.setdefault(str(kind), {})[value] = np.round(own * rest, DIGITS)
        return found

    @cached_property
    def space_mw(self) -> Floats:
        """Existing IT space."""
        return np.sum([held["facility_it_mw"] for held in self.stock.values()], axis=0)

    @cached_property
    def need_mw(self) -> Floats:
        """Rated IT power that the place's own demand takes at full allowed use."""
        work = self.base["workloads"].set_index("workload")["kind"]
        kinds = self.base["kinds"].set_index("kind")
        rated = kinds["it_mw_per_eflops"] / kinds["max_utilisation"]
        return np.sum([eflops * rated[work[name]] for name, eflops in self.demand.items()], axis=0)

    @cached_property
    def clusters(self) -> dict[int, str]:
        """Place → the national cluster that it stands for: the nearest one of the province."""
        sites = self.base["sites"]
        sites = sites[sites["cluster"] != ""]
        lat, lon = self.position
        far = great_circle_km(numbers(sites, "lat"), numbers(sites, "lon"), lat, lon)
        elsewhere = sites["province"].to_numpy(dtype=object)[:, None] != self.codes("zone")
        far[elsewhere] = np.inf
        found: dict[int, str] = {}
        for cluster, distance in zip(sites["cluster"], far, strict=True):
            distance[list(found)] = np.inf
            if np.isfinite(distance.min()):
                found[int(distance.argmin())] = str(cluster)
        return found

    @cached_property
    def room_mw(self) -> Floats:
        """New IT space: that of the own demand and half as much again, more at clusters."""
        room = FIRST_ROOM_MW + self.need_mw * 1.5 * np.maximum(self.normal("room", 0.4), 1.0)
        room[list(self.clusters)] = np.maximum(room[list(self.clusters)], CLUSTER_ROOM_MW)
        return np.ceil(room)

    @cached_property
    def stock_pue(self) -> dict[str, Floats]:
        """Hall of the stock → its PUE in the climate of the place."""
        table = self.base["pue"].set_index(["climate_zone", "facility"])["pue"]
        climate = self.capital["climate_zone"]
        return {hall: table.loc[[(zone, hall) for zone in climate]].to_numpy() for hall in HALLS}

    @cached_property
    def stock_load_mw(self) -> Floats:
        """Facility load of the existing space when it is full, at the PUE of the oldest halls."""
        return self.space_mw * self.stock_pue["legacy-air"]


def _point(
    source: np.random.Generator, code: str, middle: tuple[float, float], area_km2: float
) -> tuple[float, float]:
    """A point of the province, normally distributed around its capital."""
    spread = np.sqrt(area_km2) / 2 / KM_PER_DEGREE
    area = provinces().get(code)
    for _ in range(TRIES):
        step = source.normal(size=2) * spread
        lat = middle[0] + step[0]
        lon = middle[1] + step[1] / np.cos(np.radians(middle[0]))
        if area is None or area.contains(round(lon, 4), round(lat, 4)):
            return float(lat), float(lon)
    return middle


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """A column as numbers."""
    return frame[column].to_numpy(dtype=float)
