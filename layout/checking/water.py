"""Water: counted again from the energy of IT, against the limits of basins and provinces."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.facts import Floats
from layout.checking.findings import ROW
from layout.plan.scopes import sites_in

FILE = "water.csv"
MCNY_PER_ML = 0.001


def used(case: Case) -> pd.Series:
    """``water`` of the year for every site, ML."""
    frame = case.table("water").drop_duplicates("site").set_index("site")["water_ml"]
    sites = pd.Index(case.plan.model["sites"]["site"], name="site")
    return frame.reindex(sites, fill_value=0.0)


def check_water(case: Case) -> None:
    """Water = L per kWh × energy of IT, within every limit."""
    units, found = case.units, used(case)
    each = _per_kwh(case, units["site"], units["facility"])
    sums = (each * units["it_gwh"]).groupby(units["site"]).sum()
    place = keyed(FILE, found.index)
    expected = sums.reindex(found.index, fill_value=0.0)
    case.findings.equal("water_use", place, found, expected, least=ROW)
    table = case.plan.model["water"]
    for province, group, limit in zip(
        table["province"], table["group"], table["limit_ml"], strict=True
    ):
        scope = f"group:{group}" if group else f"province:{province}"
        total = float(found.to_numpy()[sites_in(case.plan.model, scope)].sum())
        row = FILE, pd.DataFrame({"of": [scope]})
        case.findings.at_most("water_limit", row, total, limit)


def _per_kwh(case: Case, site: pd.Series, facility: pd.Series) -> Floats:
    """L per kWh of IT: of the site in ``pue``, else of its climate zone, else of the type."""
    table = case.plan.model["pue"]
    table = table[table["wue_l_per_kwh"].notna()]
    rows = zip(
        table["site"], table["climate_zone"], table["facility"], table["wue_l_per_kwh"], strict=True
    )
    known = {("site", s, f) if s else ("climate", c, f): value for s, c, f, value in rows}
    climate = case.facts.words("sites", "climate_zone", site)
    own = np.nan_to_num(case.facts.numbers("facilities", "wue_l_per_kwh", facility))
    found = [
        known.get(("site", s, f), known.get(("climate", c, f), value))
        for s, c, f, value in zip(site, climate, facility, own, strict=True)
    ]
    return np.array(found, dtype=float)


def water_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: water at the price of its province, else of the settings."""
    table, found = case.plan.model["water"], used(case)
    general = case.plan.model.settings.water.price_cny_per_m3
    rows = zip(table["province"], table["price_cny_per_m3"], strict=True)
    prices = {province: price for province, price in rows if province and not np.isnan(price)}
    province = case.facts.words("sites", "province", found.index)
    price = np.array([prices.get(code, general) for code in province], dtype=float)
    mcny = price * MCNY_PER_ML * found.to_numpy(dtype=float)
    return pd.DataFrame({"site": found.index, "component": "water", "mcny": mcny})
