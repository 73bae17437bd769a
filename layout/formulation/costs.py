"""Annual cost by component and site (71), carbon (33), and the cost that no siting can change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from layout.formulation.linear import Floats, Linear
from layout.formulation.parts import Extra
from layout.formulation.variables import Variables
from layout.model import home
from layout.model.costs import COMPONENTS
from layout.units import mcny_per_gwh, mcny_per_kt

if TYPE_CHECKING:
    import pandas as pd

    from layout.model.schema import Economy


def costs(v: Variables, extras: Iterable[Extra] = ()) -> dict[str, Linear]:
    """Component → linear expressions over sites, mcny a year (`penalty`: one row, the nation).

    With what features add; a component without any term is left out where it is a feature's.
    """
    parts = {
        "facility_capital": _facility_capital(v),
        "site_fixed": _site_fixed(v),
        "it_capital": _it_capital(v),
        "facility_om": _facility_om(v),
        "it_om": _it_om(v),
        "renewable_energy": _renewable(v),
        "network": _network(v),
        **_moving(v),
        **_backup_power(v),
        **priced(v, v.case.tariffs, v.case.economy),
        "penalty": _unserved(v),
    }
    for extra in extras:
        for component, linear in extra.costs.items():
            known = parts.get(component)
            parts[component] = linear if known is None else known.plus(linear)
    return {component: parts[component] for component in COMPONENTS if component in parts}


def priced(v: Variables, tariffs: pd.DataFrame, economy: Economy) -> dict[str, Linear]:
    """The components that prices of power, certificates and carbon make, features apart."""
    each = np.arange(len(v.case.sites))
    certificate = mcny_per_gwh(economy.certificate_price_cny_per_mwh)
    bought = 1 - tariffs["backup_share"].to_numpy(float)
    return {
        "grid_energy": _grid(v, bought * tariffs["price_cny_per_kwh"].to_numpy(float)),
        "certificates": Linear(len(each)).add(v.certificate, each, each, certificate),
        "carbon": carbon_kt(v, mcny_per_kt(economy.carbon_price_cny_per_t)),
    }


def _facility_capital(v: Variables) -> Linear:
    """crf·capex·cost_factor·new MW, in every year in which it stands (P18)."""
    case = v.case
    return v.add_new_space(Linear(len(case.sites)), case.units.site, case.facility_annuity)


def _site_fixed(v: Variables) -> Linear:
    """fixed_cost·open, for sites opened anew."""
    case = v.case
    fixed = case.site_values("fixed_cost_mcny_per_year")[v.fresh_sites]
    each = np.arange(len(v.fresh_sites))
    return Linear(len(case.sites)).add(v.open, v.fresh_sites, each, fixed)


def _it_capital(v: Variables) -> Linear:
    """crf·it_capex·(compute of the plan that stands + stock past its life and refreshed)."""
    case, units = v.case, v.case.units
    annuity = case.it_annuity
    linear = Linear(len(case.sites))
    v.add_planned(linear, units.pair_site, annuity[units.kind])
    refreshed = np.where(case.expired_eflops > 0, annuity[case.block_kind], 0.0)
    linear.constant(case.block_site, refreshed * case.expired_eflops)
    for year in (*v.earlier, v):
        of = year.retirable
        linear.add(year.retire, case.block_site[of], np.arange(len(of)), -refreshed[of])
    return linear


def _facility_om(v: Variables) -> Linear:
    """(opex_share·capex·cost_factor + staff·wage)·MW standing."""
    case = v.case
    return v.add_space(Linear(len(case.sites)), case.units.site, case.facility_upkeep)


def _it_om(v: Variables) -> Linear:
    """it_opex_share·it_capex·installed."""
    case, units = v.case, v.case.units
    return v.add_installed(Linear(len(case.sites)), units.pair_site, case.it_upkeep[units.kind])


def _grid(v: Variables, by: Floats) -> Linear:
    each = np.arange(len(v.case.sites))
    return Linear(len(each)).add(v.grid, each, each, by)


def carbon_kt(v: Variables, by: float = 1.0) -> Linear:
    """Location-based carbon by site, kt (33): factor × grid energy + carbon × plant's energy.

    The factor is the grid's, and that of generators in the hours in which it fails. Certificates
    never lower it; renewables under contract count as zero, plants that burn fuel as what they
    emit (R125).
    """
    grid = _grid(v, by * v.case.tariffs["supply_tco2_per_mwh"].to_numpy(float))
    return _of_plants(v, grid, by)


def _of_plants(v: Variables, linear: Linear, by: float = 1.0) -> Linear:
    """Add the carbon of plants that have any, kt by site: carbon_t_per_mwh × energy used."""
    at = np.flatnonzero(v.renewable_carbon)
    if len(at):
        linear.add(v.renewable, v.renewable_site[at], at, by * v.renewable_carbon[at])
    return linear


def carbon_market_kt(v: Variables) -> Linear:
    """Market-based carbon by site, kt (34): residual factor × (grid − certificates) + plants'.

    Of what generators make, their own factor counts; certificates do not lower it.
    """
    case = v.case
    factor = case.tariffs["residual_tco2_per_mwh"].to_numpy(float)
    share = case.tariffs["backup_share"].to_numpy(float)
    own = (1 - share) * factor + share * (case.settings.backup_power.tco2_per_mwh or 0.0)
    each = np.arange(len(case.sites))
    return _of_plants(v, _grid(v, own).add(v.certificate, each, each, -factor))


def _renewable(v: Variables) -> Linear:
    """(cost + wheeling)·renewable."""
    table = v.renewable_table
    price = table["cost_cny_per_kwh"].fillna(0) + table["wheeling_cny_per_kwh"].fillna(0)
    by = price.to_numpy(float)[v.renewable_row]
    each = np.arange(len(v.renewable_site))
    return Linear(len(v.case.sites)).add(v.renewable, v.renewable_site, each, by)


def _network(v: Variables) -> Linear:
    """transport·served, booked at the serving site."""
    flows = v.case.flows
    return v.add_served(Linear(len(v.case.sites)), flows.site, flows.cost)


def _moving(v: Variables) -> dict[str, Linear]:
    """moving_cost·served outside the zone's province, booked at the serving site (R43).

    Absent where no workload has such a cost.
    """
    case = v.case
    price = case.workload_table["moving_cost_mcny_per_eflops"].to_numpy(float)
    if not price.any():
        return {}
    flows = case.flows
    far = ~home.near_home(case.model)[flows.site, flows.zone]
    by = np.where(far, price[flows.workload], 0.0)
    return {"moving": v.add_served(Linear(len(case.sites)), flows.site, by)}


def _backup_power(v: Variables) -> dict[str, Linear]:
    """What it costs that the grid fails (R132), mcny a year; absent where it does not.

    At sites above `tolerated_outage_hours`: `backup_energy` outage_hours/8760·cost_cny_per_kwh·grid
    and `backup_capital` crf·capex_mcny_per_mw·PUE·new MW, in every year in which it stands.
    """
    case = v.case
    share = case.tariffs["backup_share"].to_numpy(float)
    if not share.any():
        return {}
    halls = Linear(len(case.sites))
    return {
        "backup_energy": _grid(v, share * (case.settings.backup_power.cost_cny_per_kwh or 0.0)),
        "backup_capital": v.add_new_space(halls, case.units.site, case.generator_annuity),
    }


def _unserved(v: Variables) -> Linear:
    price = np.nan_to_num(v.case.unserved_price)
    each = np.arange(len(v.demand_eflops))
    return Linear(1).add(v.unserved, np.zeros(len(each), dtype=int), each, price)
