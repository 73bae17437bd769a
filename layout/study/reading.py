"""Reading a study folder back: its record, and the tables of which the types are declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout import __version__, formats
from layout.errors import FileProblem, InputError, Problem
from layout.files import LARGEST_RECORD_MB, read_text
from layout.labels.cleaning import printable
from layout.plan.folder import read_table
from layout.plan.text import json_record
from layout.study.folder import STUDY_JSON, Study

if TYPE_CHECKING:
    from layout.plan.files import PlanFile

RUNNING = "running"


def read_study(folder: str | Path) -> Study:
    """The study of a folder; of a study whose tables are not declared here, the record alone.

    Raises FileProblem where there is none or it has not ended, and InputError where it is damaged.
    """
    place = Path(folder)
    if not (place / STUDY_JSON).is_file():
        raise FileProblem("study.reading.none", path=str(folder))
    problems: list[Problem] = []
    record = read_record(place / STUDY_JSON, problems)
    if record.get("status") == RUNNING:
        raise FileProblem("study.reading.unfinished", path=str(folder))
    files = _declared(str(record.get("study") or ""))
    tables = {
        file.name: read_table(place / file.file, file, problems)
        for file in files
        if not file.optional or (place / file.file).is_file()
    }
    if problems:
        raise InputError(problems)
    return Study(record, files, tables, place)


def read_record(file: Path, problems: list[Problem]) -> dict[str, Any]:
    """The record of a study; {} with a problem more where it is damaged or of a newer format."""
    try:
        record = json_record(read_text(file, LARGEST_RECORD_MB))
    except (FileProblem, OSError, ValueError, RecursionError) as error:
        problems.append(Problem("plan_json", "error", str(file), values={"reason": str(error)}))
        return {}
    if formats.newer(record.get("format"), formats.STUDY):
        values = {"found": printable(str(record["format"]))[:40]}
        values |= {"newest": str(formats.STUDY), "version": __version__}
        problems.append(Problem("study_newer", "error", str(file), column="format", values=values))
        return {}
    return record


def _declared(kind: str) -> tuple[PlanFile, ...]:
    """The tables that a map or a report takes from a study of that kind."""
    if kind == "alternatives":
        from layout.study.alternatives.alternative_tables import FILES

        return FILES
    if kind == "uncertainty":
        from layout.study.uncertainty.uncertainty_tables import BUILDING, ODDS, SPREADS

        return (BUILDING, ODDS, SPREADS)
    if kind == "targets":
        from layout.study.targets.target_files import FILES as TARGETS

        return TARGETS
    if kind == "settle":
        from layout.study.explaining.settling import SETTLEMENT

        return SETTLEMENT
    if kind == "explain":
        from layout.study.explaining.explaining import EXPLAINED

        return EXPLAINED
    if kind == "sweep":
        from layout.study.runs.sweep import EFFECTS, SITES

        return (EFFECTS, SITES)
    if kind == "suitability":
        from layout.study.suitability.suitability_files import FILES as SUITABILITY

        return SUITABILITY
    if kind == "index":
        from layout.study.index.index_files import FILES as INDEX

        return INDEX
    return ()
