"""The decisions, and the sums of them that rows, targets and costs are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layout.algebra import ArrayVar, Index
from layout.formulation.case import Case, Flows, Units
from layout.formulation.linear import Floats, Ints, Linear


def _labels(names: tuple[str, ...], positions: Ints) -> NDArray[np.object_]:
    return np.array(names, dtype=object)[positions]


class Variables:
    """The variables of one case, with the sets they run over.

    Attributes named as the components: serve, assign, unserved, open, modules, space, install,
    fill, retire, load_stock, load_new, grid, renewable, certificate.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        splits = case.splits[case.flows.workload]
        self.split, self.whole = case.flows.take(splits), case.flows.take(~splits)
        self._service()
        self._space()
        self._compute()
        self._energy()

    def flow_index(self, flows: Flows) -> Index:
        """Site, zone, workload, year of some flows."""
        case = self.case
        return Index.coded(
            ("site", "zone", "workload", "year"),
            (case.sites, case.zones, case.workloads, (case.year,)),
            (flows.site, flows.zone, flows.workload, np.zeros(len(flows), dtype=np.int64)),
        )

    def demand_index(self) -> Index:
        """Zone, workload, year of every positive demand."""
        case, table = self.case, self.case.demand
        return Index(
            ("zone", "workload", "year"),
            (
                _labels(case.zones, table["zone"].to_numpy(np.int64)),
                _labels(case.workloads, table["workload"].to_numpy(np.int64)),
                np.full(len(table), case.year),
            ),
        )

    def site_index(self, sites: Ints) -> Index:
        """Site, year."""
        year = np.full(len(sites), self.case.year)
        return Index(("site", "year"), (_labels(self.case.sites, sites), year))

    def new_index(self, units: Ints) -> Index:
        """Site, facility, year of units of new space."""
        case, new = self.case, self.case.new
        return Index(
            ("site", "facility", "year"),
            (
                _labels(case.sites, new.site[units]),
                _labels(case.facilities, new.facility[units]),
                np.full(len(units), case.year),
            ),
        )

    def pair_index(self, units: Units, pairs: Ints, *, stock: bool) -> Index:
        """Block, kind, year — or site, facility, kind, year for new space."""
        case = self.case
        kind = _labels(case.kinds, units.kind[pairs])
        year = np.full(len(pairs), case.year)
        unit = units.unit[pairs]
        if stock:
            return Index(("block", "kind", "year"), (_labels(units.labels, unit), kind, year))
        site = _labels(case.sites, units.site[unit])
        facility = _labels(case.facilities, units.facility[unit])
        return Index(("site", "facility", "kind", "year"), (site, facility, kind, year))

    def _service(self) -> None:
        case, demand = self.case, self.case.demand["eflops"].to_numpy(float)
        self.demand_eflops = demand
        self.serve = ArrayVar(
            self.flow_index(self.split),
            upper=demand[self.split.row],
            doc="demand of the zone served at the site, on average over the year",
            unit="EFLOPS",
        )
        self.assign = ArrayVar(
            self.flow_index(self.whole),
            upper=1.0,
            integer=True,
            doc="1 if the site serves the whole demand of the zone",
            unit="1",
        )
        elastic = case.economy.unserved_penalty_mcny_per_eflops is not None
        self.unserved = ArrayVar(
            self.demand_index(),
            upper=demand if elastic else 0.0,
            doc="demand left unserved",
            unit="EFLOPS",
        )

    def _space(self) -> None:
        case, new = self.case, self.case.new
        self.fresh_sites = np.flatnonzero(~case.has_stock)
        self.open = ArrayVar(
            self.site_index(self.fresh_sites),
            upper=1.0,
            integer=True,
            doc="1 if a site without existing capacity is opened",
            unit="1",
        )
        module = case.facility_values("module_it_mw")[new.facility]
        sized = ~np.isnan(module)
        self.sized, self.unsized = np.flatnonzero(sized), np.flatnonzero(~sized)
        self.module_mw = module[self.sized]
        room = self.room_mw()
        count = np.floor(room[self.sized] / self.module_mw + 1e-9)
        self.modules = ArrayVar(
            self.new_index(self.sized),
            upper=count,
            integer=True,
            doc="modules of new facility space",
            unit="1",
        )
        self.space = ArrayVar(
            self.new_index(self.unsized),
            doc="new facility space where any size may be built",
            unit="MW",
        )

    def room_mw(self) -> Floats:
        """New unit → the most space that its site's max_it_mw and land can ever allow, MW."""
        case, new = self.case, self.case.new
        room = case.site_values("max_it_mw")[new.site] - case.stock_space_mw[new.site]
        land = case.site_values("land_ha")[new.site]
        need = np.nan_to_num(case.facility_values("land_ha_per_mw"))[new.facility]
        limited = (need > 0) & ~np.isnan(land)
        by_land = np.divide(land, need, out=np.full(len(land), np.inf), where=limited)
        return np.maximum(np.minimum(room, by_land), 0.0)

    def _compute(self) -> None:
        case, stock, new = self.case, self.case.stock, self.case.new
        fits: list[tuple[str, ...]] = case.blocks["kinds"].tolist()
        allowed = [
            case.kinds[kind] in fits[unit]
            for unit, kind in zip(stock.unit, stock.kind, strict=True)
        ]
        self.fillable = np.flatnonzero(np.array(allowed, dtype=bool))
        self.expired = np.flatnonzero(case.expired_eflops > 0)
        own = {
            (int(unit), int(kind)): pair
            for pair, (unit, kind) in enumerate(zip(stock.unit, stock.kind, strict=True))
        }
        self.own_pair = np.array(
            [own[block, int(kind)] for block, kind in enumerate(case.block_kind)], dtype=np.int64
        )
        self.fill = ArrayVar(
            self.pair_index(stock, self.fillable, stock=True),
            upper=self._fill_limit(),
            doc="new compute put into vacant space of an existing block",
            unit="EFLOPS",
        )
        self.retire = ArrayVar(
            Index(
                ("block", "year"),
                (_labels(stock.labels, self.expired), np.full(len(self.expired), case.year)),
            ),
            upper=case.expired_eflops[self.expired],
            doc="compute past its life that is taken out of service",
            unit="EFLOPS",
        )
        self.install = ArrayVar(
            self.pair_index(new, np.arange(len(new.unit)), stock=False),
            doc="compute put into new space",
            unit="EFLOPS",
        )
        self.load_stock = ArrayVar(
            self.pair_index(stock, np.arange(len(stock.unit)), stock=True),
            doc="compute in use in an existing block, on average over the year",
            unit="EFLOPS",
        )
        self.load_new = ArrayVar(
            self.pair_index(new, np.arange(len(new.unit)), stock=False),
            doc="compute in use in new space, on average over the year",
            unit="EFLOPS",
        )

    def _fill_limit(self) -> Floats:
        """Most of its own kind that a block takes: its vacant space.

        What is retired and bought again in the same block is refreshed in place, not an
        addition: a target on additions must not be met by calling it so.
        """
        case, pairs = self.case, self.fillable
        rated = case.kind_values("it_mw_per_eflops")[case.stock.kind[pairs]]
        vacant = case.blocks["vacant_mw"].to_numpy(dtype=float)[case.stock.unit[pairs]]
        own = np.isin(pairs, self.own_pair[self.expired]) & (rated > 0)
        limit = np.full(len(pairs), np.inf)
        return np.divide(vacant, rated, out=limit, where=own)

    def _energy(self) -> None:
        case = self.case
        every = np.arange(len(case.sites))
        self.grid = ArrayVar(self.site_index(every), doc="energy from the grid", unit="GWh")
        contracts = case.settings.features.renewables
        self.certificate = ArrayVar(
            self.site_index(every),
            upper=np.inf if contracts else 0.0,
            doc="green certificates bought",
            unit="GWh",
        )
        table = case.model["renewables"] if contracts else case.model["renewables"].iloc[:0]
        province = case.site_table["province"].to_numpy(dtype=object)
        pairs = [
            (site, row)
            for row, name in enumerate(table["province"])
            for site in np.flatnonzero(province == name)
        ]
        pairs.sort()
        site = np.array([pair[0] for pair in pairs], dtype=np.int64)
        self.renewable_site = site
        self.renewable_row = np.array([pair[1] for pair in pairs], dtype=np.int64)
        self.renewable_table = table
        technology = table["technology"].to_numpy(dtype=object)[self.renewable_row]
        year = np.full(len(site), case.year)
        self.renewable = ArrayVar(
            Index(("site", "technology", "year"), (_labels(case.sites, site), technology, year)),
            doc="renewable energy under contract from the site's own province",
            unit="GWh",
        )

    # sums -----------------------------------------------------------------------------------

    def add_served(self, linear: Linear, rows: Ints, coefficients: ArrayLike = 1.0) -> Linear:
        """Served EFLOPS of every flow (arrays over all flows of the case)."""
        case = self.case
        splits = case.splits[case.flows.workload]
        rows, by = np.broadcast_arrays(rows, coefficients)
        linear.add(self.serve, rows[splits], np.arange(len(self.split)), by[splits])
        whole = by[~splits] * self.demand_eflops[self.whole.row]
        return linear.add(self.assign, rows[~splits], np.arange(len(self.whole)), whole)

    def add_installed(
        self,
        linear: Linear,
        stock_rows: Ints,
        new_rows: Ints,
        stock_by: ArrayLike = 1.0,
        new_by: ArrayLike = 1.0,
    ) -> Linear:
        """Installed EFLOPS of every (unit, kind) pair: existing − retired + filled, installed."""
        case = self.case
        stock_by = np.broadcast_to(stock_by, stock_rows.shape)
        linear.constant(stock_rows, stock_by * case.stock.existing_eflops)
        at = self.own_pair[self.expired]
        linear.add(self.retire, stock_rows[at], np.arange(len(at)), -stock_by[at])
        return self.add_additions(linear, stock_rows, new_rows, stock_by, new_by)

    def add_additions(
        self,
        linear: Linear,
        stock_rows: Ints,
        new_rows: Ints,
        stock_by: ArrayLike = 1.0,
        new_by: ArrayLike = 1.0,
    ) -> Linear:
        """Gross EFLOPS put into service by filling, expanding, building, per (unit, kind)."""
        fill = self.fillable
        stock_by = np.broadcast_to(stock_by, stock_rows.shape)
        linear.add(self.fill, stock_rows[fill], np.arange(len(fill)), stock_by[fill])
        return linear.add(self.install, new_rows, np.arange(len(new_rows)), new_by)

    def add_load(
        self,
        linear: Linear,
        stock_rows: Ints,
        new_rows: Ints,
        stock_by: ArrayLike = 1.0,
        new_by: ArrayLike = 1.0,
    ) -> Linear:
        """Average EFLOPS in use of every (unit, kind) pair."""
        linear.add(self.load_stock, stock_rows, np.arange(len(stock_rows)), stock_by)
        return linear.add(self.load_new, new_rows, np.arange(len(new_rows)), new_by)

    def add_new_space(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """New facility MW of every new unit."""
        by = np.broadcast_to(by, rows.shape)
        sized, unsized = self.sized, self.unsized
        linear.add(self.modules, rows[sized], np.arange(len(sized)), by[sized] * self.module_mw)
        return linear.add(self.space, rows[unsized], np.arange(len(unsized)), by[unsized])

    def add_it_power(
        self,
        linear: Linear,
        stock_rows: Ints,
        new_rows: Ints,
        stock_by: ArrayLike = 1.0,
        new_by: ArrayLike = 1.0,
    ) -> Linear:
        """IT MW per (unit, kind): ρ·(idle·installed + (1 − idle)·load/max_utilisation)."""
        case = self.case
        rated = case.kind_values("it_mw_per_eflops")
        idle = case.kind_values("idle_power_share")
        running = rated * (1 - idle) / case.kind_values("max_utilisation")
        standing = rated * idle
        stock, new = case.stock.kind, case.new.kind
        stock_by = np.broadcast_to(stock_by, stock_rows.shape)
        new_by = np.broadcast_to(new_by, new_rows.shape)
        self.add_installed(
            linear, stock_rows, new_rows, stock_by * standing[stock], new_by * standing[new]
        )
        return self.add_load(
            linear, stock_rows, new_rows, stock_by * running[stock], new_by * running[new]
        )

    def add_facility_power(
        self,
        linear: Linear,
        stock_rows: Ints,
        new_rows: Ints,
        stock_by: ArrayLike = 1.0,
        new_by: ArrayLike = 1.0,
    ) -> Linear:
        """Facility MW per unit: (PUE − overhead)·IT MW + overhead·space MW."""
        stock, new = self.case.stock, self.case.new
        stock_by = np.broadcast_to(stock_by, stock_rows.shape)
        new_by = np.broadcast_to(new_by, new_rows.shape)
        self.add_it_power(
            linear,
            stock_rows[stock.unit],
            new_rows[new.unit],
            (stock_by * stock.slope)[stock.unit],
            (new_by * new.slope)[new.unit],
        )
        linear.constant(stock_rows, stock_by * stock.overhead * stock.space_mw)
        return self.add_new_space(linear, new_rows, new_by * new.overhead)

    def components(self) -> dict[str, ArrayVar]:
        """Name → variable family, in the order in which the model lists them."""
        names = (
            "serve assign unserved open modules space install fill retire "
            "load_stock load_new grid renewable certificate"
        )
        return {name: getattr(self, name) for name in names.split()}
