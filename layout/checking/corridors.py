"""Renewables slice by slice: what contracts yield, and what comes through corridors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.facts import GWH_PER_MW
from layout.checking.findings import ROW
from layout.checking.profiles import Profiles, wide
from layout.checking.renewables import contracts

CARRIED, DISPATCH = "carried.csv", "dispatch.csv"


def yields_of(case: Case, profiles: Profiles) -> pd.DataFrame:
    """(site, source, technology, seller) of every contract × slice: MW that blow or shine."""
    found = contracts(case)
    names = ["site", "source", "technology", "seller"]
    rows = zip(
        found["seller"].fillna(""), found["technology"], found["contract_mw"], found["gwh_per_mw"],
        strict=True,
    )  # fmt: skip
    values = [
        contract * np.nan_to_num(gwh_per_mw) / GWH_PER_MW
        * profiles.of(province=str(seller), technology=technology)
        for seller, technology, contract, gwh_per_mw in rows
    ]  # fmt: skip
    index = pd.MultiIndex.from_frame(found[names])
    shape = np.array(values, dtype=float).reshape(len(found), len(profiles.slices))
    return pd.DataFrame(shape, index=index, columns=profiles.slices.index)


def imports_mw(case: Case) -> pd.Series:
    """Site → the most that comes over the grid in a slice, MW: grid power and contracts elsewhere.

    Of what plants yield at the site itself it takes all that may be used there.
    """
    profiles = Profiles(case)
    slices = profiles.slices
    powers = [
        wide(case.table(name), ["site"], column, slices)
        for name, column in (
            ("dispatch", "grid_mw"),
            ("dispatch", "renewable_mw"),
            ("fuel", "fuel_mw"),
        )
    ]
    grid, *bought = powers
    used = sum((one.reindex(grid.index, fill_value=0.0) for one in bought), 0.0 * grid)
    yields = yields_of(case, profiles)
    home = (contracts(case)["plant"].fillna("") != "").to_numpy()
    own = yields[home].groupby(level="site").sum().reindex(grid.index, fill_value=0.0)
    return (grid + (used - own).clip(lower=0.0)).max(axis=1)


def check_carried(case: Case, profiles: Profiles, used: pd.DataFrame) -> None:
    """Power through corridors: within the yield and the corridor in every slice, and complete.

    What a site uses besides comes from contracts that take no corridor with a limit; over the
    year the slices come to what the contract says.
    """
    slices, key = profiles.slices, ["site", "source", "technology"]
    limits = case.plan.model["corridors"].set_index(["from", "to"])["capacity_mw"]
    yields = yields_of(case, profiles)
    sites = yields.index.get_level_values("site")
    ends = pd.MultiIndex.from_arrays(
        [yields.index.get_level_values("seller"), case.facts.words("sites", "province", sites)]
    )
    through = ends.isin(limits.index)
    carried = wide(case.table("carried"), key, "used_mw", slices)
    limited = yields[through].droplevel("seller")
    index = carried.index.union(limited.index)
    carried = carried.reindex(index, fill_value=0.0)
    most = limited.reindex(index, fill_value=0.0)
    stated = contracts(case).set_index(key)["used_gwh"].reindex(index, fill_value=0.0)
    gwh = (carried * slices["hours"]).sum(axis=1) / 1000
    case.findings.equal("corridor", keyed(CARRIED, index), gwh, stated, least=ROW)
    other = yields[~through].groupby(level="site").sum().reindex(used.index, fill_value=0.0)
    rest = used - carried.groupby(level="site").sum().reindex(used.index, fill_value=0.0)
    of = pd.Series(list(ends[through]), index=limited.index).reindex(index)
    known = of.notna().to_numpy()
    lines = pd.MultiIndex.from_tuples(list(of[known]), names=["from", "to"])
    for label in slices.index:
        names = index.to_frame(index=False).assign(slice=label)
        where = CARRIED, names
        case.findings.at_most("corridor", where, carried[label], most[label], least=ROW)
        where = DISPATCH, pd.DataFrame({"site": used.index, "slice": label})
        case.findings.at_most("corridor", where, rest[label], other[label], least=ROW)
        sums = pd.Series(carried[label][known].to_numpy(), lines).groupby(level=[0, 1]).sum()
        where = CARRIED, sums.index.to_frame(index=False).assign(slice=label)
        case.findings.at_most("corridor", where, sums, limits.reindex(sums.index))
