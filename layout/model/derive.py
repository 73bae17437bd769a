"""What follows from the tables of a planning model alone: offers, blocks, tariffs, reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.geography.distance import great_circle_km, mean_radius_km, one_way_ms
from layout.model.backbone import Backbone, Ways, backbone, ways
from layout.model.hardware import hosting, widened
from layout.model.home import own_zone, same_place
from layout.once import once
from layout.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from layout.model import PlanningModel

LATENCY_TOLERANCE_MS = 1e-9
OTHER = "other"
"""The sector of what no row of ``sectors`` claims."""
Positions = NDArray[np.int64]


def listed(text: str) -> tuple[str, ...]:
    """The members of a ``;``-separated cell."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


@once
def site_kinds(model: PlanningModel) -> dict[str, tuple[str, ...]]:
    """Site → kinds of compute it may host, sub-kinds included (an empty cell means all)."""
    every = tuple(model["kinds"]["kind"])
    sites = model["sites"]
    return {
        site: widened(model, listed(kinds)) or every
        for site, kinds in zip(sites["site"], sites["kinds"], strict=True)
    }


@once
def facility_kinds(model: PlanningModel) -> dict[str, tuple[str, ...]]:
    """Facility → kinds of compute it can host, sub-kinds included."""
    facilities = model["facilities"]
    return {
        facility: widened(model, listed(kinds))
        for facility, kinds in zip(facilities["facility"], facilities["kinds"], strict=True)
    }


@once
def _efficiency(model: PlanningModel) -> pd.DataFrame:
    """Site × facility → pue, fixed_overhead; a site row beats a climate-zone row."""
    sites = model["sites"][["site", "climate_zone"]]
    pairs = sites.merge(model["facilities"][["facility"]], how="cross")
    table = model["pue"]
    if table.empty:
        return pairs[["site", "facility"]].assign(pue=1.0, fixed_overhead=0.0)
    values = ["pue", "fixed_overhead"]
    by_site = table.loc[table["site"] != "", ["site", "facility", *values]]
    by_climate = table.loc[table["site"] == "", ["climate_zone", "facility", *values]]
    pairs = pairs.merge(by_site, on=["site", "facility"], how="left")
    pairs = pairs.merge(
        by_climate, on=["climate_zone", "facility"], how="left", suffixes=("", "_climate")
    )
    for value in values:
        pairs[value] = pairs[value].fillna(pairs[f"{value}_climate"])
    return pairs.dropna(subset=["pue"])[["site", "facility", *values]].reset_index(drop=True)


@once
def offers(model: PlanningModel) -> pd.DataFrame:
    """Facilities that may be newly built at each site.

    Columns: site, facility, kinds (tuple), pue, fixed_overhead. A facility is offered where a
    PUE is known, the lists of the site and of the facility allow it, and its PUE does not
    exceed the site's ``pue_max``.
    """
    sites = model["sites"].set_index("site")
    kinds_of_site, kinds_of_facility = site_kinds(model), facility_kinds(model)
    allowed = {site: listed(text) for site, text in sites["facilities"].items()}
    table = _efficiency(model)
    welcome = [
        not allowed[site] or facility in allowed[site]
        for site, facility in zip(table["site"], table["facility"], strict=True)
    ]
    table = table[np.array(welcome, dtype=bool)]
    limit = sites["pue_max"].reindex(table["site"]).to_numpy(dtype=float)
    table = table[~(table["pue"].to_numpy() > limit)]
    common = [
        tuple(kind for kind in kinds_of_facility[facility] if kind in kinds_of_site[site])
        for site, facility in zip(table["site"], table["facility"], strict=True)
    ]
    table = table.assign(kinds=pd.Series(common, index=table.index, dtype=object))
    table = table[np.array([bool(kinds) for kinds in common], dtype=bool)]
    return table.sort_values(["site", "facility"]).reset_index(drop=True)


def sector_factor(model: PlanningModel) -> pd.Series:
    """Workload → Σ share·factor over its sectors + the rest, by which its demand is multiplied."""
    table = model["sectors"]
    more = (table["share"] * (table["factor"] - 1)).groupby(table["workload"]).sum()
    return 1.0 + more.reindex(model["workloads"]["workload"]).fillna(0.0)


@once
def demand(model: PlanningModel) -> pd.DataFrame:
    """The table ``demand`` as it is planned for: after efficiency, rebound and sectors (R36)(R24).

    demand_eflops·(e + rebound·(1 − e))·(Σ share·factor + rest) for every zone, workload, year
    after the base year, EFLOPS in use; e = (1 − efficiency_gain)^(year − base_year).
    """
    table = model["demand"]
    work = model["workloads"].set_index("workload")
    of = work[["efficiency_gain", "rebound"]].reindex(table["workload"])
    years = np.maximum(table["year"].to_numpy(dtype=float) - model.settings.base_year, 0.0)
    needed = (1 - of["efficiency_gain"].to_numpy(dtype=float)) ** years
    factor = needed + of["rebound"].to_numpy(dtype=float) * (1 - needed)
    sectors = sector_factor(model).reindex(table["workload"]).to_numpy(dtype=float)
    factor = np.where(years > 0, factor * sectors, 1.0)
    return table.assign(demand_eflops=table["demand_eflops"].to_numpy(dtype=float) * factor)


@once
def blocks(model: PlanningModel, year: int) -> pd.DataFrame:
    """Existing capacity, one row per block of the stock, as it stands in `year`.

    Columns: block, site, facility, kind, compute_eflops, space_mw, racked_mw, vacant_mw, pue,
    fixed_overhead, expired_eflops (past its life in `year`), kinds (what may be filled in).
    """
    table = model["stock"].copy()
    kinds = model["kinds"].set_index("kind")
    rho = kinds["it_mw_per_eflops"].reindex(table["kind"]).to_numpy(dtype=float)
    life = kinds["it_life_years"].reindex(table["kind"]).to_numpy(dtype=float)
    compute = table["compute_eflops"].to_numpy(dtype=float)
    racked = compute * rho
    space = table["facility_it_mw"].to_numpy(dtype=float)
    space = np.where(np.isnan(space), racked, space)
    known = _efficiency(model).rename(columns={"pue": "offer_pue"})
    merged = table[["site", "facility"]].merge(known, on=["site", "facility"], how="left")
    pue = table["pue"].fillna(pd.Series(merged["offer_pue"].to_numpy(), index=table.index))
    age = table["age_years"].to_numpy(dtype=float) + (year - model.settings.base_year)
    kinds_of_site, kinds_of_facility = site_kinds(model), facility_kinds(model)
    return pd.DataFrame(
        {
            "block": table["block"].to_numpy(),
            "site": table["site"].to_numpy(),
            "facility": table["facility"].to_numpy(),
            "kind": table["kind"].to_numpy(),
            "compute_eflops": compute,
            "space_mw": space,
            "racked_mw": racked,
            "vacant_mw": np.maximum(space - racked, 0.0),
            "pue": pue.fillna(1.0).to_numpy(dtype=float),
            "fixed_overhead": merged["fixed_overhead"].fillna(0.0).to_numpy(dtype=float),
            "expired_eflops": np.where(age > life, compute, 0.0),
            "kinds": pd.Series(
                [
                    tuple(k for k in kinds_of_facility[facility] if k in kinds_of_site[site])
                    for site, facility in zip(table["site"], table["facility"], strict=True)
                ],
                dtype=object,
            ),
        }
    )


def retrofits(model: PlanningModel) -> pd.DataFrame:
    """Facility types that a block of stock may be retrofitted to; empty unless `retrofit` is on.

    Columns: label (``block>facility``), block (row of the stock), site, facility, kinds (tuple),
    pue, fixed_overhead. A type qualifies where it is offered at the site (so its PUE passes the
    site's ``pue_max``, the admission filter (40)), states a ``retrofit_capex_mcny_per_mw``, is
    not the block's own, and the block is old and inefficient enough (`settings.retrofit`).
    """
    columns = ["label", "block", "site", "facility", "kinds", "pue", "fixed_overhead"]
    stock, own = model["stock"], model.settings.retrofit
    if not model.settings.features.retrofit or stock.empty:
        return pd.DataFrame({name: [] for name in columns})
    possible = model["facilities"].set_index("facility")["retrofit_capex_mcny_per_mw"].notna()
    found = blocks(model, model.settings.base_year)
    age = stock["age_years"].fillna(0.0).to_numpy(dtype=float)
    suits = (age >= own.min_age_years) & (found["pue"].to_numpy(dtype=float) >= own.min_pue)
    offered = offers(model)
    offered = offered[possible.reindex(offered["facility"]).to_numpy(dtype=bool)]
    left = found[["block", "site", "facility"]].rename(columns={"facility": "was"})
    left = left.assign(row=np.arange(len(left)), whose=stock["owner"].to_numpy())[suits]
    pairs = left.merge(offered, on="site", how="inner")
    pairs = pairs[(pairs["facility"] != pairs["was"]) & ~_anothers(model, pairs)]
    pairs = pairs.sort_values(["row", "facility"])
    pairs = pairs.assign(label=pairs["block"] + ">" + pairs["facility"], block=pairs["row"])
    return pairs[columns].reset_index(drop=True)


def _anothers(model: PlanningModel, pairs: pd.DataFrame) -> NDArray[np.bool_]:
    """Pairs of a block, `whose` it is, and a type of halls that another owner builds."""
    of_hall = model["facilities"].set_index("facility")["owner"].reindex(pairs["facility"])
    halls, whose = of_hall.to_numpy(dtype=object), pairs["whose"].to_numpy(dtype=object)
    return np.asarray((halls != "") & (whose != "") & (halls != whose), dtype=bool)


@once
def power_rows(model: PlanningModel) -> tuple[Positions, Positions]:
    """Site → row of its tariff zone and row of its province in ``power`` (−1 = none)."""
    table, sites = model["power"], model["sites"]
    zone = {name: row for row, name in enumerate(table["tariff_zone"]) if name}
    pairs = zip(table["province"], table["tariff_zone"], strict=True)
    province = {name: row for row, (name, of) in enumerate(pairs) if name and not of}
    return (
        np.array([zone.get(name, -1) for name in sites["tariff_zone"]], dtype=np.int64),
        np.array([province.get(name, -1) for name in sites["province"]], dtype=np.int64),
    )


@once
def tariffs(model: PlanningModel) -> pd.DataFrame:
    """What power costs and emits at each site.

    Columns: site, power_row (position in the power table, −1 = none), price_cny_per_kwh,
    grid_tco2_per_mwh, residual_tco2_per_mwh, capacity_cny_per_kw_month, backup_share (of what is
    drawn from the grid, made by generators instead) and supply_tco2_per_mwh (of what is drawn from
    the grid, those generators included). A figure of the site's tariff zone beats that of its
    province; where neither has one power is free, clean and never fails, and an empty residual
    factor is the grid's. Not known unless one of them says: water_l_per_kwh, carbon_free_share.
    """
    table, own = model["power"], model.settings.backup_power
    zone, province = power_rows(model)

    def column(name: str, otherwise: NDArray[np.float64] | float) -> NDArray[np.float64]:
        values = np.append(table[name].to_numpy(dtype=float), np.nan)
        found = np.where(np.isnan(values[zone]), values[province], values[zone])
        return np.where(np.isnan(found), otherwise, found)

    grid = column("grid_tco2_per_mwh", 0.0)
    outage = column("outage_hours_per_year", 0.0)
    share = np.where(outage > own.tolerated_outage_hours, outage / HOURS_PER_YEAR, 0.0)
    return pd.DataFrame(
        {
            "site": model["sites"]["site"].to_numpy(),
            "power_row": np.where(zone >= 0, zone, province),
            "price_cny_per_kwh": column("price_cny_per_kwh", 0.0),
            "grid_tco2_per_mwh": grid,
            "residual_tco2_per_mwh": column("residual_tco2_per_mwh", grid),
            "capacity_cny_per_kw_month": column("capacity_cny_per_kw_month", 0.0),
            "water_l_per_kwh": column("water_l_per_kwh", np.nan),
            "carbon_free_share": column("carbon_free_share", np.nan),
            "backup_share": share,
            "supply_tco2_per_mwh": (1 - share) * grid + share * (own.tco2_per_mwh or 0.0),
        }
    )


@dataclass(frozen=True)
class Reach:
    """Site × zone matrices: distance_km (great circle), one_way_ms, link_cost (NaN = none).

    `measured` marks the pairs whose delay a row of ``links`` gives; `work_cost` holds the link
    cost of single workloads, which beats that of all of them.
    """

    sites: tuple[str, ...]
    zones: tuple[str, ...]
    distance_km: NDArray[np.float64]
    one_way_ms: NDArray[np.float64]
    link_cost: NDArray[np.float64]
    measured: NDArray[np.bool_]
    work_cost: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def cost_of(self, workload: str) -> NDArray[np.float64]:
        """Link cost of a workload, mcny per EFLOPS served and year (NaN = by distance)."""
        own = self.work_cost.get(workload)
        return self.link_cost if own is None else np.where(np.isnan(own), self.link_cost, own)

    def rtt_ms(self) -> NDArray[np.float64]:
        """Round trip in ms: twice the one-way delay."""
        return 2 * self.one_way_ms


SIZES = ("population_10k", "gdp_100m_cny")
"""What zones say of themselves that densities are over."""


@once
def province_sizes(model: PlanningModel) -> pd.DataFrame:
    """Province → `SIZES`: the sum over its zones, NaN where one of them does not say.

    A province of which only a part is known has no density: it would come out too high.
    """
    zones = model["zones"][model["zones"]["province"] != ""]
    said = zones.set_index("province")[list(SIZES)].astype(float)
    return said.groupby(level=0).sum().mask(said.isna().groupby(level=0).any())


def without_size(model: PlanningModel, column: str) -> list[str]:
    """Provinces that densities over one of `SIZES` leave out; none where they leave out all."""
    sizes = province_sizes(model)[column]
    return [] if not (sizes > 0).any() else sorted(sizes.index[~(sizes > 0)])


@once
def reach(model: PlanningModel) -> Reach:
    """Distance and delay of every site and zone; ``links`` override what distance gives."""
    sites, zones = model["sites"], model["zones"]
    distance = great_circle_km(
        sites["lat"].to_numpy(dtype=float),
        sites["lon"].to_numpy(dtype=float),
        zones["lat"].to_numpy(dtype=float),
        zones["lon"].to_numpy(dtype=float),
    )
    radius = mean_radius_km(zones["area_km2"].to_numpy(dtype=float))
    distance = np.where(own_zone(model), radius[None, :], distance)
    latency = model.settings.latency
    delay = one_way_ms(
        distance,
        route_factor=latency.route_factor,
        km_per_ms=latency.km_per_ms,
        fixed_ms=latency.fixed_ms,
    )
    if model.settings.features.network:
        return _over_backbone(model, distance, delay)
    measured = np.zeros(distance.shape, dtype=bool)
    links = model["links"]
    row = pd.Index(sites["site"]).get_indexer(links["site"])
    column = pd.Index(zones["zone"]).get_indexer(links["zone"])
    given = links["latency_ms"].to_numpy(dtype=float)
    known = ~np.isnan(given)
    delay[row[known], column[known]] = given[known]
    measured[row[known], column[known]] = True
    price = links["transport_mcny_per_eflops_year"].to_numpy(dtype=float)
    costs = {}
    for workload in sorted({"", *links["workload"]}):
        of = (links["workload"] == workload).to_numpy()
        costs[workload] = _at_pairs(distance.shape, row[of], column[of], price[of])
    general = costs.pop("")
    places = tuple(sites["site"]), tuple(zones["zone"])
    return Reach(*places, distance, delay, general, measured, costs)


def _at_pairs(
    shape: tuple[int, ...], row: Positions, column: Positions, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A matrix of NaN with the values given; without any it takes no room and cannot be written."""
    if not len(values):
        return np.broadcast_to(np.nan, shape)
    found = np.full(shape, np.nan)
    found[row, column] = values
    return found


def _over_backbone(
    model: PlanningModel, distance: NDArray[np.float64], near: NDArray[np.float64]
) -> Reach:
    """Delays of the fastest paths; within a node, those of distance. ``links`` say nothing here.

    A path that stands goes before a faster one that would have to be built.
    """
    graph = backbone(model)
    routes = graph.routes
    delay = np.full(distance.shape, np.inf)
    np.minimum.at(delay, (routes.site, routes.zone), routes.ms)
    stands = np.full(distance.shape, np.inf)
    of = routes.standing
    np.minimum.at(stands, (routes.site[of], routes.zone[of]), routes.ms[of])
    delay = np.where(np.isfinite(stands), stands, delay)
    delay = np.where(graph.same_node, near, delay)
    none = np.full(distance.shape, np.nan)
    places = tuple(model["sites"]["site"]), tuple(model["zones"]["zone"])
    return Reach(*places, distance, delay, none, np.zeros(distance.shape, dtype=bool))


def network(model: PlanningModel) -> tuple[Backbone, Ways]:
    """The backbone, and which of its routes every workload may use."""
    graph = backbone(model)
    return graph, ways(model, graph, reach(model).distance_km, own_zone(model))


def _connected(model: PlanningModel) -> dict[str, NDArray[np.bool_]]:
    """Workload → site × zone: some route is in time, or disks are; within a node always."""
    graph, found = network(model)
    routes = graph.routes
    result = {}
    for number, workload in enumerate(model["workloads"]["workload"]):
        matrix = found.ship[number].copy()
        of = found.allowed[number]
        matrix[routes.site[of], routes.zone[of]] = True
        result[workload] = matrix
    return result


def in_role(model: PlanningModel, workload: str) -> NDArray[np.bool_]:
    """Site × zone: the regions that ``roles`` names for the zone's region may host the workload."""
    table, zones = model["roles"], model["zones"]["region"].to_numpy(dtype=object)
    of_site = model["sites"]["region"].to_numpy(dtype=object)
    own = table[table["workload"] == workload]
    if own.empty:
        return np.broadcast_to(True, (len(of_site), len(zones)))
    allowed = np.ones((len(of_site), len(zones)), dtype=bool)
    for region, hosts in zip(own["region"], own["hosts"], strict=True):
        allowed &= np.isin(of_site, listed(hosts))[:, None] | (zones != region)[None, :]
    return allowed


@once
def admissible(model: PlanningModel) -> dict[str, NDArray[np.bool_]]:
    """Workload → site × zone matrix: whether the site may serve the zone's demand.

    Holds where the delay on the model's basis keeps the limit, a kind that runs the workload is
    allowed at the site, the data may leave (residency), the site's region has the role (R46), and
    in mode ``local`` the region is the same. A limit shorter than the fixed delay is an edge class:
    inside the zone, or over a measured link.
    """
    settings = model.settings
    table = reach(model)
    factor = 2.0 if settings.latency.basis == "rtt" else 1.0
    delay = table.one_way_ms
    kinds_of_site = site_kinds(model)
    every = np.broadcast_to(True, delay.shape)
    over = _connected(model) if settings.features.network else {}
    inside = backbone(model).same_node if over else every
    result = {}
    workloads, runs = model["workloads"], hosting(model)
    for workload, limit, residency in zip(
        workloads["workload"],
        workloads["latency_ms"],
        workloads["residency"],
        strict=True,
    ):
        able = [not runs[workload].isdisjoint(kinds_of_site[site]) for site in table.sites]
        allowed = in_role(model, workload) & np.array(able, dtype=bool)[:, None]
        if residency in ("region", "province"):
            allowed &= same_place(model, residency)
        if settings.mode == "local":
            allowed &= same_place(model, "region")
        if not np.isnan(limit) and np.isfinite(limit):
            in_time = factor * delay <= limit + LATENCY_TOLERANCE_MS
            if limit < factor * settings.latency.fixed_ms:
                in_time = own_zone(model) | (in_time & table.measured)
            allowed &= in_time if inside is every else in_time | ~inside
        if over:
            allowed = allowed & (inside | over[workload])
        result[workload] = allowed
    return result


def scope_sites(model: PlanningModel, scope: str) -> NDArray[np.bool_]:
    """Which sites a scope names. Raises KeyError for a scope that names nothing known."""
    sites = model["sites"]
    name, _, member = scope.partition(":")
    if name == "nation":
        return np.ones(len(sites), dtype=bool)
    if name == "hubs":
        return (sites["hub"] != "").to_numpy()
    if name == "clusters":
        return (sites["cluster"] != "").to_numpy()
    if name in ("region", "province", "hub", "tier", "site"):
        return (sites[name] == member).to_numpy()
    if name == "group":
        return _group(model, member, "site")
    raise KeyError(scope)


def scope_zones(model: PlanningModel, scope: str) -> NDArray[np.bool_]:
    """Which zones a scope names; hubs, clusters, tiers: the zones in which their sites lie."""
    zones = model["zones"]
    name, _, member = scope.partition(":")
    if name == "nation":
        return np.ones(len(zones), dtype=bool)
    if name in ("region", "province"):
        return (zones[name] == member).to_numpy()
    if name == "group":
        return _group(model, member, "zone")
    sites = model["sites"][scope_sites(model, scope)]
    return zones["zone"].isin(set(sites["zone"])).to_numpy()


def _group(model: PlanningModel, group: str, kind: str) -> NDArray[np.bool_]:
    """Members of a group among the sites or zones, by themselves, their zone or province."""
    rows = model["groups"]
    rows = rows[rows["group"] == group]
    if rows.empty:
        raise KeyError(f"group:{group}")
    named = {of: set(rows.loc[rows["kind"] == of, "member"]) for of in ("site", "zone", "province")}
    if kind == "site":
        sites = model["sites"]
        inside = sites["site"].isin(named["site"]) | sites["zone"].isin(named["zone"])
        return (inside | sites["province"].isin(named["province"])).to_numpy()
    zones = model["zones"]
    inside = zones["zone"].isin(named["zone"]) | zones["province"].isin(named["province"])
    return inside.to_numpy()
