"""Renewables: who may buy from which plant, what it yields, and what that costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.checking.case import Case, keyed, keys
from layout.checking.facts import GWH_PER_MW, members
from layout.checking.findings import ROW
from layout.once import once

FILE = "contracts.csv"


@once
def plants(case: Case) -> pd.DataFrame:
    """(source, technology) → what the model says of the plant.

    Columns site, seller, buyers, potential_mw, gwh_per_mw, ratio, carbon, cost, wheeling.

    Ratio in MW of storage a MW, carbon in kt, cost and wheeling in mcny a GWh.
    """
    table = case.plan.model["renewables"]
    if not case.plan.model.settings.features.renewables:
        table = table.iloc[:0]
    source = table["site"].where(table["site"] != "", table["province"])
    frame = pd.DataFrame(
        {
            "source": source,
            "technology": table["technology"],
            "site": table["site"],
            "seller": table["province"],
            "buyers": [
                set(members(cell)) or {own}
                for cell, own in zip(table["buyers"], table["province"], strict=True)
            ],
            "potential_mw": table["potential_mw"],
            "gwh_per_mw": table["capacity_factor"] * GWH_PER_MW,
            "ratio": table["storage_ratio"],
            "carbon": table["carbon_t_per_mwh"],
            "cost": table["cost_cny_per_kwh"].fillna(0.0),
            "wheeling": table["wheeling_cny_per_kwh"].fillna(0.0),
        }
    )
    return frame.set_index(["source", "technology"])


@once
def contracts(case: Case) -> pd.DataFrame:
    """``contracts`` of the year with what the model says of each plant."""
    frame = case.table("contracts")
    of = pd.MultiIndex.from_frame(frame[["source", "technology"]])
    about = plants(case).reindex(of).reset_index(drop=True)
    return frame.join(about.rename(columns={"site": "plant"}))


def check_renewables(case: Case) -> None:
    """Every condition on plants, contracts and the renewable energy of sites."""
    frame = contracts(case)
    place = keys("contracts", frame)
    province = case.facts.words("sites", "province", frame["site"])
    rows = zip(frame["site"], frame["plant"], frame["buyers"], province, strict=True)
    allowed = [
        isinstance(buyers, set) and (site == plant if plant else where in buyers)
        for site, plant, buyers, where in rows
    ]
    case.findings.true("contract_allowed", place, allowed, frame["source"].to_numpy(object))
    produced = frame["contract_mw"] * frame["gwh_per_mw"].fillna(0.0)
    case.findings.equal("contract_yield", place, frame["produced_gwh"], produced)
    case.findings.at_most("contract_used", place, frame["used_gwh"], frame["produced_gwh"])
    if not case.plan.model.settings.features.slices:
        case.findings.equal("contract_used", place, frame["used_gwh"], frame["produced_gwh"])
    _potential(case, frame)
    _corridors(case, frame, province)
    _sites(case, frame)


def _potential(case: Case, frame: pd.DataFrame) -> None:
    """All that is under contract with a plant stays within its potential."""
    sums = frame.groupby(["source", "technology"])["contract_mw"].sum()
    limit = plants(case)["potential_mw"].reindex(sums.index, fill_value=0.0)
    case.findings.at_most("renewable_potential", keyed(FILE, sums.index), sums, limit)


def _corridors(case: Case, frame: pd.DataFrame, buyer: NDArray[np.object_]) -> None:
    """What is used of plants of one province in another keeps the corridor, on average."""
    table = case.plan.model["corridors"].set_index(["from", "to"])["capacity_mw"]
    carried = frame["used_gwh"] / GWH_PER_MW
    sums = carried.groupby([frame["seller"].to_numpy(dtype=object), buyer]).sum()
    sums = sums[sums.index.isin(table.index)]
    index = sums.index.set_names(["from", "to"])
    case.findings.at_most("corridor", keyed("corridors.csv", index), sums, table.reindex(index))


def _sites(case: Case, frame: pd.DataFrame) -> None:
    """What a site uses of its contracts without carbon is its renewable energy."""
    frame = frame[frame["carbon"] == 0]
    energy = case.table("energy").set_index("site")["renewable_gwh"]
    used = frame.groupby("site")["used_gwh"].sum()
    index = energy.index.union(used.index)
    energy, used = energy.reindex(index, fill_value=0.0), used.reindex(index, fill_value=0.0)
    case.findings.equal("contract_sum", keyed(FILE, index), used, energy, least=ROW)


def fuel_gwh(case: Case) -> pd.Series:
    """Site → energy of plants with carbon, GWh."""
    frame = contracts(case)
    frame = frame[frame["carbon"] > 0]
    return frame.groupby("site")["used_gwh"].sum()


def fuel_kt(case: Case) -> pd.Series:
    """Site → what its plants emit, kt."""
    frame = contracts(case)
    return (frame["carbon"] * frame["used_gwh"]).groupby(frame["site"]).sum()


def renewable_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny: what plants produce at their cost, what is used with its wheeling."""
    frame = contracts(case)
    mcny = frame["cost"] * frame["produced_gwh"] + frame["wheeling"] * frame["used_gwh"]
    values = np.nan_to_num(mcny.to_numpy(dtype=float))
    return pd.DataFrame({"site": frame["site"], "component": "renewable_energy", "mcny": values})
