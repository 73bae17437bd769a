"""The answer of `layout alternatives` as a study: three tables, and layers of a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layout.labels import LANGUAGES, text
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.alternatives.alternatives import CLASSES, Alternatives, Found, Site
from layout.study.alternatives.near_optimal import Range
from layout.study.folder import Study

_SPAN = ("least_bound", "least_found", "best_value", "greatest_found", "greatest_bound")
RANGES = PlanFile(
    "ranges",
    ("range_of", "place", "kind"),
    (
        *(Column(name, TEXT) for name in ("range_of", "place", "kind", "range_unit")),
        *(Column(name, NUMBER, "", True) for name in _SPAN),
    ),
)
SITES = PlanFile(
    "sites",
    ("site",),
    (
        *(Column(name, TEXT) for name in ("site", "class", "class_proof")),
        *(Column(name, INTEGER) for name in ("plans_built", "plans_found")),
        *(Column(name, NUMBER, "mcny", True) for name in ("extra_with_mcny", "extra_without_mcny")),
        Column("built_instead", TEXT),
    ),
)
PLANS = PlanFile(
    "plans",
    ("number",),
    (
        Column("number", INTEGER),
        *(Column(name, TEXT) for name in ("found_by", "about_site")),
        *(Column(name, NUMBER, "mcny") for name in ("cost_mcny", "over_mcny")),
        *(Column(name, NUMBER, "", True) for name in ("over_share", "over_location_share")),
        Column("sites_built", INTEGER),
        *(Column(name, TEXT) for name in ("built_at", "added_sites", "dropped_sites")),
    ),
)
FILES = (RANGES, SITES, PLANS)
LOOKS: dict[str, tuple[Any, int]] = {
    "always": ("square", 0),
    "often": ("diamond", 1),
    "sometimes": ("dot", 2),
    "never": ("cross", 4),
    "undecided": ("ring", 5),
}


def study_of(found: Alternatives) -> Study:
    """``study.json`` with ``ranges.csv``, ``sites.csv`` and ``plans.csv``."""
    tables = {
        "ranges": _frame(RANGES, [_range(one) for one in found.ranges]),
        "sites": _frame(SITES, [_site(found, one) for one in found.sites]),
        "plans": _frame(PLANS, _plans(found)),
    }
    best = found.best.record
    record = {
        "format": 1,
        "study": "alternatives",
        "model": found.model.name,
        "status": best["status"],
        "best_mcny": found.plans[0].cost_mcny,
        "best_bound_mcny": best["bound_mcny"],
        "limit_mcny": found.limit_mcny,
        "within": found.within,
        "within_location": None if np.isnan(found.within_location) else found.within_location,
        "classes": {name: found.of(name) for name in CLASSES},
        "interchangeable": [list(group) for group in found.groups],
        "plans": len(found.plans),
        "all_sets_found": found.complete,
        "time_ended": found.ended,
        "witnesses": found.witnesses,
        "manifest": best["manifest"],
    }
    return Study(record, FILES, tables)


def layers(found: Alternatives) -> list[Any]:
    """Sites by class with what is known of each, and how far the use of a province may vary."""
    from layout.report import ProvinceValues, SiteClass, SiteClasses

    classes = [
        SiteClass(name, _words(f"alternatives.class.{name}"), *LOOKS[name]) for name in CLASSES
    ]
    marks = SiteClasses(
        "alternatives",
        _words("alternatives.layer"),
        [one for one in classes if found.of(one.id)],
        {site.site: site.label for site in found.sites},
        {site.site: {lang: note(found, site, lang) for lang in LANGUAGES} for site in found.sites},
    )
    spans = {
        one.quantity.place: one.greatest_found - one.least_found
        for one in found.ranges
        if one.quantity.level == "province" and not one.quantity.kind
    }
    shade = ProvinceValues("alternatives", _words("alternatives.span"), "MW", spans)
    return [marks, shade]


def note(found: Alternatives, site: Site, lang: str) -> str:
    """What is known of a site, in a sentence or two."""
    total = len(found.plans)
    said = text(f"alternatives.proof.{site.proof or 'open'}", lang)
    counted = text("alternatives.built_in", lang, built=site.plans_built, plans=total)
    span = next((one for one in found.ranges if _is(one, site.site)), None)
    parts = [said, counted]
    if span is not None:
        values = {"least": f"{span.least_found:,.0f}", "greatest": f"{span.greatest_found:,.0f}"}
        parts.append(text("alternatives.use", lang, **values))
    return " ".join(parts)


def _is(one: Range, site: str) -> bool:
    return one.quantity.level == "site" and one.quantity.place == site


def _words(key: str) -> dict[str, str]:
    return {lang: text(key, lang) for lang in LANGUAGES}


def _frame(file: PlanFile, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return file.frame(pd.DataFrame(rows, columns=file.names))


def _range(one: Range) -> dict[str, Any]:
    values = (
        one.least_bound, one.least_found, one.best, one.greatest_found, one.greatest_bound
    )  # fmt: skip
    known = [round(value, 6) if np.isfinite(value) else None for value in values]
    return {
        "range_of": one.quantity.level,
        "place": one.quantity.place,
        "kind": one.quantity.kind,
        "range_unit": "EFLOPS" if one.quantity.kind else "MW",
        **dict(zip(_SPAN, known, strict=True)),
    }


def _site(found: Alternatives, one: Site) -> dict[str, Any]:
    best = found.plans[0].cost_mcny
    costs = [None if cost is None else cost - best for cost in (one.with_mcny, one.without_mcny)]
    return {
        "site": one.site,
        "class": one.label,
        "class_proof": one.proof,
        "plans_built": one.plans_built,
        "plans_found": len(found.plans),
        "extra_with_mcny": costs[0],
        "extra_without_mcny": costs[1],
        "built_instead": ";".join(one.instead),
    }


def _plans(found: Alternatives) -> list[dict[str, Any]]:
    best, names = found.plans[0], [site.site for site in found.sites]
    slack = found.limit_mcny - best.cost_mcny
    per_share = found.within_location / slack if slack > 0 else np.nan
    return [
        _plan(number, one, best, names, per_share)
        for number, one in enumerate([*found.plans, *found.shown], start=1)
    ]


def _plan(
    number: int, one: Found, best: Found, names: list[str], per_share: float
) -> dict[str, Any]:
    over = one.cost_mcny - best.cost_mcny
    built = [name for name, on in zip(names, one.built, strict=True) if on]
    first = [name for name, on in zip(names, best.built, strict=True) if on]
    return {
        "number": number,
        "found_by": one.how,
        "about_site": one.about,
        "cost_mcny": one.cost_mcny,
        "over_mcny": over,
        "over_share": over / best.cost_mcny if best.cost_mcny else None,
        "over_location_share": over * per_share,
        "sites_built": len(built),
        "built_at": ";".join(built),
        "added_sites": ";".join(sorted(set(built) - set(first))),
        "dropped_sites": ";".join(sorted(set(first) - set(built))),
    }
