"""Who serves whom: demand, single sourcing, remote share."""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Linear, dense
from layout.formulation.parts import Rows
from layout.formulation.variables import Variables
from layout.model import home


def served(v: Variables) -> Rows:
    """All demand is served or counted as unserved (13).

    Σ_site serve[site,z,w,y] + demand·Σ_site assign[site,z,w,y] + unserved[z,w,y] = demand[z,w,y]
    for every zone, workload, year with demand; EFLOPS in use.
    """
    demand = v.demand_eflops
    rows = Linear(len(demand))
    v.add_served(rows, v.case.flows.row)
    rows.add(v.unserved, np.arange(len(demand)), np.arange(len(demand)))
    doc = "served and unserved demand add up to demand, EFLOPS"
    return rows.rows(v.demand_index(), lower=demand, upper=demand, doc=doc)


def single_source(v: Variables) -> Rows:
    """A workload that must not be split has at most one site per zone.

    Σ_site assign[site,z,w,y] ≤ 1 for zones and workloads with split = false; the binary form of
    (13), kept because unserved demand would otherwise loosen it.
    """
    demand = v.case.demand
    single = np.flatnonzero(~v.case.splits[demand["workload"].to_numpy(np.int64)])
    row_of = dense((len(demand),))
    row_of[single] = np.arange(len(single))
    rows = Linear(len(single))
    rows.add(v.assign, row_of[v.whole.row], np.arange(len(v.whole)))
    index = v.demand_index()
    labels = tuple(index[name][single] for name in index.names)
    return rows.rows(Index(index.names, labels), upper=1.0, doc="one site serves the zone")


def remote(v: Variables) -> Rows:
    """A zone keeps a share of its demand near home.

    Σ_{site outside the zone's province} served[site,z,w,y] ≤ max_remote_share[w]·demand[z,w,y],
    for workloads with max_remote_share < 1; EFLOPS.
    """
    case = v.case
    workload = case.demand["workload"].to_numpy(np.int64)
    share = case.workload_table["max_remote_share"].to_numpy(float)[workload]
    limited = np.flatnonzero(share < 1)
    row_of = dense((len(workload),))
    row_of[limited] = np.arange(len(limited))
    flows = case.flows
    far = ~home.near_home(case.model)[flows.site, flows.zone]
    rows = Linear(len(limited))
    v.add_served(rows, np.where(far, row_of[flows.row], -1))
    index = v.demand_index()
    labels = tuple(index[name][limited] for name in index.names)
    upper = share[limited] * v.demand_eflops[limited]
    return rows.rows(Index(index.names, labels), upper=upper, doc="served far from home, EFLOPS")
