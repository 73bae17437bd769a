"""The tables of a plan in one year, with what the model says of their sites, zones, kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model.derive import demand, tariffs
from layout.model.horizon import horizon
from layout.model.plants import plant_carbon
from layout.once import once
from layout.plan.files import FILES
from layout.plan.scopes import sites_in, zones_in

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Tables = dict[str, pd.DataFrame]


@once
def _by_key(model: PlanningModel) -> dict[str, pd.DataFrame]:
    """Tables of the model by their key."""
    keys = {"sites": "site", "zones": "zone", "kinds": "kind"}
    keys |= {"facilities": "facility", "workloads": "workload"}
    return {name: model[name].set_index(key) for name, key in keys.items()}


@dataclass(frozen=True, eq=False)
class Ledger:
    """Read-only view of one year of a plan's tables.

    `base` marks the base year, in which nothing was added and who serves whom is not known.
    """

    tables: Tables
    model: PlanningModel
    year: int
    base: bool = False
    kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @once
    def of_year(self, table: str) -> pd.DataFrame:
        """The rows of the year in a table of the plan."""
        frame = self.tables[table] if table in self.tables else FILES[table].frame()
        return frame[frame["year"] == self.year].reset_index(drop=True)

    @cached_property
    def units(self) -> pd.DataFrame:
        """``units`` of the year plus fp32 per native EFLOPS, additions and FP32 columns."""
        frame = self.of_year("units")
        fp32 = self.looked_up("kinds", "fp32_per_native", frame["kind"])
        added = frame["filled_eflops"] + frame["expanded_eflops"] + frame["built_eflops"]
        new = (frame["origin"] == "new").to_numpy(dtype=bool)
        built = self._put_up(frame)
        halls = self._halls(frame, built)
        equipment = self.looked_up("kinds", "it_capex_mcny_per_eflops", frame["kind"])
        machines = equipment * added.to_numpy(dtype=float)
        return frame.assign(
            fp32=fp32,
            compute_fp32=frame["compute_eflops"] * fp32,
            added_eflops=added,
            added_fp32=added * fp32,
            large=self.looked_up("facilities", "large", frame["facility"]).astype(bool),
            new=new,
            new_mw=frame["space_mw"].where(new, 0.0),
            built_mw=built,
            capex_halls_mcny=halls,
            capex_it_mcny=machines,
            capex_mcny=halls + machines,
        )

    def _put_up(self, frame: pd.DataFrame) -> Floats:
        """New or retrofitted MW of the year: what stands less what earlier years left standing."""
        fresh = frame["origin"].isin(["new", "retrofit"]).to_numpy(dtype=bool)
        space = np.where(fresh, frame["space_mw"].to_numpy(dtype=float), 0.0)
        before = [year for year in self.periods if year < self.year]
        if not before or self.base:
            return space
        whole = frame.groupby("unit")["space_mw"].sum()
        left = self._left(before).reindex(whole.index, fill_value=0.0)
        grown = (whole - left).clip(lower=0.0)
        of_unit = frame["unit"].map(whole).to_numpy(dtype=float)
        share = np.divide(space, of_unit, out=np.zeros(len(space)), where=space > 0)
        return share * frame["unit"].map(grown).to_numpy(dtype=float)

    def _left(self, before: list[int]) -> pd.Series:
        """Unit → MW that earlier years put up and that still stand."""
        parts = [pd.Series(dtype=float)]
        for year in before:
            units = Ledger(self.tables, self.model, year).units
            life = self.looked_up("facilities", "life_years", units["facility"])
            stands = (self.year - year < life) | (units["origin"] == "retrofit").to_numpy(bool)
            parts.append(units["built_mw"].where(stands, 0.0).groupby(units["unit"]).sum())
        every = pd.concat(parts)
        return every.groupby(level=0).sum()

    @property
    def periods(self) -> list[int]:
        """The years of the plan."""
        return list(self.model.settings.periods)

    def _halls(self, frame: pd.DataFrame, built: Floats) -> Floats:
        """Undiscounted investment in new and retrofitted space, with generators, mcny."""
        building = self.looked_up("facilities", "capex_mcny_per_mw", frame["facility"])
        turning = self.looked_up("facilities", "retrofit_capex_mcny_per_mw", frame["facility"])
        turned = (frame["origin"] == "retrofit").to_numpy(dtype=bool)
        price = np.where(turned, turning, building)
        local = self.looked_up("sites", "cost_factor", frame["site"])
        backup = self.model.settings.backup_power.capex_mcny_per_mw or 0.0
        needed = (self.factor("backup_share", frame["site"]) > 0) & ~turned
        generators = np.where(needed, backup * frame["pue"].to_numpy(dtype=float), 0.0)
        return np.asarray(np.where(built > 0, (price * local + generators) * built, 0.0))

    @cached_property
    def capacity(self) -> pd.DataFrame:
        """``capacity`` of the year."""
        return self.of_year("capacity")

    @cached_property
    def energy(self) -> pd.DataFrame:
        """``energy`` of the year."""
        return self.of_year("energy")

    @cached_property
    def cost(self) -> pd.DataFrame:
        """``cost`` of the year, mcny a year: not weighted, not discounted."""
        frame = self.of_year("cost")
        weight = next((p.weight for p in horizon(self.model.settings) if p.year == self.year), 1.0)
        return frame.assign(mcny=frame["mcny"] / weight)

    @cached_property
    def service(self) -> pd.DataFrame:
        """``service`` of the year plus kind and latency limit of the workload, EFLOPS in FP32."""
        frame = self.of_year("service")
        kind = self.words("workloads", "kind", frame["workload"])
        fp32 = self.looked_up("kinds", "fp32_per_native", kind)
        return frame.assign(
            kind=kind,
            limit_ms=self.looked_up("workloads", "latency_ms", frame["workload"]),
            served_fp32=frame["served_eflops"] * fp32,
        )

    @cached_property
    def demand(self) -> pd.DataFrame:
        """The year's demand as it is planned for, plus kind, EFLOPS in FP32."""
        table = demand(self.model)
        frame = table[table["year"] == self.year].reset_index(drop=True)
        kind = self.words("workloads", "kind", frame["workload"])
        fp32 = self.looked_up("kinds", "fp32_per_native", kind)
        return frame.assign(kind=kind, demand_fp32=frame["demand_eflops"] * fp32)

    @cached_property
    def unserved(self) -> pd.DataFrame:
        """``unserved`` of the year plus kind, EFLOPS in FP32."""
        frame = self.of_year("unserved")
        kind = self.words("workloads", "kind", frame["workload"])
        fp32 = self.looked_up("kinds", "fp32_per_native", kind)
        return frame.assign(kind=kind, unserved_fp32=frame["unserved_eflops"] * fp32)

    @property
    def _places(self) -> dict[str, pd.DataFrame]:
        return _by_key(self.model)

    def looked_up(self, table: str, column: str, labels: Any) -> Floats:
        """A number column of a model table for each label (NaN where unknown)."""
        return self._places[table][column].reindex(labels).to_numpy(dtype=float)

    def words(self, table: str, column: str, labels: Any) -> NDArray[np.object_]:
        """A text column of a model table for each label."""
        found = self._places[table][column].reindex(labels)
        return np.asarray(found.to_numpy(dtype=object))

    def of_kind(self, kind: str, labels: pd.Series) -> Mask:
        """Which of these labels of kinds are the kind or one of its sub-kinds."""
        own, parent = labels.to_numpy(dtype=object), self.words("kinds", "parent", labels)
        held = labels.str.startswith(f"{kind}@").to_numpy(dtype=bool)  # by one of its owners
        return np.asarray((own == kind) | (parent == kind) | held, dtype=bool)

    def is_domestic(self, labels: pd.Series) -> Mask:
        """Which of these labels of kinds are domestic; a silent sub-kind is as its parent."""
        own, parent = (self.words("kinds", name, labels) for name in ("domestic", "parent"))
        above = self.words("kinds", "domestic", parent)
        return np.asarray(np.where(own == "", above, own) == "yes", dtype=bool)

    @cached_property
    def run(self) -> pd.DataFrame:
        """What runs on which kind of hardware: workload, wanted (its kind), kind, eflops of demand.

        From ``runs``; a workload without a row there runs on its own kind.
        """
        runs, served = self.of_year("runs"), self.service
        shared = served["workload"].isin(set(runs["workload"]))
        columns = ["workload", "kind", "served_eflops"]
        every = pd.concat([served.loc[~shared, columns], runs[columns]], ignore_index=True)
        found = every.groupby(columns[:2])["served_eflops"].sum().rename("eflops").reset_index()
        return found.assign(wanted=self.words("workloads", "kind", found["workload"]))

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """``contracts`` of the year with the carbon of each plant, t/MWh (0 = green)."""
        found = self.of_year("contracts")
        keys = pd.MultiIndex.from_frame(found[["source", "technology"]])
        carbon = plant_carbon(self.model).reindex(keys).to_numpy(dtype=float)
        return found.assign(carbon_t_per_mwh=np.nan_to_num(carbon))

    def site_mask(self, scope: str, labels: pd.Series) -> Mask:
        """Which of these site labels lie in the scope."""
        named = self.model["sites"]["site"][sites_in(self.model, scope)]
        return labels.isin(set(named)).to_numpy(dtype=bool)

    def zone_mask(self, scope: str, labels: pd.Series) -> Mask:
        """Which of these zone labels lie in the scope."""
        named = self.model["zones"]["zone"][zones_in(self.model, scope)]
        return labels.isin(set(named)).to_numpy(dtype=bool)

    @once
    def units_in(self, scope: str) -> pd.DataFrame:
        """The units at sites of the scope."""
        return self.units[self.site_mask(scope, self.units["site"])]

    @once
    def energy_in(self, scope: str) -> pd.DataFrame:
        """The energy of sites of the scope."""
        return self.energy[self.site_mask(scope, self.energy["site"])]

    def factor(self, column: str, sites: pd.Series) -> Floats:
        """A figure of ``power`` at each site: of its tariff zone, else of its province, else 0."""
        table = tariffs(self.model).set_index("site")[column]
        return table.reindex(sites).to_numpy(dtype=float)
