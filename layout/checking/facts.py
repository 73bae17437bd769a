"""What the tables of a planning model say, worked out again for the check alone.

Nothing here is shared with the formulation or with ``layout.model.derive``: a mistake there
must not hide itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
GWH_PER_MW = 8.76
OTHER = "other"
LEAST_REST = 1e-9
"""Shares that leave less than this have been rounded: they leave nothing."""
_KEYS = {
    "zones": "zone",
    "sites": "site",
    "kinds": "kind",
    "facilities": "facility",
    "workloads": "workload",
}


def members(cell: str) -> list[str]:
    """The members of a ``;``-separated cell."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def annuity(rate: float, years: Floats) -> Floats:
    """Capital recovery factor, 1/n at rate 0."""
    if rate == 0:
        return 1.0 / years
    return np.asarray(rate / (1.0 - (1.0 + rate) ** -years))


@dataclass(frozen=True, eq=False)
class Facts:
    """A model's tables in one year, by key."""

    model: PlanningModel
    year: int

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Zones, sites, kinds, facilities and workloads, each by its key."""
        return {name: self.model[name].set_index(key) for name, key in _KEYS.items()}

    def numbers(self, table: str, column: str, labels: Any) -> Floats:
        """A number of a keyed table for each label, NaN where the label is unknown."""
        return self.tables[table][column].reindex(labels).to_numpy(dtype=float)

    def words(self, table: str, column: str, labels: Any) -> NDArray[np.object_]:
        """A text of a keyed table for each label."""
        return np.asarray(self.tables[table][column].reindex(labels).to_numpy(dtype=object))

    @cached_property
    def site_kinds(self) -> set[tuple[str, str]]:
        """(site, kind) pairs that the list of the site allows; a kind stands for its sub-kinds."""
        every = list(self.model["kinds"]["kind"])
        sites = self.model["sites"]
        pairs = zip(sites["site"], sites["kinds"], strict=True)
        return {
            (site, one)
            for site, cell in pairs
            for kind in members(cell) or every
            for one in self.below(kind)
        }

    def below(self, kind: str) -> set[str]:
        """A kind and its sub-kinds: those that name it as parent, and what owners hold of it."""
        return self._families.get(kind, {kind})

    @cached_property
    def _families(self) -> dict[str, set[str]]:
        """Kind → itself and its sub-kinds."""
        parent = self.tables["kinds"]["parent"]
        return {
            str(kind): {
                str(kind),
                *parent.index[
                    (parent == kind).to_numpy() | parent.index.str.startswith(f"{kind}@")
                ],
            }
            for kind in parent.index
        }

    @cached_property
    def needs(self) -> dict[str, dict[str, float]]:
        """Workload → kind that runs it → peak EFLOPS of that kind for an EFLOPS of demand.

        Its own kind with sub-kinds, and what ``substitution`` names with its sub-kinds; the most
        particular row holds, and none for the own kind itself.
        """
        works, kinds = self.tables["workloads"]["kind"], self.tables["kinds"]["effectiveness"]
        found: dict[str, dict[str, float]] = {}
        for workload, own in works.items():
            table = self.model["substitution"]
            table = table[table["workload"] == workload]
            rows = zip(table["kind"], table["efficiency"], strict=True)
            said = {str(kind): float(efficiency) for kind, efficiency in rows}
            given = dict.fromkeys(self.below(str(own)), 1.0)
            for wide in said:
                given |= dict.fromkeys(self.below(wide) - {wide}, said[wide])
            given |= {**said, str(own): 1.0}
            found[str(workload)] = {kind: 1 / (kinds[kind] * by) for kind, by in given.items()}
        return found

    @cached_property
    def run_by_several(self) -> set[str]:
        """Workloads that more than one kind runs."""
        return {work for work, kinds in self.needs.items() if len(kinds) > 1}

    @cached_property
    def facility_kinds(self) -> set[tuple[str, str]]:
        """(facility, kind) pairs that the list of the facility allows, sub-kinds included."""
        table = self.model["facilities"]
        pairs = zip(table["facility"], table["kinds"], strict=True)
        return {
            (facility, one)
            for facility, cell in pairs
            for kind in members(cell)
            for one in self.below(kind)
        }

    def cooling(self, site: Any, facility: Any) -> tuple[Floats, Floats]:
        """Design PUE and fixed overhead of a facility at a site, NaN where it is not offered.

        A row for the site beats one for its climate zone; without any table both are 1 and 0.
        """
        table = self.model["pue"]
        if len(table) == 0:
            return np.ones(len(site)), np.zeros(len(site))
        climate = self.words("sites", "climate_zone", site)
        values: list[Floats] = []
        for column in ("pue", "fixed_overhead"):
            at_site = {
                (s, f): value
                for s, f, value in zip(table["site"], table["facility"], table[column], strict=True)
                if s
            }
            at_climate = {
                (c, f): value
                for s, c, f, value in zip(
                    table["site"], table["climate_zone"], table["facility"], table[column],
                    strict=True,
                )
                if not s
            }  # fmt: skip
            places = zip(site, climate, facility, strict=True)
            found = [at_site.get((s, f), at_climate.get((c, f), np.nan)) for s, c, f in places]
            values.append(np.array(found, dtype=float))
        return values[0], values[1]

    @cached_property
    def blocks(self) -> pd.DataFrame:
        """The stock by block, as it stands in the year.

        Columns: site, facility, kind, eflops, space_mw, racked_mw, vacant_mw, pue, overhead,
        expired (EFLOPS past their life).
        """
        stock = self.model["stock"].set_index("block")
        rated = self.numbers("kinds", "it_mw_per_eflops", stock["kind"])
        racked = stock["compute_eflops"].to_numpy(dtype=float) * rated
        given = stock["facility_it_mw"].to_numpy(dtype=float)
        space = np.where(np.isnan(given), racked, given)
        pue, overhead = self.cooling(stock["site"], stock["facility"])
        own = stock["pue"].to_numpy(dtype=float)
        elapsed = self.year - self.model.settings.base_year
        age = stock["age_years"].to_numpy(dtype=float) + elapsed
        old = age > self.numbers("kinds", "it_life_years", stock["kind"])
        return pd.DataFrame(
            {
                "site": stock["site"],
                "facility": stock["facility"],
                "kind": stock["kind"],
                "eflops": stock["compute_eflops"],
                "space_mw": space,
                "racked_mw": racked,
                "vacant_mw": np.maximum(space - racked, 0.0),
                "pue": np.where(np.isnan(own), np.where(np.isnan(pue), 1.0, pue), own),
                "overhead": np.where(np.isnan(overhead), 0.0, overhead),
                "expired": np.where(old, stock["compute_eflops"].to_numpy(dtype=float), 0.0),
            },
            index=stock.index,
        )

    @cached_property
    def stocked(self) -> set[str]:
        """Sites with existing capacity."""
        return set(self.model["stock"]["site"])

    @cached_property
    def power(self) -> pd.DataFrame:
        """Site → price, grid and residual factor, outages: of its tariff zone, else its province.

        `backup` is the share of the year in which generators stand in for the grid.
        """
        table, sites = self.model["power"], self.model["sites"]
        names = ["price_cny_per_kwh", "grid_tco2_per_mwh", "residual_tco2_per_mwh"]
        names += ["outage_hours_per_year"]
        zones = table[table["tariff_zone"] != ""].set_index("tariff_zone")[names]
        own = table[table["tariff_zone"] == ""].set_index("province")[names]
        found = zones.reindex(sites["tariff_zone"]).reset_index(drop=True)
        found = found.fillna(own.reindex(sites["province"]).reset_index(drop=True))
        found[names[:2]] = found[names[:2]].fillna(0.0)
        found[names[2]] = found[names[2]].fillna(found[names[1]])
        out = found["outage_hours_per_year"].fillna(0.0).astype(float)
        least = self.model.settings.backup_power.tolerated_outage_hours
        found["backup"] = out.where(out > least, 0.0) / 8760
        return found.astype(float).set_index(pd.Index(sites["site"], name="site"))

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Positive demand of the year, after efficiency and sectors: zone, workload, eflops."""
        table = self.model["demand"]
        table = table[table["year"] == self.year]
        multiple = {name: self.growth(name) for name in set(table["workload"])}
        frame = table[["zone", "workload"]].reset_index(drop=True)
        by = table["workload"].map(multiple).to_numpy(dtype=float)
        frame["eflops"] = table["demand_eflops"].to_numpy(dtype=float) * by
        return frame[frame["eflops"] > 0].astype({"eflops": float}).reset_index(drop=True)

    def roles(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """The row of ``roles`` that holds for the workload and zone of each row, −1 for none."""
        table = self.model["roles"]
        if table.empty:
            return np.full(len(rows), -1, dtype=np.int64)
        said = pd.MultiIndex.from_frame(table[["workload", "region"]])
        homes = self.words("zones", "region", rows["zone"])
        found = said.get_indexer(pd.MultiIndex.from_arrays([rows["workload"], homes]))
        return np.asarray(found, dtype=np.int64)

    def in_role(self, rows: pd.DataFrame) -> Mask:
        """Whether the region of the site of each row may host its workload and zone."""
        role = self.roles(rows)
        places = self.words("sites", "region", rows["site"])
        good = role < 0
        for at, cell in enumerate(self.model["roles"]["hosts"]):
            good |= (role == at) & np.isin(places, members(cell))
        return np.asarray(good, dtype=bool)

    def growth(self, workload: str) -> float:
        """What the demand of a workload in the table is multiplied by in the year.

        What efficiency saves is gain = 1 − (1 − efficiency_gain)^years; the rebound takes its
        share of it back. Sectors weigh what is left by their factors. 1 up to the base year.
        """
        years = self.year - self.model.settings.base_year
        if years <= 0:
            return 1.0
        yearly, rebound = (
            float(self.numbers("workloads", name, [workload])[0])
            for name in ("efficiency_gain", "rebound")
        )
        gain = 1.0 - (1.0 - yearly) ** years
        whole = sum(weight for _, weight in self.sectors(workload))
        return float((1.0 - gain * (1.0 - rebound)) * whole)

    def sectors(self, workload: str) -> list[tuple[str, float]]:
        """Sector → its share of the workload's demand in the table times its factor.

        `OTHER` is what no sector claims; nothing where the shares leave nothing.
        """
        table = self.model["sectors"]
        rows = table[table["workload"] == workload]
        found = [
            (str(sector), float(share * factor))
            for sector, share, factor in zip(
                rows["sector"], rows["share"], rows["factor"], strict=True
            )
        ]
        rest = 1.0 - float(rows["share"].sum())
        return [*found, (OTHER, rest)] if rest > LEAST_REST else found
