"""Key figures of the backbone: traffic between nodes and the links that are used most (R59)."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model.backbone import LINK_KEY, Floats, link_label
from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure, quotient, weighted_quantile

if TYPE_CHECKING:
    from layout.model import PlanningModel

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

    Σ price · price factor of the link · (flow + what is kept free) · length / 1,000. The same of
    every technology that the model names, with the flow · length / 1,000 that it carries (R56).
    """
    settings = ledger.model.settings
    if not settings.features.network:
        return
    price = settings.economy.transport_mcny_per_gbps_1000km_year
    links = ledger.of_year("links")
    far = links["flow_gbps"] * links["length_km"] / 1000
    held = (links["flow_gbps"] + links["spare_gbps"].fillna(0.0)) * links["length_km"] / 1000
    paid = price * _price_factors(ledger.model, links) * held
    for medium, _ in settings.network.price_factor:
        yield f"network_{medium}_mcny", float(paid[links["medium"] == medium].sum()), "mcny/year"
    for technology in sorted({*ledger.model["arcs"]["technology"]} - {""}):
        on = links["technology"] == technology
        carried = float(far[on].sum())
        yield f"network_gbps_1000km_of_{technology}", carried, "Gbps·1000 km"
        yield f"network_mcny_of_{technology}", float(paid[on].sum()), "mcny/year"


def _price_factors(model: PlanningModel, links: pd.DataFrame) -> Floats:
    """Price factor of every row of ``links.csv``: the link's own, else that of its medium."""
    arcs, key = model["arcs"], list(LINK_KEY)
    own = pd.Series(arcs["price_factor"].to_numpy(float), pd.MultiIndex.from_frame(arcs[key]))
    stated = own.reindex(pd.MultiIndex.from_frame(links[key])).to_numpy(dtype=float)
    common = links["medium"].map(dict(model.settings.network.price_factor)).to_numpy(dtype=float)
    return np.where(np.isnan(stated), common, stated)


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
    names = map(link_label, *(arcs[name] for name in LINK_KEY))
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
        name = link_label(*(str(row[part]) for part in LINK_KEY))
        yield f"network_link_utilisation_{name}", float(row["utilisation"]), "share"
