"""Who may use the energy of which plants, through which corridor, with what carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model.derive import listed

if TYPE_CHECKING:
    from layout.model import PlanningModel


def suppliers(model: PlanningModel) -> pd.DataFrame:
    """Who may use which row of ``renewables``; empty unless `renewables` is on.

    Columns: site (position), row (position in the table), source (province, or the site of an
    on-site plant), technology. A row serves the sites of its province, or of the provinces that
    ``buyers`` names, or, where it names a ``site``, that site alone. Sorted by site and row.
    """
    table, sites = model["renewables"], model["sites"]
    if not model.settings.features.renewables:
        table = table.iloc[:0]
    province = sites["province"].to_numpy(dtype=object)
    names = sites["site"].to_numpy(dtype=object)
    pairs = []
    rows = zip(table["province"], table["site"], table["buyers"], strict=True)
    for row, (seller, plant, buyers) in enumerate(rows):
        welcome = names == plant if plant else np.isin(province, listed(buyers) or (seller,))
        pairs += [(int(site), row) for site in np.flatnonzero(welcome)]
    pairs.sort()
    found = pd.DataFrame(pairs, columns=["site", "row"]).astype(np.int64)
    of = table.iloc[found["row"]]
    source = np.where(of["site"] != "", of["site"], of["province"])
    return found.assign(source=source, technology=of["technology"].to_numpy(dtype=object))


def corridor_rows(model: PlanningModel) -> NDArray[np.int64]:
    """Row of `suppliers` → row of ``corridors`` that its power takes; −1: no limit on the way."""
    pairs, table = suppliers(model), model["corridors"]
    seller = model["renewables"]["province"].iloc[pairs["row"]]
    buyer = model["sites"]["province"].iloc[pairs["site"]]
    keys = pd.MultiIndex.from_arrays([seller, buyer])
    limited = pd.MultiIndex.from_arrays([table["from"], table["to"]])
    return np.asarray(limited.get_indexer(keys), dtype=np.int64)


def plant_carbon(model: PlanningModel) -> pd.Series:
    """(source, technology) of ``renewables`` → carbon of its energy, t/MWh; 0 is green."""
    table = model["renewables"]
    source = table["site"].where(table["site"] != "", table["province"])
    keys = pd.MultiIndex.from_arrays([source, table["technology"]], names=["source", "technology"])
    return pd.Series(table["carbon_t_per_mwh"].to_numpy(dtype=float), keys)
