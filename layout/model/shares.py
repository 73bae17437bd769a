"""Checks of the tables that divide demand: sectors, roles of regions, owners."""

from __future__ import annotations

import numpy as np

from layout.model.derive import OTHER
from layout.model.known import Known
from layout.model.naming import LONGEST_CODE, OWNER_SIGN, nearest, shown
from layout.model.owners import is_split, owner_shares
from layout.model.tables import TABLES

TOLERANCE = 1e-6


def sector_shares(known: Known) -> None:
    """The sectors of a workload make up no more than all of its demand."""
    table = known.frame("sectors")
    total = table["share"].groupby(table["workload"]).transform("sum").to_numpy(dtype=float)
    first = ~table["workload"].duplicated().to_numpy()
    for row in np.flatnonzero(first & (total > 1 + TOLERANCE)):
        workload = shown(table["workload"].iloc[row])
        known.at_row(
            "sectors", int(row), "share", "sector_shares", workload=workload, sum=f"{total[row]:g}"
        )


def other_sector(known: Known) -> None:
    """What no sector claims is called `other`; no sector of the table can be."""
    for row in np.flatnonzero((known.frame("sectors")["sector"] == OTHER).to_numpy()):
        known.at_row("sectors", int(row), "sector", "reserved_sector", found=OTHER)


def regions_of_roles(known: Known) -> None:
    """Regions that have or take a role are regions of zones and of sites."""
    table = known.frame("roles")
    homes, places = (set(known.frame(name)["region"]) - {""} for name in ("zones", "sites"))
    for row, (region, hosts) in enumerate(zip(table["region"], table["hosts"], strict=True)):
        _unknown_regions(known, row, "region", [region], "zones", homes)
        _unknown_regions(known, row, "hosts", hosts.split(";"), "sites", places)


def owned_demand(known: Known) -> None:
    """Owners share out all demand: with them, the shares of every workload add up to 1."""
    table = known.frame("owners")
    if table.empty:
        return
    shares = owner_shares(known.model).sum(axis=1)
    for workload, total in shares[(shares - 1).abs() > TOLERANCE].items():
        own = np.flatnonzero(table["workload"].isin([workload, ""]).to_numpy())
        row = int(own[0]) if len(own) else 0
        about = {"workload": shown(workload), "sum": f"{total:g}"}
        known.at_row("owners", row, "share", "owner_shares", **about)


def owners_of_stock(known: Known) -> None:
    """Where there are owners, a block of the stock names one of them or none."""
    owners = set(known.frame("owners")["owner"])
    for row, owner in enumerate(known.frame("stock")["owner"]):
        if owners and owner and owner not in owners:
            hint = nearest(owner, owners)
            about = {"found": shown(owner), "table": "owners", "hint": hint, "name": "owner"}
            known.at_row("stock", row, "owner", "unmatched", **about)


def silos_need_owners(known: Known) -> None:
    """Who keeps to himself is said in ``owners``."""
    if known.settings.owners == "siloed" and known.frame("owners").empty:
        known.at_key(("owners",), "owners", "silos_without_owners")


def signs_of_owners(known: Known) -> None:
    """The sign before an owner stands in no code that a planner gives."""
    if is_split(known.model):
        return
    columns = [column for table in TABLES.values() for column in table]
    for column in columns:
        if column.type not in ("code", "list"):
            continue
        codes = known.frame(column.table)[column.name]
        if not any(OWNER_SIGN in code for code in codes.unique()):
            continue
        signed = codes.str.contains(OWNER_SIGN, regex=False).to_numpy(dtype=bool)
        for row in np.flatnonzero(signed):
            found = shown(codes.iloc[row])
            known.at_row(column.table, int(row), column.name, "owner_sign", found=found)


def codes_of_owners(known: Known) -> None:
    """Codes that would be split among owners leave room for theirs."""
    owners = [str(owner) for owner in known.frame("owners")["owner"]]
    if not owners or is_split(known.model):
        return
    room = LONGEST_CODE - len(OWNER_SIGN) - max(map(len, owners))
    for table, column in _SPLIT_CODES:
        codes = known.frame(table)[column]
        for row in np.flatnonzero((codes.str.len() > room).to_numpy(dtype=bool)):
            found = shown(codes.iloc[row])
            known.at_row(table, int(row), column, "long_for_owners", found=found, room=room)


_SPLIT_CODES = (
    ("kinds", "kind"),
    ("facilities", "facility"),
    ("workloads", "workload"),
    ("stock", "block"),
)


def _unknown_regions(
    known: Known, row: int, column: str, named: list[str], table: str, regions: set[str]
) -> None:
    for one in named:
        if one and one not in regions:
            hint = nearest(one, regions)
            about = {"found": shown(one), "table": table, "hint": hint, "name": column}
            known.at_row("roles", row, column, "unmatched", **about)
