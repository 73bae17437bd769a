"""A part of the nation planned by itself, with the rest as a reference plan has it.

What stays of the rest are its dealings with the part: what the part's sites serve elsewhere
becomes demand of the zones that receive it, and what the part may be served from elsewhere
becomes a site of purchases per place and kind, with the plan's dual prices and no more
capacity than the plan sends or leaves idle there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.errors import FileProblem
from layout.labels import text
from layout.model import TABLES, PlanningModel
from layout.model.cells import defaults
from layout.model.derive import admissible, reach
from layout.model.schema import Settings, Target, Title
from layout.plan.plan import Plan
from layout.plan.scopes import sites_in, zones_in

PURCHASED = "purchased"
"""Code of the facility and of the tariff zone of purchases."""
LEAST_EFLOPS = 1e-6
LOCAL_MEASURES = (
    "green_share",
    "large_outside_clusters_mw",
    "pue_fleet",
    "pue_new",
    "pue_retrofit",
    "rack_utilisation",
)
"""Measures that a part keeps when it meets a national target by itself."""
Floats = NDArray[np.float64]


def carve(plan: Plan, scope: str) -> PlanningModel:
    """The planning model of `scope` alone, beside the rest of `plan`.

    `scope` is one of those of targets whose sites share no province and no tariff zone with
    others (``province:…``, ``hub:…``, ``region:…``, ``group:…``). Raises FileProblem (exit 3)
    where the scope names nothing, shares a province, or the plan has no prices.
    """
    cut = _Cut(plan, scope)
    cut.check()
    tables = {name: _kept(cut, name, frame) for name, frame in plan.model.tables.items()}
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
    return PlanningModel(name, _settings(cut), tables, plan.model.inputs)


@dataclass(frozen=True)
class _Cut:
    """A plan and the part of it that is kept."""

    plan: Plan
    scope: str

    @property
    def model(self) -> PlanningModel:
        """The question that the plan answers."""
        return self.plan.model

    @property
    def year(self) -> int:
        """The one period of the plan."""
        return self.model.settings.periods[0]

    @cached_property
    def sites(self) -> set[str]:
        """Sites of the part."""
        return set(self.model["sites"]["site"][sites_in(self.model, self.scope)])

    @cached_property
    def zones(self) -> set[str]:
        """Zones of the part."""
        return set(self.model["zones"]["zone"][zones_in(self.model, self.scope)])

    @cached_property
    def kept_zones(self) -> set[str]:
        """Zones of the part, and those that its sites serve."""
        return self.zones | set(self.exports["zone"])

    @cached_property
    def provinces(self) -> set[str]:
        """Provinces of the part's sites and zones."""
        sites, zones = self.model["sites"], self.model["zones"]
        own = set(sites["province"][sites["site"].isin(self.sites)])
        return own | set(zones["province"][zones["zone"].isin(self.zones)])

    def check(self) -> None:
        """Refuse what cannot be cut out."""
        plan, model = self.plan, self.model
        if not plan.has_tables or plan.tables["prices"]["price_mcny_per_eflops_year"].isna().any():
            raise FileProblem("carve.error.no_prices", status=plan.status)
        if len(model.settings.periods) > 1:
            raise FileProblem("carve.error.periods", count=len(model.settings.periods))
        if not self.sites or not self.zones:
            raise FileProblem("carve.error.empty", scope=self.scope)
        sites = model["sites"]
        inside = sites["site"].isin(self.sites)
        for column in ("province", "tariff_zone"):
            both = (set(sites[column][inside]) & set(sites[column][~inside])) - {""}
            if both:
                shared = ", ".join(sorted(both))
                raise FileProblem("carve.error.shared", scope=self.scope, shared=shared)

    @cached_property
    def service(self) -> pd.DataFrame:
        """What the plan serves, with the kind and the capacity that it takes."""
        work = self.model["workloads"].set_index("workload")
        service = self.plan.tables["service"]
        row = service["workload"]
        need = work["peak_factor"] * (1 + work["reserve_margin"])
        capacity = service["served_eflops"] * need.reindex(row).to_numpy(dtype=float)
        return service.assign(
            kind=work["kind"].reindex(row).to_numpy(dtype=object), capacity=capacity
        )

    @cached_property
    def exports(self) -> pd.DataFrame:
        """Zone outside, workload → EFLOPS that the part's sites serve there."""
        rows = self.service
        rows = rows[rows["site"].isin(self.sites) & ~rows["zone"].isin(self.zones)]
        sums = rows.groupby(["zone", "workload"], as_index=False)["served_eflops"].sum()
        return sums[sums["served_eflops"] > LEAST_EFLOPS].reset_index(drop=True)

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """Site outside, kind → installed EFLOPS open to the part: sent in the plan, and idle.

        idle = max_utilisation·installed − Σ peak_factor·(1 + reserve_margin)·served.
        """
        keys = ["site", "kind"]
        use = self.model["kinds"].set_index("kind")["max_utilisation"]
        capacity = self.plan.tables["capacity"]
        installed = capacity.groupby(keys)["compute_eflops"].sum()
        most = installed * use.reindex(installed.index.get_level_values("kind")).to_numpy(float)
        taken = self.service.groupby(keys)["capacity"].sum()
        inward = self.service[self.service["zone"].isin(self.zones)]
        sent = inward.groupby(keys)["capacity"].sum()
        open_now = (
            (most - taken.reindex(most.index, fill_value=0.0)).clip(lower=0.0)
            + sent.reindex(most.index, fill_value=0.0)
        ).rename("open")
        table = pd.concat([open_now, most.rename("most"), installed], axis=1).reset_index()
        table["sent"] = sent.reindex(most.index, fill_value=0.0).to_numpy(dtype=float)
        table = table[~table["site"].isin(self.sites) & (table["open"] > LEAST_EFLOPS)]
        share = table["open"].to_numpy(float) / table["most"].to_numpy(float)
        table["eflops"] = table["compute_eflops"].to_numpy(float) * np.minimum(share, 1.0)
        reached = self.price_at_source
        table["price"] = [
            reached.get((site, kind), np.nan)
            for site, kind in zip(table["site"], table["kind"], strict=True)
        ]
        table = table.dropna(subset=["price"])
        table["label"] = PURCHASED + "-" + table["site"] + "-" + table["kind"]
        return table.reset_index(drop=True)

    @cached_property
    def price_at_source(self) -> dict[tuple[str, str], float]:
        """(site, kind) → what an EFLOPS in use is worth there, mcny a year.

        The most, over zones and workloads of the kind that the site may serve, of the zone's
        dual price less the network cost from there: for a site that serves anything this is the
        dual of its capacity with its running cost, for another what it would have to fetch.
        """
        prices = self.plan.tables["prices"]
        table = reach(self.model)
        zone_at = {zone: row for row, zone in enumerate(table.zones)}
        allowed, kind_of = admissible(self.model), self.kind_of
        found: dict[tuple[str, str], float] = {}
        for workload, rows in prices.groupby("workload"):
            at = np.array([zone_at[zone] for zone in rows["zone"]])
            dual = rows["price_mcny_per_eflops_year"].to_numpy(dtype=float)
            worth = np.where(
                allowed[workload][:, at], dual[None, :] - self.network(workload)[:, at], np.nan
            )
            for row in np.flatnonzero(~np.isnan(worth).all(axis=1)):
                key = (table.sites[row], kind_of[str(workload)])
                best = max(0.0, float(np.nanmax(worth[row])))
                found[key] = max(found.get(key, 0.0), best)
        return found

    @cached_property
    def kind_of(self) -> dict[str, str]:
        """Workload → kind."""
        work = self.model["workloads"]
        return dict(zip(work["workload"], work["kind"], strict=True))

    def network(self, workload: str) -> Floats:
        """Site × zone: network cost of an EFLOPS in use, mcny a year."""
        work = self.model["workloads"].set_index("workload")
        traffic = float(work["traffic_gbps_per_eflops"].loc[workload])
        price = self.model.settings.economy.transport_mcny_per_gbps_1000km_year
        table = reach(self.model)
        link = table.cost_of(workload)
        return np.where(np.isnan(link), traffic * price * table.distance_km / 1000, link)

    @cached_property
    def reference(self) -> str:
        """The plan in a few words, for notes."""
        return f"reference plan of {self.plan.record.get('model', self.model.name)}, {self.year}"


def _kept(cut: _Cut, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that belong to the part."""
    mask = np.ones(len(frame), dtype=bool)
    zones = cut.zones if name == "demand" else cut.kept_zones
    for column, known in (("site", cut.sites), ("zone", zones), ("province", cut.provinces)):
        if column in frame and not (name == "zones" and column == "province"):
            mask &= frame[column].isin([*known, ""]).to_numpy()
    if name == "groups":
        mask &= _member_mask(cut, frame)
    elif name == "power":
        mask &= _named_mask(cut, frame["province"], frame["tariff_zone"])
    elif name == "pue":
        mask &= _named_mask(cut, frame["site"], frame["climate_zone"])
    elif name == "outturn":
        mask &= (frame["scope"] == cut.scope).to_numpy()
    elif name == "arcs":
        mask &= False
    return frame[mask].reset_index(drop=True)


def _member_mask(cut: _Cut, frame: pd.DataFrame) -> NDArray[np.bool_]:
    known = {"site": cut.sites, "zone": cut.kept_zones, "province": cut.provinces}
    rows = zip(frame["kind"], frame["member"], strict=True)
    return np.array([member in known[kind] for kind, member in rows], dtype=bool)


def _named_mask(cut: _Cut, place: pd.Series, zone: pd.Series) -> NDArray[np.bool_]:
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


def _exports(cut: _Cut) -> pd.DataFrame:
    """What the part serves elsewhere, as demand of the zones that receive it."""
    rows = cut.exports.rename(columns={"served_eflops": "demand_eflops"})
    return rows.assign(
        year=cut.year,
        source=f"served from {cut.scope} in the {cut.reference}",
        confidence="estimated",
    )


def _facility(cut: _Cut) -> pd.DataFrame:
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


def _free_power(cut: _Cut) -> pd.DataFrame:
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


def _given_pue(cut: _Cut) -> pd.DataFrame:
    """An absent table means 1 everywhere: said site by site, so that purchases offer no hall."""
    if not cut.model["pue"].empty:
        return pd.DataFrame()
    facilities = cut.model["facilities"]["facility"]
    pairs = pd.MultiIndex.from_product([sorted(cut.sites), facilities], names=["site", "facility"])
    return pairs.to_frame(index=False).assign(pue=1.0)


def _named(cut: _Cut, language: str) -> list[str]:
    """Names of the sites of purchases."""
    column = f"name_{language}"
    places = cut.model["sites"].set_index("site")[column]
    kinds = cut.model["kinds"].set_index("kind")[column]
    rows = zip(cut.purchases["site"], cut.purchases["kind"], strict=True)
    return [
        text("carve.site", language, place=places[site] or site, kind=kinds[kind] or kind)
        for site, kind in rows
    ]


def _rated_mw(cut: _Cut) -> Floats:
    rated = cut.model["kinds"].set_index("kind")["it_mw_per_eflops"]
    table = cut.purchases
    return table["eflops"].to_numpy(float) * rated.reindex(table["kind"]).to_numpy(float)


def _purchase_sites(cut: _Cut) -> pd.DataFrame:
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


def _purchase_stock(cut: _Cut) -> pd.DataFrame:
    """The capacity of purchases: what the plan sends to the part, and what it leaves idle."""
    table = cut.purchases
    if table.empty:
        return pd.DataFrame()
    use = cut.model["kinds"].set_index("kind")["max_utilisation"]
    use = use.reindex(table["kind"]).to_numpy(float)
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


def _links(cut: _Cut) -> pd.DataFrame:
    """What purchases cost: the price at their source and the network from there, by workload."""
    table, ways = cut.purchases, reach(cut.model)
    site_at = {site: row for row, site in enumerate(ways.sites)}
    zones = [row for row, zone in enumerate(ways.zones) if zone in cut.kept_zones]
    allowed = admissible(cut.model)
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
                if of == kind and allowed[workload][at, zone]:
                    cost = price + network[workload][at, zone]
                    said = f"{price:.6g} at the source"
                    rows.append((ways.zones[zone], label, workload, np.nan, cost, said))
    columns = ["zone", "site", "workload", "latency_ms", "transport_mcny_per_eflops_year", "note"]
    found = pd.DataFrame(rows, columns=columns)
    source = f"dual prices of the {cut.reference}, network included"
    return found.assign(source=source, confidence="estimated")


def _settings(cut: _Cut) -> Settings:
    """The settings of the part: its targets, its share of the certificates, what it leaves out."""
    settings = cut.model.settings
    targets, left = _targets(cut)
    energy = cut.plan.tables["energy"]
    outside = energy.loc[~energy["site"].isin(cut.sites), "certificate_gwh"].sum()
    cap = settings.economy.certificate_cap_gwh
    rest = None if cap is None else max(0.0, cap - float(outside))
    said = {
        "scope": cut.scope,
        "reference": cut.plan.record.get("model", cut.model.name),
        "year": cut.year,
        "purchases": len(cut.purchases),
        "exports": f"{cut.exports['served_eflops'].sum():.6g}",
        "left": ", ".join(left) or "–",
    }
    return settings.model_copy(
        update={
            "title": Title(
                en=text("carve.title", "en", **said), zh=text("carve.title", "zh", **said)
            ),
            "description": Title(
                en=text("carve.description", "en", **said),
                zh=text("carve.description", "zh", **said),
            ),
            "economy": settings.economy.model_copy(update={"certificate_cap_gwh": rest}),
            "features": settings.features.model_copy(update={"network": False}),
            "targets": targets,
            "scenarios": {},
        }
    )


def _targets(cut: _Cut) -> tuple[list[Target], list[str]]:
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
