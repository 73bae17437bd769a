"""How far the hub clusters reach within a delay, by the delays that the planning model has.

Where distance alone counts, the places within a delay are a ring. Where the table ``links`` or the
backbone says what the delay is, no ring is true, and the zones within the delay are named instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layout.labels import text
from layout.model.derive import LATENCY_TOLERANCE_MS
from layout.model.derive import reach as model_delays
from layout.report.panel import short_name
from layout.report.quantities import number, share
from layout.report.reach import BASES, LIMITS_MS, Reach, reach
from layout.report.view import View


@dataclass(frozen=True)
class Within:
    """The zones that a cluster reaches within `limit_ms` on `basis` (rtt or one_way).

    `ring` is where distance alone decides, else None; `zones` is zone → delay on that basis;
    `share` is what they have of the demand, None where kinds cannot be added.
    """

    site: str
    limit_ms: float
    basis: str
    ring: Reach | None
    zones: dict[str, float]
    share: float | None

    @property
    def layer(self) -> str:
        """The key of the layer of this limit and basis."""
        return f"{number(self.limit_ms)}:{self.basis}"


def within(view: View) -> dict[str, list[Within]]:
    """Cluster → what it reaches, for every limit and basis."""
    table = model_delays(view.plan.model)
    sites: Any = view.sites
    row = {site: number for number, site in enumerate(table.sites)}
    demand = _shares(view, table.zones)
    found: dict[str, list[Within]] = {}
    for site in sites.index[sites["cluster"] != ""]:
        delays = table.one_way_ms[row[site]]
        place = float(sites.at[site, "lat"]), float(sites.at[site, "lon"])
        found[str(site)] = [
            _within(view, str(site), place, (limit, basis), table.zones, delays, demand)
            for limit in LIMITS_MS
            for basis in BASES
        ]
    return found


def _within(
    view: View,
    site: str,
    place: tuple[float, float],
    asked: tuple[float, str],
    zones: tuple[str, ...],
    one_way: NDArray[np.float64],
    demand: NDArray[np.float64] | None,
) -> Within:
    limit, basis = asked
    delay = one_way * (2 if basis == "rtt" else 1)
    inside = delay <= limit + LATENCY_TOLERANCE_MS
    by_distance = site not in given(view)
    ring = reach(place, view.plan.model.settings.latency, limit, basis) if by_distance else None
    return Within(
        site,
        limit,
        basis,
        ring,
        {zones[number]: float(delay[number]) for number in np.flatnonzero(inside)},
        None if demand is None else float(demand[inside].sum()),
    )


def given(view: View) -> frozenset[str]:
    """Sites whose delays are not those of distance: some row of ``links``, or the backbone."""
    if view.plan.model.settings.features.network:
        return frozenset(map(str, view.sites.index))
    return frozenset(view.overridden)


def _shares(view: View, zones: tuple[str, ...]) -> NDArray[np.float64] | None:
    """Share of every zone in the year's demand."""
    if not view.common:
        return None
    sums = view.demand.groupby("zone")["fp32"].sum().reindex(list(zones), fill_value=0.0)
    total = float(sums.sum())
    return sums.to_numpy(dtype=float) / total if total > 0 else None


def reach_records(view: View, found: dict[str, list[Within]]) -> list[dict[str, Any]]:
    """What the page draws: a ring, or the zones with their delays."""
    records: list[dict[str, Any]] = []
    for site, many in found.items():
        for one in many:
            record = {
                "site": site,
                "layer": one.layer,
                "label": _label(view, one, short_name(view.site_names[site])),
            }
            if one.ring is not None and one.ring.km > 0:
                records.append({**record, "ring": one.ring.ring})
            elif one.ring is None and one.zones:
                shown = {zone: number(ms) for zone, ms in sorted(one.zones.items())}
                records.append({**record, "zones": shown})
    return records


def _label(view: View, one: Within, name: str) -> str:
    words = {"name": name, "limit": number(one.limit_ms), "basis": _basis(view, one.basis)}
    if one.ring is not None:
        return text("map.reach.label", view.lang, km=f"{one.ring.km:,.0f}", **words)
    return text("map.reach.label_zones", view.lang, count=len(one.zones), **words)


def reach_rows(view: View, many: list[Within]) -> list[tuple[str, str]]:
    """What the popup of a cluster says of its reach: zones and their share of the demand."""
    rows = []
    for one in many:
        limit = {"limit": number(one.limit_ms), "basis": _basis(view, one.basis)}
        told = [text("map.reach.zones", view.lang, count=len(one.zones))]
        if one.ring is not None:
            told.insert(0, f"{one.ring.km:,.0f} km")
        if one.share is not None:
            told.append(text("map.reach.share", view.lang, share=share(one.share)))
        rows.append((text("map.reach.within", view.lang, **limit), " · ".join(told)))
    return rows


def _basis(view: View, basis: str) -> str:
    return text(f"map.basis.{basis}", view.lang)
