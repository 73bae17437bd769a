"""Checks of the backbone: links that make sense, and places that they reach (feature network)."""

from __future__ import annotations

import numpy as np

from layout.model.backbone import LINK_KEY, MOST_PATHS, attached, backbone, node_places
from layout.model.known import Known
from layout.model.naming import nearest, shown


def sound_links(known: Known) -> None:
    """A link joins two nodes, stands once per medium and technology, and has a length."""
    if not known.settings.features.network:
        return
    arcs, places = known.frame("arcs"), node_places(known.model)
    seen: dict[tuple[str, str, str, str], int] = {}
    columns = (arcs[column] for column in (*LINK_KEY, "length_km"))
    for row, (start, end, medium, technology, length) in enumerate(zip(*columns, strict=True)):
        if start == end:
            known.at_row("arcs", row, "to", "arc_loop", node=shown(start))
        key = (min(start, end), max(start, end), medium, technology)
        if key in seen and start != end:
            first = known.tables["arcs"].place(seen[key]).row
            known.at_row("arcs", row, "from", "arc_twice", start=start, end=end, first=first)
        seen.setdefault(key, row)
        missing = [shown(node) for node in (start, end) if node not in places]
        if np.isnan(length) and missing:
            known.at_row("arcs", row, "length_km", "arc_length", nodes=", ".join(missing))


def new_links(known: Known) -> None:
    """A link that may be built has a capacity: unlimited, it could not be closed."""
    if not known.settings.features.network:
        return
    arcs = known.frame("arcs")
    wrong = arcs["new"].to_numpy(bool) & ~np.isfinite(arcs["capacity_gbps"].to_numpy(float))
    for row in np.flatnonzero(wrong):
        known.at_row("arcs", int(row), "capacity_gbps", "arc_new_capacity")


def few_technologies(known: Known) -> None:
    """Every pair keeps its fastest paths over everything, what stands, and each technology."""
    if not known.settings.features.network:
        return
    found, paths = set(known.frame("arcs")["technology"]), known.settings.network.paths
    most = MOST_PATHS // paths - 2
    if len(found) > most:
        known.at_key(
            ("network", "paths"),
            "network.paths",
            "arc_technologies",
            found=len(found),
            paths=paths,
            most=most,
        )


def reached_places(known: Known) -> None:
    """Warn of sites and zones that no link reaches, and of nodes at which nobody is."""
    if not known.settings.features.network:
        return
    arcs = known.frame("arcs")
    named = {*arcs["from"], *arcs["to"]}
    used = set()
    for table in ("sites", "zones"):
        for row, node in enumerate(attached(known.model, table)):
            used.add(node)
            if node not in named:
                values = {"node": shown(node), "hint": nearest(node, named)}
                known.at_row(table, row, "node", "node_without_link", severity="warning", **values)
    for column in ("from", "to"):
        for row, node in enumerate(arcs[column]):
            if node not in used:
                values = {"node": shown(node), "hint": nearest(node, used)}
                used.add(node)
                known.at_row("arcs", row, column, "transit_node", severity="warning", **values)


def links_beside(known: Known) -> None:
    """Warn of a link that no path uses while others between the same nodes are used."""
    if not known.settings.features.network:
        return
    arcs = known.frame("arcs")
    ends = [tuple(sorted(pair)) for pair in zip(arcs["from"], arcs["to"], strict=True)]
    used = set(backbone(known.model).routes.links.tolist())
    taken = {ends[row] for row in used}
    for row, (start, end) in enumerate(ends):
        if row not in used and (start, end) in taken:
            values = {"start": start, "end": end, "paths": known.settings.network.paths}
            known.at_row("arcs", row, "from", "arc_unused", severity="warning", **values)


def links_left_aside(known: Known) -> None:
    """Warn that rows of ``links`` say nothing while the backbone gives delays and prices."""
    if known.settings.features.network and len(known.frame("links")):
        known.at_row("links", 0, None, "links_left_aside", severity="warning")


def bulk_without_limit(known: Known) -> None:
    """Warn of bulk data without a time limit, which no path can break."""
    if not known.settings.features.network:
        return
    table, offered = known.frame("workloads"), known.settings.network.shipping.offered
    endless = np.isinf(table["max_transfer_h"].to_numpy(float))
    for row in np.flatnonzero((table["bulk_gb"].to_numpy(float) > 0) & endless):
        if not offered:
            known.at_row(
                "workloads", int(row), "max_transfer_h", "bulk_without_limit", severity="warning"
            )
