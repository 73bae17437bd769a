"""Checks of what is asked: periods, features, targets."""

from __future__ import annotations

import re
from math import isnan

import numpy as np

from layout.model.known import Known
from layout.model.naming import nearest, shown
from layout.model.schema import (
    MEASURE_FEATURES,
    MEASURES,
    SHARE_MEASURES,
    Target,
)
from layout.model.tables import FEATURE_TABLES, PRECISIONS, TABLES

FP32_MEASURES = (
    "additions_share",
    "compute_eflops_fp32",
    "domestic_share",
    "gini",
    "hhi",
    "kind_share",
    "region_share",
    "west_to_east",
)
NATIVE_MEASURES = ("compute_eflops", "inclusive_share", "kind_share")
"""Measures of one kind of compute, in its own precision or as a share."""
SHARES = (*SHARE_MEASURES, "gini", "hhi")
ONE_SIDED: dict[str | tuple[str, str | None], str] = {
    "gini": "at_most",
    "hhi": "at_most",
    "ai_centres": "at_least",
    ("green_share", "new"): "at_least",
}
"""Measures whose rows hold from one side only, with the sense that they can be asked for."""
LEAST_HHI = 0.001
"""Compute spread evenly over a thousand places; less means nothing."""
BASES = {
    "green_share": re.compile("certificates|physical|new"),
    "gini": re.compile("per_head|per_gdp"),
    "hhi": re.compile("province|region"),
    "latency_share": re.compile(r"(rtt|one_way):\d+(\.\d+)?"),
    "ai_centres": re.compile(r"\d+(\.\d+)?"),
}
BASES_SHOWN = {
    "green_share": "certificates, physical, new",
    "gini": "per_head, per_gdp",
    "hhi": "province, region",
    "latency_share": "rtt:20, one_way:20",
    "ai_centres": "0.1",
}
SCOPES = ("region", "hub", "tier", "province", "group", "site")


def periods(known: Known) -> None:
    """Periods are after the base year, ascending, each with demand."""
    settings = known.settings
    years = settings.periods
    for year in years:
        if year <= settings.base_year:
            known.at_key(
                ("periods",),
                "periods",
                "period_not_after_base",
                found=year,
                base=settings.base_year,
            )
    if sorted(set(years)) != years:
        known.at_key(("periods",), "periods", "periods_order", found=", ".join(map(str, years)))
    demand = known.frame("demand")
    for year in years:
        if not demand.empty and year not in set(demand["year"]):
            present = ", ".join(str(y) for y in sorted(set(demand["year"]) - {0}))
            known.at_key(("periods",), "periods", "period_without_demand", year=year, years=present)


def foresight(known: Known) -> None:
    """Myopic foresight needs objectives that a period can be decided by without the others."""
    own = known.settings
    if own.foresight != "myopic" or len(own.periods) == 1:
        return
    other = [part for part in own.objective if part not in ("cost", "carbon")]
    if other:
        first = other[0]
        found = first if isinstance(first, str) else next(iter(first.model_dump()))
        known.at_key(("objective",), "objective", "myopic_objective", found=found)


def years(known: Known) -> None:
    """Warn of rows whose year is neither the base year nor a period.

    Rows of ``storage_demand`` hold from their year on: only those after all periods say nothing.
    """
    wanted = [known.settings.base_year, *known.settings.periods, 0]
    last = max(wanted)
    for table in ("demand", "commitments", "chips", "floors", "hall_limits", "storage_demand"):
        values = known.frame(table)["year"]
        unused = values > last if table == "storage_demand" else ~values.isin(wanted)
        rows = np.flatnonzero(unused.to_numpy())
        if len(rows):
            found = ", ".join(str(year) for year in sorted(set(values.iloc[rows])))
            known.at_row(
                table,
                int(rows[0]),
                "year",
                "unused_year",
                severity="warning",
                found=found,
                count=len(rows),
            )


def feature_tables(known: Known) -> None:
    """A feature that is on has the table that it cannot do without."""
    for name, tables in FEATURE_TABLES.items():
        if not getattr(known.settings.features, name) or not known.frame(tables[0]).empty:
            continue
        columns = ", ".join(TABLES[tables[0]].names)
        values = {"name": name, "table": tables[0], "columns": columns}
        known.at_key(("features", name), f"features.{name}", "feature_table", **values)


def outturn_measures(known: Known) -> None:
    """Warn of a figure whose measure does not exist: no target would be held against it."""
    for row, measure in enumerate(known.frame("outturn")["measure"]):
        if measure and measure not in MEASURES:
            values = {"found": shown(measure), "hint": nearest(measure, MEASURES)}
            listed = ", ".join(MEASURES)
            known.at_row(
                "outturn", row, "measure", "unknown_measure", "warning", known=listed, **values
            )


def target_ids(known: Known) -> None:
    """A target's id stands once."""
    seen: set[str] = set()
    for position, target in enumerate(known.settings.targets):
        if target.id in seen:
            known.at_target(position, "id", "target_repeated")
        seen.add(target.id)


def target_measures(known: Known) -> None:
    """Measures are known, and have the kind, basis and factors they need."""
    for position, target in enumerate(known.settings.targets):
        if target.measure not in MEASURES:
            hint = nearest(target.measure, MEASURES)
            values = {"found": shown(target.measure), "hint": hint, "known": ", ".join(MEASURES)}
            known.at_target(position, "measure", "unknown_measure", **values)
            continue
        _kind(known, position, target)
        _basis(known, position, target)
        if not _measured(known, target.measure):
            known.at_target(
                position,
                "measure",
                "target_not_applicable",
                severity="warning",
                measure=target.measure,
            )
        if target.measure in FP32_MEASURES:
            _fp32(known, position, target)
        elif target.measure == "compute_eflops":
            _native(known, position, target)


def _basis(known: Known, position: int, target: Target) -> None:
    """A basis is one of the measure's; a measure without any is given none."""
    if target.basis is None:
        return
    found, pattern = shown(target.basis), BASES.get(target.measure)
    if pattern is None:
        values = {"measure": target.measure, "found": found, "known": ", ".join(sorted(BASES))}
        known.at_target(position, "basis", "target_no_basis", **values)
    elif not pattern.fullmatch(target.basis):
        choices = BASES_SHOWN[target.measure]
        known.at_target(position, "basis", "target_basis", found=found, choices=choices)


def _measured(known: Known, measure: str) -> bool:
    """Whether the features in use can express a measure."""
    feature = MEASURE_FEATURES.get(measure)
    return not feature or getattr(known.settings.features, feature)


def _kind(known: Known, position: int, target: Target) -> None:
    kinds = set(known.frame("kinds")["kind"])
    if target.kind is None:
        if target.measure in NATIVE_MEASURES:
            known.at_target(position, "kind", "target_kind", kinds=", ".join(sorted(kinds)))
    elif target.kind not in kinds:
        values = {"found": shown(target.kind), "table": "kinds", "name": "kind"}
        known.at_target(position, "kind", "unmatched", hint=nearest(target.kind, kinds), **values)


def _fp32(known: Known, position: int, target: Target) -> None:
    """Every kind has its FP32 factor, and the unit names no other precision."""
    kinds = known.frame("kinds")
    without = [
        kind
        for kind, factor in zip(kinds["kind"], kinds["fp32_per_native"], strict=True)
        if isnan(factor)
    ]
    if without:
        known.at_target(
            position, "measure", "no_fp32", measure=target.measure, kinds=", ".join(without)
        )
    _unit(known, position, target, "FP32")


def _native(known: Known, position: int, target: Target) -> None:
    """The unit names no precision but that of the kind."""
    kinds = known.frame("kinds")
    for precision in kinds["precision"][(kinds["kind"] == target.kind).to_numpy()]:
        _unit(known, position, target, str(precision))


def _unit(known: Known, position: int, target: Target, precision: str) -> None:
    for other in PRECISIONS:
        if other != precision and other in target.unit.upper():
            values = {"found": other, "precision": precision}
            known.at_target(position, "unit", "mixed_precision", **values)


def target_scopes(known: Known) -> None:
    """Scopes of targets name something that exists."""
    for position, target in enumerate(known.settings.targets):
        values = {"scope": target.scope}
        if target.scope in _EMPTY and not (known.frame("sites")[_EMPTY[target.scope]] != "").any():
            known.at_target(position, "scope", "empty_scope", severity="warning", **values)
        hint = _mistaken(known, target.scope)
        if hint is not None:
            values = {"found": shown(target.scope), "hint": hint}
            known.at_target(position, "scope", "unknown_scope", **values)


def hall_scopes(known: Known) -> None:
    """Scopes of ``hall_limits`` name something that exists."""
    for row, scope in enumerate(known.frame("hall_limits")["scope"]):
        hint = _mistaken(known, scope)
        if hint is not None:
            values = {"found": shown(scope), "hint": hint}
            known.at_row("hall_limits", row, "scope", "unknown_scope", **values)


_EMPTY = {"hubs": "hub", "clusters": "cluster"}
"""Scopes to which no site may belong, and the column of ``sites`` that says so."""


def _mistaken(known: Known, scope: str) -> str | None:
    """None for a scope that names something known; else what may be meant, '' for no idea."""
    name, colon, member = scope.partition(":")
    if not colon and name in ("nation", *_EMPTY):
        return None
    if not colon or name not in SCOPES:
        return nearest(name, ("nation", *_EMPTY, *SCOPES))
    members = _members(known, name)
    if member in members:
        return None
    hint = nearest(member, members)
    return f"{name}:{hint}" if hint else ""


def _members(known: Known, name: str) -> set[str]:
    """What a scope of that sort can name."""
    if name == "group":
        return set(known.frame("groups")["group"])
    members = set(known.frame("sites")[name])
    if name in ("region", "province"):
        members |= set(known.frame("zones")[name])
    return members - {""}


def target_values(known: Known) -> None:
    """Shares are between 0 and 1, a PUE is at least 1, amounts are not negative."""
    for position, target in enumerate(known.settings.targets):
        low, high = 0.0, float("inf")
        if target.measure in SHARES:
            high = 1.0
        elif target.measure.startswith("pue_"):
            low = 1.0
        if target.measure == "hhi":
            low = LEAST_HHI
        if not low <= target.value <= high:
            span = f"{low:g} – {high:g}" if high < float("inf") else f"≥ {low:g}"
            known.at_target(
                position,
                "value",
                "target_value",
                found=f"{target.value:g}",
                measure=target.measure,
                range=span,
            )


def target_senses(known: Known) -> None:
    """A measure that the model can only bound from one side is not asked for from the other."""
    for position, target in enumerate(known.settings.targets):
        key = (target.measure, target.basis) if target.measure == "green_share" else target.measure
        only = ONE_SIDED.get(key)
        if only and target.sense != only and target.mode != "report":
            known.at_target(
                position,
                "sense",
                "target_sense",
                found=target.sense,
                only=only,
                measure=target.measure,
            )


def target_years(known: Known) -> None:
    """A target's year is a period."""
    for position, target in enumerate(known.settings.targets):
        if target.year is not None and target.year not in known.settings.periods:
            listed = ", ".join(map(str, known.settings.periods))
            severity = "warning" if target.mode == "report" else "error"
            known.at_target(
                position,
                "year",
                "target_year",
                severity=severity,
                found=target.year,
                periods=listed,
            )
