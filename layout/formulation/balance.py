"""Regional balance: floors of compute, subsidies, and the utilisation gate (59)(63)(67)."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.case import NEW, Case
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Extra, Rows
from layout.formulation.space import standing_ceiling_mw
from layout.formulation.variables import Variables
from layout.model.balance import Mask, floors, gated_places, subsidy_names, subsidy_rows
from layout.units import capital_recovery_factor


def balance(v: Variables) -> Extra:
    """What ``floors``, ``subsidies`` and `balance.gate` ask for; nothing where they say nothing.

    Adds cheap_debt[site,facility,y] in mcny where ``subsidies`` give a rate, and gate[place,y],
    1 where large facilities may be built, in years that have a period to look back at.
    """
    model, extra = v.case.model, Extra()
    if len(model["floors"]):
        extra.rows["floor"] = _floor(v)
    if len(model["subsidies"]):
        extra.costs["subsidy"] = _paid(v)
        _cheap_debt(v, extra)
    if v.case.settings.balance.gate.scope != "none":
        extra.rows.update(_gate(v))
    return extra


def _floor(v: Variables) -> Rows:
    """A place has at least, and at most, so much compute of a kind (59).

    min_eflops ≤ Σ_{i in place} Σ_{kind and sub-kinds} installed[i,k,y] ≤ max_eflops; EFLOPS in
    the native precision of the kind.
    """
    case = v.case
    asked = floors(case.model, case.year)
    rows = Linear(len(asked))
    for number, floor in enumerate(asked):
        inside = floor.sites[case.units.pair_site] & case.family(floor.kind)[case.units.kind]
        v.add_installed(rows, np.where(inside, number, -1))
    names = ("of", "name", "kind")
    labels = [np.array([getattr(one, name) for one in asked], dtype=object) for name in names]
    index = Index((*names, "year"), (*labels, np.full(len(asked), case.year)))
    low, high = ([getattr(one, name) for one in asked] for name in ("min_eflops", "max_eflops"))
    return rows.rows(index, lower=low, upper=high, doc="compute of a place and kind, EFLOPS")


def _by_unit(case: Case, column: str) -> Floats:
    """Unit → a share in the row of ``subsidies`` that applies there, 0 where none does."""
    values = np.append(case.model["subsidies"][column].to_numpy(dtype=float), 0.0)
    units = case.units
    return values[subsidy_rows(case.model)[units.site, units.facility]]


def _paid(v: Variables) -> Linear:
    """What the state pays (63), mcny a year, negative: its shares of the annuities.

    −capex_share·crf·capex·cost_factor·new MW − it_capex_share·crf·it_capex·compute of the plan;
    over units, in every year in which they stand. Stock that is renewed where it stands and
    retrofits pay for themselves.
    """
    case, units = v.case, v.case.units
    linear = Linear(len(case.sites))
    halls = _by_unit(case, "capex_share") * case.facility_annuity
    v.add_new_space(linear, units.site, -halls)
    machines = _by_unit(case, "it_capex_share")[units.unit] * case.it_annuity[units.kind]
    return v.add_planned(linear, units.pair_site, -machines)


def _cheap_debt(v: Variables, extra: Extra) -> None:
    """Investment in new space that is financed at `debt_rate`, where that is below the other.

    It saves crf(discount_rate) − crf(debt_rate) of itself in each year of the facility's life.
    """
    case, units = v.case, v.case.units
    table = case.model["subsidies"]
    row = subsidy_rows(case.model)[units.site, units.facility]
    rate = np.append(table["debt_rate"].to_numpy(dtype=float), np.nan)[row]
    cheap = np.flatnonzero((units.origin == NEW) & (rate < case.economy.discount_rate))
    if not len(cheap):
        return
    doc = "investment in new space that cheap debt finances"
    v.new("cheap_debt", v.place_index(cheap), doc=doc, unit="mcny")
    extra.rows["cheap_debt_use"] = _debt_use(v, cheap)
    extra.rows["cheap_debt_cap"] = _debt_cap(v, row[cheap])
    life = case.facility_values("life_years")[units.facility[cheap]]
    dear = case.recovery("facility")[units.facility[cheap]]
    saved = dear - np.array(
        [
            float(capital_recovery_factor(of, years))
            for of, years in zip(rate[cheap], life, strict=True)
        ]
    )
    each = np.arange(len(cheap))
    for year in (*v.earlier, v):
        alive = np.where(v.years_since(year) < life, saved, 0.0)
        extra.costs["subsidy"].add(year.parts["cheap_debt"], units.site[cheap], each, -alive)


def _debt_use(v: Variables, cheap: Ints) -> Rows:
    """Cheap debt finances what is invested (63).

    cheap_debt[i,f,y] ≤ (1 − capex_share)·capex·cost_factor·MW built[i,f,y]; mcny.
    """
    case = v.case
    row_of = dense((len(case.units.labels),))
    each = np.arange(len(cheap))
    row_of[cheap] = each
    rows = Linear(len(cheap)).add(v.parts["cheap_debt"], each, each)
    borne = (1 - _by_unit(case, "capex_share")) * case.facility_capex
    v.add_added_space(rows, row_of, -borne)
    doc = "cheap debt finances what is built, mcny"
    return rows.rows(v.place_index(cheap), upper=0.0, doc=doc)


def _debt_cap(v: Variables, row: Ints) -> Rows:
    """The sites of a row of ``subsidies`` share its cap in every period (63).

    Σ_{i,f of row} cheap_debt[i,f,y] ≤ debt_cap_mcny[row]; mcny.
    """
    case = v.case
    cap = case.model["subsidies"]["debt_cap_mcny"].to_numpy(dtype=float)
    limited = np.flatnonzero(np.isfinite(cap) & np.isin(np.arange(len(cap)), row))
    row_of = dense((len(cap),))
    row_of[limited] = np.arange(len(limited))
    rows = Linear(len(limited)).add(v.parts["cheap_debt"], row_of[row], np.arange(len(row)))
    names = np.array(subsidy_names(case.model), dtype=object)[limited]
    index = Index(("subsidy", "year"), (names, np.full(len(limited), case.year)))
    return rows.rows(index, upper=cap[limited], doc="cheap debt within its cap, mcny")


def _gate(v: Variables) -> dict[str, Rows]:
    """Where racks stand empty, no large facility is built (67).

    What has been in service for `min_age_years` is all that stood in the latest period so long
    ago; without one, the blocks of the stock that were that old in the base year.
    """
    case = v.case
    least = case.settings.balance.gate.min_age_years
    known = [before for before in v.earlier if v.years_since(before) >= least]
    places = _growing(case)
    if not known:
        closed = np.flatnonzero(places & _empty_stock(case))
        return {"gate_build": _gate_build(v, closed, np.zeros(len(closed)))}
    open_to = np.flatnonzero(places)
    index = _place_index(case, open_to)
    doc = "1 if the racks of the place are full enough for new large facilities"
    v.new("gate", index, upper=1.0, integer=True, doc=doc, unit="1")
    return {
        "gate_build": _gate_build(v, open_to, _most_built(v)[open_to]),
        "gate_use": _gate_use(v, known[-1], open_to),
    }


def _large(case: Case) -> Ints:
    """Unit → its place where it is new space of a large facility, −1 otherwise."""
    large = case.facility_table["large"].to_numpy(dtype=bool)
    _, at = gated_places(case.model)
    units = case.units
    return np.where((units.origin == NEW) & large[units.facility], at[units.site], -1)


def _growing(case: Case) -> Mask:
    """Place → whether a large facility is on offer there."""
    names, _ = gated_places(case.model)
    return np.isin(np.arange(len(names)), _large(case))


def _place_index(case: Case, places: Ints) -> Index:
    names = np.array(gated_places(case.model)[0], dtype=object)[places]
    return Index(("place", "year"), (names, np.full(len(places), case.year)))


def _empty_stock(case: Case) -> Mask:
    """Place → whether its old enough stock is racked below the limit."""
    own, (names, at) = case.settings.balance.gate, gated_places(case.model)
    age = case.model["stock"]["age_years"].to_numpy(dtype=float)
    old = ~(age < own.min_age_years)  # an unknown age counts as old
    racked, space = (
        np.bincount(at[case.block_site], case.blocks[name].to_numpy(float) * old, len(names))
        for name in ("racked_mw", "space_mw")
    )
    return racked < own.min_rack_utilisation * space * (1 - 1e-9)


def _gate_build(v: Variables, places: Ints, most_mw: Floats) -> Rows:
    """Large facilities are built where the gate is open (67).

    Σ_{i in place} Σ_{large f} MW built[i,f,y] ≤ N[place]·gate[place,y]; MW, N the most that its
    sites ever take. Where the stock decides, N = 0 and there is no binary.
    """
    case = v.case
    row_of = dense((len(gated_places(case.model)[0]) + 1,))
    row_of[places] = np.arange(len(places))
    rows = Linear(len(places))
    v.add_added_space(rows, row_of[_large(case)])
    if most_mw.any():
        each = np.arange(len(places))
        rows.add(v.parts["gate"], each, each, -most_mw)
    doc = "large facilities where racks are full enough, MW"
    return rows.rows(_place_index(case, places), upper=0.0, doc=doc)


def _most_built(v: Variables) -> Floats:
    """Place → the most new space of large facilities that its sites ever take, MW."""
    case, units = v.case, v.case.units
    names, at = gated_places(case.model)
    large = np.flatnonzero(_large(case) >= 0)
    room = np.minimum(v.room_mw, standing_ceiling_mw(v))[large]
    by_site = np.bincount(units.site[large], room, len(case.sites))
    limit = np.maximum(case.site_values("max_it_mw") - case.stock_space_mw, 0.0)
    return np.bincount(at, np.minimum(by_site, limit), len(names)).astype(float)


def _gate_use(v: Variables, before: Variables, places: Ints) -> Rows:
    """The gate is open where the racks of the place were full enough (67).

    racked MW[place,t] − limit·space MW[place,t] ≥ −limit·F[place]·(1 − gate[place,y]); MW, t the
    latest period at least `min_age_years` before y, F the most space that its sites ever have.
    """
    case, units = v.case, v.case.units
    least = case.settings.balance.gate.min_rack_utilisation
    names, at = gated_places(case.model)
    row_of = dense((len(names),))
    row_of[places] = np.arange(len(places))
    rated = case.kind_values("it_mw_per_eflops")[units.kind]
    rows = Linear(len(places))
    before.add_installed(rows, row_of[at[units.pair_site]], rated)
    before.add_space(rows, row_of[at[units.site]], -least)
    limit = case.site_values("max_it_mw")
    bounded = np.where(np.isfinite(limit), limit, standing_ceiling_mw(v))
    most = np.bincount(at, np.maximum(bounded, case.stock_space_mw), len(names))[places]
    each = np.arange(len(places))
    rows.add(v.parts["gate"], each, each, -least * most)
    doc = "racks full enough for new large facilities, MW"
    return rows.rows(_place_index(case, places), lower=-least * most, doc=doc)
