"""induced.csv: what the plan's spending sets off by province, with the user's multipliers (R169).

A multiplier is Leontief's: output, value added or jobs of all industries for an amount spent, as an
input-output table of the province gives them. None is shipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.plan.factors import RUNNING
from layout.plan.files import FILES
from layout.plan.ledger import Ledger, Tables
from layout.plan.weighing import Figure

if TYPE_CHECKING:
    from layout.model import PlanningModel

RATIOS = {
    "output_ratio": "output_mcny",
    "value_added_ratio": "value_added_mcny",
    "jobs_person_years_per_mcny": "jobs_person_years",
}
"""Column of ``multipliers`` → what it makes of an amount spent."""
EACH_YEAR = "running"


def induced_table(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """Province, spending, year → mcny spent there, and what that sets off.

    Spending is on `halls` and `it` (undiscounted, put into service in the year; storage is `it`)
    and on `running` (a year; components of `RUNNING`, without what is the nation's). Rows of the
    provinces and spending that a row of ``multipliers`` is for, one without a province is for all
    others; none where nothing is spent.
    """
    if model["multipliers"].empty:
        return FILES["induced"].frame()
    years = [_of_year(Ledger(tables, model, year)) for year in model.settings.periods]
    rows = pd.concat(years, ignore_index=True)
    found = multipliers(model, rows["province"], rows["spending"])
    keep = found.notna().all(axis=1) & (rows["spent_mcny"] > 0)
    for ratio, name in RATIOS.items():
        rows[name] = rows["spent_mcny"] * found[ratio]
    return FILES["induced"].frame(rows[keep].reset_index(drop=True))


def multipliers(model: PlanningModel, province: pd.Series, spending: pd.Series) -> pd.DataFrame:
    """The row of ``multipliers`` for each province and spending, by name of `RATIOS`; NaN: none."""
    table = model["multipliers"].set_index(["province", "spending"])[list(RATIOS)]
    own = table.reindex(pd.MultiIndex.from_arrays([province, spending]))
    others = table.reindex(pd.MultiIndex.from_arrays([[""] * len(spending), spending]))
    known = own.notna().all(axis=1).to_numpy()[:, None]
    values = np.where(known, own.to_numpy(float), others.to_numpy(float))
    return pd.DataFrame(values, columns=list(RATIOS))


def _of_year(ledger: Ledger) -> pd.DataFrame:
    """Province, spending, year, spent_mcny of one year."""
    units, cost, own = ledger.units, ledger.cost, ledger.model.settings.storage
    storage = ledger.of_year("storage")
    disks = own.disk_mcny_per_eb * storage["added_disk_eb"]
    disks = disks + own.ssd_mcny_per_eb * storage["added_ssd_eb"]
    running = cost[cost["component"].isin(RUNNING) & (cost["site"] != "")]
    parts = [
        ("halls", units["site"], units["capex_halls_mcny"]),
        ("it", units["site"], units["capex_it_mcny"]),
        ("it", storage["site"], disks),
        (EACH_YEAR, running["site"], running["mcny"]),
    ]
    frames = [
        pd.DataFrame(
            {"site": site.to_numpy(), "spending": name, "spent_mcny": mcny.to_numpy(float)}
        )
        for name, site, mcny in parts
    ]
    rows = pd.concat(frames, ignore_index=True)
    known = rows["site"].isin(set(ledger.model["sites"]["site"]))
    rows = rows[known]
    rows = rows.assign(province=ledger.words("sites", "province", rows["site"]), year=ledger.year)
    keys = ["province", "spending", "year"]
    return rows.groupby(keys)["spent_mcny"].sum().reset_index()


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Sums of ``induced``: of what is spent once (halls and IT), and of what is spent each year.

    ``induced_<effect>_building`` and ``induced_<effect>_running``; nothing without multipliers.
    They cover the provinces and the spending that have one.
    """
    if ledger.base or ledger.model["multipliers"].empty:
        return
    table = ledger.of_year("induced")
    running = table["spending"] == EACH_YEAR
    for name in ("spent_mcny", *RATIOS.values()):
        once, yearly = (
            ("mcny", "mcny/year") if name.endswith("mcny") else ("person-years", "persons")
        )
        yield f"induced_{name}_building", float(table[name][~running].sum()), once
        yield f"induced_{name}_running", float(table[name][running].sum()), yearly
