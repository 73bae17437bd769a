"""From the solution of the formulation to the tables of a plan."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.formulation import Formulation
from layout.formulation.case import NEW, Case
from layout.formulation.linear import Floats, Ints, Linear, level
from layout.formulation.resilience import copied
from layout.formulation.variables import Variables
from layout.model.costs import NATIONAL
from layout.plan.files import FILES
from layout.plan.induced import induced_table
from layout.plan.sectors import sectors_table
from layout.solving.backbone import network_tables, path_delays
from layout.solving.hours import slice_tables
from layout.solving.prices import price_table
from layout.solving.resilience import resilience_tables
from layout.solving.supplies import balance_tables, heat_tables, storage_tables, water_tables
from layout.units import GWH_PER_MW_YEAR, RACKS_PER_MW

NOISE = 1e-9  # what is smaller is rounding of the solver, in the unit of its variable


def clean(x: Floats, integrality: NDArray[np.bool_]) -> Floats:
    """The solution without rounding noise: integers whole, specks and −0.0 gone."""
    x = np.where(integrality, np.round(x), x)
    return np.where(np.abs(x) < NOISE, 0.0, x)


def _split_space(v: Variables, space: Floats, racked: Floats) -> Floats:
    """Space of every pair: shared by racked MW; all to the own or first kind if none is."""
    units = v.case.units
    home = np.zeros(len(units.unit))
    home[np.unique(units.unit, return_index=True)[1]] = 1.0
    blocks = np.isin(units.unit, units.stock)
    home = np.where(blocks, units.own, home)
    total = np.bincount(units.unit, racked, len(units.labels))
    share = np.divide(racked, total[units.unit], out=home, where=total[units.unit] > 0)
    return space[units.unit] * share


UNIT_COLUMNS = (
    "unit site facility kind year origin existing_eflops filled_eflops expanded_eflops "
    "built_eflops retrofitted_eflops retired_eflops compute_eflops load_eflops it_mw space_mw pue "
    "fixed_overhead it_gwh facility_gwh"
).split()
ORIGINS = np.array(["stock", "new", "retrofit"], dtype=object)


def standing_mw(v: Variables) -> Floats:
    """Unit → MW of space standing in the year, in the solution."""
    every = np.arange(len(v.case.units.labels))
    return np.maximum(v.add_space(Linear(len(every)), every).values(), 0.0)


def new_space_mw(v: Variables) -> Floats:
    """Unit → MW of new space standing in the year, in the solution."""
    every = np.arange(len(v.case.units.labels))
    return v.add_new_space(Linear(len(every)), every).values()


def _pairs(v: Variables) -> Linear:
    return Linear(len(v.case.units.unit))


def _moved(v: Variables) -> Floats:
    """Pair → EFLOPS that moved in (or out, negative) with a retrofit in the year."""
    moved = _pairs(v)
    for term in v.installed_terms:
        if term.part.name == "move":
            moved.add(term.part, term.at, np.arange(len(term.part)), term.by)
    return moved.values()


def _carried(v: Variables) -> Floats:
    """Pair → compute of the period before; the stock in the first."""
    units = v.case.units
    if not v.earlier:
        return units.existing_eflops
    return np.maximum(
        v.earlier[-1].add_installed(_pairs(v), np.arange(len(units.unit))).values(), 0.0
    )


def _actions(v: Variables, added: Floats) -> dict[str, Floats]:
    """Gross additions by action: what new space of the year holds is expanded or built."""
    case, units = v.case, v.case.units
    rated = case.kind_values("it_mw_per_eflops")[units.kind]
    every = np.arange(len(units.labels))
    fresh = v.add_added_space(Linear(len(every)), every).values()
    racked = np.bincount(units.unit, rated * added, len(units.labels))
    share = np.divide(fresh, racked, out=np.ones(len(fresh)), where=racked > fresh)
    share = np.where((units.origin == NEW) & ((fresh > 0) | ~_had(v)), share, 0.0)[units.unit]
    stocked = case.has_stock[units.pair_site]
    return {
        "filled_eflops": added * (1 - share),
        "expanded_eflops": np.where(stocked, added * share, 0.0),
        "built_eflops": np.where(stocked, 0.0, added * share),
    }


def _had(v: Variables) -> NDArray[np.bool_]:
    """Unit → whether it had space in the period before."""
    if not v.earlier:
        return v.case.units.space_mw > 0
    return standing_mw(v.earlier[-1]) > 0


def units_table(v: Variables) -> pd.DataFrame:
    """units.csv: every block, hall and retrofit with its compute, load, space and energy."""
    case, units = v.case, v.case.units
    each, kind = np.arange(len(units.unit)), units.kind
    compute = np.maximum(v.add_installed(_pairs(v), each).values(), 0.0)
    added = v.add_additions(_pairs(v), each).values()
    existing, moved = _carried(v), _moved(v)
    retired = np.maximum(existing + added + moved - compute, 0.0)
    rated = case.kind_values("it_mw_per_eflops")[kind]
    load = level(v.load)
    space = _split_space(v, standing_mw(v), compute * rated)
    it_gwh = GWH_PER_MW_YEAR * (case.standing_mw[kind] * compute + case.running_mw[kind] * load)
    slope, overhead = units.slope[units.unit], units.overhead[units.unit]
    cooled = _cooled(v, load)
    names = {of: np.array(getattr(case, of), dtype=object) for of in ("sites", "facilities")}
    table = pd.DataFrame(
        {
            "unit": np.array(units.labels, dtype=object)[units.unit],
            "site": names["sites"][units.pair_site],
            "facility": names["facilities"][units.facility[units.unit]],
            "kind": np.array(case.kinds, dtype=object)[kind],
            "year": case.year,
            "origin": ORIGINS[units.origin[units.unit]],
            "existing_eflops": existing,
            **_actions(v, added),
            "retrofitted_eflops": moved,
            "retired_eflops": np.where(retired < NOISE, 0.0, retired),
            "compute_eflops": compute,
            "load_eflops": load,
            "it_mw": rated * compute,
            "space_mw": space,
            "pue": slope + overhead,
            "fixed_overhead": overhead,
            "it_gwh": it_gwh,
            "facility_gwh": slope * (it_gwh + cooled) + overhead * space * GWH_PER_MW_YEAR,
        }
    )
    kept = (table[["existing_eflops", "compute_eflops", "space_mw"]] > 0).any(axis=1)
    table = table.loc[kept, UNIT_COLUMNS]
    return table.sort_values(["unit", "kind", "year"]).reset_index(drop=True)


def _cooled(v: Variables, load: Floats) -> Floats:
    """Pair → GWh of IT energy by which the cooling of the slices weighs more than its mean."""
    run = v.running
    if run is None:
        return np.zeros(len(load))
    kind = v.case.units.kind
    weight = run.hours / 1000 * (run.cooling - 1) * v.case.running_mw[kind][run.pair]
    return np.bincount(run.pair, weight * level(run.part), len(load)).astype(float)


def capacity_table(units: pd.DataFrame) -> pd.DataFrame:
    """capacity.csv: units summed by site, year, kind, facility."""
    keys = ["site", "year", "kind", "facility"]
    sums = [
        "existing_eflops",
        "filled_eflops",
        "expanded_eflops",
        "built_eflops",
        "retrofitted_eflops",
        "retired_eflops",
        "compute_eflops",
        "space_mw",
        "it_mw",
    ]
    weighted = units.assign(weighted=units["pue"] * units["space_mw"])
    grouped = weighted.groupby(keys, sort=True)
    table = grouped[[*sums, "weighted"]].sum().reset_index()
    mean = grouped["pue"].mean().to_numpy(copy=True)
    space = table["space_mw"].to_numpy()
    table["pue"] = np.divide(table["weighted"].to_numpy(), space, out=mean, where=space > 0)
    table["racks"] = table["space_mw"] * RACKS_PER_MW
    table = table.rename(columns={"space_mw": "facility_it_mw"})
    order = (
        "site year kind facility existing_eflops filled_eflops expanded_eflops built_eflops "
        "retrofitted_eflops retired_eflops compute_eflops facility_it_mw it_mw racks pue"
    )
    return table[order.split()]


def service_table(v: Variables) -> pd.DataFrame:
    """service.csv: who serves whom, EFLOPS in use, with both delays."""
    case, flows = v.case, v.case.flows
    served = np.zeros(len(flows))
    splits = case.splits[flows.workload]
    served[splits] = level(v.serve)
    served[~splits] = level(v.assign) * v.demand_eflops[v.whole.row]
    keep = served > 0
    one_way = flows.one_way_ms if v.lines is None else path_delays(v)
    labels = {
        of: np.array(getattr(case, of), dtype=object) for of in ("zones", "sites", "workloads")
    }
    table = pd.DataFrame(
        {
            "zone": labels["zones"][flows.zone[keep]],
            "site": labels["sites"][flows.site[keep]],
            "workload": labels["workloads"][flows.workload[keep]],
            "year": case.year,
            "served_eflops": served[keep],
            "latency_one_way_ms": one_way[keep],
            "latency_rtt_ms": 2 * one_way[keep],
        }
    )
    keys = ["zone", "site", "workload", "year"]
    return table.sort_values(keys).reset_index(drop=True)


def runs_table(v: Variables) -> pd.DataFrame:
    """runs.csv: which kind of hardware runs what, where several kinds run a workload.

    Served and ready as demand, like in service.csv: the work of each kind over what an EFLOPS of
    demand takes at the site on average. The peak is that of the work.
    """
    case, work, first = v.case, v.work, len(v.work.flow)
    if v.runs is None:
        return FILES["runs"].frame()
    served = level(v.runs)
    copies = level(v.parts["standby_runs"]) if "standby_runs" in v.parts else np.zeros(len(served))
    factor = case.capacity_factor[work.workload[first:]] * work.need[first:]
    index = v.runs.index
    table = pd.DataFrame({name: index[name] for name in index.names})
    place = work.site[first:] * len(case.workloads) + work.workload[first:]
    table = table.assign(
        served_eflops=served / _served_work(v)[place],
        standby_eflops=copies / _standby_work(v)[place],
        peak_eflops=factor * (served + copies),
    )
    table = table[(table["served_eflops"] > 0) | (table["standby_eflops"] > 0)]
    return table.sort_values(list(FILES["runs"].key)).reset_index(drop=True)


def _mean_work(case: Case, place: Ints, work: Floats, amount: Floats) -> Floats:
    """Site·workloads + workload → mean EFLOPS of work for one of demand; 1 where there is none."""
    count = len(case.sites) * len(case.workloads)
    whole, demand = np.bincount(place, work * amount, count), np.bincount(place, amount, count)
    return np.divide(whole, demand, out=np.ones(count), where=demand > 0)


def _served_work(v: Variables) -> Floats:
    """`_mean_work` of what is served."""
    flows = v.case.flows
    served = v.add_served(Linear(len(flows)), np.arange(len(flows))).values()
    place = flows.site * len(v.case.workloads) + flows.workload
    return _mean_work(v.case, place, flows.work, np.maximum(served, 0.0))


def _standby_work(v: Variables) -> Floats:
    """`_mean_work` of the copies that stand ready."""
    case = v.case
    if "standby" not in v.parts:
        return np.ones(len(case.sites) * len(case.workloads))
    _, site, owner = copied(case)
    zone, work = (case.demand[name].to_numpy(np.int64)[owner] for name in ("zone", "workload"))
    amount = np.maximum(level(v.parts["standby"]), 0.0)
    return _mean_work(
        case, site * len(case.workloads) + work, case.away_work(site, zone, work), amount
    )


def energy_table(v: Variables, units: pd.DataFrame) -> pd.DataFrame:
    """energy.csv: energy and location-based carbon by site.

    What plants with carbon give is neither grid nor renewable energy: it is the rest.
    """
    case = v.case
    sums = units.groupby("site")[["it_gwh", "facility_gwh"]].sum()
    sums = sums.reindex(case.sites, fill_value=0.0)
    facility = sums["facility_gwh"].to_numpy(copy=True)
    every = np.arange(len(case.sites))
    facility += v.add_extra_energy(Linear(len(every)), every).values()
    used, fuel = level(v.renewable), v.renewable_carbon > 0
    burnt = np.minimum(np.bincount(v.renewable_site, used * fuel, len(case.sites)), facility)
    emitted = np.bincount(v.renewable_site, used * v.renewable_carbon, len(case.sites))
    renewable = np.bincount(v.renewable_site, used * ~fuel, len(case.sites))
    renewable = np.minimum(renewable, facility - burnt)
    grid = facility - burnt - renewable
    covered = grid * (1 - case.tariffs["backup_share"].to_numpy(float))
    certificate = np.minimum(level(v.certificate), covered)
    factor = case.tariffs["supply_tco2_per_mwh"].to_numpy(float)
    table = pd.DataFrame(
        {
            "site": case.sites,
            "year": case.year,
            "it_gwh": sums["it_gwh"].to_numpy(),
            "facility_gwh": facility,
            "grid_gwh": grid,
            "renewable_gwh": renewable,
            "certificate_gwh": certificate,
            "carbon_kt": factor * grid + emitted,
        }
    )
    return table.sort_values(["site", "year"]).reset_index(drop=True)


def contracts_table(v: Variables) -> pd.DataFrame:
    """contracts.csv: which plant serves which site, what it yields there and what is used.

    Without time slices all that is under contract is used, and the capacity follows from it.
    """
    index, table = v.renewable.index, v.renewable_table
    factor = table["capacity_factor"].to_numpy(float)[v.renewable_row]
    used = level(v.renewable)
    if "contract" in v.parts:
        contract = level(v.parts["contract"])
        produced = GWH_PER_MW_YEAR * factor * contract
    else:
        produced, of_mw = used, GWH_PER_MW_YEAR * factor
        contract = np.divide(used, of_mw, out=np.zeros(len(used)), where=of_mw > 0)
    found = pd.DataFrame({name: index[name] for name in index.names})
    found = found.assign(contract_mw=contract, produced_gwh=produced, used_gwh=used)
    found = found[(found["contract_mw"] > 0) | (found["used_gwh"] > 0)]
    return found.sort_values(["site", "source", "technology", "year"]).reset_index(drop=True)


def cost_table(formulation: Formulation) -> pd.DataFrame:
    """cost.csv: weighted cost by site (or the nation), year and component; Σ is the objective."""
    rows = []
    for year in formulation.years:
        for component, linear in year.costs.items():
            values = linear.values() * year.weight
            local = linear.count == len(year.case.sites) and component not in NATIONAL
            for number, value in enumerate(values):
                place = year.case.sites[number] if local else "nation"
                if value != 0:
                    rows.append((place, year.year, component, float(value)))
    table = pd.DataFrame(rows, columns=["site", "year", "component", "mcny"])
    return table.sort_values(["site", "year", "component"]).reset_index(drop=True)


def unserved_table(v: Variables) -> pd.DataFrame:
    """unserved.csv: demand left unserved."""
    index = v.demand_index()
    table = pd.DataFrame({name: index[name] for name in index.names})
    table["unserved_eflops"] = level(v.unserved)
    table = table[table["unserved_eflops"] > 0]
    return table.sort_values(["zone", "workload", "year"]).reset_index(drop=True)


Tables = Callable[[Variables, pd.DataFrame], dict[str, pd.DataFrame]]
FEATURE_TABLES: dict[str, Tables] = {
    "slices": slice_tables,
    "network": network_tables,
    "storage": storage_tables,
    "water": water_tables,
    "heat": heat_tables,
    "resilience": resilience_tables,
    "balance": balance_tables,
}
"""Switch of `features` → the plan files that it adds, from a year's variables and its units."""


def year_tables(v: Variables) -> dict[str, pd.DataFrame]:
    """The tables of one year, but for costs and prices."""
    units = units_table(v)
    tables = {
        "units": units,
        "capacity": capacity_table(units),
        "service": service_table(v),
        "energy": energy_table(v, units),
        "unserved": unserved_table(v),
        "contracts": contracts_table(v),
        "runs": runs_table(v),
    }
    for feature, more in FEATURE_TABLES.items():
        if getattr(v.case.settings.features, feature):
            tables.update(more(v, units))
    return tables


def tables_of(formulation: Formulation) -> dict[str, pd.DataFrame]:
    """All tables of the plan but the targets, every year in each."""
    years = [year_tables(year.variables) for year in formulation.years]
    if len(years) == 1:
        tables = years[0]
    else:
        tables = {
            name: pd.concat([year[name] for year in years], ignore_index=True).sort_values(
                list(FILES[name].key), ignore_index=True
            )
            for name in years[0]
        }
    tables |= {"cost": cost_table(formulation), "prices": price_table(formulation)}
    model = formulation.case.model
    tables |= {"sectors": sectors_table(tables, model)}
    return {**tables, "induced": induced_table(tables, model)}
