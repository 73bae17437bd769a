"""The sets and parameters of one planning model in one year, as arrays.

Positions stand for labels: sites, kinds and so on are numbered in sorted order, and every
array says which of them it runs over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model import derive
from layout.units import capital_recovery_factor

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Units:
    """Units of facility space, alike for stock blocks and for new space at (site, facility).

    Arrays over units: site, facility (positions), slope (PUE less fixed overhead), overhead,
    space_mw (existing; 0 for new). Arrays over pairs (unit, kind that may stand in it): unit,
    kind, existing_eflops.
    """

    labels: tuple[str, ...]
    site: Ints
    facility: Ints
    slope: Floats
    overhead: Floats
    space_mw: Floats
    unit: Ints
    kind: Ints
    existing_eflops: Floats


@dataclass(frozen=True)
class Flows:
    """Admissible (site, zone, workload): positions of site, zone, workload and demand row."""

    site: Ints
    zone: Ints
    workload: Ints
    row: Ints
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
            self.cost[keep],
            self.one_way_ms[keep],
        )


class Case:
    """Sets and parameters of `model` in `year`."""

    def __init__(self, model: PlanningModel, year: int) -> None:
        self.model = model
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
        if not self.settings.features.expand:
            self.offers = self.offers.iloc[:0]
        self.tariffs = derive.tariffs(model)
        self.reach = derive.reach(model)

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
    def stock(self) -> Units:
        """The blocks of existing capacity."""
        table = self.blocks
        own = self.positions("kinds", table["kind"])
        unit, kind = [], []
        for row, kinds in enumerate(table["kinds"]):
            members = {self.kinds.index(name) for name in kinds} | {int(own[row])}
            unit += [row] * len(members)
            kind += sorted(members)
        unit_array, kind_array = np.array(unit, dtype=np.int64), np.array(kind, dtype=np.int64)
        compute = table["compute_eflops"].to_numpy(dtype=float)
        existing = np.where(own[unit_array] == kind_array, compute[unit_array], 0.0)
        overhead = table["fixed_overhead"].to_numpy(dtype=float)
        return Units(
            labels=tuple(table["block"]),
            site=self.positions("sites", table["site"]),
            facility=self.positions("facilities", table["facility"]),
            slope=table["pue"].to_numpy(dtype=float) - overhead,
            overhead=overhead,
            space_mw=table["space_mw"].to_numpy(dtype=float),
            unit=unit_array,
            kind=kind_array,
            existing_eflops=existing,
        )

    @cached_property
    def new(self) -> Units:
        """What may be newly built, one unit for each site and facility offered there."""
        table = self.offers
        unit, kind = [], []
        for row, kinds in enumerate(table["kinds"]):
            members = sorted(self.kinds.index(name) for name in kinds)
            unit += [row] * len(members)
            kind += members
        overhead = table["fixed_overhead"].to_numpy(dtype=float)
        pairs = zip(table["site"], table["facility"], strict=True)
        return Units(
            labels=tuple(f"{site}+{facility}" for site, facility in pairs),
            site=self.positions("sites", table["site"]),
            facility=self.positions("facilities", table["facility"]),
            slope=table["pue"].to_numpy(dtype=float) - overhead,
            overhead=overhead,
            space_mw=np.zeros(len(table)),
            unit=np.array(unit, dtype=np.int64),
            kind=np.array(kind, dtype=np.int64),
            existing_eflops=np.zeros(len(unit)),
        )

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Positive demand of the year: zone, workload (positions), eflops (native, in use)."""
        table = self.model["demand"]
        table = table[(table["year"] == self.year) & (table["demand_eflops"] > 0)]
        frame = pd.DataFrame(
            {
                "zone": self.positions("zones", table["zone"]),
                "workload": self.positions("workloads", table["workload"]),
                "eflops": table["demand_eflops"].to_numpy(dtype=float),
            }
        )
        return frame.sort_values(["zone", "workload"]).reset_index(drop=True)

    @cached_property
    def flows(self) -> Flows:
        """Every admissible flow, sorted by site, zone, workload."""
        allowed = derive.admissible(self.model)
        demand = self.demand
        sites, rows = [], []
        for row, (zone, workload) in enumerate(
            zip(demand["zone"], demand["workload"], strict=True)
        ):
            hosts = np.flatnonzero(allowed[self.workloads[workload]][:, zone])
            sites.append(hosts)
            rows.append(np.full(len(hosts), row))
        empty = np.empty(0, dtype=np.int64)
        site = np.concatenate(sites) if sites else empty
        row_of = np.concatenate(rows) if rows else empty
        order = np.lexsort((row_of, site))
        site, row_of = site[order].astype(np.int64), row_of[order].astype(np.int64)
        zone = demand["zone"].to_numpy(dtype=np.int64)[row_of]
        workload = demand["workload"].to_numpy(dtype=np.int64)[row_of]
        traffic = self.workload_table["traffic_gbps_per_eflops"].to_numpy(dtype=float)[workload]
        price = self.economy.transport_mcny_per_gbps_1000km_year
        by_distance = traffic * price * self.reach.distance_km[site, zone] / 1000
        link = self.reach.link_cost[site, zone]
        cost = np.where(np.isnan(link), by_distance, link)
        return Flows(site, zone, workload, row_of, cost, self.reach.one_way_ms[site, zone])

    @cached_property
    def splits(self) -> NDArray[np.bool_]:
        """Workload → whether a zone's demand may be divided over sites."""
        return self.workload_table["split"].to_numpy(dtype=bool)

    @cached_property
    def workload_kind(self) -> Ints:
        """Workload → position of its kind."""
        return self.positions("kinds", self.workload_table["kind"])

    @cached_property
    def capacity_factor(self) -> Floats:
        """Workload → capacity needed per served EFLOPS: peak_factor·(1 + reserve_margin)."""
        table = self.workload_table
        return table["peak_factor"].to_numpy(float) * (1 + table["reserve_margin"].to_numpy(float))

    @cached_property
    def has_stock(self) -> NDArray[np.bool_]:
        """Site → whether it holds existing capacity."""
        mask = np.zeros(len(self.sites), dtype=bool)
        mask[self.stock.site] = True
        return mask

    @cached_property
    def stock_space_mw(self) -> Floats:
        """Site → existing facility space, MW of IT load."""
        return np.bincount(self.stock.site, self.stock.space_mw, len(self.sites)).astype(float)

    @cached_property
    def expired_eflops(self) -> Floats:
        """Block → compute past its life in the year."""
        return self.blocks["expired_eflops"].to_numpy(dtype=float)

    @cached_property
    def block_kind(self) -> Ints:
        """Block → position of the kind it holds."""
        return self.positions("kinds", self.blocks["kind"])

    @cached_property
    def facility_annuity(self) -> Floats:
        """New unit → annual capital cost, mcny per MW: crf·capex·cost_factor."""
        rate = self.economy.discount_rate
        recovery = capital_recovery_factor(rate, self.facility_values("life_years"))
        capex = self.facility_values("capex_mcny_per_mw")
        new = self.new
        return (recovery * capex)[new.facility] * self.site_values("cost_factor")[new.site]

    @cached_property
    def facility_capex(self) -> Floats:
        """New unit → undiscounted investment, mcny per MW: capex·cost_factor."""
        capex = self.facility_values("capex_mcny_per_mw")
        return capex[self.new.facility] * self.site_values("cost_factor")[self.new.site]

    def facility_upkeep(self, units: Units) -> Floats:
        """Unit → O&M, mcny per MW and year: opex_share·capex·cost_factor + staff·wage."""
        share = self.facility_values("opex_share") * self.facility_values("capex_mcny_per_mw")
        staff = np.nan_to_num(self.facility_values("staff_per_mw"))
        wage = self.economy.wage_mcny_per_year * self.site_values("wage_factor")
        upkeep = share[units.facility] * self.site_values("cost_factor")[units.site]
        return upkeep + staff[units.facility] * wage[units.site]

    @cached_property
    def it_annuity(self) -> Floats:
        """Kind → annual capital cost of IT, mcny per EFLOPS: crf·capex."""
        recovery = capital_recovery_factor(
            self.economy.discount_rate, self.kind_values("it_life_years")
        )
        return recovery * self.kind_values("it_capex_mcny_per_eflops")

    @cached_property
    def it_upkeep(self) -> Floats:
        """Kind → O&M of IT, mcny per EFLOPS and year: it_opex_share·capex."""
        return self.kind_values("it_opex_share") * self.kind_values("it_capex_mcny_per_eflops")
