"""A location problem of the literature said in the public tables of a planning model.

One kind of compute that draws 1 MW per EFLOPS and nothing when idle, one free facility of any
size: `max_it_mw` is then the capacity, `fixed_cost_mcny_per_year` the price of opening, a link's
transport cost per EFLOPS the price of serving. The plan's `objective_mcny` is the literature's
value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.instances.problem import Instance

YEAR = 2025
GWH_PER_MW = 8.76


def write_instance(instance: Instance, folder: Path, **solver: Any) -> Path:
    """Write the instance as a model folder; `solver` overrides the solver's settings.

    Raises ValueError where a customer demands nothing: a cost per unit cannot say that.
    """
    if not (instance.demand > 0).all():
        raise ValueError(f"{instance.name}: a customer without demand")
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(_settings(instance, solver), allow_unicode=True, sort_keys=False)
    (folder / "model.yaml").write_text(text, "utf-8")
    sites, customers = instance.shape
    zone = [f"C{number + 1:04d}" for number in range(customers)]
    site = [_site(number) for number in range(sites)]
    tables: dict[str, tuple[list[str], Iterable[list[Any]]]] = {
        "zones": (["zone", "lat", "lon"], _placed(zone, 30.0)),
        "sites": (
            ["site", "lat", "lon", "fixed_cost_mcny_per_year", "max_it_mw"],
            (
                [*place, float(fixed), float(most) if np.isfinite(most) else ""]
                for place, fixed, most in zip(
                    _placed(site, 31.0), instance.fixed_cost, instance.capacity, strict=True
                )
            ),
        ),
        "kinds": (
            ["kind", "precision", "it_mw_per_eflops", "fp32_per_native", "idle_power_share"],
            [["general", "FP32", 1, 1, 0]],
        ),
        "facilities": (["facility", "kinds"], [["hall", "general"]]),
        "workloads": (
            ["workload", "kind", "split", "latency_ms"],
            [
                [
                    "task",
                    "general",
                    "false" if instance.single_source else "true",
                    "" if instance.reach is None else instance.reach,
                ]
            ],
        ),
        "demand": (
            ["zone", "workload", "year", "demand_eflops"],
            (
                [of, "task", YEAR, float(amount)]
                for of, amount in zip(zone, instance.demand, strict=True)
            ),
        ),
        "links": _links(instance, zone, site),
    }
    for name, (heads, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(heads)
            writer.writerows(rows)
    return folder


def _settings(instance: Instance, solver: dict[str, Any]) -> dict[str, Any]:
    targets = []
    if instance.open_at_most is not None:
        targets.append(_target("p", "site_count", "at_most", instance.open_at_most, "sites"))
    if instance.filled is not None:  # what runs takes energy, what stands idle takes none
        for number in np.flatnonzero(instance.filled).tolist():
            used = GWH_PER_MW * float(instance.capacity[number])
            row = _target(f"filled-{number + 1}", "energy_gwh", "at_least", used, "GWh")
            targets.append({**row, "scope": f"site:{_site(number)}"})
    return {
        "layout": 1,
        "base_year": YEAR - 2,
        "money_year": YEAR,
        "periods": [YEAR],
        "latency": {"basis": "one_way", "fixed_ms": 0},
        "economy": {
            "carbon_price_cny_per_t": 0,
            "transport_mcny_per_gbps_1000km_year": 0,
            "certificate_price_cny_per_mwh": 0,
            "unserved_penalty_mcny_per_eflops": instance.penalty,
        },
        "features": {"renewables": False},
        "solver": {"gap": 1e-9, "gap_location": 1e-9, "threads": 1, **solver},
        "targets": targets,
    }


def _target(id: str, measure: str, sense: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "id": id,
        "measure": measure,
        "scope": "nation",
        "sense": sense,
        "value": value,
        "unit": unit,
        "year": YEAR,
        "mode": "hard",
    }


def _site(number: int) -> str:
    return f"S{number + 1:04d}"


def _placed(codes: list[str], latitude: float) -> list[list[Any]]:
    """Codes with distinct places, about 2 km apart in rows of twenty; no cost depends on them."""
    return [
        [code, round(latitude + 0.002 * (at // 20), 4), round(104.0 + 0.02 * (at % 20), 4)]
        for at, code in enumerate(codes)
    ]


def _links(
    instance: Instance, zone: list[str], site: list[str]
) -> tuple[list[str], list[list[Any]]]:
    price = instance.cost / instance.demand
    heads = ["zone", "site", "transport_mcny_per_eflops_year"]
    columns = [
        zone * len(site),
        np.repeat(np.array(site, dtype=object), len(zone)).tolist(),
        price.ravel().tolist(),
    ]
    if instance.distance is not None and instance.reach is not None:
        heads.append("latency_ms")
        columns.append(instance.distance.ravel().tolist())
    return heads, [list(row) for row in zip(*columns, strict=True)]
