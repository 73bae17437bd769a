"""Which sites and zones a target's scope names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from layout.model import PlanningModel

NATION = "nation"
_FIELDS = ("region", "province", "hub", "tier", "site")


def sites_in(model: PlanningModel, scope: str) -> NDArray[np.bool_]:
    """Mask over the rows of ``sites``. `hubs` are whole hub regions, `clusters` the clusters.

    A scope that names nothing known has no sites.
    """
    sites = model["sites"]
    name, _, member = scope.partition(":")
    if name == NATION:
        return np.ones(len(sites), dtype=bool)
    if name == "hubs":
        return (sites["hub"] != "").to_numpy(dtype=bool)
    if name == "clusters":
        return (sites["cluster"] != "").to_numpy(dtype=bool)
    if name in _FIELDS:
        return (sites[name] == member).to_numpy(dtype=bool)
    if name == "group":
        named = _members(model, member)
        mask = np.zeros(len(sites), dtype=bool)
        for kind in ("site", "zone", "province"):
            mask |= sites[kind].isin(named[kind]).to_numpy(dtype=bool)
        return mask
    return np.zeros(len(sites), dtype=bool)


def zones_in(model: PlanningModel, scope: str) -> NDArray[np.bool_]:
    """Mask over the rows of ``zones``; hubs, clusters and sites stand for the zones they lie in."""
    zones = model["zones"]
    name, _, member = scope.partition(":")
    if name == NATION:
        return np.ones(len(zones), dtype=bool)
    if name in ("region", "province"):
        return (zones[name] == member).to_numpy(dtype=bool)
    if name == "group":
        named = _members(model, member)
        mask = zones["zone"].isin(named["zone"]) | zones["province"].isin(named["province"])
        return mask.to_numpy(dtype=bool)
    within = set(model["sites"]["zone"][sites_in(model, scope)])
    return zones["zone"].isin(within).to_numpy(dtype=bool)


def _members(model: PlanningModel, group: str) -> dict[str, set[str]]:
    rows = model["groups"]
    rows = rows[rows["group"] == group]
    return {
        kind: set(rows.loc[rows["kind"] == kind, "member"]) for kind in ("site", "zone", "province")
    }
