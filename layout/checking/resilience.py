"""Resilience, worked out again: cover of every outage, copies, bursts, reserve, clusters."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.checking.case import Case, keyed, keys
from layout.checking.facts import Floats
from layout.checking.findings import ROW
from layout.checking.graph import graph_of, over_backbone
from layout.checking.hardware import hosted_at, running
from layout.checking.lanes import lanes

SLACK_MS = 1e-9
NATION = "nation"


def check_resilience(case: Case) -> None:
    """Every condition on recourse, uncovered demand, copies, bursts, reserve and clusters."""
    work = _work(case)
    _lost_sites(case)
    _balance(case, work)
    _in_time(case, "recourse", work)
    _free_compute(case, work)
    if case.plan.model.settings.resilience.uncovered_penalty_mcny_per_eflops is None:
        _nobody_near(case, work)
    _copies(case, work)
    _burst(case, work)
    _reserve(case, work)
    _clusters(case, work)


def uncovered_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: the price of what no site takes over, of the nation."""
    price = case.plan.model.settings.resilience.uncovered_penalty_mcny_per_eflops or 0.0
    total = price * float(case.table("uncovered")["uncovered_eflops"].sum())
    return pd.DataFrame({"site": [NATION], "component": ["uncovered"], "mcny": [total]})


def _work(case: Case) -> pd.DataFrame:
    """Workload → kind, peak, factor (with reserve), critical, stops, limit_ms, burst, floor, …"""
    table = case.plan.model["workloads"].set_index("workload")
    own = case.plan.model.settings.resilience
    stops = (table["preemptible"] == "yes") | (
        (table["preemptible"] == "") & (table["flexible"] != "no")
    )
    critical = table["critical"].where(table["critical"].notna(), np.where(stops, 0.0, 1.0))
    every_day = table["latency_ms"].where(table["latency_ms"].notna(), np.inf)
    relaxed = table["emergency_latency_ms"].fillna(own.emergency_latency_ms)
    asked = np.ones(len(table))
    if own.site_availability is not None:
        for row, wanted in enumerate(table["availability"]):
            while not np.isnan(wanted) and 1 - (1 - own.site_availability) ** asked[row] < (
                wanted - 1e-12
            ):
                asked[row] += 1
    return pd.DataFrame(
        {
            "kind": table["kind"],
            "peak": table["peak_factor"].astype(float),
            "factor": table["peak_factor"] * (1 + table["reserve_margin"]),
            "critical": critical.astype(float),
            "stops": stops.astype(bool),
            "limit_ms": np.maximum(every_day.astype(float), relaxed.astype(float)),
            "burst": table["burst_factor"].astype(float),
            "floor": table["burst_floor"].astype(float),
            "cluster": table["min_cluster_eflops"].astype(float),
            "copies": asked,
            "residency": table["residency"],
        }
    )


def _scopes(case: Case) -> pd.Series:
    """Site → the outage that takes it, '' where none does."""
    of = case.plan.model.settings.resilience.outage
    sites = case.plan.model["sites"].set_index("site", drop=False)
    if of == "none":
        return pd.Series("", sites.index)
    return sites[of].map(lambda name: f"{of}:{name}" if name else "")


def _usable(case: Case, *, emergency: bool) -> pd.Series:
    """(site, kind) → EFLOPS of installed compute that may be used."""
    units, own = case.units, case.plan.model.settings.resilience
    limit = units["limit"]
    if emergency and own.emergency_utilisation is not None:
        limit = pd.Series(own.emergency_utilisation, units.index)
    return (units["compute_eflops"] * limit).groupby([units["site"], units["kind"]]).sum()


def _needed(case: Case, work: pd.DataFrame) -> pd.Series:
    """(outage, zone, workload) → EFLOPS that have to go on elsewhere."""
    frame = case.service
    critical = work["critical"].reindex(frame["workload"]).to_numpy()
    frame = frame.assign(
        outage=_scopes(case).reindex(frame["site"]).to_numpy(),
        needed=frame["served_eflops"] * critical,
    )
    frame = frame[(frame["outage"] != "") & (frame["needed"] > 0)]
    return frame.groupby(["outage", "zone", "workload"])["needed"].sum()


def _lost_sites(case: Case) -> None:
    """Outages are known, and no site that is lost takes anything over."""
    scopes = _scopes(case)
    known = set(scopes) - {""}
    for name in ("recourse", "uncovered"):
        frame = case.table(name)
        good = frame["outage"].isin(known).to_numpy()
        case.findings.true("outage_unknown", keys(name, frame), good, frame["outage"].to_numpy())
    frame = case.table("recourse")
    lost = scopes.reindex(frame["site"]).to_numpy() == frame["outage"].to_numpy()
    case.findings.true("recourse_lost", keys("recourse", frame), ~lost, frame["site"].to_numpy())


def _balance(case: Case, work: pd.DataFrame) -> None:
    """What is taken over and what is not make up what has to go on (52)."""
    key = ["outage", "zone", "workload"]
    needed = _needed(case, work)
    taken = case.table("recourse").groupby(key)["recourse_eflops"].sum()
    missing = case.table("uncovered").groupby(key)["uncovered_eflops"].sum()
    index = needed.index.union(taken.index).union(missing.index)
    found = taken.reindex(index, fill_value=0.0) + missing.reindex(index, fill_value=0.0)
    place = keyed("recourse.csv", index)
    expected = needed.reindex(index, fill_value=0.0)
    case.findings.equal("outage_cover", place, found, expected, least=ROW)
    frame = case.table("uncovered")
    critical = needed.reindex(pd.MultiIndex.from_frame(frame[key])).fillna(0.0)
    place = keys("uncovered", frame)
    case.findings.equal("outage_need", place, frame["critical_eflops"], critical, least=ROW)


def _permitted(case: Case, frame: pd.DataFrame, work: pd.DataFrame) -> NDArray[np.bool_]:
    """Row of site, zone, workload → within the emergency limit, kind, residency and role.

    Over a backbone only links that stand count, not those that a plan builds.
    """
    settings, facts = case.plan.model.settings, case.facts
    ways = lanes(facts, frame)
    if settings.features.network:
        graph, none = graph_of(case.plan.model), np.zeros(len(frame))
        ways = over_backbone(graph, frozenset(), frame, ways, none, none > 0)
    rows = work.reindex(frame["workload"])
    factor = 2.0 if settings.latency.basis == "rtt" else 1.0
    limit = rows["limit_ms"].to_numpy(dtype=float)
    delay = factor * ways["one_way_ms"].to_numpy(dtype=float)
    in_time = np.isfinite(delay) & (delay <= limit + SLACK_MS)
    own, measured = (ways[name].to_numpy(dtype=bool) for name in ("own", "measured"))
    edge = limit < factor * settings.latency.fixed_ms
    in_time = np.where(edge, own | (in_time & measured), in_time)
    hosted = hosted_at(facts, frame)
    near, region = (ways[name].to_numpy(dtype=bool) for name in ("near", "same_region"))
    home = rows["residency"].to_numpy(dtype=object)
    stays = ((home != "province") | near) & ((home != "region") | region)
    if settings.mode == "local":
        stays &= region
    return np.asarray(in_time & hosted & stays & facts.in_role(frame), dtype=bool)


def _in_time(case: Case, name: str, work: pd.DataFrame) -> None:
    """Whoever takes over, or stands ready, does so within the emergency limit."""
    frame = case.table(name)
    good = _permitted(case, frame[["zone", "site", "workload"]], work)
    found = frame["site"].to_numpy(dtype=object)
    case.findings.true("emergency_limit", keys(name, frame), good, found)


def _free_compute(case: Case, work: pd.DataFrame) -> None:
    """In every outage a site has compute for what goes on and what it takes over (52)."""
    runs, frame = running(case), case.table("recourse")
    kept = runs[~work["stops"].reindex(runs["workload"]).to_numpy(dtype=bool)]
    used = kept["eflops"] * kept["need"] * work["peak"].reindex(kept["workload"]).to_numpy()
    used = used.groupby([kept["site"], kept["kind"]]).sum()
    pairs = zip(frame["workload"], frame["kind"], strict=True)
    need = np.array([case.facts.needs[one].get(kind, np.nan) for one, kind in pairs], dtype=float)
    good, shown = ~np.isnan(need), frame["kind"].to_numpy(dtype=object)
    case.findings.true("recourse_kind", keys("recourse", frame), good, shown)
    peak = frame["recourse_eflops"] * np.nan_to_num(need) * case.away_work(frame)
    peak = peak * work["peak"].reindex(frame["workload"]).to_numpy()
    taken = peak.groupby([frame["outage"], frame["site"], frame["kind"]]).sum()
    pairs = taken.index.droplevel("outage")
    load = taken.to_numpy() + used.reindex(pairs, fill_value=0.0).to_numpy()
    limit = _usable(case, emergency=True).reindex(pairs, fill_value=0.0).to_numpy()
    case.findings.at_most("emergency_compute", keyed("recourse.csv", taken.index), load, limit)


def _nobody_near(case: Case, work: pd.DataFrame) -> None:
    """Without a price only what no site left can take over stays uncovered."""
    frame, scopes = case.table("uncovered"), _scopes(case)
    every = frame[["outage", "zone", "workload"]].merge(
        pd.DataFrame({"site": scopes.index, "takes": scopes.to_numpy()}), how="cross"
    )
    every = every[every["takes"] != every["outage"]].reset_index(drop=True)
    able = every[_permitted(case, every, work)]
    key = ["outage", "zone", "workload"]
    near = set(map(tuple, able[key].to_numpy()))
    good = [tuple(row) not in near for row in frame[key].to_numpy()]
    place = keys("uncovered", frame)
    case.findings.true("uncovered_forbidden", place, good, frame["uncovered_eflops"].to_numpy())


def _copies(case: Case, work: pd.DataFrame) -> None:
    """Copies: enough of them, one at a site, in two regions, each with compute (53)."""
    frame, served = case.table("standby"), case.service
    _in_time(case, "standby", work)
    key = ["zone", "workload"]
    total = served.groupby(key)["served_eflops"].sum()
    more = work["copies"].reindex(total.index.get_level_values("workload")).to_numpy() - 1
    placed = _placed(case, total.index, work)
    asked = total * np.where(placed, more, 0.0)
    found = frame.groupby(key)["standby_eflops"].sum()
    index = asked.index.union(found.index)
    fill = partial(pd.Series.reindex, index=index, fill_value=0.0)
    place = keyed("standby.csv", index)
    case.findings.equal("copies", place, fill(found), fill(asked), least=ROW)

    chosen = set(map(tuple, frame[key].drop_duplicates().to_numpy()))
    pairs = zip(served["zone"], served["workload"], strict=True)
    held = served[np.array([pair in chosen for pair in pairs], dtype=bool)]
    columns = ["zone", "workload", "site", "eflops"]
    both = pd.concat(
        [
            held.rename(columns={"served_eflops": "eflops"})[columns],
            frame.rename(columns={"standby_eflops": "eflops"})[columns],
        ]
    )
    at_site = both.groupby(["zone", "site", "workload"])["eflops"].sum()
    whole = _of_pairs(total, at_site.index)
    case.findings.at_most("copy_per_site", keyed("standby.csv", at_site.index), at_site, whole)
    region = case.facts.words("sites", "region", both["site"])
    by_region = both.assign(region=region).groupby(["region", "zone", "workload"])["eflops"].sum()
    limit = _of_pairs(asked, by_region.index)
    place = keyed("standby.csv", by_region.index)
    case.findings.at_most("copies_apart", place, by_region, limit)
    used = _with_copies(case, work)
    usable = _usable(case, emergency=False).reindex(used.index, fill_value=0.0).to_numpy()
    case.findings.at_most("standby_compute", keyed("standby.csv", used.index), used, usable)


def _with_copies(case: Case, work: pd.DataFrame) -> pd.Series:
    """(site, kind) → peak EFLOPS of hardware, with reserve, of what runs and what stands ready."""
    runs, frame = running(case), case.table("standby")
    columns = ["site", "workload", "kind", "eflops", "need"]
    both = runs.assign(eflops=runs["eflops"] + runs["standby"])[columns]
    plain = frame[~frame["workload"].isin(case.facts.run_by_several)]
    plain = plain.assign(eflops=plain["standby_eflops"] * case.away_work(plain))
    kind = work["kind"].reindex(plain["workload"]).to_numpy(dtype=object)
    names = zip(plain["workload"], kind, strict=True)
    need = np.array([case.facts.needs[one][kind] for one, kind in names], dtype=float)
    both = pd.concat([both, plain.assign(kind=kind, need=need)[columns]], ignore_index=True)
    load = both["eflops"] * both["need"] * work["factor"].reindex(both["workload"]).to_numpy()
    return load.groupby([both["site"], both["kind"]]).sum()


def _of_pairs(values: pd.Series, index: pd.Index) -> Floats:
    """What stands for the zone and workload of every key."""
    pairs = pd.MultiIndex.from_arrays([index.get_level_values(n) for n in ("zone", "workload")])
    return values.reindex(pairs, fill_value=0.0).to_numpy(dtype=float)


def _placed(case: Case, pairs: pd.Index, work: pd.DataFrame) -> NDArray[np.bool_]:
    """(zone, workload) → so many sites, in two regions at least, are in reach."""
    every = pairs.to_frame(index=False).merge(case.plan.model["sites"][["site"]], how="cross")
    able = every[_permitted(case, every, work)]
    able = able.assign(region=case.facts.words("sites", "region", able["site"]))
    counts = able.groupby(["zone", "workload"]).agg(
        sites=("site", "nunique"), regions=("region", "nunique")
    )
    counts = counts.reindex(pairs, fill_value=0)
    wanted = work["copies"].reindex(pairs.get_level_values("workload")).to_numpy()
    enough = (counts["sites"].to_numpy() >= wanted) & (counts["regions"].to_numpy() >= 2)
    return np.asarray(enough, dtype=bool)


def _loaded(case: Case, each: Floats) -> pd.Series:
    """(site, kind) → Σ of a weight, by row of `running`, times the hardware taken."""
    frame = running(case)
    load = frame["eflops"] * frame["need"] * each
    return load.groupby([frame["site"], frame["kind"]]).sum()


def _burst(case: Case, work: pd.DataFrame) -> None:
    """A burst fits where work is served, pre-emptible work at its floor (18)."""
    bursts = work.index[work["burst"] > 1]
    kinds = {kind for name in bursts for kind in case.facts.needs[str(name)]}
    rows = work.reindex(running(case)["workload"])
    each = np.where(rows["stops"], rows["floor"], rows["burst"] * rows["peak"])
    load = _loaded(case, each.astype(float))
    load = load[load.index.get_level_values("kind").isin(kinds)]
    limit = _usable(case, emergency=True).reindex(load.index, fill_value=0.0)
    case.findings.at_most("burst", keyed("service.csv", load.index), load, limit)


def _reserve(case: Case, work: pd.DataFrame) -> None:
    """The nation keeps its reserve of every kind (18)."""
    margin = case.plan.model.settings.resilience.national_reserve
    if margin <= 0:
        return
    demand = case.facts.demand
    rows = work.reindex(demand["workload"])
    peak = pd.Series(demand["eflops"].to_numpy() * rows["peak"].to_numpy())
    asked = (1 + margin) * peak.groupby(rows["kind"].to_numpy()).sum()
    have = _usable(case, emergency=False).groupby(level="kind").sum()
    have = have * case.facts.tables["kinds"]["effectiveness"].reindex(have.index)
    kinds = pd.Index(case.facts.tables["kinds"].index, name="kind")
    sums = [
        [of[of.index.isin(case.facts.below(kind))].sum() for kind in kinds] for of in (have, asked)
    ]
    case.findings.at_least("national_reserve", keyed("units.csv", kinds), *map(np.array, sums))


def _clusters(case: Case, work: pd.DataFrame) -> None:
    """Work that needs a large cluster is served only where one stands (53b)."""
    least = work["cluster"][work["cluster"] > 0]
    frame = case.service[case.service["workload"].isin(least.index)]
    frame = frame[frame["served_eflops"] > 0]
    pairs = frame[["site", "workload", "kind"]].drop_duplicates().reset_index(drop=True)
    units = case.units
    have = units["compute_eflops"].groupby([units["site"], units["kind"]]).sum()
    found = [
        have[[at == site and of in case.facts.below(kind) for at, of in have.index]].sum()
        for site, kind in zip(pairs["site"], pairs["kind"], strict=True)
    ]
    asked = least.reindex(pairs["workload"]).to_numpy()
    place = ("service.csv", pairs)
    case.findings.at_least("cluster_size", place, np.array(found, dtype=float), asked)
