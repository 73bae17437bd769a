"""The ranking of a suitability study on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layout.cli.screen.grid import grid
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names
from layout.report.quantities import number, share
from layout.report.sheet.wording import criterion_name, extremes, reason_said

if TYPE_CHECKING:
    from layout.study.suitability.suitability import Suitability

SHOWN = 15
"""Sites on the screen; the files have all."""


def suitability_lines(
    found: Suitability, lang: str, sites: Sequence[str] | None = None
) -> list[str]:
    """The first sites with what speaks most for and against them, then who is left out and why.

    Only those of `sites` if they are given; ranks stay against all.
    """
    names = Names(found.model, lang)
    title = found.model.settings.title.in_language(lang) or found.model.name
    values = {"count": len(found.sites), "model": clean(title)}
    lines = wrap(text("suitability.screen.title", lang, **values))
    example = "example" if found.example else "own"
    lines += [*wrap(text(f"suitability.weights.{example}", lang), indent="  "), ""]
    kept = set(found.sites if sites is None else sites)
    order = [at for at in found.order if found.sites[at] in kept]
    ranked = [at for at in order if found.status(at) == "ranked"]
    if ranked:
        head = text("suitability.screen.head", lang, top=found.scored.spread.top).split("|")
        rows = [_row(found, at, names) for at in ranked[:SHOWN]]
        lines += grid(head, rows, left=(1, 6, 7), limit=30)
        if len(ranked) > SHOWN:
            more = text("cli.more.in", lang, count=len(ranked) - SHOWN, file="suitability.csv")
            lines.append("  " + more)
    excluded = [at for at in order if found.status(at) == "excluded"]
    if excluded:
        lines += ["", text("suitability.screen.excluded", lang)]
        for at in excluded[:SHOWN]:
            why = text("cli.comma", lang).join(
                reason_said(found, one, lang) for one in found.scored.reasons[at]
            )
            said = f"  {names.site(found.sites[at])}{text('cli.colon', lang)}{why}"
            lines += wrap(said, indent="    ")
        if len(excluded) > SHOWN:
            more = text("cli.more.in", lang, count=len(excluded) - SHOWN, file="suitability.csv")
            lines.append("  " + more)
    return lines + _open(found, order, names)


def _row(found: Suitability, at: int, names: Names) -> list[str]:
    scored, spread, lang = found.scored, found.scored.spread, names.lang
    ends = dict.fromkeys(int(one[at]) for one in (spread.best, spread.worst))
    found_ends = extremes(found, at)
    parts = [
        f"{criterion_name(code, lang)} {number(points)}" for code, points in (found_ends or ())
    ] or ["", ""]
    return [
        str(int(scored.rank[at])),
        names.site(found.sites[at]),
        number(float(scored.score[at])),
        "–".join(map(str, ends)),
        share(float(spread.share[at])),
        share(float(scored.known[at])),
        *parts,
    ]


def _open(found: Suitability, order: Sequence[int], names: Names) -> list[str]:
    """Sites of which too little is known, and criteria that have no part."""
    lang, comma = names.lang, text("cli.comma", names.lang)
    lines: list[str] = []
    unknown = [at for at in order if found.status(at) == "too_little_known"]
    if unknown:
        listed = comma.join(names.site(found.sites[at]) for at in unknown)
        lines += wrap(text("suitability.screen.unknown", lang, names=listed), indent="    ")
    for code, why in found.scored.left_out.items():
        name = criterion_name(code, lang)
        lines += wrap(text(f"suitability.left_out.{why}", lang, name=name), indent="  ")
    if found.unweighed:
        listed = comma.join(criterion_name(name, lang) for name in found.unweighed)
        lines += wrap(text("suitability.left_out.unweighed", lang, names=listed), indent="  ")
    return ["", *lines] if lines else []
