"""Putting a finished folder in its place, all of it or nothing.

A folder is written as a hidden sibling (the *staging*), flushed to disk, and then takes its
name by one rename; an older plan is exchanged for it in one step where the system can do that,
else set aside by a first rename. The hidden names say whose they are, so that what a killed
run left is recognised, and only that.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from layout.errors import FileProblem
from layout.plan.files import PLAN_JSON

STAGING, ASIDE = "staging", "old"
_NAME = re.compile(
    r"^\.(?P<name>.+)\.layout-(?P<role>staging|old)-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-(?P<born>\d+)$"
)
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NOT_OFFERED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


@dataclass(frozen=True)
class Sibling:
    """A hidden folder or file of ours beside its place: what it is and which process made it."""

    path: Path
    name: str
    role: str
    host: str
    pid: int
    born: int

    @property
    def target(self) -> Path:
        """The folder or file it belongs to."""
        return self.path.with_name(self.name)

    @property
    def abandoned(self) -> bool:
        """Whether the process that made it is gone (another machine's is never judged)."""
        if self.host != _host():
            return False
        return self.born != _born(self.pid)


def _host() -> str:
    return sha256(platform.node().encode()).hexdigest()[:8]


def _born(pid: int) -> int | None:
    """When a running process started (0 where the system does not say), None if it is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[19])


def hidden_name(name: str, role: str) -> str:
    """The name of this process's hidden folder or file of that role beside `name`."""
    pid = os.getpid()
    return f".{name}.layout-{role}-{_host()}-{pid}-{_born(pid) or 0}"


def siblings(parent: Path) -> list[Sibling]:
    """Every hidden folder and file of ours in a folder, whoever made it."""
    found = []
    with suppress(OSError):
        for path in sorted(parent.iterdir()):
            match = _NAME.match(path.name)
            if match and not path.is_symlink() and (path.is_dir() or path.is_file()):
                part = match.groupdict()
                found.append(
                    Sibling(
                        path, part["name"], part["role"], part["host"],
                        int(part["pid"]), int(part["born"]),
                    )
                )  # fmt: skip
    return found


def clean(parent: Path) -> None:
    """Undo what killed runs left in a folder: put set-aside plans back, remove staging."""
    for sibling in siblings(parent):
        if not sibling.abandoned:
            continue
        if sibling.role == ASIDE and not sibling.target.exists():
            with suppress(OSError):
                sibling.path.rename(sibling.target)
        elif sibling.path.is_dir():
            shutil.rmtree(sibling.path, ignore_errors=True)
        else:
            with suppress(OSError):
                sibling.path.unlink()


def recovered(folder: Path) -> Path:
    """Where the plan `folder` stands: there, or set aside by a swap that was cut short."""
    if folder.exists():
        return folder
    aside = [s for s in siblings(folder.parent) if s.role == ASIDE and s.target == folder]
    if not aside:
        return folder
    if aside[0].abandoned:
        with suppress(OSError):
            aside[0].path.rename(folder)
    return folder if folder.exists() else aside[0].path


def is_plan_folder(folder: Path) -> bool:
    """Whether a folder is itself a plan."""
    return (folder / PLAN_JSON).is_file()


def check_free(folder: Path, overwrite: bool, mark: str = PLAN_JSON) -> None:
    """Refuse to put a plan, or what else bears `mark`, where it would destroy something.

    Raises FileProblem where there is a file, a folder without the file `mark`, or — without
    `overwrite` — one with it.
    """
    words = "plan" if mark == PLAN_JSON else "study"
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise FileProblem(f"{words}.error.not_a_folder", folder=str(folder))
    if not any(folder.iterdir()):
        return
    if not (folder / mark).is_file():
        raise FileProblem(f"{words}.error.not_a_{words}", folder=str(folder))
    if not overwrite:
        raise FileProblem(f"{words}.error.exists", folder=str(folder))


@contextmanager
def publishing(folder: Path, overwrite: bool, mark: str = PLAN_JSON) -> Iterator[Path]:
    """Give a staging folder to write into; publish it as `folder` if nothing was raised.

    The file `mark` inside tells a folder that may be replaced from one that may not.

    Raises FileProblem as `check_free` does and where the place cannot be written.
    """
    place = Path(os.path.realpath(folder))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        clean(place.parent)
        check_free(place, overwrite, mark)
        staging = place.with_name(hidden_name(place.name, STAGING))
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
    except OSError as error:
        raise _unwritable(place, error) from error
    try:
        yield staging
        flush(staging)
        check_free(place, overwrite, mark)
        publish(staging, place, overwrite)
    except OSError as error:
        if not overwrite and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            check_free(place, overwrite, mark)  # another run was faster
        raise _unwritable(place, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unwritable(place: Path, error: OSError) -> FileProblem:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return FileProblem("plan.error.unwritable", folder=str(place), reason=reason)


def publish(staging: Path, place: Path, overwrite: bool = True) -> None:
    """Give a complete staging folder its name; an older plan there is replaced whole.

    Without `overwrite` nothing is replaced, whatever has come there since it was looked at: the
    system refuses with an OSError.
    """
    if not overwrite or not place.exists() or not any(place.iterdir()):
        _onto_nothing(staging, place)
    elif not exchange(staging, place):
        _swap(staging, place)
    _flush_folder(place.parent)


def _onto_nothing(staging: Path, place: Path) -> None:
    if os.name == "nt" and place.exists():  # pragma: no cover
        place.rmdir()
    staging.rename(place)


def _swap(staging: Path, place: Path) -> None:
    """Two renames; between them a reader finds the older plan under its set-aside name."""
    aside = place.with_name(hidden_name(place.name, ASIDE))
    place.rename(aside)
    try:
        staging.rename(place)
    except OSError:
        aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system does not offer that."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    paths = (os.fsencode(one), os.fsencode(other))
    if renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_OFFERED:
        return False
    raise OSError(code, os.strerror(code), str(other))


def flush(folder: Path) -> None:
    """Bring every file of a folder, and the folders themselves, to disk."""
    for place, _, files in os.walk(folder):
        for name in files:
            with (Path(place) / name).open("rb+") as file:
                os.fsync(file.fileno())
        _flush_folder(Path(place))


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
