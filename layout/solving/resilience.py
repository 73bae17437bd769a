"""What resilience adds to a plan: who takes over in an outage, what nobody does, copies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.formulation.linear import Floats, Linear, level
from layout.formulation.resilience import copied, groups, need_weight, stated
from layout.formulation.variables import Variables
from layout.model import resilience as facts

SPECK = 1e-9  # EFLOPS: less is rounding of the solver
_RECOURSE = ("outage", "zone", "site", "workload", "kind", "year", "recourse_eflops")
_UNCOVERED = ("outage", "zone", "workload", "year", "critical_eflops", "uncovered_eflops")


def resilience_tables(v: Variables, _units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """recourse.csv, uncovered.csv and standby.csv of a year."""
    tables = {"recourse": _frame([], _RECOURSE), "uncovered": _frame([], _UNCOVERED)}
    if v.case.settings.resilience.outage != "none":
        tables.update(_shared(v))
    tables["standby"] = _standby(v)
    return tables


def _frame(rows: list[tuple[object, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    keys = [name for name in columns if not name.endswith("_eflops")]
    return pd.DataFrame(rows, columns=list(columns)).sort_values(keys).reset_index(drop=True)


def _needs(v: Variables) -> dict[tuple[str, int], float]:
    """(outage, demand row) → peak EFLOPS that have to go on elsewhere."""
    case, flows = v.case, v.case.flows
    served = v.add_served(Linear(len(flows)), np.arange(len(flows))).values()
    weighted = np.maximum(served, 0.0) * need_weight(case, facts.duties(case.model))
    found = {}
    for outage in facts.outages(case.model):
        of = outage.lost[flows.site]
        sums = np.bincount(flows.row[of], weighted[of], len(case.demand))
        found.update({(outage.scope, int(row)): float(sums[row]) for row in np.flatnonzero(sums)})
    return found


def _shared(v: Variables) -> dict[str, pd.DataFrame]:
    """A group's recourse and shortfall divided over its demands by what each has lost."""
    case, needs = v.case, _needs(v)
    peak = case.workload_table["peak_factor"].to_numpy(float)
    zones, works = (case.demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
    amounts, missing = _amounts(v)
    recourse: list[tuple[object, ...]] = []
    uncovered: list[tuple[object, ...]] = []
    for group in groups(case):
        need = np.array([needs.get((group.outage, int(row)), 0.0) for row in group.rows])
        total = float(need.sum())
        if total <= SPECK:
            continue
        key = (group.outage, group.label)
        offered = amounts.get(key, np.zeros(len(group.hosts)))
        given = float(offered.sum())
        lacking = max(0.0, min(missing.get(key, 0.0) * peak[works[group.rows[0]]], total))
        if not len(group.hosts):
            lacking = total
        scale = (total - lacking) / given if given > SPECK else 0.0
        for row, share in zip(group.rows, need / total, strict=True):
            zone, work, factor = zones[row], works[row], float(peak[works[row]])
            labels = (case.zones[zone], case.workloads[work], case.year)
            given_each = offered * scale * share / factor
            for site, kind, amount in zip(group.hosts, group.kinds, given_each, strict=True):
                if amount > SPECK:
                    place = (labels[0], case.sites[site], labels[1], case.kinds[kind], case.year)
                    recourse.append((group.outage, *place, float(amount)))
            if lacking * share / factor > SPECK:
                lost = float(total * share / factor)
                uncovered.append((group.outage, *labels, lost, float(lacking * share / factor)))
    return {
        "recourse": _frame(recourse, _RECOURSE),
        "uncovered": _frame(uncovered, _UNCOVERED),
    }


def _amounts(v: Variables) -> tuple[dict[tuple[str, str], Floats], dict[tuple[str, str], float]]:
    """(outage, group) → recourse at its hosts, and its shortfall where that has a price."""
    chosen = stated(v.case)
    if not chosen:
        return {}, {}
    values, at, amounts = level(v.parts["recourse"]), 0, {}
    for group in chosen:
        amounts[group.outage, group.label] = values[at : at + len(group.hosts)]
        at += len(group.hosts)
    if "uncovered" not in v.parts:
        return amounts, {}
    lacking = level(v.parts["uncovered"])
    keys = [(group.outage, group.label) for group in chosen]
    return amounts, dict(zip(keys, map(float, lacking), strict=True))


def _standby(v: Variables) -> pd.DataFrame:
    """standby.csv: copies kept ready, by zone, site and workload."""
    case = v.case
    columns = ("zone", "site", "workload", "year", "standby_eflops")
    if "standby" not in v.parts:
        return _frame([], columns)
    _, site, owner = copied(case)
    zones, works = (case.demand[name].to_numpy(np.int64)[owner] for name in ("zone", "workload"))
    table = pd.DataFrame(
        {
            "zone": np.array(case.zones, dtype=object)[zones],
            "site": np.array(case.sites, dtype=object)[site],
            "workload": np.array(case.workloads, dtype=object)[works],
            "year": case.year,
            "standby_eflops": level(v.parts["standby"]),
        }
    )
    table = table[table["standby_eflops"] > 0]
    return table.sort_values(list(columns[:4])).reset_index(drop=True)
