"""Key figures of a plan, from its tables alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.plan import (
    balance,
    concentration,
    coverage,
    efficiency,
    factors,
    forces,
    induced,
    links,
    nearness,
    resilience,
    shifting,
    stranded,
    supplies,
    terms,
    throughput,
)
from layout.plan.baseyear import base_ledger, has_base_demand
from layout.plan.costshare import cost_by_kind
from layout.plan.ledger import Ledger, Tables
from layout.plan.terms import Term
from layout.plan.weighing import Figure, alike, quotient, weight_of, weighted_quantile

if TYPE_CHECKING:
    from layout.model import PlanningModel

WITHIN_MS = (5, 20)
QUANTILES = {"p50": 0.5, "p95": 0.95}
Family = Callable[[Ledger], Iterator[Figure]]
_FIGURES: list[Family] = []
"""Families whose figures every plan states."""
LATER: tuple[Family, ...] = (
    efficiency.figures,
    nearness.figures,
    links.further_figures,
    concentration.figures,
    coverage.figures,
    forces.figures,
    stranded.figures,
)
"""Families that plans of the first versions do not state."""
LATEST: tuple[Family, ...] = (
    efficiency.overhead,
    factors.figures,
    shifting.figures,
    throughput.figures,
    induced.figures,
)
"""Families that came after those."""
NEWEST: tuple[Family, ...] = (
    supplies.stages,
    links.carrying,
    links.protecting,
    efficiency.fuel,
    efficiency.sources,
    efficiency.cold_storage,
)
"""And after those."""
OF_STOCK = (
    "ai_gdp_rank_correlation",
    "ai_share_fp32",
    "compute_eflops_",
    "compute_gflops_per_",
    "cr3_provinces",
    "eflops_per_mw_",
    "facility_it_mw",
    "gdp_within_",
    "gini_",
    "hhi_provinces",
    "it_mw",
    "people_within_",
    "pue_design",
    "rack_utilisation",
    "running_staff_persons",
    "site_count",
    "specialisation",
    "ssd_share",
    "stock_blocks",
    "storage_eb",
    "storage_tb_per_tflops_fp32",
    "theil_",
)
"""Beginnings of the names of figures that the stock alone gives."""
OF_USE = (
    "carbon_kg_per_",
    "carbon_kt",
    "carbon_without_renewables_kt",
    "compute_utilisation",
    "cue_location",
    "facility_gwh",
    "it_gwh",
    "kwh_per_eflops_hour_",
    "pue_operated",
    "pue_part_",
    "water_ml",
    "wue",
)
"""Those that take what was in use."""


def kpis(
    tables: Tables, model: PlanningModel, year: int | None = None
) -> dict[str, dict[str, Any]]:
    """Name → {value, unit}, sorted by name; value None where a base is zero or data is missing.

    Sums over kinds and the weights of delays are FP32 equivalents (native where the model gives
    no ``fp32_per_native``); figures named after a kind are in its native precision. Without
    `year` they are those of the last period.
    """
    ledger = Ledger(tables, model, model.settings.periods[-1] if year is None else year)
    return entries(ledger, (*_FIGURES, *LATER, *LATEST, *NEWEST))


def unstated(stated: Collection[str], expected: Collection[str], ledger: Ledger) -> list[str]:
    """Figures of `expected` that a plan should state and does not.

    A plan that states none of the later (latest, newest) families was written before there were
    any, and lacks nothing by that.
    """
    missing = set(expected) - set(stated)
    for families in (LATER, LATEST, NEWEST) if missing else ():
        later = set(entries(ledger, families))
        missing -= set() if later & set(stated) else later
    return sorted(missing)


def entries(ledger: Ledger, families: Sequence[Family]) -> dict[str, dict[str, Any]]:
    """Name → {value, unit} of the figures of these families, sorted by name."""
    found = [figure for family in families for figure in family(ledger)]
    return {name: {"value": _finite(value), "unit": unit} for name, value, unit in sorted(found)}


def base_kpis(model: PlanningModel) -> dict[str, dict[str, Any]]:
    """Key figures of the base year, by the same definitions, as far as they mean something there.

    Of the stock as it stands; what follows from its use only where the model says what was
    demanded in the base year. Figures without a value are left out.
    """
    states = OF_STOCK + OF_USE if has_base_demand(model) else OF_STOCK
    found = entries(base_ledger(model), (*_FIGURES, *LATER, *LATEST, *NEWEST))
    return {
        name: figure
        for name, figure in found.items()
        if name.startswith(states) and figure["value"] is not None
    }


def kpis_by_year(tables: Tables, model: PlanningModel) -> dict[str, dict[str, dict[str, Any]]]:
    """Year → `kpis`; empty with one period."""
    years = model.settings.periods
    return {str(year): kpis(tables, model, year) for year in years} if len(years) > 1 else {}


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value) + 0.0


def _figures(family: Family) -> Family:
    _FIGURES.append(family)
    return family


def _measured(ledger: Ledger, term: Term, **fields: Any) -> float | None:
    """A target measure as a figure."""
    asked = SimpleNamespace(**{"scope": "nation", "kind": None, "basis": None, **fields})
    ratio = term(ledger, asked)
    return None if ratio is None else ratio.value


@_figures
def _capacity(ledger: Ledger) -> Iterator[Figure]:
    units = ledger.units
    yield "compute_eflops_fp32", float(units["compute_fp32"].sum(skipna=False)), "EFLOPS FP32"
    yield "additions_eflops_fp32", float(units["added_fp32"].sum(skipna=False)), "EFLOPS FP32"
    precision = ledger.model["kinds"].set_index("kind")["precision"]
    for kind in ledger.model["kinds"]["kind"]:
        own = units[ledger.of_kind(kind, units["kind"])]
        unit = f"EFLOPS {precision[kind]}".strip()
        yield f"compute_eflops_{kind}", float(own["compute_eflops"].sum()), unit
        yield f"additions_eflops_{kind}", float(own["added_eflops"].sum()), unit
        used = quotient(own["load_eflops"].sum(), own["compute_eflops"].sum())
        yield f"compute_utilisation_{kind}", used, "share"
    load = weight_of(units["load_eflops"], units["load_eflops"] * units["fp32"])
    installed = weight_of(units["compute_eflops"], units["compute_fp32"])
    yield "compute_utilisation", quotient(load.sum(), installed.sum()), "share"


@_figures
def _hardware(ledger: Ledger) -> Iterator[Figure]:
    """Domestic additions where a kind is marked so; work on other hardware than of its kind."""
    if ledger.is_domestic(ledger.model["kinds"]["kind"]).any():
        yield "domestic_share", _measured(ledger, terms.domestic_share), "share"
    run = ledger.run
    if ledger.of_year("runs").empty:
        return
    parents = [ledger.words("kinds", "parent", run[name]) for name in ("kind", "wanted")]
    names = [run[name].to_numpy(dtype=object) for name in ("kind", "wanted")]
    ran, wanted = (np.where(up == "", own, up) for up, own in zip(parents, names, strict=True))
    native = run["eflops"]
    amount = weight_of(native, native * ledger.looked_up("kinds", "fp32_per_native", run["wanted"]))
    yield "substituted_eflops_fp32", float(amount[ran != wanted].sum()), "EFLOPS FP32"


@_figures
def _buildings(ledger: Ledger) -> Iterator[Figure]:
    units = ledger.units
    yield "rack_utilisation", _measured(ledger, terms.rack_utilisation), "share"
    yield "facility_it_mw", float(units["space_mw"].sum()), "MW"
    yield "it_mw", float(units["it_mw"].sum()), "MW"
    yield "new_it_mw", float(units["new_mw"].sum()), "MW"
    yield "racks", float(ledger.capacity["racks"].sum()), "standard racks"
    yield "capex_mcny", _measured(ledger, terms.capex_mcny), "mcny"
    yield "site_count", _measured(ledger, terms.site_count), "sites"


@_figures
def _efficiency(ledger: Ledger) -> Iterator[Figure]:
    units, energy = ledger.units, ledger.energy
    design = units["pue"] * units["space_mw"]
    yield "pue_operated", _measured(ledger, terms.pue_fleet), "ratio"
    yield "pue_design", quotient(design.sum(), units["space_mw"].sum()), "ratio"
    yield "pue_design_new", quotient(design[units["new"]].sum(), units["new_mw"].sum()), "ratio"
    it, market = energy["it_gwh"].sum(), _measured(ledger, terms.carbon_market_kt) or 0.0
    yield "cue_location", quotient(energy["carbon_kt"].sum(), it), "kgCO2/kWh IT"
    yield "cue_market", quotient(market, it), "kgCO2/kWh IT"
    yield "carbon_kt", float(energy["carbon_kt"].sum()), "kt"
    yield "carbon_market_kt", market, "kt"
    for name in ("it", "facility", "grid", "renewable", "certificate"):
        yield f"{name}_gwh", float(energy[f"{name}_gwh"].sum()), "GWh"
    for basis in ("certificates", "physical", "new"):
        share = _measured(ledger, terms.green_share, basis=basis)
        yield f"green_share_{basis}", share, "share"
    if ledger.model.settings.features.slices:
        yield "green_share", _annual_green(ledger), "share"


def _annual_green(ledger: Ledger) -> float | None:
    """Green share on annual accounts: what contracts yield over the year, whenever that is.

    Σ min(produced + certificates, consumption) / Σ consumption over sites. `green_share_physical`
    is matched slice by slice: what is produced when nobody needs it does not count there (P13).
    """
    energy, contracts = ledger.energy, ledger.contracts
    contracts = contracts[contracts["carbon_t_per_mwh"] == 0]
    produced = contracts.groupby("site")["produced_gwh"].sum()
    green = produced.reindex(energy["site"], fill_value=0.0).to_numpy(dtype=float)
    green = green + energy["certificate_gwh"].to_numpy(dtype=float)
    used = energy["facility_gwh"].to_numpy(dtype=float)
    return quotient(float(np.minimum(green, used).sum()), float(used.sum()))


@_figures
def _absorbed(ledger: Ledger) -> Iterator[Figure]:
    """Energy used that would have been curtailed; nothing where no plant is marked so."""
    table = ledger.model["renewables"]
    spilled = table[table["curtailed"].to_numpy(dtype=bool)]
    if spilled.empty:
        return
    source = spilled["site"].where(spilled["site"] != "", spilled["province"])
    plants = pd.MultiIndex.from_arrays([source, spilled["technology"]])
    found = ledger.of_year("contracts")
    mine = pd.MultiIndex.from_frame(found[["source", "technology"]]).isin(plants)
    yield "curtailed_absorbed_gwh", float(found["used_gwh"][mine].sum()), "GWh"


@_figures
def _money(ledger: Ledger) -> Iterator[Figure]:
    yield "cost_mcny", float(ledger.cost["mcny"].sum()), "mcny/year"
    by_kind, kinds = cost_by_kind(ledger), ledger.model["kinds"]["kind"]
    spent = kinds.map(by_kind).fillna(0.0).astype(float)
    for kind in kinds:
        served = ledger.run["eflops"][ledger.of_kind(kind, ledger.run["kind"])].sum()
        cost = quotient(spent[ledger.of_kind(kind, kinds)].sum(), served * 1000)
        yield f"cost_mcny_per_pflops_year_{kind}", cost, "mcny/PFLOPS/year"


@_figures
def _latency(ledger: Ledger) -> Iterator[Figure]:
    service = ledger.service
    weight = weight_of(service["served_eflops"], service["served_fp32"])
    for basis in ("one_way", "rtt"):
        delay = service[f"latency_{basis}_ms"].to_numpy(dtype=float)
        prefix = f"latency_{basis}"
        yield f"{prefix}_mean_ms", quotient((delay * weight).sum(), weight.sum()), "ms"
        for name, quantile in QUANTILES.items():
            yield f"{prefix}_{name}_ms", weighted_quantile(delay, weight, quantile), "ms"
        used = delay[weight > 0]
        yield f"{prefix}_max_ms", float(used.max()) if len(used) else None, "ms"
        for limit in WITHIN_MS:
            near = weight[delay <= limit + 1e-9].sum()
            yield f"{prefix}_within_{limit}ms", quotient(near, weight.sum()), "share"


@_figures
def _places(ledger: Ledger) -> Iterator[Figure]:
    service, demand = ledger.service, ledger.demand
    served, wanted = alike(
        (service["served_eflops"], service["served_fp32"]),
        (demand["demand_eflops"], demand["demand_fp32"]),
    )
    from_province = ledger.words("zones", "province", service["zone"])
    at_province = ledger.words("sites", "province", service["site"])
    home = (from_province == at_province) & (from_province != "")
    yield "self_sufficiency_province", quotient(served[home].sum(), wanted.sum()), "share"
    east = ledger.words("zones", "region", service["zone"]) == "east"
    west = ledger.words("sites", "region", service["site"]) == "west"
    moved = float(served[east & west].sum())
    east_demand = wanted[ledger.words("zones", "region", demand["zone"]) == "east"].sum()
    yield "east_to_west_eflops_fp32", moved, "EFLOPS FP32"
    yield "east_to_west_share", quotient(moved, east_demand), "share"
    for kind in ledger.model["kinds"]["kind"]:
        own = ledger.of_kind(kind, service["kind"]) & east & west
        yield f"east_to_west_eflops_{kind}", float(service["served_eflops"][own].sum()), "EFLOPS"


@_figures
def _balance(ledger: Ledger) -> Iterator[Figure]:
    hubs = _measured(ledger, terms.additions_share, scope="hubs")
    yield "hub_share_of_additions", hubs, "share"
    yield "gini_per_head", _measured(ledger, terms.gini), "index"
    yield "gini_per_gdp", _measured(ledger, terms.gini, basis="per_gdp"), "index"
    yield "hhi_provinces", _measured(ledger, terms.hhi), "index"
    ai = _measured(ledger, terms.kind_share, kind=terms.AI_KIND)
    yield "ai_share_fp32", ai, "share"


@_figures
def _supplies(ledger: Ledger) -> Iterator[Figure]:
    yield from supplies.figures(ledger)


@_figures
def _fairness(ledger: Ledger) -> Iterator[Figure]:
    yield from balance.figures(ledger)


@_figures
def _resilience(ledger: Ledger) -> Iterator[Figure]:
    yield from resilience.figures(ledger)


@_figures
def _backbone(ledger: Ledger) -> Iterator[Figure]:
    yield from links.figures(ledger)


@_figures
def _unserved(ledger: Ledger) -> Iterator[Figure]:
    unserved, demand = ledger.unserved, ledger.demand
    missing, wanted = alike(
        (unserved["unserved_eflops"], unserved["unserved_fp32"]),
        (demand["demand_eflops"], demand["demand_fp32"]),
    )
    yield "unserved_eflops_fp32", float(missing.sum()), "EFLOPS FP32"
    yield "unserved_share", quotient(missing.sum(), wanted.sum()), "share"
