"""Which sites lie at home of a zone, and what work takes away from home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.once import once

if TYPE_CHECKING:
    from layout.model import PlanningModel


@once
def own_zone(model: PlanningModel) -> NDArray[np.bool_]:
    """Site × zone: whether the site lies in the zone."""
    zone = pd.Index(model["zones"]["zone"]).get_indexer(model["sites"]["zone"])
    found = np.zeros((len(zone), len(model["zones"])), dtype=bool)
    known = np.flatnonzero(zone >= 0)
    found[known, zone[known]] = True
    return found


def same_place(model: PlanningModel, column: str) -> NDArray[np.bool_]:
    """Site × zone: both carry the same non-empty value, or the site lies in the zone."""
    sites, zones = model["sites"][column], model["zones"][column]
    names = pd.Index(pd.unique(zones[zones != ""]))
    of_site, of_zone = (names.get_indexer(pd.Index(of)) for of in (sites, zones))
    both = (of_site[:, None] == of_zone[None, :]) & (of_site >= 0)[:, None]
    return np.asarray(both | own_zone(model), dtype=bool)


def near_home(model: PlanningModel) -> NDArray[np.bool_]:
    """Site × zone: the site lies in the zone or in the zone's province (not remote)."""
    return same_place(model, "province")


def away_work(
    model: PlanningModel,
    site: NDArray[np.int64],
    zone: NDArray[np.int64],
    workload: NDArray[np.int64],
) -> NDArray[np.float64]:
    """EFLOPS of work that an EFLOPS of demand takes, by flow (positions in the tables).

    1, and 1 + away_overhead where the site is not in the zone's province: the data stay at home
    and the work pays for that (R64).
    """
    overhead = model["workloads"]["away_overhead"].to_numpy(dtype=float)
    if not overhead.any():
        return np.ones(len(site))
    return np.asarray(1.0 + np.where(near_home(model)[site, zone], 0.0, overhead[workload]))
