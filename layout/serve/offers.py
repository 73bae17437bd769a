"""The models that can be picked: shipped ones, those in the folder of the start, uploaded ones."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layout.errors import FileProblem
from layout.files import LARGEST_SETTINGS_MB, read_text
from layout.labels.cleaning import clean
from layout.model.document import parse_yaml
from layout.model.sources import SETTINGS_FILE, WORKBOOK, find_model, is_file, shipped
from layout.plan.publish import is_plan_folder

SHIPPED, HERE, UPLOADED, GIVEN = "shipped", "here", "uploaded", "given"
WORKBOOKS = (".xlsx", ".xlsm")
TITLED = 200
"""Models of a group that are listed with their titles; the others by their names alone."""
_NOT_IN_NAMES = re.compile(r"[^\w-]+")
LONGEST_NAME = 60


@dataclass(frozen=True)
class Offer:
    """A model: where it is from, its name, and what the command line calls it."""

    origin: str
    name: str
    source: str

    @property
    def key(self) -> str:
        """How the page names it."""
        return f"{self.origin}:{self.name}"

    @property
    def is_workbook(self) -> bool:
        """Whether it is one file."""
        return Path(self.source).suffix.lower() in WORKBOOKS

    def title(self, lang: str) -> str:
        """Its title as far as it can be had without reading the model; '' where it cannot."""
        place = find_model(self.source)
        if place is None or not place.is_dir():
            return ""
        try:
            words = read_text(place / SETTINGS_FILE, LARGEST_SETTINGS_MB)
        except (FileProblem, OSError, ValueError):
            return ""
        title = parse_yaml(words, SETTINGS_FILE, []).get("title")
        found = None if title is None else title.plain
        if isinstance(found, dict):
            found = found.get(lang) or found.get("zh") or found.get("en")
        return clean(found) if isinstance(found, str) else ""


def offers(uploads: Path, leave_out: Path, given: str | None = None) -> list[Offer]:
    """Every model that can be picked; paths are relative to the working folder.

    In the working folder by name, uploads the newest first: who uploads looks for that one.
    `leave_out` is our own folder; `given` is the model that the command line named.
    """
    found = [Offer(SHIPPED, name, name) for name in shipped("models")]
    found += _listed(HERE, Path(), leave_out)
    newest = _listed(UPLOADED, uploads, leave_out)
    found += sorted(newest, key=lambda one: _age(Path(one.source)))
    if given is not None and given not in {one.source for one in found}:
        beside = {str(Path(one.source)): one for one in found if one.origin == HERE}
        if str(Path(given)) not in beside:
            found.append(Offer(GIVEN, Path(given).name or given, given))
    return found


def _listed(origin: str, folder: Path, leave_out: Path) -> list[Offer]:
    """The models that lie in a folder, by name."""
    try:
        entries = sorted(folder.iterdir(), key=lambda one: one.name)
    except OSError:
        return []
    own = leave_out.resolve()
    models = [one for one in entries if _is_model(one) and one.resolve() != own]
    return [Offer(origin, one.name, shown_path(one)) for one in models]


def _age(place: Path) -> int:
    """Orders files by when they were written, the newest first; one that has just gone is last."""
    try:
        return -place.stat().st_mtime_ns
    except OSError:
        return 0


def _is_model(place: Path) -> bool:
    if place.name.startswith((".", "~$")):
        return False
    if place.suffix.lower() in WORKBOOKS and is_file(place):
        return True
    held = is_file(place / SETTINGS_FILE) or is_file(place / WORKBOOK)
    return held and not is_plan_folder(place)


def shown_path(place: Path) -> str:
    """A path as one would type it: with ./, so that it is never taken for a name or an option."""
    try:
        inside = place.absolute().relative_to(Path().absolute())
    except ValueError:
        return str(place)
    return os.path.join(".", inside)  # noqa: PTH118 # a Path drops the dot


def keep(uploads: Path, said: str, content: bytes) -> str | None:
    """Keep an uploaded workbook and return its name; None where it is no workbook's name.

    Under a name that nobody else took meanwhile. Raises FileProblem where it cannot be written;
    no part of it stays then.
    """
    try:
        uploads.mkdir(parents=True, exist_ok=True)
        while (name := safe_name(said, uploads)) is not None:
            with suppress(FileExistsError):
                _put(uploads / name, content)
                return name
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FileProblem("cli.error.unwritable", path=str(uploads), reason=reason) from error
    return None


def _put(place: Path, content: bytes) -> None:
    with place.open("xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            place.unlink()
            raise


def safe_name(said: str, uploads: Path) -> str | None:
    """The name under which an uploaded workbook is kept; None where it is no workbook's name.

    What a browser says is only a hint: letters, digits, - and _ of its last part are kept, and a
    name that is taken gets a number.
    """
    last = said.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = last.rpartition(".")
    ending = (dot + ending).lower()
    if ending not in WORKBOOKS:
        return None
    bare = _NOT_IN_NAMES.sub("-", clean(stem)).strip("-_")[:LONGEST_NAME] or "workbook"
    name, number = bare + ending, 2
    while os.path.lexists(uploads / name):
        name, number = f"{bare}-{number}{ending}", number + 1
    return name
