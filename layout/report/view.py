"""A plan as a map sees it: one year, provinces known by code, sums by site and by province."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.labels import text
from layout.model.derive import demand as planned_demand
from layout.model.derive import tariffs
from layout.model.weakness import proxy_sites
from layout.report.boundaries import Boundaries, Province
from layout.report.reach import province_at

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.report.tiles import Tiles

ACTIONS = ("filled", "expanded", "built")
AMOUNTS = ("existing", *ACTIONS, "retrofitted", "retired", "compute")
_SUMS = [*(f"{name}_eflops" for name in AMOUNTS), "facility_it_mw", "it_mw", "racks"]


_WORDLESS = frozenset(
    ("year", "provinces", "common", "sites", "zones", "_home_of_zone", "included", "capacity")
    + ("energy", "service", "workloads", "demand", "proxies", "unserved", "power_price")
    + ("overridden", "alike", "carried", "memory")
)


@dataclass(frozen=True)
class Kind:
    """A kind of compute: its name, FP32 equivalent of one EFLOPS, number of its colour."""

    name: str
    precision: str
    factor: float
    colour: int


@dataclass(frozen=True)
class View:
    """What all parts of a page look at. Everything is computed once, when it is first asked."""

    plan: Plan
    boundaries: Boundaries
    lang: str
    tables: Mapping[str, pd.DataFrame] | None = None
    """The tables of all years, where the plan shown is one year of it."""
    tiles: Tiles | None = None
    """The base map that the page lies on, if it has one."""

    @cached_property
    def memory(self) -> dict[str, dict[str, float]]:
        """Quantity → its values by province, computed once for all languages."""
        return {}

    @property
    def whole(self) -> Mapping[str, pd.DataFrame]:
        """The tables of all years."""
        return self.plan.tables if self.tables is None else self.tables

    def in_language(self, lang: str) -> View:
        """The same view in another language; what has no words in it is not computed again."""
        other = replace(self, lang=lang)
        kept = {name: value for name, value in vars(self).items() if name in _WORDLESS}
        vars(other).update(kept)
        return other

    def table(self, name: str) -> pd.DataFrame:
        """The rows of a table of the plan in the year shown (an absent table has none)."""
        frame = self.plan.tables.get(name)
        if frame is None or frame.empty or "year" not in frame:
            return pd.DataFrame()
        return frame[frame["year"] == self.year]

    @cached_property
    def year(self) -> int:
        """The last year that the plan's capacity has, else its last period or the base year."""
        capacity = self.plan.tables.get("capacity")
        if capacity is None or capacity.empty:
            settings = self.plan.model.settings
            return int(settings.periods[-1] if self.plan.has_tables else settings.base_year)
        return int(capacity["year"].max())

    @cached_property
    def provinces(self) -> dict[str, Province]:
        """The 34 provinces by code."""
        return {one.adcode: one for one in self.boundaries.provinces}

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Kinds of compute by code; without every FP32 equivalent all factors are 1."""
        table = self.plan.model["kinds"]
        known = bool(table["fp32_per_native"].notna().all())
        rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
        names = self._names(table.set_index("kind"))
        return {
            row["kind"]: Kind(
                name=f"{names[row['kind']]} ({row['precision']})",
                precision=row["precision"],
                factor=float(row["fp32_per_native"]) if known else 1.0,
                colour=number,
            )
            for number, row in enumerate(rows)
        }

    def factors(self, kinds: Iterable[Any]) -> NDArray[np.float64]:
        """FP32 equivalents of a column of kinds."""
        return np.array([self.kinds[kind].factor for kind in kinds], dtype=float)

    @cached_property
    def common(self) -> bool:
        """Whether kinds can be added: each has its FP32 equivalent, or there is only one kind."""
        declared = self.plan.model["kinds"]["fp32_per_native"]
        return bool(declared.notna().all()) or len(declared) == 1

    @cached_property
    def compute_unit(self) -> str:
        """What the sizes on the map are in."""
        declared = self.plan.model["kinds"]["fp32_per_native"]
        if declared.notna().all():
            return text("map.unit.fp32", self.lang)
        if len(declared) == 1:
            return f"EFLOPS ({self.plan.model['kinds']['precision'].iat[0]})"
        return text("map.unit.native", self.lang)

    @cached_property
    def sites(self) -> pd.DataFrame:
        """Sites by code, with `home` (code of their province, '' outside China)."""
        sites = self.plan.model["sites"].set_index("site")
        rows: list[dict[str, Any]] = sites.reset_index().to_dict("records")  # type: ignore[assignment]
        homes = [
            self._home(
                (row["province"], self._home_of_zone.get(row["zone"], ""), row["site"]),
                row["lat"],
                row["lon"],
            )
            for row in rows
        ]
        return sites.assign(home=homes)

    @cached_property
    def zones(self) -> pd.DataFrame:
        """Zones by code, with `home`."""
        zones = self.plan.model["zones"].set_index("zone")
        return zones.assign(home=[self._home_of_zone[zone] for zone in zones.index])

    @cached_property
    def _home_of_zone(self) -> dict[str, str]:
        zones = self.plan.model["zones"]
        rows: list[dict[str, Any]] = zones.to_dict("records")  # type: ignore[assignment]
        return {
            row["zone"]: self._home((row["province"], row["zone"]), row["lat"], row["lon"])
            for row in rows
        }

    def _home(self, codes: tuple[Any, ...], lat: float, lon: float) -> str:
        """The province that a code names (its own, a city's, a county's), else the place's."""
        for code in map(str, codes):
            adcode = f"{code[:2]}0000"
            if len(code) == 6 and code.isdigit() and adcode in self.provinces:
                return adcode
        return province_at((lat, lon), self.boundaries)

    @cached_property
    def included(self) -> frozenset[str]:
        """Provinces with a zone or a site of the model."""
        return frozenset({*self.zones["home"], *self.sites["home"]} - {""})

    @cached_property
    def capacity(self) -> pd.DataFrame:
        """Sums by (site, kind): amounts in EFLOPS, space and racked MW, racks, `pue`, `added`."""
        table = self.table("capacity")
        if table.empty:
            columns = [*_SUMS, "pue", "added"]
            empty = pd.MultiIndex.from_arrays([[], []], names=["site", "kind"])
            return pd.DataFrame(0.0, index=empty, columns=columns)
        table = table.reindex(columns=["site", "kind", *_SUMS, "pue"])
        table[_SUMS] = table[_SUMS].fillna(0.0)
        table["weighted"] = table["pue"] * table["facility_it_mw"]
        sums = table.groupby(["site", "kind"])[[*_SUMS, "weighted"]].sum()
        sums["pue"] = sums["weighted"] / sums["facility_it_mw"].where(sums["facility_it_mw"] > 0)
        sums["added"] = sum(sums[f"{name}_eflops"] for name in ACTIONS)
        return sums.drop(columns="weighted")

    @cached_property
    def energy(self) -> pd.DataFrame:
        """The year's energy and carbon by site."""
        table = self.table("energy")
        return table if table.empty else table.groupby("site").sum(numeric_only=True)

    @cached_property
    def service(self) -> pd.DataFrame:
        """Who serves whom: zone, site, workload, native and FP32 EFLOPS, provinces, `own`."""
        table = self.table("service")
        if table.empty:
            return pd.DataFrame()
        kind = self.workloads["kind"].reindex(table["workload"])
        zone_of_site = self.sites["zone"].reindex(table["site"]).to_numpy()
        return table.assign(
            kind=kind.to_numpy(),
            fp32=table["served_eflops"].to_numpy() * self.factors(kind),
            from_home=self.zones["home"].reindex(table["zone"]).to_numpy(),
            to_home=self.sites["home"].reindex(table["site"]).to_numpy(),
            own=zone_of_site == table["zone"].to_numpy(),
        )

    @cached_property
    def carried(self) -> list[str]:
        """Workloads that are served away from their zone in some year, in the model's order."""
        service = self.whole.get("service", pd.DataFrame())
        if service.empty:
            return []
        home = self.sites["zone"].reindex(service["site"]).to_numpy()
        away = set(service.loc[service["zone"].to_numpy() != home, "workload"])
        return [str(workload) for workload in self.workloads.index if workload in away]

    @cached_property
    def workloads(self) -> pd.DataFrame:
        """Workload classes by code."""
        return self.plan.model["workloads"].set_index("workload")

    @cached_property
    def demand(self) -> pd.DataFrame:
        """The year's demand with its kind, FP32 equivalent and province."""
        table = planned_demand(self.plan.model)
        year = self.year if (table["year"] == self.year).any() else table["year"].max()
        table = table[table["year"] == year]
        kind = self.workloads["kind"].reindex(table["workload"]).to_numpy()
        factor = self.factors(kind)
        return table.assign(
            kind=kind,
            fp32=table["demand_eflops"].to_numpy() * factor,
            home=self.zones["home"].reindex(table["zone"]).to_numpy(),
        )

    @cached_property
    def proxies(self) -> frozenset[str]:
        """Provinces whose stock is a proxy."""
        sites = sorted(proxy_sites(self.plan.model))
        return frozenset(set(self.sites["home"].reindex(sites)) - {""})

    @cached_property
    def unserved(self) -> dict[str, float]:
        """Province → demand that is not met, FP32 equivalent."""
        table = self.table("unserved")
        if table.empty:
            return {}
        kind = self.workloads["kind"].reindex(table["workload"])
        factor = self.factors(kind)
        homes = self.zones["home"].reindex(table["zone"]).to_numpy()
        return dict((table["unserved_eflops"] * factor).groupby(homes).sum())

    @cached_property
    def power_price(self) -> pd.Series:
        """Price of power in CNY/kWh by site that has one."""
        table = tariffs(self.plan.model)
        return table[table["power_row"] >= 0].set_index("site")["price_cny_per_kwh"]

    @cached_property
    def overridden(self) -> dict[str, int]:
        """Site → number of zones whose latency to it the table `links` gives."""
        links = self.plan.model["links"]
        given = links[links["latency_ms"].notna()]
        return {str(site): int(count) for site, count in given.groupby("site").size().items()}

    @cached_property
    def alike(self) -> dict[str, str]:
        """Site → letter of its group of interchangeable sites."""
        groups = self.plan.record.get("alike") or []
        return {
            str(site): chr(ord("A") + number % 26)
            for number, group in enumerate(groups)
            for site in group
        }

    @cached_property
    def site_names(self) -> dict[Any, str]:
        """Site → name."""
        return self._names(self.sites)

    @cached_property
    def zone_names(self) -> dict[Any, str]:
        """Zone → name."""
        return self._names(self.zones)

    @cached_property
    def workload_names(self) -> dict[Any, str]:
        """Workload class → name."""
        return self._names(self.workloads)

    def _names(self, table: pd.DataFrame) -> dict[Any, str]:
        """Code → name in the language, else in the other one, else the code."""
        other = "zh" if self.lang == "en" else "en"
        columns = (table.index, table[f"name_{self.lang}"], table[f"name_{other}"])
        rows = zip(*columns, strict=True)
        return {code: str(name or spare or code) for code, name, spare in rows}
