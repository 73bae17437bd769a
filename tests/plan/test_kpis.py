"""Key figures with answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from layout.plan import Plan
from layout.plan.costshare import cost_by_kind
from layout.plan.kpis import kpis
from layout.plan.ledger import Ledger
from layout.plan.weighing import weighted_quantile
from tests.checking.handmade import COST, FAR_MS, HOURS, LINK_MS, NEAR_MS, YEAR

# FP32 weights of service: near realtime 1 and training 0.05, link 0.5, far training 0.45
KNOWN = {
    "pue_operated": 78.18 / 52,
    "pue_design": (1.6 * 40 + 1.5 * 10 + 1.5 * 5 + 1.2 * 20) / 75,
    "pue_design_new": 1.26,
    "cue_location": (0.6 * 58.964 * HOURS + 0.5 * (19.216 * HOURS - 30)) / (52 * HOURS),
    "rack_utilisation": 61 / 75,
    "racks": 30_000,
    "compute_utilisation_general": 1.5 / 4.1,
    "compute_utilisation": (1.5 + 0.5) / 5.35,
    "compute_eflops_intelligent": 10,
    "additions_eflops_general": 0.5,
    "additions_eflops_fp32": 1.75,
    "green_share_physical": 30 / (78.18 * HOURS),
    "latency_one_way_mean_ms": (1.05 * NEAR_MS + 0.5 * LINK_MS + 0.45 * FAR_MS) / 2,
    "latency_one_way_p50_ms": NEAR_MS,
    "latency_one_way_p95_ms": LINK_MS,
    "latency_rtt_max_ms": 2 * LINK_MS,
    "latency_rtt_within_5ms": 1.05 / 2,
    "latency_one_way_within_20ms": 1.0,
    "self_sufficiency_province": 1.05 / 2,
    "east_to_west_eflops_fp32": 0.45,
    "east_to_west_eflops_intelligent": 3.6,
    "east_to_west_share": 0.45 / 1.5,
    "hub_share_of_additions": 1.125 / 1.75,
    "gini_per_head": 0.0385 / 0.092,
    "hhi_provinces": (4.225**2 + 1.125**2) / 5.35**2,
    "ai_share_fp32": 1.25 / 5.35,
    "unserved_share": 0.0,
    "capex_mcny": 1470,
    "cost_mcny": sum(row[-1] for row in COST),
    "certificate_gwh": 100,
}


def test_known_answers(plan: Plan) -> None:
    found = kpis(plan.tables, plan.model)
    assert {name: found[name]["value"] for name in KNOWN} == pytest.approx(KNOWN, rel=1e-12)
    assert list(found) == sorted(found)
    assert all(entry["unit"] for entry in found.values())


def test_cost_by_kind_adds_up_to_all_cost_but_penalties(plan: Plan) -> None:
    shares = cost_by_kind(Ledger(plan.tables, plan.model, YEAR))
    whole = sum(row[-1] for row in COST if row[1] != "penalty")
    assert sum(shares.values()) == pytest.approx(whole, rel=1e-12)
    # new space at both sites is intelligent only
    capital = sum(row[-1] for row in COST if row[1] == "facility_capital")
    assert shares["intelligent"] > capital


def test_an_empty_base_gives_no_figure(plan: Plan) -> None:
    tables = {**plan.tables, "units": plan["units"].iloc[:0], "service": plan["service"].iloc[:0]}
    found = kpis(tables, plan.model)
    for name in ("pue_operated", "rack_utilisation", "latency_rtt_p95_ms", "hhi_provinces"):
        assert found[name]["value"] is None


def test_weighted_quantile() -> None:
    values, weight = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0])
    assert weighted_quantile(values, weight, 0.25) == 1
    assert weighted_quantile(values, weight, 0.5) == 2
    assert weighted_quantile(values, weight, 0.95) == 3
    assert weighted_quantile(values[:0], weight[:0], 0.5) is None
