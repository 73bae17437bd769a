"""Batteries: their level, size and losses, and those that go with plants."""

from __future__ import annotations

import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.findings import ROW
from layout.checking.profiles import wide
from layout.checking.renewables import contracts

DISPATCH = "dispatch.csv"


def check_batteries(case: Case, slices: pd.DataFrame) -> None:
    """A battery's level follows its flows, cyclic in the day, within its size."""
    frame, own = case.table("dispatch"), case.plan.model.settings.slices
    place = keys("dispatch", frame)
    size = frame["battery_mwh"]
    if own.battery_capex_mcny_per_mwh is None:
        case.findings.at_most("battery", place, size, 0.0)
    case.findings.at_most("battery", place, frame["level_mwh"], size)
    for column in ("charge_mw", "discharge_mw"):
        case.findings.at_most("battery", place, frame[column], size / own.battery_hours)
    if not (size > 0).any():
        return
    charge, discharge, level = (
        wide(frame, ["site"], column, slices)
        for column in ("charge_mw", "discharge_mw", "level_mwh")
    )
    flows = charge, discharge, level
    check_levels(case, "battery", DISPATCH, slices, flows, own.battery_efficiency)


def check_levels(
    case: Case,
    code: str,
    file: str,
    slices: pd.DataFrame,
    flows: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    efficiency: float,
) -> None:
    """level[s+1] = level[s] + hours·(η·charge − discharge/η), cyclic in each day.

    `flows` are site × slice: charge and discharge, MW, and level, MWh; η² is the `efficiency`.
    """
    share = efficiency**0.5
    charge, discharge, level = flows
    for _, of_day in slices.groupby("day", sort=False):
        labels = list(of_day.index)
        for here, after in zip(labels, [*labels[1:], labels[0]], strict=True):
            hours = float(of_day["block_hours"][here])
            change = share * charge[here] - discharge[here] / share
            expected = level[here] + hours * change
            where = file, pd.DataFrame({"site": expected.index, "slice": after})
            case.findings.equal(code, where, level[after], expected, least=ROW)


def check_plant_storage(case: Case) -> None:
    """Storage at a site ≥ battery_hours · Σ storage_ratio · capacity under contract there."""
    found, own = contracts(case), case.plan.model.settings.slices
    asked = own.battery_hours * found["ratio"] * found["contract_mw"]
    asked = asked.groupby(found["site"]).sum()
    asked = asked[asked > 0]
    held = case.table("dispatch").groupby("site")["battery_mwh"].min()
    held = held.reindex(asked.index, fill_value=0.0)
    case.findings.at_least("plant_storage", keyed(DISPATCH, asked.index), held, asked)


def battery_energy(case: Case) -> pd.Series:
    """What batteries lose in a year, GWh by site: charge less discharge."""
    frame = case.table("dispatch")
    lost = (frame["charge_mw"] - frame["discharge_mw"]) * frame["hours"] / 1000
    return lost.groupby(frame["site"]).sum()
