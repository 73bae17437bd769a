"""The plan files of time slices, from the variables of a year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.algebra import Index
from layout.formulation import Formulation
from layout.formulation.linear import Floats, level
from layout.formulation.parts import Part
from layout.formulation.stores import FLOWS
from layout.formulation.variables import Variables
from layout.model import plants
from layout.model.slices import time_slices

SERVED = {"load_eflops": "served_eflops"}


def slice_tables(v: Variables, units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """dispatch, fuel, cold_storage, loads, flexible, shifted, carried; `units` is not needed."""
    tables = {"dispatch": _dispatch(v), "loads": _loads(v, v.parts["running"])}
    if (v.renewable_carbon > 0).any():
        tables["fuel"] = _fuel(v)
    if "cold_storage_mwh" in v.parts:
        tables["cold_storage"] = _cold_storage(v)
    if "flexible" in v.parts:
        tables["flexible"] = _flexible(v)
    if "shifted" in v.parts:
        tables["shifted"] = _loads(v, v.parts["shifted"]).rename(columns=SERVED)
    if len(v.case.model["corridors"]) and len(v.parts["use_mw"]):
        tables["carried"] = _carried(v)
    return tables


def _carried(v: Variables) -> pd.DataFrame:
    """What is used in every slice of contracts whose power takes a corridor with a limit."""
    use = v.parts["use_mw"]
    count = len(time_slices(v.case.model).hours)
    limited = np.repeat(plants.corridor_rows(v.case.model) >= 0, count)
    frame = _frame(use.index).assign(used_mw=level(use))
    return frame[limited & (frame["used_mw"] > 0).to_numpy()].reset_index(drop=True)


def hourly_prices(formulation: Formulation) -> pd.DataFrame | None:
    """site, kind, year, slice, hours and what one more EFLOPS for an hour costs there, CNY (68).

    The dual of (17) in its slice, undiscounted, chosen sites fixed; where compute is in use: power
    and what is scarce in the hour. Halls and IT are sized by the year's peak and paid by its
    price. None without time slices or without prices.
    """
    rows = formulation.constraints.get("slice_load")
    if rows is None or rows.duals_array is None:
        return None
    frame = _frame(rows.index)
    weight = frame["year"].map({year.year: year.weight for year in formulation.years})
    model = formulation.case.model
    hours = np.resize(time_slices(model).hours, len(frame))
    price = 1e6 * rows.duals_array / weight.to_numpy(float) / hours
    frame = frame.assign(hours=hours, price_cny_per_eflops_hour=price)
    used = []
    for year in formulation.years:
        units, load = year.case.units, level(year.variables.load)
        at = np.flatnonzero(load > 0)
        used += [
            (year.case.sites[units.pair_site[pair]], year.case.kinds[units.kind[pair]], year.year)
            for pair in at
        ]
    of = pd.MultiIndex.from_frame(frame[["site", "kind", "year"]]).isin(used)
    return frame[of].sort_values(["site", "kind", "year", "slice"]).reset_index(drop=True)


def _flexible(v: Variables) -> pd.DataFrame:
    """Load of work that may wait, with the kind that runs it."""
    table = _loads(v, v.parts["flexible"])
    if v.runs is not None:
        return table
    own = v.case.workload_table.set_index("workload")["kind"]
    return table.assign(kind=own.reindex(table["workload"]).to_numpy(dtype=object))


def _frame(index: Index) -> pd.DataFrame:
    return pd.DataFrame({name: index[name] for name in index.names})


def _loads(v: Variables, part: Part) -> pd.DataFrame:
    """Loads above zero."""
    frame = _frame(part.index).assign(load_eflops=level(part))
    return frame[frame["load_eflops"] > 0].reset_index(drop=True)


def _dispatch(v: Variables) -> pd.DataFrame:
    """Power of every site and slice; what the facilities draw is what is supplied."""
    grid = v.parts["grid_mw"]
    hours = time_slices(v.case.model).hours
    count, sites = len(hours), len(v.case.sites)
    fuel = _used(v, v.renewable_carbon > 0)
    renewable = _used(v, v.renewable_carbon == 0)
    battery = {name: _values(v, name, sites * count) for name in FLOWS["battery_mwh"]}
    cold_in, cold_out, _ = (_values(v, name, sites * count) for name in FLOWS["cold_storage_mwh"])
    store = _values(v, "battery_mwh", sites)
    frame = _frame(grid.index).assign(
        hours=np.tile(hours, sites),
        grid_mw=level(grid),
        renewable_mw=renewable,
        **battery,
        battery_mwh=np.repeat(store, count),
    )
    frame["facility_mw"] = (
        frame["grid_mw"] + frame["renewable_mw"] + fuel + frame["discharge_mw"] - frame["charge_mw"]
        + (cold_out - cold_in)
    ).clip(lower=0.0)  # fmt: skip
    return frame


def _cold_storage(v: Variables) -> pd.DataFrame:
    """Stores of cooling, where there is one."""
    over = v.parts["cold_level_mwh"].index
    count = len(time_slices(v.case.model).hours)
    values = {name: level(v.parts[name]) for name in FLOWS["cold_storage_mwh"]}
    size = np.repeat(level(v.parts["cold_storage_mwh"]), count)
    frame = _frame(over).assign(**values, cold_storage_mwh=size)
    return frame[size > 0].reset_index(drop=True)


def _used(v: Variables, kept: NDArray[np.bool_]) -> Floats:
    """Site and slice → power used of some contracts and plants, MW."""
    count = len(time_slices(v.case.model).hours)
    use = v.parts["use_mw"]
    if not len(use):
        return np.zeros(len(v.case.sites) * count)
    at = (v.renewable_site[:, None] * count + np.arange(count)).reshape(-1)
    used = level(use) * np.repeat(kept, count).astype(float)
    return np.bincount(at, used, len(v.case.sites) * count).astype(float)


def _fuel(v: Variables) -> pd.DataFrame:
    """Power of plants with carbon, where there is any."""
    frame = _frame(v.parts["grid_mw"].index)
    frame = frame.assign(fuel_mw=_used(v, v.renewable_carbon > 0))
    return frame[frame["fuel_mw"] > 0].reset_index(drop=True)


def _values(v: Variables, name: str, size: int) -> Floats:
    part = v.parts.get(name)
    return np.zeros(size) if part is None else level(part)
