"""Tightening a target never lowers the cost, whatever it measures; warm and fresh answers agree."""

from __future__ import annotations

import math
from typing import Any

import pytest

import layout
from layout.model.schema import MEASURES
from tests.builders import target
from tests.deep import deep
from tests.properties.questions import (
    FEATURES,
    Cost,
    Question,
    asked,
    cost,
    model_of,
    no_less,
    same,
    seeds,
)

LADDERS: dict[str, tuple[str, list[float], dict[str, Any]]] = {
    "additions_share": ("at_least", [0.1, 0.5, 0.9], {"scope": "region:west"}),
    "ai_centres": ("at_least", [0, 1, 2], {"basis": "0.5"}),
    "capex_mcny": ("at_most", [900, 500, 250], {}),
    "carbon_kt": ("at_most", [90, 30, 10], {}),
    "carbon_life_cycle_kt": ("at_most", [90, 30, 10], {}),
    "carbon_market_kt": ("at_most", [90, 30, 10], {}),
    "compute_eflops": ("at_least", [1, 4, 9], {"kind": "general"}),
    "compute_eflops_fp32": ("at_least", [2, 6, 12], {"scope": "region:west"}),
    "domestic_share": ("at_least", [0.1, 0.4, 0.8], {}),
    "energy_gwh": ("at_most", [300, 90, 60], {}),
    "gini": ("at_most", [0.9, 0.5, 0.1], {}),
    "green_share": ("at_least", [0.1, 0.5, 0.9], {"basis": "new"}),
    "heat_gwh": ("at_least", [0.1, 1, 2], {}),
    "hhi": ("at_most", [0.9, 0.5, 0.4], {}),
    "inclusive_share": ("at_least", [0.1, 0.3, 0.6], {"kind": "general"}),
    "interhub_latency_ms": ("at_most", [50, 20, 10], {}),
    "kind_share": ("at_least", [0.02, 0.1, 0.5], {"kind": "intelligent"}),
    "large_outside_clusters_mw": ("at_most", [9, 2, 0], {}),
    "latency_share": ("at_least", [0.1, 0.5, 0.9], {"basis": "one_way:3"}),
    "pue_fleet": ("at_most", [1.6, 1.4, 1.2], {}),
    "pue_new": ("at_most", [1.4, 1.2, 1.16], {}),
    "pue_retrofit": ("at_most", [1.4, 1.3, 1.2], {}),
    "rack_utilisation": ("at_least", [0.5, 0.8, 0.95], {}),
    "region_share": ("at_least", [0.1, 0.5, 0.8], {"scope": "region:west"}),
    "self_sufficiency": ("at_least", [0.1, 0.5, 1.0], {"scope": "region:east"}),
    "served_share": ("at_least", [0.5, 0.9, 1.0], {}),
    "site_count": ("at_least", [1, 2, 3], {}),
    "ssd_share": ("at_least", [0.1, 0.3, 0.6], {}),
    "storage_eb": ("at_least", [5, 30, 60], {}),
    "water_ml": ("at_most", [90, 40, 10], {}),
    "west_to_east": ("at_least", [0.2, 0.6, 1.2], {}),
}
"""Measure → sense, values from loose to tight, other fields."""
FEATURE = {
    "heat_gwh": "heat",
    "pue_retrofit": "retrofit",
    "ssd_share": "storage",
    "storage_eb": "storage",
    "water_ml": "water",
}
CONES = frozenset({"hhi"})
EACH = [(measure, seed) for measure in MEASURES for seed in seeds(1, 1)]


def test_every_measure_is_tried() -> None:
    assert sorted(LADDERS) == sorted(MEASURES)


def for_measure(measure: str, seed: int) -> Question:
    """A question in which the measure means something; other features too in a deep run."""
    always = [FEATURE[measure]] if measure in FEATURE else []
    never = [] if deep() else FEATURES
    question = asked(300 + seed, always=always, never=never, plain=True, targets=1, longer=False)
    zones = [
        {**row, "population_10k": 100 * (number + 1)}
        for number, row in enumerate(question.tables["zones"])
    ]
    kinds = [
        {**row, "domestic": "yes" if row["kind"] == "general" else "no"}
        for row in question.tables["kinds"]
    ]
    works = [
        {**row, "inclusive": row["workload"] == "batch"} for row in question.tables["workloads"]
    ]
    return question.with_rows(zones=zones, kinds=kinds, workloads=works)


@pytest.mark.parametrize(("measure", "seed"), EACH)
def test_a_tighter_target_never_costs_less(measure: str, seed: int) -> None:
    sense, values, fields = LADDERS[measure]
    question = for_measure(measure, 7 * MEASURES.index(measure) + seed)
    gap = 1e-4 if measure in CONES else float(question.settings["solver"]["gap"])
    question = question.having(solver={"gap": gap, "gap_location": 10 * gap})

    def aim(value: float) -> Question:
        return question.with_target(target("aim", measure, sense, value, **fields))

    last = Cost(-math.inf, 0.0)
    solver = None
    for value in values:
        model = model_of(aim(value))
        if model is None:  # the check can see that there is no plan
            found = Cost(math.inf, gap)
        else:
            solver = layout.Solver(model) if solver is None else solver.update(model=model)
            answer = solver.solve()
            assert answer.status in ("optimal", "infeasible"), answer
            least = math.inf if answer.objective_mcny is None else answer.objective_mcny
            found = Cost(least, gap)
        assert no_less(found, last), (measure, seed, value, found, last)
        last = found
    assert same(last, cost(aim(values[-1]))), "a solver that goes on and a new one disagree"
