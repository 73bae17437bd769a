"""The composite index of provinces on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layout.cli.screen.grid import grid
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names
from layout.report.quantities import known, share
from layout.study.index.index_files import left_out
from layout.study.index.naming import indicator_name

if TYPE_CHECKING:
    from layout.study.index.index import ComputeIndex

SHOWN = 31
"""Provinces on the screen; the files have all."""
NO_RANK = "–"


def index_lines(found: ComputeIndex, lang: str) -> list[str]:
    """Provinces by rank after the plan, with what changed; then what has no part and why."""
    names = Names(found.plan.model, lang)
    settings = found.plan.model.settings
    title = clean(settings.title.in_language(lang) or str(found.plan.record.get("model") or ""))
    values = {"model": title, "base": settings.base_year, "year": found.year}
    lines = wrap(text("index.screen.title", lang, **values))
    lines += wrap(text("index.never", lang), indent="  ")
    example = "example" if found.example else "own"
    lines += [*wrap(text(f"suitability.weights.{example}", lang), indent="  "), ""]
    head = text("index.screen.head", lang, **values).split("|")
    rows = [_row(found, at, names) for at in found.order[:SHOWN]]
    lines += grid(head, rows, left=(1,), limit=30)
    if len(found.order) > SHOWN:
        more = text("cli.more.in", lang, count=len(found.order) - SHOWN, file="index.csv")
        lines.append("  " + more)
    return lines + _without(found, names)


def _row(found: ComputeIndex, at: int, names: Names) -> list[str]:
    ends = dict.fromkeys(int(one[at]) for one in (found.spread.best, found.spread.worst))
    change = round(float(found.after[at] - found.before[at]), 2) + 0.0
    return [
        _rank(found.rank_after[at]),
        names.province(found.provinces[at]),
        _points(float(found.after[at])),
        _points(float(found.before[at])),
        _points(change),
        _rank(found.rank_before[at]),
        "–".join(map(str, ends)) if found.rank_after[at] else NO_RANK,
        _points(float(found.whole.score[at])),
        _rank(found.rank_whole[at]),
        share(float(found.whole.known[at])),
    ]


def _points(value: float) -> str:
    return f"{value:.2f}" if known(value) else NO_RANK


def _rank(rank: int) -> str:
    return str(int(rank)) if rank else NO_RANK


def _without(found: ComputeIndex, names: Names) -> list[str]:
    """Indicators that have no part, or none in the comparison."""
    lang, lines = names.lang, [""]
    for code, why in left_out(found).items():
        said = text(f"index.left_out.{why}", lang, name=indicator_name(code, names))
        lines += wrap(said, indent="  ")
    return lines if len(lines) > 1 else []
