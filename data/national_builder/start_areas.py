"""The 21 start areas as sites, in place of the ten clusters that they make up.

What a cluster holds is split equally over its start areas in the province where the national
tables place it; the ceiling and the headroom of a cluster equally over all of them. Areas of the
Yangtze demonstration zone outside Shanghai hold no stock.
"""

from __future__ import annotations

from collections import defaultdict

from national_builder.energy import main_tariff, power
from national_builder.facts import Facts, Row
from national_builder.places import (
    cost_factor,
    groups,
    headroom_share,
    max_it_mw,
    mean_load_mw,
    tariff_zone,
    wage_factor,
)
from national_builder.places import sites as national_sites
from national_builder.stock import power_of, stock
from national_builder.writing import Record

SPLIT_BASIS = "split equally over the start areas of the cluster in its province"


def areas(facts: Facts) -> dict[str, Row]:
    """Site → start area, its cluster and its province; ``GUIAN-1`` is the first of Gui'an."""
    count: dict[str, int] = defaultdict(int)
    found = {}
    for row in facts.table("start_areas"):
        count[row["cluster"]] += 1
        found[f"{row['cluster']}-{count[row['cluster']]}"] = row
    return found


def _members(facts: Facts) -> dict[str, list[str]]:
    """Cluster → its start areas."""
    found: dict[str, list[str]] = defaultdict(list)
    for site, row in areas(facts).items():
        found[row["cluster"]].append(site)
    return found


def _holders(facts: Facts) -> dict[str, list[str]]:
    """Cluster → the start areas that hold its stock: those in its province."""
    host = {row["place"]: row["province"] for row in facts.clusters}
    found: dict[str, list[str]] = defaultdict(list)
    for site, area in areas(facts).items():
        if area["province"] == host[area["cluster"]]:
            found[area["cluster"]].append(site)
    return found


def stock_rows(facts: Facts) -> list[Record]:
    """The table `stock` with the blocks of clusters split over start areas."""
    holders = _holders(facts)
    rows: list[Record] = []
    for row in stock(facts):
        cluster = str(row["site"])
        if cluster not in holders:
            rows.append(row)
            continue
        parts = len(holders[cluster])
        for site in holders[cluster]:
            eflops = round(float(row["compute_eflops"]) / parts, 6)
            rated = eflops * power_of(facts, str(row["kind"]))
            rows.append(
                {
                    **row,
                    "block": str(row["block"]).replace(cluster, site, 1),
                    "site": site,
                    "compute_eflops": eflops,
                    "facility_it_mw": round(max(float(row["facility_it_mw"]) / parts, rated), 6),
                    "confidence": "proxy",
                    "note_basis": f"proxy: {SPLIT_BASIS}; cluster: {row['note_basis']}",
                }
            )
    return sorted(rows, key=lambda row: str(row["block"]))


def site_rows(facts: Facts) -> list[Record]:
    """The table `sites`: 31 capitals and 21 start areas."""
    national = {str(row["site"]): row for row in national_sites(facts)}
    members = _members(facts)
    space: dict[str, float] = defaultdict(float)
    load: dict[str, float] = defaultdict(float)
    for row in stock_rows(facts):
        space[str(row["site"])] += float(row["facility_it_mw"])
        load[str(row["site"])] += float(row["facility_it_mw"]) * float(row["pue"])
    rows = [row for site, row in national.items() if site not in members]
    for site, area in areas(facts).items():
        cluster = national[area["cluster"]]
        whole = sum(space[member] for member in members[area["cluster"]])
        parts = len(members[area["cluster"]])
        ceiling = max(round(max_it_mw(facts, "hub", whole) / parts), round(1.2 * space[site]))
        room = headroom_share(facts, "hub") * mean_load_mw(facts, area["province"]) / parts
        land = facts.number("facility.land_per_mw") * (ceiling - space[site])
        limits = {
            "max_it_mw": ceiling,
            "grid_headroom_mw": round(load[site] + room),
            "land_ha": round(land, 1),
        }
        rows.append({**cluster, **_place(facts, site, area), **limits})
    return sorted(rows, key=lambda row: str(row["site"]))


def _place(facts: Facts, site: str, area: Row) -> Record:
    province = area["province"]
    region = next(row["region"] for row in facts.provinces if row["place"] == province)
    host = next(row for row in facts.clusters if row["place"] == area["cluster"])
    near = area["cluster"] if host["province"] == province else province
    return {
        "site": site,
        "name_en": area["start_area_en"],
        "name_zh": area["start_area_zh"],
        "lat": float(area["lat"]),
        "lon": float(area["lon"]),
        "zone": province,
        "province": province,
        "region": region,
        "tariff_zone": tariff_zone(facts, near, province),
        "cost_factor": cost_factor(facts, near, region),
        "wage_factor": wage_factor(facts, province),
        "source": f"{area['source']}; limits by the rules of data/README.md",
        "confidence": "assumption",
        "note_limits": "the cluster's max_it_mw and headroom, split equally over its start areas",
    }


def group_rows(facts: Facts) -> list[Record]:
    """The table `groups` with start areas as the members of groups of clusters."""
    members = _members(facts)
    rows: list[Record] = []
    for row in groups(facts):
        inside = members.get(str(row["member"]), [str(row["member"])])
        rows += [{**row, "member": member} for member in inside]
    return rows


def power_rows(facts: Facts) -> list[Record]:
    """The table `power`: provinces that only now have a cluster's area get its headroom."""
    own = {row["province"] for row in facts.clusters}
    more = {area["province"] for area in areas(facts).values()} - own
    extra = headroom_share(facts, "hub") - headroom_share(facts, "provincial")
    rows = []
    for row in power(facts):
        province = str(row["province"])
        if province in more and row["tariff_zone"] in ("", main_tariff(facts, province)):
            raised = float(row["grid_headroom_mw"]) + extra * mean_load_mw(facts, province)
            row = {**row, "grid_headroom_mw": round(raised)}
        rows.append(row)
    return rows
