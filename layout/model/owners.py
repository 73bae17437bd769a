"""Owners that share their capacity, or hold it each for themselves (R67)(R154).

A model in which every owner keeps to himself is the same mathematics on more rows: every kind,
hall and workload is split into one for each owner. Codes of what is split end in ``@owner``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model.derive import demand, listed
from layout.model.hardware import hosts, root_of, widened
from layout.model.naming import OWNER_SIGN
from layout.model.tables import TABLES

if TYPE_CHECKING:
    from layout.model import PlanningModel

_SPLIT = ("workloads.workload", "facilities.facility")
"""References whose rows are repeated for every owner; a kind means those of all owners."""


def is_split(model: PlanningModel) -> bool:
    """Whether kinds say whose they are: such a model is not split again."""
    return bool((model["kinds"]["owner"] != "").any())


def owner_shares(model: PlanningModel) -> pd.DataFrame:
    """Workload × owner: share of the demand; a row for the workload beats one for all of them."""
    table = model["owners"]
    given = table.set_index(["owner", "workload"])["share"]
    works, owners = list(model["workloads"]["workload"]), sorted(set(table["owner"]))
    shares = [
        [float(given.get((owner, work), given.get((owner, ""), 0.0))) for owner in owners]
        for work in works
    ]
    return pd.DataFrame(shares, index=works, columns=owners, dtype=float)


def stock_shares(model: PlanningModel) -> pd.DataFrame:
    """Kind × owner: share of the stock that nobody is said to own.

    The owner's share of the demand for the kind's family in the first period; of workloads
    alike where there is no such demand.
    """
    shares, asked = owner_shares(model), demand(model)
    asked = asked[asked["year"] == model.settings.periods[0]]
    eflops = asked.groupby("workload")["demand_eflops"].sum().reindex(shares.index).fillna(0.0)
    roots = root_of(model)
    kind = model["workloads"].set_index("workload")["kind"].map(roots).reindex(shares.index)
    wanted = shares.mul(eflops, axis=0).groupby(kind).sum()
    total = wanted.sum(axis=1)
    known = wanted[total > 0].div(total[total > 0], axis=0)
    kinds = list(model["kinds"]["kind"])
    found = known.reindex([roots[name] for name in kinds]).set_axis(kinds)
    return found.fillna(shares.mean())


def siloed(model: PlanningModel) -> PlanningModel:
    """The model in which no owner uses another's capacity; as it is without owners, or split.

    Kinds k become k@owner below k, halls and workloads one for each owner, with the owner's
    share of the demand. Stock is its owner's; a block that names none is divided (`stock_shares`).
    Sites, grid and land remain common.
    """
    if model["owners"].empty or is_split(model):
        return model
    own = {
        "kinds": _kinds,
        "facilities": _facilities,
        "workloads": _workloads,
        "demand": _demand,
        "stock": _stock,
        "subsidies": _subsidies,
        "substitution": _substitution,
        "owners": _owners,
    }
    tables = {
        name: _sorted(name, own.get(name, _carried(name))(model, frame))
        for name, frame in model.tables.items()
    }
    return replace(model, tables=tables)


Split = Callable[["PlanningModel", pd.DataFrame], pd.DataFrame]


def _sorted(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(TABLES[name].key), kind="stable", ignore_index=True)


def _each(
    model: PlanningModel, frame: pd.DataFrame, of: Callable[[str], pd.DataFrame]
) -> pd.DataFrame:
    """What `of` makes of every owner, one below the other, in the columns of `frame`."""
    parts = [of(owner) for owner in owner_shares(model).columns]
    return pd.concat(parts, ignore_index=True)[list(frame.columns)].astype(dict(frame.dtypes))


def _mark(codes: pd.Series, owner: str) -> pd.Series:
    """Codes of an owner; '' stays."""
    return codes.where(codes == "", codes + OWNER_SIGN + owner)


def _named(model: PlanningModel, frame: pd.DataFrame, owner: str) -> dict[str, pd.Series]:
    """Names with that of the owner before them, where tables cut long names; '' stays."""
    rows = model["owners"][model["owners"]["owner"] == owner]
    found = {}
    for column, form in (("name_en", "{}: {}"), ("name_zh", "{}：{}")):
        own = next((name for name in rows[column] if name), owner)
        names = frame[column].map(lambda name, own=own, form=form: form.format(own, name))
        found[column] = names.where(frame[column] != "", "")
    return found


def _has(model: PlanningModel, owner: str) -> pd.Series:
    """Workload → whether the owner asks for it."""
    return owner_shares(model)[owner] > 0


def _kinds(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    roots = root_of(model)

    def of(owner: str) -> pd.DataFrame:
        parent = frame["kind"].map(roots)
        kind = _mark(frame["kind"], owner)
        return frame.assign(kind=kind, parent=parent, owner=owner, **_named(model, frame, owner))

    return pd.concat([frame, _each(model, frame, of)], ignore_index=True)


def _facilities(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    def of(owner: str) -> pd.DataFrame:
        kinds = [
            ";".join(kind + OWNER_SIGN + owner for kind in widened(model, listed(cell)))
            for cell in frame["kinds"]
        ]
        hall = _mark(frame["facility"], owner)
        names = _named(model, frame, owner)
        return frame.assign(facility=hall, kinds=kinds, owner=owner, **names)

    return _each(model, frame, of)


def _workloads(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    def of(owner: str) -> pd.DataFrame:
        rows = frame[frame["workload"].map(_has(model, owner)).astype(bool)]
        work, kind = _mark(rows["workload"], owner), _mark(rows["kind"], owner)
        return rows.assign(workload=work, kind=kind, **_named(model, rows, owner))

    return _each(model, frame, of)


def _demand(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    def of(owner: str) -> pd.DataFrame:
        share = frame["workload"].map(owner_shares(model)[owner]).astype(float)
        eflops = frame["demand_eflops"] * share
        rows = frame.assign(workload=_mark(frame["workload"], owner), demand_eflops=eflops)
        return rows[(share > 0).to_numpy()]

    return _each(model, frame, of)


def _stock(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    shares = stock_shares(model)

    def of(owner: str) -> pd.DataFrame:
        common = (frame["owner"] == "").to_numpy()
        part = np.where(common, frame["kind"].map(shares[owner]).astype(float), 1.0)
        rows = frame.assign(
            block=_mark(frame["block"], owner).where(common, frame["block"]),
            facility=_mark(frame["facility"], owner),
            kind=_mark(frame["kind"], owner),
            compute_eflops=frame["compute_eflops"] * part,
            facility_it_mw=frame["facility_it_mw"] * part,
            owner=owner,
        )
        return rows[(common & (part > 0)) | (frame["owner"] == owner).to_numpy()]

    return _each(model, frame, of)


def _substitution(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    """All that a workload runs on besides its own kind, sub-kinds included, owner by owner."""
    runs = hosts(model)
    kind_of = model["workloads"].set_index("workload")["kind"]
    works_at = model["kinds"].set_index("kind")["effectiveness"]
    runs = runs[(runs["workload"].map(kind_of) != runs["kind"]).to_numpy()]
    useful = 1 / (runs["need"] * runs["kind"].map(works_at).astype(float))
    rows = runs[["workload", "kind"]].assign(efficiency=useful.clip(upper=1.0))
    notes = frame.drop(columns=["efficiency"])
    rows = rows.merge(notes, on=["workload", "kind"], how="left").fillna("")

    def of(owner: str) -> pd.DataFrame:
        asked = rows[rows["workload"].map(_has(model, owner)).astype(bool)]
        work, kind = _mark(asked["workload"], owner), _mark(asked["kind"], owner)
        return asked.assign(workload=work, kind=kind)

    return _each(model, frame, of)


def _subsidies(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    """A row for one type of halls is one for each owner, its cap of cheap debt divided."""
    rows: pd.DataFrame = _carried("subsidies")(model, frame)
    owner = rows["facility"].map(lambda hall: hall.rpartition(OWNER_SIGN)[2])
    part = owner.map(owner_shares(model).mean()).where(rows["facility"] != "", 1.0)
    cap = rows["debt_cap_mcny"]
    return rows.assign(debt_cap_mcny=(cap * part.astype(float)).where(np.isfinite(cap), cap))


def _owners(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
    """Every owner with the workloads that are his alone."""

    def of(owner: str) -> pd.DataFrame:
        has = _has(model, owner)
        first = frame[frame["owner"] == owner].iloc[[0] * int(has.sum())]
        works = pd.Series(has.index[has], index=first.index, dtype="str")
        return first.assign(workload=_mark(works, owner), share=1.0)

    return _each(model, frame, of)


def _carried(name: str) -> Split:
    """A row that names a workload or a hall stands once for every owner; a list names them all."""
    columns = [column for column in TABLES[name] if column.refers_to in _SPLIT]
    lists = [column.name for column in columns if column.type == "list"]
    codes = {column.name: column.refers_to for column in columns if column.type != "list"}

    def carried(model: PlanningModel, frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.assign(**{column: _all(model, frame[column]) for column in lists})
        if not codes or frame.empty:
            return frame
        named = (frame[list(codes)] != "").any(axis=1)

        def of(owner: str) -> pd.DataFrame:
            has = _has(model, owner)
            rows = frame[named]
            for column, refers_to in codes.items():
                asked = has.reindex(rows[column]).fillna(True).to_numpy(dtype=bool)
                rows = rows[asked] if refers_to == _SPLIT[0] else rows
            return rows.assign(**{column: _mark(rows[column], owner) for column in codes})

        return pd.concat([frame[~named], _each(model, frame, of)], ignore_index=True)

    return carried


def _all(model: PlanningModel, cells: pd.Series) -> pd.Series:
    """Lists of codes, each code in the name of every owner."""
    owners = owner_shares(model).columns
    return cells.map(
        lambda cell: ";".join(
            code + OWNER_SIGN + owner for code in listed(cell) for owner in owners
        )
    )
