"""What a province can be judged by in the base year and in a plan, from the tables of each.

The indicators of the published composite computing index and their weights are not public in full;
these are figures of the model, and their index is never the published one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model.backbone import attached
from layout.model.hardware import root_of
from layout.names import province_of_site
from layout.plan.baseyear import base_ledger
from layout.plan.ledger import Ledger
from layout.plan.ratio import TINY
from layout.study.weighing.criterion import Criterion, Floats, Told
from layout.study.weighing.reach import inside, wanted

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

MOMENTS = ("before", "after")
FP32 = "EFLOPS FP32"
KIND = "compute_"
"""How the indicator of one kind begins: ``compute_general``."""
GFLOPS_PER_EFLOPS = 1e9
EACH = 1e4
"""People in a unit of ``population_10k``; units of 10,000 CNY in one of ``gdp_100m_cny``."""


@dataclass(frozen=True, eq=False)
class Moment:
    """One year of a plan, or the base year, as sums of provinces."""

    ledger: Ledger
    provinces: pd.Index

    @property
    def model(self) -> PlanningModel:
        """The model asked."""
        return self.ledger.model

    @cached_property
    def of_site(self) -> dict[str, str]:
        """Site → province."""
        return province_of_site(self.model)

    @cached_property
    def of_zone(self) -> dict[str, str]:
        """Zone → province, or the zone itself where it names none."""
        zones = self.model["zones"]
        own = zones["province"].where(zones["province"] != "", zones["zone"])
        return dict(zip(zones["zone"], own, strict=True))

    def at_sites(self, sites: pd.Series, amount: pd.Series) -> Floats:
        """Province → sum of an amount at sites; 0 where none stands, NaN where a part is."""
        return self._sums(sites.map(self.of_site), amount)

    def at_zones(self, zones: pd.Series, amount: pd.Series) -> Floats:
        """The same of an amount of zones."""
        return self._sums(zones.map(self.of_zone), amount)

    def _sums(self, province: pd.Series, amount: pd.Series) -> Floats:
        totals = amount.groupby(province.to_numpy()).agg(lambda part: part.sum(skipna=False))
        return np.asarray(totals.reindex(self.provinces, fill_value=0.0), dtype=float)

    @property
    def unknown(self) -> Floats:
        """Nothing known of any province."""
        return np.full(len(self.provinces), np.nan)

    def units(self, column: str) -> Floats:
        """Province → sum of a column of ``units``."""
        units = self.ledger.units
        return self.at_sites(units["site"], units[column])

    def energy(self, column: str) -> Floats:
        """Province → sum of a column of ``energy``."""
        energy = self.ledger.energy
        return self.at_sites(energy["site"], energy[column])

    def size(self, column: str) -> Floats:
        """Province → sum of a column of ``zones``; NaN where it is not known or zero."""
        zones = self.model["zones"]
        found = self.at_zones(zones["zone"], zones[column])
        return np.asarray(np.where(found > 0.0, found, np.nan), dtype=float)


def over(part: Floats, whole: Floats) -> Floats:
    """Part over whole; NaN where the whole is zero or unknown."""
    some = np.nan_to_num(whole) > TINY
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=some)


def _compute(moment: Moment) -> Floats:
    """All kinds in FP32; unknown of every province where a kind has no equivalent."""
    if moment.model["kinds"]["fp32_per_native"].isna().any():
        return moment.unknown
    return moment.units("compute_fp32")


def _per(column: str) -> Callable[[Moment], Floats]:
    """GFLOPS FP32 for each of what `column` counts in ten thousands."""

    def read(moment: Moment) -> Floats:
        return over(_compute(moment) * GFLOPS_PER_EFLOPS, moment.size(column) * EACH)

    return read


def _of_kind(kind: str) -> Callable[[Moment], Floats]:
    def read(moment: Moment) -> Floats:
        units = moment.ledger.units
        own = units[moment.ledger.of_kind(kind, units["kind"])]
        kinds = moment.model["kinds"]
        if kinds["fp32_per_native"][moment.ledger.of_kind(kind, kinds["kind"])].isna().any():
            return moment.unknown
        return moment.at_sites(own["site"], own["compute_fp32"])

    return read


def _halls(moment: Moment) -> Floats:
    return moment.units("space_mw")


def _rack_utilisation(moment: Moment) -> Floats:
    return over(moment.units("it_mw"), moment.units("space_mw"))


def _compute_utilisation(moment: Moment) -> Floats:
    units = moment.ledger.units
    load = moment.at_sites(units["site"], units["load_eflops"] * units["fp32"])
    return over(load, _compute(moment))


def _storage(moment: Moment) -> Floats:
    ledger = moment.ledger
    if not moment.model.settings.features.storage:
        return moment.unknown
    table = moment.model["storage"] if ledger.base else ledger.of_year("storage")
    return moment.at_sites(table["site"], table["disk_eb"] + table["ssd_eb"])


def _network(moment: Moment) -> Floats:
    """Capacity of the links that end in the province; a link within it counts once."""
    model = moment.model
    if not model.settings.features.network:
        return moment.unknown
    links = model["arcs"] if moment.ledger.base else moment.ledger.of_year("links")
    if moment.ledger.base:
        links = links[~links["new"].to_numpy(dtype=bool)]
    home = _home_of_nodes(moment)
    ends = links["from"].map(home), links["to"].map(home)
    capacity = links["capacity_gbps"].fillna(np.inf)
    twice = (ends[0] != ends[1]).to_numpy(dtype=bool)
    return moment._sums(ends[0], capacity) + moment._sums(ends[1][twice], capacity[twice])


def _home_of_nodes(moment: Moment) -> dict[str, str]:
    """Node of the backbone → province: that of the zone, site or province of its name.

    Else of the first zone, else site, that attaches to it; where nothing does, in none.
    """
    found = {str(one): str(one) for one in moment.provinces}
    found |= {**moment.of_site, **moment.of_zone}
    for table, of in (("zones", moment.of_zone), ("sites", moment.of_site)):
        nodes = attached(moment.model, table)
        for node, home in zip(nodes, map(of.get, moment.model[table][table[:-1]]), strict=True):
            found.setdefault(str(node), str(home))
    return found


def _holding(moment: Moment, column: str) -> Floats:
    """Site → compute in a column of ``units``, in the order of the model's sites."""
    units = moment.ledger.units
    sums = units[column].groupby(units["site"]).agg(lambda part: part.sum(skipna=False))
    return np.asarray(sums.reindex(moment.model["sites"]["site"], fill_value=0.0), dtype=float)


def _reach(moment: Moment) -> Floats:
    """Share of the last period's demand within 20 ms of a site of the province with compute."""
    near, weight = inside(moment.model), wanted(moment.model)
    home = moment.model["sites"]["site"].map(moment.of_site).to_numpy(dtype=object)
    holds = _holding(moment, "compute_eflops") > TINY
    whole = float(weight.sum())
    if whole <= 0:
        return moment.unknown
    return np.array(
        [weight[near[holds & (home == one)].any(axis=0)].sum() / whole for one in moment.provinces]
    )


def _within_reach(moment: Moment) -> Floats:
    """Compute at sites within 20 ms of a zone of the province; NaN without a zone."""
    near, compute = inside(moment.model), _holding(moment, "compute_fp32")
    zones = moment.model["zones"]["zone"].map(moment.of_zone).to_numpy(dtype=object)
    found = moment.unknown
    for at, one in enumerate(moment.provinces):
        own = zones == one
        if own.any():
            found[at] = compute[near[:, own].any(axis=1)].sum()
    return found


def _pue_operated(moment: Moment) -> Floats:
    return over(moment.units("facility_gwh"), moment.units("it_gwh"))


def _pue_design(moment: Moment) -> Floats:
    units = moment.ledger.units
    weighted = moment.at_sites(units["site"], units["pue"] * units["space_mw"])
    return over(weighted, moment.units("space_mw"))


def _green(moment: Moment) -> Floats:
    """Contracts and certificates over facility energy; the base year does not know its own."""
    if moment.ledger.base:
        return moment.unknown
    green = moment.energy("renewable_gwh") + moment.energy("certificate_gwh")
    return over(green, moment.energy("facility_gwh"))


def _carbon(moment: Moment) -> Floats:
    """kt over GWh of IT, which is kg a kWh: of grid power only.

    Of the base year it is not known where plans may contract renewables: what was contracted then
    is in no table, and all its energy would count as grid power.
    """
    if moment.ledger.base and moment.model.settings.features.renewables:
        return moment.unknown
    return over(moment.energy("carbon_kt"), moment.energy("it_gwh"))


def _self_sufficiency(moment: Moment) -> Floats:
    """Share of the province's demand (FP32) that its own sites serve."""
    if moment.ledger.base:
        return moment.unknown
    service, demand = moment.ledger.service, moment.ledger.demand
    home = service["zone"].map(moment.of_zone) == service["site"].map(moment.of_site)
    own = moment.at_zones(service["zone"][home], service["served_fp32"][home])
    return over(own, moment.at_zones(demand["zone"], demand["demand_fp32"]))


def _delay(moment: Moment) -> Floats:
    """Mean delay of what the province is served with, on the model's basis, weighted by FP32."""
    if moment.ledger.base:
        return moment.unknown
    service = moment.ledger.service
    weight = service["served_fp32"]
    delay = service[f"latency_{moment.model.settings.latency.basis}_ms"]
    return over(
        moment.at_zones(service["zone"], delay * weight), moment.at_zones(service["zone"], weight)
    )


_INDICATORS: tuple[tuple[str, str, bool | None, Callable[[Moment], Floats]], ...] = (
    ("compute", FP32, True, _compute),
    ("compute_per_head", "GFLOPS FP32/person", True, _per("population_10k")),
    ("compute_per_gdp", "GFLOPS FP32/10k CNY", True, _per("gdp_100m_cny")),
    ("halls", "MW", True, _halls),
    ("rack_utilisation", "share", True, _rack_utilisation),
    ("compute_utilisation", "share", True, _compute_utilisation),
    ("storage", "EB", True, _storage),
    ("network", "Gbps", True, _network),
    ("reach_20ms", "share", True, _reach),
    ("compute_within_20ms", FP32, True, _within_reach),
    ("delay", "ms", False, _delay),
    ("pue_operated", "1", False, _pue_operated),
    ("pue_design", "1", False, _pue_design),
    ("green_share", "share", True, _green),
    ("carbon", "kgCO2/kWh IT", False, _carbon),
    ("self_sufficiency", "share", None, _self_sufficiency),
)
INDICATORS = tuple(name for name, *_ in _INDICATORS)


def provinces_of(model: PlanningModel) -> pd.Index:
    """Codes of all provinces with a site or a zone, sorted."""
    zones = model["zones"]
    own = zones["province"].where(zones["province"] != "", zones["zone"])
    return pd.Index(sorted({*own, *province_of_site(model).values()}))


def indicators_of(plan: Plan, year: int) -> dict[str, Criterion]:
    """Every indicator by code; values are those of all provinces before, then after the plan.

    Those of a kind (``compute_general`` …) count its sub-kinds and are in FP32 like all sums.
    """
    provinces = provinces_of(plan.model)
    base = base_ledger(plan.model)
    moments = [Moment(one, provinces) for one in (base, Ledger(plan.tables, plan.model, year))]
    roots = sorted(set(root_of(plan.model).values()))
    kinds = [(f"{KIND}{kind}", FP32, True, _of_kind(kind)) for kind in roots]
    found: dict[str, Criterion] = {}
    for name, unit, higher, read in (*_INDICATORS, *kinds):
        value = np.concatenate([read(moment) for moment in moments])
        empty = ("",) * len(value)
        found.setdefault(name, Criterion(name, unit, higher, Told(value, empty, empty)))
    return found
