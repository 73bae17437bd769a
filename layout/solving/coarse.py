"""A model with neighbouring zones put together: where a large model looks first.

What neighbours may do, their neighbourhood may: reach a site from whichever member is nearest. So
what the coarse model costs at least, the fine one costs at least too (`relaxes` says when), and
where the coarse one builds is where the fine one is worth asking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model import derive
from layout.once import remember

if TYPE_CHECKING:
    from layout.formulation.case import Case
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BY_ZONE = frozenset({"self_sufficiency", "served_share", "latency_share"})
"""Measures of targets that tell zones apart."""
SIGN = "~"  # before the name of the zone that stands for its neighbourhood


@dataclass(frozen=True)
class Coarse:
    """The coarse `model` of a fine one.

    `stands` is zone → the zone that stands for its neighbourhood; `pooled` says of every workload
    whether its demand is that of neighbourhoods; work at the very place, and work that must not
    be divided, stays with its zone.
    """

    model: PlanningModel
    stands: Ints
    pooled: Flags


def relaxes(model: PlanningModel) -> bool:
    """Whether no plan of a model costs less than the coarse model of it.

    Zones of one province are alike to everything but distance: not where links are measured, where
    a province has no name, or where a target or a group tells zones apart.
    """
    groups, zones = model["groups"], model["zones"]
    by_zone = [t for t in model.settings.targets if t.measure in BY_ZONE and t.mode != "report"]
    named = bool((zones["province"] != "").all())
    return named and model["links"].empty and not by_zone and not (groups["kind"] == "zone").any()


def neighbourhoods(model: PlanningModel, members: int) -> Ints:
    """Zone → the zone that stands for its neighbourhood; up to `members` zones of one province.

    The zones of a province are halved at the median of the longer of their two extents, in
    degrees, until they are few enough. The first zone of a part, by name, stands for it.
    """
    zones = model["zones"]
    places = zones[["lat", "lon"]].to_numpy(dtype=float)
    stands = np.arange(len(zones))
    rest = [np.asarray(of) for of in zones.groupby("province", sort=True).indices.values()]
    while rest:
        part = rest.pop()
        if len(part) <= members:
            stands[part] = part.min()
            continue
        axis = int(np.argmax(np.ptp(places[part], axis=0)))
        order = part[np.argsort(places[part, axis], kind="stable")]
        rest += [order[: len(order) // 2], order[len(order) // 2 :]]
    return stands.astype(np.int64)


def coarse(model: PlanningModel, members: int) -> Coarse:
    """The model with neighbourhoods of up to `members` zones in the place of their zones."""
    stands = neighbourhoods(model, members)
    zones, demand = model["zones"], model["demand"]
    names = zones["zone"].to_numpy(dtype=object)
    pooled = _pooled(model)
    works = pd.Index(model["workloads"]["workload"])
    together = pooled[works.get_indexer(demand["workload"])]
    at = pd.Index(names).get_indexer(demand["zone"])
    label = np.where(together, SIGN + names[stands[at]].astype(str), names[at])
    keys = ["zone", "workload", "year"]
    moved = demand.assign(zone=label).sort_values(keys, kind="stable")
    eflops = moved.groupby(keys, sort=True)["demand_eflops"].sum()
    moved = moved.drop_duplicates(keys).assign(demand_eflops=eflops.to_numpy())
    keeping = pd.Index(names).get_indexer(model["storage_demand"]["zone"])  # data of a place
    alone = np.isin(np.arange(len(names)), [*at[~together], *keeping])
    first = np.unique(stands)
    head = zones.iloc[first].assign(zone=SIGN + zones["zone"].iloc[first])
    table = pd.concat([zones[alone], head]).sort_values("zone", kind="stable")
    table = table.reset_index(drop=True)
    rough = replace(
        model, tables={**model.tables, "zones": table, "demand": moved.reset_index(drop=True)}
    )
    member = [
        np.flatnonzero(stands == names_at) if of_many else np.array([names_at])
        for names_at, of_many in _standing(table, names)
    ]
    _know(rough, model, member)
    return Coarse(rough, stands, pooled)


def _pooled(model: PlanningModel) -> Flags:
    """Workload → whether its demand may be put together: divisible, and not bound to its zone."""
    table, latency = model["workloads"], model.settings.latency
    factor = 2.0 if latency.basis == "rtt" else 1.0
    limit = table["latency_ms"].to_numpy(dtype=float)
    bound = limit < factor * latency.fixed_ms
    return np.asarray(table["split"].to_numpy(dtype=bool) & ~bound, dtype=bool)


def _standing(table: pd.DataFrame, names: Any) -> list[tuple[int, bool]]:
    """Row of the coarse zones → the fine zone it is named after, whether it stands for many."""
    many = table["zone"].str.startswith(SIGN).to_numpy(dtype=bool)
    plain = table["zone"].where(~many, table["zone"].str[len(SIGN) :])
    at = pd.Index(names).get_indexer(plain)
    return [(int(place), bool(of_many)) for place, of_many in zip(at, many, strict=True)]


def _know(rough: PlanningModel, model: PlanningModel, member: list[Ints]) -> None:
    """Distance, delay and admission of a neighbourhood: the best of its members."""
    order = np.concatenate(member)
    starts = np.concatenate([[0], np.cumsum([len(part) for part in member])[:-1]])
    fine, allowed = derive.reach(model), derive.admissible(model)

    def least(matrix: Floats) -> Floats:
        return np.asarray(np.minimum.reduceat(matrix[:, order], starts, axis=1))

    def some(matrix: Flags) -> Flags:
        return np.asarray(np.logical_or.reduceat(matrix[:, order], starts, axis=1), dtype=bool)

    shape = (len(fine.sites), len(member))
    reach = derive.Reach(
        fine.sites,
        tuple(rough["zones"]["zone"]),
        least(fine.distance_km),
        least(fine.one_way_ms),
        np.broadcast_to(np.nan, shape),
        np.zeros(shape, dtype=bool),
    )
    remember(rough, derive.reach, reach)
    remember(rough, derive.admissible, {name: some(matrix) for name, matrix in allowed.items()})


def refined(of: Coarse, case: Case, rough: Case, codes: Ints) -> Ints:
    """Codes of the flows of `case` that coarse flows of `rough` stand for, sorted.

    Every member of a neighbourhood gets a flow from each site that serves it, where admissible.
    """
    row, site = np.divmod(codes, len(rough.sites))
    found = rough.demand.iloc[row]
    names = np.array(case.zones, dtype=object)
    labels = pd.Index(rough.zones)[found["zone"]]
    workload = case.demand["workload"].to_numpy(np.int64)
    zone = case.demand["zone"].to_numpy(np.int64)
    together = of.pooled[workload]
    own = np.where(together, SIGN + names[of.stands[zone]].astype(str), names[zone])
    flows = pd.DataFrame({"zone": labels, "workload": found["workload"].to_numpy(), "site": site})
    fine = pd.DataFrame({"zone": own, "workload": workload, "row": np.arange(len(zone))})
    pairs = fine.merge(flows, on=["zone", "workload"])
    at, host, work = (pairs[name].to_numpy(np.int64) for name in ("row", "site", "workload"))
    allowed = derive.admissible(case.model)
    welcome = np.zeros(len(pairs), dtype=bool)
    for number, name in enumerate(case.workloads):
        mine = np.flatnonzero(work == number)
        welcome[mine] = allowed[name][host[mine], zone[at[mine]]]
    return np.unique(at[welcome] * len(case.sites) + host[welcome])


def nearest(case: Case, most: int) -> Ints:
    """Codes of the flows of every demand to its nearest sites that may serve it, sorted."""
    allowed, demand = derive.admissible(case.model), case.demand
    zone, workload = (demand[name].to_numpy(np.int64) for name in ("zone", "workload"))
    codes = [np.empty(0, dtype=np.int64)]
    for number, name in enumerate(case.workloads):
        row = np.flatnonzero(workload == number)
        away = np.where(allowed[name], case.reach.distance_km, np.inf).T[zone[row]]
        site = np.argsort(away, axis=1, kind="stable")[:, :most]
        near = np.isfinite(np.take_along_axis(away, site, axis=1))
        codes.append((row[:, None] * len(case.sites) + site)[near])
    return np.sort(np.concatenate(codes))
