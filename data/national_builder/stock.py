"""Existing capacity at the end of the base year: racks to space, to racked IT, to EFLOPS.

National totals are published: 230 EFLOPS FP32, 70 of them intelligent, 8.1 million racks at the
end of 2023; 280, 90 and 9.0 million a year later (edition 2024).
Racks of a province less those of its clusters stand at its capital. What is racked follows the
regional utilisation, scaled so that the rated power of all IT is met.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from national_builder.climate import design_pue, zone_of
from national_builder.facts import Facts, Row
from national_builder.figures import side_by_side
from national_builder.weights import intelligent_weights
from national_builder.writing import Record

KW_PER_RACK = 2.5
COLUMNS = (
    "block",
    "site",
    "facility",
    "kind",
    "compute_eflops",
    "facility_it_mw",
    "age_years",
    "pue",
    "owner",
)
NOTES = ("source", "confidence", "note_basis", "note")
COLD_ZONES = ("5A", "5B", "6A", "6B", "7")
INTELLIGENT_AT_CLUSTER = (
    "130000",
    "150000",
    "340000",
    "500000",
    "510000",
    "520000",
    "620000",
    "640000",
)


@dataclass(frozen=True)
class Site:
    """Space and racked IT of one site; `published` says whether its racks are a figure."""

    site: str
    province: str
    space_mw: float
    racked_mw: float
    published: bool
    basis: str


def totals(facts: Facts) -> dict[str, float]:
    """Kind → national EFLOPS at the end of the base year, native precision."""
    total = facts.observed("nation", "compute_total")
    intelligent = facts.observed("nation", "compute_intelligent")
    superior = total * facts.observed("nation", "compute_super_share")
    return {
        "general": total - intelligent - superior,
        "intelligent": intelligent / facts.number("it.fp32_per_native.intelligent"),
        "super": superior / facts.number("it.fp32_per_native.super"),
    }


def power_of(facts: Facts, kind: str) -> float:
    """MW of rated IT per EFLOPS of a kind."""
    return facts.number(f"it.it_mw_per_eflops.{kind}")


def cluster_racks(
    facts: Facts, racks_of: dict[str, float] | None = None
) -> dict[str, tuple[float, bool]]:
    """Cluster → thousand racks at the end of the base year, and whether the figure is its own."""
    total = facts.observed("group:Ten national clusters", "racks_in_use") * facts.number(
        "stock.cluster_scale"
    )
    own = facts.named("stock.cluster_racks")
    host = {row["place"]: row["province"] for row in facts.clusters}
    racks = _racks(facts) | (racks_of or {})
    weights = {
        cluster: share * racks[host[cluster]]
        for cluster, share in facts.named("stock.cluster_share").items()
    }
    scale = (total - sum(own.values())) / sum(weights.values())
    rest = {cluster: (round(weight * scale, 1), False) for cluster, weight in weights.items()}
    return {**{cluster: (value, True) for cluster, value in own.items()}, **rest}


def rack_rows(facts: Facts) -> list[Row]:
    """Racks by province: those of end-2023, or of an edition, grown with the nation.

    A province with a later figure of its own takes it; the others of its group grow by what is
    left of the group, so that groups keep their shares of the nation.
    """
    rows = facts.table("racks_2023")
    own = facts.named("stock.province_racks")
    if not own:
        return rows
    before: dict[str, float] = defaultdict(float)
    fixed: dict[str, float] = defaultdict(float)
    known: dict[str, float] = defaultdict(float)
    for row in rows:
        racks = float(row["racks_1000"])
        before[row["rack_group"]] += racks
        if row["province"] in own:
            known[row["rack_group"]] += racks
            fixed[row["rack_group"]] += own[row["province"]]
    growth = facts.number("stock.racks.national") / sum(before.values())
    rest = {
        group: (growth * racks - fixed[group]) / (racks - known[group])
        for group, racks in before.items()
    }
    return [_grown_racks(facts, row, rest[row["rack_group"]], own) for row in rows]


def _grown_racks(facts: Facts, row: Row, growth: float, own: dict[str, float]) -> Row:
    if row["province"] in own:
        name = f"stock.province_racks.{row['province']}"
        basis = "published" if facts.text(name, "confidence") != "proxy" else "proxy"
        formula = facts.text(name, "source")
        return {**row, "racks_1000": str(own[row["province"]]), "basis": basis, "formula": formula}
    racks = round(float(row["racks_1000"]) * growth, 1)
    return {**row, "racks_1000": str(racks), "formula": f"{row['formula']}; x {growth:.4f} since"}


def _racks(facts: Facts) -> dict[str, float]:
    return {row["province"]: float(row["racks_1000"]) for row in rack_rows(facts)}


def sites(facts: Facts, racks_of: dict[str, float] | None = None) -> list[Site]:
    """Space and racked IT of the 41 sites. `racks_of` replaces the racks of provinces."""
    rows = rack_rows(facts)
    racks = _racks(facts) | (racks_of or {})
    published = {row["province"]: row["basis"] == "published" for row in rows}
    formula = {row["province"]: row["formula"] for row in rows}
    clusters = cluster_racks(facts, racks_of)
    host = {row["place"]: row["province"] for row in facts.clusters}
    inside: dict[str, float] = defaultdict(float)
    for cluster, (value, _) in clusters.items():
        inside[host[cluster]] += value
    full = facts.number("stock.cluster_rack_utilisation")
    found = [
        Site(
            cluster,
            host[cluster],
            value * KW_PER_RACK,
            value * KW_PER_RACK * full,
            own,
            facts.text(f"stock.cluster_racks.{cluster}", "source")
            if own
            else "rest of the ten clusters split by weight x racks of the host province",
        )
        for cluster, (value, own) in sorted(clusters.items())
    ]
    space = {code: (value - inside[code]) * KW_PER_RACK for code, value in sorted(racks.items())}
    use = _utilisation(facts, space, sum(site.racked_mw for site in found))
    return found + [
        Site(code, code, mw, mw * use[code], published[code], formula[code])
        for code, mw in space.items()
    ]


def _utilisation(facts: Facts, space: dict[str, float], in_clusters: float) -> dict[str, float]:
    """Regional rack utilisation scaled so that all IT of the nation is racked."""
    region = {
        row["province"]: float(row["rack_utilisation_2022"]) for row in facts.table("racks_2023")
    }
    rated = sum(power_of(facts, kind) * eflops for kind, eflops in totals(facts).items())
    scale = (rated - in_clusters) / sum(region[code] * mw for code, mw in space.items())
    return {code: region[code] * scale for code in space}


def intelligent(facts: Facts) -> dict[str, tuple[float, bool, str]]:
    """Site → EFLOPS FP16 of the base year, whether a figure stands behind it, and which."""
    national = totals(facts)["intelligent"]
    host = {row["province"]: row["place"] for row in facts.clusters if row["place"] != "YRD-DEMO"}
    known: dict[str, tuple[float, bool, str]] = {}
    for code, share in facts.named("stock.intelligent_share").items():
        source = facts.text(f"stock.intelligent_share.{code}", "source")
        known[code] = (round(share * national, 3), True, source)
    for code, eflops in facts.named("stock.intelligent_eflops").items():
        known[code] = (eflops, True, facts.text(f"stock.intelligent_eflops.{code}", "source"))
    rest = national - sum(value for value, _, _ in known.values())
    for code, eflops in intelligent_weights(facts, set(known), rest, national).items():
        known[code] = (eflops, False, "AI centres and intelligent demand of the province")
    return {
        host[code] if code in INTELLIGENT_AT_CLUSTER else code: value
        for code, value in sorted(known.items())
    }


def superior(facts: Facts) -> dict[str, tuple[float, bool, str]]:
    """Site → EFLOPS FP64; centres without a figure share what the nation has left equally."""
    found: dict[str, list[float]] = defaultdict(list)
    open_centres: dict[str, int] = defaultdict(int)
    for row in facts.table("supercomputing_centres"):
        if row["status"] != "operating":
            continue
        if row["capacity_pflops"]:
            found[row["province"]].append(float(row["capacity_pflops"]) / 1000)
        else:
            open_centres[row["province"]] += 1
    for cluster, eflops in facts.named("stock.super_press").items():
        found[cluster].append(eflops)
    left = totals(facts)["super"] - sum(sum(values) for values in found.values())
    each = left / sum(open_centres.values())
    places = sorted(set(found) | set(open_centres))
    return {
        place: (
            round(sum(found[place]) + each * open_centres[place], 6),
            not open_centres[place],
            "centres with a published figure"
            if not open_centres[place]
            else "national remainder split over the centres without a figure",
        )
        for place in places
    }


@cache
def modern_share(facts: Facts) -> float:
    """Share of a capital's space that is modern, so that 41% of all racks are."""
    clusters = sum(value for value, _ in cluster_racks(facts).values())
    total = facts.number("stock.racks.national")
    return (facts.number("stock.modern_share") * total - clusters) / (total - clusters)


def modern_facility(facts: Facts, place: str) -> str:
    """Indirect evaporative cooling where it is cold, water-side economisers elsewhere."""
    return "large-evaporative" if zone_of(facts)[place] in COLD_ZONES else "large-water"


def stock_pue(facts: Facts, place: str, facility: str) -> float:
    """PUE at full load of an existing hall; large ones lie a little above new ones."""
    value = design_pue(facts, zone_of(facts)[place], facility)
    large = facility.startswith("large")
    extra = facts.number("pue.stock_uplift.modern") if large else 0.0
    return round(value + extra, 3)


def stock(facts: Facts, racks_of: dict[str, float] | None = None) -> list[Record]:
    """The table `stock`."""
    ai, hpc = intelligent(facts), superior(facts)
    rows: list[Record] = []
    for site in sites(facts, racks_of):
        special = [
            _special(facts, site, kind, placed[site.site])
            for kind, placed in (("intelligent", ai), ("super", hpc))
            if site.site in placed
        ]
        rows += special + _general(facts, site, sum(float(r["facility_it_mw"]) for r in special))
    return sorted(rows, key=lambda row: str(row["block"]))


def by_age(facts: Facts, rows: list[Record], old_share: dict[str, float]) -> list[Record]:
    """Blocks of the kinds in `old_share` in an old part, ``-old``, and a newer one."""
    found: list[Record] = []
    for row in rows:
        kind = str(row["kind"])
        if kind not in old_share:
            found.append(row)
            continue
        share = old_share[kind]
        for suffix, age, part in (("", "new", 1 - share), ("-old", "old", share)):
            eflops = round(float(row["compute_eflops"]) * part, 6)
            rated = eflops * power_of(facts, kind)
            found.append(
                {
                    **row,
                    "block": f"{row['block']}{suffix}",
                    "compute_eflops": eflops,
                    "facility_it_mw": round(max(float(row["facility_it_mw"]) * part, rated), 6),
                    "age_years": facts.number(f"stock.age.{kind}.{age}"),
                }
            )
    return found


def _special(facts: Facts, site: Site, kind: str, placed: tuple[float, bool, str]) -> Record:
    eflops, published, basis = placed
    return _block(
        facts,
        site.site,
        kind,
        "dense-air",
        f"{site.site}-{kind}",
        eflops,
        eflops * power_of(facts, kind),
        published,
        basis,
    )


def _general(facts: Facts, site: Site, taken_mw: float) -> list[Record]:
    """General compute of a site: legacy and modern halls, filled to the same degree."""
    cluster = site.site != site.province
    modern = site.space_mw * (1.0 if cluster else modern_share(facts)) - taken_mw
    halls = {modern_facility(facts, site.site): max(modern, 0.0)}
    if not cluster:
        halls["legacy-air"] = site.space_mw - taken_mw - max(modern, 0.0)
    degree = (site.racked_mw - taken_mw) / sum(halls.values())
    if not 0 < degree <= 1:
        raise ValueError(f"{site.site}: {degree:.3f} of its general space would be racked")
    names = {"legacy-air": "legacy", "large-evaporative": "large", "large-water": "large"}
    return [
        _block(
            facts,
            site.site,
            "general",
            facility,
            f"{site.site}-{names[facility]}",
            mw * degree / power_of(facts, "general"),
            mw,
            site.published,
            site.basis,
        )
        for facility, mw in halls.items()
        if mw > 0
    ]


def _block(
    facts: Facts,
    place: str,
    kind: str,
    facility: str,
    block: str,
    eflops: float,
    space_mw: float,
    published: bool,
    basis: str,
) -> Record:
    return {
        "block": block,
        "site": place,
        "facility": facility,
        "kind": kind,
        "compute_eflops": round(eflops, 6),
        "facility_it_mw": round(max(space_mw, round(eflops, 6) * power_of(facts, kind)), 6),
        "age_years": facts.number(f"stock.age.{kind}"),
        "pue": stock_pue(facts, place, facility),
        "owner": "",
        "source": f"national totals MIIT end-{facts.edition or '2023'},"
        " placed by data/national_builder/stock.py",
        "confidence": "estimated" if published else "proxy",
        "note_basis": f"{'published' if published else 'proxy'}: {basis}",
        "note": side_by_side(facts, place),
    }
