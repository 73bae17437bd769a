"""A sheet as one HTML text: template, style and a policy that allows nothing else; no script."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from layout.labels.cleaning import printable
from layout.resources import folder

HTML_LANG = {"zh": "zh-CN", "en": "en"}
_POLICY = (
    "default-src 'none'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"
)
_PAGES = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@cache
def _shipped(name: str) -> str:
    return (folder("maps") / "sheet" / name).read_text("utf-8")


@cache
def _template(name: str) -> Template:
    return _PAGES.from_string(_shipped("frame.html") + _shipped(name))


def sheet(template: str, lang: str, **words: Any) -> str:
    """The page of a template of ``maps/sheet/``; every word is escaped. Same words, same bytes."""
    style = _shipped("sheet.css")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    page = _template(template).render(
        lang=HTML_LANG[lang],
        policy=_POLICY.format(style=f"sha256-{digest}"),
        style=Markup(style),  # nosec B704 # the shipped style sheet
        **words,
    )
    return printable(page)
