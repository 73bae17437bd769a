"""Where the files of an export go: refused before any work, and put in place when all are made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from layout.errors import FileProblem
from layout.plan.publish import STAGING, clean, flush, hidden_name, publish

OURS = (".csv", ".geojson", ".parquet")
"""What a folder of ours holds; one with anything else in it is not replaced."""


def check_places(folder: Path, names: Sequence[str], overwrite: bool) -> None:
    """Refuse a folder or file that is in the way. Raises FileProblem."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise FileProblem("cli.error.not_a_folder", path=str(folder))
    for name in names:
        there = folder / name
        if not os.path.lexists(there):
            continue
        is_folder = "." not in name
        if there.is_symlink() or there.is_dir() != is_folder or (is_folder and _foreign(there)):
            raise FileProblem("export.error.in_the_way", path=str(there))
        if not overwrite:
            raise FileProblem("export.error.exists", path=str(there))


def _foreign(folder: Path) -> bool:
    return any(one.suffix not in OURS or not one.is_file() for one in folder.iterdir())


def place(
    folder: Path, files: Mapping[str, bytes], names: Sequence[str], overwrite: bool
) -> list[Path]:
    """Write all files beside their places, then give them their names; the places.

    Raises FileProblem; what stood there is then as it was, except for names already given.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clean(folder)
        staging = folder / hidden_name("export", STAGING)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            for name, content in files.items():
                (staging / name).parent.mkdir(exist_ok=True)
                (staging / name).write_bytes(content)
            flush(staging)
            check_places(folder, names, overwrite)
            for name in names:
                _put(staging / name, folder / name)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FileProblem("cli.error.unwritable", path=str(folder), reason=reason) from error
    return [folder / name for name in names]


def _put(staged: Path, there: Path) -> None:
    if staged.is_dir():
        publish(staged, there)
    else:
        staged.replace(there)
