"""From the solution of the formulation to the tables of a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.formulation import Formulation
from layout.formulation.case import Case, Units
from layout.formulation.linear import Floats, level
from layout.formulation.variables import Variables
from layout.units import GWH_PER_MW_YEAR, RACKS_PER_MW

NOISE = 1e-9  # what is smaller is rounding of the solver, in the unit of its variable


def clean(x: Floats, integrality: NDArray[np.bool_]) -> Floats:
    """The solution without rounding noise: integers whole, specks and −0.0 gone."""
    x = np.where(integrality, np.round(x), x)
    return np.where(np.abs(x) < NOISE, 0.0, x)


def _split_space(units: Units, space: Floats, racked: Floats, home: Floats) -> Floats:
    """Space of every (unit, kind): shared by racked MW; all to the home pair if none is."""
    total = np.bincount(units.unit, racked, len(units.labels))
    share = np.divide(racked, total[units.unit], out=home.copy(), where=total[units.unit] > 0)
    return space[units.unit] * share


def _home_of_new(units: Units) -> Floats:
    """1 for the first kind of each new unit."""
    home = np.zeros(len(units.unit))
    _, first = np.unique(units.unit, return_index=True)
    home[first] = 1.0
    return home


def _frame(case: Case, units: Units, origin: str, columns: dict[str, Floats]) -> pd.DataFrame:
    """Rows of units.csv for stock blocks or new space."""
    kind = units.kind
    rated = case.kind_values("it_mw_per_eflops")[kind]
    idle = case.kind_values("idle_power_share")[kind]
    usable = case.kind_values("max_utilisation")[kind]
    compute, load, space = columns["compute_eflops"], columns["load_eflops"], columns["space_mw"]
    it_gwh = GWH_PER_MW_YEAR * rated * (idle * compute + (1 - idle) * load / usable)
    overhead, slope = units.overhead[units.unit], units.slope[units.unit]
    names = {of: np.array(getattr(case, of), dtype=object) for of in ("sites", "facilities")}
    return pd.DataFrame(
        {
            "unit": np.array(units.labels, dtype=object)[units.unit],
            "site": names["sites"][units.site[units.unit]],
            "facility": names["facilities"][units.facility[units.unit]],
            "kind": np.array(case.kinds, dtype=object)[kind],
            "year": case.year,
            "origin": origin,
            **columns,
            "it_mw": rated * compute,
            "pue": slope + overhead,
            "fixed_overhead": overhead,
            "it_gwh": it_gwh,
            "facility_gwh": slope * it_gwh + overhead * space * GWH_PER_MW_YEAR,
        }
    )


UNIT_COLUMNS = (
    "unit site facility kind year origin existing_eflops filled_eflops expanded_eflops "
    "built_eflops retired_eflops compute_eflops load_eflops it_mw space_mw pue fixed_overhead "
    "it_gwh facility_gwh"
).split()


def units_table(v: Variables) -> pd.DataFrame:
    """units.csv: every block and new unit with its compute, load, space and energy."""
    table = pd.concat([_stock_rows(v), _new_rows(v)], ignore_index=True)
    kept = (table[["existing_eflops", "compute_eflops", "space_mw"]] > 0).any(axis=1)
    table = table.loc[kept, UNIT_COLUMNS]
    return table.sort_values(["unit", "kind", "year"]).reset_index(drop=True)


def _stock_rows(v: Variables) -> pd.DataFrame:
    case, stock = v.case, v.case.stock
    pairs = len(stock.unit)
    filled, retired = np.zeros(pairs), np.zeros(pairs)
    filled[v.fillable] = level(v.fill)
    retired[v.own_pair[v.expired]] = level(v.retire)
    compute = np.maximum(stock.existing_eflops - retired + filled, 0.0)
    home = np.zeros(pairs)
    home[v.own_pair] = 1.0
    racked = compute * case.kind_values("it_mw_per_eflops")[stock.kind]
    return _frame(
        case,
        stock,
        "stock",
        {
            "existing_eflops": stock.existing_eflops,
            "filled_eflops": filled,
            "expanded_eflops": np.zeros(pairs),
            "built_eflops": np.zeros(pairs),
            "retired_eflops": retired,
            "compute_eflops": compute,
            "load_eflops": level(v.load_stock),
            "space_mw": _split_space(stock, stock.space_mw, racked, home),
        },
    )


def new_space_mw(v: Variables) -> Floats:
    """New unit → MW of new space in the solution."""
    space = np.zeros(len(v.case.new.labels))
    space[v.sized] = v.module_mw * level(v.modules)
    space[v.unsized] = level(v.space)
    return space


def _new_rows(v: Variables) -> pd.DataFrame:
    case, new = v.case, v.case.new
    installed = level(v.install)
    expanded = case.has_stock[new.site[new.unit]]
    nothing = np.zeros(len(installed))
    racked = installed * case.kind_values("it_mw_per_eflops")[new.kind]
    return _frame(
        case,
        new,
        "new",
        {
            "existing_eflops": nothing,
            "filled_eflops": nothing,
            "expanded_eflops": np.where(expanded, installed, 0.0),
            "built_eflops": np.where(expanded, 0.0, installed),
            "retired_eflops": nothing,
            "compute_eflops": installed,
            "load_eflops": level(v.load_new),
            "space_mw": _split_space(new, new_space_mw(v), racked, _home_of_new(new)),
        },
    )


def capacity_table(units: pd.DataFrame) -> pd.DataFrame:
    """capacity.csv: units summed by site, year, kind, facility."""
    keys = ["site", "year", "kind", "facility"]
    sums = [
        "existing_eflops",
        "filled_eflops",
        "expanded_eflops",
        "built_eflops",
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
    table["retrofitted_eflops"] = 0.0
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
            "latency_one_way_ms": flows.one_way_ms[keep],
            "latency_rtt_ms": 2 * flows.one_way_ms[keep],
        }
    )
    keys = ["zone", "site", "workload", "year"]
    return table.sort_values(keys).reset_index(drop=True)


def energy_table(v: Variables, units: pd.DataFrame) -> pd.DataFrame:
    """energy.csv: energy and location-based carbon by site."""
    case = v.case
    sums = units.groupby("site")[["it_gwh", "facility_gwh"]].sum()
    sums = sums.reindex(case.sites, fill_value=0.0)
    facility = sums["facility_gwh"].to_numpy()
    renewable = np.bincount(v.renewable_site, level(v.renewable), len(case.sites))
    renewable = np.minimum(renewable, facility)
    grid = facility - renewable
    certificate = np.minimum(level(v.certificate), grid)
    factor = case.tariffs["grid_tco2_per_mwh"].to_numpy(float)
    table = pd.DataFrame(
        {
            "site": case.sites,
            "year": case.year,
            "it_gwh": sums["it_gwh"].to_numpy(),
            "facility_gwh": facility,
            "grid_gwh": grid,
            "renewable_gwh": renewable,
            "certificate_gwh": certificate,
            "carbon_kt": factor * grid,
        }
    )
    return table.sort_values(["site", "year"]).reset_index(drop=True)


def cost_table(formulation: Formulation) -> pd.DataFrame:
    """cost.csv: cost by site (or the nation) and component."""
    case = formulation.case
    rows = []
    for component, linear in formulation.costs.items():
        values = linear.values()
        places = case.sites if linear.count == len(case.sites) and component != "penalty" else None
        for number, value in enumerate(values):
            place = places[number] if places else "nation"
            if value != 0:
                rows.append((place, case.year, component, float(value)))
    table = pd.DataFrame(rows, columns=["site", "year", "component", "mcny"])
    return table.sort_values(["site", "year", "component"]).reset_index(drop=True)


def unserved_table(v: Variables) -> pd.DataFrame:
    """unserved.csv: demand left unserved."""
    index = v.demand_index()
    table = pd.DataFrame({name: index[name] for name in index.names})
    table["unserved_eflops"] = level(v.unserved)
    table = table[table["unserved_eflops"] > 0]
    return table.sort_values(["zone", "workload", "year"]).reset_index(drop=True)


def price_table(formulation: Formulation) -> pd.DataFrame:
    """prices.csv: what one more EFLOPS of demand would cost, the chosen sites fixed."""
    v = formulation.variables
    index = v.demand_index()
    table = pd.DataFrame({name: index[name] for name in index.names})
    table["price_mcny_per_eflops_year"] = formulation.constraints["served"].duals_array
    return table.sort_values(["zone", "workload", "year"]).reset_index(drop=True)


def tables_of(formulation: Formulation) -> dict[str, pd.DataFrame]:
    """All tables of the plan but the targets."""
    variables = formulation.variables
    units = units_table(variables)
    return {
        "units": units,
        "capacity": capacity_table(units),
        "service": service_table(variables),
        "energy": energy_table(variables, units),
        "cost": cost_table(formulation),
        "prices": price_table(formulation),
        "unserved": unserved_table(variables),
    }
