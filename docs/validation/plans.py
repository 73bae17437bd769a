"""Plans beside what was built: the shipped targets, without the rules on hubs, and the routes.

Solves; half a minute on two cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from docs.literature_runs import ROUTES, moved
from docs.validation.stock import KW_PER_RACK, ledger
from layout.model import PlanningModel, read_model
from layout.plan import Plan
from layout.plan.ledger import Ledger
from layout.plan.outturn import end_of
from layout.plan.terms import TERMS
from layout.solving import solve

MODEL = "national-2025"
YEAR = 2025
RUNS = ("targets", "free", "reported")
"""All targets; without the rules on hubs; without them, and demand as it was reported."""
AI = "intelligent"
PLACES = {
    "ai-inner-mongolia": "province:150000",
    "ai-hebei": "province:130000",
    "ai-guizhou": "province:520000",
    "ai-zhangjiakou": "site:ZHANGJIAKOU",
    "ai-wuhu": "site:WUHU",
    "ai-qingyang": "site:QINGYANG",
    "ai-zhongwei": "site:ZHONGWEI",
}
HUB_SCOPES = ("hub", "hubs", "clusters", "group")
SITING = ("large_outside_clusters_mw",)


def hub_rules(model: PlanningModel) -> list[str]:
    """The targets that count and speak of hubs or clusters, or of where large halls stand."""
    return [
        target.id
        for target in model.settings.targets
        if target.mode != "report"
        and (target.scope.partition(":")[0] in HUB_SCOPES or target.measure in SITING)
    ]


def settings(run: str) -> tuple[list[str], list[str]]:
    """The ``--set`` and the ``--scenario`` of a run."""
    if run == "targets":
        return [], []
    sets = [f"targets.{rule}.mode=report" for rule in hub_rules(read_model(MODEL))]
    return sets, ["demand-outturn"] if run == "reported" else []


@cache
def plan(run: str) -> Plan:
    """A run, proved and verified. Raises AssertionError when it is not optimal."""
    sets, scenarios = settings(run)
    found = solve(read_model(MODEL, sets=sets, scenarios=scenarios), counterfactual=False)
    assert found.status == "optimal", (run, found.status)
    return found


@cache
def planned(run: str) -> Ledger:
    """The ledger of a run in 2025."""
    found = plan(run)
    return Ledger(found.tables, found.model, YEAR)


def share(held: Ledger, scope: str, frame: pd.DataFrame, column: str) -> float:
    """The part of a column that lies in a scope."""
    inside = held.site_mask(scope, frame["site"])
    return float(frame.loc[inside, column].sum() / frame[column].sum())


def values(run: str) -> dict[str, float]:
    """Code of a comparison → value in a run."""
    held = planned(run)
    units = held.units
    intelligent = units[units["kind"] == AI]
    clusters = units[held.site_mask("clusters", units["site"])]
    found = {
        "racks-2025": units["space_mw"].sum() / KW_PER_RACK,
        "intelligent-2025": intelligent["compute_eflops"].sum(),
        "intelligent-2026": intelligent["compute_eflops"].sum(),
        "pue-2025": units["facility_gwh"].sum() / units["it_gwh"].sum(),
        "racked-clusters-2025": clusters["it_mw"].sum() / clusters["space_mw"].sum(),
        "hub-compute-2025": share(held, "hubs", units, "compute_fp32"),
        "hub-new": share(held, "hubs", units, "new_mw"),
        "west-new": share(held, "group:west-clusters", units, "new_mw"),
        "east-additions": share(held, "region:east", intelligent, "added_eflops"),
    }
    for code, scope in PLACES.items():
        found[code] = share(held, scope, intelligent, "compute_eflops")
    return {code: float(value) for code, value in found.items()}


def hubs(run: str) -> dict[str, float]:
    """Hub, and '' for what lies outside → share of the additions in FP32."""
    held = planned(run)
    hub = held.words("sites", "hub", held.units["site"])
    sums = held.units["added_fp32"].groupby(hub).sum()
    return {name: float(value) for name, value in (sums / sums.sum()).items()}


def accounts() -> dict[str, float]:
    """Carbon of the run with all targets, Mt a year: key figure → value."""
    names = ("carbon_kt", "carbon_market_kt", "carbon_life_cycle_kt")
    figures = plan("targets").record["kpis"]
    return {name: figures[name]["value"] / 1000 for name in names}


def routes() -> dict[str, float]:
    """Code of a comparison → change of carbon when a route is taken (docs/literature_runs.py)."""
    found = {}
    for origin, goal in ROUTES:
        home, there = moved(origin, goal)
        found[f"route-{origin}-{goal}"] = there.against(home)[1]
    return found


@dataclass(frozen=True)
class Outturn:
    """A figure of the table `outturn` beside the model at the same date.

    `start` is the base year's value, `end` that of the plan; `at` lies between them on a straight
    line by date. NaN where a side is not known.
    """

    measure: str
    scope: str
    kind: str
    basis: str
    date: str
    value: float
    start: float
    end: float
    at: float


def outturns() -> list[Outturn]:
    """Every row of the table `outturn`, measured on the base year and on the plan."""
    held = planned("targets")
    target = held.model.settings.targets[0]
    found = []
    for row in held.model["outturn"].itertuples():
        asked = {"measure": row.measure, "scope": row.scope, "kind": row.kind, "basis": row.basis}
        one = target.model_copy(update=asked)
        start, end = (_measured(one, side) for side in (ledger(2023), held))
        passed = (_moment(row.date) - 2024.0) / 2
        at = start + (end - start) * passed
        found.append(Outturn(**asked, date=row.date, value=row.value, start=start, end=end, at=at))
    return found


def _measured(target: object, held: Ledger) -> float:
    measure = str(getattr(target, "measure", ""))
    if measure == "storage_eb" and not held.model.settings.features.storage:
        return float("nan")
    ratio = TERMS[measure](held, target)
    return float("nan") if ratio is None or ratio.value is None else float(ratio.value)


def _moment(date: str) -> float:
    moment = end_of(date)
    assert moment is not None, date
    return moment
