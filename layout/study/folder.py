"""A study as a folder: ``study.json`` with what was asked and found, and a CSV file per table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from layout import formats
from layout.labels.cleaning import clean
from layout.plan.files import PlanFile
from layout.plan.publish import check_free, publishing
from layout.plan.text import csv_text, json_text

STUDY_JSON = "study.json"
STUDIES = "studies"
"""The folder of a command that names none: ``studies/<model>-<command>``."""


@dataclass(frozen=True)
class Study:
    """An answered study: `record` is ``study.json``, `tables` name → rows as `files` declare them.

    `record` holds at least ``study`` (the command), ``model``, ``status`` and ``manifest``.
    """

    record: dict[str, Any]
    files: tuple[PlanFile, ...]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    folder: Path | None = None

    def __getitem__(self, table: str) -> pd.DataFrame:
        """A table by name. Raises KeyError for a name the study has not."""
        return self.tables[table]


def study_folder(name: str, command: str) -> Path:
    """Where a command puts its study that names no folder: ``studies/<name>-<command>``.

    The name may come from a plan that somebody sent: of a path only the last part counts.
    """
    last = PurePath(clean(name).replace("\\", "/")).name
    return Path(STUDIES) / f"{last}-{command}"


def check_study(folder: Path, overwrite: bool) -> None:
    """Refuse, before any work, a place where a study would destroy something."""
    check_free(folder, overwrite, STUDY_JSON)


def write_study(
    study: Study,
    folder: str | Path,
    overwrite: bool = False,
    extras: Mapping[str, str | bytes] | None = None,
) -> Study:
    """Write the folder in one step and return the study as it stands there.

    `extras` are further files, name → content (``map.html``, ``sites/A.html``). Raises FileProblem
    (exit 3) where the folder is in the way or cannot be written; an older study is then as it was.
    """
    place = Path(folder)
    with publishing(place, overwrite, STUDY_JSON) as staging:
        _put(staging / STUDY_JSON, record_text(study.record))
        for file in study.files:
            rows = study.tables.get(file.name)
            if rows is not None and (len(rows) or not file.optional):
                _put(staging / file.file, csv_text(file, rows))
        for name, content in (extras or {}).items():
            _put(staging / name, content)
    return replace(study, folder=place)


def record_text(record: Mapping[str, Any]) -> str:
    """``study.json``: the number of its format, then the record."""
    return json_text({"format": formats.STUDY, **record})


def _put(file: Path, content: str | bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
