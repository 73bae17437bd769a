"""Checks of what resilience asks: outages that exist, demand that no other site can take over."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.model import resilience
from layout.model.known import Known

NAMED = 6
"""Outages and workloads that a message names; the others are counted."""


def outages_exist(known: Known) -> None:
    """An outage of a hub needs sites that belong to one."""
    if not known.settings.features.resilience or known.settings.resilience.outage != "hub":
        return
    if not (known.frame("sites")["hub"] != "").any():
        known.at_key(("resilience", "outage"), "resilience.outage", "no_hub")


def copies_need_regions(known: Known) -> None:
    """Copies in other regions need to know where the regions are."""
    own = known.settings
    if not own.features.resilience or own.resilience.site_availability is None:
        return
    sites = known.frame("sites")
    for row in np.flatnonzero((sites["region"] == "").to_numpy()):
        known.at_row("sites", int(row), "region", "copy_region", site=sites["site"].iloc[row])


def stopped_and_critical(known: Known) -> None:
    """Work that may stop at once is not critical at the same time."""
    table = known.frame("workloads")
    wrong = (table["preemptible"] == "yes") & (table["critical"] > 0)
    for row in np.flatnonzero(wrong.to_numpy()):
        found = f"{table['critical'].iloc[row]:g}"
        known.at_row("workloads", int(row), "critical", "critical_stops", found=found)


def latency_in_emergency(known: Known) -> None:
    """An emergency limit below the limit of every day says nothing: warn."""
    table = known.frame("workloads")
    wrong = table["emergency_latency_ms"] < table["latency_ms"].fillna(np.inf)
    for row in np.flatnonzero(wrong.to_numpy()):
        values = {
            "found": f"{table['emergency_latency_ms'].iloc[row]:g}",
            "limit": f"{table['latency_ms'].iloc[row]:g}",
        }
        code = "emergency_below_limit"
        known.at_row(
            "workloads", int(row), "emergency_latency_ms", code, severity="warning", **values
        )


def uncoverable_demand(known: Known) -> None:
    """Warn, zone by zone, of critical demand that no other site can take over in time (P22)."""
    if not known.settings.features.resilience:
        return
    found = resilience.uncoverable(known.model)
    zones = pd.Index(known.frame("zones")["zone"])
    for zone, rows in found.groupby("zone"):
        known.at_row(
            "zones",
            int(zones.get_loc(zone)),
            "zone",
            "uncoverable",
            severity="warning",
            zone=zone,
            workloads=_named(sorted(set(rows["workload"]))),
            outages=_named(sorted(set(rows["outage"]))),
        )


def uncopied_demand(known: Known) -> None:
    """Warn of demand for whose copies there is no place in reach (53)."""
    own = known.settings
    if not own.features.resilience or own.resilience.site_availability is None:
        return
    found = resilience.uncopied(known.model)
    zones = pd.Index(known.frame("zones")["zone"])
    for zone, rows in found.groupby("zone"):
        known.at_row(
            "zones",
            int(zones.get_loc(zone)),
            "zone",
            "uncopied",
            severity="warning",
            zone=zone,
            workloads=_named(sorted(set(rows["workload"]))),
            copies=int(rows["copies"].max()),
        )


def _named(labels: list[str]) -> str:
    shown = ", ".join(labels[:NAMED])
    return shown if len(labels) <= NAMED else f"{shown} … ({len(labels)})"
