"""Work that shifts: who serves a zone is decided slice by slice."""

from __future__ import annotations

import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.findings import ROW
from layout.checking.profiles import Profiles, wide

FLEXIBLE, SHIFTED = "flexible.csv", "shifted.csv"


def shifts(case: Case) -> pd.Series:
    """Workload → whether who serves it is decided slice by slice."""
    table = case.plan.model["workloads"].set_index("workload")
    return table["shiftable"] & table["split"] & (table["flexible"] != "week")


def load_peaks(case: Case) -> pd.Series:
    """Workload → highest load of a slice of the table over the mean of the year.

    Work that may wait rises to its ceiling; work that shifts to the higher of both.
    """
    table = case.plan.model["workloads"].set_index("workload")
    hours = case.plan.model["slices"].set_index("slice")["hours"]
    rows = case.plan.model["profiles"]
    top = pd.Series(1.0, table.index)
    for workload, of in rows[rows["workload"] != ""].groupby("workload"):
        values = of.set_index("slice")["value"].reindex(hours.index, fill_value=0.0)
        mean = float((values * hours).sum() / hours.sum())
        top.loc[str(workload)] = float(values.max()) / mean if mean > 0 else 1.0
    ceiling = 1 + case.plan.model.settings.slices.flexible_headroom
    top[table["flexible"].isin(["day", "week"])] = ceiling
    return top.where(~shifts(case), top.clip(lower=ceiling))


def check_shifted(case: Case, profiles: Profiles) -> None:
    """Work that shifts: its zone's in every slice or day, its site's over the year and in each.

    Σ_i shifted is the load of the zone in the slice, or what it asks for in the day; Σ_s is what
    the site serves it in the year; no slice rises above the ceiling; Σ_z is the load of the site.
    """
    slices, key = profiles.slices, ["site", "zone", "workload"]
    shifted = wide(case.table("shifted"), key, "served_eflops", slices)
    service = case.service[shifts(case).reindex(case.service["workload"]).to_numpy(dtype=bool)]
    if shifted.empty and service.empty:
        return
    index = shifted.index.union(pd.MultiIndex.from_frame(service[key]))
    shifted = shifted.reindex(index, fill_value=0.0)
    served = service.set_index(key)["served_eflops"].reindex(index, fill_value=0.0)
    place, code = keyed(SHIFTED, index), "slice_shifted"
    mean = (shifted * slices["hours"]).sum(axis=1) / 8760
    case.findings.equal(code, place, mean, served, least=ROW)
    work = index.get_level_values("workload")
    top = load_peaks(case).reindex(work).to_numpy(dtype=float)
    case.findings.at_most(code, place, shifted.max(axis=1), top * served, size=served)
    _asked(case, profiles, shifted, served)
    bent = wide(case.table("flexible"), ["site", "workload"], "load_eflops", slices)
    own = shifts(case)
    bent = bent[own.reindex(bent.index.get_level_values("workload")).to_numpy(dtype=bool)]
    each = case.away_work(shifted.index.to_frame(index=False))
    done = shifted.mul(each, axis=0).groupby(level=["site", "workload"]).sum()
    index = bent.index.union(done.index)
    bent, done = bent.reindex(index, fill_value=0.0), done.reindex(index, fill_value=0.0)
    names = index.to_frame(index=False)
    for label in slices.index:
        where = FLEXIBLE, names.assign(slice=label)
        case.findings.equal(code, where, bent[label], done[label], least=ROW)


def _asked(case: Case, profiles: Profiles, shifted: pd.DataFrame, served: pd.Series) -> None:
    """What a zone is served in a slice follows its load; of work of the day, in the day."""
    slices, key = profiles.slices, ["zone", "workload"]
    waits = case.plan.model["workloads"].set_index("workload")["flexible"]
    done, asked = shifted.groupby(level=key).sum(), served.groupby(level=key).sum()
    for workload, of in done.groupby(level="workload"):
        mean, names = asked.reindex(of.index), of.index.to_frame(index=False)
        if waits[str(workload)] == "day":
            for day, labels in slices.groupby("day").groups.items():
                hours = slices.loc[labels, "hours"]
                found = (of[labels] * hours).sum(axis=1) / hours.sum()
                where = SHIFTED, names.assign(day=str(day))
                case.findings.equal("slice_shifted", where, found, mean, size=mean, least=ROW)
            continue
        shape = profiles.of(workload=str(workload))
        for label, level in zip(slices.index, shape, strict=True):
            where = SHIFTED, names.assign(slice=label)
            wanted = level * mean
            case.findings.equal("slice_shifted", where, of[label], wanted, size=mean, least=ROW)
