"""Where a command writes: refusals before any work is done, and files written in one step."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from layout.errors import FileProblem


def check_folder(folder: Path) -> None:
    """Refuse a folder that is there and not empty, or that could not be made."""
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise FileProblem("cli.error.exists", path=str(folder))
    check_writable(folder)


def check_writable(place: Path) -> None:
    """Refuse a place below something that is no folder or that may not be written."""
    above = place.absolute().parent
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise FileProblem("cli.error.not_a_folder", path=str(above))
    if not os.access(above, os.W_OK | os.X_OK):
        number = errno.EROFS if _read_only(above) else errno.EACCES
        raise FileProblem("cli.error.unwritable", path=str(above), reason=os.strerror(number))


def _read_only(folder: Path) -> bool:
    """Whether it is the file system that may not be written, not the folder."""
    known = hasattr(os, "statvfs")
    return known and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def check_file(file: Path) -> None:
    """Refuse a file whose folder does not exist, or that is itself a folder."""
    if not file.absolute().parent.is_dir():
        raise FileProblem("cli.error.no_folder", path=str(file.absolute().parent))
    if file.is_dir():
        raise FileProblem("cli.error.is_folder", path=str(file))
    check_writable(file)


def write_file(file: Path, content: str) -> None:
    """Write a text file in one step: a reader sees the old one or the new one, whole.

    What a killed run left beside it is removed.
    """
    from layout.plan.publish import STAGING, clean, hidden_name

    check_file(file)
    place = file.absolute()
    clean(place.parent)
    staged = place.with_name(hidden_name(place.name, STAGING))
    try:
        try:
            staged.unlink(missing_ok=True)
            with staged.open("x", encoding="utf-8", newline="") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            staged.replace(place)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FileProblem("cli.error.unwritable", path=str(file), reason=reason) from error
