"""Latency: coverage of the clusters, and that the base year can be served where it is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array

from layout.geography.distance import great_circle_km, mean_radius_km, one_way_ms
from tests.data.national import of_kind, stock, table

LATENCY = {"route_factor": 1.5, "km_per_ms": 204.0, "fixed_ms": 1.0}


def delays() -> np.ndarray:
    """Site × zone one-way delay in ms."""
    sites, zones = table("sites"), table("zones")
    places = [frame[name].to_numpy() for frame in (sites, zones) for name in ("lat", "lon")]
    km = great_circle_km(*places)
    own = sites["zone"].to_numpy()[:, None] == zones["zone"].to_numpy()[None, :]
    km = np.where(own, mean_radius_km(zones["area_km2"].to_numpy())[None, :], km)
    return one_way_ms(km, **LATENCY)


def test_20_ms_coverage_of_cluster_province_pairs():
    """About 303 one way and 167 round trip of 310 at 1.5 x, 1 ms, 204 km/ms."""
    clusters = table("sites")["cluster"].notna().to_numpy()
    delay = delays()[clusters]
    assert delay.size == 310
    assert int((delay <= 20).sum()) == pytest.approx(303, abs=1)
    assert int((2 * delay <= 20).sum()) == pytest.approx(167, abs=1)


def test_only_xizang_and_xinjiang_are_reached_by_one_site():
    zones = table("zones")["zone"]
    reached = (2 * delays() <= 20).sum(axis=0)
    assert set(zones[reached <= 1]) == {"540000", "650000"}


@pytest.mark.parametrize("kind", ["general", "intelligent", "super"])
def test_base_year_demand_is_served_by_the_stock_in_time(kind):
    """A transport problem: most demand that fits the stock of every site within its limits."""
    sites, zones, delay = table("sites"), table("zones"), delays()
    own = sites["zone"].to_numpy()[:, None] == zones["zone"].to_numpy()[None, :]
    rows = stock()
    installed = rows[rows["kind"] == kind].groupby("site")["compute_eflops"].sum()
    capacity = installed.reindex(sites["site"]).fillna(0) * of_kind("max_utilisation")[kind]
    demand = table("demand").query("year == 2023").set_index(["workload", "zone"])["demand_eflops"]
    pairs, needs = [], []
    for work in table("workloads").query("kind == @kind").itertuples():
        limit = np.inf if np.isnan(work.latency_ms) else work.latency_ms
        allowed = own if limit < 2 * LATENCY["fixed_ms"] else 2 * delay <= limit
        for at, zone in enumerate(zones["zone"]):
            pairs += [(len(needs), site) for site in np.flatnonzero(allowed[:, at])]
            needs.append(demand[work.workload, zone])
    index = np.arange(len(pairs))
    of_need, of_site = np.array(pairs).T
    ones = np.ones(len(pairs))
    served = coo_array((ones, (of_need, index)), (len(needs), len(pairs)))
    used = coo_array((ones, (of_site, index)), (len(sites), len(pairs)))
    answer = linprog(np.zeros(len(pairs)), used, capacity, served, needs, method="highs")
    assert answer.status == 0, answer.message
