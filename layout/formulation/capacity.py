"""Compute: what is installed covers what is served, and where the load runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.algebra import Index
from layout.formulation.case import Case
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Rows
from layout.formulation.variables import Variables


def site_kind(case: Case) -> Ints:
    """Pair → row of its site and kind."""
    return case.units.pair_site * len(case.kinds) + case.units.kind


def work_place(v: Variables) -> Ints:
    """Entry of `work` → row of its site and kind."""
    return v.work.site * len(v.case.kinds) + v.work.kind


def site_kind_index(case: Case) -> Index:
    """Site, kind, year."""
    return Index.product(("site", "kind", "year"), case.sites, case.kinds, (case.year,))


def capacity(v: Variables) -> Rows:
    """Installed compute covers peak demand with its reserve (17)(18).

    Σ_w peak_factor[w]·(1 + reserve_margin[w])·need[w,k]·runs[i,w,k,y]
      ≤ max_utilisation[k]·installed[i,k,y]  for every site i, kind k; native EFLOPS.
    runs is the work of what is served, Σ_z work[i,z,w]·served[i,z,w,y], where one kind runs the
    workload; work is 1, and 1 + away_overhead[w] outside the zone's province (R64).
    """
    case = v.case
    rows = Linear(len(case.sites) * len(case.kinds))
    v.add_work(rows, work_place(v), case.capacity_factor[v.work.workload])
    limit = case.kind_values("max_utilisation")
    v.add_installed(rows, site_kind(case), -limit[case.units.kind])
    doc = "peak demand served stays within usable compute, native EFLOPS"
    return rows.rows(site_kind_index(case), upper=0.0, doc=doc)


def load_balance(v: Variables) -> Rows:
    """What a site serves runs on its hardware (17).

    Σ_units load[u,k,y] = Σ_w need[w,k]·runs[i,w,k,y] for every site i, kind k; EFLOPS.
    """
    case = v.case
    rows = Linear(len(case.sites) * len(case.kinds))
    v.add_work(rows, work_place(v), -1.0)
    v.add_load(rows, site_kind(case))
    doc = "compute in use equals what is served, native EFLOPS"
    return rows.rows(site_kind_index(case), lower=0.0, upper=0.0, doc=doc)


def load_limit(v: Variables) -> Rows:
    """load[u,k,y] ≤ max_utilisation[k]·installed[u,k,y] for every unit and kind; EFLOPS (17)."""
    case = v.case
    each = np.arange(len(case.units.unit))
    rows = Linear(len(each))
    v.add_load(rows, each)
    v.add_installed(rows, each, -case.kind_values("max_utilisation")[case.units.kind])
    doc = "compute in use within usable compute, EFLOPS"
    return rows.rows(v.pair_index(each), upper=0.0, doc=doc)


def retire_limit(v: Variables) -> Rows:
    """No existing compute leaves twice (2): Σ_{t≤y} retire[b,t] ≤ retirable[b,y]; EFLOPS.

    For blocks from which an earlier period may have taken; in the first the bound says it.
    """
    case = v.case
    blocks = v.retirable if v.earlier else v.retirable[:0]
    row_of = dense((len(case.blocks),))
    row_of[blocks] = np.arange(len(blocks))
    rows = Linear(len(blocks))
    for year in (*v.earlier, v):
        rows.add(year.retire, row_of[year.retirable], np.arange(len(year.retirable)))
    index = v.unit_index(case.units.stock[blocks], "block")
    doc = "existing compute leaves once, EFLOPS"
    return rows.rows(index, upper=case.retirable_eflops[blocks], doc=doc)


def commitment(v: Variables) -> Rows:
    """Decisions already taken bound the gross additions of a site and kind, sub-kinds included.

    min_eflops ≤ Σ install[u,k,y] ≤ max_eflops, and the same on the rated MW of the
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
        for name in case.names_of:
            named = name[case.units.kind]
            row = np.where(named >= 0, row_of[case.units.pair_site, named], -1)
            v.add_additions(rows, np.where(row >= 0, row + offset, -1), by[case.units.kind])
    lower = np.concatenate([_bound(table, f"min_{of}", -np.inf) for of in ("eflops", "it_mw")])
    upper = np.concatenate([_bound(table, f"max_{of}", np.inf) for of in ("eflops", "it_mw")])
    none = np.tile((table["status"] == "forbidden").to_numpy(), 2)
    labels = [np.tile(table[name].to_numpy(), 2) for name in ("site", "kind", "year")]
    unit = np.repeat(np.array(["eflops", "it_mw"], dtype=object), count)
    index = Index(("site", "kind", "year", "unit"), (*labels, unit))
    doc = "committed additions, EFLOPS or MW"
    return rows.rows(index, lower=lower, upper=np.where(none, 0.0, upper), doc=doc)


def _bound(table: pd.DataFrame, name: str, empty: float) -> Floats:
    values = table[name].to_numpy(dtype=float)
    return np.where(np.isnan(values), empty, values)
