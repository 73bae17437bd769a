"""Random small questions: any features together, one or two periods, targets, odd shapes.

A question is settings and tables, three sites and two zones on the small world of
`tests.features.everything`, with what is drawn put over it. Numbers are simple, so that two ways
to one plan agree to the digits that matter. A question is known by its seed: a property that
fails names it.
"""

from __future__ import annotations

import copy
import math
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from layout.errors import InputError
from layout.model import PlanningModel, read_model
from layout.solving.optimise import Clock, Solved, optimise, solver_settings
from tests.builders import merged, target, tiny_model
from tests.deep import examples
from tests.features import everything

Rows = list[dict[str, Any]]
FEATURES = everything.FEATURES
GAP = 1e-7
CONE_GAP = 1e-4
"""Gaps that a question asks for: tangents close in on a cone only so far."""
SLACK = 1e-6
"""What the solver's tolerances leave open besides, relative."""

STATED: dict[str, Any] = {
    "storage": {"disk_mcny_per_eb": 9, "ssd_mcny_per_eb": 40},  # not above all else
    "water": {"price_cny_per_m3": 5},
    "network": {"shipping": {"cny_per_tb": 20, "cny_per_tb_1000km": 1}},
}
"""Every amount of money stands in the question, so that it can be counted in another unit."""


@dataclass(frozen=True)
class Question:
    """Settings of ``model.yaml`` beyond those of `tests.builders.FREE_WORLD`, and tables."""

    settings: dict[str, Any]
    tables: dict[str, Rows]

    def on(self, feature: str) -> bool:
        """Whether a feature is switched on."""
        return bool(self.settings.get("features", {}).get(feature, False))

    def having(self, **settings: Any) -> Question:
        """The same question with some settings merged over its own."""
        return replace(self, settings=merged(self.settings, settings))

    def with_rows(self, **tables: Rows) -> Question:
        """The same question with some tables in place of its own."""
        return replace(self, tables={**self.tables, **tables})

    def with_target(self, *targets: dict[str, Any]) -> Question:
        """The same question with some targets more."""
        return self.having(targets=[*self.settings.get("targets", []), *targets])


def seeds(few: int, many: int, first: int = 0) -> list[int]:
    """The seeds of the questions that a test asks: few in an ordinary run, many in a deep one."""
    return list(range(first, first + examples(few, many)))


def model_of(question: Question) -> PlanningModel | None:
    """The question as a model that was written and read; None where its check finds an error.

    What can be seen to have no plan before anything is solved is such an error.
    """
    with tempfile.TemporaryDirectory(prefix="question-") as folder:
        where = tiny_model(Path(folder) / "m", settings=question.settings, **question.tables)
        try:
            return read_model(where)
        except InputError as error:
            found = [problem.code for problem in error.problems if problem.severity == "error"]
            assert set(found) <= WITHOUT_PLAN, [str(problem) for problem in error.problems]
            return None


WITHOUT_PLAN = {
    "floors_over_limit",
    "no_room",
    "target_over_limit",
    "unreachable",
    "unreachable_by_path",
    "unreachable_in_role",
}
"""Errors of the check that say that there is no plan."""


def solved(question: Question) -> Solved | None:
    """The optimum, with the formulation at its values; None where there is no plan."""
    model = model_of(question)
    if model is None:
        return None
    found = optimise(model, solver_settings(model), Clock(None))
    assert found.outcome.status in ("optimal", "infeasible"), found.outcome
    return None if found.outcome.x is None else found


def cost(question: Question) -> Cost:
    """The cost of the best plan."""
    found = solved(question)
    gap = float(question.settings["solver"]["gap"])
    return Cost(math.inf if found is None else cost_of(found), gap)


def cost_of(found: Solved) -> float:
    """The cost of a plan, whatever was minimised, mcny."""
    return float(found.formulation.cost().value())


@dataclass(frozen=True)
class Cost:
    """The cost of a best plan, mcny (infinite where there is none), and how exactly it is known."""

    mcny: float
    gap: float

    def times(self, factor: float) -> Cost:
        """The cost in another unit, or of as many times as much."""
        return Cost(self.mcny * factor, self.gap)


def same(left: Cost, right: Cost) -> bool:
    """Whether two costs are one, within what proofs and tolerances leave open."""
    if left.mcny == right.mcny:
        return True
    open_part = SLACK + left.gap + right.gap
    return abs(left.mcny - right.mcny) <= open_part * max(abs(left.mcny), abs(right.mcny), 1.0)


def no_less(higher: Cost, lower: Cost) -> bool:
    """At least as much, within what proofs and tolerances leave open."""
    return higher.mcny >= lower.mcny or same(higher, lower)


TARGETS = [
    target("t-share", "kind_share", "at_least", 0.1, kind="intelligent", mode="soft", penalty=50),
    target("t-new", "green_share", "at_least", 0.2, basis="new", mode="soft", penalty=0.3),
    target("t-green", "green_share", "at_least", 0.3, basis="physical", mode="soft", penalty=0.2),
    target("t-even", "hhi", "at_most", 0.5, mode="soft", penalty=20),
    target("t-spread", "site_count", "at_least", 2),
    target("t-centres", "ai_centres", "at_least", 1, basis="0.5", mode="soft", penalty=9),
    target("t-total", "compute_eflops_fp32", "at_least", 6),
    target("t-carbon", "carbon_kt", "at_most", 30, mode="soft", penalty=3),
    target("t-west", "region_share", "at_least", 0.4, scope="region:west", mode="soft", penalty=30),
    target(
        "t-own", "self_sufficiency", "at_least", 0.5, scope="region:east", mode="soft", penalty=9
    ),
    target("t-pue", "pue_fleet", "at_most", 1.4, mode="soft", penalty=0.5),
    target("t-racks", "rack_utilisation", "at_least", 0.7, mode="soft", penalty=1),
]

ODD: dict[str, dict[str, Any]] = {
    "aggregated": {"solver": {"linking": "aggregated"}},
    "separated": {"solver": {"linking": "separated"}},
    "myopic": {"foresight": "myopic"},
    "siloed": {"owners": "siloed"},
    "local": {"mode": "local"},
    "carbon": {"objective": "carbon"},
    "both": {"objective": ["carbon", "cost"]},
}
"""Ways to ask that are drawn now and then."""
OWNERS = [{"owner": "X", "share": 0.6}, {"owner": "Y", "share": 0.4}]


def asked(
    seed: int,
    *,
    always: Sequence[str] = (),
    never: Sequence[str] = (),
    plain: bool = False,
    targets: int = 3,
    elastic: bool | None = None,
    longer: bool = True,
) -> Question:
    """The question of a seed: up to three features, or all of them in one case of six.

    `always` and `never` name features that are on and off, and odd ways that are left out;
    `plain` leaves out every odd way; `targets` is the most there are; `elastic` says whether
    demand may stay unserved; without `longer` there is one period.
    """
    pick = random.Random(seed)
    free = [name for name in FEATURES if name not in never and name not in always]
    every = pick.random() < 1 / 6
    on = (*always, *(free if every else pick.sample(free, min(len(free), pick.randint(0, 3)))))
    years = everything.YEARS if longer and pick.random() < 0.25 else everything.YEARS[:1]
    tables = copy.deepcopy(everything.everything(on, years))
    settings = tables.pop("settings")
    settings = merged(settings, STATED)
    _numbers(pick, settings, tables)
    _rows(pick, settings, tables)
    chosen = pick.sample(TARGETS, pick.randint(0, targets))
    settings["targets"] = [{key: row[key] for key in row if key != "year"} for row in chosen]
    gap = CONE_GAP if any(row["measure"] == "hhi" for row in chosen) else GAP
    settings["solver"] = {"gap": gap, "gap_location": 10 * gap}
    pays = pick.random() < 0.5 if elastic is None else elastic
    if not pays:
        settings["economy"]["unserved_penalty_mcny_per_eflops"] = None
    ways = [] if plain else [name for name in ODD if name not in never]
    question = Question(settings, tables)
    if ways and pick.random() < 0.5:
        odd = pick.choice(ways)
        question = question.having(**ODD[odd])
        if odd == "siloed":
            question = question.with_rows(owners=[dict(row) for row in OWNERS])
    return question


def _numbers(pick: random.Random, settings: dict[str, Any], tables: dict[str, Rows]) -> None:
    """Demand, prices, limits: simple numbers in place of those at hand."""
    for row in tables["demand"]:
        row["demand_eflops"] = pick.randint(1, 6) / 2
    for row in tables["power"]:
        row["price_cny_per_kwh"] = pick.randint(3, 9) / 10
    for row in tables["sites"]:
        row["fixed_cost_mcny_per_year"] = pick.choice([0, 3, 20])
        row["cost_factor"] = pick.choice([0.8, 1, 1.3])
        row["max_it_mw"] = pick.choice([12, 30, None])
    for row in tables["facilities"]:
        row["module_it_mw"] = pick.choice([None, 1, 2, 5])
    for row in tables["workloads"]:
        row["split"] = row["workload"] != "training" or pick.random() < 0.5
    tables["stock"][0]["compute_eflops"] = pick.randint(0, 2)
    tables["stock"][0]["age_years"] = pick.choice([1, 4, 9])
    economy = settings["economy"]
    economy["carbon_price_cny_per_t"] = pick.choice([0, 100])
    economy["transport_mcny_per_gbps_1000km_year"] = pick.choice([0, 0.5, 2])


def _rows(pick: random.Random, settings: dict[str, Any], tables: dict[str, Rows]) -> None:
    """What acts without a switch comes and goes."""
    for name in ("stock", "commitments", "chips", "substitution", "renewables"):
        if pick.random() < 1 / 3:
            del tables[name]
    if "stock" not in tables:
        del tables["storage"]
    if pick.random() < 1 / 4:
        tables["workloads"][0] |= {"moving_cost_mcny_per_eflops": 4, "away_overhead": 0.3}
        tables["workloads"][1] |= {"efficiency_gain": 0.1, "rebound": 0.5}
    if pick.random() < 1 / 4:
        tables["sectors"] = [{"sector": "s", "workload": "online", "share": 0.5, "factor": 1.5}]
