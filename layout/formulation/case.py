"""The sets and parameters of one planning model in one year, as arrays.

Positions stand for labels: sites, kinds and so on are numbered in sorted order, and every
array says which of them it runs over.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model import derive, hardware, home
from layout.model.backbone import backbone, delays_as_available
from layout.model.costs import unserved_prices
from layout.once import once
from layout.units import capital_recovery_factor

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STOCK, NEW, RETROFIT = 0, 1, 2


@dataclass(frozen=True)
class Units:
    """Units of facility space: blocks of stock, new space by site and facility, retrofits.

    Arrays over units: origin (`STOCK`, `NEW`, `RETROFIT`), site, facility, block (positions, −1 =
    none), slope (PUE less fixed overhead), overhead, space_mw (existing), vacant_mw. Arrays over
    pairs (unit, kind that may stand in it): unit, kind, existing_eflops, own (the kind that a
    block holds), admitted (compute may be added). The same list in every year.
    """

    labels: tuple[str, ...]
    origin: Ints
    site: Ints
    facility: Ints
    block: Ints
    slope: Floats
    overhead: Floats
    space_mw: Floats
    vacant_mw: Floats
    unit: Ints
    kind: Ints
    existing_eflops: Floats
    own: NDArray[np.bool_]
    admitted: NDArray[np.bool_]

    @cached_property
    def pair_site(self) -> Ints:
        """Pair → its site."""
        return self.site[self.unit]

    @cached_property
    def new(self) -> Ints:
        """The units of new space."""
        return np.flatnonzero(self.origin == NEW)

    @cached_property
    def stock(self) -> Ints:
        """The units that are blocks of stock, in the order of the blocks."""
        return np.flatnonzero(self.origin == STOCK)

    @cached_property
    def own_pair(self) -> Ints:
        """Block → the pair of its own kind."""
        pairs = np.flatnonzero(self.own)
        return pairs[np.argsort(self.block[self.unit[pairs]], kind="stable")]


@dataclass(frozen=True)
class Flows:
    """Admissible (site, zone, workload): positions of site, zone, workload and demand row.

    `work` is EFLOPS of work for an EFLOPS served, above 1 away from home.
    """

    site: Ints
    zone: Ints
    workload: Ints
    row: Ints
    work: Floats
    cost: Floats
    one_way_ms: Floats

    def __len__(self) -> int:
        return len(self.site)

    def take(self, keep: NDArray[np.bool_] | Ints) -> Flows:
        """The flows kept."""
        return Flows(
            self.site[keep],
            self.zone[keep],
            self.workload[keep],
            self.row[keep],
            self.work[keep],
            self.cost[keep],
            self.one_way_ms[keep],
        )


@dataclass(frozen=True)
class Hosting:
    """Which kinds run which workload: positions of workload and kind, sorted, with the need.

    `need` is peak EFLOPS of the kind that an EFLOPS of demand takes.
    """

    workload: Ints
    kind: Ints
    need: Floats

    def of(self, workload: int) -> tuple[Ints, Floats]:
        """The kinds that run a workload, and the need of each."""
        rows = self.workload == workload
        return self.kind[rows], self.need[rows]


class Case:
    """Sets and parameters of `model` in `year`.

    `arcs` are the flows that are stated, as codes demand row·sites + site; None states every
    admissible one.
    """

    def __init__(self, model: PlanningModel, year: int, arcs: Ints | None = None) -> None:
        self.model = model
        self.arcs = arcs
        self.settings = model.settings
        self.economy = model.settings.economy
        self.year = year
        self.sites = tuple(model["sites"]["site"])
        self.zones = tuple(model["zones"]["zone"])
        self.kinds = tuple(model["kinds"]["kind"])
        self.facilities = tuple(model["facilities"]["facility"])
        self.workloads = tuple(model["workloads"]["workload"])
        self.site_table = model["sites"]
        self.kind_table = model["kinds"]
        self.facility_table = model["facilities"]
        self.workload_table = model["workloads"]
        self.blocks = derive.blocks(model, year)
        self.offers = derive.offers(model)
        self.fixed = self.settings.mode == "trade"  # capacity as it stands, only work moves (R88)
        if self.fixed or not self.settings.features.expand:
            self.offers = self.offers.iloc[:0]
        self.retrofits = derive.retrofits(model)
        if self.fixed:
            self.retrofits = self.retrofits.iloc[:0]
        self.tariffs = derive.tariffs(model)
        self.reach = derive.reach(model)

    def on(self, arcs: Ints | None) -> Case:
        """The same case with other flows stated; what does not depend on them is shared."""
        other = copy(self)
        other.__dict__.pop("flows", None)
        other.arcs = arcs
        return other

    def site_values(self, column: str) -> Floats:
        """A numeric column of the sites table."""
        return self.site_table[column].to_numpy(dtype=float)

    def kind_values(self, column: str) -> Floats:
        """A numeric column of the kinds table."""
        return self.kind_table[column].to_numpy(dtype=float)

    def facility_values(self, column: str) -> Floats:
        """A numeric column of the facilities table."""
        return self.facility_table[column].to_numpy(dtype=float)

    def positions(self, of: str, labels: pd.Series) -> Ints:
        """Labels → positions in the set `of`."""
        return pd.Index(getattr(self, of)).get_indexer(labels).astype(np.int64)

    @cached_property
    def units(self) -> Units:
        """Blocks of stock, then new space, then retrofits of blocks."""
        blocks, offers, retrofits = self.blocks, self.offers, self.retrofits
        table = pd.concat(
            [
                blocks.assign(origin=STOCK, block=np.arange(len(blocks))),
                offers.assign(origin=NEW, block=-1, space_mw=0.0, vacant_mw=0.0),
                retrofits.assign(origin=RETROFIT, space_mw=0.0, vacant_mw=0.0),
            ],
            ignore_index=True,
        )
        labels = [
            *blocks["block"],
            *(offers["site"] + "+" + offers["facility"]),
            *(retrofits["label"]),
        ]
        own = self.positions("kinds", blocks["kind"])
        unit, kind, admitted = [], [], []
        for row, kinds in enumerate(table["kinds"]):
            fits = {self.kinds.index(name) for name in kinds}
            members = sorted(fits | ({int(own[row])} if row < len(blocks) else set()))
            unit += [row] * len(members)
            kind += members
            admitted += [member in fits and not self.fixed for member in members]
        units, kinds = np.array(unit, dtype=np.int64), np.array(kind, dtype=np.int64)
        held = np.append(own, np.full(len(table) - len(blocks), -1))[units] == kinds
        compute = np.append(self.block_eflops, np.zeros(len(table) - len(blocks)))
        overhead = table["fixed_overhead"].to_numpy(dtype=float)
        return Units(
            labels=tuple(labels),
            origin=table["origin"].to_numpy(dtype=np.int64),
            site=self.positions("sites", table["site"]),
            facility=self.positions("facilities", table["facility"]),
            block=table["block"].to_numpy(dtype=np.int64),
            slope=table["pue"].to_numpy(dtype=float) - overhead,
            overhead=overhead,
            space_mw=table["space_mw"].to_numpy(dtype=float),
            vacant_mw=table["vacant_mw"].to_numpy(dtype=float),
            unit=units,
            kind=kinds,
            existing_eflops=np.where(held, compute[units], 0.0),
            own=held,
            admitted=np.array(admitted, dtype=bool),
        )

    @cached_property
    def block_eflops(self) -> Floats:
        """Block → compute it holds in the base year."""
        return self.blocks["compute_eflops"].to_numpy(dtype=float)

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Positive demand of the year: zone, workload (positions), eflops (native, in use)."""
        table = derive.demand(self.model)
        table = table[(table["year"] == self.year) & (table["demand_eflops"] > 0)]
        frame = pd.DataFrame(
            {
                "zone": self.positions("zones", table["zone"]),
                "workload": self.positions("workloads", table["workload"]),
                "eflops": table["demand_eflops"].to_numpy(dtype=float),
            }
        )
        return frame.sort_values(["zone", "workload"]).reset_index(drop=True)

    def admissible(self, rows: Ints) -> Ints:
        """The codes of every admissible flow to some rows of the demand, sorted."""
        allowed, demand = derive.admissible(self.model), self.demand
        zone = demand["zone"].to_numpy(np.int64)[rows]
        workload = demand["workload"].to_numpy(np.int64)[rows]
        codes = [np.empty(0, dtype=np.int64)]
        for number, name in enumerate(self.workloads):
            of = np.flatnonzero(workload == number)
            at, site = np.nonzero(allowed[name].T[zone[of]])
            codes.append(rows[of[at]] * len(self.sites) + site)
        return np.sort(np.concatenate(codes))

    def count_admissible(self) -> int:
        """How many flows are admissible."""
        allowed, demand = derive.admissible(self.model), self.demand
        zone, workload = (demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
        return sum(
            int(allowed[name].sum(axis=0)[zone[workload == number]].sum())
            for number, name in enumerate(self.workloads)
        )

    @cached_property
    def places(self) -> NDArray[np.bool_]:
        """Site × workload: whether the site may serve any demand of the workload."""
        allowed, demand = derive.admissible(self.model), self.demand
        zone, workload = (demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
        found = [
            allowed[name][:, zone[workload == number]].any(axis=1)
            for number, name in enumerate(self.workloads)
        ]
        return np.array(found, dtype=bool).reshape(len(self.workloads), len(self.sites)).T

    @cached_property
    def flows(self) -> Flows:
        """The flows that are stated, sorted by site, zone, workload."""
        demand = self.demand
        codes = self.admissible(np.arange(len(demand))) if self.arcs is None else self.arcs
        row, site = np.divmod(codes, len(self.sites))
        order = np.argsort(site, kind="stable")
        site, row = site[order], row[order]
        zone = demand["zone"].to_numpy(dtype=np.int64)[row]
        workload = demand["workload"].to_numpy(dtype=np.int64)[row]
        work = self.away_work(site, zone, workload)
        cost = self.flow_cost(site, zone, workload)
        return Flows(site, zone, workload, row, work, cost, self.one_way_ms(site, zone, workload))

    def one_way_ms(self, site: Ints, zone: Ints, workload: Ints) -> Floats:
        """Delay of flows: over the backbone on a path as available as the workload asks.

        Where no path is (all of it travels on disks), that of the fastest path.
        """
        delay = self.reach.one_way_ms[site, zone]
        if self.settings.features.network:
            asked = self.workload_table["path_availability"].to_numpy(dtype=float)[workload]
            apart = ~backbone(self.model).same_node[site, zone]
            for least in np.unique(asked[asked > 0]):
                of = (asked == least) & apart
                found = delays_as_available(self.model, float(least))[site[of], zone[of]]
                delay[of] = np.where(np.isfinite(found), found, delay[of])
        return np.asarray(delay)

    def flow_cost(self, site: Ints, zone: Ints, workload: Ints) -> Floats:
        """Transport cost of flows, mcny per EFLOPS: the link's own, else by distance."""
        if self.settings.features.network:  # what is carried pays along its path
            return np.zeros(len(site))
        traffic = self.workload_table["traffic_gbps_per_eflops"].to_numpy(dtype=float)[workload]
        price = self.economy.transport_mcny_per_gbps_1000km_year
        cost = traffic * price * self.reach.distance_km[site, zone] / 1000
        for number, name in enumerate(self.workloads):
            of = np.flatnonzero(workload == number)
            link = self.reach.cost_of(name)[site[of], zone[of]]
            cost[of] = np.where(np.isnan(link), cost[of], link)
        return np.asarray(cost)

    def away_work(self, site: Ints, zone: Ints, workload: Ints) -> Floats:
        """EFLOPS of work that an EFLOPS of demand takes on each flow: more away from home."""
        return home.away_work(self.model, site, zone, workload)

    @cached_property
    def most_work(self) -> Floats:
        """Workload → the most EFLOPS of work that an EFLOPS of demand may take."""
        return np.asarray(1.0 + self.workload_table["away_overhead"].to_numpy(dtype=float))

    @cached_property
    def splits(self) -> NDArray[np.bool_]:
        """Workload → whether a zone's demand may be divided over sites."""
        return self.workload_table["split"].to_numpy(dtype=bool)

    @cached_property
    def workload_kind(self) -> Ints:
        """Workload → position of its kind."""
        return self.positions("kinds", self.workload_table["kind"])

    @cached_property
    def hosting(self) -> Hosting:
        """Who runs what: the workload's own kind, its sub-kinds and its substitutes."""
        table = hardware.hosts(self.model)
        return Hosting(
            self.positions("workloads", table["workload"]),
            self.positions("kinds", table["kind"]),
            table["need"].to_numpy(dtype=float),
        )

    @cached_property
    def unserved_price(self) -> Floats:
        """Demand → price of leaving it unserved, mcny per EFLOPS; NaN where all must be served."""
        return unserved_prices(self.model)[self.demand["workload"].to_numpy(np.int64)]

    @cached_property
    def own_need(self) -> Floats:
        """Workload → peak EFLOPS of its own kind that an EFLOPS of demand takes."""
        own = self.hosting.kind == self.workload_kind[self.hosting.workload]
        return self.hosting.need[own]

    @cached_property
    def shared(self) -> NDArray[np.bool_]:
        """Workload → whether more than one kind runs it."""
        return np.bincount(self.hosting.workload, minlength=len(self.workloads)) > 1

    def family(self, kind: str | None) -> NDArray[np.bool_]:
        """Kind → whether a name means it: the kind or its parent; all where there is no name."""
        return hardware.named(self.model, kind)

    @cached_property
    def names_of(self) -> tuple[Ints, ...]:
        """Layers of names that mean a kind: itself, then those it is a sub-kind of; −1 = none."""
        meant = np.array([self.family(name) for name in self.kinds])
        above = [
            np.flatnonzero(meant[:, at] & (np.arange(len(meant)) != at))
            for at in range(len(self.kinds))
        ]
        layers = [np.arange(len(self.kinds))]
        for layer in range(max(map(len, above), default=0)):
            name = [names[layer] if layer < len(names) else -1 for names in above]
            layers.append(np.array(name, dtype=np.int64))
        return tuple(layers)

    @cached_property
    def on_offer(self) -> NDArray[np.bool_]:
        """Kind → whether it may be put into service in the year."""
        return hardware.on_offer(self.model, self.year)

    @cached_property
    def capacity_factor(self) -> Floats:
        """Workload → capacity needed per served EFLOPS: peak_factor·(1 + reserve_margin)."""
        table = self.workload_table
        return table["peak_factor"].to_numpy(float) * (1 + table["reserve_margin"].to_numpy(float))

    @cached_property
    def has_stock(self) -> NDArray[np.bool_]:
        """Site → whether it holds existing capacity."""
        mask = np.zeros(len(self.sites), dtype=bool)
        mask[self.block_site] = True
        return mask

    @cached_property
    def stock_space_mw(self) -> Floats:
        """Site → existing facility space, MW of IT load."""
        space = self.blocks["space_mw"].to_numpy(dtype=float)
        return np.bincount(self.block_site, space, len(self.sites)).astype(float)

    @cached_property
    def block_site(self) -> Ints:
        """Block → position of its site."""
        return self.positions("sites", self.blocks["site"])

    @cached_property
    def expired_eflops(self) -> Floats:
        """Block → compute past its life in the year."""
        return self.blocks["expired_eflops"].to_numpy(dtype=float)

    @cached_property
    def retirable_eflops(self) -> Floats:
        """Block → compute that may leave: what is past its life; all of it with `retrofit`.

        None in mode `trade`: what is past its life is renewed where it stands.
        """
        if self.fixed:
            return np.zeros(len(self.blocks))
        return self.block_eflops if self.settings.features.retrofit else self.expired_eflops

    @cached_property
    def standing_mw(self) -> Floats:
        """Kind → IT power of idle hardware, MW per EFLOPS installed."""
        return self.kind_values("it_mw_per_eflops") * self.kind_values("idle_power_share")

    @cached_property
    def running_mw(self) -> Floats:
        """Kind → IT power that load adds, MW per EFLOPS in use; full allowed load is rated."""
        running = 1 - self.kind_values("idle_power_share")
        usable = self.kind_values("max_utilisation")
        return self.kind_values("it_mw_per_eflops") * running / usable

    def ready(self, facilities: Ints) -> NDArray[np.bool_]:
        """Facility of a unit → whether it can be in service by the year (8)."""
        lead = np.nan_to_num(self.facility_values("lead_years"))[facilities]
        return np.asarray(self.year >= self.settings.base_year + lead)

    @cached_property
    def block_kind(self) -> Ints:
        """Block → position of the kind it holds."""
        return self.positions("kinds", self.blocks["kind"])

    def recovery(self, of: str) -> Floats:
        """Facility or kind → capital recovery factor over its life, 1/year."""
        facility = of == "facility"
        life = self.facility_values("life_years") if facility else self.kind_values("it_life_years")
        return np.asarray(capital_recovery_factor(self.economy.discount_rate, life))

    @cached_property
    def facility_annuity(self) -> Floats:
        """Unit → annual capital cost of new space there, mcny per MW: crf·capex·cost_factor."""
        return self.recovery("facility")[self.units.facility] * self.facility_capex

    @cached_property
    def facility_capex(self) -> Floats:
        """Unit → undiscounted investment in new space there, mcny per MW: capex·cost_factor."""
        capex = self.facility_values("capex_mcny_per_mw")
        return capex[self.units.facility] * self.site_values("cost_factor")[self.units.site]

    @cached_property
    def generator_capex(self) -> Floats:
        """Unit → undiscounted investment in generators for new space there, mcny per MW of IT.

        They carry all that the hall draws at its rated load: capex_mcny_per_mw·PUE.
        """
        units = self.units
        needed = self.tariffs["backup_share"].to_numpy(dtype=float)[units.site] > 0
        price = self.settings.backup_power.capex_mcny_per_mw or 0.0
        return np.where(needed, price * (units.slope + units.overhead), 0.0)

    @cached_property
    def generator_annuity(self) -> Floats:
        """Unit → annual cost of those generators, mcny per MW of IT and year: crf·capex."""
        life = self.settings.backup_power.life_years
        if life is None:
            return np.zeros(len(self.units.labels))
        factor = float(capital_recovery_factor(self.economy.discount_rate, life))
        return factor * self.generator_capex

    @cached_property
    def facility_upkeep(self) -> Floats:
        """Unit → O&M, mcny per MW and year: opex_share·capex·cost_factor + staff·wage."""
        share = self.facility_values("opex_share") * self.facility_values("capex_mcny_per_mw")
        staff = np.nan_to_num(self.facility_values("staff_per_mw"))
        wage = self.economy.wage_mcny_per_year * self.site_values("wage_factor")
        units = self.units
        upkeep = share[units.facility] * self.site_values("cost_factor")[units.site]
        return upkeep + staff[units.facility] * wage[units.site]

    @cached_property
    def it_annuity(self) -> Floats:
        """Kind → annual capital cost of IT, mcny per EFLOPS: crf·capex."""
        return self.recovery("kind") * self.kind_values("it_capex_mcny_per_eflops")

    @cached_property
    def it_upkeep(self) -> Floats:
        """Kind → O&M of IT, mcny per EFLOPS and year: it_opex_share·capex."""
        return self.kind_values("it_opex_share") * self.kind_values("it_capex_mcny_per_eflops")


@once
def case_of(model: PlanningModel, year: int) -> Case:
    """The case of a year with every flow stated, made once; nobody may change it."""
    return Case(model, year)
