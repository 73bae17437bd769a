"""What each target measure is: a numerator over a denominator, from the tables of one year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from layout.geography.distance import great_circle_km, one_way_ms
from layout.model.derive import province_sizes
from layout.plan import balance, supplies
from layout.plan.ledger import Floats, Ledger
from layout.plan.ratio import TINY, Ratio

AI_KIND = "intelligent"
AI_CENTRE_EFLOPS = 0.1


Term = Callable[[Ledger, Any], Ratio | None]


def _of_kind(ledger: Ledger, frame: pd.DataFrame, target: Any) -> pd.DataFrame:
    return frame[ledger.of_kind(target.kind, frame["kind"])] if target.kind else frame


def _units(ledger: Ledger, target: Any) -> pd.DataFrame:
    return _of_kind(ledger, ledger.units_in(target.scope), target)


def _is_number(words: str) -> bool:
    try:
        return bool(np.isfinite(float(words)))
    except ValueError:
        return False


def _sum(values: pd.Series) -> float:
    """Sum; NaN where any part is unknown."""
    return float(values.sum(skipna=False))


def compute_eflops_fp32(ledger: Ledger, target: Any) -> Ratio:
    """Installed compute of the scope, FP32 equivalents."""
    return Ratio(_sum(_units(ledger, target)["compute_fp32"]))


def compute_eflops(ledger: Ledger, target: Any) -> Ratio:
    """Installed compute of the kind in the scope, EFLOPS in its native precision."""
    return Ratio(_sum(_units(ledger, target)["compute_eflops"]))


def hhi(ledger: Ledger, target: Any) -> Ratio:
    """Herfindahl–Hirschman index of compute over provinces, or regions (61b): (‖z‖ / Σz)²."""
    units = _units(ledger, target)
    place = ledger.words("sites", target.basis or "province", units["site"])
    compute = units["compute_fp32"].groupby(place).sum(min_count=1).to_numpy(dtype=float)
    return Ratio(float(np.sqrt((compute**2).sum())), float(compute.sum()), power=2.0)


def kind_share(ledger: Ledger, target: Any) -> Ratio | None:
    """The kind's share of the scope's installed compute, FP32 equivalents."""
    units = ledger.units_in(target.scope)
    return Ratio(_sum(_of_kind(ledger, units, target)["compute_fp32"]), _sum(units["compute_fp32"]))


def additions_share(ledger: Ledger, target: Any) -> Ratio | None:
    """The scope's share of the nation's gross additions, FP32 equivalents."""
    if ledger.base:
        return None
    every = _of_kind(ledger, ledger.units, target)
    return Ratio(_sum(_units(ledger, target)["added_fp32"]), _sum(every["added_fp32"]))


def domestic_share(ledger: Ledger, target: Any) -> Ratio | None:
    """Domestic hardware's share of the scope's gross additions, FP32 equivalents."""
    if ledger.base:
        return None
    units = _units(ledger, target)
    own = units[ledger.is_domestic(units["kind"])]
    return Ratio(_sum(own["added_fp32"]), _sum(units["added_fp32"]))


def ai_centres(ledger: Ledger, target: Any) -> Ratio:
    """Sites with at least `basis` EFLOPS (native) of intelligent compute, sub-kinds included."""
    units = ledger.units_in(target.scope)
    units = units[ledger.of_kind(AI_KIND, units["kind"])]
    least = float(target.basis or AI_CENTRE_EFLOPS)
    held = units.groupby("site")["compute_eflops"].sum()
    return Ratio(float((held >= least * (1 - 1e-6)).sum()))


def pue_new(ledger: Ledger, target: Any) -> Ratio | None:
    """Design PUE of new large facilities, weighted by their MW."""
    if ledger.base:
        return None
    units = ledger.units_in(target.scope)
    units = units[units["new"] & units["large"]]
    return Ratio(_sum(units["pue"] * units["space_mw"]), _sum(units["space_mw"]))


def pue_retrofit(ledger: Ledger, target: Any) -> Ratio | None:
    """Design PUE of retrofitted space, weighted by its MW (39)."""
    if ledger.base:
        return None
    units = ledger.units_in(target.scope)
    units = units[units["origin"] == "retrofit"]
    return Ratio(_sum(units["pue"] * units["space_mw"]), _sum(units["space_mw"]))


def pue_fleet(ledger: Ledger, target: Any) -> Ratio:
    """Facility energy over IT energy."""
    units = ledger.units_in(target.scope)
    return Ratio(_sum(units["facility_gwh"]), _sum(units["it_gwh"]))


def rack_utilisation(ledger: Ledger, target: Any) -> Ratio:
    """Rated MW of racked IT over MW of facility space."""
    units = ledger.units_in(target.scope)
    return Ratio(_sum(units["it_mw"]), _sum(units["space_mw"]))


def green_share(ledger: Ledger, target: Any) -> Ratio | None:
    """Green energy over facility energy: with certificates, without, or of new space only."""
    if ledger.base:
        return None
    energy = ledger.energy_in(target.scope)
    green = energy["renewable_gwh"]
    if target.basis != "physical":
        green = green + energy["certificate_gwh"]
    if target.basis != "new":
        return Ratio(_sum(green), _sum(energy["facility_gwh"]))
    units = ledger.units_in(target.scope)
    metered = units[units["new"]].groupby("site")["facility_gwh"].sum()
    use = metered.reindex(energy["site"]).fillna(0.0).to_numpy(dtype=float)
    return Ratio(float(np.minimum(green.to_numpy(dtype=float), use).sum()), float(use.sum()))


def carbon_kt(ledger: Ledger, target: Any) -> Ratio:
    """Location-based emissions."""
    return Ratio(_sum(ledger.energy_in(target.scope)["carbon_kt"]))


def carbon_market_kt(ledger: Ledger, target: Any) -> Ratio:
    """Market-based: residual factor on grid energy no certificate covers; generators; plants."""
    energy = ledger.energy_in(target.scope)
    made = energy["grid_gwh"] * ledger.factor("backup_share", energy["site"])
    uncovered = energy["grid_gwh"] - energy["certificate_gwh"] - made
    bought = _sum(uncovered * ledger.factor("residual_tco2_per_mwh", energy["site"]))
    own = ledger.model.settings.backup_power.tco2_per_mwh or 0.0
    used = ledger.contracts
    used = used[ledger.site_mask(target.scope, used["site"])]
    emitted = float((used["used_gwh"] * used["carbon_t_per_mwh"]).sum())
    return Ratio(bought + own * _sum(made) + emitted)


def energy_gwh(ledger: Ledger, target: Any) -> Ratio:
    """Facility energy of the scope, with what storage and heat pumps draw and stores lose."""
    scope = target.scope
    metered = ledger.units_in(scope) if ledger.base else ledger.energy_in(scope)
    return Ratio(_sum(metered["facility_gwh"]))


def region_share(ledger: Ledger, target: Any) -> Ratio:
    """The scope's share of the nation's installed compute, FP32 equivalents."""
    every = _of_kind(ledger, ledger.units, target)
    return Ratio(_sum(_units(ledger, target)["compute_fp32"]), _sum(every["compute_fp32"]))


def west_to_east(ledger: Ledger, target: Any) -> Ratio:
    """Installed compute of the west over that of the east, FP32 equivalents."""
    units = _of_kind(ledger, ledger.units, target)
    region = ledger.words("sites", "region", units["site"])
    compute = units["compute_fp32"]
    return Ratio(_sum(compute[region == "west"]), _sum(compute[region == "east"]))


def per_province(ledger: Ledger, column: str) -> tuple[Floats, Floats]:
    """FP32 compute and people or GDP, for each province whose zones all say the latter."""
    size = province_sizes(ledger.model)[column]
    size = size[size > 0]
    province = ledger.words("sites", "province", ledger.units["site"])
    compute = ledger.units["compute_fp32"].groupby(province).sum()
    return compute.reindex(size.index).fillna(0.0).to_numpy(float), size.to_numpy(float)


def gini(ledger: Ledger, target: Any) -> Ratio | None:
    """Gini of provinces' compute per head, or with basis per_gdp per unit of GDP (61a)."""
    column = "gdp_100m_cny" if target.basis == "per_gdp" else "population_10k"
    compute, size = per_province(ledger, column)
    if len(size) == 0:
        return None
    density = compute / size * size.mean()
    apart = np.abs(density[:, None] - density[None, :]).sum() / 2
    return Ratio(float(apart), float(len(density) * density.sum()))


def self_sufficiency(ledger: Ledger, target: Any) -> Ratio | None:
    """Demand of the scope's zones served at the scope's sites, over that demand."""
    if ledger.base:
        return None
    service = _of_kind(ledger, ledger.service, target)
    demand = _of_kind(ledger, ledger.demand, target)
    home = ledger.zone_mask(target.scope, service["zone"])
    home = home & ledger.site_mask(target.scope, service["site"])
    wanted = demand["demand_eflops"][ledger.zone_mask(target.scope, demand["zone"])]
    return Ratio(_sum(service["served_eflops"][home]), _sum(wanted))


def capex_mcny(ledger: Ledger, target: Any) -> Ratio | None:
    """Undiscounted investment of the year's actions: facility, IT, storage of data.

    Not batteries and stores of cooling, which are sized anew in every period and paid by the year.
    """
    if ledger.base:
        return None
    units = _sum(ledger.units_in(target.scope)["capex_mcny"])
    return Ratio(units + supplies.storage_capex(ledger, target.scope))


def served_share(ledger: Ledger, target: Any) -> Ratio | None:
    """Served over wanted EFLOPS of the scope's zones."""
    if ledger.base:
        return None
    service = _of_kind(ledger, ledger.service, target)
    demand = _of_kind(ledger, ledger.demand, target)
    served = service["served_eflops"][ledger.zone_mask(target.scope, service["zone"])]
    wanted = demand["demand_eflops"][ledger.zone_mask(target.scope, demand["zone"])]
    return Ratio(_sum(served), _sum(wanted))


def latency_share(ledger: Ledger, target: Any) -> Ratio | None:
    """Share of served EFLOPS of latency-bound workloads within `basis`, as ``rtt:20``."""
    if ledger.base:
        return None
    basis, _, limit = str(target.basis or "rtt:20").partition(":")
    if basis not in ("rtt", "one_way") or not _is_number(limit):
        return None
    most = float(limit)
    service = ledger.service
    service = service[ledger.zone_mask(target.scope, service["zone"])]
    service = service[np.isfinite(service["limit_ms"])]
    served, delay = service["served_eflops"], service[f"latency_{basis}_ms"]
    return Ratio(_sum(served[delay <= most + 1e-9]), _sum(served))


def site_count(ledger: Ledger, target: Any) -> Ratio:
    """Sites of the scope that hold stock or were opened anew."""
    units = ledger.units_in(target.scope)
    stock = set(ledger.model["stock"]["site"])
    held = units["new"] & ((units["space_mw"] > TINY) | (units["compute_eflops"] > TINY))
    return Ratio(float(len(set(units["site"][held]) | (stock & set(units["site"])))))


def large_outside_clusters_mw(ledger: Ledger, target: Any) -> Ratio | None:
    """MW of new large facilities at sites outside the clusters."""
    if ledger.base:
        return None
    units = ledger.units_in(target.scope)
    outside = ledger.words("sites", "cluster", units["site"]) == ""
    return Ratio(_sum(units["new_mw"][units["large"] & outside]))


def interhub_latency_ms(ledger: Ledger, target: Any) -> Ratio | None:
    """Longest one-way delay between cluster sites of different hubs; no plan changes it."""
    sites = ledger.model["sites"]
    sites = sites[ledger.site_mask(target.scope, sites["site"])]
    sites = sites[(sites["cluster"] != "") & (sites["hub"] != "")]
    hub = sites["hub"].to_numpy(dtype=object)
    apart = hub[:, None] != hub[None, :]
    if not apart.any():
        return None
    lat, lon = sites["lat"].to_numpy(dtype=float), sites["lon"].to_numpy(dtype=float)
    latency = ledger.model.settings.latency
    delay = one_way_ms(
        great_circle_km(lat, lon, lat, lon),
        route_factor=latency.route_factor,
        km_per_ms=latency.km_per_ms,
        fixed_ms=latency.fixed_ms,
    )
    return Ratio(float(delay[apart].max()))


TERMS: dict[str, Term] = {
    term.__name__: term
    for term in (
        compute_eflops,
        compute_eflops_fp32,
        hhi,
        balance.inclusive_share,
        kind_share,
        additions_share,
        domestic_share,
        ai_centres,
        pue_new,
        pue_retrofit,
        pue_fleet,
        rack_utilisation,
        green_share,
        carbon_kt,
        carbon_market_kt,
        energy_gwh,
        region_share,
        west_to_east,
        gini,
        self_sufficiency,
        capex_mcny,
        served_share,
        latency_share,
        site_count,
        large_outside_clusters_mw,
        interhub_latency_ms,
        supplies.storage_eb,
        supplies.ssd_share,
        supplies.water_ml,
        supplies.heat_gwh,
        supplies.carbon_life_cycle_kt,
    )
}

SHORTFALL_UNIT: dict[str, str] = {
    "compute_eflops": "EFLOPS",
    "compute_eflops_fp32": "EFLOPS FP32",
    "hhi": "EFLOPS FP32",
    "inclusive_share": "EFLOPS",
    "kind_share": "EFLOPS FP32",
    "additions_share": "EFLOPS FP32",
    "domestic_share": "EFLOPS FP32",
    "region_share": "EFLOPS FP32",
    "west_to_east": "EFLOPS FP32",
    "gini": "EFLOPS FP32",
    "ai_centres": "sites",
    "site_count": "sites",
    "pue_new": "MW",
    "pue_retrofit": "MW",
    "rack_utilisation": "MW",
    "large_outside_clusters_mw": "MW",
    "pue_fleet": "GWh",
    "green_share": "GWh",
    "energy_gwh": "GWh",
    "carbon_kt": "kt",
    "carbon_market_kt": "kt",
    "self_sufficiency": "EFLOPS",
    "served_share": "EFLOPS",
    "latency_share": "EFLOPS",
    "capex_mcny": "mcny",
    "interhub_latency_ms": "ms",
    "storage_eb": "EB",
    "ssd_share": "EB",
    "water_ml": "ML",
    "heat_gwh": "GWh",
    "carbon_life_cycle_kt": "kt",
}
"""The unit of each measure's numerator, in which a soft target's shortfall is priced."""
