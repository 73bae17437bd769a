"""Checks of codes: every one that is used exists, and every place lies where it says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.geography.boundaries import lies_in, province_of, provinces
from layout.model.document import Place
from layout.model.known import Known
from layout.model.naming import nearest, shown
from layout.model.tables import TABLES, Column

RESERVED = ("nation", "hubs", "clusters")


def needed_tables(known: Known) -> None:
    """The tables without which there is no model have rows.

    Not asked where settings could not be read at all: they may name the data set that has them.
    """
    if any(one.code == "yaml_syntax" and one.column is None for one in known.problems):
        return
    for table in TABLES.values():
        if table.needed and known.frame(table.name).empty:
            file = f"{table.name}.csv"
            known.problems.append(Place(file).problem("missing_table", name=table.name))


def unmatched_codes(known: Known) -> None:
    """Codes that refer to another table exist there."""
    for table in TABLES.values():
        for column in table:
            if column.refers_to and not known.frame(table.name).empty:
                _unmatched(known, column)


def _unmatched(known: Known, column: Column) -> None:
    target, _, key = str(column.refers_to).partition(".")
    codes = set(known.frame(target)[key])
    if not codes and target != "groups":
        return  # the missing table is reported, or its feature is off
    values = known.frame(column.table)[column.name]
    if column.type != "list":
        rows = np.flatnonzero(~values.isin([*codes, ""]).to_numpy())
        wrong = [(int(row), values.iloc[row]) for row in rows]
    else:
        wrong = [
            (row, part)
            for row, cell in enumerate(values)
            for part in cell.split(";")
            if part and part not in codes
        ]
    for row, code in wrong:
        hint = nearest(code, codes)
        known.at_row(
            column.table,
            row,
            column.name,
            "unmatched",
            found=shown(code),
            table=target,
            hint=hint,
            name=column.name,
        )


def _provinces(known: Known) -> set[str]:
    """Province codes that zones or sites carry."""
    return (set(known.frame("zones")["province"]) | set(known.frame("sites")["province"])) - {""}


def group_members(known: Known) -> None:
    """Members of groups exist as zones, sites or provinces."""
    groups = known.frame("groups")
    if groups.empty:
        return
    powered = {*known.frame("power")["province"], *known.frame("renewables")["province"]}
    codes = {
        "zone": set(known.frame("zones")["zone"]),
        "site": set(known.frame("sites")["site"]),
        "province": _provinces(known) | powered | set(provinces()),
    }
    for row, (member, kind) in enumerate(zip(groups["member"], groups["kind"], strict=True)):
        if kind in codes and member and member not in codes[kind]:
            known.at_row(
                "groups",
                row,
                "member",
                "unmatched",
                found=shown(member),
                table=f"{kind}s",
                hint=nearest(member, codes[kind]),
                name="member",
            )


def alternative_keys(known: Known) -> None:
    """A row of ``pue`` names a site or a climate zone, one of ``power`` a province or zone."""
    pue, power = known.frame("pue"), known.frame("power")
    both = ((pue["site"] == "") == (pue["climate_zone"] == "")).to_numpy()
    for row in np.flatnonzero(both):
        known.at_row("pue", int(row), "site", "one_of", names="site, climate_zone")
    neither = ((power["province"] == "") & (power["tariff_zone"] == "")).to_numpy()
    for row in np.flatnonzero(neither):
        known.at_row("power", int(row), "province", "one_of", names="province, tariff_zone")
    repeated = (
        power["tariff_zone"].duplicated().to_numpy() & (power["tariff_zone"] != "").to_numpy()
    )
    for row in np.flatnonzero(repeated):
        code = power["tariff_zone"].iloc[row]
        first = known.tables["power"].place(int((power["tariff_zone"] == code).to_numpy().argmax()))
        known.at_row("power", int(row), "tariff_zone", "duplicate_row", name=code, first=first.row)


def zones_of_sites(known: Known) -> None:
    """Tariff and climate zones of sites stand in ``power`` and ``pue`` when these use them."""
    sites, pue = known.frame("sites"), known.frame("pue")
    own = sites["site"].isin(set(pue["site"])).to_numpy()
    for table, column, severity in (
        ("power", "tariff_zone", "error"),
        ("pue", "climate_zone", "warning"),
    ):
        codes = set(known.frame(table)[column]) - {""}
        if not codes:
            continue
        wrong = ~sites[column].isin([*codes, ""]).to_numpy()
        if table == "pue":
            wrong &= ~own
        for row in np.flatnonzero(wrong):
            code = sites[column].iloc[row]
            known.at_row(
                "sites",
                int(row),
                column,
                "unmatched",
                severity=severity,
                found=shown(code),
                table=table,
                hint=nearest(code, codes),
                name=column,
            )


def buyers(known: Known) -> None:
    """Provinces that may buy renewable energy are provinces of sites."""
    codes = set(known.frame("sites")["province"]) - {""}
    for row, cell in enumerate(known.frame("renewables")["buyers"]):
        for part in filter(None, cell.split(";")):
            if part not in codes:
                hint = nearest(part, codes)
                about = {"found": shown(part), "table": "sites", "hint": hint, "name": "buyers"}
                known.at_row("renewables", row, "buyers", "unmatched", **about)


def corridors(known: Known) -> None:
    """A corridor leads from one province to another."""
    table = known.frame("corridors")
    for row in np.flatnonzero((table["from"] == table["to"]).to_numpy()):
        known.at_row("corridors", int(row), "to", "corridor_loop", found=table["to"].iloc[row])


def unused_codes(known: Known) -> None:
    """Warn of rows whose province, zone or technology nothing has."""
    places = _provinces(known) | set(provinces())
    sites, pue = known.frame("sites"), known.frame("pue")
    codes = {
        ("pue", "climate_zone"): set(sites["climate_zone"]),
        ("power", "province"): places,
        ("renewables", "province"): places,
        ("multipliers", "province"): places,
        ("vouchers", "province"): places,
        ("corridors", "from"): set(known.frame("renewables")["province"]),
        ("corridors", "to"): set(sites["province"]),
        ("profiles", "province"): places,
        ("profiles", "technology"): set(known.frame("renewables")["technology"]),
        ("profiles", "tariff_zone"): {*sites["tariff_zone"], *known.frame("power")["tariff_zone"]},
        ("profiles", "climate_zone"): {*sites["climate_zone"], *pue["climate_zone"]},
    }
    for (table, column), used in codes.items():
        values = known.frame(table)[column]
        rows = np.flatnonzero(~values.isin([*used, ""]).to_numpy())
        if not len(rows):
            continue
        names = list(dict.fromkeys(values.iloc[rows]))
        listed = ", ".join(shown(name) for name in names[:5]) + ("…" if len(names) > 5 else "")
        hint = nearest(names[0], used)
        known.at_row(
            table,
            int(rows[0]),
            column,
            "unused_code",
            severity="warning",
            found=listed,
            hint=hint,
            name=column,
        )


def reserved_codes(known: Known) -> None:
    """Words that mean a scope cannot be the code of a site or zone."""
    for table, column in (("sites", "site"), ("zones", "zone")):
        values = known.frame(table)[column]
        for row in np.flatnonzero(values.isin(RESERVED).to_numpy()):
            known.at_row(table, int(row), column, "reserved_code", found=values.iloc[row])


def own_province(known: Known) -> None:
    """A point lies in the province that its row states (shipped boundaries, 5 km tolerance)."""
    for table in ("zones", "sites"):
        frame = known.frame(table)
        for row in _outside(frame):
            code = frame["province"].iloc[row]
            lon, lat = float(frame["lon"].iloc[row]), float(frame["lat"].iloc[row])
            if lies_in(code, lon, lat):  # within the tolerance
                continue
            there = province_of(lon, lat)
            swapped = abs(lon) <= 90 and lies_in(code, lat, lon)
            known.at_row(
                table,
                int(row),
                "lat",
                "swapped" if swapped else "outside_province",
                point=f"{lat:g}, {lon:g}",
                province=_name(code),
                there=_name(there) or "–",
            )


def _outside(frame: pd.DataFrame) -> list[int]:
    """Rows whose point the polygon of their province does not contain."""
    lon, lat = (frame[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    placed = ~np.isnan(lon) & ~np.isnan(lat)
    codes = frame["province"].to_numpy(dtype=object)
    found: list[int] = []
    for code in sorted(set(codes[placed]) & set(provinces())):
        rows = np.flatnonzero(placed & (codes == code))
        found += rows[~provinces()[code].contain(lon[rows], lat[rows])].tolist()
    return sorted(found)


def _name(code: str) -> str:
    area = provinces().get(code)
    return f"{code} {area.name_zh} {area.name_en}" if area is not None else code
