"""Where the answers of many runs stand: two Parquet data sets and a manifest, safe against kills.

``results/manifest.json`` says what was asked. Every finished case is a small file of
``results/cases/`` and one of ``results/decisions/``; when all are there each data set becomes one
file, ``cases.parquet`` and ``decisions.parquet``. A file is written beside its place and renamed,
the decisions before the case, so that a case that stands there is whole.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.errors import FileProblem
from layout.plan.text import csv_text, json_record, json_text
from layout.study.folder import STUDY_JSON, Study, check_study, record_text

if TYPE_CHECKING:
    import pandas as pd

RESULTS = "results"
MANIFEST = "manifest.json"
CASES, DECISIONS = "cases", "decisions"
RUNNING = "running"
LOCK = ".lock"
DECISION_COLUMNS = ("case", "site", "kind", "year", "compute_eflops", "added_eflops", "it_mw")


@dataclass(frozen=True)
class Part:
    """One finished case as it is stored: its number and its rows as Parquet files in memory."""

    number: int
    case: bytes
    decisions: bytes


class Store:
    """The results of one study in its folder. Use `opened` to get one."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.place = folder / RESULTS
        self.manifest = dict(manifest)

    def done(self) -> set[int]:
        """Numbers of the cases that are stored."""
        if (self.place / f"{CASES}.parquet").is_file():
            return set(self.table()["case"].astype(int))
        return {int(file.stem) for file in (self.place / CASES).glob("[0-9]*.parquet")}

    def put(self, part: Part) -> None:
        """Store a finished case."""
        name = f"{part.number:06d}.parquet"
        with writing(self.folder):
            replace_file(self.place / DECISIONS / name, part.decisions)
            replace_file(self.place / CASES / name, part.case)

    def table(self) -> pd.DataFrame:
        """One row per stored case, by its number."""
        rows = self._read(CASES, ["case"])
        for name in self.manifest.get("parameters", ()):
            if name in rows:
                rows[name] = as_numbers(rows[name])
        return rows

    def decisions(self) -> pd.DataFrame:
        """Rows of `DECISION_COLUMNS`: what stands in each case."""
        return self._read(DECISIONS, ["case", "site", "kind", "year"])

    def compact(self) -> None:
        """Put each data set into one file; the decisions first, as in `put`."""
        if (self.place / f"{CASES}.parquet").is_file():
            self._clear()
            return
        for name, rows in ((DECISIONS, self.decisions()), (CASES, self.table())):
            replace_file(self.place / f"{name}.parquet", parquet(rows))
        self._clear()

    def _clear(self) -> None:
        for name in (CASES, DECISIONS):
            shutil.rmtree(self.place / name, ignore_errors=True)

    def _read(self, name: str, order: list[str]) -> pd.DataFrame:
        import pandas as pd

        whole = self.place / f"{name}.parquet"
        if (self.place / f"{CASES}.parquet").is_file():
            return pd.read_parquet(whole)
        files = sorted((self.place / name).glob("[0-9]*.parquet"))
        kept = self.done() if name == DECISIONS else None
        parts = [pd.read_parquet(file) for file in files if kept is None or int(file.stem) in kept]
        return stacked(parts, order)


def stacked(parts: list[pd.DataFrame], order: list[str]) -> pd.DataFrame:
    """Rows below each other, all columns of any part, by the columns of `order`."""
    import pandas as pd

    if not parts:
        columns = ["case"] if order == ["case"] else list(DECISION_COLUMNS)
        return pd.DataFrame({name: [] for name in columns})
    filled = [part for part in parts if len(part)] or parts[:1]
    columns = list(dict.fromkeys(column for part in filled for column in part.columns))
    values = {
        column: [value for part in filled for value in _values(part, column)] for column in columns
    }
    whole = pd.DataFrame(values)
    empty = [name for name in whole if whole[name].dtype == object and whole[name].isna().all()]
    whole = whole.astype(dict.fromkeys(empty, float))
    return whole.sort_values(order, kind="stable", ignore_index=True)


def as_numbers(texts: pd.Series) -> pd.Series:
    """The texts of a parameter as numbers where all of them are; '' is none."""
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(texts.replace("", None), errors="coerce")
    bad = numbers.isna() & texts.notna() & (texts != "")
    return texts if bad.any() or not np.isfinite(numbers.dropna()).all() else numbers.astype(float)


def _values(part: pd.DataFrame, column: str) -> list[Any]:
    if column not in part:
        return [None] * len(part)
    return part[column].astype(object).where(part[column].notna(), None).tolist()


def parquet(rows: pd.DataFrame) -> bytes:
    """A table as a Parquet file in memory, the same bytes for the same rows."""
    out = io.BytesIO()
    rows.to_parquet(out, index=False, engine="pyarrow", compression="zstd")
    return out.getvalue()


@contextmanager
def opened(
    folder: Path, manifest: Mapping[str, Any], overwrite: bool = False, study: str = "sweep"
) -> Iterator[Store]:
    """The store of a study, its own as long as it is open.

    Results of the same manifest are kept, whatever `overwrite` says. Raises FileProblem (exit 3)
    where the folder holds another study and `overwrite` is not given, holds files that are none,
    or is being written by another process.
    """
    store = Store(folder, manifest)
    check_store(folder, manifest, overwrite)
    with ExitStack() as stack:
        with writing(folder):
            store.place.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_locked(folder))
            if _is_same(_manifest_of(folder), manifest):
                _tidy(store)
            else:
                _begin(store, study)
        yield store


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say in words that a place cannot be written."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FileProblem("plan.error.unwritable", folder=str(folder), reason=reason) from error


def _is_same(known: Mapping[str, Any] | None, manifest: Mapping[str, Any]) -> bool:
    return known is not None and known == json_record(json_text(manifest))


def check_store(folder: Path, manifest: Mapping[str, Any], overwrite: bool = False) -> None:
    """Refuse, before any work, what `opened` would refuse."""
    _check_links(folder)
    known = _manifest_of(folder)
    if _is_same(known, manifest):
        return
    if known is None:
        if not _hardly_begun(folder):
            check_study(folder, overwrite)
    elif not overwrite:
        raise FileProblem("study.error.other_question", folder=str(folder))


def _hardly_begun(folder: Path) -> bool:
    """Whether a run was killed here before it had written its manifest (see `_begin`).

    Then there is its lock and nothing else, or a study that is running and says of what.
    """
    ours = {RESULTS, f".{STUDY_JSON}.part"}
    with suppress(OSError, ValueError):
        names = {path.name for path in folder.iterdir()}
        within = {path.name for path in (folder / RESULTS).iterdir()}
        if names <= ours:
            return within <= {LOCK}
        begun = json_record((folder / STUDY_JSON).read_text("utf-8"))
        return begun.get("status") == RUNNING and MANIFEST not in within
    return False


def _check_links(folder: Path) -> None:
    """Refuse a folder whose results lie elsewhere: what a study tidies there is not its own."""
    place = folder / RESULTS
    inside = (place, place / LOCK, place / CASES, place / DECISIONS)
    link = next((one for one in inside if one.is_symlink()), None)
    if link is not None:
        raise FileProblem("study.error.link", path=str(link))


def _manifest_of(folder: Path) -> dict[str, Any] | None:
    try:
        return json_record((folder / RESULTS / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _begin(store: Store, study: str) -> None:
    """Remove what another study left, and say what is asked now; the manifest goes first."""
    begun = {"study": study, "model": store.manifest["model"], "status": RUNNING}
    replace_file(store.folder / STUDY_JSON, record_text(begun).encode("utf-8"))
    with suppress(FileNotFoundError):
        (store.place / MANIFEST).unlink()
    for path in [*store.folder.iterdir(), *store.place.iterdir()]:
        if path == store.place or path.name in (LOCK, STUDY_JSON):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    _tidy(store)
    replace_file(store.place / MANIFEST, json_text(store.manifest).encode("utf-8"))


def _tidy(store: Store) -> None:
    """Folders for parts, without what a killed run left half written."""
    for name in (CASES, DECISIONS):
        (store.place / name).mkdir(exist_ok=True)
        for file in (store.place / name).glob(".*.part"):
            file.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes out; the lock goes with this process, however it ends."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover
        yield
        return
    kept = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(folder / RESULTS / LOCK, kept, 0o666), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileProblem("study.error.running", folder=str(folder)) from None
        yield


def replace_file(place: Path, content: bytes) -> None:
    """Write a file whole or not at all; nothing is written through a link."""
    beside = place.with_name(f".{place.name}.part")
    beside.unlink(missing_ok=True)
    with beside.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(place)


def publish_into(
    study: Study, folder: Path, extras: Mapping[str, str | bytes] | None = None
) -> Study:
    """Put the files of a study beside its results, each in one step, ``study.json`` last.

    What `layout.study.folder.write_study` does for studies without results of their own.
    """
    with writing(folder):
        for file in study.files:
            rows = study.tables.get(file.name)
            if rows is not None and (len(rows) or not file.optional):
                replace_file(folder / file.file, csv_text(file, rows).encode("utf-8"))
            else:
                (folder / file.file).unlink(missing_ok=True)  # of the same question asked before
        for name, content in (extras or {}).items():
            words = content.encode("utf-8") if isinstance(content, str) else content
            replace_file(folder / name, words)
        replace_file(folder / STUDY_JSON, record_text(study.record).encode("utf-8"))
    return replace(study, folder=folder)
