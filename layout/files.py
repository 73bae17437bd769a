"""Files that somebody else wrote: read only where they are files, and no larger than expected."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from layout.errors import FileProblem
from layout.labels import LANGUAGES, text

LARGEST_TABLE_MB = 100
"""A table of a model or a study, a workbook, a boundary layer."""
LARGEST_SETTINGS_MB = 4
LARGEST_RECORD_MB = 100
"""A record of a plan or a study as JSON."""
LARGEST_RESULT_MB = 1000
"""A table that a plan folder holds."""
_MB = 1_000_000
_KINDS = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


def read_bytes(path: Path, largest_mb: int = LARGEST_TABLE_MB) -> bytes:
    """The content of a file, links followed.

    Raises FileProblem for a folder, pipe, socket or device (a pipe would be waited for, a device
    never end) and for more than `largest_mb` MB, which are not read; OSError as the system has it.
    """
    _check(path, path.stat(), largest_mb)  # before it is opened: opening a device may act
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        _check(path, os.fstat(file.fileno()), largest_mb)
        return file.read()


def read_text(path: Path, largest_mb: int = LARGEST_TABLE_MB) -> str:
    """The content of a UTF-8 file, as `read_bytes`. Raises UnicodeDecodeError (a ValueError)."""
    return read_bytes(path, largest_mb).decode("utf-8-sig")


def _check(path: Path, found: os.stat_result, largest_mb: int) -> None:
    for is_kind, kind in _KINDS:
        if is_kind(found.st_mode):
            words = {f"kind_{lang}": text(f"file.kind.{kind}", lang) for lang in LANGUAGES}
            raise FileProblem("file.error.not_a_file", path=str(path), **words)
    if found.st_size > largest_mb * _MB:
        size = f"{found.st_size / _MB:,.0f}"
        raise FileProblem("file.error.too_large", path=str(path), size=size, most=largest_mb)
