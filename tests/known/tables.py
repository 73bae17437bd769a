"""A location problem of the literature said in the public tables of a planning model.

One kind of compute that draws 1 MW per EFLOPS, one free facility of any size: `max_it_mw` is then
the capacity, `fixed_cost_mcny_per_year` the price of opening, a link's transport cost per EFLOPS
the price of serving. The plan's `objective_mcny` is the literature's value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.builders import target, tiny_model
from tests.known.instances import Instance


def write_instance(instance: Instance, folder: Path, **solver: Any) -> Path:
    """Write the instance as a model folder; `solver` overrides the solver's settings."""
    sites, customers = instance.shape
    return tiny_model(
        folder,
        settings=_settings(instance, solver),
        zones=[{"zone": _zone(j)} for j in range(customers)],
        sites=[_site_row(instance, i) for i in range(sites)],
        workloads=[
            {
                "workload": "task",
                "kind": "general",
                "split": not instance.single_source,
                "latency_ms": instance.reach,
            }
        ],
        demand=[
            {"zone": _zone(j), "workload": "task", "demand_eflops": float(instance.demand[j])}
            for j in range(customers)
        ],
        links=[_link_row(instance, i, j) for i in range(sites) for j in range(customers)],
    )


def _settings(instance: Instance, solver: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "latency": {"basis": "one_way", "fixed_ms": 0},
        "economy": {"unserved_penalty_mcny_per_eflops": instance.penalty},
        "solver": {"gap": 1e-9, "gap_location": 1e-9, "threads": 2, **solver},
    }
    if instance.open_at_most is not None:
        settings["targets"] = [
            target("p", "site_count", "at_most", instance.open_at_most, unit="sites")
        ]
    return settings


def _zone(customer: int) -> str:
    return f"C{customer + 1:03d}"


def _site(site: int) -> str:
    return f"S{site + 1:03d}"


def _site_row(instance: Instance, i: int) -> dict[str, Any]:
    capacity = float(instance.capacity[i])
    return {
        "site": _site(i),
        "fixed_cost_mcny_per_year": float(instance.fixed_cost[i]),
        "max_it_mw": capacity if np.isfinite(capacity) else None,
    }


def _link_row(instance: Instance, i: int, j: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "zone": _zone(j),
        "site": _site(i),
        "transport_mcny_per_eflops_year": float(instance.cost[i, j] / instance.demand[j]),
    }
    if instance.distance is not None:
        row["latency_ms"] = float(instance.distance[i, j])
    return row
