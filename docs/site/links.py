"""Links that lead out of the folder of the documentation, made to work in the site.

In the repository a page may point to any file of it. In the site such a file is another page, or it
is copied as it stands under ``source/``; a folder is its first page.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from docs.site import ROOT

OUTSIDE: dict[str, str] = {
    "README.md": "readme.md",
    "README.zh-CN.md": "zh/readme.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "THIRD-PARTY-NOTICES.md": "notices.md",
    "data/README.md": "data/index.md",
    "models/README.md": "models/index.md",
}
"""Pages that stand outside ``docs/`` in the repository, and what they are called in the site."""
FOLDERS = {
    "data": "data/index.md",
    "docs/features": "features/objectives.md",
    "docs/models": "models/index.md",
    "models": "models/index.md",
}
PLAIN = (".csv", ".png", ".svg", ".txt")
"""Endings that a browser shows, or saves, as they are; all others are copied as plain text."""
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_FENCE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def copy_of(path: str) -> str:
    """Where the copy of a file of the repository lies in the site."""
    return f"source/{path}" if path.endswith(PLAIN) else f"source/{path}.txt"


def in_site(path: str) -> str | None:
    """The place in the site of a file or folder of the repository; None where there is none."""
    if path in OUTSIDE:
        return OUTSIDE[path]
    if path in FOLDERS:
        return FOLDERS[path]
    if path.startswith("docs/") and not path.startswith("docs/site/") and not path.endswith(".py"):
        return path.removeprefix("docs/") if (ROOT / path).is_file() else None
    return copy_of(path) if (ROOT / path).is_file() else None


def in_language(path: str, lang: str) -> str:
    """A page of docs/ in a language: the Chinese one stands under docs/zh with the same name."""
    return path if lang == "en" else path.replace("docs/", "docs/zh/", 1)


def to(path: str, page: str) -> str:
    """The link from the page `page` of the site to a file of the repository.

    Raises LookupError where the repository has no such file.
    """
    place = in_site(path)
    if place is None:
        raise LookupError(f"{page} points to {path}, which is not there")
    return posixpath.relpath(place, posixpath.dirname(page))


def _targets(text: str) -> Iterator[str]:
    for position, part in enumerate(_FENCE.split(text)):
        if position % 2 == 0:
            yield from (match[2] for match in _LINK.finditer(part))


def _file(target: str, source: str) -> str | None:
    """The file of the repository that a link in the file `source` means; None where it is none."""
    path = target.partition("#")[0]
    if not path or "://" in path or path.startswith(("mailto:", "/")):
        return None
    found = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    return None if found.startswith("..") else found


def files_of(text: str, source: str) -> set[str]:
    """Files outside ``docs/`` that a text points to and that have to be copied into the site."""
    found = {_file(target, source) for target in _targets(text)}
    places = {path: in_site(path) for path in found if path}
    return {path for path, place in places.items() if place and place.startswith("source/")}


def rewritten(text: str, source: str, page: str) -> str:
    """A text of the file `source` of the repository with the links of the page `page`.

    A link to what is not there stays as it is, so that the build warns of it.
    """

    def link(match: re.Match[str]) -> str:
        target = match[2]
        path = _file(target, source)
        place = in_site(path) if path else None
        if place is None:
            return match[0]
        mark, anchor = target.partition("#")[1:]
        return (
            f"{match[1]}{posixpath.relpath(place, posixpath.dirname(page))}{mark}{anchor}{match[3]}"
        )

    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(link, part) for part in parts[::2]]
    return "".join(parts)


def missing_pages(nav: object, there: Mapping[str, object]) -> list[str]:
    """Pages that a navigation names and that are not there."""
    if isinstance(nav, str):
        return [] if nav in there else [nav]
    if isinstance(nav, dict):
        nav = list(nav.values())
    return [name for part in nav for name in missing_pages(part, there)]  # type: ignore[attr-defined]
