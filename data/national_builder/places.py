"""Zones, candidate sites and groups."""

from __future__ import annotations

from collections import defaultdict

from national_builder.climate import zone_of
from national_builder.facts import Facts, Row
from national_builder.stock import KW_PER_RACK, stock
from national_builder.writing import Record

ZONE_COLUMNS = (
    "zone",
    "name_en",
    "name_zh",
    "lat",
    "lon",
    "area_km2",
    "region",
    "province",
    "population_10k",
    "gdp_100m_cny",
)
SITE_COLUMNS = (
    "site",
    "name_en",
    "name_zh",
    "lat",
    "lon",
    "zone",
    "province",
    "region",
    "hub",
    "cluster",
    "tier",
    "kinds",
    "facilities",
    "tariff_zone",
    "fixed_cost_mcny_per_year",
    "max_it_mw",
    "min_it_mw",
    "grid_headroom_mw",
    "land_ha",
    "climate_zone",
    "pue_max",
    "cost_factor",
    "wage_factor",
)
GROUP_COLUMNS = ("group", "member", "kind")
NOTES = ("source", "confidence", "note")
SITE_NOTES = ("source", "confidence", "note_limits")
GROUP_NOTES = ("note_en", "note_zh", "source", "confidence")
TIER1 = ("110000", "310000", "440000")
SPLIT_TARIFFS = {
    "130000": "HES",
    "ZHANGJIAKOU": "HEN",
    "150000": "NMW",
    "HELINGER": "NMW",
    "440000": "GD",
    "SHAOGUAN": "GD",
}
CITY_GROUPS = {
    "jjj": ("Beijing-Tianjin-Hebei", "京津冀", "110000 120000 130000"),
    "yrd": ("Yangtze River Delta", "长三角", "310000 320000 330000 340000"),
    "gba": ("Guangdong-Hong Kong-Macao (Guangdong)", "粤港澳（广东）", "440000"),
    "cy": ("Chengdu-Chongqing", "成渝", "500000 510000"),
    "tier1": ("Beijing, Shanghai, Guangdong", "北上广", "110000 310000 440000"),
}
REGIONS = {"east": "东部", "central": "中部", "west": "西部", "northeast": "东北"}
WEST_CLUSTERS = ("GUIAN", "HELINGER", "QINGYANG", "ZHONGWEI")


def mean_load_mw(facts: Facts, province: str) -> float:
    """Mean electric load of a province in 2023: consumption over 8,760 h."""
    return facts.observed(province, "consumption") * 1e6 / 8760


def zones(facts: Facts) -> list[Record]:
    """The table `zones`: the 31 provinces, each at its capital."""
    return [
        {
            "zone": row["place"],
            "name_en": row["name_en"],
            "name_zh": row["name_zh"],
            "lat": float(row["lat"]),
            "lon": float(row["lon"]),
            "area_km2": float(row["area_km2"]),
            "region": row["region"],
            "province": row["place"],
            "population_10k": facts.observed(row["place"], "population"),
            "gdp_100m_cny": facts.observed(row["place"], "gdp"),
            "source": "NBS 2023 (population, GDP); geodesic polygon area; capital seat",
            "confidence": "published",
            "note": row["note"],
        }
        for row in facts.provinces
    ]


def tariff_zone(facts: Facts, place: str, province: str) -> str:
    """The tariff zone of a site: that of its province, or its part of a split province."""
    if place in SPLIT_TARIFFS:
        return SPLIT_TARIFFS[place]
    own = [row["tariff_zone"] for row in facts.table("tariff_zones") if row["province"] == province]
    if len(own) != 1:
        raise ValueError(f"{place}: tariff zone not clear among {own}")
    return own[0]


def _stock_of_sites(
    facts: Facts, racks_of: dict[str, float] | None
) -> dict[str, tuple[float, float]]:
    """Site → existing space in MW and its facility load in MW when fully racked."""
    space: dict[str, float] = defaultdict(float)
    load: dict[str, float] = defaultdict(float)
    for row in stock(facts, racks_of):
        mw = float(row["facility_it_mw"])
        space[str(row["site"])] += mw
        load[str(row["site"])] += mw * float(row["pue"])
    return {site: (space[site], load[site]) for site in sorted(space)}


def headroom_share(facts: Facts, tier: str) -> float:
    """Share of the province's mean load that new facility load may take at a site of the tier."""
    return facts.number(f"power.grid_headroom_share.{'cluster' if tier == 'hub' else 'capital'}")


def max_it_mw(facts: Facts, tier: str, space: float) -> float:
    """Ceiling of IT space at a site, by the rule of its tier; never below its stock."""
    if tier == "hub":
        ceiling = facts.number("site.cluster_ceiling") * KW_PER_RACK
        return round(max(ceiling, 2 * space))
    growth = facts.number("site.capital_growth") * space
    return round(max(growth, space + facts.number("site.capital_floor")))


def cost_factor(facts: Facts, place: str, region: str) -> float:
    """Regional factor on facility capex."""
    if place in TIER1:
        return facts.number("facility.cost_factor.tier1")
    return facts.number(f"facility.cost_factor.{'west' if region == 'west' else 'east'}")


def wage_factor(facts: Facts, province: str) -> float:
    """Wage against the national mean: (GDP per head / national) to the given power."""
    heads = {row["place"]: facts.observed(row["place"], "population") for row in facts.provinces}
    gdp = {row["place"]: facts.observed(row["place"], "gdp") for row in facts.provinces}
    relative = gdp[province] / heads[province] / (sum(gdp.values()) / sum(heads.values()))
    return round(float(relative ** facts.number("facility.wage_elasticity")), 3)


def sites(facts: Facts, racks_of: dict[str, float] | None = None) -> list[Record]:
    """The table `sites`: 31 capitals and 10 clusters. `racks_of` as in the table `stock`."""
    existing = _stock_of_sites(facts, racks_of)
    rows = [_site(facts, row, *existing[row["place"]]) for row in facts.provinces + facts.clusters]
    return sorted(rows, key=lambda row: str(row["site"]))


def _site(facts: Facts, row: Row, space: float, load: float) -> Record:
    place, province = row["place"], row["province"]
    tier = "hub" if row["kind"] == "cluster" else "provincial"
    ceiling = max_it_mw(facts, tier, space)
    headroom = load + headroom_share(facts, tier) * mean_load_mw(facts, province)
    return {
        "site": place,
        "name_en": row["name_en"] if tier == "hub" else row["seat_en"],
        "name_zh": row["name_zh"] if tier == "hub" else row["seat_zh"],
        "lat": float(row["lat"]),
        "lon": float(row["lon"]),
        "zone": province,
        "province": province,
        "region": row["region"],
        "hub": row["hub"],
        "cluster": place if tier == "hub" else "",
        "tier": tier,
        "kinds": "",
        "facilities": "",
        "tariff_zone": tariff_zone(facts, place, province),
        "fixed_cost_mcny_per_year": facts.number("facility.site_fixed_cost"),
        "max_it_mw": ceiling,
        "min_it_mw": 0.0,
        "grid_headroom_mw": round(headroom),
        "land_ha": round(facts.number("facility.land_per_mw") * (ceiling - space), 1),
        "climate_zone": zone_of(facts)[place],
        "pue_max": facts.number("site.pue_max"),
        "cost_factor": cost_factor(facts, place, row["region"]),
        "wage_factor": wage_factor(facts, province),
        "source": "NDRC replies on the hub nodes; limits by the rules of data/README.md",
        "confidence": "assumption",
        "note_limits": "max_it_mw, grid_headroom_mw, land_ha follow a rule, cost_factor and"
        " climate_zone are general knowledge",
    }


def groups(facts: Facts) -> list[Record]:
    """The table `groups`: hub regions, clusters, macro-regions and city groups."""
    found: list[tuple[str, str, str, str, list[str]]] = []
    for hub in sorted({row["hub"] for row in facts.provinces if row["hub"]}):
        names = next(row for row in facts.table("hubs") if row["hub"] == hub)
        members = [row["place"] for row in facts.provinces if row["hub"] == hub]
        found.append((f"hub-{hub}", names["hub_en"], names["hub_zh"], "province", members))
    for region, name in REGIONS.items():
        members = [row["place"] for row in facts.provinces if row["region"] == region]
        found.append((region, region.capitalize(), name, "province", members))
    for group, (english, chinese, text) in CITY_GROUPS.items():
        found.append((group, english, chinese, "province", text.split()))
    clusters = [row["place"] for row in facts.clusters]
    found.append(
        ("ten-clusters", "The ten national clusters", "十大国家数据中心集群", "site", clusters)
    )
    west = list(WEST_CLUSTERS)
    found.append(("west-clusters", "The four western clusters", "西部四集群", "site", west))
    return [
        {
            "group": group,
            "member": member,
            "kind": kind,
            "note_en": english,
            "note_zh": chinese,
            "source": "NDRC replies on the hub nodes; NBS four regions",
            "confidence": "published",
        }
        for group, english, chinese, kind, members in sorted(found)
        for member in sorted(members)
    ]
