"""Floors, subsidies with cheap debt, the utilisation gate and the price cap, worked out again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.facts import Floats, annuity
from layout.checking.findings import ROW
from layout.checking.record import value
from layout.plan.scopes import sites_in

CAPACITY, DEBT, UNITS, RECORD = "capacity.csv", "cheap_debt.csv", "units.csv", "plan.json"
RANKS = (("site", True), ("site", False), ("province", True), ("province", False),
         ("group", True), ("group", False))  # fmt: skip
"""What a row of ``subsidies`` names, and whether it names a facility type; the first beats."""


def check_balance(case: Case) -> None:
    """Every condition of the feature in a year."""
    _floors(case)
    _debt(case)
    _gate(case)
    _price_cap(case)


def _floors(case: Case) -> None:
    """min_eflops ≤ installed compute of the place and kind ≤ max_eflops."""
    table, units = case.plan.model["floors"], case.units
    own = table[table["year"] == case.year]
    key = ["province", "region", "group", "kind"]
    rest = table[table["year"] == 0]
    rest = rest[~pd.MultiIndex.from_frame(rest[key]).isin(pd.MultiIndex.from_frame(own[key]))]
    for row in [*own.to_dict("records"), *rest.to_dict("records")]:
        scope = next(f"{of}:{row[of]}" for of in key[:3] if row[of])
        inside = _at_sites(case, scope, units["site"])
        inside = inside & units["kind"].isin(case.facts.below(row["kind"])).to_numpy()
        total = float(units["compute_eflops"][inside].sum())
        place = CAPACITY, pd.DataFrame({"of": [scope], "kind": [row["kind"]]})
        case.findings.at_least("floor", place, total, row["min_eflops"])
        case.findings.at_most("floor", place, total, row["max_eflops"])


def _at_sites(case: Case, scope: str, sites: pd.Series) -> np.ndarray:
    model = case.plan.model
    named = set(model["sites"]["site"][sites_in(model, scope)])
    return sites.isin(named).to_numpy(dtype=bool)


def applied(case: Case, sites: pd.Series, facilities: pd.Series) -> pd.DataFrame:
    """The row of ``subsidies`` that counts at each site and facility type; NaN where none does."""
    table = case.plan.model["subsidies"].reset_index(drop=True)
    chosen = np.full(len(sites), -1)
    for place, single in RANKS:
        rows = table[(table[place] != "") & ((table["facility"] != "") == single)]
        for row, (name, facility) in zip(
            rows.index, zip(rows[place], rows["facility"], strict=True), strict=True
        ):
            here = _at_sites(case, f"{place}:{name}", sites)
            if single:
                here = here & (facilities == facility).to_numpy(dtype=bool)
            chosen = np.where(here & (chosen < 0), int(row), chosen)
    found = table.reindex(chosen).reset_index(drop=True)
    return found.assign(row=chosen)


def _share(rows: pd.DataFrame, column: str) -> Floats:
    return np.nan_to_num(rows[column].to_numpy(dtype=float))


def _lent(case: Case) -> pd.DataFrame:
    """``cheap_debt`` of the year with the row of ``subsidies`` that counts there."""
    frame = case.table("cheap_debt")
    return pd.concat([frame, applied(case, frame["site"], frame["facility"])
                      .drop(columns=["site", "facility"])], axis=1)  # fmt: skip


def _debt(case: Case) -> None:
    """Cheap debt is offered, finances what was built and the investor bears, keeps its cap."""
    frame = _lent(case)
    keys = DEBT, frame[["site", "facility", "year"]]
    case.findings.true("debt_offered", keys, frame["debt_rate"].notna().to_numpy())
    built = _built(case).set_index(["site", "facility"])["mcny"].groupby(level=[0, 1]).sum()
    places = pd.MultiIndex.from_frame(frame[["site", "facility"]])
    borne = built.reindex(places, fill_value=0.0).to_numpy() * (1 - _share(frame, "capex_share"))
    case.findings.at_most("debt_use", keys, frame["cheap_debt_mcny"], borne)
    known = frame[frame["row"] >= 0]
    total = known.groupby("row")["cheap_debt_mcny"].sum()
    cap = known.groupby("row")["debt_cap_mcny"].first()
    case.findings.at_most("debt_cap", keyed(DEBT, total.index), total, cap)


def _built(case: Case) -> pd.DataFrame:
    """Investment of the year in new space: site, facility, mcny."""
    mw = case.put_up
    mw = mw[["+" in unit and ">" not in unit for unit in mw.index]]
    of = case.units.drop_duplicates("unit").set_index("unit").reindex(mw.index)
    local = case.facts.numbers("sites", "cost_factor", of["site"])
    price = case.facts.numbers("facilities", "capex_mcny_per_mw", of["facility"]) * local
    return pd.DataFrame(
        {"site": of["site"], "facility": of["facility"], "mw": mw, "mcny": price * mw}
    ).reset_index(drop=True)


def subsidy_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: what the state pays of annuities, and what cheap debt saves."""
    if case.plan.model["subsidies"].empty:
        return pd.DataFrame({"site": [], "component": [], "mcny": []})
    units, facts = case.units, case.facts
    rate = case.plan.model.settings.economy.discount_rate
    rows = applied(case, units["site"], units["facility"])
    local = facts.numbers("sites", "cost_factor", units["site"])
    price = facts.numbers("facilities", "capex_mcny_per_mw", units["facility"]) * local
    life = facts.numbers("facilities", "life_years", units["facility"])
    halls = annuity(rate, life) * price * np.where(units["new"], units["space_mw"], 0.0)
    price = facts.numbers("kinds", "it_capex_mcny_per_eflops", units["kind"])
    life = facts.numbers("kinds", "it_life_years", units["kind"])
    machines = annuity(rate, life) * price * case.of_history("planned").to_numpy(dtype=float)
    paid = _share(rows, "capex_share") * halls + _share(rows, "it_capex_share") * machines
    parts = [pd.DataFrame({"site": units["site"], "mcny": -paid})]
    parts += [_saved(case, year) for year in (*case.earlier, case)]
    return pd.concat(parts, ignore_index=True).assign(component="subsidy")


def _saved(case: Case, lent: Case) -> pd.DataFrame:
    """Site, mcny (negative): what cheap debt of a year saves in the case's, for the halls' life."""
    frame, rate = _lent(lent), case.plan.model.settings.economy.discount_rate
    life = case.facts.numbers("facilities", "life_years", frame["facility"])
    cheap = _share(frame, "debt_rate")
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(cheap > 0, cheap / (1 - (1 + cheap) ** -life), 1 / life)
    alive = case.year - lent.year < life
    saved = np.where(alive, (annuity(rate, life) - own) * frame["cheap_debt_mcny"], 0.0)
    return pd.DataFrame({"site": frame["site"], "mcny": -saved})


def _gate(case: Case) -> None:
    """No large facility was built where the racks in service were too empty (67)."""
    gate = case.plan.model.settings.balance.gate
    if gate.scope == "none":
        return
    sites = case.plan.model["sites"].set_index("site")
    where = sites.index.to_series() if gate.scope == "site" else sites["province"]
    units = _in_service(case, gate.min_age_years)
    sums = units[["it_mw", "space_mw"]].groupby(units["site"].map(where)).sum()
    least = gate.min_rack_utilisation * sums["space_mw"]
    closed = sums.index[(sums["it_mw"] < least - 1e-6 * np.maximum(least, 1.0)).to_numpy()]
    built = _built(case)
    large = case.facts.words("facilities", "large", built["facility"]).astype(bool)
    mw = built["mw"].where(large, 0.0).groupby(built["site"].map(where)).sum()
    mw = mw.reindex(closed, fill_value=0.0).rename_axis("place")
    case.findings.at_most("gate", keyed(UNITS, mw.index), mw, np.zeros(len(mw)))


def _in_service(case: Case, least_age: float) -> pd.DataFrame:
    """Site, it_mw, space_mw of what has been in service so long: of a period, else of the stock."""
    known = [year for year in case.earlier if case.year - year.year >= least_age]
    if known:
        return known[-1].units[["site", "it_mw", "space_mw"]]
    young = (case.plan.model["stock"]["age_years"] < least_age).to_numpy(dtype=bool)
    blocks = case.facts.blocks[~young]
    return blocks.rename(columns={"racked_mw": "it_mw"})[["site", "it_mw", "space_mw"]]


def _price_cap(case: Case) -> None:
    """inclusive_subsidy_mcny = Σ max(0, price − cap)·served over inclusive zones and workloads."""
    cap = case.plan.model.settings.balance.inclusive_price_cap_mcny_per_eflops
    if cap is None:
        return
    prices = case.table("prices")
    keep = case.facts.words("workloads", "inclusive", prices["workload"]).astype(bool)
    price = prices[keep].set_index(["zone", "workload"])["price_mcny_per_eflops_year"]
    served = case.table("service").groupby(["zone", "workload"])["served_eflops"].sum()
    above = (price - cap).clip(lower=0.0) * served.reindex(price.index, fill_value=0.0)
    periods, record = case.plan.model.settings.periods, case.plan.record
    figures = record.get("kpis") if case.year == periods[-1] else None
    if figures is None:
        figures = (record.get("kpis_by_year") or {}).get(str(case.year))
    entry = (figures or {}).get("inclusive_subsidy_mcny") or {}
    place = RECORD, pd.DataFrame({"key": [f"inclusive_subsidy_mcny {case.year}"]})
    found = value(entry, "value")
    case.findings.equal("price_cap", place, found, float(above.sum()), least=ROW)
