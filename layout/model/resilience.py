"""What must go on in an emergency: duties of workloads, outages, who can step in, copies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model import derive
from layout.model.backbone import attached

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
OUTAGES = ("site", "hub")
LEAST_COPIES_APART = 2  # regions over which the copies of one workload are spread


@dataclass(frozen=True)
class Outage:
    """What is lost together: its scope (``site:GUIAN``, ``hub:GZ``) and a mask over the sites."""

    scope: str
    lost: Mask


def outages(model: PlanningModel, of: str | None = None) -> list[Outage]:
    """Every outage that a plan is covered against, sorted by scope; none for ``none``."""
    column = of or model.settings.resilience.outage
    if column not in OUTAGES:
        return []
    places = model["sites"][column]
    return [
        Outage(f"{column}:{name}", (places == name).to_numpy())
        for name in sorted(set(places) - {""})
    ]


@dataclass(frozen=True)
class Duties:
    """Workload → what is asked of it in an emergency.

    critical: share that must go on; preemptible: may stop at once; limit_ms: emergency limit on
    `latency.basis`; burst: factor on its peak; floor: share of pre-emptible work that a burst
    leaves; cluster: least compute of its kind in one site, EFLOPS.
    """

    critical: Floats
    preemptible: Mask
    limit_ms: Floats
    burst: Floats
    floor: Floats
    cluster: Floats


def duties(model: PlanningModel) -> Duties:
    """Flexible work is pre-emptible and not critical, other work is critical, unless it says so.

    The emergency limit is never below the limit of every day.
    """
    table = model["workloads"]
    said, flexible = table["preemptible"], (table["flexible"] != "no").to_numpy()
    preemptible = np.where(said == "", flexible, said == "yes").astype(bool)
    critical = table["critical"].to_numpy(dtype=float)
    emergency = table["emergency_latency_ms"].fillna(model.settings.resilience.emergency_latency_ms)
    every_day = table["latency_ms"].fillna(np.inf).to_numpy(dtype=float)
    return Duties(
        critical=np.where(np.isnan(critical), np.where(preemptible, 0.0, 1.0), critical),
        preemptible=preemptible,
        limit_ms=np.maximum(every_day, emergency.to_numpy(dtype=float)),
        burst=table["burst_factor"].to_numpy(dtype=float),
        floor=table["burst_floor"].to_numpy(dtype=float),
        cluster=table["min_cluster_eflops"].to_numpy(dtype=float),
    )


def in_emergency(model: PlanningModel) -> dict[str, Mask]:
    """Workload → site × zone: may serve with the emergency limit; residency and kinds hold on.

    Over a backbone the links that stand count, not those that may be built, bulk data do not have
    to arrive within their hours, and no second way is asked for.
    """
    relaxed = model["workloads"].assign(latency_ms=duties(model).limit_ms)
    tables = {**model.tables, "workloads": relaxed}
    if model.settings.features.network:
        tables["workloads"] = relaxed.assign(bulk_gb=0.0, protected=False, path_availability=0.0)
        tables["arcs"] = model["arcs"][~model["arcs"]["new"].to_numpy(dtype=bool)]
        for name in ("sites", "zones"):  # they stay where all links together attach them
            tables[name] = model[name].assign(node=attached(model, name))
    return derive.admissible(replace(model, tables=tables))


def usable(model: PlanningModel) -> Floats:
    """Kind → share of installed compute that may be used in an emergency."""
    own = model.settings.resilience.emergency_utilisation
    given = model["kinds"]["max_utilisation"].to_numpy(dtype=float)
    return given if own is None else np.full(len(given), own)


def copies_of(availability: float, site: float) -> int:
    """Fewest copies r with 1 − (1 − site)^r ≥ availability (53); 1 where nothing is asked."""
    if np.isnan(availability) or availability <= site:
        return 1
    return ceil(log(1 - availability) / log(1 - site) - 1e-9)


def copies(model: PlanningModel) -> Ints:
    """Workload → copies that its availability takes at the settings' `site_availability`."""
    site = model.settings.resilience.site_availability
    asked = model["workloads"]["availability"].to_numpy(dtype=float)
    if site is None:
        return np.ones(len(asked), dtype=np.int64)
    return np.array([copies_of(float(value), site) for value in asked], dtype=np.int64)


def regions(model: PlanningModel) -> tuple[list[str], Ints]:
    """The macro-regions that hold sites, and the region of every site."""
    labels, at = np.unique(model["sites"]["region"].to_numpy(dtype=str), return_inverse=True)
    return [str(label) for label in labels], at.astype(np.int64)


def apart(model: PlanningModel, hosts: Mask, number: int) -> bool:
    """Whether these sites can hold so many copies, in two regions at least."""
    _, at = regions(model)
    return int(hosts.sum()) >= number and len(set(at[hosts])) >= LEAST_COPIES_APART


def uncoverable(model: PlanningModel) -> pd.DataFrame:
    """Critical demand that no other site can take over in time: outage, zone, workload.

    Only where a site of the outage may serve the zone on an ordinary day.
    """
    every_day, emergency = derive.admissible(model), in_emergency(model)
    critical = dict(zip(model["workloads"]["workload"], duties(model).critical, strict=True))
    demand = derive.demand(model)
    asked = demand[(demand["demand_eflops"] > 0) & demand["year"].isin(model.settings.periods)]
    asked = asked[asked["workload"].map(critical) > 0]
    zones = pd.Index(model["zones"]["zone"])
    found = []
    for zone, workload in sorted(set(zip(asked["zone"], asked["workload"], strict=True))):
        at = zones.get_loc(zone)
        for outage in outages(model):
            served = every_day[workload][outage.lost, at].any()
            if served and not emergency[workload][~outage.lost, at].any():
                found.append((outage.scope, zone, workload))
    return pd.DataFrame(found, columns=["outage", "zone", "workload"])


def uncopied(model: PlanningModel) -> pd.DataFrame:
    """Demand whose copies find no place: zone, workload, copies."""
    number, emergency = copies(model), in_emergency(model)
    demand = derive.demand(model)
    asked = demand[(demand["demand_eflops"] > 0) & demand["year"].isin(model.settings.periods)]
    wanted = dict(zip(model["workloads"]["workload"], number, strict=True))
    zones = pd.Index(model["zones"]["zone"])
    found = []
    for zone, workload in sorted(set(zip(asked["zone"], asked["workload"], strict=True))):
        hosts = emergency[workload][:, zones.get_loc(zone)]
        if wanted[workload] > 1 and not apart(model, hosts, wanted[workload]):
            found.append((zone, workload, wanted[workload]))
    return pd.DataFrame(found, columns=["zone", "workload", "copies"])
