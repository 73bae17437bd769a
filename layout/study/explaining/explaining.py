"""Why a plan looks as it does: sites, zones and targets in numbers (`layout explain`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.errors import InputError, Problem
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.solving.targets import FREE_MCNY
from layout.study.explaining.again import check_tables, settings_of
from layout.study.explaining.asking import Questions, why_not
from layout.study.explaining.explaining_site import ADDED, explain_site
from layout.study.explaining.explaining_zone import explain_zone
from layout.study.folder import Study

if TYPE_CHECKING:
    from layout.plan import Plan

GAP = 1e-4
"""To what gap questions are answered where the plan's own is wider: differences are small."""
MOST = 3
"""Sites, zones and targets that are explained where none is named."""


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


def _money(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, "mcny", empty=True) for name in names)


SITES = PlanFile(
    "explained_sites",
    ("site",),
    (
        *_text("site"),
        Column("new_mw", NUMBER, "MW"),
        *_money("saves_mcny", "saves_least_mcny", "saves_most_mcny"),
        Column("least_mw", NUMBER, "MW", empty=True),
        *_money("rise_mcny", "rise_least_mcny", "rise_most_mcny"),
        *(
            Column(name, NUMBER, "1", empty=True)
            for name in ("capital_fall", "capital_fall_least", "capital_fall_most")
        ),
        *(
            Column(name, NUMBER, "CNY/kWh", empty=True)
            for name in ("power_fall_cny_per_kwh", "power_fall_most_cny_per_kwh")
        ),
        *_text("stopped_by"),
    ),
    optional=True,
)
ZONES = PlanFile(
    "explained_zones",
    ("zone", "workload", "year", "site"),
    (
        *_text("zone", "workload"),
        Column("year", INTEGER),
        *_text("site", "role"),
        Column("served_eflops", NUMBER, "EFLOPS", empty=True),
        Column("latency_one_way_ms", NUMBER, "ms"),
        Column("latency_rtt_ms", NUMBER, "ms"),
        Column("limit_ms", NUMBER, "ms", empty=True),
        Column("price_mcny_per_eflops_year", NUMBER, "mcny/(EFLOPS·a)", empty=True),
        *(
            Column(f"{name}_mcny_per_eflops_year", NUMBER, "mcny/(EFLOPS·a)", empty=True)
            for name in ("difference", "capital", "operation", "power", "network", "carbon")
        ),
        *_text("why"),
    ),
    optional=True,
)
TARGETS = PlanFile(
    "explained_targets",
    ("target",),
    (
        *_text("target"),
        *(
            Column(name, NUMBER, "", empty=True)
            for name in ("required", "achieved", "achieved_without")
        ),
        *_money("cost_mcny", "cost_least_mcny", "cost_most_mcny", "shadow_cost_mcny"),
        *_text("met_by", "status"),
    ),
    optional=True,
)
EXPLAINED = (SITES, ZONES, TARGETS)
"""The tables of the study."""


def explain(
    plan: Plan,
    *,
    site: str | Sequence[str] = (),
    zone: str | Sequence[str] = (),
    target: str | Sequence[str] = (),
    gap: float | None = None,
    time_limit_s: float | None = None,
    counted: Callable[[str, int, int], None] | None = None,
) -> Study:
    """Why sites are built or not, who serves zones and why, what targets cost.

    Names are codes or names in either language. Without any, the largest builds, the dearest
    zones and the targets that bind. `gap` and `time_limit_s` are those of each question; from
    the plan and its model alone. `counted` is told how many sites and targets are answered. Raises
    FileProblem for a plan without tables and InputError with
    every unknown name.
    """
    check_tables(plan)
    chosen = _chosen(plan, {"site": site, "zone": zone, "target": target})
    why = why_not(plan)
    questions = None
    if not why and (chosen["site"] or chosen["target"]):
        own = settings_of(plan)
        near = GAP if gap is None else gap
        settings = settings_of(
            plan,
            gap=min(own.gap, near),
            gap_location=min(own.gap_location, near),
            time_limit_s=time_limit_s,
        )
        questions = Questions(plan, settings)
    sites, targets = [], []
    total = len(chosen["site"]) + len(chosen["target"])
    tell = counted or (lambda *_: None)
    for done, name in enumerate(chosen["site"]):
        tell("questions", done, total)
        sites.append(explain_site(plan, name, questions))
    for done, name in enumerate(chosen["target"], start=len(sites)):
        tell("questions", done, total)
        targets.append(_target(plan, name, questions))
    zones = [explain_zone(plan, name) for name in chosen["zone"]]
    record: dict[str, Any] = {
        "study": "explain",
        "model": plan.record.get("model", plan.model.name),
        "title": plan.model.settings.title.model_dump(),
        "status": plan.status,
        "objective_mcny": plan.record["objective_mcny"],
        "bound_mcny": plan.record["bound_mcny"],
        "several_periods": len(plan.model.settings.periods) > 1,
        "not_asked": why or None,
        "gap": None if questions is None else questions.work.settings.gap,
        "cost_mcny": None if questions is None else questions.cost_mcny,
        "sites": sites,
        "zones": zones,
        "targets": targets,
        "manifest": plan.record.get("manifest"),
    }
    tables = {"explained_sites": [_site_row(one) for one in sites]}
    tables["explained_zones"] = [row for one in zones for row in _zone_rows(one)]
    tables["explained_targets"] = [_target_row(one) for one in targets]
    frames = {
        file.name: file.frame(pd.DataFrame(tables[file.name], columns=file.names))
        for file in EXPLAINED
    }
    return Study(record, EXPLAINED, frames)


def _chosen(plan: Plan, given: dict[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """The codes that are meant; the most telling ones where nothing is named."""
    problems: list[Problem] = []
    lists = {
        name: [value] if isinstance(value, str) else list(value) for name, value in given.items()
    }
    known = {
        "site": _codes(plan.model["sites"], "site"),
        "zone": _codes(plan.model["zones"], "zone"),
        "target": {target.id: target.id for target in plan.model.settings.targets},
    }
    found: dict[str, list[str]] = {}
    for name, values in lists.items():
        found[name] = []
        for value in values:
            code = known[name].get(value.strip())
            if code is None:
                hint = {"name": shown(value), "hint": nearest(value, known[name])}
                problems.append(Place(f"--{name}").problem(f"explain_{name}", None, **hint))
            elif code not in found[name]:
                found[name].append(code)
    if problems:
        raise InputError(problems)
    return found if any(lists.values()) else _telling(plan)


def _codes(table: pd.DataFrame, key: str) -> dict[str, str]:
    """Code and names that one row alone bears → code."""
    codes = table[key].astype(str)
    found: dict[str, str] = {}
    for column in ("name_en", "name_zh"):
        names = table[column].fillna("").astype(str)
        once = ~names.duplicated(keep=False) & (names != "")
        found.update(zip(names[once], codes[once], strict=True))
    return {**found, **dict(zip(codes, codes, strict=True))}


def _telling(plan: Plan) -> dict[str, list[str]]:
    """The largest builds, the dearest zones, the targets that bind or cost something."""
    capacity = plan.tables["capacity"]
    fp32 = plan.model["kinds"].set_index("kind")["fp32_per_native"]
    added = capacity[list(ADDED)].sum(axis=1) * capacity["kind"].map(fp32).to_numpy(float)
    built = added.groupby(capacity["site"]).sum()
    built = built[built > 0].sort_index().sort_values(ascending=False, kind="stable")
    prices = plan.tables["prices"]
    price = prices["price_mcny_per_eflops_year"]
    usual = price.groupby([prices["workload"], prices["year"]]).transform("mean")
    dear = (price / usual).groupby(prices["zone"]).mean().dropna()
    dear = dear.sort_index().sort_values(ascending=False, kind="stable")
    records = plan.record.get("targets") or []
    bind = [
        str(one["id"])
        for one in records
        if one["met_by"] == "target"
        or (one.get("shadow_cost_mcny") or 0.0) > FREE_MCNY
        or (one["status"] == "fail" and one["mode"] != "report")
    ]
    return {
        "site": [str(name) for name in built.index[:MOST]],
        "zone": [str(name) for name in dear.index[:MOST]],
        "target": list(dict.fromkeys(bind))[:MOST],
    }


def _target(plan: Plan, name: str, questions: Questions | None) -> dict[str, Any]:
    """A target's record of the plan (its last period) and what the plan costs without it."""
    records = [one for one in plan.record.get("targets") or [] if one["id"] == name]
    found: dict[str, Any] = {**records[-1], "without": None}
    if questions is None or found["mode"] == "report":
        return found
    forced, achieved = questions.without(name)
    without: dict[str, Any] = {"status": forced.status, "achieved": achieved}
    if forced.cost_mcny is not None:
        low, high = questions.bound_mcny - forced.cost_mcny, None
        if forced.bound_mcny is not None:
            high = questions.cost_mcny - forced.bound_mcny
        cost = questions.cost_mcny - forced.cost_mcny
        without |= {"cost_mcny": cost, "least_mcny": low, "most_mcny": high}
    found["without"] = without
    return found


def _site_row(one: dict[str, Any]) -> dict[str, Any]:
    out, into = one["out"] or {}, one["into"] or {}
    capital, power = into.get("capital") or {}, into.get("power") or {}
    stopped = [item["limit"] for item in into.get("stopped_by", [])]
    blocked = [one["blocked"]["reason"]] if one["blocked"] else []
    return {
        "site": one["site"],
        "new_mw": one["new_mw"],
        "saves_mcny": out.get("rise_mcny"),
        "saves_least_mcny": out.get("least_mcny"),
        "saves_most_mcny": out.get("most_mcny"),
        "least_mw": into.get("least_mw"),
        "rise_mcny": into.get("rise_mcny"),
        "rise_least_mcny": into.get("least_mcny"),
        "rise_most_mcny": into.get("most_mcny"),
        "capital_fall": capital.get("fall"),
        "capital_fall_least": capital.get("least"),
        "capital_fall_most": capital.get("most"),
        "power_fall_cny_per_kwh": power.get("fall"),
        "power_fall_most_cny_per_kwh": power.get("most"),
        "stopped_by": ";".join([*blocked, *stopped]),
    }


def _zone_rows(one: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for work in one["workloads"]:
        same = {
            "zone": one["zone"],
            "year": one["year"],
            **{key: work[key] for key in ("workload", "limit_ms", "price_mcny_per_eflops_year")},
        }
        sites = [(item, "serves") for item in work["served"]]
        sites += [(work[name], name) for name in ("next", "out_of_reach") if work[name]]
        for item, role in sites:
            parts = item.get("parts") or {}
            cheaper = item.get("cheaper_mcny")
            difference = item.get("difference_mcny") if cheaper is None else -cheaper
            rows.append(
                {
                    **same,
                    "site": item["site"],
                    "role": role,
                    "served_eflops": item.get("served_eflops"),
                    "latency_one_way_ms": item["latency_one_way_ms"],
                    "latency_rtt_ms": item["latency_rtt_ms"],
                    "difference_mcny_per_eflops_year": difference,
                    **{f"{name}_mcny_per_eflops_year": value for name, value in parts.items()},
                    "why": item.get("why", ""),
                }
            )
    return rows


def _target_row(one: dict[str, Any]) -> dict[str, Any]:
    without = one["without"] or {}
    return {
        "target": one["id"],
        "required": one["value"],
        "achieved": one["achieved"],
        "achieved_without": without.get("achieved"),
        "cost_mcny": without.get("cost_mcny"),
        "cost_least_mcny": without.get("least_mcny"),
        "cost_most_mcny": without.get("most_mcny"),
        "shadow_cost_mcny": one["shadow_cost_mcny"],
        "met_by": one["met_by"],
        "status": one["status"],
    }
