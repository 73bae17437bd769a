"""Maps of several plans beside each other: one page that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from layout.labels import LANGUAGES, text
from layout.report import map_page
from layout.report.extra import ProvinceValues
from layout.report.page import HTML_LANG

if TYPE_CHECKING:
    from layout.study.comparing.comparing import Comparison, Side

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
html, body {{ margin: 0; height: 100%; font: 14px/1.4 system-ui, sans-serif; color: #1b2733; }}
body {{ display: flex; flex-direction: column; }}
header {{ padding: 8px 14px; border-bottom: 1px solid #c9d1d9; }}
h1 {{ font-size: 16px; margin: 0; }}
main {{ flex: 1; display: grid; grid-template-columns: repeat({count}, minmax(420px, 1fr));
  gap: 2px; background: #c9d1d9; min-height: 0; overflow-x: auto; }}
section {{ background: #fff; display: flex; flex-direction: column; min-height: 0; }}
h2 {{ font-size: 14px; margin: 0; padding: 6px 14px; overflow-wrap: anywhere; }}
iframe {{ flex: 1; border: 0; width: 100%; min-height: 480px; }}
@media (max-width: 800px) {{ main {{ grid-template-columns: 1fr; }} }}
</style>
</head>
<body>
<header><h1>{title}</h1></header>
<main>
{sections}
</main>
</body>
</html>
"""
_SECTION = (
    '<section><h2>{label}</h2><iframe sandbox="allow-scripts" title="{label}" srcdoc="{page}">'
    "</iframe></section>"
)


def side_by_side(found: Comparison, lang: str = "zh") -> str | None:
    """The maps of all plans in one page, None where fewer than two of them have a plan.

    Two stand on one map, with a swipe, beside each other, or as their difference. More have a page
    each, in a sandboxed frame of its own (scripts run, nothing else); provinces of the others can
    be shaded by what they have more or less than in the first.
    """
    sides = [side for side in found.sides if side.solved]
    if len(sides) < 2:
        return None
    if len(sides) == 2:
        first, second = sides
        assert first.plan is not None
        names = (first.label, second.label)
        return map_page(first.plan, lang=lang, compare=second.plan, names=names)
    sections = []
    for side in sides:
        assert side.plan is not None
        page = map_page(side.plan, lang=lang, extras=_shades(found, side))
        label = escape(side.label, quote=True)
        sections.append(_SECTION.format(label=label, page=escape(page, quote=True)))
    return _PAGE.format(
        lang=HTML_LANG[lang],
        title=escape(text("compare.map.title", lang)),
        count=len(sides),
        sections="\n".join(sections),
    )


_SHADED = {"compute_eflops_fp32": "EFLOPS FP32", "cost_mcny": "mcny", "carbon_kt": "kt"}


def _shades(found: Comparison, side: Side) -> list[ProvinceValues]:
    """What the provinces of one plan have more or less than in the first, in its last year."""
    rows = found["decisions"]
    own = rows[(rows["compared"] == side.label) & (rows["level"] == "province")]
    own = own[(own["year"] == own["year"].max()) & (own["kind"] == "")]
    first = found.sides[0].label
    shades = []
    for quantity, unit in _SHADED.items():
        part = own[own["quantity"] == quantity]
        values = dict(zip(part["place"], part["change_value"], strict=True))
        if values:
            title = {
                lang: text(
                    "compare.map.shade",
                    lang,
                    what=text(f"compare.quantity.{quantity}", lang),
                    first=first,
                )
                for lang in LANGUAGES
            }
            key = f"difference-{quantity}"
            shades.append(ProvinceValues(key, title, unit, values, diverging=True))
    return shades
