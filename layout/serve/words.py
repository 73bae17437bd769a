"""Pages from templates: everything is escaped, every word is from the table of labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound

from layout import __version__
from layout.labels import LANGUAGES, text
from layout.labels.cleaning import printable
from layout.report.heading import HTML_LANG

NAMES = {"zh": "中文", "en": "English"}


class _Shipped(BaseLoader):
    """The templates of this package."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:
        file = files("layout.serve") / "templates" / template
        if not file.is_file():
            raise TemplateNotFound(template)
        return file.read_text("utf-8"), str(file), lambda: True


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=_Shipped(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, lang: str, query: Mapping[str, str], here: str = "", **content: Any) -> str:
    """A page in one language; `query` is kept by the links that switch it, which lead to `here`."""

    def words(key: str, **values: Any) -> str:
        return text(f"serve.{key}", lang, **values)

    languages = [
        {
            "code": code,
            "name": NAMES[code],
            "html": HTML_LANG[code],
            "own": code == lang,
            "page": here,
            "query": urlencode({**query, "lang": code}),
        }
        for code in reversed(LANGUAGES)
    ]
    made = _environment().get_template(template)
    return printable(
        made.render(
            t=words,
            lang=lang,
            html_lang=HTML_LANG[lang],
            languages=languages,
            version=__version__,
            **content,
        )
    )
