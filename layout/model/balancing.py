"""Checks of floors, subsidies, the utilisation gate and what is inclusive."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layout.model import derive
from layout.model.balance import FLOOR_PLACES, SUBSIDY_PLACES
from layout.model.known import Known


def floor_rows(known: Known) -> None:
    """A row of ``floors`` names one place."""
    _one_of(known, "floors", FLOOR_PLACES)


def subsidy_rows(known: Known) -> None:
    """A row of ``subsidies`` names one place, and a cap of cheap debt has a rate."""
    _one_of(known, "subsidies", SUBSIDY_PLACES)
    table = known.frame("subsidies")
    capped = np.isfinite(table["debt_cap_mcny"]) & table["debt_rate"].isna()
    for row in np.flatnonzero(capped.to_numpy()):
        known.at_row("subsidies", int(row), "debt_rate", "debt_without_rate")


def _one_of(known: Known, table: str, names: tuple[str, ...]) -> None:
    given = (known.frame(table)[list(names)] != "").sum(axis=1).to_numpy()
    for row in np.flatnonzero(given != 1):
        known.at_row(table, int(row), names[0], "one_of", names=", ".join(names))


def sites_have_places(known: Known) -> None:
    """Every site lies somewhere where provinces or regions are compared or gated."""
    for column, path in _compared(known):
        sites = known.frame("sites")
        for row in np.flatnonzero((sites[column] == "").to_numpy()):
            site = sites["site"].iloc[row]
            known.at_row("sites", int(row), column, "place_needed", site=site, path=path)


def _compared(known: Known) -> Iterator[tuple[str, str]]:
    """Column of ``sites`` and the setting that needs it."""
    for target in known.settings.targets:
        if target.measure == "hhi" and target.basis in (None, "province", "region"):
            yield target.basis or "province", f"targets.{target.id}"
    gate = known.settings.balance.gate.scope
    if known.settings.features.balance and gate == "province":
        yield gate, "balance.gate.scope"


def something_to_balance(known: Known) -> None:
    """Warn where the feature is on and nothing asks for it, or a price cap has no workload."""
    own = known.settings.balance
    if not known.settings.features.balance:
        return
    capped = own.inclusive_price_cap_mcny_per_eflops is not None
    asked = capped or own.gate.scope != "none"
    if not asked and known.frame("floors").empty and known.frame("subsidies").empty:
        known.at_key(("features", "balance"), "features.balance", "balance_idle", "warning")
    if capped and not known.frame("workloads")["inclusive"].any():
        name = "inclusive_price_cap_mcny_per_eflops"
        known.at_key(("balance", name), f"balance.{name}", "nothing_inclusive", "warning")


def places_without_sites(known: Known) -> None:
    """Warn of a floor, a subsidy or a limit on halls in a place without sites."""
    for table, places in (("floors", FLOOR_PLACES), ("subsidies", SUBSIDY_PLACES)):
        for row, record in enumerate(known.frame(table).to_dict("records")):
            column = next(name for name in places if record[name])
            name = record[column]
            if not derive.scope_sites(known.model, f"{column}:{name}").any():
                known.at_row(table, row, column, "no_site_there", severity="warning", name=name)
    for row, scope in enumerate(known.frame("hall_limits")["scope"]):
        if not derive.scope_sites(known.model, scope).any():
            values = {"severity": "warning", "name": scope}
            known.at_row("hall_limits", row, "scope", "no_site_there", **values)


def ambiguous_subsidies(known: Known) -> None:
    """No site is in two groups that subsidise the same facilities."""
    table = known.frame("subsidies")
    seen: dict[tuple[str, str], int] = {}
    for row, (group, facility) in enumerate(zip(table["group"], table["facility"], strict=True)):
        if not group:
            continue
        inside = derive.scope_sites(known.model, f"group:{group}")
        for site in known.frame("sites")["site"][inside]:
            first = seen.setdefault((site, facility), row)
            if first != row:
                values = {"site": site, "first": known.tables["subsidies"].place(first).row}
                known.at_row("subsidies", row, "group", "subsidy_ambiguous", **values)
                break
