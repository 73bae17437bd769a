"""Compute: what is installed covers what is served, and where the load runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.algebra import ArrayConstraint, Index
from layout.formulation.case import Case, Units
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.variables import Variables


def _site_kind(case: Case, units: Units) -> Ints:
    """(unit, kind) pair → row of its site and kind."""
    return units.site[units.unit] * len(case.kinds) + units.kind


def _site_kind_index(case: Case) -> Index:
    return Index.product(("site", "kind", "year"), case.sites, case.kinds, (case.year,))


def capacity(v: Variables) -> ArrayConstraint:
    """Installed compute covers peak demand with its reserve (17)(18).

    Σ_{w of k} peak_factor[w]·(1 + reserve_margin[w])·Σ_z served[i,z,w,y]
      ≤ max_utilisation[k]·installed[i,k,y]  for every site i, kind k; native EFLOPS.
    """
    case = v.case
    count = len(case.sites) * len(case.kinds)
    rows = Linear(count)
    flows = case.flows
    row = flows.site * len(case.kinds) + case.workload_kind[flows.workload]
    v.add_served(rows, row, case.capacity_factor[flows.workload])
    limit = case.kind_values("max_utilisation")
    v.add_installed(
        rows,
        _site_kind(case, case.stock),
        _site_kind(case, case.new),
        -limit[case.stock.kind],
        -limit[case.new.kind],
    )
    doc = "peak demand served stays within usable compute, native EFLOPS"
    return rows.rows(_site_kind_index(case), upper=0.0, doc=doc)


def load_balance(v: Variables) -> ArrayConstraint:
    """What a site serves runs on its hardware (17).

    Σ_units load[unit,k,y] = Σ_{w of k} Σ_z served[i,z,w,y] for every site i, kind k; EFLOPS.
    """
    case = v.case
    rows = Linear(len(case.sites) * len(case.kinds))
    flows = case.flows
    v.add_served(rows, flows.site * len(case.kinds) + case.workload_kind[flows.workload], -1.0)
    v.add_load(rows, _site_kind(case, case.stock), _site_kind(case, case.new))
    doc = "compute in use equals what is served, native EFLOPS"
    return rows.rows(_site_kind_index(case), lower=0.0, upper=0.0, doc=doc)


def _load_limit(v: Variables, *, stock: bool) -> ArrayConstraint:
    case = v.case
    units = case.stock if stock else case.new
    none = np.full(len((case.new if stock else case.stock).unit), -1)
    each = np.arange(len(units.unit))
    usable = -case.kind_values("max_utilisation")[units.kind]
    rows = Linear(len(each))
    if stock:
        v.add_load(rows, each, none)
        v.add_installed(rows, each, none, usable, 0.0)
    else:
        v.add_load(rows, none, each)
        v.add_installed(rows, none, each, 0.0, usable)
    index = v.pair_index(units, each, stock=stock)
    return rows.rows(index, upper=0.0, doc="compute in use within usable compute, EFLOPS")


def load_limit_stock(v: Variables) -> ArrayConstraint:
    """load_stock[b,k,y] ≤ max_utilisation[k]·(existing − retired + filled)[b,k,y]; EFLOPS."""
    return _load_limit(v, stock=True)


def load_limit_new(v: Variables) -> ArrayConstraint:
    """load_new[i,f,k,y] ≤ max_utilisation[k]·install[i,f,k,y]; EFLOPS."""
    return _load_limit(v, stock=False)


def commitment(v: Variables) -> ArrayConstraint:
    """Decisions already taken bound the gross additions of a site and kind.

    min_eflops ≤ Σ (fill + install)[i,k,y] ≤ max_eflops, and the same on the rated MW of the
    additions (min_it_mw, max_it_mw); status `forbidden` allows none.
    """
    case = v.case
    table = case.model["commitments"]
    table = table[table["year"] == case.year].reset_index(drop=True)
    count = len(table)
    row_of = dense((len(case.sites), len(case.kinds)))
    row_of[case.positions("sites", table["site"]), case.positions("kinds", table["kind"])] = (
        np.arange(count)
    )
    rows = Linear(2 * count)
    for offset, by in (
        (0, np.ones(len(case.kinds))),
        (count, case.kind_values("it_mw_per_eflops")),
    ):
        stock = _shifted(row_of, case.stock, offset)
        new = _shifted(row_of, case.new, offset)
        v.add_additions(rows, stock, new, by[case.stock.kind], by[case.new.kind])
    lower = np.concatenate([_bound(table, f"min_{of}", -np.inf) for of in ("eflops", "it_mw")])
    upper = np.concatenate([_bound(table, f"max_{of}", np.inf) for of in ("eflops", "it_mw")])
    none = np.tile((table["status"] == "forbidden").to_numpy(), 2)
    labels = [np.tile(table[name].to_numpy(), 2) for name in ("site", "kind", "year")]
    unit = np.repeat(np.array(["eflops", "it_mw"], dtype=object), count)
    index = Index(("site", "kind", "year", "unit"), (*labels, unit))
    doc = "committed additions, EFLOPS or MW"
    return rows.rows(index, lower=lower, upper=np.where(none, 0.0, upper), doc=doc)


def _shifted(row_of: Ints, units: Units, offset: int) -> Ints:
    row = row_of[units.site[units.unit], units.kind]
    return np.where(row >= 0, row + offset, -1)


def _bound(table: pd.DataFrame, name: str, empty: float) -> Floats:
    values = table[name].to_numpy(dtype=float)
    return np.where(np.isnan(values), empty, values)
