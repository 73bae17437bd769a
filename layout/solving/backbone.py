"""What the feature network adds to a plan: links, routes, shipments, and delays over the paths."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.formulation.linear import Floats, Linear, level
from layout.formulation.lines import Lines
from layout.formulation.variables import Variables
from layout.model.backbone import GBPS_YEAR_TB, LINK_KEY

SPECK = 1e-7  # Gbps: less on a path is rounding of the solver


def _built(v: Variables) -> NDArray[np.bool_]:
    """Link → whether it is in service."""
    lines: Lines = v.lines
    built = ~lines.graph.links["new"].to_numpy(dtype=bool)
    built[lines.candidates] = level(v.parts["new_link"]) > 0.5
    return built


def path_delays(v: Variables) -> Floats:
    """Flow → one-way delay of the fastest path in service that is as available as it asks.

    Among all paths, not only those that flows may take. Where none is (work on disks) of the
    fastest in service, and of the fastest of all. Within a node it is that of distance.
    """
    lines: Lines = v.lines
    graph, flows, built = lines.graph, v.case.flows, _built(v)
    asked = v.case.workload_table["path_availability"].to_numpy(dtype=float)[flows.workload]
    far = np.full(len(flows), np.inf)
    apart = ~graph.same_node[flows.site, flows.zone]
    every = np.ones(len(built), dtype=bool)
    for usable, least in ((built, asked), (built, 0 * asked), (every, 0 * asked)):
        for share in np.unique(least[apart]):
            of = (least == share) & apart & np.isinf(far)
            if of.any():
                far[of] = graph.delays(usable, float(share))[flows.site[of], flows.zone[of]]
    return np.where(apart, far, flows.one_way_ms)


def _flow(v: Variables) -> Floats:
    gbps = level(v.parts["route"])
    return np.where(gbps < SPECK, 0.0, gbps)


def _spare(v: Variables) -> Floats:
    """Route → what is kept free on it."""
    lines: Lines = v.lines
    spare = np.zeros(len(lines.graph.routes))
    if len(lines.spared):
        gbps = level(v.parts["spare_route"])
        spare[lines.spared] = np.where(gbps < SPECK, 0.0, gbps)
    return spare


def network_tables(v: Variables, _units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """links.csv, routes.csv and shipments.csv of a year."""
    return {"links": links_table(v), "routes": routes_table(v), "shipments": shipments_table(v)}


def links_table(v: Variables) -> pd.DataFrame:
    """links.csv: every link in service with traffic, capacity, waves; unlimited stays empty."""
    lines: Lines = v.lines
    links, routes = lines.graph.links, lines.graph.routes
    flow = np.bincount(routes.links, _flow(v)[routes.owner], len(links))
    spare = np.bincount(routes.links, _spare(v)[routes.owner], len(links))
    waves = np.zeros(len(links))
    waves[lines.lit] = np.round(level(v.parts["waves"]))
    built = _built(v)
    wave = links["wave_gbps"].to_numpy(float)
    capacity = links["capacity_gbps"].to_numpy(float) + waves * wave
    limited = np.isfinite(capacity)
    share = np.divide(flow, capacity, out=np.zeros(len(flow)), where=limited & (capacity > 0))
    table = pd.DataFrame(
        {
            "from": links["from"],
            "to": links["to"],
            "medium": links["medium"],
            "technology": links["technology"],
            "year": v.case.year,
            "length_km": links["length_km"],
            "flow_gbps": flow,
            "capacity_gbps": np.where(limited, capacity, np.nan),
            "waves": waves,
            "built": (links["new"].to_numpy(bool) & built).astype(float),
            "utilisation": np.where(limited, share, np.nan),
            "spare_gbps": spare,
        }
    )
    return table[built].sort_values([*LINK_KEY, "year"]).reset_index(drop=True)


def routes_table(v: Variables) -> pd.DataFrame:
    """routes.csv: traffic of every path of a site and a zone, and what is kept free on it."""
    lines: Lines = v.lines
    routes, case = lines.graph.routes, v.case
    names = lines.graph.links["label"].to_numpy(dtype=object)
    flow, spare = _flow(v), _spare(v)
    kept = np.flatnonzero((flow > 0) | (spare > 0))
    ends = zip(routes.first[kept], routes.first[kept + 1], strict=True)
    table = pd.DataFrame(
        {
            "site": np.array(case.sites, dtype=object)[routes.site[kept]],
            "zone": np.array(case.zones, dtype=object)[routes.zone[kept]],
            "path": [f"p{rank + 1}" for rank in routes.rank[kept]],
            "year": case.year,
            "links": [";".join(names[routes.links[start:end]]) for start, end in ends],
            "length_km": routes.km[kept],
            "latency_one_way_ms": routes.ms[kept],
            "flow_gbps": flow[kept],
            "spare_gbps": spare[kept],
        }
    )
    return table.sort_values(["site", "zone", "path", "year"]).reset_index(drop=True)


def shipments_table(v: Variables) -> pd.DataFrame:
    """shipments.csv: served demand whose data travel on disks, with volume and hours."""
    lines: Lines = v.lines
    case, flows = v.case, v.case.flows.take(lines.shipped)
    amount = level(v.parts["ship"]) if len(flows) else np.zeros(0)
    served = v.add_served(Linear(len(case.flows)), np.arange(len(case.flows))).values()
    amount = np.minimum(amount, served[lines.shipped])
    traffic = case.workload_table["traffic_gbps_per_eflops"].to_numpy(float)[flows.workload]
    shipping = case.settings.network.shipping
    away = case.reach.distance_km[flows.site, flows.zone]
    labels = {of: np.array(getattr(case, of), dtype=object) for of in ("zones", "sites")}
    table = pd.DataFrame(
        {
            "zone": labels["zones"][flows.zone],
            "site": labels["sites"][flows.site],
            "workload": np.array(case.workloads, dtype=object)[flows.workload],
            "year": case.year,
            "shipped_eflops": amount,
            "volume_tb": GBPS_YEAR_TB * traffic * amount,
            "transfer_h": shipping.handling_h + away / shipping.km_per_h,
        }
    )
    table = table[table["shipped_eflops"] > 0]
    return table.sort_values(["zone", "site", "workload", "year"]).reset_index(drop=True)
