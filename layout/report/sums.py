"""Sums of a view as plain dictionaries, which popups ask for hundreds of times."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import pandas as pd

from layout.report.view import View

LEAST = 5e-10
"""EFLOPS below this are nothing."""
LEAST_DRAWN = 5e-7
"""EFLOPS below this are less than one device: what a solver leaves over, and no mark of a site."""

Amounts = dict[str, float]


class Sums:
    """Capacity, energy and service of a view by site and by province."""

    def __init__(self, view: View) -> None:
        self.view = view

    @cached_property
    def capacity(self) -> dict[str, dict[str, Amounts]]:
        """Site → kind → the columns of `View.capacity`."""
        found: dict[str, dict[str, Amounts]] = {}
        for (site, kind), row in _records(self.view.capacity):
            found.setdefault(site, {})[kind] = row
        return found

    @cached_property
    def energy(self) -> dict[str, Amounts]:
        """Site → the year's energy and carbon."""
        return {str(site): row for site, row in _records(self.view.energy)}

    @cached_property
    def prices(self) -> dict[str, float]:
        """Site → price of power, CNY/kWh."""
        return {str(site): float(value) for site, value in self.view.power_price.items()}

    @cached_property
    def sites_of(self) -> dict[str, list[str]]:
        """Province → its sites."""
        found: dict[str, list[str]] = {}
        for site, home in self.view.sites["home"].items():
            found.setdefault(str(home), []).append(str(site))
        return found

    @cached_property
    def demand(self) -> dict[tuple[str, str], tuple[float, float]]:
        """(province, kind) → demand in native and in FP32-equivalent EFLOPS."""
        sums = self.view.demand.groupby(["home", "kind"])[["demand_eflops", "fp32"]].sum()
        return {key: (row["demand_eflops"], row["fp32"]) for key, row in _records(sums)}

    @cached_property
    def served(self) -> dict[tuple[str, str], float]:
        """(province of the demand, province of the site) → FP32-equivalent EFLOPS."""
        return self._pairs("from_home", "to_home")

    @cached_property
    def clients(self) -> dict[str, list[tuple[str, float]]]:
        """Site → zones it serves, the largest first."""
        return _ranked(self._pairs("site", "zone"))

    @cached_property
    def servers(self) -> dict[str, list[tuple[str, float]]]:
        """Province → sites that serve it, the largest first."""
        return _ranked(self._pairs("from_home", "site"))

    @cached_property
    def servers_of_zone(self) -> dict[str, list[tuple[str, float]]]:
        """Zone → sites that serve it, the largest first."""
        return _ranked(self._pairs("zone", "site"))

    def _pairs(self, first: str, second: str) -> dict[tuple[str, str], float]:
        service = self.view.service
        if service.empty:
            return {}
        sums = service.groupby([first, second])["fp32"].sum()
        return {(str(a), str(b)): float(value) for (a, b), value in _items(sums)}

    def total(self, sites: Iterable[str]) -> tuple[dict[str, Amounts], Amounts]:
        """Capacity by kind and energy, summed over sites; `weighted` is PUE × MW."""
        kinds: dict[str, Amounts] = {}
        energy: Amounts = {}
        for site in sites:
            for kind, row in self.capacity.get(site, {}).items():
                _add(kinds.setdefault(kind, {}), weighted(row))
            _add(energy, self.energy.get(site, {}))
        return kinds, energy


def weighted(row: Amounts) -> Amounts:
    """The row with `weighted`, its PUE times its MW (0 where there is no PUE)."""
    value = row["pue"] * row["facility_it_mw"]
    return {**row, "weighted": value if value == value else 0.0}


def _items(sums: pd.Series) -> Iterable[tuple[Any, float]]:
    return zip(sums.index, sums.to_numpy(dtype=float), strict=True)


def _records(frame: pd.DataFrame) -> Iterable[tuple[Any, Amounts]]:
    if frame.empty:
        return ()
    return zip(frame.index, frame.to_dict("records"), strict=True)  # type: ignore[arg-type]


def _add(into: Amounts, row: dict[Any, float]) -> None:
    for name, value in row.items():
        into[name] = into.get(name, 0.0) + value


def _ranked(pairs: dict[tuple[str, str], float]) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for (first, second), value in pairs.items():
        if value > LEAST:
            found.setdefault(first, []).append((second, value))
    for partners in found.values():
        partners.sort(key=lambda pair: (-pair[1], pair[0]))
    return found
