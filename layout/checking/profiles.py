"""Slices of the plan, and what profiles say of each, read off the tables again.

The slices that a run uses are merged from those of the tables (`layout.model.slices`); which
rows were merged is read off the labels of the plan, the means are taken here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from layout.checking.case import Case
from layout.checking.facts import Floats

KEYS = ("province", "technology", "workload", "tariff_zone", "climate_zone")


@lru_cache(maxsize=4)
def slices_of(case: Case) -> pd.DataFrame:
    """Slice of the plan → hours, day, block_hours, members (slices of the table), in order."""
    table = case.plan.model["slices"]
    table = table.sort_values(["day", "start_hour", "slice"]).reset_index(drop=True)
    hours = table["hours"] * 8760 / table["hours"].sum()
    days = hours.groupby(table["day"]).transform("sum") / 24
    place = {name: at for at, name in enumerate(table["slice"])}
    rows = []
    for label in dict.fromkeys(case.table("dispatch")["slice"]):
        first, _, last = str(label).partition("..") if label not in place else (label, "", "")
        start, stop = place.get(first, 0), place.get(last or first, -1)
        rows.append(
            {
                "slice": label,
                "hours": float(hours[start : stop + 1].sum()),
                "day": table["day"].iloc[start],
                "block_hours": float((hours / days)[start : stop + 1].sum()),
                "start": start,
                "stop": stop + 1,
            }
        )
    return pd.DataFrame(rows).sort_values("start").set_index("slice")


class Profiles:
    """Series over the slices of the plan, from the tables."""

    def __init__(self, case: Case) -> None:
        self.case, self.slices = case, slices_of(case)
        model = case.plan.model
        table = model["slices"].sort_values(["day", "start_hour", "slice"])
        self.labels = list(table["slice"])
        self.weight = (table["hours"] / table["hours"].sum()).to_numpy(dtype=float)
        self.rows = model["profiles"]

    def of(self, *, flat: float = 1.0, **keys: str) -> Floats:
        """The profile of just these keys, mean 1 over the year, by slice of the plan."""
        values = self.stated(flat=flat, **keys)
        return np.array(
            [
                np.average(values[a:b], weights=self.weight[a:b])
                for a, b in zip(self.slices["start"], self.slices["stop"], strict=True)
            ]
        )

    def stated(self, *, flat: float = 1.0, **keys: str) -> Floats:
        """The profile of just these keys, mean 1 over the year, by slice of the table."""
        values = self._stated(keys)
        if values is None:
            return np.full(len(self.labels), flat)
        mean = float((values * self.weight).sum())
        return values / mean if mean > 0 else values

    def known(self, **keys: str) -> bool:
        """Whether the table has that profile."""
        return self._stated(keys) is not None

    def _stated(self, keys: dict[str, str]) -> Floats | None:
        mask = np.ones(len(self.rows), dtype=bool)
        for name in KEYS:
            mask &= (self.rows[name] == keys.get(name, "")).to_numpy()
        found = self.rows[mask]
        if found.empty:
            return None
        values = found.set_index("slice")["value"].reindex(self.labels).fillna(0.0)
        return values.to_numpy(dtype=float)

    def _place(self, site: str, column: str) -> str:
        return str(self.case.facts.tables["sites"].at[site, column])

    def price(self, site: str) -> Floats:
        """Tariff factor of a site: of its tariff zone, else its province, else the nation."""
        zone, province = self._place(site, "tariff_zone"), self._place(site, "province")
        if zone and self.known(tariff_zone=zone):
            return self.of(tariff_zone=zone)
        if province and self.known(province=province):
            return self.of(province=province)
        return self.of()

    def cooling(self, site: str) -> Floats:
        """Cooling factor of a site."""
        zone = self._place(site, "climate_zone")
        return self.of(climate_zone=zone) if zone else np.ones(len(self.slices))


def wide(frame: pd.DataFrame, keys: list[str], value: str, slices: pd.DataFrame) -> pd.DataFrame:
    """Rows by keys, a column per slice."""
    if frame.empty:
        index = frame.set_index(keys).index
        return pd.DataFrame(np.empty((0, len(slices))), index=index, columns=slices.index)
    table = frame.pivot_table(index=keys, columns="slice", values=value, aggfunc="sum")
    return table.reindex(columns=slices.index, fill_value=0.0).fillna(0.0)
