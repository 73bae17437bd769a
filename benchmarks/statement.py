"""A siting model in numpy, which every path of `benchmarks.build` states in its own words.

Places are zones and sites at once.  Minimise what opening, modules, running, power and lines cost

    Σ open_cost·open + module_cost·modules + run_cost·load + green_price·green + grid_price·grid
      + arc_cost·serve

    demand      Σ_site serve[zone,workload,site] = demand_mw[zone,workload]
    balance     Σ serve[·,workloads of the kind,site] = load[site,kind]
    capacity    load[site,kind] ≤ UTILISATION · Σ_module size·modules[site,kind,module]
    opening     Σ_module size·modules[site,kind,module] ≤ most_mw[site,kind]·open[site,kind]
    connection  Σ_kind pue[site]·load[site,kind] ≤ connection_mw[site]
    power       Σ_{sites of the region, kinds} pue·load = green[region] + grid[region]
    efficiency  Σ (pue − efficiency_limit)·load ≤ 0
    share       Σ size·modules of the intelligent kind ≥ INTELLIGENT_SHARE · Σ size·modules
    total       Σ size·modules ≥ total_mw
    green       Σ green ≥ GREEN_SHARE · Σ (green + grid)
    linking     serve[arc] ≤ demand_mw[zone,workload]·open[site, kind of the workload]

with whole-number modules, binary open, and an arc wherever the delay is within the workload's
limit.  All power in MW, all cost in million yuan a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

KINDS = ("general", "intelligent", "super")
MODULES_MW = (5, 20, 100)
WORKLOADS = (
    "interactive", "web", "business", "batch", "archive", "inference", "tuning", "training",
    "steering", "simulation",
)  # fmt: skip
KIND_OF = np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2], dtype=np.int32)
DELAY_LIMIT_MS = np.array([5.0, 14.0, 26.0, np.inf, np.inf, 8.0, np.inf, np.inf, 26.0, np.inf])
DEMAND_SHARE = np.array([0.04, 0.10, 0.18, 0.12, 0.06, 0.10, 0.10, 0.18, 0.02, 0.10])
REGIONS = 31
UTILISATION = 0.8
INTELLIGENT_SHARE = 0.38
GREEN_SHARE = 0.35
DEMAND_MW = 20_000.0

PLACES = {"S": 31, "M": 340, "L": 2_850}
ARCS_PER_DEMAND = {"L": 16}


@dataclass(frozen=True, eq=False)
class Statement:
    """The numbers of one model; arrays over sites, kinds, modules, workloads, regions and arcs.

    Arcs are sorted by zone, workload and site.  Nobody can write into the arrays.
    """

    region: Ints
    pue: Floats
    connection_mw: Floats
    most_mw: Floats  # site × kind
    demand_mw: Floats  # zone × workload
    open_cost: Floats  # site × kind
    run_cost: Floats  # site × kind
    module_cost: Floats  # site × kind × module
    green_limit_mw: Floats  # region
    green_price: Floats  # region
    grid_price: Floats  # region
    efficiency_limit: float
    total_mw: float
    arc_zone: Ints
    arc_workload: Ints
    arc_site: Ints
    arc_cost: Floats

    _NUMBERS: ClassVar[tuple[str, ...]] = ("efficiency_limit", "total_mw")

    def __post_init__(self) -> None:
        for one in fields(self):
            if one.name not in self._NUMBERS:
                _closed(getattr(self, one.name))

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self.region)

    @property
    def names(self) -> list[str]:
        """What the places are called."""
        return [f"P{number:04d}" for number in range(self.places)]

    @property
    def regions(self) -> list[str]:
        """What the regions are called."""
        return [f"R{number:02d}" for number in range(REGIONS)]

    @property
    def most_modules(self) -> Floats:
        """How many modules fit at most: site × kind × module."""
        return np.floor(self.most_mw[:, :, None] / np.array(MODULES_MW))

    @property
    def arc_demand(self) -> Ints:
        """The demand (zone × workload, flat) of each arc."""
        return _closed(self.arc_zone * np.int32(len(WORKLOADS)) + self.arc_workload)

    @property
    def arc_hall(self) -> Ints:
        """The hall (site × kind, flat) of each arc."""
        return _closed(self.arc_site * np.int32(len(KINDS)) + KIND_OF[self.arc_workload])

    def size(self) -> dict[str, int]:
        """Columns, rows and nonzeros, counted from the families and not from any path."""
        places, arcs = self.places, len(self.arc_cost)
        halls, modules = places * len(KINDS), places * len(KINDS) * len(MODULES_MW)
        demands = places * len(WORKLOADS)
        return {
            "columns": modules + 2 * halls + 2 * REGIONS + arcs,
            "rows": demands + 3 * halls + places + REGIONS + 4 + arcs,
            "nonzeros": sum(
                (
                    arcs,  # demand
                    arcs + halls,  # balance
                    halls + modules,  # capacity
                    modules + halls,  # opening
                    halls,  # connection
                    halls + 2 * REGIONS,  # power
                    halls,  # efficiency
                    2 * modules,  # share and total
                    2 * REGIONS,  # green
                    2 * arcs,  # linking
                )
            ),
        }

    def save(self, path: Path) -> None:
        """Write the numbers into an .npz file."""
        arrays: Mapping[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> Statement:
        """Read what `save` wrote."""
        with np.load(path) as file:
            numbers: dict[str, Any] = dict(file)
        for name in cls._NUMBERS:
            numbers[name] = float(numbers[name])
        return cls(**numbers)


def _closed(numbers: Any) -> Any:
    """The array after closing it, and what it is a view of, for writing."""
    array = numbers
    while isinstance(array, np.ndarray):
        array.setflags(write=False)
        array = array.base
    return numbers


def draw(places: int, arcs_per_demand: int | None = None, seed: int = 1) -> Statement:
    """A model of so many places (at least one per region), all arcs or the cheapest of each demand.

    The same seed gives the same model.
    """
    rng = np.random.default_rng(seed)
    region, where_km, weight = _places(places, rng)
    demand = _demand(weight, rng)
    own = demand.sum(axis=1)
    north = where_km[:, 1] / 3_000
    pue = np.round(1.40 - 0.22 * north + rng.normal(0, 0.015, places), 4).clip(1.08)
    hall = np.stack([demand[:, kind == KIND_OF].sum(axis=1) for kind in range(len(KINDS))], axis=1)
    most = 5.0 * np.ceil((3.0 * hall + 12_000 / places) / 5.0)
    price = (0.30 + 0.18 * where_km[:, 0] / 4_000 + rng.normal(0, 0.02, places)).clip(0.2)
    regional = np.bincount(region, price, REGIONS) / np.bincount(region, minlength=REGIONS)
    green = rng.lognormal(0, 0.5, REGIONS)
    kind_cost = np.array([1.0, 2.2, 3.0])
    size = np.array(MODULES_MW, dtype=np.float64)
    zone, workload, site, cost = _arcs(where_km, price * pue, arcs_per_demand)
    return Statement(
        region=region,
        pue=pue,
        connection_mw=np.round(2.2 * own * pue + 25_000 / places, 3),
        most_mw=most,
        demand_mw=demand,
        open_cost=np.round(rng.uniform(15, 30, (places, 3)) * np.array([1.0, 1.5, 2.0]), 4),
        run_cost=np.round(rng.uniform(0.2, 0.4, (places, 3)), 4),
        module_cost=np.round(
            3.0 * kind_cost[:, None] * size**0.92 * rng.uniform(0.9, 1.1, (places, 3, 1)), 4
        ),
        green_limit_mw=np.round(green / green.sum() * 0.75 * DEMAND_MW, 3),
        green_price=np.round(8.76 * 0.9 * regional, 4),
        grid_price=np.round(8.76 * regional, 4),
        # Five digits where pue has four: no coefficient of the row is zero.
        efficiency_limit=round(float(own @ pue / own.sum()) - 0.02, 4) + 0.00005,
        total_mw=round(1.08 * DEMAND_MW / UTILISATION, 1),
        arc_zone=zone,
        arc_workload=workload,
        arc_site=site,
        arc_cost=cost,
    )


def _places(places: int, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Region, position (km east and north) and share of demand of each place."""
    if places < REGIONS:
        raise ValueError(f"a model has at least {REGIONS} places; found {places}")
    centre = np.stack(
        [4_000 * rng.beta(3.0, 1.4, REGIONS), 3_000 * rng.beta(2.0, 2.0, REGIONS)], axis=1
    )
    people = rng.lognormal(0, 0.6, REGIONS) * (0.2 + centre[:, 0] / 4_000)
    people /= people.sum()
    more = rng.choice(REGIONS, places - REGIONS, p=0.5 * people + 0.5 / REGIONS)
    region = np.sort(np.concatenate([np.arange(REGIONS), more])).astype(np.int32)
    scatter = rng.normal(0, 160, (places, 2)) * (places > REGIONS)
    where = np.clip(centre[region] + scatter, 0, [4_000, 3_000])
    weight = people[region] * rng.lognormal(0, 0.9, places)
    return region, where, weight / weight.sum()


def _demand(weight: Floats, rng: np.random.Generator) -> Floats:
    demand = weight[:, None] * DEMAND_SHARE * rng.lognormal(0, 0.15, (len(weight), len(WORKLOADS)))
    demand = np.maximum(demand, 1e-7)
    return np.round(DEMAND_MW * demand / demand.sum(), 4)


def _arcs(
    where_km: Floats, power_price: Floats, per_demand: int | None
) -> tuple[Ints, Ints, Ints, Floats]:
    """Zone, workload, site and cost of the arcs within the delay limits."""
    places = len(where_km)
    km = np.hypot(*(where_km[:, None, axis] - where_km[None, :, axis] for axis in (0, 1)))
    delay_ms = 1.0 + 0.015 * km
    parts: list[tuple[Any, ...]] = []
    for workload, limit in enumerate(DELAY_LIMIT_MS):
        cost = 0.01 + km * (0.0001 - 0.000006 * workload)
        within = delay_ms <= limit
        if per_demand is not None:
            # The place itself always stays: it has room for its own demand.
            total = np.where(within, cost + 8.76 * power_price, np.inf)
            np.fill_diagonal(total, -1.0)
            keep = min(per_demand, places)
            cheapest = np.argpartition(total, keep - 1, axis=1)[:, :keep]
            kept = np.zeros_like(within)
            np.put_along_axis(kept, cheapest, True, axis=1)
            within &= kept
        zone, site = np.nonzero(within)
        parts.append((zone, np.full(len(zone), workload), site, np.round(cost[zone, site], 5)))
    columns = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
    order = np.lexsort((columns[2], columns[1], columns[0]))
    keys = [one[order].astype(np.int32) for one in columns[:3]]
    return keys[0], keys[1], keys[2], columns[3][order]
