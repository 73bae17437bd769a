"""The decisions of one year, and the sums of them that rows, targets and costs are made of.

A sum of a later year holds what earlier years put into service and what still stands: stock is
counted once, hardware until the end of its life, halls until the end of theirs (1)(8)(12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layout.algebra import Index
from layout.formulation.case import NEW, Case, Flows
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Part
from layout.model import plants
from layout.units import GWH_PER_MW_YEAR


@dataclass(frozen=True)
class Term:
    """A part whose positions act on units or pairs: row `at[position]`, coefficient `by`.

    What it put into service leaves after `life` years (never, where that is infinite).
    """

    part: Part
    at: Ints
    by: Floats
    life: Floats

    def alive(self, years: int) -> Term:
        """What still stands so many years later."""
        return Term(self.part, self.at, np.where(years < self.life, self.by, 0.0), self.life)


@dataclass(frozen=True)
class Running:
    """Load by time slice: `load[pair, slice]` with the energy weight of the cooling per row."""

    part: Part
    pair: Ints
    hours: Floats
    cooling: Floats


@dataclass(frozen=True)
class Work:
    """Where work runs, entry by entry: site, workload, kind, need (peak EFLOPS per EFLOPS).

    First the flows (positions in `flow`) of workloads that one kind runs, then the positions of
    `runs`. As `Variables.places`: where any demand may run, one entry for each site and kind.
    """

    flow: Ints
    site: Ints
    workload: Ints
    kind: Ints
    need: Floats


def _labels(names: tuple[str, ...], positions: Ints) -> NDArray[np.object_]:
    return np.array(names, dtype=object)[positions]


class Variables:
    """The variables of one case, with the sets they run over.

    `parts` holds every family by name: serve, assign, unserved, open, modules, space, install,
    retire, in_use, grid, renewable, certificate, and those of features; runs where several kinds
    run a workload, and `work` says where all demand runs. `earlier` are the years before, oldest
    first. The lists `space_terms`, `installed_terms`, `added_terms` say what
    changes the space of a unit and the compute of a pair in this year; features append to them.
    `installed` and `standing_space` are the states of the year where a feature has made them
    variables. `extra_energy` lists (part, site, GWh per unit) of electricity that no rack draws,
    `extra_power` (part, site, MW per unit) what of it counts as rated power at the grid,
    `extra_capex` (part, site, mcny per unit) of investment besides halls and IT. `lines` is the
    backbone that the feature network reads, with what its routes and links are numbered by.
    `forced` says that more than the least cost may ask for capacity.
    """

    def __init__(
        self, case: Case, earlier: tuple[Variables, ...] = (), forced: bool = False
    ) -> None:
        self.case = case
        self.forced = forced
        self.earlier = earlier
        self.parts: dict[str, Part] = {}
        self.space_terms: list[Term] = []
        self.installed_terms: list[Term] = []
        self.added_terms: list[Term] = []
        self.extra_energy: list[tuple[Part, Ints, Floats]] = []
        self.extra_power: list[tuple[Part, Ints, Floats]] = []
        self.extra_capex: list[tuple[Part, Ints, Floats]] = []
        self.running: Running | None = None
        self.installed: Part | None = None
        self.standing_space: Part | None = None
        self.moved_pairs: Ints = np.empty(0, dtype=np.int64)
        self.lines: Any = None
        splits = case.splits[case.flows.workload]
        self.split, self.whole = case.flows.take(splits), case.flows.take(~splits)
        self._service()
        self._space()
        self._compute()
        self._energy()
        self._runs()

    def new(
        self,
        name: str,
        index: Index,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        integer: bool = False,
        doc: str,
        unit: str,
    ) -> Part:
        """Variables of the family `name` in this year; every index has a dimension `year`.

        Raises ValueError for a name that another family has.
        """
        if name in self.parts:
            raise ValueError(f"there are variables {name} already")
        part = Part(name, index, lower=lower, upper=upper, integer=integer, doc=doc, unit=unit)
        self.parts[name] = part
        return part

    def years_since(self, before: Variables) -> int:
        """Years between an earlier period and this one."""
        return self.case.year - before.case.year

    # indices --------------------------------------------------------------------------------

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

    def place_index(self, units: Ints) -> Index:
        """Site, facility, year of units of new space."""
        case, of = self.case, self.case.units
        return Index(
            ("site", "facility", "year"),
            (
                _labels(case.sites, of.site[units]),
                _labels(case.facilities, of.facility[units]),
                np.full(len(units), case.year),
            ),
        )

    def unit_index(self, units: Ints, name: str = "unit") -> Index:
        """Unit (or block), year."""
        labels = _labels(self.case.units.labels, units)
        return Index((name, "year"), (labels, np.full(len(units), self.case.year)))

    def pair_index(self, pairs: Ints) -> Index:
        """Unit, kind, year."""
        case, units = self.case, self.case.units
        labels = _labels(units.labels, units.unit[pairs])
        kind = _labels(case.kinds, units.kind[pairs])
        return Index(("unit", "kind", "year"), (labels, kind, np.full(len(pairs), case.year)))

    # decisions ------------------------------------------------------------------------------

    def _service(self) -> None:
        case, demand = self.case, self.case.demand["eflops"].to_numpy(float)
        self.demand_eflops = demand
        self.serve = self.new(
            "serve",
            self.flow_index(self.split),
            upper=demand[self.split.row],
            doc="demand of the zone served at the site, on average over the year",
            unit="EFLOPS",
        )
        self.assign = self.new(
            "assign",
            self.flow_index(self.whole),
            upper=1.0,
            integer=True,
            doc="1 if the site serves the whole demand of the zone",
            unit="1",
        )
        self.unserved = self.new(
            "unserved",
            self.demand_index(),
            upper=np.where(np.isnan(case.unserved_price), 0.0, demand),
            doc="demand left unserved",
            unit="EFLOPS",
        )

    def _space(self) -> None:
        case, units = self.case, self.case.units
        self.fresh_sites = np.flatnonzero(~case.has_stock)
        self.open = self.new(
            "open",
            self.site_index(self.fresh_sites),
            upper=1.0,
            integer=True,
            doc="1 if a site without existing capacity is opened",
            unit="1",
        )
        new = units.new
        size = case.facility_values("module_it_mw")[units.facility[new]]
        sized = ~np.isnan(size)
        self.sized, self.unsized = new[sized], new[~sized]
        self.module_mw = size[sized]
        self.room_mw = self._room_mw()
        ready = case.ready(units.facility)
        count = np.floor(self.room_mw[self.sized] / self.module_mw + 1e-9)
        self.modules = self.new(
            "modules",
            self.place_index(self.sized),
            upper=np.where(ready[self.sized], count, 0.0),
            integer=True,
            doc="modules of new facility space",
            unit="1",
        )
        self.space = self.new(
            "space",
            self.place_index(self.unsized),
            upper=np.where(ready[self.unsized], np.inf, 0.0),
            doc="new facility space where any size may be built",
            unit="MW",
        )
        life = case.facility_values("life_years")[units.facility]
        self.space_terms = [
            Term(self.modules, self.sized, self.module_mw, life[self.sized]),
            Term(self.space, self.unsized, np.ones(len(self.unsized)), life[self.unsized]),
        ]

    def _room_mw(self) -> Floats:
        """Unit → the most new space that its site's max_it_mw and land can ever allow, MW."""
        case, units = self.case, self.case.units
        room = (case.site_values("max_it_mw") - case.stock_space_mw)[units.site]
        land = case.site_values("land_ha")[units.site]
        need = np.nan_to_num(case.facility_values("land_ha_per_mw"))[units.facility]
        limited = (need > 0) & ~np.isnan(land)
        by_land = np.divide(land, need, out=np.full(len(land), np.inf), where=limited)
        return np.maximum(np.minimum(room, by_land), 0.0)

    def _compute(self) -> None:
        case, units = self.case, self.case.units
        self.installable = np.flatnonzero(units.admitted)
        self.install = self.new(
            "install",
            self.pair_index(self.installable),
            upper=self._fill_limit(),
            doc="compute put into service: filled in a block, expanded or built in new space",
            unit="EFLOPS",
        )
        life = case.kind_values("it_life_years")[units.kind[self.installable]]
        added = Term(self.install, self.installable, np.ones(len(self.installable)), life)
        self.added_terms.append(added)
        self.installed_terms.append(added)
        self.retirable = np.flatnonzero(case.retirable_eflops > 0)
        blocks = units.stock[self.retirable]
        self.retire = self.new(
            "retire",
            self.unit_index(blocks, "block"),
            upper=case.retirable_eflops[self.retirable],
            doc="existing compute that is taken out of service",
            unit="EFLOPS",
        )
        ever = np.full(len(self.retirable), np.inf)
        gone = Term(self.retire, units.own_pair[self.retirable], -np.ones(len(ever)), ever)
        self.installed_terms.append(gone)
        self.load = self.new(
            "in_use",
            self.pair_index(np.arange(len(units.unit))),
            doc="compute in use, on average over the year",
            unit="EFLOPS",
        )

    def _fill_limit(self) -> Floats:
        """Most of its own kind that a block takes: its vacant space; nothing of what is not sold.

        What is retired and bought again in the same block is refreshed in place, not an
        addition: a target on additions must not be met by calling it so.
        """
        case, units, pairs = self.case, self.case.units, self.installable
        rated = case.kind_values("it_mw_per_eflops")[units.kind[pairs]]
        block = units.block[units.unit[pairs]]
        expired = np.append(case.expired_eflops, 0.0)[block] > 0
        own = units.own[pairs] & expired & (rated > 0)
        limit = np.full(len(pairs), np.inf)
        limit = np.divide(units.vacant_mw[units.unit[pairs]], rated, out=limit, where=own)
        return np.where(case.on_offer[units.kind[pairs]], limit, 0.0)

    def _energy(self) -> None:
        case = self.case
        every = np.arange(len(case.sites))
        self.grid = self.new("grid", self.site_index(every), doc="energy from the grid", unit="GWh")
        contracts = case.settings.features.renewables
        self.certificate = self.new(
            "certificate",
            self.site_index(every),
            upper=np.inf if contracts else 0.0,
            doc="green certificates bought",
            unit="GWh",
        )
        table = case.model["renewables"] if contracts else case.model["renewables"].iloc[:0]
        self.renewable_table = table
        suppliers = plants.suppliers(case.model)
        self.renewable_site = suppliers["site"].to_numpy(dtype=np.int64)
        self.renewable_row = suppliers["row"].to_numpy(dtype=np.int64)
        carbon = table["carbon_t_per_mwh"].to_numpy(dtype=float)
        self.renewable_carbon = carbon[self.renewable_row]
        labels = (
            _labels(case.sites, self.renewable_site),
            suppliers["source"].to_numpy(dtype=object),
            suppliers["technology"].to_numpy(dtype=object),
            np.full(len(suppliers), case.year),
        )
        self.renewable = self.new(
            "renewable",
            Index(("site", "source", "technology", "year"), labels),
            doc="renewable energy under contract or from a plant on site",
            unit="GWh",
        )

    def _runs(self) -> None:
        """runs[i,w,k,y] where several kinds run a workload; `work`, where all demand runs."""
        case, flows, hosting = self.case, self.case.flows, self.case.hosting
        flow = np.flatnonzero(~case.shared[flows.workload])
        places = np.flatnonzero(case.places & case.shared)
        able = set(zip(case.units.pair_site.tolist(), case.units.kind.tolist(), strict=True))
        found = [
            (site, workload, int(kind), float(need))
            for site, workload in (divmod(int(at), len(case.workloads)) for at in places)
            for kind, need in zip(*hosting.of(workload), strict=True)
            if (site, int(kind)) in able
        ]
        site, workload, kind = np.array([row[:3] for row in found], dtype=np.int64).reshape(-1, 3).T
        need = np.array([row[3] for row in found], dtype=float)
        self.runs: Part | None = None
        if case.shared.any():
            labels = (
                _labels(case.sites, site),
                _labels(case.workloads, workload),
                _labels(case.kinds, kind),
                np.full(len(site), case.year),
            )
            index = Index(("site", "workload", "kind", "year"), labels)
            doc = "work of a workload that a kind of hardware runs"
            self.runs = self.new("runs", index, doc=doc, unit="EFLOPS")
        once = dense((len(case.workloads),))
        once[hosting.workload] = np.arange(len(hosting.workload))  # the row of those run by one
        alone = np.argwhere(case.places & ~case.shared)

        def joined(of_site: Ints, of_workload: Ints, flow: Ints) -> Work:
            row = once[of_workload]
            return Work(
                flow,
                np.concatenate([of_site, site]),
                np.concatenate([of_workload, workload]),
                np.concatenate([hosting.kind[row], kind]),
                np.concatenate([hosting.need[row], need]),
            )

        self.work = joined(flows.site[flow], flows.workload[flow], flow)
        self.places = joined(alone[:, 0], alone[:, 1], np.arange(len(alone)))

    # sums -----------------------------------------------------------------------------------

    def standing(self, name: str) -> list[Term]:
        """The terms `space_terms` or `installed_terms` of all years, as far as alive now."""
        terms = [
            term.alive(self.years_since(before))
            for before in self.earlier
            for term in getattr(before, name)
        ]
        return terms + list(getattr(self, name))

    @staticmethod
    def _add_terms(linear: Linear, terms: list[Term], rows: Ints, by: Floats) -> Linear:
        for term in terms:
            each = np.arange(len(term.part))
            linear.add(term.part, rows[term.at], each, by[term.at] * term.by)
        return linear

    def add_served(self, linear: Linear, rows: ArrayLike, by: ArrayLike = 1.0) -> Linear:
        """Served EFLOPS of every flow (arrays over all flows of the case)."""
        case = self.case
        splits = case.splits[case.flows.workload]
        rows, by = np.broadcast_arrays(rows, by)
        linear.add(self.serve, rows[splits], np.arange(len(self.split)), by[splits])
        whole = by[~splits] * self.demand_eflops[self.whole.row]
        return linear.add(self.assign, rows[~splits], np.arange(len(self.whole)), whole)

    def add_run(self, linear: Linear, rows: ArrayLike, by: ArrayLike = 1.0) -> Linear:
        """EFLOPS of work that run, per entry of `work`: what is served, more of it away from home.

        Σ_z work[i,z,w]·served[i,z,w,y] where one kind runs the workload, else runs[i,w,k,y].
        """
        work = self.work
        rows, by = np.broadcast_arrays(np.asarray(rows), np.asarray(by, dtype=float))
        count = len(work.flow)
        of_flow = dense((len(self.case.flows),))
        weight = np.zeros(len(of_flow))
        of_flow[work.flow] = rows[:count]
        weight[work.flow] = by[:count] * self.case.flows.work[work.flow]
        self.add_served(linear, of_flow, weight)
        if self.runs is not None:
            linear.add(self.runs, rows[count:], np.arange(len(self.runs)), by[count:])
        return linear

    def add_work(self, linear: Linear, rows: ArrayLike, by: ArrayLike = 1.0) -> Linear:
        """Peak EFLOPS of hardware that work takes, per entry of `work`: need·work."""
        return self.add_run(linear, rows, np.asarray(by, dtype=float) * self.work.need)

    def add_installed(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Installed EFLOPS of every pair: existing − retired + what the plan put in and stands."""
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        if self.installed is not None:
            return linear.add(self.installed, rows, np.arange(len(rows)), by)
        linear.constant(rows, by * self.case.units.existing_eflops)
        return self._add_terms(linear, self.standing("installed_terms"), rows, by)

    def add_planned(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """EFLOPS of every pair that the plan put into service in any year and that stand."""
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        return self._add_terms(linear, self.standing("added_terms"), rows, by)

    def add_additions(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Gross EFLOPS put into service in this year by filling, expanding, building, per pair."""
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        return self._add_terms(linear, self.added_terms, rows, by)

    def add_load(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Average EFLOPS in use of every pair."""
        return linear.add(self.load, rows, np.arange(len(rows)), by)

    def add_space(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Facility MW standing in every unit."""
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        if self.standing_space is not None:
            return linear.add(self.standing_space, rows, np.arange(len(rows)), by)
        linear.constant(rows, by * self.case.units.space_mw)
        return self._add_terms(linear, self.standing("space_terms"), rows, by)

    def add_new_space(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Facility MW that the plan built in any year and that stand, per unit of new space."""
        rows = np.where(self.case.units.origin == NEW, rows, -1)
        return self.add_space(linear, rows, by)

    def add_added_space(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Facility MW built in this year, per unit of new space."""
        rows = np.where(self.case.units.origin == NEW, rows, -1)
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        return self._add_terms(linear, self.space_terms, rows, by)

    def add_it_power(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Average IT MW per pair: ρ·(idle·installed + (1 − idle)·load/max_utilisation) (20)."""
        case, kind = self.case, self.case.units.kind
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        self.add_installed(linear, rows, by * case.standing_mw[kind])
        return self.add_load(linear, rows, by * case.running_mw[kind])

    def add_it_energy(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """IT energy of the year per pair, GWh."""
        return self.add_it_power(linear, rows, np.asarray(by, float) * GWH_PER_MW_YEAR)

    def add_facility_energy(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Facility energy of the year per unit, GWh: (PUE − overhead)·IT + overhead·space (21).

        With time slices the variable part of the PUE follows the cooling of each slice.
        """
        case, units = self.case, self.case.units
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        slope, pairs = (by * units.slope)[units.unit], rows[units.unit]
        if self.running is None:
            self.add_it_energy(linear, pairs, slope)
        else:
            kind, run = units.kind, self.running
            self.add_installed(linear, pairs, GWH_PER_MW_YEAR * slope * case.standing_mw[kind])
            weight = run.hours / 1000 * run.cooling * (slope * case.running_mw[kind])[run.pair]
            linear.add(run.part, pairs[run.pair], np.arange(len(run.part)), weight)
        return self.add_space(linear, rows, GWH_PER_MW_YEAR * by * units.overhead)

    def add_extra_energy(self, linear: Linear, rows: Ints, by: ArrayLike = 1.0) -> Linear:
        """Electricity that no rack draws (heat pumps and the like), GWh by site."""
        by = np.broadcast_to(np.asarray(by, float), rows.shape)
        for part, site, gwh in self.extra_energy:
            linear.add(part, rows[site], np.arange(len(part)), by[site] * gwh)
        return linear

    def components(self) -> dict[str, Any]:
        """Name → this year's share of a family, in the order in which the model lists them."""
        return dict(self.parts)
