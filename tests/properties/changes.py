"""Changes of a question that say the same in other words, or whose effect theory knows.

All are made from the declarations: the unit of a column or the name of a key says what a change of
units does to it, the type of a column what a new name does. A new column is changed rightly as long
as its unit is stated rightly.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from layout.model import TABLES
from tests.properties.questions import Question, Rows

KEPT = frozenset({"intelligent", "east", "west"})
"""Names that measures know: AI centres are of the kind `intelligent`, (58) is west over east."""

IN_EFLOPS = frozenset(
    "additions_share compute_eflops compute_eflops_fp32 domestic_share gini hhi inclusive_share "
    "kind_share latency_share region_share self_sufficiency served_share west_to_east".split()
)
"""Measures whose shortfall is counted, and priced, in EFLOPS."""
EXTENSIVE = frozenset(
    "capex_mcny carbon_kt carbon_life_cycle_kt carbon_market_kt compute_eflops compute_eflops_fp32 "
    "energy_gwh heat_gwh large_outside_clusters_mw storage_eb water_ml".split()
)
"""Measures that double where everything doubles."""
COUNTS = frozenset({"ai_centres", "interhub_latency_ms", "site_count"})
"""Measures in units that do not double."""
AMOUNTS = frozenset({"EFLOPS", "MW", "ha", "Gbps", "GWh", "EB", "ML", "mcny", "mcny/year"})
"""Units of what doubles where everything doubles."""


# units --------------------------------------------------------------------------------------


def in_other_money(question: Question, factor: float) -> Question:
    """Every price and amount of money times `factor`: the cost is too, the plan is the same."""

    def column(unit: str) -> float:
        money = "mcny" in unit or unit.startswith("CNY")
        return factor if money else 1.0

    def key(name: str) -> float:
        return factor if "mcny" in name or "cny" in name else 1.0

    def goal(row: dict[str, Any]) -> dict[str, Any]:
        by = factor if row["measure"] == "capex_mcny" else 1.0
        price = 1.0 if row["measure"] == "capex_mcny" else factor
        return _scaled_target(row, value=by, penalty=price)

    return _converted(question, column, key, goal)


def in_other_compute(question: Question, factor: float) -> Question:
    """Compute counted in a unit `factor` times smaller: the cost and the plan are the same."""

    def column(unit: str) -> float:
        return factor if unit == "EFLOPS" else 1 / factor if "/EFLOPS" in unit else 1.0

    def key(name: str) -> float:
        return 1 / factor if name.endswith("_per_eflops") else 1.0

    def goal(row: dict[str, Any]) -> dict[str, Any]:
        value = factor if row["measure"].startswith("compute_eflops") else 1.0
        penalty = 1 / factor if row["measure"] in IN_EFLOPS else 1.0
        found = _scaled_target(row, value=value, penalty=penalty)
        if row["measure"] == "ai_centres":
            found["basis"] = str(float(row["basis"]) * factor)
        return found

    return _converted(question, column, key, goal)


def everything_times(question: Question, factor: float) -> Question:
    """Demand and all that limits or holds it times `factor`: the cost is too."""

    def column(unit: str) -> float:
        return factor if unit in AMOUNTS else 1.0

    def key(name: str) -> float:
        return factor if name.endswith(("_cap_gwh", "ingress_gbps")) else 1.0

    def goal(row: dict[str, Any]) -> dict[str, Any]:
        value = factor if row["measure"] in EXTENSIVE else 1.0
        penalty = factor if row["measure"] in COUNTS else 1.0
        found = _scaled_target(row, value=value, penalty=penalty)
        if row["measure"] == "ai_centres":
            found["basis"] = str(float(row["basis"]) * factor)
        return found

    return _converted(question, column, key, goal)


def _scaled_target(row: dict[str, Any], value: float, penalty: float) -> dict[str, Any]:
    found = {**row, "value": row["value"] * value}
    if row.get("penalty") is not None:
        found["penalty"] = row["penalty"] * penalty
    return found


def _converted(
    question: Question,
    column: Callable[[str], float],
    key: Callable[[str], float],
    goal: Callable[[dict[str, Any]], dict[str, Any]],
) -> Question:
    tables = {name: _converted_rows(name, rows, column) for name, rows in question.tables.items()}
    settings = _converted_keys(question.settings, key)
    settings["targets"] = [goal(row) for row in question.settings.get("targets", [])]
    return Question(settings, tables)


def _converted_rows(table: str, rows: Rows, column: Callable[[str], float]) -> Rows:
    factors = {one.name: column(one.unit) for one in TABLES[table] if one.type == "number"}
    return [
        {
            name: value if value is None or factors.get(name, 1.0) == 1 else value * factors[name]
            for name, value in row.items()
        }
        for row in rows
    ]


def _converted_keys(settings: dict[str, Any], key: Callable[[str], float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found[name] = _converted_keys(value, key)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            by = key(name)
            found[name] = value if by == 1 else value * by
        else:
            found[name] = copy.deepcopy(value)
    return found


# names, order, places ----------------------------------------------------------------------


def renamed(question: Question) -> Question:
    """Every code under another name, which sorts the other way round."""
    codes = sorted(_codes(question) - KEPT)
    new = {code: f"n{len(codes) - number:03d}" for number, code in enumerate(codes)}
    tables = {
        name: [
            {
                key: _renamed_scope(value, new)
                if key == "scope"
                else _renamed_cell(TABLES[name][key].type, value, new)
                for key, value in row.items()
            }
            for row in rows
        ]
        for name, rows in question.tables.items()
    }
    targets = []
    for row in question.settings.get("targets", []):
        found = {**row, "scope": _renamed_scope(row["scope"], new)}
        if row.get("kind"):
            found["kind"] = new.get(row["kind"], row["kind"])
        targets.append(found)
    return Question({**question.settings, "targets": targets}, tables)


def _codes(question: Question) -> set[str]:
    found: set[str] = set()
    for name, rows in question.tables.items():
        for row in rows:
            for key, value in row.items():
                if TABLES[name][key].type in ("code", "list") and value:
                    found.update(str(value).split(";"))
    return found


def _renamed_scope(scope: Any, new: dict[str, str]) -> Any:
    kind, sign, place = str(scope or "").partition(":")
    return f"{kind}{sign}{new.get(place, place)}" if sign else scope


def _renamed_cell(type_: str, value: Any, new: dict[str, str]) -> Any:
    if type_ not in ("code", "list") or not value:
        return value
    return ";".join(new.get(part, part) for part in str(value).split(";"))


def shuffled(question: Question, seed: int) -> Question:
    """Rows, columns, targets and keys in another order."""
    pick = random.Random(seed)

    def mixed(values: Any) -> list[Any]:
        return pick.sample(list(values), len(values))

    tables = {
        name: [dict(mixed(row.items())) for row in mixed(rows)]
        for name, rows in mixed(question.tables.items())
    }
    settings = dict(mixed(question.settings.items()))
    settings["targets"] = mixed(settings.get("targets", []))
    return Question(settings, tables)


def moved(question: Question, degrees: float) -> Question:
    """The whole map turned about the axis of the earth: all distances are the same."""
    tables = dict(question.tables)
    for name in ("zones", "sites"):
        tables[name] = [{**row, "lon": row["lon"] + degrees} for row in tables[name]]
    return Question(question.settings, tables)


def mirrored(question: Question) -> Question:
    """North and south exchanged: all distances are the same."""
    tables = dict(question.tables)
    for name in ("zones", "sites"):
        tables[name] = [{**row, "lat": -row["lat"]} for row in tables[name]]
    return Question(question.settings, tables)


# more and less ------------------------------------------------------------------------------


def with_idle_things(question: Question) -> Question:
    """Things that nobody may use or that ask for nothing: the plan is the same."""
    tables = {name: list(rows) for name, rows in question.tables.items()}
    kind = {**tables["kinds"][0], "kind": "aaa-later", "from_year": 2100, "until_year": 2101}
    tables["kinds"] = [*tables["kinds"], kind]
    hall = {**tables["facilities"][0], "facility": "aaa-nowhere", "module_it_mw": None}
    tables["facilities"] = [*tables["facilities"], hall]  # without a row of `pue`
    work = {**tables["workloads"][0], "workload": "aaa-unasked"}
    tables["workloads"] = [*tables["workloads"], work]
    tables["zones"] = [{**tables["zones"][0], "zone": "aaa-empty"}, *tables["zones"]]
    tables["groups"] = [
        *tables.get("groups", []),
        {"group": "aaa", "kind": "site", "member": tables["sites"][0]["site"]},
    ]
    tables["criteria"] = [{"site": "E", "criterion": "view", "value": 3}]
    tables["outturn"] = [{"measure": "carbon_kt", "date": "2024-06-30", "value": 3, "unit": "kt"}]
    return Question(question.settings, tables)


def with_split_zone(question: Question, share: float = 0.25) -> Question:
    """The first zone as two zones in the same place that share its demand."""
    tables = {name: list(rows) for name, rows in question.tables.items()}
    first = tables["zones"][0]
    name, other = first["zone"], "aaa-part"
    node = first.get("node") or name
    tables["zones"] = [
        {**first, "node": node},
        {**first, "zone": other, "node": node},
        *tables["zones"][1:],
    ]
    demand: Rows = []
    for row in tables["demand"]:
        if row["zone"] != name:
            demand.append(row)
            continue
        demand.append({**row, "demand_eflops": row["demand_eflops"] * (1 - share)})
        demand.append({**row, "zone": other, "demand_eflops": row["demand_eflops"] * share})
    return Question(question.settings, {**tables, "demand": demand})


def with_one_more_site(question: Question) -> Question:
    """One more candidate site in the place of an empty one, on better terms."""
    sites = question.tables["sites"]
    new = {**sites[-1], "site": "aaa-new", "max_it_mw": 8, "cost_factor": 0.9}
    return question.with_rows(sites=[*sites, new])


def with_demand(question: Question, factor: float) -> Question:
    """All demand times `factor`."""
    rows = [
        {**row, "demand_eflops": row["demand_eflops"] * factor} for row in question.tables["demand"]
    ]
    return question.with_rows(demand=rows)
