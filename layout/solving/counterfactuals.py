"""The questions beside the plan's own (§2.14): what moving work west is worth, and the rest.

`local`: nothing moves between regions; `cross`: all may move; `no_policy`: no target; `as_is`:
the stock as it stands, only work moves; `siloed`: no owner uses another's capacity.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.model.costs import DEFAULT_PENALTY
from layout.model.owners import is_split, siloed
from layout.solving.comparison import asked, bound_mcny, cost_of, looser
from layout.solving.fractional import in_use
from layout.solving.optimise import Clock, Solved, optimise

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.solving.highs import Settings
    from layout.solving.live import Live

CHEAP_VARIABLES = 50_000  # a larger model is not solved again for comparison
FIGURES = ("status", "objective_mcny", "bound_mcny", "carbon_kt")
SERVED_ALIKE = 1e-6  # EFLOPS: costs of answers that leave different demand unserved do not compare


def is_cheap(solved: Solved) -> bool:
    """Whether the model is small enough to be asked again otherwise."""
    return "flows" not in solved.notes and solved.compiled.size["variables"] <= CHEAP_VARIABLES


def figures(solved: Solved) -> dict[str, Any]:
    """Cost, what was proved, carbon and unserved demand of an answer; else its status alone."""
    outcome = solved.outcome
    if outcome.x is None:
        return {"status": outcome.status}
    return {
        "status": outcome.status,
        "objective_mcny": cost_of(solved),
        "penalty_mcny": solved.formulation.costs["penalty"].value(),
        "bound_mcny": bound_mcny(solved),
        "carbon_kt": solved.formulation.carbon.value(),
        "unserved_eflops_fp32": _unserved(solved),
    }


def _unserved(solved: Solved) -> float:
    """Demand that nobody serves, EFLOPS FP32 (years of a period count)."""
    wanted = 0.0
    for year in solved.formulation.years:
        case = year.case
        fp32 = case.kind_values("fp32_per_native")
        weight = np.ones(len(fp32)) if np.isnan(fp32).any() else fp32
        workload = case.demand["workload"].to_numpy(np.int64)
        of = weight[case.workload_kind[workload]]
        wanted += year.period.years * float((of * year.variables.demand_eflops).sum())
    return max(0.0, wanted - in_use(solved.formulation).value())


def as_it_is(model: PlanningModel, settings: Settings, live: Live | None = None) -> Solved:
    """The stock as it stands serves what it can: no additions, no targets, nothing promised.

    Commitments, floors, limits on halls and data to be kept ask for nothing. Demand that it
    cannot serve is left at the price of unserved demand, or its default.
    """
    economy = model.settings.economy
    if economy.unserved_penalty_mcny_per_eflops is None:
        price = DEFAULT_PENALTY["EFLOPS"]
        economy = economy.model_copy(update={"unserved_penalty_mcny_per_eflops": price})
    free = [target.model_copy(update={"mode": "report"}) for target in model.settings.targets]
    changed = asked(model, mode="trade", targets=free, economy=economy, objective=["cost"])
    silent = ("commitments", "floors", "hall_limits", "storage_demand")
    tables = {**model.tables, **{name: model[name].iloc[:0] for name in silent}}
    question = replace(changed, tables=tables)
    return optimise(question, settings, Clock(None), watch=False, live=live)


def moved_freely(model: PlanningModel, settings: Settings, live: Live | None = None) -> Solved:
    """The same question with everything allowed to move and to be built anywhere."""
    question = asked(model, mode="cross")
    return optimise(question, looser(settings), Clock(None), watch=False, live=live)


def alone(model: PlanningModel, settings: Settings, live: Live | None = None) -> Solved:
    """The same question with every owner serving his demand by his own capacity (R67)."""
    apart = siloed(asked(model, owners="siloed"))
    return optimise(apart, looser(settings), Clock(None), watch=False, live=live)


def counterfactuals(
    model: PlanningModel,
    settings: Settings,
    solved: Solved,
    local: dict[str, Any] | None,
    free: dict[str, Any] | None,
    live: Live | None = None,
) -> dict[str, dict[str, Any]]:
    """Name → figures of the other answer and how they differ from the plan's (theirs − ours).

    `local` and `free` are the answers already known without moving and without targets.
    """
    others: dict[str, dict[str, Any]] = {}
    if local is not None:
        others["local"] = {name: local[name] for name in FIGURES if name in local}
    if free is not None:
        others["no_policy"] = {name: free[name] for name in FIGURES if name in free}
    if model.settings.mode != "cross":
        others["cross"] = figures(moved_freely(model, settings, live))
    if model.settings.mode != "trade":
        others["as_is"] = figures(as_it_is(model, settings, live))
    if len(model["owners"]) and not is_split(model):
        others["siloed"] = figures(alone(model, settings, live))
    mine = figures(solved)
    for other in others.values():
        other.update(_differences(mine, other))
    return others


def _differences(mine: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Theirs − ours; no difference of cost where the other leaves more or less unserved."""
    if other.get("objective_mcny") is None:
        return {}
    found = {"difference_kt": other["carbon_kt"] - mine["carbon_kt"]}
    left = other.get("unserved_eflops_fp32", mine["unserved_eflops_fp32"])
    if abs(left - mine["unserved_eflops_fp32"]) <= SERVED_ALIKE:
        found["difference_mcny"] = other["objective_mcny"] - mine["objective_mcny"]
    return found


def value_of_moving(
    mode: str, record: dict[str, Any], others: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """What it is worth that work may move between regions: cost when it may not − when it may.

    `least_mcny` and `most_mcny` are what both proofs leave open; with myopic foresight proofs
    are of periods, not of plans, and leave nothing to compare. None without both answers.
    """
    ours = {"objective_mcny": record["objective_mcny"], "bound_mcny": record["bound_mcny"]}
    carbon = others.get("local" if mode == "cross" else "cross", {}).get("difference_kt")
    stays: dict[str, Any] | None = ours
    moves: dict[str, Any] | None = ours
    if mode == "cross":
        stays = others.get("local")
    elif mode == "local":
        moves = others.get("cross")
        carbon = None if carbon is None else -carbon
    else:
        return None
    if stays is None or moves is None:
        return None
    cost, less = stays.get("objective_mcny"), moves.get("objective_mcny")
    if cost is None or less is None:
        return None
    low, high = stays.get("bound_mcny"), moves.get("bound_mcny")
    if record.get("foresight") == "myopic" and len(record.get("periods") or []) > 1:
        low = high = None
    return {
        "saving_mcny": cost - less,
        "least_mcny": None if low is None else low - less,
        "most_mcny": None if high is None else cost - high,
        "carbon_saved_kt": carbon,
    }


def value_of_pooling(
    record: dict[str, Any], others: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """What it is worth that owners share capacity: cost when each keeps to himself − the plan's.

    `least_mcny` and `most_mcny` are what both proofs leave open. None without both answers, or
    where they leave different demand unserved.
    """
    apart = others.get("siloed", {})
    if "difference_mcny" not in apart:
        return None
    low, high = apart.get("bound_mcny"), record["bound_mcny"]
    if record.get("foresight") == "myopic" and len(record.get("periods") or []) > 1:
        low = high = None
    return {
        "saving_mcny": apart["difference_mcny"],
        "least_mcny": None if low is None else low - record["objective_mcny"],
        "most_mcny": None if high is None else apart["objective_mcny"] - high,
        "carbon_saved_kt": apart["difference_kt"],
    }
