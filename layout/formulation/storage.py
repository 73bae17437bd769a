"""Storage in balance with compute and data, its media, and copies elsewhere (49)–(51)."""

from __future__ import annotations

from typing import Any

import numpy as np

from layout.algebra import Index
from layout.formulation.case import Case
from layout.formulation.linear import Ints, Linear, dense
from layout.formulation.parts import Extra, Part, Rows
from layout.formulation.variables import Variables
from layout.model.supplies import MEDIA, Data, data_of, standing_storage, storage_per_eflops
from layout.units import GWH_PER_MW_YEAR, capital_recovery_factor


def storage(v: Variables) -> Extra:
    """Every site has the storage of its compute and data; copies are kept in other regions.

    Adds disk[i,y] and ssd[i,y], EB put into service in the year; where ``storage_demand`` asks for
    it kept[scope,i,y], EB of the data of a scope that the site keeps; and with `core_share` above
    0 backup[region,i,y], EB that the site holds of the data of another region.
    """
    own = v.case.settings.storage
    rated = {"disk": own.disk_mw_per_eb * own.pue, "ssd": own.ssd_mw_per_eb * own.pue}
    price = {"disk": own.disk_mcny_per_eb, "ssd": own.ssd_mcny_per_eb}
    _media(v, rated, price)
    data = data_of(v.case.model, v.case.year)
    if data:
        _keep(v, data)
    if own.core_share > 0:
        _backup(v)
    rows = {"storage_need": _need(v)}
    if data:
        rows["storage_demand"] = _kept(v, data)
    if any(rated.values()):
        rows["storage_space"] = _space(v)
    if own.min_ssd_share > 0:
        rows["storage_ssd"] = _solid_state(v)
    if own.core_share > 0:
        rows["backup_copies"] = _copies(v)
    if own.core_share > 0 and own.copies > 1:
        rows["backup_apart"] = _apart(v)
    return Extra(rows=rows, costs={"storage": _cost(v, price)})


def _media(v: Variables, rated: dict[str, float], price: dict[str, float]) -> None:
    """What is put into service of every medium, what it costs and what it draws."""
    every = np.arange(len(v.case.sites))
    for medium in MEDIA:
        doc = f"{medium} storage put into service"
        part = v.new(medium, v.site_index(every), doc=doc, unit="EB")
        v.extra_capex.append((part, every, np.full(len(every), price[medium])))
    for medium in MEDIA if any(rated.values()) else ():
        for part in standing(v, medium):
            gwh = np.full(len(every), GWH_PER_MW_YEAR * rated[medium])
            v.extra_energy.append((part, every, gwh))
            v.extra_power.append((part, every, np.full(len(every), rated[medium])))


def standing(v: Variables, medium: str) -> list[Part]:
    """What was put into service of a medium in any year and has not reached the end of its life."""
    life = v.case.settings.storage.life_years
    alive = [before for before in v.earlier if v.years_since(before) < life]
    return [year.parts[medium] for year in (*alive, v)]


def add_storage(v: Variables, linear: Linear, rows: Ints, by: dict[str, float]) -> Linear:
    """EB standing at every site, by medium: what stood in the base year, and what was added."""
    existing = standing_storage(v.case.model)
    every = np.arange(len(v.case.sites))
    for medium, weight in by.items():
        linear.constant(rows, weight * existing[medium])
        for part in standing(v, medium):
            linear.add(part, rows, every, weight)
    return linear


def add_needed(v: Variables, linear: Linear, rows_over_pairs: Ints, by: float = 1.0) -> Linear:
    """EB that the installed compute needs, per pair: storage_eb_per_eflops·installed."""
    each = storage_per_eflops(v.case.model)[v.case.units.kind]
    return v.add_installed(linear, rows_over_pairs, by * each)


def keepings(case: Case, data: list[Data]) -> tuple[Ints, Ints]:
    """Every scope of data (its position) with every site that may keep them."""
    scope, site = np.nonzero(np.array([one.sites for one in data]))
    return scope.astype(np.int64), site.astype(np.int64)


def _scope_index(case: Case, data: list[Data], chosen: Ints, *more: tuple[str, Any]) -> Index:
    scopes = np.array([one.scope for one in data], dtype=object)
    labels = {"scope": scopes[chosen], **dict(more), "year": np.full(len(chosen), case.year)}
    return Index(tuple(labels), tuple(labels.values()))


def _keep(v: Variables, data: list[Data]) -> None:
    scope, site = keepings(v.case, data)
    sites = np.array(v.case.sites, dtype=object)[site]
    index = _scope_index(v.case, data, scope, ("site", sites))
    v.new("kept", index, doc="data of the zones of a scope that a site keeps", unit="EB")


def _kept(v: Variables, data: list[Data]) -> Rows:
    """The data of zones are kept, at sites of the scope that they may not leave (49).

    Σ_{i in scope} kept[scope,i,y] = Σ_{zones of the scope} stored_eb·(1 + growth)^(y − its year);
    EB.
    """
    scope, _ = keepings(v.case, data)
    rows = Linear(len(data))
    rows.add(v.parts["kept"], scope, np.arange(len(scope)))
    asked = [one.stored_eb for one in data]
    index = _scope_index(v.case, data, np.arange(len(data)))
    return rows.rows(index, lower=asked, upper=asked, doc="the data of zones are kept, EB")


def add_kept(v: Variables, linear: Linear, row_of_site: Ints, by: float = 1.0) -> Linear:
    """EB of data that the sites keep; nothing where no data are asked for."""
    if "kept" in v.parts:
        _, site = keepings(v.case, data_of(v.case.model, v.case.year))
        linear.add(v.parts["kept"], row_of_site[site], np.arange(len(site)), by)
    return linear


def _add_own(v: Variables, linear: Linear, row_of_site: Ints, by: float) -> Linear:
    """EB that is the sites' own, no copies: what their compute needs and the data they keep."""
    add_needed(v, linear, row_of_site[v.case.units.pair_site], by)
    return add_kept(v, linear, row_of_site, by)


def regions(case: Case) -> tuple[tuple[str, ...], Ints]:
    """The regions that hold sites, and the region of every site."""
    labels, at = np.unique(case.site_table["region"].to_numpy(dtype=str), return_inverse=True)
    return tuple(str(label) for label in labels), at.astype(np.int64)


def _pairs(case: Case) -> tuple[Ints, Ints]:
    """Every region with every site outside it."""
    names, of_site = regions(case)
    region, site = np.divmod(np.arange(len(names) * len(of_site)), len(of_site))
    outside = of_site[site] != region
    return region[outside], site[outside]


def _region_index(case: Case, chosen: Ints) -> Index:
    names = np.array(regions(case)[0], dtype=object)
    return Index(("region", "year"), (names[chosen], np.full(len(chosen), case.year)))


def _backup(v: Variables) -> None:
    case = v.case
    region, site = _pairs(case)
    labels = (
        np.array(regions(case)[0], dtype=object)[region],
        np.array(case.sites, dtype=object)[site],
        np.full(len(region), case.year),
    )
    doc = "copies of the core data of a region that a site elsewhere holds"
    v.new("backup", Index(("region", "site", "year"), labels), doc=doc, unit="EB")


def _need(v: Variables) -> Rows:
    """Storage keeps up with compute and data, and holds the copies of other regions besides (49).

    standing disk + ssd[i,y] ≥ Σ_k storage_eb_per_eflops[k]·installed[i,k,y]
    + Σ_scope kept[scope,i,y] + Σ_ρ backup[ρ,i,y]; EB.
    """
    case = v.case
    every = np.arange(len(case.sites))
    rows = add_storage(v, Linear(len(every)), every, dict.fromkeys(MEDIA, 1.0))
    _add_own(v, rows, every, -1.0)
    if "backup" in v.parts:
        _, site = _pairs(case)
        rows.add(v.parts["backup"], site, np.arange(len(site)), -1.0)
    doc = "storage keeps up with compute, data and copies, EB"
    return rows.rows(v.site_index(every), lower=0.0, doc=doc)


def _space(v: Variables) -> Rows:
    """Storage that the plan adds stands in the halls of its site, beside the racked IT (9)(10).

    Σ_media mw_per_eb·added and standing[i,y] + Σ_units racked MW[u,y] ≤ Σ_units space[u,y]; MW.
    """
    case, own = v.case, v.case.settings.storage
    every = np.arange(len(case.sites))
    rated = case.kind_values("it_mw_per_eflops")[case.units.kind]
    rows = v.add_space(Linear(len(every)), case.units.site)
    v.add_installed(rows, case.units.pair_site, -rated)
    for medium, each in {"disk": own.disk_mw_per_eb, "ssd": own.ssd_mw_per_eb}.items():
        for part in standing(v, medium):
            rows.add(part, every, every, -each)
    return rows.rows(v.site_index(every), lower=0.0, doc="storage stands in halls, MW")


def _solid_state(v: Variables) -> Rows:
    """Advanced storage has its share at every site (50).

    standing ssd[i,y] ≥ min_ssd_share·standing (disk + ssd)[i,y]; EB.
    """
    every = np.arange(len(v.case.sites))
    share = v.case.settings.storage.min_ssd_share
    rows = add_storage(v, Linear(len(every)), every, {"disk": -share, "ssd": 1.0 - share})
    return rows.rows(v.site_index(every), lower=0.0, doc="advanced storage has its share, EB")


def _copies(v: Variables) -> Rows:
    """The core data of a region have their copies in other regions (51).

    Σ_{i outside ρ} backup[ρ,i,y] ≥ copies·core_share·Σ_{i in ρ} (needed storage + kept)[i,y]; EB.
    One row per region says as much as one per site, since any site outside may hold a copy.
    """
    case, own = v.case, v.case.settings.storage
    names, of_site = regions(case)
    rows = Linear(len(names))
    region, _ = _pairs(case)
    rows.add(v.parts["backup"], region, np.arange(len(region)))
    _add_own(v, rows, of_site, -own.copies * own.core_share)
    index = _region_index(case, np.arange(len(names)))
    return rows.rows(index, lower=0.0, doc="core data are copied to other regions, EB")


def _apart(v: Variables) -> Rows:
    """Several copies stand in different regions: no region holds more than one of each (51).

    Σ_{i in host} backup[ρ,i,y] ≤ core_share·Σ_{i in ρ} (needed storage + kept)[i,y]; EB.
    """
    case = v.case
    names, of_site = regions(case)
    region, host = np.nonzero(~np.eye(len(names), dtype=bool))
    row_of = dense((len(names), len(names)))
    row_of[region, host] = np.arange(len(region))
    rows = Linear(len(region))
    source, site = _pairs(case)
    rows.add(v.parts["backup"], row_of[source, of_site[site]], np.arange(len(source)))
    for at in range(len(names)):
        _add_own(v, rows, row_of[:, at][of_site], -case.settings.storage.core_share)
    labels = np.array(names, dtype=object)
    year = np.full(len(region), case.year)
    index = Index(("region", "host", "year"), (labels[region], labels[host], year))
    return rows.rows(index, upper=0.0, doc="copies of the same data stand apart, EB")


def _cost(v: Variables, price: dict[str, float]) -> Linear:
    """crf·price·EB of the plan that stand, and opex_share·price·all EB; mcny a year."""
    own = v.case.settings.storage
    every = np.arange(len(v.case.sites))
    factor = float(capital_recovery_factor(v.case.economy.discount_rate, own.life_years))
    linear = Linear(len(every))
    for medium in MEDIA:
        for part in standing(v, medium):
            linear.add(part, every, every, factor * price[medium])
    upkeep = {medium: own.opex_share * price[medium] for medium in MEDIA}
    return add_storage(v, linear, every, upkeep)


def holdings(v: Variables) -> tuple[Ints, Ints]:
    """Region and site of every position of `backup`."""
    return _pairs(v.case)


__all__ = [
    "add_kept",
    "add_needed",
    "add_storage",
    "holdings",
    "keepings",
    "regions",
    "standing",
    "storage",
]
