"""Retrofit, conversion and closing of existing blocks (2)(39)(40)."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.case import RETROFIT
from layout.formulation.linear import Linear, dense
from layout.formulation.parts import Extra, Rows
from layout.formulation.variables import Term, Variables


def retrofit(v: Variables) -> Extra:
    """Space of a block may be converted to another facility type, or closed; its IT moves along.

    Adds convert[block>facility,y] and close[block,y] in MW and move[block>facility,y] in EFLOPS of
    the block's own kind. A retrofit is a unit of its own: its PUE is the new facility's, and
    other kinds may be put into it. Compute in stock may leave before the end of its life.
    """
    units = v.case.units
    fresh = np.flatnonzero(units.origin == RETROFIT)
    source = units.stock[units.block[fresh]]
    space = units.space_mw[source]
    convert = v.new(
        "convert",
        v.unit_index(fresh),
        upper=space,
        doc="existing space retrofitted to another facility type",
        unit="MW",
    )
    blocks = units.stock
    close = v.new(
        "close",
        v.unit_index(blocks, "block"),
        upper=units.space_mw[blocks],
        doc="existing space that is closed",
        unit="MW",
    )
    ever = np.full(len(fresh), np.inf)
    one = np.ones(len(fresh))
    v.space_terms += [
        Term(convert, fresh, one, ever),
        Term(convert, source, -one, ever),
        Term(close, blocks, -np.ones(len(blocks)), np.full(len(blocks), np.inf)),
    ]
    _moves(v)
    return Extra(
        rows={"block_once": _block_once(v), "leave_once": _leave_once(v)},
        costs={"facility_capital": _capital(v, fresh)},
    )


def _moves(v: Variables) -> None:
    """IT of the block's own kind that moves into the retrofitted space, where it may stand."""
    units = v.case.units
    pairs = np.flatnonzero((units.origin[units.unit] == RETROFIT) & units.admitted)
    block = units.block[units.unit[pairs]]
    own = units.own_pair[block]
    same = units.kind[own] == units.kind[pairs]
    pairs, own = pairs[same], own[same]
    move = v.new(
        "move",
        v.pair_index(pairs),
        upper=units.existing_eflops[own],
        doc="existing compute that moves into retrofitted space",
        unit="EFLOPS",
    )
    ever, one = np.full(len(pairs), np.inf), np.ones(len(pairs))
    v.installed_terms += [Term(move, pairs, one, ever), Term(move, own, -one, ever)]
    v.moved_pairs = pairs


def _capital(v: Variables, fresh: np.ndarray) -> Linear:
    """crf·retrofit_capex·cost_factor·MW converted, for the life of the facility.

    After that the space stands on and pays on: it is renewed, as stock is.
    """
    case, units = v.case, v.case.units
    capex = np.nan_to_num(case.facility_values("retrofit_capex_mcny_per_mw"))
    by = (capex * case.recovery("facility"))[units.facility[fresh]]
    by = by * case.site_values("cost_factor")[units.site[fresh]]
    linear = Linear(len(case.sites))
    for year in (*v.earlier, v):
        linear.add(year.parts["convert"], units.site[fresh], np.arange(len(fresh)), by)
    price = capex[units.facility[fresh]] * case.site_values("cost_factor")[units.site[fresh]]
    v.extra_capex.append((v.parts["convert"], units.site[fresh], price))
    return linear


def _block_once(v: Variables) -> Rows:
    """Space of a block is kept, converted or closed, once (2).

    Σ_{t≤y} (Σ_f convert[b>f,t] + close[b,t]) ≤ facility_it_mw[b]; MW.
    """
    case, units = v.case, v.case.units
    fresh = np.flatnonzero(units.origin == RETROFIT)
    rows = Linear(len(case.blocks))
    for year in (*v.earlier, v):
        rows.add(year.parts["convert"], units.block[fresh], np.arange(len(fresh)))
        each = np.arange(len(case.blocks))
        rows.add(year.parts["close"], each, each)
    upper = units.space_mw[units.stock]
    index = v.unit_index(units.stock, "block")
    return rows.rows(index, upper=upper, doc="space of a block changes once, MW")


def _leave_once(v: Variables) -> Rows:
    """Existing compute is kept, moved or retired, once.

    Σ_{t≤y} (retire[b,t] + Σ_f move[b>f,t]) ≤ compute_eflops[b]; EFLOPS.
    """
    case, units = v.case, v.case.units
    row_of = dense((len(case.blocks),))
    row_of[v.retirable] = np.arange(len(v.retirable))
    rows = Linear(len(v.retirable))
    for year in (*v.earlier, v):
        each = np.arange(len(year.retirable))
        rows.add(year.retire, row_of[year.retirable], each)
        pairs = year.moved_pairs
        block = units.block[units.unit[pairs]]
        rows.add(year.parts["move"], row_of[block], np.arange(len(pairs)))
    labels = np.array(units.labels, dtype=object)[units.stock[v.retirable]]
    index = Index(("block", "year"), (labels, np.full(len(labels), case.year)))
    upper = case.block_eflops[v.retirable]
    return rows.rows(index, upper=upper, doc="existing compute leaves its block once, EFLOPS")
