"""Target measures as linear expressions: a numerator and, for ratios, a denominator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.formulation import costs
from layout.formulation.case import NEW, RETROFIT
from layout.formulation.lifecycle import carbon_life_cycle_kt
from layout.formulation.linear import Floats, Ints, Linear
from layout.formulation.storage import add_storage
from layout.formulation.variables import Variables
from layout.formulation.water import add_water
from layout.geography.distance import great_circle_km, one_way_ms
from layout.model import derive, hardware

if TYPE_CHECKING:
    from layout.model import Target

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ratio:
    """numerator / denominator; a denominator of None means the numerator itself.

    `unit` names the numerator's unit, in which a shortfall is measured and priced. The measure
    is (numerator / denominator)^`power`.
    """

    numerator: Linear
    denominator: Linear | None
    unit: str
    power: float = 1.0

    def required(self, value: float) -> float:
        """The numerator over the denominator at which the measure has this value."""
        return float(value ** (1 / self.power))

    def slope(self, value: float) -> float:
        """By how much `required` grows with the value."""
        return self.required(value) / (self.power * value) if self.power != 1 else 1.0

    def reached(self) -> float | None:
        """The measure at the values that the variables hold; None over nothing."""
        base = 1.0 if self.denominator is None else self.denominator.value()
        return float((self.numerator.value() / base) ** self.power) if base else None


Measure = Callable[[Variables, "Target"], "Ratio | None"]

OF_DEMAND = frozenset({"self_sufficiency", "served_share"})
"""Measures over the demand, whose denominator is no decision but grows with it."""


def _inside(mask: Mask, sites: Ints) -> Ints:
    """Row 0 for the sites in scope, −1 for the others."""
    return np.where(mask[sites], 0, -1)


def scope(v: Variables, target: Target) -> Mask:
    """Sites in the target's scope."""
    return derive.scope_sites(v.case.model, target.scope)


def _kinds(v: Variables, target: Target) -> Mask:
    """Kinds that the target speaks of: all, or the one it names with its sub-kinds."""
    return v.case.family(target.kind)


def pair_rows(v: Variables, mask: Mask, kinds: Mask) -> Ints:
    """Row 0 for the pairs of sites and kinds in scope, −1 for the others."""
    units = v.case.units
    return np.where(mask[units.pair_site] & kinds[units.kind], 0, -1)


def _fp32_weight(v: Variables) -> Floats:
    return np.nan_to_num(v.case.kind_values("fp32_per_native"))[v.case.units.kind]


def fp32(v: Variables, mask: Mask, kinds: Mask) -> Linear:
    """Installed compute of some sites and kinds, EFLOPS FP32."""
    return v.add_installed(Linear(), pair_rows(v, mask, kinds), _fp32_weight(v))


def add_fp32(v: Variables, linear: Linear, target: Target, rows: Ints) -> Linear:
    """Installed compute of the kinds of a target, a row per pair, EFLOPS FP32."""
    kinds = _kinds(v, target)[v.case.units.kind]
    return v.add_installed(linear, np.where(kinds, rows, -1), _fp32_weight(v))


def additions_fp32(v: Variables, mask: Mask, kinds: Mask) -> Linear:
    """Gross additions of some sites and kinds, EFLOPS FP32."""
    return v.add_additions(Linear(), pair_rows(v, mask, kinds), _fp32_weight(v))


def _every(v: Variables) -> tuple[Mask, Mask]:
    return np.ones(len(v.case.sites), dtype=bool), np.ones(len(v.case.kinds), dtype=bool)


def compute(v: Variables, target: Target) -> Ratio:
    """Σ fp32_per_native·installed in scope (54), EFLOPS FP32."""
    return Ratio(fp32(v, scope(v, target), _kinds(v, target)), None, "EFLOPS FP32")


def compute_native(v: Variables, target: Target) -> Ratio:
    """Installed compute of the kind in scope (59), EFLOPS in its native precision."""
    rows = pair_rows(v, scope(v, target), _kinds(v, target))
    return Ratio(v.add_installed(Linear(), rows), None, "EFLOPS")


def inclusive_share(v: Variables, target: Target) -> Ratio:
    """Usable compute of the kind less what other work takes of it / usable compute (66).

    usable = Σ max_utilisation·installed; other work = Σ over workloads that are not inclusive of
    peak_factor·(1 + reserve_margin)·need·demand that the kind runs; native EFLOPS.
    """
    case, work = v.case, v.work
    mask, kinds = scope(v, target), _kinds(v, target)
    usable = case.kind_values("max_utilisation")[case.units.kind]
    whole = v.add_installed(Linear(), pair_rows(v, mask, kinds), usable)
    other = ~case.workload_table["inclusive"].to_numpy(dtype=bool)
    rows = np.where(mask[work.site] & kinds[work.kind] & other[work.workload], 0, -1)
    taken = v.add_work(Linear(), rows, case.capacity_factor[work.workload])
    return Ratio(whole.plus(taken, -1.0), whole, "EFLOPS")


def kind_share(v: Variables, target: Target) -> Ratio:
    """FP32 compute of the kind / of all kinds, in scope (55)."""
    mask, every = scope(v, target), _every(v)[1]
    return Ratio(fp32(v, mask, _kinds(v, target)), fp32(v, mask, every), "EFLOPS FP32")


def additions_share(v: Variables, target: Target) -> Ratio:
    """Gross additions in scope / in the nation (55b), FP32."""
    kinds, everywhere = _kinds(v, target), _every(v)[0]
    return Ratio(
        additions_fp32(v, scope(v, target), kinds),
        additions_fp32(v, everywhere, kinds),
        "EFLOPS FP32",
    )


def domestic_share(v: Variables, target: Target) -> Ratio:
    """Gross additions of domestic hardware / of all, in scope (65), FP32."""
    mask, kinds = scope(v, target), _kinds(v, target)
    own = kinds & hardware.domestic(v.case.model)
    return Ratio(additions_fp32(v, mask, own), additions_fp32(v, mask, kinds), "EFLOPS FP32")


def region_share(v: Variables, target: Target) -> Ratio:
    """Installed compute in scope / in the nation (57), FP32."""
    kinds, everywhere = _kinds(v, target), _every(v)[0]
    return Ratio(fp32(v, scope(v, target), kinds), fp32(v, everywhere, kinds), "EFLOPS FP32")


def west_to_east(v: Variables, target: Target) -> Ratio:
    """Installed compute of region west / of region east (58), FP32."""
    kinds = _kinds(v, target)
    west, east = (
        derive.scope_sites(v.case.model, f"region:{region}") for region in ("west", "east")
    )
    return Ratio(fp32(v, west, kinds), fp32(v, east, kinds), "EFLOPS FP32")


def _large(v: Variables) -> Mask:
    """Units of large facilities."""
    large = v.case.facility_table["large"].to_numpy(dtype=bool)
    return large[v.case.units.facility]


def pue_new(v: Variables, target: Target) -> Ratio:
    """Design PUE of new large builds in scope, weighted by MW (37)."""
    units = v.case.units
    rows = np.where(scope(v, target)[units.site] & _large(v), 0, -1)
    design = units.slope + units.overhead
    space = v.add_new_space(Linear(), rows)
    return Ratio(v.add_new_space(Linear(), rows, design), space, "MW")


def pue_retrofit(v: Variables, target: Target) -> Ratio:
    """Design PUE of retrofitted space in scope, weighted by MW (39)."""
    units = v.case.units
    rows = np.where(scope(v, target)[units.site] & (units.origin == RETROFIT), 0, -1)
    space = v.add_space(Linear(), rows)
    return Ratio(v.add_space(Linear(), rows, units.slope + units.overhead), space, "MW")


def pue_fleet(v: Variables, target: Target) -> Ratio:
    """Energy of the facilities / energy of IT in scope (38)."""
    units, rows = v.case.units, _inside(scope(v, target), v.case.units.site)
    it = v.add_it_energy(Linear(), rows[units.unit])
    return Ratio(v.add_facility_energy(Linear(), rows), it, "GWh")


def rack_utilisation(v: Variables, target: Target) -> Ratio:
    """Racked IT MW at rated power / facility MW in scope (11)."""
    case, units = v.case, v.case.units
    mask, every = scope(v, target), _every(v)[1]
    rated = case.kind_values("it_mw_per_eflops")[units.kind]
    racked = v.add_installed(Linear(), pair_rows(v, mask, every), rated)
    return Ratio(racked, v.add_space(Linear(), _inside(mask, units.site)), "MW")


def _energy(v: Variables, mask: Mask) -> Linear:
    """Energy of the facilities in scope, GWh: grid + renewables + other plants."""
    each = np.arange(len(v.case.sites))
    linear = Linear().add(v.grid, _inside(mask, each), each)
    rows = _inside(mask, v.renewable_site)
    return linear.add(v.renewable, rows, np.arange(len(rows)))


def _green(v: Variables, mask: Mask) -> Linear:
    """Energy of contracts and plants without carbon, GWh."""
    rows = np.where(v.renewable_carbon > 0, -1, _inside(mask, v.renewable_site))
    return Linear().add(v.renewable, rows, np.arange(len(rows)))


def _certificates(v: Variables, mask: Mask) -> Linear:
    each = np.arange(len(v.case.sites))
    return Linear().add(v.certificate, _inside(mask, each), each)


def green_share(v: Variables, target: Target) -> Ratio:
    """Green energy / facility energy in scope (30); basis `physical` leaves certificates out."""
    mask = scope(v, target)
    green = _green(v, mask)
    if target.basis != "physical":
        green = green.plus(_certificates(v, mask))
    return Ratio(green, _energy(v, mask), "GWh")


def new_energy(v: Variables, mask: Mask) -> Linear:
    """Energy of new facility space, GWh by site (0 outside the mask)."""
    units = v.case.units
    new = np.where(mask[units.site] & (units.origin == NEW), units.site, -1)
    return v.add_facility_energy(Linear(len(v.case.sites)), new)


def carbon(v: Variables, target: Target) -> Ratio:
    """Location-based carbon in scope (33), kt."""
    return Ratio(costs.carbon_kt(v).select(scope(v, target)), None, "kt")


def carbon_market(v: Variables, target: Target) -> Ratio:
    """Market-based carbon in scope (34), kt."""
    return Ratio(costs.carbon_market_kt(v).select(scope(v, target)), None, "kt")


def carbon_life_cycle(v: Variables, target: Target) -> Ratio:
    """Life-cycle carbon in scope (35), kt."""
    return Ratio(carbon_life_cycle_kt(v).select(scope(v, target)), None, "kt")


def _stored(v: Variables, target: Target, **by: float) -> Linear:
    rows = _inside(scope(v, target), np.arange(len(v.case.sites)))
    return add_storage(v, Linear(), rows, by)


def storage(v: Variables, target: Target) -> Ratio:
    """Storage that stands in scope, all media, copies included (49), EB."""
    return Ratio(_stored(v, target, disk=1.0, ssd=1.0), None, "EB")


def ssd_share(v: Variables, target: Target) -> Ratio:
    """Solid-state storage / all storage in scope (50)."""
    return Ratio(_stored(v, target, ssd=1.0), _stored(v, target, disk=1.0, ssd=1.0), "EB")


def water(v: Variables, target: Target) -> Ratio:
    """Water that cooling takes in scope (41), ML."""
    return Ratio(add_water(v, Linear(), _inside(scope(v, target), v.case.units.site)), None, "ML")


def heat(v: Variables, target: Target) -> Ratio:
    """Waste heat recovered in scope (42), GWh."""
    part = v.parts["heat"]
    rows = _inside(scope(v, target), v.case.positions("sites", pd.Series(part.index["site"])))
    return Ratio(Linear().add(part, rows, np.arange(len(part))), None, "GWh")


def energy(v: Variables, target: Target) -> Ratio:
    """Energy of the facilities in scope (28), GWh."""
    return Ratio(_energy(v, scope(v, target)), None, "GWh")


def self_sufficiency(v: Variables, target: Target) -> Ratio:
    """Demand of the zones in scope served by sites in scope / their demand (60)."""
    case = v.case
    zones = derive.scope_zones(case.model, target.scope)
    kinds = _kinds(v, target)[case.workload_kind]
    flows = case.flows
    inside = zones[flows.zone] & scope(v, target)[flows.site] & kinds[flows.workload]
    return Ratio(_served(v, inside), _demanded(v, target), "EFLOPS")


def served_share(v: Variables, target: Target) -> Ratio:
    """Served / demanded, zones in scope."""
    zones = derive.scope_zones(v.case.model, target.scope)
    kinds = _kinds(v, target)[v.case.workload_kind]
    flows = v.case.flows
    inside = zones[flows.zone] & kinds[flows.workload]
    return Ratio(_served(v, inside), _demanded(v, target), "EFLOPS")


def latency_share(v: Variables, target: Target) -> Ratio:
    """Latency-bound demand served within a delay / served at all; basis `rtt:20`, `one_way:20`."""
    case, flows = v.case, v.case.flows
    basis, _, limit = str(target.basis or "rtt:20").partition(":")
    delay = flows.one_way_ms * (2 if basis == "rtt" else 1)
    zones = derive.scope_zones(case.model, target.scope)
    bound = np.isfinite(case.workload_table["latency_ms"].to_numpy(float))[flows.workload]
    bound &= zones[flows.zone]
    quick = bound & (delay <= float(limit or 20) + derive.LATENCY_TOLERANCE_MS)
    return Ratio(_served(v, quick), _served(v, bound), "EFLOPS")


def _served(v: Variables, flows: Mask) -> Linear:
    return v.add_served(Linear(), np.where(flows, 0, -1))


def demanded(v: Variables, target: Target) -> Mask:
    """Rows of the demand that a target on its share speaks of: zones in scope, kinds meant."""
    demand = v.case.demand
    zones = derive.scope_zones(v.case.model, target.scope)
    kinds = _kinds(v, target)[v.case.workload_kind]
    zone, workload = (demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
    return np.asarray(zones[zone] & kinds[workload])


def _demanded(v: Variables, target: Target) -> Linear:
    return Linear().constant(np.where(demanded(v, target), 0, -1), v.demand_eflops)


def capex(v: Variables, target: Target) -> Ratio:
    """Undiscounted investment of the year's actions in scope (62), mcny.

    Batteries and stores of cooling are sized anew in every period and paid by the year: not in it.
    """
    case, units = v.case, v.case.units
    mask, every = scope(v, target), _every(v)[1]
    building = case.facility_capex + case.generator_capex
    linear = v.add_added_space(Linear(), _inside(mask, units.site), building)
    price = case.kind_values("it_capex_mcny_per_eflops")[units.kind]
    v.add_additions(linear, pair_rows(v, mask, every), price)
    for part, site, mcny in v.extra_capex:
        linear.add(part, _inside(mask, site), np.arange(len(part)), mcny)
    return Ratio(linear, None, "mcny")


def site_count(v: Variables, target: Target) -> Ratio:
    """Open sites in scope: with existing capacity or opened anew."""
    mask = scope(v, target)
    linear = Linear().constant(0, float((mask & v.case.has_stock).sum()))
    rows = _inside(mask, v.fresh_sites)
    return Ratio(linear.add(v.open, rows, np.arange(len(rows))), None, "sites")


def large_outside(v: Variables, target: Target) -> Ratio:
    """New MW of large facilities in scope at sites outside the clusters."""
    outside = ~derive.scope_sites(v.case.model, "clusters")
    rows = np.where((scope(v, target) & outside)[v.case.units.site] & _large(v), 0, -1)
    return Ratio(v.add_new_space(Linear(), rows), None, "MW")


def interhub_latency(v: Variables, target: Target) -> Ratio | None:
    """Longest one-way delay between clusters of different hubs in scope, ms.

    A constant of the data; None where there are no two hubs.
    """
    table = v.case.site_table[scope(v, target)]
    table = table[(table["cluster"] != "") & (table["hub"] != "")]
    hub = table["hub"].to_numpy(dtype=object)
    apart = hub[:, None] != hub[None, :]
    if not apart.any():
        return None
    lat, lon = table["lat"].to_numpy(float), table["lon"].to_numpy(float)
    latency = v.case.settings.latency
    delay = one_way_ms(
        great_circle_km(lat, lon, lat, lon),
        route_factor=latency.route_factor,
        km_per_ms=latency.km_per_ms,
        fixed_ms=latency.fixed_ms,
    )
    return Ratio(Linear().constant(0, float(delay[apart].max())), None, "ms")


MEASURES: dict[str, Measure] = {
    "compute_eflops": compute_native,
    "compute_eflops_fp32": compute,
    "inclusive_share": inclusive_share,
    "kind_share": kind_share,
    "additions_share": additions_share,
    "domestic_share": domestic_share,
    "region_share": region_share,
    "west_to_east": west_to_east,
    "pue_new": pue_new,
    "pue_retrofit": pue_retrofit,
    "pue_fleet": pue_fleet,
    "rack_utilisation": rack_utilisation,
    "green_share": green_share,
    "carbon_kt": carbon,
    "carbon_market_kt": carbon_market,
    "carbon_life_cycle_kt": carbon_life_cycle,
    "storage_eb": storage,
    "ssd_share": ssd_share,
    "water_ml": water,
    "heat_gwh": heat,
    "energy_gwh": energy,
    "self_sufficiency": self_sufficiency,
    "served_share": served_share,
    "latency_share": latency_share,
    "capex_mcny": capex,
    "site_count": site_count,
    "large_outside_clusters_mw": large_outside,
    "interhub_latency_ms": interhub_latency,
}
