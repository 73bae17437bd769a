"""Prices and shadow costs are what they say: no re-solved question falls below their line.

The questions have nothing whole in them, so that the least cost is convex in the demand, and in the
value of a target on an amount: v(new) ≥ v(old) + price·(new − old) in both directions. A price that
is too low fails where less is asked for, one that is too high where more is.
"""

from __future__ import annotations

import copy
import random

import pytest

from layout.solving.optimise import Solved
from layout.solving.prices import price_table
from layout.solving.targets import shadow_costs
from tests.builders import target
from tests.properties.questions import Question, asked, cost, cost_of, seeds, solved

EACH = seeds(3, 14)
TOLERANCE = 2e-6
"""Of the cost: what the solver's tolerances leave open."""
LINEAR = {
    "compute_eflops_fp32": ("at_least", 6.0),
    "carbon_kt": ("at_most", 25.0),
    "energy_gwh": ("at_most", 60.0),
    "capex_mcny": ("at_most", 500.0),
}
"""Targets on amounts: they bind, or may not be met, in some of the questions."""


def without_whole_things(question: Question) -> Question:
    """Stock everywhere, halls of any size, no links to build: a linear programme."""
    tables = copy.deepcopy(question.tables)
    for row in tables["facilities"]:
        row["module_it_mw"] = None
    for row in tables["workloads"]:
        row |= {"split": True, "min_cluster_eflops": 0}
    for row in tables["arcs"]:
        row |= {"new": False, "new_cost_mcny_per_year": 0, "capacity_gbps": 200, "wave_gbps": None}
        del row["wave_cost_mcny_per_year"]
    held = {row["site"] for row in tables.get("stock", [])}
    block = {"facility": "air", "kind": "general", "compute_eflops": 0, "facility_it_mw": 0.5}
    tables["stock"] = [
        *tables.get("stock", []),
        *(
            {"block": f"b{row['site']}", "site": row["site"], "age_years": 1, "pue": 1.6, **block}
            for row in tables["sites"]
            if row["site"] not in held
        ),
    ]
    question = Question(question.settings, tables)
    # Racks that stand empty would bar all building.
    return question.having(balance={"gate": {"scope": "none"}})


def weight(found: Solved) -> float:
    """What a cost of the first year counts in the objective."""
    return found.formulation.years[0].weight


@pytest.mark.parametrize("seed", EACH)
def test_no_demand_costs_less_than_its_price_says(seed: int) -> None:
    question = without_whole_things(asked(200 + seed, plain=True, targets=0))
    found = solved(question)
    if found is None:
        return
    assert found.compiled.size["integers"] == 0
    prices = price_table(found.formulation)
    assert prices["price_mcny_per_eflops_year"].notna().all()
    first = prices[prices["year"] == question.settings["periods"][0]]
    pick = random.Random(seed)
    row = first.iloc[pick.randrange(len(first))]
    for step in (-0.3, 0.3):
        other = copy.deepcopy(question)
        for demand in other.tables["demand"]:
            if (demand["zone"], demand["workload"], demand["year"]) == (
                row["zone"],
                row["workload"],
                row["year"],
            ):
                demand["demand_eflops"] += step
        # Sectors, efficiency and rebound say how much of what the table asks for is planned for.
        planned = step * planned_share(question, str(row["workload"]), int(row["year"]))
        line = row["price_mcny_per_eflops_year"] * planned * weight(found)
        least = cost_of(found) + line
        assert cost(other).mcny >= least - TOLERANCE * max(abs(least), 1.0), (seed, dict(row), step)


def planned_share(question: Question, workload: str, year: int) -> float:
    """Planned demand for each EFLOPS of the table: docs/features/demand.md."""
    share = 1.0
    for row in question.tables["workloads"]:
        if row["workload"] == workload and row.get("efficiency_gain"):
            need = (1 - row["efficiency_gain"]) ** (year - 2023)
            share *= need + row["rebound"] * (1 - need)
    for row in question.tables.get("sectors", []):
        if row["workload"] == workload:
            share *= row["share"] * row["factor"] + 1 - row["share"]
    return share


@pytest.mark.parametrize("seed", EACH)
def test_no_target_costs_less_than_its_shadow_cost_says(seed: int) -> None:
    pick = random.Random(seed)
    measure = pick.choice(sorted(LINEAR))
    sense, start = LINEAR[measure]
    plain = without_whole_things(asked(600 + seed, plain=True, targets=0, longer=False))

    def limited(value: float) -> Question:
        # `energy` and `carbon` may have to be missed: then each unit has its price.
        return plain.with_target(target("limit", measure, sense, value, mode="soft", penalty=30))

    found = solved(limited(start))
    if found is None:
        return
    up = 1.0 if sense == "at_least" else -1.0
    shadow = shadow_costs(found.formulation)["limit", 2025]
    for step in (-0.2 * start, 0.2 * start):
        least = cost_of(found) + up * shadow * step
        other = cost(limited(start + step)).mcny
        assert other >= least - TOLERANCE * max(abs(least), 1.0), (seed, measure, shadow, step)
