"""Study folders as they stand on disk, whatever study they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from layout.errors import FileProblem, InputError, Problem
from layout.report.document.matter import Matter
from layout.report.quantities import NOTHING, number, share
from layout.study.folder import STUDY_JSON, Study

_TARGETS_JSON = "targets.json"
"""What the study of targets keeps beside or instead of ``study.json``."""
_DUST = 1e-6
"""What a solver leaves of nothing."""


def amount(found: Any, unit: str, matter: Matter) -> str:
    """A cell of a study's table with its unit; a dash where it is no number."""
    try:
        value = float(found)
    except (TypeError, ValueError):
        return NOTHING
    return matter.q(0.0 if abs(value) < _DUST else value, unit)


def portion(found: Any) -> str:
    """A cell that is a share."""
    try:
        return share(float(found))
    except (TypeError, ValueError):
        return NOTHING


def figure(found: Any) -> str:
    """A cell that is a number without a unit."""
    try:
        return number(float(found))
    except (TypeError, ValueError):
        return NOTHING


@dataclass(frozen=True)
class StudyFolder:
    """A study that was read: `record` is its JSON file, `tables` name → cells as text."""

    name: str
    record: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Which command made it."""
        return str(self.record.get("study") or "")

    def numbers(self, table: str, column: str) -> pd.Series:
        """A column as numbers; what is no number is NaN, an absent column is empty."""
        frame = self.tables.get(table, pd.DataFrame())
        if column not in frame:
            return pd.Series(dtype=float)
        return pd.to_numeric(frame[column], errors="coerce").astype(float)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table; an absent one has none."""
        frame = self.tables.get(table, pd.DataFrame())
        return frame.to_dict("records")  # type: ignore[return-value]


def is_study(folder: Path) -> bool:
    """Whether a folder holds a study."""
    return any((folder / name).is_file() for name in (STUDY_JSON, _TARGETS_JSON))


def read_study(study: Study | str | Path) -> StudyFolder:
    """A study folder, or a study in memory, with its tables as text.

    Raises FileProblem and InputError as `layout.study.reading.read_study`.
    """
    from layout.study.reading import read_record
    from layout.study.reading import read_study as read

    if isinstance(study, Study):
        tables = {name: frame.astype(str) for name, frame in study.tables.items()}
        return StudyFolder(str(study.record.get("study") or ""), dict(study.record), tables)
    place = Path(study)
    own = not (place / STUDY_JSON).is_file() and (place / _TARGETS_JSON).is_file()
    try:
        problems: list[Problem] = []
        record = read_record(place / _TARGETS_JSON, problems) if own else {}
        tables = {
            path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
            for path in sorted(place.glob("*.csv"))
            if path.stat().st_size
        }
    except (OSError, ValueError, RecursionError) as error:
        raise FileProblem("report.error.study_file", path=str(place), reason=str(error)) from error
    if problems:
        raise InputError(problems)
    return StudyFolder(place.name, record or read(place).record, tables)


def studies_of(plan_folder: Path | None, asked: Sequence[Study | str | Path]) -> list[StudyFolder]:
    """The studies that were asked for, after those that stand in the folder of the plan."""
    inside = []
    if plan_folder is not None and plan_folder.is_dir():
        inside = [one for one in sorted(plan_folder.iterdir()) if one.is_dir() and is_study(one)]
    named = {Path(one).resolve() for one in asked if not isinstance(one, Study)}
    return [read_study(one) for one in [*(i for i in inside if i.resolve() not in named), *asked]]
