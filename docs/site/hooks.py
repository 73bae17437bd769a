"""What MkDocs calls while it builds the site: pages are made, links and rows put in, Chinese set.

Named in ``mkdocs.yml``; nothing of what is made is kept in the repository.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

if str(Path(__file__).parents[2]) not in sys.path:  # `mkdocs` does not look where it is called
    sys.path.insert(0, str(Path(__file__).parents[2]))

from docs.site import ROOT, links, numbers, pages

ASSETS = {
    "assets/iframe-worker.js": "docs/site/vendor/iframe-worker/iframe-worker.js",
    "assets/site.css": "docs/site/assets/site.css",
}
CHINESE = re.compile(r"zh/|.*\.zh-CN\.md$")
_MARK = re.compile(r"<p>@@rows ([\w/-]+)@@</p>")


def on_config(config: Any) -> Any:
    """Put the pages of the data into the navigation."""
    for section in config.nav:
        if "Data" in section:
            section["Data"] = [*section["Data"], *numbers.nav()]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, those that stand outside ``docs/``, and what they point to."""
    texts = {at: make() for at, make in pages.made().items()}
    outside = {at: (ROOT / source).read_text("utf-8") for source, at in links.OUTSIDE.items()}
    for at, text in {**texts, **outside}.items():
        files.append(File.generated(config, at, content=text))
    wanted = _wanted(files, texts)
    for path in sorted(wanted):
        place = links.copy_of(path)
        files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    for place, path in ASSETS.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    return files


def _wanted(files: Files, texts: dict[str, str]) -> set[str]:
    """Files of the repository that any page points to and that are copied as they stand."""
    found: set[str] = set()
    for file in files.documentation_pages():
        if file.src_uri not in texts:
            found |= links.files_of(file.content_string, _source(file.src_uri))
    for at, text in texts.items():
        for target in re.findall(r"\]\(([^)\s#]+)", text):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
            if place.startswith("source/"):
                path = place.removeprefix("source/")
                found.add(path if (ROOT / path).is_file() else path.removesuffix(".txt"))
    return found


def _source(at: str) -> str:
    """The file of the repository that a page is; pages that are made have none of their own."""
    known = {page: source for source, page in links.OUTSIDE.items()}
    return known.get(at, f"docs/{at}")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Let links that lead out of ``docs/`` lead to their place; note which pages are Chinese."""
    if CHINESE.match(page.file.src_uri):
        page.meta["language"] = "zh"
    if page.file.src_uri in pages.made():
        return markdown
    return links.rewritten(markdown, _source(page.file.src_uri), page.file.src_uri)


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Put the rows of facts where their marks stand, so that the search finds them."""
    return _MARK.sub(lambda mark: numbers.rows_of(mark[1]) if _found(mark) else mark[0], html)


def _found(mark: re.Match[str]) -> bool:
    return numbers.searched(mark[1])


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Put the other rows in, after the search has read the page."""
    return _MARK.sub(lambda mark: numbers.rows_of(mark[1]), output)
