"""An emergency run with the capacity of a plan as it stands: what can still be served (R29).

One linear program: sites of the outage are gone, delays up to the emergency limit are admitted,
pre-emptible work is shed first, a burst may come on top.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.errors import FileProblem
from layout.model import derive, hardware, home
from layout.model import resilience as facts
from layout.model.naming import nearest

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SPECK = 1e-6  # EFLOPS: less is rounding of the solver
SCOPES = ("site", "hub", "province", "region", "group")
LEVELS = 3
"""Work that must not stop, other rigid work, work that may stop: served in this order."""
STAY, NEAR = 2e-3, 1e-3
"""How much less a moved task counts; far below the weight of a level, so it never costs service."""


@dataclass(frozen=True, eq=False)
class Redispatch:
    """What a plan's capacity can still serve.

    `work` has a row per workload: demand, served, of that beyond its ordinary limit and moved to
    another site, critical, critical not served, shed (work that may stop), missing (rigid work
    not served). `service` says who serves whom, `missing` what is not served, zone by zone;
    native EFLOPS, average in use.
    """

    outage: str
    burst: bool
    year: int
    lost: tuple[str, ...]
    work: pd.DataFrame
    service: pd.DataFrame
    missing: pd.DataFrame

    @property
    def covers(self) -> bool:
        """Whether all that must not stop is served."""
        return not (self.work["critical_missing_eflops"] > 0).any()

    def __repr__(self) -> str:
        head = f"{self.outage or 'no outage'}{', burst' if self.burst else ''}, {self.year}"
        return f"{head}\n{self.work.to_string(index=False)}"


def redispatch(
    plan: Plan, outage: str | None = None, *, burst: bool = False, year: int | None = None
) -> Redispatch:
    """Serve as much as possible with what stands in `plan` and is not lost in `outage`.

    `outage` is a scope of sites (``site:…``, ``hub:…``, ``province:…``, ``region:…``,
    ``group:…``); with `burst` the demand of rigid work is multiplied by its ``burst_factor``.
    The year is the last period unless given. Raises FileProblem for a plan without tables, a
    scope that names no site, or a year that is no period.
    """
    model = plan.model
    if not plan.has_tables:
        raise FileProblem("redispatch.no_plan", path=str(plan.folder or model.name))
    chosen = model.settings.periods[-1] if year is None else year
    if chosen not in model.settings.periods:
        listed = ", ".join(map(str, model.settings.periods))
        raise FileProblem("redispatch.year", path=str(chosen), years=listed)
    lost = _lost(model, outage)
    task = _task(plan, chosen, lost, burst)
    return _answer(plan, outage or "", burst, chosen, lost, task, _solved(plan, task))


def _lost(model: PlanningModel, outage: str | None) -> NDArray[np.bool_]:
    """The sites that are gone."""
    if not outage:
        return np.zeros(len(model["sites"]), dtype=bool)
    try:
        lost = derive.scope_sites(model, outage)
    except KeyError:
        lost = np.zeros(len(model["sites"]), dtype=bool)
    if not lost.any() or outage.partition(":")[0] not in SCOPES:
        known = [scope.scope for of in facts.OUTAGES for scope in facts.outages(model, of)]
        near = nearest(outage, known)
        hint = f" ({near}?)" if near else ""
        raise FileProblem("redispatch.outage", path=outage, hint=hint, known=", ".join(known[-12:]))
    return lost


@dataclass(frozen=True)
class _Task:
    """Demand rows with their three levels, flows to sites that are left, compute of those.

    amount: demand row × level, EFLOPS; planned: what the plan serves over a flow.
    """

    demand: pd.DataFrame
    amount: Floats
    work: Ints
    row: Ints
    site: Ints
    planned: Floats
    within: NDArray[np.bool_]
    capacity: Floats


def _task(plan: Plan, year: int, lost: NDArray[np.bool_], burst: bool) -> _Task:
    model, duties = plan.model, facts.duties(plan.model)
    service = plan.tables["service"]
    service = service[service["year"] == year]
    sites, zones, works, kinds = (
        pd.Index(model[name][name[:-1]]) for name in ("sites", "zones", "workloads", "kinds")
    )
    demand = service.groupby(["zone", "workload"], as_index=False)["served_eflops"].sum()
    work = works.get_indexer(demand["workload"]).astype(np.int64)
    grown = np.where(duties.preemptible | (not burst), 1.0, duties.burst)[work]
    wanted = demand["served_eflops"].to_numpy(float) * grown
    critical = duties.critical[work] * wanted
    rest, stops = wanted - critical, duties.preemptible[work]
    amount = np.column_stack((critical, np.where(stops, 0.0, rest), np.where(stops, rest, 0.0)))
    every_day, emergency = derive.admissible(model), facts.in_emergency(model)
    zone = zones.get_indexer(demand["zone"])
    rows, hosts, within = [], [], []
    for number, name in enumerate(demand["workload"]):
        able = np.flatnonzero(emergency[name][:, zone[number]] & ~lost)
        rows.append(np.full(len(able), number))
        hosts.append(able)
        within.append(every_day[name][able, zone[number]])
    empty = np.empty(0, dtype=np.int64)
    row = np.concatenate([empty, *rows]).astype(np.int64)
    site = np.concatenate([empty, *hosts]).astype(np.int64)
    before = np.zeros((len(demand), len(sites)))
    pairs = pd.MultiIndex.from_arrays([demand["zone"], demand["workload"]])
    at = pairs.get_indexer(pd.MultiIndex.from_arrays([service["zone"], service["workload"]]))
    before[at, sites.get_indexer(service["site"])] = service["served_eflops"]
    units = plan.tables["units"]
    units = units[units["year"] == year]
    kind = kinds.get_indexer(units["kind"])
    place = sites.get_indexer(units["site"]) * len(kinds) + kind
    usable = units["compute_eflops"].to_numpy(float) * facts.usable(model)[kind]
    capacity = np.bincount(place, usable, len(sites) * len(kinds))
    return _Task(
        demand=demand.assign(wanted=wanted),
        amount=amount,
        work=work,
        row=row,
        site=site,
        planned=before[row, site],
        within=np.concatenate([np.empty(0, dtype=bool), *within]).astype(bool),
        capacity=capacity.astype(float),
    )


def _solved(plan: Plan, task: _Task) -> tuple[Floats, Floats]:
    """Served by flow, and by demand row and level; EFLOPS.

    In peak EFLOPS of one kind, what can be served at once is a polymatroid (a transport problem),
    so weights that fall from level to level serve the higher one as far as at all possible. Where
    several kinds run a workload, or work takes more away from home, they need not, and the levels
    are served one after the other.
    """
    model = plan.model
    rows = len(task.demand)
    if len(task.row) == 0:
        return np.zeros(0), np.zeros_like(task.amount)
    peak = model["workloads"]["peak_factor"].to_numpy(float)[task.work]
    usual = np.flatnonzero(task.planned > 0)
    pyomo = _stated(model, task, usual, peak[task.row])
    stay, move, done = pyomo.stay, pyomo.move, pyomo.done
    if hasattr(pyomo, "runs") or (_work(model, task) > 1).any():
        _in_order(model, pyomo, np.repeat(peak, LEVELS))
    level = np.tile(np.arange(1, LEVELS + 1), rows)
    far = np.where(task.within, STAY - NEAR, STAY)
    worth = (LEVELS + 1.0 - level) * np.repeat(peak, LEVELS)
    cost = _sum((done, -worth), (move, peak[task.row] * far))
    _minimised(model, pyomo, cost)
    served = np.array(move.values_array, dtype=float)
    served[usual] += stay.values_array
    return served, np.array(done.values_array, dtype=float).reshape(rows, LEVELS)


def _minimised(model: PlanningModel, pyomo: Any, cost: Any) -> None:
    """Solve with this objective; the variables hold the answer."""
    from layout.algebra import ArrayObjective, compile_model
    from layout.solving.highs import Invariant, run
    from layout.solving.optimise import solver_settings

    pyomo.del_component("objective")
    pyomo.objective = ArrayObjective(cost, doc="most served, level by level")
    compiled = compile_model(pyomo)
    nothing = Invariant(np.zeros(len(compiled.cost)), 0.0)
    outcome = run(compiled, solver_settings(model), nothing, time.perf_counter())
    assert outcome.x is not None  # serving nothing is always possible
    compiled.load_values(outcome.x)


def _in_order(model: PlanningModel, pyomo: Any, peak: Floats) -> None:
    """Serve each level as far as possible, and keep that: Σ peak·done of a level ≥ the most."""
    from layout.algebra import ArrayConstraint, Index

    done = pyomo.done
    for level in range(1, LEVELS):
        of = np.flatnonzero(np.arange(len(peak)) % LEVELS == level - 1)
        weight = np.zeros(len(peak))
        weight[of] = peak[of]
        _minimised(model, pyomo, _sum((done, -weight)))
        most = float((weight * done.values_array).sum())
        index = Index(("level",), (np.array([level]),))
        row = ArrayConstraint(
            index,
            terms=[(done, np.zeros(len(of), dtype=np.int64), of, peak[of])],
            lower=most - SPECK,
            doc="what a higher level is served is kept, EFLOPS",
        )
        pyomo.add_component(f"level_{level}", row)


def _stated(model: PlanningModel, task: _Task, usual: Ints, weight: Floats) -> Any:
    """The linear program without its objective.

    Σ_i move[i,z,w] + stay[i,z,w] = Σ_level done[z,w,level], EFLOPS, stay within what was planned;
    Σ_{z, w} peak_factor[w]·need[w,k]·work[i,z,w]·(move + stay)[i,z,w] ≤ usable compute[i,k];
    where several kinds run a workload, runs[i,w,k] stands for the sum over zones,
    Σ_k runs = Σ_z work·(move + stay).
    """
    from pyomo.core.base.PyomoModel import ConcreteModel

    from layout.algebra import ArrayConstraint, ArrayVar, Index

    flows, rows = len(task.row), len(task.demand)
    keys = [np.array(task.demand[name], dtype=object) for name in ("zone", "workload")]
    sites = np.array(model["sites"]["site"], dtype=object)
    index = Index(("site", "zone", "workload"), (sites[task.site], *(k[task.row] for k in keys)))
    old = Index(index.names, tuple(index[name][usual] for name in index.names))
    level = np.tile(np.arange(1, LEVELS + 1), rows)
    levels = Index(("zone", "workload", "level"), (*(np.repeat(k, LEVELS) for k in keys), level))
    pyomo: Any = ConcreteModel(name="redispatch")
    doc = "served where it was planned"
    pyomo.stay = ArrayVar(old, upper=task.planned[usual], doc=doc, unit="EFLOPS")
    pyomo.move = ArrayVar(index, doc="served elsewhere, or more than planned", unit="EFLOPS")
    most = task.amount.reshape(-1)
    pyomo.done = ArrayVar(levels, upper=most, doc="served of a level", unit="EFLOPS")
    each, of_usual = np.arange(flows), np.arange(len(usual))
    owner = np.repeat(np.arange(rows), LEVELS)
    pyomo.balance = ArrayConstraint(
        Index(("zone", "workload"), keys),
        terms=[
            (pyomo.move, task.row, each, np.ones(flows)),
            (pyomo.stay, task.row[usual], of_usual, np.ones(len(usual))),
            (pyomo.done, owner, np.arange(len(owner)), -np.ones(len(owner))),
        ],
        lower=0.0,
        upper=0.0,
        doc="what is served is served by some site, EFLOPS",
    )
    kinds = pd.Index(model["kinds"]["kind"])
    runs = hardware.hosts(model).merge(_first_kind(model), on="workload")
    work = pd.Index(model["workloads"]["workload"])
    first = runs[runs["kind"] == runs["first"]].set_index("workload").reindex(work)
    several = (first["count"] > 1).to_numpy()[task.work[task.row]]
    kind = kinds.get_indexer(first["kind"])[task.work[task.row]]
    weight = weight * first["need"].to_numpy(dtype=float)[task.work[task.row]]
    weight = weight * _work(model, task)
    at = task.site * len(kinds) + kind
    plain, stays = np.flatnonzero(~several), np.flatnonzero(~several[usual])
    terms = [
        (pyomo.move, at[plain], plain, weight[plain]),
        (pyomo.stay, at[usual[stays]], stays, weight[usual[stays]]),
    ]
    if several.any():
        terms.append(_on_several(model, pyomo, task, usual, several))
    pyomo.capacity = ArrayConstraint(
        Index.product(("site", "kind"), list(sites), list(kinds)),
        terms=terms,
        upper=task.capacity,
        doc="peak load within usable compute, EFLOPS",
    )
    return pyomo


def _work(model: PlanningModel, task: _Task) -> Floats:
    """Flow → EFLOPS of work for one of demand."""
    zones = pd.Index(model["zones"]["zone"])
    zone = zones.get_indexer(task.demand["zone"]).astype(np.int64)
    return home.away_work(model, task.site, zone[task.row], task.work[task.row])


def _first_kind(model: PlanningModel) -> pd.DataFrame:
    """Workload, one of the kinds that run it, and how many there are."""
    runs = hardware.hosts(model).groupby("workload")["kind"]
    return runs.agg(first="first", count="count").reset_index()


def _on_several(
    model: PlanningModel, pyomo: Any, task: _Task, usual: Ints, several: NDArray[np.bool_]
) -> tuple[Any, Ints, Ints, Floats]:
    """Add runs and its balance; the terms of runs in the capacity of sites and kinds."""
    from layout.algebra import ArrayConstraint, ArrayVar, Index

    works, kinds = (pd.Index(model[name][name[:-1]]) for name in ("workloads", "kinds"))
    hosts = hardware.hosts(model)
    host_work = works.get_indexer(hosts["workload"]).astype(np.int64)
    host_kind = kinds.get_indexer(hosts["kind"]).astype(np.int64)
    code = task.site * len(works) + task.work[task.row]
    keys, back = np.unique(code[several], return_inverse=True)
    row = np.full(len(code), -1, dtype=np.int64)
    row[several] = back.reshape(-1)
    pairs = [np.flatnonzero(host_work == key % len(works)) for key in keys]
    owner = np.repeat(np.arange(len(keys)), [len(part) for part in pairs])
    pair = np.concatenate(pairs)
    site, work, kind = keys[owner] // len(works), host_work[pair], host_kind[pair]
    names = [np.array(model[name][name[:-1]], dtype=object) for name in ("sites", "workloads")]
    labels = (names[0][site], names[1][work], np.array(kinds, dtype=object)[kind])
    pyomo.runs = ArrayVar(
        Index(("site", "workload", "kind"), labels),
        doc="demand of a workload that a kind of hardware runs",
        unit="EFLOPS",
    )
    moves, stays = np.flatnonzero(several), np.flatnonzero(several[usual])
    each, takes = np.arange(len(owner)), _work(model, task)
    index = Index(("site", "workload"), (names[0][keys // len(works)], names[1][keys % len(works)]))
    pyomo.runs_on = ArrayConstraint(
        index,
        terms=[
            (pyomo.runs, owner, each, np.ones(len(owner))),
            (pyomo.move, row[moves], moves, -takes[moves]),
            (pyomo.stay, row[usual[stays]], stays, -takes[usual[stays]]),
        ],
        lower=0.0,
        upper=0.0,
        doc="what a site serves runs on some kind, EFLOPS",
    )
    peak = model["workloads"]["peak_factor"].to_numpy(float)[work]
    need = hosts["need"].to_numpy(float)[pair]
    return pyomo.runs, site * len(kinds) + kind, each, peak * need


def _sum(*terms: tuple[Any, Floats]) -> Any:
    from layout.algebra import Affine

    total = Affine()
    for variable, by in terms:
        total = total + Affine.of(variable, coefficients=by)
    return total


def _answer(
    plan: Plan,
    outage: str,
    burst: bool,
    year: int,
    lost: NDArray[np.bool_],
    task: _Task,
    solved: tuple[Floats, Floats],
) -> Redispatch:
    served, done = solved
    demand = task.demand
    sites = np.array(plan.model["sites"]["site"], dtype=object)
    flows = pd.DataFrame(
        {
            "zone": demand["zone"].to_numpy()[task.row],
            "site": sites[task.site],
            "workload": demand["workload"].to_numpy()[task.row],
            "year": year,
            "served_eflops": served,
            "planned_eflops": task.planned,
            "within_limit": task.within,
        }
    )
    flows = flows[flows["served_eflops"] > SPECK].reset_index(drop=True)
    left = np.where(task.amount - done > SPECK, task.amount - done, 0.0)
    by_row = demand[["zone", "workload"]].assign(
        year=year,
        demand_eflops=demand["wanted"],
        served_eflops=done.sum(axis=1),
        critical_eflops=task.amount[:, 0],
        critical_missing_eflops=left[:, 0],
        shed_eflops=left[:, 2],
        missing_eflops=left[:, 0] + left[:, 1],
    )
    moved = flows["served_eflops"] - flows["planned_eflops"]
    moved = moved.where(moved > SPECK, 0.0)
    beyond = flows["served_eflops"].where(~flows["within_limit"], 0.0)
    by_work = flows.assign(moved_eflops=moved, beyond_limit_eflops=beyond)
    totals = by_row.drop(columns=["zone", "year"]).groupby("workload").sum()
    extra = by_work.groupby("workload")[["beyond_limit_eflops", "moved_eflops"]].sum()
    work = totals.join(extra).fillna(0.0).reset_index()
    kinds = plan.model["workloads"].set_index("workload")["kind"]
    work.insert(1, "kind", kinds.reindex(work["workload"]).to_numpy())
    missing = by_row[(left.sum(axis=1) > 0)].reset_index(drop=True)
    return Redispatch(
        outage=outage,
        burst=burst,
        year=year,
        lost=tuple(str(site) for site in sites[lost]),
        work=work,
        service=flows,
        missing=missing,
    )
