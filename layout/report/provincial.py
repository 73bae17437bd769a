"""What provinces can be shaded by: the value of every quantity, province by province."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.labels import text
from layout.model.hardware import family
from layout.report.view import View

SHARES = (0.25, 0.5, 0.75, 0.95)
GREEN_SHARES = (0.2, 0.4, 0.6, 0.8)
USES = (0.5, 0.6, 0.7, 0.8)
PRICE = "price_mcny_per_eflops_year"

Values = Mapping[str, float]
"""Province code → value; a province without a value is absent."""


@dataclass(frozen=True)
class Metric:
    """One quantity. `unit` is a key of `quantity`; `breaks` None = by quantiles.

    `adds` marks what sums over kinds, which needs their FP32 equivalents. `group` is the heading
    under which the list of quantities holds it.
    """

    key: str
    values: Callable[[View], Values]
    unit: str = "EFLOPS"
    label: Callable[[View], str] | None = None
    diverging: bool = False
    breaks: tuple[float, ...] | None = None
    adds: bool = False
    group: str = "study"


def catalogue(view: View) -> list[Metric]:
    """Every quantity, in the order of the list; one that the plan cannot tell has no values."""
    return [
        *_compute_metrics(view),
        *_service_metrics(view),
        *_power_metrics(),
        *_building_metrics(),
    ]


def _compute_metrics(view: View) -> list[Metric]:
    kinds = [_of_kind(kind, about.name) for kind, about in view.kinds.items()]
    return [
        Metric(
            "compute", lambda view: _compute(view, "compute_eflops"), adds=True, group="compute"
        ),
        Metric("additions", _additions, adds=True, group="compute"),
        Metric("retired", _retired, adds=True, group="compute"),
        *(kinds if len(kinds) > 1 else ()),
    ]


def _service_metrics(view: View) -> list[Metric]:
    prices = [_price_of_kind(kind, about.name) for kind, about in view.kinds.items()]
    return [
        Metric("demand", _demand, adds=True, group="service"),
        Metric(
            "self_sufficiency",
            _self_sufficiency,
            "share",
            breaks=SHARES,
            adds=True,
            group="service",
        ),
        Metric("net_service", _net_service, adds=True, diverging=True, group="service"),
        Metric("unserved", _unserved, adds=True, group="service"),
        *prices,
    ]


def _power_metrics() -> list[Metric]:
    def energy(key: str, column: str, unit: str = "GWh") -> Metric:
        return Metric(key, lambda view: _of_sites(view, "energy", column), unit, group="power")

    return [
        energy("energy", "facility_gwh"),
        Metric("green", _green, "share", _green_label, breaks=GREEN_SHARES, group="power"),
        Metric("green_annual", _green_annual, "share", breaks=GREEN_SHARES, group="power"),
        energy("carbon", "carbon_kt", "kt"),
        Metric("power_price", _power_price, "CNY/kWh", group="power"),
        Metric("water", lambda view: _of_sites(view, "water", "water_ml"), "ML", group="power"),
        Metric("heat", lambda view: _of_sites(view, "heat", "heat_gwh"), "GWh", group="power"),
    ]


def _building_metrics() -> list[Metric]:
    return [
        Metric("space", lambda view: _space(view, "facility_it_mw"), "MW", group="buildings"),
        Metric("racks", lambda view: _space(view, "racks"), "racks", group="buildings"),
        Metric("rack_use", _rack_use, "share", breaks=USES, group="buildings"),
        Metric("pue", _pue, "1", group="buildings"),
        Metric("storage", _storage, "EB", group="buildings"),
        Metric("data_kept", _data_kept, "EB", group="buildings"),
        Metric("cost", lambda view: _of_sites(view, "cost", "mcny"), "mcny", group="buildings"),
    ]


def _of_kind(kind: str, name: str) -> Metric:
    """Compute of one kind and its sub-kinds, in their precision."""
    return Metric(
        f"compute:{kind}",
        lambda view: _compute(view, "compute_eflops", kind),
        label=lambda view: text("map.metric.compute_kind", view.lang, kind=name),
        group="compute",
    )


def _price_of_kind(kind: str, name: str) -> Metric:
    return Metric(
        f"price:{kind}",
        lambda view: _compute_price(view, kind),
        "mcny/EFLOPS/year",
        lambda view: text("map.metric.price_kind", view.lang, kind=name),
        group="service",
    )


def _compute(view: View, column: str, kind: str | None = None) -> Values:
    """Native EFLOPS of a kind with its sub-kinds, or FP32 equivalents of all, by province."""
    table = view.capacity.reset_index()
    if kind is not None:
        table = table[table["kind"].isin(family(view.plan.model, kind))]
        amount = table[column]
    else:
        amount = table[column] * view.factors(table["kind"])
    return _by_home(view, table["site"], amount)


def _additions(view: View) -> Values:
    return _compute(view, "added") if view.capacity["added"].sum() > 0 else {}


def _retired(view: View) -> Values:
    gone = view.capacity["retired_eflops"].sum() > 0
    return _compute(view, "retired_eflops") if gone else {}


def _by_home(view: View, sites: pd.Series, amount: pd.Series) -> Values:
    """Sums by province; a province that has sites but nothing at them is zero."""
    homes = view.sites["home"]
    sums = pd.Series(0.0, index=sorted(set(homes) - {""}))
    found = amount.groupby(homes.reindex(sites).to_numpy()).sum()
    return dict(sums.add(found, fill_value=0.0).drop(index="", errors="ignore"))


def _of_sites(view: View, table: str, column: str) -> Values:
    """A column of a table of the plan, summed by province."""
    frame = view.table(table)
    return {} if frame.empty else _by_home(view, frame["site"], frame[column])


def _demand(view: View) -> Values:
    return dict(view.demand.groupby("home")["fp32"].sum().drop(index="", errors="ignore"))


def _self_sufficiency(view: View) -> Values:
    """Share of a province's demand that is served from sites in it."""
    service = view.service
    if service.empty:
        return {}
    demand = pd.Series(_demand(view))
    home = service[service["from_home"] == service["to_home"]].groupby("from_home")["fp32"].sum()
    return dict(home.reindex(demand.index, fill_value=0.0)[demand > 0] / demand[demand > 0])


def _net_service(view: View) -> Values:
    """Served by sites of the province less served to its zones."""
    service = view.service
    if service.empty:
        return {}
    given = service.groupby("to_home")["fp32"].sum()
    taken = service.groupby("from_home")["fp32"].sum()
    return dict(given.sub(taken, fill_value=0.0).drop(index="", errors="ignore"))


def _unserved(view: View) -> Values:
    """Demand that is not met; nothing to shade where all of it is."""
    if sum(view.unserved.values()) <= 0:
        return {}
    return {code: view.unserved.get(code, 0.0) for code in set(view.zones["home"]) - {""}}


def _compute_price(view: View, kind: str) -> Values:
    """Mean price of the kind's work in the province, weighted by its demand."""
    prices = view.table("prices")
    if prices.empty:
        return {}
    demand = view.demand[view.demand["kind"] == kind]
    table = demand.merge(prices[["zone", "workload", PRICE]], on=["zone", "workload"]).dropna(
        subset=[PRICE]
    )
    table = table[(table["home"] != "") & (table["demand_eflops"] > 0)]
    paid = (table[PRICE] * table["demand_eflops"]).groupby(table["home"]).sum()
    return dict(paid / table.groupby("home")["demand_eflops"].sum())


def _green(view: View) -> Values:
    """Contracted renewables, as matched in the plan, and certificates over facility energy."""
    if view.energy.empty:
        return {}
    facility, *green = (
        pd.Series(_of_sites(view, "energy", column))
        for column in ("facility_gwh", "renewable_gwh", "certificate_gwh")
    )
    return dict(((green[0] + green[1]) / facility)[facility > 0])


def _green_label(view: View) -> str:
    slices = "slices" if view.plan.model.settings.features.slices else "year"
    return text(f"map.metric.green.{slices}", view.lang)


def _green_annual(view: View) -> Values:
    """With slices: what contracts yield over the year, whenever that is, and certificates.

    At most what the site uses, as `layout.plan.kpis` counts the key figure ``green_share``.
    """
    contracts = view.table("contracts")
    if not view.plan.model.settings.features.slices or view.energy.empty or contracts.empty:
        return {}
    energy = view.energy
    produced = contracts.groupby("site")["produced_gwh"].sum().reindex(energy.index, fill_value=0.0)
    used = energy["facility_gwh"]
    green = pd.Series(
        np.minimum(produced + energy["certificate_gwh"], used), index=energy.index, dtype=float
    )
    sites = pd.Series(energy.index)
    facility = pd.Series(_by_home(view, sites, used.reset_index(drop=True)))
    found = pd.Series(_by_home(view, sites, green.reset_index(drop=True)))
    return dict((found / facility)[facility > 0])


def _power_price(view: View) -> Values:
    """Mean power price of the sites of a province."""
    homes = view.sites["home"].reindex(view.power_price.index).to_numpy()
    prices = view.power_price.groupby(homes).mean()
    return dict(prices.drop(index="", errors="ignore"))


def _space(view: View, column: str) -> Values:
    table = view.capacity.reset_index()
    return _by_home(view, table["site"], table[column])


def _rack_use(view: View) -> Values:
    space, racked = (pd.Series(_space(view, name)) for name in ("facility_it_mw", "it_mw"))
    return dict((racked / space)[space > 0])


def _pue(view: View) -> Values:
    table = view.capacity.reset_index()
    space = pd.Series(_by_home(view, table["site"], table["facility_it_mw"]))
    weighted = (table["pue"] * table["facility_it_mw"]).fillna(0.0)
    return dict((pd.Series(_by_home(view, table["site"], weighted)) / space)[space > 0])


def _storage(view: View) -> Values:
    frame = view.table("storage")
    if frame.empty:
        return {}
    return _by_home(view, frame["site"], frame["disk_eb"] + frame["ssd_eb"])


def _data_kept(view: View) -> Values:
    """Data of zones, wherever these are, that sites keep."""
    frame = view.table("kept")
    return {} if frame.empty else _by_home(view, frame["site"], frame["kept_eb"])
