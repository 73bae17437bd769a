"""Key figures of the backbone: traffic between nodes and the links that are used most (R59)."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
import pandas as pd

from layout.model.backbone import link_label
from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure, quotient, weighted_quantile

HOTTEST = (5, 10)
"""Links that are named: so many first, and the rest up to the second number."""


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Traffic, waves, new links, the hottest links; none without the feature."""
    if not ledger.model.settings.features.network:
        return
    links, routes, shipped = (ledger.of_year(name) for name in ("links", "routes", "shipments"))
    flow = routes["flow_gbps"]
    yield "network_flow_gbps", float(flow.sum()), "Gbps"
    yield "network_gbps_1000km", float((flow * routes["length_km"]).sum()) / 1000, "Gbps·1000 km"
    yield "network_waves", float(links["waves"].sum()), "waves"
    yield "network_new_links", float(links["built"].sum()), "links"
    yield "network_shipped_tb", float(shipped["volume_tb"].sum()), "TB/year"
    used = links.dropna(subset=["utilisation"])
    held = (used["flow_gbps"] + used["spare_gbps"].fillna(0.0)) / used["capacity_gbps"]
    full = held >= ledger.model.settings.network.max_utilisation * (1 - 1e-6)
    yield "network_links_full", float(full.sum()), "links"
    worst = float(used["utilisation"].max()) if len(used) else None
    yield "network_link_utilisation_max", worst, "share"
    yield from _named(used, 0, HOTTEST[0])


def further_figures(ledger: Ledger) -> Iterator[Figure]:
    """Use of links at P95 (every link of known capacity counts once), and the next hottest."""
    if not ledger.model.settings.features.network:
        return
    used = ledger.of_year("links").dropna(subset=["utilisation"])
    values = used["utilisation"].to_numpy(dtype=float)
    most = weighted_quantile(values, np.ones(len(values)), 0.95)
    yield "network_link_utilisation_p95", most, "share"
    yield from _named(used, *HOTTEST)


def carrying(ledger: Ledger) -> Iterator[Figure]:
    """What is paid for carrying on the links in service of each medium, without shipping (R55).

    Σ price · factor of the medium · (flow + what is kept free) · length / 1,000.
    """
    settings = ledger.model.settings
    if not settings.features.network:
        return
    price = settings.economy.transport_mcny_per_gbps_1000km_year
    links = ledger.of_year("links")
    for medium, factor in settings.network.price_factor:
        on = links[links["medium"] == medium]
        paid = on["flow_gbps"] + on["spare_gbps"].fillna(0.0)
        far = float((paid * on["length_km"]).sum()) / 1000
        yield f"network_{medium}_mcny", price * factor * far, "mcny/year"


def protecting(ledger: Ledger) -> Iterator[Figure]:
    """What is kept free for protected work, and how available the paths in use are (R41).

    Availability of a path is the product over its links: of the mean Gbps, and of the worst path.
    """
    if not ledger.model.settings.features.network:
        return
    arcs, routes = ledger.model["arcs"], ledger.of_year("routes")
    if ledger.model["workloads"]["protected"].any():
        yield "network_spare_gbps", float(routes["spare_gbps"].fillna(0.0).sum()), "Gbps"
    if not (arcs["link_availability"] < 1).any():
        return
    names = map(link_label, arcs["from"], arcs["to"], arcs["medium"])
    stands = dict(zip(names, arcs["link_availability"].astype(float), strict=True))
    used = routes[routes["flow_gbps"] > 0]
    paths = [prod(stands[label] for label in cell.split(";")) for cell in used["links"]]
    values, flow = np.array(paths, dtype=float), used["flow_gbps"].to_numpy(dtype=float)
    mean = quotient(float(values @ flow), float(flow.sum()))
    yield "network_path_availability", mean, "share"
    worst = float(values.min()) if len(values) else None
    yield "network_path_availability_least", worst, "share"


def _named(used: pd.DataFrame, first: int, end: int) -> Iterator[Figure]:
    """Links that carry something, from place `first` to before `end`, the hottest first."""
    order = used.sort_values(["utilisation", "from", "to"], ascending=[False, True, True])
    for row in order[order["flow_gbps"] > 0].iloc[first:end].to_dict("records"):
        name = f"{row['from']}~{row['to']}" + f"~{row['medium']}" * (row["medium"] != "direct")
        yield f"network_link_utilisation_{name}", float(row["utilisation"]), "share"
