"""A site and what speaks for it and against it, on a printed sheet."""

from __future__ import annotations

import math
from typing import Any

from layout.labels import has, text
from layout.labels.cleaning import clean
from layout.model.weakness import is_weak
from layout.report.colours import KIND_COLOURS
from layout.report.quantities import NOTHING, number, share
from layout.report.sheet.desk import FOLDER, RANKING, Desk
from layout.report.sheet.drawing import Drawing, Mark, draw
from layout.report.sheet.shell import sheet
from layout.report.sheet.wording import answer, confidence_words, criterion_name, shown

_OWN, _OTHER = KIND_COLOURS[1], KIND_COLOURS[0]
_BESIDE = 2
_NEAREST = 4
_SHOWN_KM = 1500


def site_sheet(desk: Desk, site: str) -> str:
    """What speaks for a site and against it, on one printed sheet."""
    at = desk.found.position(site)
    row = desk.found.model["sites"].iloc[at]
    parts = _parts(desk, at)
    about = [clean(row[name]) for name in ("hub", "cluster") if row[name]]
    return sheet(
        "site.html",
        desk.lang,
        title=desk.t("site.title", site=desk.name(at)),
        name=desk.name(at),
        site=clean(site),
        province=desk.homes[at],
        about=" · ".join(dict.fromkeys(about)),
        place=_position(float(row["lat"]), float(row["lon"])),
        standing=desk.standing(at),
        why=[desk.reason(one) for one in desk.scored.reasons[at]],
        answer=answer(desk.found, at, desk.lang),
        parts=parts,
        sources=_sources(desk, parts),
        limits=_limits(desk, at),
        around=_nearest(desk, at),
        beside=_beside(desk, at),
        map=_drawing(desk, at),
        up=f"../{RANKING}",
        **desk.common,
    )


def _position(lat: float, lon: float) -> str:
    """Latitude and longitude to about a kilometre."""
    return f"{abs(lat):.2f}° {'NS'[lat < 0]}, {abs(lon):.2f}° {'EW'[lon < 0]}"


def _parts(desk: Desk, at: int) -> list[dict[str, Any]]:
    widest = float(desk.scored.share[at].max()) or 1.0
    return [_part(desk, at, column, widest) for column in desk.found.used]


def _part(desk: Desk, at: int, column: int, widest: float) -> dict[str, Any]:
    weight = desk.scored.weights[column]
    criterion = desk.found.criteria[weight.criterion]
    value = float(criterion.value[at])
    missing = math.isnan(value)
    place = int(desk.scored.place[at, column])
    of = int((desk.scored.place[:, column] > 0).sum())
    part = float(desk.scored.share[at, column])
    confidence = criterion.told.confidence[at]
    how = f"suitability.how.{weight.criterion}"
    spare = text(how, desk.lang) if has(how) else NOTHING
    return {
        "name": criterion_name(weight.criterion, desk.lang),
        "value": shown(value, criterion.unit, desk.lang),
        "missing": missing,
        "scale": f"{shown(weight.worst, criterion.unit, desk.lang)} → "
        f"{shown(weight.best, criterion.unit, desk.lang)}",
        "normal": NOTHING if missing else share(float(desk.scored.normal[at, column])),
        "share": share(part),
        "points": NOTHING if missing else number(float(desk.scored.points[at, column])),
        "place": f"{place}/{of}" if place else NOTHING,
        "cap": part / widest,
        "got": float(desk.scored.points[at, column]) / 100 / widest,
        "source": clean(criterion.told.source[at]) or spare,
        "confidence": confidence_words(confidence, desk.lang),
        "weak": is_weak(confidence),
    }


def _sources(desk: Desk, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every source once, with the criteria that rest on it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in parts:
        key = one["source"], one["confidence"]
        row = found.setdefault(key, {**one, "names": []})
        row["names"].append(one["name"])
    comma = text("cli.comma", desk.lang)
    return [{**row, "name": comma.join(row["names"])} for row in found.values()]


def _limits(desk: Desk, at: int) -> list[dict[str, str]]:
    """Every limit that rules sites out, and how this site stands to it."""
    rows = []
    for one in desk.scored.weights:
        criterion = desk.found.criteria[one.criterion]
        value = float(criterion.value[at])
        for code, limit in (("below", one.exclude_below), ("above", one.exclude_above)):
            if math.isnan(limit):
                continue
            out = value < limit if code == "below" else value > limit
            result = "untested" if math.isnan(value) else "out" if out else "passed"
            rows.append(
                {
                    "name": criterion_name(one.criterion, desk.lang),
                    "value": shown(value, criterion.unit, desk.lang),
                    "limit": desk.t(f"limit.{code}",
                                     limit=shown(limit, criterion.unit, desk.lang)),
                    "result": result,
                    "word": desk.t(f"limit.{result}"),
                }
            )  # fmt: skip
    return rows


def _row(desk: Desk, other: int, at: int) -> dict[str, str]:
    standing = desk.standing(other)
    return {
        "name": desk.name(other),
        "page": desk.files.get(desk.found.sites[other], "").removeprefix(f"{FOLDER}/"),
        "km": number(round(float(desk.distances[at, other]))),
        "score": standing["score"],
        "rank": standing["rank"] if standing["rank"] != NOTHING else standing["status_word"],
        "difference": _signed(float(desk.scored.score[other] - desk.scored.score[at])),
    }


def _nearest(desk: Desk, at: int) -> list[dict[str, str]]:
    order = sorted(range(len(desk.found.sites)), key=lambda one: (desk.distances[at, one], one))
    return [_row(desk, one, at) for one in order if one != at][:_NEAREST]


def _beside(desk: Desk, at: int) -> list[dict[str, str]]:
    """The sites just before and just behind in the ranking."""
    ranked = [one for one in desk.found.order if desk.scored.rank[one]]
    if at not in ranked:
        return []
    here = ranked.index(at)
    near = ranked[max(0, here - _BESIDE) : here] + ranked[here + 1 : here + 1 + _BESIDE]
    return [_row(desk, one, at) for one in near]


def _drawing(desk: Desk, at: int) -> Drawing:
    order = [one for one in range(len(desk.found.sites)) if one != at]
    marks = [
        Mark(float(desk.places[one, 0]), float(desk.places[one, 1]), 3.5, _OTHER)
        for one in order
        if desk.distances[at, one] < _SHOWN_KM
    ]
    lat, lon = (float(value) for value in desk.places[at])
    own = Mark(lat, lon, 7, _OWN, desk.name(at)[:24], True)
    return draw(desk.ground, desk.around(at), [*marks, own], desk.lang, (520, 250))


def _signed(value: float) -> str:
    if math.isnan(value):
        return NOTHING
    said = number(round(abs(value), 2))
    return said if said == "0" else f"{'+' if value > 0 else '−'}{said}"
