"""A part of the nation planned by itself, with the rest as a reference plan has it.

What stays of the rest are its dealings with the part: what the part's sites serve elsewhere
becomes demand of the zones that receive it, and what the part may be served from elsewhere
becomes a site of purchases per place and kind, with the plan's dual prices and no more
capacity than the plan sends or leaves idle there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.labels import LANGUAGES, text
from layout.model import TABLES, PlanningModel
from layout.model.balance import FLOOR_PLACES, SUBSIDY_PLACES
from layout.model.cells import defaults
from layout.model.derive import demand, listed
from layout.model.schema import Settings, Target, Title
from layout.names import Names
from layout.plan.cut import DIGITS, PURCHASED, Cut, Floats, rounded_up
from layout.plan.plan import Plan
from layout.plan.scopes import sites_in

LOCAL_MEASURES = (
    "domestic_share",
    "green_share",
    "inclusive_share",
    "large_outside_clusters_mw",
    "pue_fleet",
    "pue_new",
    "pue_retrofit",
    "rack_utilisation",
)
"""Measures that a part keeps when it meets a national target by itself."""


def carve(plan: Plan, scope: str, title: Title | None = None) -> PlanningModel:
    """The planning model of `scope` alone, beside the rest of `plan`; `title` as given.

    `scope` is one of those of targets whose sites share no province and no tariff zone with
    others (``province:…``, ``hub:…``, ``region:…``, ``group:…``). Raises FileProblem (exit 3)
    where the scope names nothing, shares a province, or the plan has no prices.
    """
    cut = Cut(replace(plan, model=_as_planned(plan.model)), scope)
    cut.check()
    tables = {name: _kept(cut, name, frame) for name, frame in cut.model.tables.items()}
    added = {
        "demand": _exports(cut),
        "facilities": _facility(cut),
        "links": _links(cut),
        "power": _free_power(cut),
        "pue": _given_pue(cut),
        "sites": _purchase_sites(cut),
        "stock": _purchase_stock(cut),
    }
    for name, rows in added.items():
        tables[name] = _with_rows(name, tables[name], rows)
    remote = tables["workloads"]["workload"].isin(set(cut.exports["workload"]))
    tables["workloads"].loc[remote, "max_remote_share"] = 1.0
    name = scope.replace(":", "-")
    settings = _settings(cut)
    if title is not None:
        settings = settings.model_copy(update={"title": title})
    return PlanningModel(name, settings, tables, plan.model.inputs)


def _as_planned(model: PlanningModel) -> PlanningModel:
    """The model with the demand that was planned for: what the plan serves stands in its units.

    What an EFLOPS gets done then is not what it did in the base year, and is left out.
    """
    work = model["workloads"]
    gains = work["efficiency_gain"] > 0
    done = {name: work[name].mask(gains) for name in ("tokens_per_s_per_eflops", "run_eflop")}
    tables = {
        **model.tables,
        "demand": demand(model),
        "workloads": work.assign(efficiency_gain=0.0, **done),
        "sectors": model["sectors"].iloc[:0],
    }
    return replace(model, tables=tables)


def _roles(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """Roles of regions that have zones in the part, hosted in regions that have sites in it."""
    zones, sites = cut.model["zones"], cut.model["sites"]
    homes = set(zones["region"][zones["zone"].isin(cut.kept_zones)])
    places = {*sites["site"][sites["site"].isin(cut.sites)], *cut.purchases["site"]}
    regions = set(sites["region"][sites["site"].isin(places)])
    hosts = frame["hosts"].map(lambda cell: ";".join(p for p in listed(cell) if p in regions))
    kept = frame.assign(hosts=hosts)
    return kept[frame["region"].isin(homes) & (hosts != "")].reset_index(drop=True)


def _kept(cut: Cut, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that belong to the part."""
    if name in _OF_THEIR_OWN:
        return _OF_THEIR_OWN[name](cut, frame)
    mask = np.ones(len(frame), dtype=bool)
    zones = cut.zones if name in ("demand", "storage_demand") else cut.kept_zones
    for column, known in (("site", cut.sites), ("zone", zones), ("province", cut.provinces)):
        if column in frame and not (name == "zones" and column == "province"):
            mask &= frame[column].isin([*known, ""]).to_numpy()
    if name == "groups":
        mask &= _member_mask(cut, frame)
    elif name == "power":
        mask &= _named_mask(cut, frame["province"], frame["tariff_zone"])
    elif name == "corridors":
        mask &= frame["to"].isin(cut.provinces).to_numpy()
    elif name == "pue":
        mask &= _named_mask(cut, frame["site"], frame["climate_zone"])
    elif name == "outturn":
        mask &= (frame["scope"] == cut.scope).to_numpy()
    elif name in ("arcs", "chips"):
        mask &= False
    return frame[mask].reset_index(drop=True)


def _renewables(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """The plants from which the part may buy, less what the plan sells of them elsewhere."""
    contracts = cut.plan.tables["contracts"]
    contracts = contracts[~contracts["site"].isin(cut.sites)]
    taken = contracts.groupby(["source", "technology"])["contract_mw"].sum()
    rows = list(zip(frame["province"], frame["site"], frame["buyers"], strict=True))
    welcome = [
        plant in cut.sites if plant else bool(set(listed(buyers) or (seller,)) & cut.provinces)
        for seller, plant, buyers in rows
    ]
    sources = [plant or seller for seller, plant, _ in rows]
    keys = pd.MultiIndex.from_arrays([sources, frame["technology"]])
    sold = taken.reindex(keys, fill_value=0.0).to_numpy(dtype=float)
    left = (frame["potential_mw"] - sold).clip(lower=0.0).round(DIGITS)
    return frame.assign(potential_mw=left)[np.array(welcome, dtype=bool)].reset_index(drop=True)


def _floors(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """Floors of places that lie in the part as a whole."""
    whole = [named <= cut.sites for named in _sites_of(cut, frame, FLOOR_PLACES)]
    return frame[np.array(whole, dtype=bool)].reset_index(drop=True)


def _hall_limits(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """Limits on halls of places that lie in the part as a whole."""
    sites = cut.model["sites"]["site"]
    named = [set(sites[sites_in(cut.model, scope)]) for scope in frame["scope"]]
    whole = [bool(of) and of <= cut.sites for of in named]
    return frame[np.array(whole, dtype=bool)].reset_index(drop=True)


def _water(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """Prices and limits of the part's provinces, and limits of groups that lie in it as a whole."""
    mask = np.array(frame["province"].isin(cut.provinces), dtype=bool)
    for row in np.flatnonzero(frame["group"] != ""):
        (of,) = _sites_of(cut, frame.iloc[[int(row)]], ("group",))
        mask[row] = bool(of) and of <= cut.sites
    return frame[mask].reset_index(drop=True)


def _subsidies(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """Subsidies of places that have a site in the part."""
    some = [bool(named & cut.sites) for named in _sites_of(cut, frame, SUBSIDY_PLACES)]
    return frame[np.array(some, dtype=bool)].reset_index(drop=True)


def _sites_of(cut: Cut, frame: pd.DataFrame, places: tuple[str, ...]) -> list[set[str]]:
    """The sites that every row means by the one place that it names."""
    rows, sites = frame.to_dict("records"), cut.model["sites"]["site"]
    scopes = [next(f"{of}:{row[of]}" for of in places if row[of]) for row in rows]
    return [set(sites[sites_in(cut.model, scope)]) for scope in scopes]


def _profiles(cut: Cut, frame: pd.DataFrame) -> pd.DataFrame:
    """Profiles of the part's provinces, tariff zones and climates, and those of everybody.

    And of the plants elsewhere from which the part may buy.
    """
    sites = cut.model["sites"][cut.model["sites"]["site"].isin(cut.sites)]
    keys = ["province", "technology"]
    plants = pd.MultiIndex.from_frame(_renewables(cut, cut.model["renewables"])[keys])
    mask = frame["province"].isin([*cut.provinces, ""])
    mask |= pd.MultiIndex.from_frame(frame[keys]).isin(plants)
    for column in ("tariff_zone", "climate_zone"):
        mask &= frame[column].isin([*sites[column], ""])
    return frame[mask].reset_index(drop=True)


_OF_THEIR_OWN = {
    "floors": _floors,
    "hall_limits": _hall_limits,
    "profiles": _profiles,
    "renewables": _renewables,
    "roles": _roles,
    "subsidies": _subsidies,
    "water": _water,
}
"""Tables of which more than rows is left out."""


def _member_mask(cut: Cut, frame: pd.DataFrame) -> NDArray[np.bool_]:
    known = {"site": cut.sites, "zone": cut.kept_zones, "province": cut.provinces}
    rows = zip(frame["kind"], frame["member"], strict=True)
    return np.array([member in known[kind] for kind, member in rows], dtype=bool)


def _named_mask(cut: Cut, place: pd.Series, zone: pd.Series) -> NDArray[np.bool_]:
    """Rows without a place are kept for the tariff or climate zones of the part's sites."""
    sites = cut.model["sites"]
    own = set(sites[zone.name][sites["site"].isin(cut.sites)])
    return np.asarray(((place != "") | zone.isin(own)).to_numpy(), dtype=bool)


def _with_rows(name: str, frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """A table with further rows; columns that they lack take their default."""
    if rows.empty:
        return frame
    whole = {
        column.name: rows[column.name].to_numpy()
        if column.name in rows
        else defaults(column, len(rows))
        for column in TABLES[name]
    }
    notes = [column for column in (*frame.columns, *rows.columns) if column not in whole]
    for column in dict.fromkeys(notes):
        whole[column] = rows[column].to_numpy() if column in rows else np.full(len(rows), "")
    added = pd.DataFrame(whole, index=rows.index)
    base = frame.assign(**{column: "" for column in added.columns if column not in frame})
    both = pd.concat([base, added[base.columns].astype(dict(base.dtypes))], ignore_index=True)
    return both.sort_values(list(TABLES[name].key), kind="stable", ignore_index=True)


def _exports(cut: Cut) -> pd.DataFrame:
    """What the part serves elsewhere, as demand of the zones that receive it."""
    rows = cut.exports.rename(columns={"served_eflops": "demand_eflops"})
    return rows.assign(
        year=cut.year,
        source=f"served from {cut.scope} in the {cut.reference}",
        confidence="estimated",
    )


def _facility(cut: Cut) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "facility": [PURCHASED],
            "name_en": [text("carve.facility", "en")],
            "name_zh": [text("carve.facility", "zh")],
            "kinds": [";".join(cut.model["kinds"]["kind"])],
            "source": ["purchases from other places: nothing is built and nothing costs"],
            "confidence": ["estimated"],
        }
    )


def _free_power(cut: Cut) -> pd.DataFrame:
    """Purchases use no power of the part: it is in their price."""
    if cut.model["power"].empty:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "tariff_zone": [PURCHASED],
            "source": ["empty: power and carbon of purchases are in their price"],
            "confidence": ["estimated"],
        }
    )


def _given_pue(cut: Cut) -> pd.DataFrame:
    """An absent table means 1 everywhere: said site by site, so that purchases offer no hall."""
    if not cut.model["pue"].empty:
        return pd.DataFrame()
    facilities = cut.model["facilities"]["facility"]
    pairs = pd.MultiIndex.from_product([sorted(cut.sites), facilities], names=["site", "facility"])
    return pairs.to_frame(index=False).assign(pue=1.0)


def _named(cut: Cut, language: str) -> list[str]:
    """Names of the sites of purchases."""
    column = f"name_{language}"
    places = cut.model["sites"].set_index("site")[column]
    kinds = cut.model["kinds"].set_index("kind")[column]
    rows = zip(cut.purchases["site"], cut.purchases["kind"], strict=True)
    return [
        text("carve.site", language, place=places[site] or site, kind=kinds[kind] or kind)
        for site, kind in rows
    ]


def _rated_mw(cut: Cut) -> Floats:
    rated = cut.model["kinds"].set_index("kind")["it_mw_per_eflops"]
    table = cut.purchases
    mw = table["eflops"].to_numpy(float) * rated.reindex(table["kind"]).to_numpy(float)
    return rounded_up(mw)


def _purchase_sites(cut: Cut) -> pd.DataFrame:
    """A site per place and kind from which the part may be served; nothing can be added there."""
    table = cut.purchases
    if table.empty:
        return pd.DataFrame()
    places = cut.model["sites"].set_index("site").reindex(table["site"])
    zone = places["zone"].where(places["zone"].isin(cut.kept_zones), "")
    return pd.DataFrame(
        {
            "site": table["label"],
            "name_en": _named(cut, "en"),
            "name_zh": _named(cut, "zh"),
            **{name: places[name].to_numpy() for name in ("lat", "lon", "province", "region")},
            "zone": zone.to_numpy(),
            "kinds": table["kind"],
            "facilities": PURCHASED,
            "tariff_zone": PURCHASED if len(cut.model["power"]) else "",
            "max_it_mw": _rated_mw(cut),
            "source": cut.reference,
            "confidence": "estimated",
        }
    )


def _purchase_stock(cut: Cut) -> pd.DataFrame:
    """The capacity of purchases: what the plan sends to the part, and what it leaves idle."""
    table = cut.purchases
    if table.empty:
        return pd.DataFrame()
    of_kind = cut.model["kinds"].set_index("kind")["max_utilisation"]
    use = of_kind.reindex(table["kind"]).to_numpy(float)
    sent, idle = table["sent"] / use, (table["open"] - table["sent"]) / use
    said = [f"sent {a:.6g}, idle {b:.6g} EFLOPS installed" for a, b in zip(sent, idle, strict=True)]
    return pd.DataFrame(
        {
            "block": table["label"],
            "site": table["label"],
            "facility": PURCHASED,
            "kind": table["kind"],
            "compute_eflops": table["eflops"],
            "facility_it_mw": _rated_mw(cut),
            "source": cut.reference,
            "confidence": "estimated",
            "note": said,
        }
    )


def _links(cut: Cut) -> pd.DataFrame:
    """What purchases cost: the price at their source and the network from there, by workload."""
    table, ways = cut.purchases, cut.ways
    site_at = {site: row for row, site in enumerate(ways.sites)}
    zones = [row for row, zone in enumerate(ways.zones) if zone in cut.kept_zones]
    network = {workload: cut.network(workload) for workload in cut.kind_of}
    rows = []
    for label, site, kind, price in zip(
        table["label"], table["site"], table["kind"], table["price"], strict=True
    ):
        at = site_at[site]
        for zone in zones:
            if ways.measured[at, zone]:
                rows.append((ways.zones[zone], label, "", ways.one_way_ms[at, zone], np.nan, ""))
            for workload, of in cut.kind_of.items():
                if of == kind and cut.allowed[workload][at, zone]:
                    cost = round(price + float(network[workload][at, zone]), DIGITS)
                    said = f"{price:.6g} at the source"
                    rows.append((ways.zones[zone], label, workload, np.nan, cost, said))
    columns = ["zone", "site", "workload", "latency_ms", "transport_mcny_per_eflops_year", "note"]
    found = pd.DataFrame(rows, columns=columns)
    source = f"dual prices of the {cut.reference}, network included"
    return found.assign(source=source, confidence="estimated")


def _settings(cut: Cut) -> Settings:
    """The settings of the part: what it says of itself, its targets, its certificates."""
    settings = cut.model.settings
    targets, left = _targets(cut)
    energy = cut.plan.tables["energy"]
    outside = energy.loc[~energy["site"].isin(cut.sites), "certificate_gwh"].sum()
    cap = settings.economy.certificate_cap_gwh
    rest = None if cap is None else round(max(0.0, cap - float(outside)), DIGITS)
    said = {
        "reference": cut.plan.record.get("model", cut.model.name),
        "year": cut.year,
        "purchases": len(cut.purchases),
    }
    return settings.model_copy(
        update={
            "title": _in_both(cut, "carve.title", left, said),
            "description": _in_both(cut, "carve.description", left, said),
            "economy": settings.economy.model_copy(update={"certificate_cap_gwh": rest}),
            "features": settings.features.model_copy(update={"network": False}),
            "targets": targets,
            "scenarios": {},
        }
    )


def _in_both(cut: Cut, key: str, left: list[str], values: dict[str, Any]) -> Title:
    """A sentence on the part in both languages; `left` are targets that it cannot meet alone."""
    said = {}
    for lang in LANGUAGES:
        scope = Names(cut.model, lang).scope(cut.scope)
        without = text("cli.comma", lang).join(left) or "–"
        said[lang] = text(key, lang, scope=scope, exports=_sold(cut, lang), left=without, **values)
    return Title(**said)


def _sold(cut: Cut, language: str) -> str:
    """Exports by kind, each in its own precision: these are never added."""
    table = cut.model["kinds"]
    names = dict(zip(table["kind"], table[f"name_{language}"], strict=True))
    precisions = dict(zip(table["kind"], table["precision"], strict=True))
    of = cut.exports["workload"].map(cut.kind_of)
    parts = [
        text(
            "carve.exports",
            language,
            eflops=f"{eflops:.4g}",
            kind=names[str(kind)] or kind,
            precision=precisions[str(kind)],
        )
        for kind, eflops in cut.exports["served_eflops"].groupby(of).sum().items()
    ]
    return text("cli.comma", language).join(parts) or text("carve.nothing", language)


def _targets(cut: Cut) -> tuple[list[Target], list[str]]:
    """Targets that the part can meet by itself, and the ids of those that are left out.

    A national target on a measure that needs no others (a PUE, a share of racks …) is asked of
    the part; a target that names sites of the part only stays as it is.
    """
    kept, left = [], []
    for target in cut.model.settings.targets:
        named = set(cut.model["sites"]["site"][sites_in(cut.model, target.scope)])
        if named and named <= cut.sites:
            kept.append(target)
        elif target.measure in LOCAL_MEASURES and cut.sites <= named:
            kept.append(target.model_copy(update={"scope": cut.scope}))
        elif target.measure in LOCAL_MEASURES and target.scope == "clusters" and named & cut.sites:
            kept.append(target)
        else:
            left.append(target.id)
    return kept, left
