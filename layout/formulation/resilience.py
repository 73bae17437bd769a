"""Resilience: cover for an outage (52), copies (53), bursts (18), clusters in one place (53b).

Cover is kept small without losing exactness: recourse costs nothing and is bound by nothing but
free compute of its kind, so demands of one kind that the same sites can take over are one group.
Where several kinds run a workload, any of them may take it over or stand ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation.capacity import site_kind, site_kind_index, work_place
from layout.formulation.case import Case
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Extra, Rows
from layout.formulation.variables import Variables
from layout.model import resilience as facts


@dataclass(frozen=True)
class Group:
    """Demands that one outage hits and that the same hardware can take over.

    `rows` are rows of the demand; `hosts`, `kinds` the sites that are left and in reach of all of
    them with the kinds that run the work there, `need` its peak EFLOPS for one of demand, more
    where the host is away from home.
    """

    outage: str
    lost: NDArray[np.bool_]
    rows: Ints
    hosts: Ints
    kinds: Ints
    need: Floats
    label: str


def resilience(v: Variables) -> Extra:
    """Adds what the settings and the columns of ``workloads`` ask for, and nothing else."""
    extra, own = Extra(), v.case.settings.resilience
    duties = facts.duties(v.case.model)
    if own.outage != "none":
        _cover(v, extra, duties)
    if (facts.copies(v.case.model) > 1).any():
        _standby(v, extra)
    if (duties.burst > 1).any():
        extra.rows["burst"] = _burst(v, duties)
    if own.national_reserve > 0:
        extra.rows["national_reserve"] = _reserve(v)
    if (duties.cluster > 0).any():
        _clusters(v, extra, duties)
    return extra


# cover -----------------------------------------------------------------------------------------


def groups(case: Case) -> list[Group]:
    """Every group of every outage. Where a shortfall has a price, a group has one peak factor.

    Demand that no site can take over stands in a group without hosts.
    """
    duties, reach = facts.duties(case.model), facts.in_emergency(case.model)
    priced = case.settings.resilience.uncovered_penalty_mcny_per_eflops is not None
    flows, peak = case.flows, case.workload_table["peak_factor"].to_numpy(float)
    zone, workload = (case.demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
    found = []
    for outage in facts.outages(case.model):
        hit = np.unique(flows.row[outage.lost[flows.site]])
        together: dict[tuple[bytes, bytes, float, bytes, bytes], list[int]] = {}
        hosts: dict[tuple[bytes, bytes, float, bytes, bytes], tuple[Ints, Ints, Floats]] = {}
        for row in hit[duties.critical[workload[hit]] > 0]:
            work = workload[row]
            able = reach[case.workloads[work]][:, zone[row]] & ~outage.lost
            weight = float(peak[work]) if priced else 0.0
            kinds, need = case.hosting.of(int(work))
            takes = _away(case, np.flatnonzero(able), int(zone[row]), int(work))
            key = (kinds.tobytes(), need.tobytes(), weight, able.tobytes(), takes.tobytes())
            together.setdefault(key, []).append(int(row))
            hosts[key] = _hardware(case, able, kinds, need, takes)
        for key, rows in together.items():
            label = f"{case.zones[zone[rows[0]]]}+{case.workloads[workload[rows[0]]]}"
            of = np.array(rows, dtype=np.int64)
            found.append(Group(outage.scope, outage.lost, of, *hosts[key], label))
    return found


def _away(case: Case, sites: Ints, zone: int, workload: int) -> Floats:
    """Site → EFLOPS of work that an EFLOPS of one demand takes there."""
    return case.away_work(sites, np.full_like(sites, zone), np.full_like(sites, workload))


def _hardware(
    case: Case, able: NDArray[np.bool_], kinds: Ints, need: Floats, takes: Floats
) -> tuple[Ints, Ints, Floats]:
    """Site, kind, need of the hardware that takes over; of several kinds what a site may hold.

    `takes` is the work that the demand takes at each of the sites.
    """
    sites = np.flatnonzero(able)
    host, of = np.repeat(sites, len(kinds)), np.tile(np.arange(len(kinds)), len(sites))
    needs = np.repeat(takes, len(kinds)) * need[of]
    if len(kinds) > 1:
        held = np.zeros((len(case.sites), len(case.kinds)), dtype=bool)
        held[case.units.pair_site, case.units.kind] = True
        keep = held[host, kinds[of]]
        host, of, needs = host[keep], of[keep], needs[keep]
    return host, kinds[of], needs


def stated(case: Case) -> list[Group]:
    """The groups that have a row: all where a shortfall has a price, else those with hosts."""
    priced = case.settings.resilience.uncovered_penalty_mcny_per_eflops is not None
    return [group for group in groups(case) if priced or len(group.hosts)]


def _cover(v: Variables, extra: Extra, duties: facts.Duties) -> None:
    """What must not stop is taken over by the sites that are left (52).

    Adds spare[i,k,y], recourse[outage,group,i,y] in peak EFLOPS and, where a shortfall has a
    price, uncovered[outage,group,y] in EFLOPS of demand.
    """
    case = v.case
    chosen = stated(case)
    if not chosen:
        return
    size = np.array([len(group.hosts) for group in chosen], dtype=np.int64)
    owner = np.repeat(np.arange(len(chosen)), size)
    empty = np.empty(0, dtype=np.int64)
    host = np.concatenate([empty, *(group.hosts for group in chosen)])
    kind = np.concatenate([empty, *(group.kinds for group in chosen)])
    own = [case.workload_kind[case.demand["workload"].iloc[group.rows[0]]] for group in chosen]
    _spare(v, extra, duties, np.unique([*kind, *own]).astype(np.int64))
    outage, label = _names(chosen)
    labels: dict[str, NDArray[Any]] = {
        "outage": outage[owner],
        "group": label[owner],
        "site": np.array(case.sites, dtype=object)[host],
        "kind": np.array(case.kinds, dtype=object)[kind],
        "year": np.full(len(owner), case.year),
    }
    if v.runs is None:
        del labels["kind"]
    doc = "compute that a site has free for what an outage stops elsewhere, at peak"
    index = Index(tuple(labels), tuple(labels.values()))
    v.new("recourse", index, doc=doc, unit="EFLOPS")
    extra.rows["covered"] = _covered(v, extra, duties, chosen, owner)
    extra.rows["emergency"] = _emergency(v, chosen, owner, host)


def _names(chosen: list[Group]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    outage = np.array([group.outage for group in chosen], dtype=object)
    return outage, np.array([group.label for group in chosen], dtype=object)


def _group_index(case: Case, chosen: list[Group]) -> Index:
    year = np.full(len(chosen), case.year)
    return Index(("outage", "group", "year"), (*_names(chosen), year))


def _spare(v: Variables, extra: Extra, duties: facts.Duties, kinds: Ints) -> None:
    """What is free: usable[k]·installed[i,k,y] − Σ_{w kept} peak_factor[w]·need[w,k]·runs[i,w,k,y].

    It is spare[i,k,y], the compute of a site once pre-emptible work has stopped (52); EFLOPS, not
    below 0.
    """
    case = v.case
    count = len(case.sites) * len(kinds)
    row_of = dense((len(case.kinds),))
    row_of[kinds] = np.arange(len(kinds))
    labels = [case.kinds[kind] for kind in kinds]
    index = Index.product(("site", "kind", "year"), case.sites, labels, (case.year,))
    doc = "usable compute that is free once pre-emptible work stops"
    part = v.new("spare", index, doc=doc, unit="EFLOPS")
    rows = Linear(count).add(part, np.arange(count), np.arange(count), -1.0)
    units, work = case.units, v.work
    of_pair = row_of[units.kind]
    to = np.where(of_pair >= 0, units.pair_site * len(kinds) + of_pair, -1)
    v.add_installed(rows, to, facts.usable(case.model)[units.kind])
    of_work = np.where(duties.preemptible[work.workload], -1, row_of[work.kind])
    to = np.where(of_work >= 0, work.site * len(kinds) + of_work, -1)
    peak = case.workload_table["peak_factor"].to_numpy(float)
    v.add_work(rows, to, -peak[work.workload])
    doc = "free compute of a site in an emergency, EFLOPS"
    extra.rows["spare_compute"] = rows.rows(index, lower=0.0, upper=0.0, doc=doc)


def _covered(
    v: Variables, extra: Extra, duties: facts.Duties, chosen: list[Group], owner: Ints
) -> Rows:
    """What an outage stops and must go on is taken over (52).

    Σ_i recourse[h,g,i,y] + peak·uncovered[h,g,y]
      ≥ Σ_{(z,w) of g} Σ_{i lost in h} peak_factor[w]·critical[w]·served[i,z,w,y]
    for every outage h and group g; EFLOPS.
    """
    case, flows = v.case, v.case.flows
    rows = Linear(len(chosen)).add(v.parts["recourse"], owner, np.arange(len(owner)))
    by = need_weight(case, duties)
    for number, group in enumerate(chosen):
        mine = np.zeros(len(case.demand), dtype=bool)
        mine[group.rows] = True
        of = mine[flows.row] & group.lost[flows.site]
        v.add_served(rows, np.where(of, number, -1), -by)
    index = _group_index(case, chosen)
    price = case.settings.resilience.uncovered_penalty_mcny_per_eflops
    if price is not None:
        doc = "critical demand that nobody takes over in an outage"
        part = v.new("uncovered", index, doc=doc, unit="EFLOPS")
        workload = case.demand["workload"].to_numpy(np.int64)
        peak = case.workload_table["peak_factor"].to_numpy(float)
        each = np.arange(len(chosen))
        rows.add(part, each, each, peak[[workload[group.rows[0]] for group in chosen]])
        extra.costs["uncovered"] = Linear(1).add(part, np.zeros(len(each), int), each, price)
    return rows.rows(index, lower=0.0, doc="what an outage stops is taken over, peak EFLOPS")


def need_weight(case: Case, duties: facts.Duties) -> Floats:
    """Flow → peak EFLOPS that have to go on per EFLOPS served: peak_factor·critical."""
    peak = case.workload_table["peak_factor"].to_numpy(float)
    return np.asarray((peak * duties.critical)[case.flows.workload])


def _emergency(v: Variables, chosen: list[Group], owner: Ints, host: Ints) -> Rows:
    """What is taken over fits into what is free (52).

    Σ_{g of h} need[g,k]·recourse[h,g,i,k,y] ≤ spare[i,k,y] for every outage h, site i, kind k;
    EFLOPS.
    """
    case, spare = v.case, v.parts["spare"]
    outages = {name: at for at, name in enumerate(dict.fromkeys(g.outage for g in chosen))}
    kind = np.concatenate([group.kinds for group in chosen])
    need = np.concatenate([group.need for group in chosen])
    of = np.array([outages[group.outage] for group in chosen], dtype=np.int64)[owner]
    keys = np.column_stack((of, host, kind))
    distinct, row = np.unique(keys, axis=0, return_inverse=True)
    rows = Linear(len(distinct))
    rows.add(v.parts["recourse"], row.reshape(-1), np.arange(len(owner)), need)
    names = {name: at for at, name in enumerate(spare.index.levels("kind"))}
    at = [names[case.kinds[k]] for k in distinct[:, 2]]
    position = distinct[:, 1] * len(names) + np.array(at, dtype=np.int64)
    rows.add(spare, np.arange(len(distinct)), position, -1.0)
    labels = (
        np.array(list(outages), dtype=object)[distinct[:, 0]],
        np.array(case.sites, dtype=object)[distinct[:, 1]],
        np.array(case.kinds, dtype=object)[distinct[:, 2]],
        np.full(len(distinct), case.year),
    )
    index = Index(("outage", "site", "kind", "year"), labels)
    return rows.rows(index, upper=0.0, doc="what is taken over fits into free compute, EFLOPS")


# copies ----------------------------------------------------------------------------------------


def copied(case: Case) -> tuple[Ints, Ints, Ints]:
    """Demand rows with copies, and the site and demand row of every standby copy."""
    number, reach = facts.copies(case.model), facts.in_emergency(case.model)
    rows, sites, owners = [], [], []
    zones, works = (case.demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
    for row, (zone, work) in enumerate(zip(zones, works, strict=True)):
        hosts = reach[case.workloads[work]][:, zone]
        if number[work] > 1 and facts.apart(case.model, hosts, int(number[work])):
            rows.append(row)
            sites.append(np.flatnonzero(hosts))
            owners.append(np.full(int(hosts.sum()), row))
    empty = np.empty(0, dtype=np.int64)
    site, owner = np.concatenate([empty, *sites]), np.concatenate([empty, *owners])
    return np.array(rows, dtype=np.int64), site.astype(np.int64), owner.astype(np.int64)


def _standby(v: Variables, extra: Extra) -> None:
    """Copies beyond the one that serves stand ready at other sites (53).

    Adds standby[i,z,w,y], EFLOPS that a site keeps free as a copy: it takes compute as if it
    served, draws power of idle hardware only, and the demand served stays the demand.
      Σ_i standby[i,z,w,y] = (copies[w] − 1)·(demand − unserved)
      served[i,z,w,y] + standby[i,z,w,y] ≤ demand − unserved         (one copy at a site)
      Σ_{i in ρ} (served + standby) ≤ (copies[w] − 1)·(demand − unserved)  (two regions or more)
    """
    case = v.case
    rows, site, owner = copied(case)
    work = case.demand["workload"].to_numpy(np.int64)
    index = Index.coded(
        ("site", "zone", "workload", "year"),
        (case.sites, case.zones, case.workloads, (case.year,)),
        (site, case.demand["zone"].to_numpy(np.int64)[owner], work[owner], np.zeros_like(site)),
    )
    doc = "compute kept ready as a copy of what other sites serve"
    part = v.new("standby", index, upper=v.demand_eflops[owner], doc=doc, unit="EFLOPS")
    each, more = np.arange(len(part)), facts.copies(case.model)[work] - 1.0
    of_row = dense((len(case.demand),))
    of_row[rows] = np.arange(len(rows))
    total = Linear(len(rows)).add(part, of_row[owner], each)
    total.add(v.unserved, np.arange(len(rows)), rows, more[rows])
    whole = v.demand_index()
    names = tuple(whole[name][rows] for name in whole.names)
    asked = more[rows] * v.demand_eflops[rows]
    doc = "copies stand ready, EFLOPS"
    extra.rows["copies"] = total.rows(Index(whole.names, names), lower=asked, upper=asked, doc=doc)
    extra.rows["copy_per_site"] = _per_site(v, site, owner, index)
    extra.rows["copies_apart"] = _apart(v, rows, site, owner, more)
    if case.shared[work[rows]].any():
        extra.rows["standby_on"] = _standby_on(v, site, owner)
    extra.rows["standby_capacity"] = _standby_capacity(v, site, owner)


def _per_site(v: Variables, site: Ints, owner: Ints, index: Index) -> Rows:
    case, each = v.case, np.arange(len(site))
    row_of = dense((len(case.sites), len(case.demand)))
    row_of[site, owner] = each
    rows = Linear(len(site)).add(v.parts["standby"], each, each).add(v.unserved, each, owner)
    v.add_served(rows, row_of[case.flows.site, case.flows.row])
    doc = "a site holds one copy, EFLOPS"
    return rows.rows(index, upper=v.demand_eflops[owner], doc=doc)


def _apart(v: Variables, chosen: Ints, site: Ints, owner: Ints, more: Floats) -> Rows:
    case = v.case
    names, at = facts.regions(case.model)
    row_of = dense((len(names), len(case.demand)))
    region, row = np.repeat(np.arange(len(names)), len(chosen)), np.tile(chosen, len(names))
    row_of[region, row] = np.arange(len(row))
    rows = Linear(len(row))
    rows.add(v.parts["standby"], row_of[at[site], owner], np.arange(len(site)))
    v.add_served(rows, row_of[at[case.flows.site], case.flows.row])
    rows.add(v.unserved, np.arange(len(row)), row, more[row])
    whole = v.demand_index()
    zone, work, year = (whole[name][row] for name in whole.names)
    index = Index(
        ("region", "zone", "workload", "year"),
        (np.array(names, dtype=object)[region], zone, work, year),
    )
    doc = "copies stand in two regions or more, EFLOPS"
    return rows.rows(index, upper=more[row] * v.demand_eflops[row], doc=doc)


def _standby_on(v: Variables, site: Ints, owner: Ints) -> Rows:
    """Copies stand ready on some kind of hardware.

    Σ_k standby_runs[i,w,k,y] = Σ_z work[i,z,w]·standby[i,z,w,y] for workloads that several kinds
    run; EFLOPS. Adds standby_runs, for the sites and kinds of `runs`.
    """
    case, runs = v.case, v.runs
    assert runs is not None
    doc = "copies of a workload that a kind of hardware keeps ready"
    part = v.new("standby_runs", runs.index, doc=doc, unit="EFLOPS")
    first, works = len(v.work.flow), len(case.workloads)
    place = v.work.site[first:] * works + v.work.workload[first:]
    work = case.demand["workload"].to_numpy(np.int64)[owner]
    of = case.shared[work]
    keys = np.unique(np.concatenate([place, (site * works + work)[of]]))
    row_of = dense((len(case.sites) * works,))
    row_of[keys] = np.arange(len(keys))
    rows = Linear(len(keys)).add(part, row_of[place], np.arange(len(place)))
    rows.add(v.parts["standby"], np.where(of, row_of[site * works + work], -1),
             np.arange(len(site)), -_copy_work(v, site, owner))  # fmt: skip
    labels = (
        np.array(case.sites, dtype=object)[keys // works],
        np.array(case.workloads, dtype=object)[keys % works],
        np.full(len(keys), case.year),
    )
    index = Index(("site", "workload", "year"), labels)
    doc = "copies stand ready on some kind, EFLOPS"
    return rows.rows(index, lower=0.0, upper=0.0, doc=doc)


def _copy_work(v: Variables, site: Ints, owner: Ints) -> Floats:
    """Copy → EFLOPS of work for one of demand, should it have to serve: more away from home."""
    zone, work = (v.case.demand[name].to_numpy(np.int64)[owner] for name in ("zone", "workload"))
    return v.case.away_work(site, zone, work)


def _standby_capacity(v: Variables, site: Ints, owner: Ints) -> Rows:
    """Copies take compute as if they served (17)(53).

    Σ_w peak_factor·(1 + reserve_margin)·need[w,k]·(runs + work·standby)[i,w,k,y]
      ≤ max_utilisation[k]·installed[i,k,y] for every site i, kind k; EFLOPS.
    """
    case, count = v.case, len(v.case.kinds)
    rows = Linear(len(case.sites) * count)
    factor = case.capacity_factor
    v.add_work(rows, work_place(v), factor[v.work.workload])
    work = case.demand["workload"].to_numpy(np.int64)[owner]
    to = np.where(case.shared[work], -1, site * count + case.workload_kind[work])
    each = factor * case.own_need
    by = each[work] * _copy_work(v, site, owner)
    rows.add(v.parts["standby"], to, np.arange(len(site)), by)
    if "standby_runs" in v.parts:
        first = len(v.work.flow)
        place, of = work_place(v)[first:], v.work.workload[first:]
        by = factor[of] * v.work.need[first:]
        rows.add(v.parts["standby_runs"], place, np.arange(len(place)), by)
    limit = case.kind_values("max_utilisation")[case.units.kind]
    v.add_installed(rows, site_kind(case), -limit)
    doc = "what is served and what stands ready stay within usable compute, EFLOPS"
    return rows.rows(site_kind_index(case), upper=0.0, doc=doc)


# bursts and reserve ----------------------------------------------------------------------------


def _burst(v: Variables, duties: facts.Duties) -> Rows:
    """A burst fits where work is served, with pre-emptible work shed to its floor (18).

    Σ_{w kept} burst_factor[w]·peak_factor[w]·need[w,k]·runs[i,w,k,y]
      + Σ_{w pre-emptible} burst_floor[w]·need[w,k]·runs[i,w,k,y] ≤ usable[k]·installed[i,k,y]
    for every site i and kind k with a burst; EFLOPS.
    """
    case, work, hosting = v.case, v.work, v.case.hosting
    kinds = np.unique(hosting.kind[(duties.burst > 1)[hosting.workload]])
    of_kind = dense((len(case.kinds),))
    of_kind[kinds] = np.arange(len(kinds))
    peak = case.workload_table["peak_factor"].to_numpy(float)
    by = np.where(duties.preemptible, duties.floor, duties.burst * peak)
    rows = Linear(len(case.sites) * len(kinds))
    at = of_kind[work.kind]
    v.add_work(rows, np.where(at >= 0, work.site * len(kinds) + at, -1), by[work.workload])
    at = of_kind[case.units.kind]
    to = np.where(at >= 0, case.units.pair_site * len(kinds) + at, -1)
    v.add_installed(rows, to, -facts.usable(case.model)[case.units.kind])
    labels = [case.kinds[kind] for kind in kinds]
    index = Index.product(("site", "kind", "year"), case.sites, labels, (case.year,))
    return rows.rows(index, upper=0.0, doc="a burst stays within usable compute, EFLOPS")


def _reserve(v: Variables) -> Rows:
    """The nation keeps a reserve of every kind, its sub-kinds included (18).

    Σ_i max_utilisation[k]·effectiveness[k]·installed[i,k,y] ≥ (1 + national_reserve)·
    Σ_{w of k} peak_factor[w]·Σ_z demand[z,w,y]; EFLOPS. Substitutes are no reserve.
    """
    case = v.case
    rows = Linear(len(case.kinds))
    limit = case.kind_values("max_utilisation") * case.kind_values("effectiveness")
    for name in case.names_of:
        v.add_installed(rows, name[case.units.kind], limit[case.units.kind])
    work = case.demand["workload"].to_numpy(np.int64)
    peak = case.workload_table["peak_factor"].to_numpy(float)[work] * v.demand_eflops
    own = case.workload_kind[work]
    asked = np.zeros(len(case.kinds))
    for name in case.names_of:
        known = name[own] >= 0
        np.add.at(asked, name[own][known], peak[known])
    index = Index.product(("kind", "year"), case.kinds, (case.year,))
    lower = (1 + case.settings.resilience.national_reserve) * asked
    return rows.rows(index, lower=lower, doc="national reserve of compute, EFLOPS")


# clusters --------------------------------------------------------------------------------------


def _clusters(v: Variables, extra: Extra, duties: facts.Duties) -> None:
    """Work that needs a large cluster in one place goes where one stands (53b).

    Adds cluster[i,w,y], 1 if the site holds at least min_cluster_eflops[w] of the kind of w, its
    sub-kinds included.
      served[i,z,w,y] ≤ demand[z,w,y]·cluster[i,w,y]
      Σ_units installed[u,k(w),y] ≥ min_cluster_eflops[w]·cluster[i,w,y]; EFLOPS
    """
    case, flows = v.case, v.case.flows
    large = duties.cluster > 0
    of = np.flatnonzero(large[flows.workload])
    keys = np.unique(flows.site[of] * len(case.workloads) + flows.workload[of])
    site, work = np.divmod(keys, len(case.workloads))
    labels = (
        np.array(case.sites, dtype=object)[site],
        np.array(case.workloads, dtype=object)[work],
        np.full(len(keys), case.year),
    )
    index = Index(("site", "workload", "year"), labels)
    doc = "1 if the site holds a cluster large enough for the workload"
    part = v.new("cluster", index, upper=1.0, integer=True, doc=doc, unit="1")
    at = dense((len(case.sites), len(case.workloads)))
    at[site, work] = np.arange(len(keys))
    number = dense((len(flows),))
    number[of] = np.arange(len(of))
    rows = Linear(len(of))
    v.add_served(rows, number)
    demand = v.demand_eflops[flows.row[of]]
    rows.add(part, np.arange(len(of)), at[flows.site[of], flows.workload[of]], -demand)
    doc = "only a large cluster serves the workload, EFLOPS"
    extra.rows["cluster_serve"] = rows.rows(v.flow_index(flows.take(of)), upper=0.0, doc=doc)
    size = Linear(len(keys)).add(part, np.arange(len(keys)), np.arange(len(keys)), -1.0)
    units, kinds = case.units, case.workload_table["kind"]
    for own in np.flatnonzero(large):  # in shares of the cluster, so that coefficients stay near 1
        meant = case.family(kinds.iloc[own])
        to = np.where(meant[units.kind], at[units.pair_site, own], -1)
        v.add_installed(size, to, 1 / duties.cluster[own])
    doc = "a cluster has its least size, share of it"
    extra.rows["cluster_size"] = size.rows(index, lower=0.0, doc=doc)


__all__ = ["Group", "copied", "groups", "need_weight", "resilience", "stated"]
