"""What moving between regions saves, and what the targets cost: against other plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.cli.screen.heading import money
from layout.cli.screen.numbers import NOTHING, known, number, share
from layout.cli.screen.width import wrap
from layout.labels import text

SERVED_ALL = 1e-6  # EFLOPS: less than this unserved is rounding


def saving_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """What is saved, as a share of the total and of the location-dependent cost.

    Nothing when no comparison was made, unless the model was too large for it.
    """
    other = record.get("counterfactual")
    if record.get("compared") == "too_large":
        return wrap(text("cli.saving.too_large", lang), indent="  ")
    if not isinstance(other, Mapping):
        return moving_lines(record, lang)
    if other.get("status") == "infeasible":
        return wrap(text("cli.saving.impossible", lang), indent="  ")
    total, local = record.get("objective_mcny"), other.get("objective_mcny")
    if not known(total) or not known(local):
        return []
    saved, theirs = local - total, other.get("location_cost_mcny")
    placed = other.get("saving_location_mcny")
    said = text(
        "cli.saving",
        lang,
        saved=money(saved, lang),
        span=_span(record, lang),
        share=share(saved / local) if local else NOTHING,
        placed=money(placed, lang) if known(placed) else NOTHING,
        location=share(placed / theirs) if known(placed) and known(theirs) and theirs else NOTHING,
        total=money(local, lang),
        base=money(theirs, lang),
    )
    return wrap(said + _doubt(record, other, saved, lang), indent="  ")


def moving_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """What a plan in which nothing moves between regions loses by that."""
    worth, others = record.get("value_of_moving"), record.get("counterfactuals")
    if not isinstance(worth, Mapping) or not isinstance(others, Mapping):
        return []
    saved = worth["saving_mcny"]
    said = text("cli.moving", lang, saved=money(saved, lang), span=_span(record, lang))
    return wrap(said + _doubt(record, others["cross"], saved, lang), indent="  ")


def pooling_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """What it is worth that the owners share capacity; nothing where that was not asked."""
    others = record.get("counterfactuals")
    apart = others.get("siloed") if isinstance(others, Mapping) else None
    if not isinstance(apart, Mapping):
        return []
    if apart.get("status") == "infeasible":
        return wrap(text("cli.pooling.impossible", lang), indent="  ")
    worth = record.get("value_of_pooling")
    if not isinstance(worth, Mapping):
        return []
    saved, whole = worth["saving_mcny"], apart["objective_mcny"]
    part = share(saved / whole) if whole else NOTHING
    values = {"saved": money(saved, lang), "share": part, "whole": money(whole, lang)}
    said = text("cli.pooling", lang, span=_span(record, lang), **values)
    return wrap(said + _doubt(record, apart, saved, lang), indent="  ")


def stock_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """What the stock as it stands would leave unserved; nothing where it serves everything."""
    others = record.get("counterfactuals")
    other = others.get("as_is") if isinstance(others, Mapping) else None
    left = other.get("unserved_eflops_fp32") if isinstance(other, Mapping) else None
    if not known(left) or left <= SERVED_ALL:
        return []
    key = "cli.as_is_path" if _several(record) else "cli.as_is"
    return wrap(text(key, lang, left=number(left)), indent="  ")


def free_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """What the targets cost together; nothing where that was not asked."""
    other = record.get("without_targets")
    if not isinstance(other, Mapping) or not known(other.get("targets_cost_mcny")):
        return []
    free, cost = other.get("objective_mcny"), other["targets_cost_mcny"]
    values = {"free": money(free, lang), "cost": money(cost, lang), "span": _span(record, lang)}
    said = text("cli.free", lang, **values)
    return wrap(said + _doubt(record, other, other["targets_cost_mcny"], lang), indent="  ")


def _several(record: Mapping[str, Any]) -> bool:
    """Whether the plan has several periods, so that its sums are not those of a year."""
    return len(record.get("periods") or []) > 1


def _span(record: Mapping[str, Any], lang: str) -> str:
    """What costs of whole plans are over: a year, or all periods discounted."""
    return text("cli.span.path" if _several(record) else "cli.span.year", lang)


def _doubt(record: Mapping[str, Any], other: Mapping[str, Any], saved: float, lang: str) -> str:
    """A clause that says when the saving is smaller than what the two proofs leave open."""
    open_part = sum(
        float(one["objective_mcny"]) - float(one["bound_mcny"])
        for one in (record, other)
        if known(one.get("objective_mcny")) and known(one.get("bound_mcny"))
    )
    if abs(saved) > open_part + 1e-9:
        return ""
    return text("cli.saving.doubt", lang, open=money(open_part, lang))
