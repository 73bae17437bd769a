"""The least cost of a small planning model by trying every choice of whole things.

Written from models/README.md alone, with dictionaries and scipy: nothing of `layout` is imported,
neither its reader nor its formulation. One period, features off. For every set of opened sites,
number of modules and single source what is left is a linear programme.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from math import asin, cos, inf, radians, sin, sqrt
from typing import Any

import numpy as np
from scipy.optimize import linprog

Row = dict[str, Any]
EARTH_KM = 6371.0088
GWH_PER_MW = 8.76


def recovery(rate: float, years: float) -> float:
    """The yearly payment for 1, over so many years."""
    return 1 / years if rate == 0 else rate * (1 + rate) ** years / ((1 + rate) ** years - 1)


def distance_km(one: Row, other: Row) -> float:
    """Great circle."""
    south, north = radians(one["lat"]), radians(other["lat"])
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin(radians(other["lon"] - one["lon"]) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


class Programme:
    """A linear programme that is written name by name."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], int] = {}
        self.cost: list[float] = []
        self.bounds: list[tuple[float, float | None]] = []
        self.rows: list[tuple[dict[int, float], str, float]] = []
        self.constant = 0.0

    def new(self, *name: str, cost: float = 0.0, upper: float = inf) -> int:
        self.names[name] = len(self.cost)
        self.cost.append(cost)
        self.bounds.append((0.0, None if upper == inf else upper))
        return self.names[name]

    def row(self, terms: dict[int, float], sense: str, value: float) -> None:
        if value < inf:
            self.rows.append((dict(terms), sense, value))

    def matrices(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for sense, matrix, side in (("<=", "A_ub", "b_ub"), ("=", "A_eq", "b_eq")):
            rows = [row for row in self.rows if row[1] == sense]
            table = np.zeros((len(rows), len(self.cost)))
            for number, (terms, _, _) in enumerate(rows):
                for at, by in terms.items():
                    table[number, at] += by
            found |= {matrix: table, side: np.array([value for _, _, value in rows])}
        return found


def least_cost(economy: dict[str, float | None], tables: dict[str, list[Row]]) -> float:
    """The least cost, mcny a year; infinite where there is no plan."""
    world = World(economy, tables)
    problem = world.lp
    matrices = problem.matrices()
    best = inf
    for fixed in _choices(world.opened, world.modules, world.whole):
        bounds = list(problem.bounds)
        for at, value in fixed.items():
            bounds[at] = (value, value)
        found = linprog(problem.cost, bounds=bounds, method="highs", **matrices)
        if found.status == 0:
            best = min(best, float(found.fun) + problem.constant)
        else:
            assert found.status == 2, found.message
    return best


@dataclass
class Unit:
    """A block that stands or a hall that may be built; columns → MW for each unit of them."""

    site: str
    hall: Row
    slope: float
    overhead: float
    stands_mw: float
    own: dict[str, float]
    built: dict[int, float] = field(default_factory=dict)
    it_mw: dict[int, float] = field(default_factory=dict)
    it_fixed_mw: float = 0.0


class World:
    """The tables as a linear programme, with what has to be whole in it."""

    def __init__(self, economy: dict[str, Any], tables: dict[str, list[Row]]) -> None:
        self.lp, self.economy, self.tables = Programme(), economy, tables
        self.rate = economy["discount_rate"]
        self.sites = {row["site"]: row for row in tables["sites"]}
        self.zones = {row["zone"]: row for row in tables["zones"]}
        self.kinds = {row["kind"]: row for row in tables["kinds"]}
        self.halls = {row["facility"]: row for row in tables["facilities"]}
        self.works = {row["workload"]: row for row in tables["workloads"]}
        self.pues = {(row["climate_zone"], row["facility"]): row for row in tables["pue"]}
        self.opened: dict[str, int] = {}
        self.modules: dict[str, dict[int, int]] = defaultdict(dict)  # site → column → most
        self.whole: dict[tuple[str, str], list[int]] = {}
        self.units: dict[str, Unit] = {}
        self.usable: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.usable_now: dict[tuple[str, str], float] = defaultdict(float)
        self.loads: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.served: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.peak: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.rated: dict[str, dict[int, float]] = defaultdict(dict)  # site → facility MW
        self.rated_now: dict[str, float] = defaultdict(float)
        self._stock()
        for name in self.sites:
            self._space(name)
        for name, unit in self.units.items():
            self._hardware(name, unit)
        for row in tables["demand"]:
            self._service(row["zone"], self.works[row["workload"]], row["demand_eflops"])
        self._capacity()
        self._energy()

    def _stock(self) -> None:
        held = {row["site"] for row in self.tables["stock"]}
        for name, row in self.sites.items():
            if name not in held:
                fixed = row["fixed_cost_mcny_per_year"]
                self.opened[name] = self.lp.new("open", name, cost=fixed, upper=1.0)
        for block in self.tables["stock"]:
            site, hall = self.sites[block["site"]], self.halls[block["facility"]]
            over = self.pues[site["climate_zone"], block["facility"]]["fixed_overhead"]
            own = {block["kind"]: block["compute_eflops"]}
            stands, slope = block["facility_it_mw"], block["pue"] - over
            self.units[block["block"]] = Unit(block["site"], hall, slope, over, stands, own)
            upkeep = hall["opex_share"] * hall["capex_mcny_per_mw"] * site["cost_factor"]
            self.lp.constant += upkeep * stands

    def _space(self, name: str) -> None:
        """Halls that a site may build, within its limits."""
        site = self.sites[name]
        room = site["max_it_mw"] - sum(u.stands_mw for u in self.units.values() if u.site == name)
        built: dict[int, float] = {}
        land: dict[int, float] = {}
        for hall_name, hall in self.halls.items():
            known = self.pues[site["climate_zone"], hall_name]
            over = known["fixed_overhead"]
            price = hall["capex_mcny_per_mw"] * site["cost_factor"]
            yearly = price * (recovery(self.rate, hall["life_years"]) + hall["opex_share"])
            size = hall["module_it_mw"]
            mw = size or 1.0
            at = self.lp.new("space", name, hall_name, cost=yearly * mw)
            unit = Unit(name, hall, known["pue"] - over, over, 0.0, {}, {at: mw})
            self.units[f"{name}+{hall_name}"] = unit
            built[at], land[at] = mw, mw * hall["land_ha_per_mw"]
            if size:
                self.modules[name][at] = int(max(room, 0.0) / size + 1e-9)
        self.lp.row(land, "<=", site["land_ha"])
        if name not in self.opened:
            self.lp.row(built, "<=", max(room, 0.0))
            return
        opened = self.opened[name]
        self.lp.row({**built, opened: -site["max_it_mw"]}, "<=", 0.0)
        least = {at: -mw for at, mw in built.items()}
        self.lp.row({**least, opened: site["min_it_mw"]}, "<=", 0.0)

    def _hardware(self, name: str, unit: Unit) -> None:
        """Compute in a unit: what stands and what is put in, the load it runs, its power."""
        fits = set(unit.hall["kinds"].split(";"))
        racked: dict[int, float] = {}
        full_mw = 0.0
        for kind_name in sorted(fits | set(unit.own)):
            kind, there = self.kinds[kind_name], unit.own.get(kind_name, 0.0)
            capex, upkeep = kind["it_capex_mcny_per_eflops"], kind["it_opex_share"]
            mw, idle, most = (
                kind[key] for key in ("it_mw_per_eflops", "idle_power_share", "max_utilisation")
            )
            self.lp.constant += upkeep * capex * there
            put = []
            if kind_name in fits:
                yearly = capex * (recovery(self.rate, kind["it_life_years"]) + upkeep)
                put = [self.lp.new("install", name, kind_name, cost=yearly)]
            load = self.lp.new("load", name, kind_name)
            self.lp.row({load: 1.0, **dict.fromkeys(put, -most)}, "<=", most * there)
            place = (unit.site, kind_name)
            self.loads[place][load] = 1.0
            self.usable[place] |= dict.fromkeys(put, most)
            self.usable_now[place] += most * there
            racked |= dict.fromkeys(put, mw)
            full_mw += mw * there
            unit.it_mw |= {**dict.fromkeys(put, mw * idle), load: mw * (1 - idle) / most}
            unit.it_fixed_mw += mw * idle * there
        space = {at: -mw for at, mw in unit.built.items()}
        self.lp.row({**racked, **space}, "<=", unit.stands_mw - full_mw)
        power = self.rated[unit.site]
        power |= {at: unit.slope * mw for at, mw in racked.items()}
        power |= {at: unit.overhead * mw for at, mw in unit.built.items()}
        self.rated_now[unit.site] += unit.slope * full_mw + unit.overhead * unit.stands_mw

    def _service(self, zone: str, work: Row, amount: float) -> None:
        """Who serves a demand; an undivided one is served as a share, 0 or 1."""
        penalty = self.economy["unserved_penalty_mcny_per_eflops"]
        left = 0.0 if penalty is None else amount
        all_of = {
            self.lp.new("unserved", zone, work["workload"], cost=penalty or 0, upper=left): 1.0
        }
        far: dict[int, float] = {}
        unit = 1.0 if work["split"] else amount
        single = []
        for name in self._in_time(zone, work):
            away = self.sites[name]["province"] != self.zones[zone]["province"]
            at = self.lp.new("serve", name, zone, cost=self._carried(name, zone, work, away) * unit)
            all_of[at] = unit
            single.append(at)
            if away:
                far[at] = unit
            place = (name, work["kind"])
            takes = unit * (1 + (work["away_overhead"] if away else 0.0))
            self.served[place][at] = takes
            self.peak[place][at] = takes * work["peak_factor"] * (1 + work["reserve_margin"])
            if name in self.opened:
                self.lp.row({at: 1.0, self.opened[name]: -amount / unit}, "<=", 0.0)
        self.lp.row(all_of, "=", amount)
        if work["max_remote_share"] < 1:
            self.lp.row(far, "<=", work["max_remote_share"] * amount)
        if not work["split"]:
            self.whole[zone, work["workload"]] = single

    def _km(self, name: str, zone: str) -> float:
        site = self.sites[name]
        return 0.0 if site["zone"] == zone else distance_km(site, self.zones[zone])

    def _in_time(self, zone: str, work: Row) -> Iterator[str]:
        """Sites whose round trip is within the limit."""
        for name in self.sites:
            delay = 2 * (1.0 + self._km(name, zone) * 1.5 / 204.0)
            if work["latency_ms"] is None or delay <= work["latency_ms"] + 1e-6:
                yield name

    def _carried(self, name: str, zone: str, work: Row, away: bool) -> float:
        """What serving an EFLOPS from a site costs, mcny."""
        price = self.economy["transport_mcny_per_gbps_1000km_year"]
        carry = work["traffic_gbps_per_eflops"] * self._km(name, zone) / 1000 * price
        return carry + (work["moving_cost_mcny_per_eflops"] if away else 0.0)

    def _capacity(self) -> None:
        """Peak demand fits into usable compute; what is served runs somewhere."""
        for place in product(self.sites, self.kinds):
            need = {at: -by for at, by in self.usable[place].items()}
            self.lp.row({**self.peak[place], **need}, "<=", self.usable_now[place])
            run = {at: -by for at, by in self.served[place].items()}
            self.lp.row({**self.loads[place], **run}, "=", 0.0)

    def _energy(self) -> None:
        """Energy of sites from the grid and from renewables, headroom, quotas."""
        carbon = self.economy["carbon_price_cny_per_t"]
        sources = self.tables["renewables"]
        drawn: dict[int, dict[int, float]] = defaultdict(dict)
        quota: dict[str, dict[int, float]] = defaultdict(dict)
        power = {row["province"]: row for row in self.tables["power"]}
        for name, site in self.sites.items():
            row = power[site["province"]]
            price = row["price_cny_per_kwh"] + carbon * row["grid_tco2_per_mwh"] / 1000
            grid = self.lp.new("grid", name, cost=price)
            quota[site["province"]][grid] = 1.0
            balance = {grid: 1.0}
            for number, source in enumerate(sources):
                if source["province"] == site["province"]:
                    both = source["cost_cny_per_kwh"] + source["wheeling_cny_per_kwh"]
                    at = self.lp.new("renewable", name, str(number), cost=both)
                    balance[at] = drawn[number][at] = 1.0
            self.lp.row(balance, "=", self._used(name, balance))
            self.lp.row(self.rated[name], "<=", site["grid_headroom_mw"] - self.rated_now[name])
        for number, source in enumerate(sources):
            most = GWH_PER_MW * source["potential_mw"] * source["capacity_factor"]
            self.lp.row(drawn[number], "<=", most)
        for province, terms in quota.items():
            self.lp.row(terms, "<=", power[province]["energy_quota_gwh"])

    def _used(self, name: str, balance: dict[int, float]) -> float:
        """Take what the facilities of a site use from its balance; GWh of what stands."""
        fixed = 0.0
        for unit in self.units.values():
            if unit.site != name:
                continue
            for at, mw in unit.it_mw.items():
                balance[at] = balance.get(at, 0.0) - GWH_PER_MW * unit.slope * mw
            for at, mw in unit.built.items():
                balance[at] = balance.get(at, 0.0) - GWH_PER_MW * unit.overhead * mw
            fixed += GWH_PER_MW * unit.slope * unit.it_fixed_mw
            fixed += GWH_PER_MW * unit.overhead * unit.stands_mw
        return fixed


def _choices(
    opened: dict[str, int],
    modules: dict[str, dict[int, int]],
    whole: dict[tuple[str, str], list[int]],
) -> Iterator[dict[int, float]]:
    """Every set of opened sites with modules at open sites only, and every single source."""
    of_site = []
    for name in {**modules, **opened}:
        found: list[dict[int, float]] = []
        counts = [[(at, n) for n in range(most + 1)] for at, most in modules[name].items()]
        for chosen in product(*counts):
            number = {at: float(n) for at, n in chosen}
            if name not in opened:
                found.append(number)
                continue
            found.append({**number, opened[name]: 1.0})
            if not any(number.values()):
                found.append({**number, opened[name]: 0.0})
        of_site.append(found)
    sources = [
        [{at: float(at == one) for at in places} for one in (*places, None)]
        for places in whole.values()
    ]
    for parts in product(*of_site, *sources):
        yield {at: value for part in parts for at, value in part.items()}
