"""Tables of a province's sheet: actions by kind, sites, workloads, partners, years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from layout.labels import text
from layout.labels.cleaning import clean
from layout.plan.ledger import Ledger
from layout.report.colours import KIND_COLOURS
from layout.report.quantities import NOTHING, known, number, quantity, scale, share
from layout.report.sums import LEAST, Sums, weighted
from layout.report.view import AMOUNTS, View

Cells = list[str]
DUST = 2e-6
"""EFLOPS, MW and shares below this are what a solver leaves of nothing."""
DUST_MCNY = 1e-2


@dataclass(frozen=True)
class Grid:
    """A table of a sheet: head and rows of words; columns that say nothing are left out."""

    head: Cells
    rows: list[Cells]
    left: tuple[int, ...] = (0,)

    def tidy(self) -> Grid:
        """The table without columns in which no row says anything."""
        kept = [
            column
            for column in range(len(self.head))
            if column in self.left
            or any(row[column] not in (NOTHING, "0", "") for row in self.rows)
        ]
        return Grid(
            [self.head[column] for column in kept],
            [[row[column] for column in kept] for row in self.rows],
            tuple(number for number, column in enumerate(kept) if column in self.left),
        )


def cell(value: float, least: float = DUST) -> str:
    """A number in a table; nothing, and what a solver leaves of nothing, is a dash."""
    return number(value) if known(value) and abs(value) > least else NOTHING


class Holdings:
    """What stands, happens and is served in one province."""

    def __init__(self, view: View, code: str) -> None:
        self.view = view
        self.code = code
        self.lang = view.lang
        self.sums = Sums(view)

    def t(self, key: str, **values: Any) -> str:
        """A text of the sheet."""
        return text(f"sheet.{key}", self.lang, **values)

    @property
    def summed(self) -> bool:
        """Whether sums over kinds are FP32 equivalents."""
        return bool(self.view.plan.model["kinds"]["fp32_per_native"].notna().all())

    @cached_property
    def sites(self) -> list[str]:
        """The sites of the province, those with the most compute first."""
        found = self.sums.sites_of.get(self.code, [])
        return sorted(found, key=lambda site: (-self.compute(site), site))

    def compute(self, site: str) -> float:
        """FP32 equivalent of what stands at a site (native where kinds cannot be added)."""
        rows = self.sums.capacity.get(site, {})
        return sum(
            row["compute_eflops"] * self.view.kinds[kind].factor for kind, row in rows.items()
        )

    def colour(self, site: str) -> str:
        """The colour of the kind that makes most of a site."""
        rows = self.sums.capacity.get(site, {})
        if not rows:
            return "#ffffff"
        kinds = self.view.kinds
        most = max(rows, key=lambda kind: (rows[kind]["compute_eflops"] * kinds[kind].factor, kind))
        return KIND_COLOURS[kinds[most].colour % len(KIND_COLOURS)]

    @cached_property
    def spent(self) -> dict[tuple[str, str], float]:
        """(site, kind) → undiscounted investment, mcny; empty where nothing is planned."""
        if self.view.year <= self.view.plan.model.settings.base_year:
            return {}
        ledger = Ledger(self.view.plan.tables, self.view.plan.model, self.view.year)
        sums = ledger.units.groupby(["site", "kind"])["capex_mcny"].sum().reset_index()
        rows = zip(sums["site"], sums["kind"], sums["capex_mcny"], strict=True)
        return {(str(site), str(kind)): float(value) for site, kind, value in rows}

    def capex(self, site: str, kind: str) -> float:
        """Investment at a site in a kind, mcny."""
        return self.spent.get((site, kind), 0.0)

    @cached_property
    def invested(self) -> float:
        """Investment in the province, mcny."""
        return sum(value for (site, _), value in self.spent.items() if site in self.sites)

    def actions(self) -> Grid:
        """The five actions by kind, in its native precision."""
        kinds, _ = self.sums.total(self.sites)
        head = [self.t("kind"), *(text(f"map.amount.{name}", self.lang) for name in AMOUNTS)]
        rows = []
        for kind, about in self.view.kinds.items():
            row = kinds.get(kind, {})
            cells = [cell(row.get(f"{name}_eflops", 0.0)) for name in AMOUNTS]
            if any(one != NOTHING for one in cells):
                rows.append([clean(about.name), *cells])
        return Grid(head, rows).tidy()

    def holdings(self) -> Grid:
        """Every site and kind: actions, halls, racks, PUE, investment."""
        divisor, unit = scale(self.invested, "mcny", self.lang)
        most = max((row["racks"] for site in self.sites
                    for row in self.sums.capacity.get(site, {}).values()), default=0.0)  # fmt: skip
        racks, rack_unit = scale(most, "racks", self.lang)
        head = self.t("holdings.head", money=unit, racks=rack_unit).split("|")
        rows: list[Cells] = []
        for place, site in enumerate(self.sites, start=1):
            first = [str(place), clean(self.view.site_names[site])]
            kinds = self.sums.capacity.get(site, {})
            for kind in (one for one in self.view.kinds if one in kinds):
                row = weighted(kinds[kind])
                rows.append(
                    [
                        *first,
                        clean(self.view.kinds[kind].name),
                        *(cell(row[f"{name}_eflops"]) for name in AMOUNTS),
                        cell(row["facility_it_mw"]),
                        cell(row["racks"] / racks),
                        cell(row["pue"]),
                        cell(self.capex(site, kind) / divisor, DUST_MCNY / divisor),
                    ]
                )
                first = ["", ""]
            if not kinds:
                rows.append([*first, self.t("nothing"), *[NOTHING] * (len(AMOUNTS) + 4)])
        return Grid(head, rows, (0, 1, 2)).tidy()

    def workloads(self) -> Grid:
        """Demand by workload: how much, how much here, round trip, what is not met."""
        view, lang = self.view, self.lang
        demand = view.demand[view.demand["home"] == self.code]
        service = view.service
        own = service[service["from_home"] == self.code] if not service.empty else service
        unserved = view.table("unserved")
        zones = [zone for zone, home in view.zones["home"].items() if home == self.code]
        limits = {str(code): float(ms) for code, ms in view.workloads["latency_ms"].items()}
        rows = []
        for workload, wanted in demand.groupby("workload")["demand_eflops"].sum().items():
            of = own[own["workload"] == workload] if not own.empty else own
            inside = of[of["to_home"] == self.code] if not of.empty else of
            open_ = 0.0
            if not unserved.empty:
                mine = (unserved["workload"] == workload) & unserved["zone"].isin(zones)
                open_ = float(unserved.loc[mine, "unserved_eflops"].sum())
            kind = str(view.workloads.at[workload, "kind"])
            limit = limits[str(workload)]
            served = float(of["served_eflops"].sum()) if not of.empty else 0.0
            near = float(inside["served_eflops"].sum()) if served else 0.0
            rows.append(
                [
                    clean(view.workload_names[workload]),
                    clean(view.kinds[kind].name),
                    cell(float(wanted)),
                    share(near / served) if served > LEAST else NOTHING,
                    cell(_mean(of, "latency_rtt_ms")) if served > LEAST else NOTHING,
                    number(limit) if limit < float("inf") else self.t("no_limit"),
                    cell(open_),
                ]
            )
        basis = text(f"map.basis.{view.plan.model.settings.latency.basis}", lang)
        head = self.t("workloads.head", basis=basis).split("|")
        return Grid(head, rows, (0, 1)).tidy()

    def partners(self, outward: bool) -> list[tuple[str, float]]:
        """Provinces that the sites here serve, or whose sites serve the demand here; most first."""
        near, far = (1, 0) if outward else (0, 1)
        found = [
            (pair[far], value)
            for pair, value in self.sums.served.items()
            if pair[near] == self.code and pair[far] != self.code and value > LEAST
        ]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def years(self, periods: Sequence[int]) -> Grid | None:
        """Compute by kind, space, energy and carbon of every period; None with one period."""
        tables = self.view.whole
        capacity, energy = tables.get("capacity"), tables.get("energy")
        if len(periods) < 2 or capacity is None or energy is None:
            return None
        capacity = capacity[capacity["site"].isin(self.sites)]
        energy = energy[energy["site"].isin(self.sites)]
        kinds = [kind for kind in self.view.kinds if (capacity["kind"] == kind).any()]
        rows = []
        for year in periods:
            now, use = capacity[capacity["year"] == year], energy[energy["year"] == year]
            by_kind = now.groupby("kind")["compute_eflops"].sum()
            rows.append(
                [
                    str(year),
                    *(cell(float(by_kind.get(kind, 0.0))) for kind in kinds),
                    cell(float(now["facility_it_mw"].sum())),
                    quantity(float(use["facility_gwh"].sum()), "GWh", self.lang),
                    quantity(float(use["carbon_kt"].sum()), "kt", self.lang),
                ]
            )
        names = [clean(self.view.kinds[kind].name) for kind in kinds]
        return Grid([self.t("year"), *names, *self.t("years.head").split("|")], rows)

    def prices(self) -> list[tuple[str, str]]:
        """What one more EFLOPS of demand here would cost, by workload."""
        table = self.view.table("prices")
        zones = [zone for zone, home in self.view.zones["home"].items() if home == self.code]
        if table.empty:
            return []
        mine = table[table["zone"].isin(zones)]
        spans = mine.groupby("workload")["price_mcny_per_eflops_year"].agg(["min", "max"])
        rows = []
        for workload, low, high in spans.itertuples():
            ends = [quantity(float(one), "mcny/EFLOPS/year", self.lang) for one in (low, high)]
            said = " – ".join(dict.fromkeys(ends))
            rows.append((clean(self.view.workload_names[workload]), said))
        return rows

    def sources(self) -> list[tuple[str, str, str]]:
        """Table, source and confidence of the rows that stand for the province, each once."""
        model, view = self.view.plan.model, self.view
        zones = [zone for zone, home in view.zones["home"].items() if home == self.code]
        of_site = model["sites"]["site"].isin(self.sites)
        provinces = set(model["sites"].loc[of_site, "province"]) - {""}
        tariffs = set(model["sites"].loc[of_site, "tariff_zone"]) - {""}
        power = model["power"]
        rows = {
            "stock": model["stock"][model["stock"]["site"].isin(self.sites)],
            "sites": model["sites"][of_site],
            "demand": model["demand"][model["demand"]["zone"].isin(zones)],
            "power": power[power["province"].isin(provinces) | power["tariff_zone"].isin(tariffs)],
            "renewables": model["renewables"][model["renewables"]["province"].isin(provinces)],
        }
        found = []
        for name, frame in rows.items():
            for source, confidence in _told(frame):
                found.append((text(f"table.{name}", self.lang), source, confidence))
        return found


def _mean(rows: pd.DataFrame, column: str) -> float:
    """Mean over what is served."""
    return float((rows[column] * rows["served_eflops"]).sum() / rows["served_eflops"].sum())


def _told(frame: pd.DataFrame) -> Sequence[tuple[str, str]]:
    """Sources with their confidence, each pair once, in the order of the rows."""
    columns = [
        [clean(word) for word in frame[name].astype(str)] if name in frame else [""] * len(frame)
        for name in ("source", "confidence")
    ]
    pairs = dict.fromkeys(zip(*columns, strict=True))
    return [pair for pair in pairs if pair[0]]
