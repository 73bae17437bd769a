"""Stock blocks and new facilities: what stood, what was done, what stands; space and PUE."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.facts import members
from layout.checking.findings import ROW, Place, part
from layout.checking.hardware import running

FILE = "units.csv"


def check_units(case: Case) -> None:
    """Every condition on ``units``."""
    _labels(case)
    _identity(case)
    _existing(case)
    _retired(case)
    _actions(case)
    _kinds(case)
    _space(case)
    _filled(case)
    _modules(case)
    _cooling(case)
    _retrofits(case)


def _labels(case: Case) -> None:
    """A stock unit is a block at its site; others are named after block or site and facility."""
    units, blocks = case.units, case.facts.blocks
    place = keys("units", units)
    site = blocks["site"].reindex(units["block"]).to_numpy(dtype=object)
    facility = blocks["facility"].reindex(units["block"]).to_numpy(dtype=object)
    here = site == units["site"].to_numpy(object)
    is_block = here & (facility == units["facility"].to_numpy(object))
    is_new = (units["unit"] == units["site"] + "+" + units["facility"]).to_numpy(dtype=bool)
    turned = (units["unit"] == units["block"] + ">" + units["facility"]).to_numpy(dtype=bool)
    good = np.where(units["new"], is_new, np.where(units["stock"], is_block, turned & here))
    case.findings.true("unit_label", place, good, units["unit"].to_numpy(object))
    held = blocks[(blocks["eflops"] > 0) | (blocks["space_mw"] > 0)]
    present = held.index.isin(units["block"][~units["new"]])
    known = present | case.plan.model.settings.features.retrofit
    case.findings.true("block_missing", keyed(FILE, held.index), known, "–")


def _identity(case: Case) -> None:
    """compute = existing + filled + expanded + built ± retrofitted − retired; rated MW follows.

    What moves with a retrofit leaves the block and arrives in its retrofits.
    """
    units = case.units
    place = keys("units", units)
    compute = units["existing_eflops"] + units["added"] - units["retired_eflops"]
    compute += units["retrofitted_eflops"]
    case.findings.equal("compute_identity", place, units["compute_eflops"], compute)
    case.findings.equal(
        "rated_power", place, units["it_mw"], units["rated"] * units["compute_eflops"]
    )
    moved = units.groupby(["block", "kind"])["retrofitted_eflops"].sum()
    case.findings.equal("moved_balance", keyed(FILE, moved.index), moved, 0.0, least=ROW)


def _own(case: Case) -> pd.Series:
    """Whether a row is the own kind of its block."""
    kind = case.facts.blocks["kind"].reindex(case.units["unit"]).to_numpy(dtype=object)
    return ~case.units["new"] & (kind == case.units["kind"].to_numpy(dtype=object))


def _existing(case: Case) -> None:
    """Existing compute is the stock table's, or what stood in the period before."""
    units = case.units
    place = keys("units", units)
    expected = case.of_history("existing")
    case.findings.equal("existing_stock", place, units["existing_eflops"], expected)
    held = case.history["existing"]
    lost = held[(held > ROW) & ~held.index.isin(case.unit_rows)]
    case.findings.true("row_lost", keyed(FILE, lost.index), np.zeros(len(lost), bool), "–")


def _retired(case: Case) -> None:
    """Hardware of the plan leaves at the end of its life; of the stock, what may leave."""
    units = case.units
    place = keys("units", units)
    ended, left = case.of_history("ended"), case.of_history("left")
    size = units["compute_eflops"] + units["existing_eflops"]
    case.findings.at_least("retired_share", place, units["retired_eflops"], ended, size=size)
    retrofit = case.plan.model.settings.features.retrofit
    may = case.facts.blocks["eflops" if retrofit else "expired"]
    limit = np.where(_own(case), may.reindex(units["unit"]).to_numpy(dtype=float), 0.0)
    case.findings.at_most("retired_share", place, left, limit, size=size)


def _actions(case: Case) -> None:
    """Fill in stock, expand where there is stock, build where there is none."""
    units = case.units
    place = keys("units", units)
    stocked = units["site"].isin(case.facts.stocked)
    allowed = {
        "filled_eflops": ~units["new"] | bool(case.earlier),
        "expanded_eflops": units["new"] & stocked,
        "built_eflops": units["new"] & ~stocked,
    }
    for action, may in allowed.items():
        limit = np.where(may, np.inf, 0.0)
        case.findings.at_most(f"action_{action[:-7]}", place, units[action], limit)
    _in_new_space(case)
    if not case.plan.model.settings.features.expand:
        new = case.new_space
        place = keyed(FILE, pd.Index(new["unit"], name="unit"))
        case.findings.at_most("expand_off", place, new["mw"], 0.0)


def _in_new_space(case: Case) -> None:
    """What is expanded or built fits the space put up in the year (where any was)."""
    units = case.units[case.units["new"]]
    racked = units["rated"] * (units["expanded_eflops"] + units["built_eflops"])
    sums = racked.groupby(units["unit"]).sum()
    fresh = case.put_up.reindex(sums.index, fill_value=0.0)
    grown = (fresh > 0) & bool(case.earlier)
    place = keyed(FILE, sums.index[grown])
    case.findings.at_most("action_space", place, sums[grown], fresh[grown])


def _kinds(case: Case) -> None:
    """What is added may stand in that facility at that site."""
    units = case.units[case.units["added"] > 0]
    facts = case.facts
    rows = zip(units["site"], units["facility"], units["kind"], strict=True)
    good = [(s, k) in facts.site_kinds and (f, k) in facts.facility_kinds for s, f, k in rows]
    case.findings.true("kind_allowed", keys("units", units), good, units["kind"].to_numpy(object))


def _space(case: Case) -> None:
    """A block's space is the stock table's; racked IT fits new space; kinds share by MW."""
    units, blocks = case.units, case.facts.blocks
    retrofit = case.plan.model.settings.features.retrofit
    old = units[~units["new"]]
    stock = old.groupby("block")["space_mw"].sum()
    expected = blocks["space_mw"].reindex(stock.index)
    place = keyed(FILE, stock.index.rename("unit"))
    if retrofit:  # what is missing was closed
        case.findings.at_most("block_space", place, stock, expected)
    else:
        case.findings.equal("block_space", place, stock, expected)
    new = case.new_space
    place = keyed(FILE, pd.Index(new["unit"], name="unit"))
    case.findings.at_most("new_space", place, new["it_mw"], new["mw"])
    whole = units.groupby("unit")[["space_mw", "it_mw"]].transform("sum")
    shared = (whole["it_mw"] > 0).to_numpy()
    rows, whole = units[shared], whole[shared]
    fair = whole["space_mw"] * rows["it_mw"] / whole["it_mw"]
    case.findings.equal(
        "space_share", keys("units", rows), rows["space_mw"], fair, size=whole["space_mw"]
    )


def _filled(case: Case) -> None:
    """Racked MW ≤ space of the block or retrofit; a block racked beyond it takes nothing more."""
    units = case.units[~case.units["new"]]
    sums = units.groupby("unit")[["it_mw", "space_mw"]].sum()
    blocks = case.facts.blocks.reindex(sums.index)
    over = (blocks["racked_mw"] - blocks["space_mw"]).clip(lower=0.0).fillna(0.0)
    case.findings.at_most(
        "fill_space", keyed(FILE, sums.index), sums["it_mw"], sums["space_mw"] + over,
        size=sums["space_mw"],
    )  # fmt: skip


def _modules(case: Case) -> None:
    """New space is a whole number of modules."""
    new = case.new_space
    module = case.facts.numbers("facilities", "module_it_mw", new["facility"])
    sized = ~np.isnan(module)
    count = new["mw"].to_numpy(dtype=float)[sized] / module[sized]
    place = keyed(FILE, pd.Index(new["unit"][sized], name="unit"))
    case.findings.equal("whole_modules", place, count, np.round(count), size=np.maximum(count, 1.0))


def _cooling(case: Case) -> None:
    """PUE and overhead are the block's or the facility's; new space only where it is offered."""
    units, facts = case.units, case.facts
    place = keys("units", units)
    pue, overhead = facts.cooling(units["site"], units["facility"])
    blocks = facts.blocks.reindex(units["unit"])
    new = ~units["stock"].to_numpy(dtype=bool)
    expected = np.where(new, pue, blocks["pue"].to_numpy(dtype=float))
    offered = ~new | (~np.isnan(pue) & _listed(case) & ~(pue > _pue_max(case)))
    shown = units["facility"].to_numpy(object)
    case.findings.true("facility_offered", place, offered, shown)
    known = ~np.isnan(expected)
    kept = part(place, known)
    case.findings.equal("pue_figure", kept, units["pue"][known], expected[known])
    overhead = np.where(new, overhead, blocks["overhead"].to_numpy(dtype=float))
    case.findings.equal("pue_figure", kept, units["fixed_overhead"][known], overhead[known])


def _retrofits(case: Case) -> None:
    """Only blocks old and inefficient enough, only to types with a price, and never back."""
    units, model = case.units, case.plan.model
    turned = units[~units["new"] & ~units["stock"]]
    place, own = keys("units", turned), model.settings.retrofit
    shown = turned["unit"].to_numpy(object)
    good = np.full(len(turned), model.settings.features.retrofit)
    case.findings.true("retrofit_off", place, good, shown)
    price = case.facts.numbers("facilities", "retrofit_capex_mcny_per_mw", turned["facility"])
    age = model["stock"].set_index("block")["age_years"].reindex(turned["block"]).fillna(0.0)
    pue = case.facts.blocks["pue"].reindex(turned["block"]).to_numpy(dtype=float)
    good = ~np.isnan(price) & (age.to_numpy() >= own.min_age_years) & (pue >= own.min_pue)
    good &= _own_halls(case, turned)
    case.findings.true("retrofit_allowed", place, good, shown)
    if case.earlier:
        before = case.earlier[-1].units
        was = before[~before["new"] & ~before["stock"]].groupby("unit")["space_mw"].sum()
        now = turned.groupby("unit")["space_mw"].sum().reindex(was.index, fill_value=0.0)
        case.findings.at_least("retrofit_kept", keyed(FILE, was.index), now, was)


def _own_halls(case: Case, turned: pd.DataFrame) -> np.ndarray:
    """Whether the block and the type of halls that it becomes have one owner, or one has none."""
    owners = case.plan.model["stock"].set_index("block")["owner"].reindex(turned["block"])
    halls = case.facts.words("facilities", "owner", turned["facility"])
    pairs = zip(owners, halls, strict=True)
    return np.array([not of or not hall or of == hall for of, hall in pairs], dtype=bool)


def _pue_max(case: Case) -> np.ndarray:
    return case.facts.numbers("sites", "pue_max", case.units["site"])


def _listed(case: Case) -> np.ndarray:
    """Whether the site's list of facilities holds the unit's (an empty list holds all)."""
    cells = case.facts.words("sites", "facilities", case.units["site"])
    pairs = zip(cells, case.units["facility"], strict=True)
    return np.array([not members(cell) or name in members(cell) for cell, name in pairs], bool)


def check_capacity(case: Case) -> None:
    """``capacity`` is ``units`` summed by site, kind and facility, in racks and design PUE."""
    key = ["site", "year", "kind", "facility"]
    units = case.units
    units = units.assign(weighted=units["pue"] * units["space_mw"])
    columns = [c for c in units.columns if c.endswith("_eflops") and c != "load_eflops"]
    columns = [c for c in columns if c in case.table("capacity").columns]
    sums = units.groupby(key)[[*columns, "space_mw", "it_mw", "weighted"]].sum()
    frame = case.table("capacity").set_index(key)
    index = frame.index.union(sums.index)
    frame, sums = frame.reindex(index, fill_value=0.0), sums.reindex(index, fill_value=0.0)
    place = keyed("capacity.csv", index)
    for column in columns:
        case.findings.equal("capacity_sum", place, frame[column], sums[column])
    for found, expected in (("facility_it_mw", "space_mw"), ("it_mw", "it_mw")):
        case.findings.equal("capacity_sum", place, frame[found], sums[expected])
    case.findings.equal("racks", place, frame["racks"], frame["facility_it_mw"] * 400)
    _design(case, place, frame["pue"], sums)


def _design(case: Case, place: Place, pue: pd.Series, sums: pd.DataFrame) -> None:
    """The PUE of a capacity row is the mean of its units, weighted by MW."""
    space = sums["space_mw"].to_numpy(dtype=float)
    held = space > 0
    mean = sums["weighted"].to_numpy(dtype=float)[held] / space[held]
    kept = part(place, held)
    case.findings.equal("capacity_pue", kept, pue.to_numpy(dtype=float)[held], mean)


def check_load(case: Case) -> None:
    """What is served runs somewhere, within usable compute, with its peak and reserve."""
    units, facts = case.units, case.facts
    usable = units["limit"] * units["compute_eflops"]
    place = keys("units", units)
    case.findings.at_most("load_limit", place, units["load_eflops"], usable)

    frame, table = running(case), facts.tables["workloads"]
    factor = (table["peak_factor"] * (1 + table["reserve_margin"])).reindex(frame["workload"])
    load = frame["eflops"] * frame["need"]
    by = ["site", "kind"]
    served = frame.assign(load=load, peak=load * factor.to_numpy(dtype=float))
    served = served.groupby(by)[["load", "peak"]].sum()
    held = units.assign(usable=usable).groupby(by)[["load_eflops", "usable"]].sum()
    index = served.index.union(held.index)
    served, held = served.reindex(index, fill_value=0.0), held.reindex(index, fill_value=0.0)
    place = keyed("capacity.csv", index)
    case.findings.at_most("capacity_limit", place, served["peak"], held["usable"])
    place = keyed(FILE, index)
    case.findings.equal("load_balance", place, held["load_eflops"], served["load"], least=ROW)
