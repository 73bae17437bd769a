"""What an EFLOPS of demand costs in new halls at a site, in the parts of a price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout.formulation.case import NEW, Case, Floats
from layout.model import home
from layout.units import GWH_PER_MW_YEAR, mcny_per_kt

NEAR = ("capital", "operation", "power", "network", "carbon")
"""The parts that are compared between two sites, in the order in which they are told."""


@dataclass(frozen=True)
class UnitCosts:
    """Site × zone → mcny per EFLOPS and year of one workload, by part; NaN where none can stand.

    New halls of the facility and new IT of the kind that come cheapest, with power from the grid;
    what stands already, contracts and whole modules are not in it. With the feature network the
    carriage over the backbone is not in it either.
    """

    parts: dict[str, Floats]

    @property
    def total(self) -> Floats:
        """All parts together."""
        return np.sum([self.parts[name] for name in NEAR], axis=0)


def unit_costs(case: Case, workload: str) -> UnitCosts:
    """The costs of serving one EFLOPS of a workload from every site, for every zone."""
    number = case.workloads.index(workload)
    local = _at_sites(case, number)
    far = ~home.near_home(case.model)
    moving = float(case.workload_table["moving_cost_mcny_per_eflops"].to_numpy(float)[number])
    site, zone = (at.reshape(-1) for at in np.indices(far.shape))
    carried = case.flow_cost(site, zone, np.full(len(site), number)).reshape(far.shape)
    network = carried + np.where(far, moving, 0.0)
    work = case.away_work(site, zone, np.full(len(site), number)).reshape(far.shape)
    parts = {name: values[:, None] * work for name, values in local.items()}
    parts["network"] = np.where(np.isnan(parts["capital"]), np.nan, network)
    return UnitCosts(parts)


def _at_sites(case: Case, workload: int) -> dict[str, Floats]:
    """Part → mcny per EFLOPS and year at every site, of its cheapest unit and kind."""
    units = case.units
    found = {name: np.full(len(case.sites), np.nan) for name in NEAR if name != "network"}
    least = np.full(len(case.sites), np.inf)
    hosts, needs = case.hosting.of(workload)
    factor = float(case.capacity_factor[workload])
    for kind, need in zip(hosts.tolist(), needs.tolist(), strict=True):
        pairs = np.flatnonzero(
            (units.kind == kind) & (units.origin[units.unit] == NEW) & units.admitted
        )
        unit = units.unit[pairs]
        parts = _parts(case, kind, unit, need, factor)
        total = np.sum(list(parts.values()), axis=0)
        for at in range(len(pairs)):
            site = int(units.site[unit[at]])
            if total[at] < least[site]:
                least[site] = total[at]
                for name, values in parts.items():
                    found[name][site] = values[at]
    return found


def _parts(
    case: Case, kind: int, unit: np.ndarray, need: float, factor: float
) -> dict[str, Floats]:
    """The parts for new space in some units."""
    units, site = case.units, case.units.site[unit]
    installed = factor * need / float(case.kind_values("max_utilisation")[kind])
    rated = installed * float(case.kind_values("it_mw_per_eflops")[kind])
    mean = case.standing_mw[kind] * installed + case.running_mw[kind] * need
    energy = GWH_PER_MW_YEAR * (units.slope[unit] * mean + units.overhead[unit] * rated)
    tariffs = case.tariffs.iloc[site]
    share = tariffs["backup_share"].to_numpy(float)
    own = case.settings.backup_power.cost_cny_per_kwh or 0.0
    price = (1 - share) * tariffs["price_cny_per_kwh"].to_numpy(float) + share * own
    grid = tariffs["supply_tco2_per_mwh"].to_numpy(float)
    carbon = mcny_per_kt(case.economy.carbon_price_cny_per_t)
    upkeep = case.facility_upkeep[unit] * rated + case.it_upkeep[kind] * installed
    return {
        "capital": (case.facility_annuity + case.generator_annuity)[unit] * rated
        + case.it_annuity[kind] * installed,
        "operation": upkeep,
        "power": energy * price,
        "carbon": energy * grid * carbon,
    }
