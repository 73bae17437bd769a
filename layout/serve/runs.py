"""Runs: each a process of its own in a folder of its own; all that is known of it is on disk.

A closed tab, a second window and a stopped server lose nothing: the folder of a run says what was
asked (``asked.json``), how far it is (``progress.json``), how it ended (``ended.json``), what the
command line printed, and holds the plan. Who holds the file ``lock`` is at work; the server with
which it ends holds ``server``, and where that one is gone, the next one takes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layout.errors import FileProblem, LayoutError
from layout.files import LARGEST_RECORD_MB, read_text
from layout.plan.files import PLAN_JSON
from layout.plan.publish import is_plan_folder
from layout.serve import child
from layout.serve.controls import Ask

MOST_AT_ONCE = 4
PATIENCE_S = 120.0
"""How long runs that were stopped may take to write what they found."""
LOOK_S = 0.1
"""Between two looks at whether a run has ended that another server began."""
LAST_STAGE = "verify"
_NAME = re.compile(r"run-[0-9]{3,6}")
ASKED, PROGRESS, ENDED, CANCELLED = "asked.json", "progress.json", "ended.json", "cancelled"
LOCK, SERVER, PID = "lock", "server", "pid"
OUT, ERR, PLAN, SHOWN = "out.txt", "err.txt", "plan", "shown"
LARGEST_TEXT = 100_000


class TooMany(LayoutError):
    """As many runs are at work as this page lets."""


@dataclass(frozen=True)
class Run:
    """A run as its folder has it at this moment."""

    name: str
    folder: Path
    asked: Mapping[str, Any]
    at_work: bool

    @property
    def plan(self) -> Path:
        """The folder of its plan, which appears when it is complete."""
        return self.folder / PLAN

    @property
    def has_plan(self) -> bool:
        """Whether a plan folder was written: of an infeasible model too."""
        return is_plan_folder(self.plan)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return (self.folder / CANCELLED).exists()

    @property
    def code(self) -> int | None:
        """The exit code; None at work, and where nobody was there to see the end."""
        return _record(self.folder / ENDED).get("code")

    @property
    def progress(self) -> dict[str, Any]:
        """The last event of the solver; empty before the first."""
        return _record(self.folder / PROGRESS)

    @property
    def seconds(self) -> float:
        """Since the start, until the end or now."""
        ended = _record(self.folder / ENDED).get("at")
        end = time.time() if self.at_work or ended is None else float(ended)
        return max(0.0, end - float(self.asked.get("at", end)))

    def record(self) -> dict[str, Any]:
        """``plan.json``; empty where there is none."""
        return _record(self.plan / PLAN_JSON)

    def printed(self, name: str) -> str:
        """The end of what the command line printed to ``out.txt`` or ``err.txt``."""
        with suppress(OSError), (self.folder / name).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LARGEST_TEXT))
            return file.read().decode("utf-8", "replace")
        return ""


@dataclass(frozen=True)
class _Taken:
    """The process of a run that another server began, which is gone."""

    folder: Path

    @property
    def pid(self) -> int | None:
        """Its number while it is at work."""
        return _pid(self.folder)

    def wait(self) -> None:
        """Until it has ended; its exit code is known to nobody."""
        while self.pid is not None:
            time.sleep(LOOK_S)


class Runs:
    """The runs below a folder; starts and stops them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._ours: dict[str, child.Process | _Taken] = {}

    def all(self) -> list[Run]:
        """Every run, the last one first."""
        names = [one.name for one in self.folder.iterdir() if _NAME.fullmatch(one.name)]
        names.sort(key=_number, reverse=True)
        return [run for name in names if (run := self.get(name)) is not None]

    def get(self, name: str) -> Run | None:
        """The run of that name; None where there is none, whatever the name says."""
        if not _NAME.fullmatch(name):
            return None
        folder = self.folder / name
        asked = _record(folder / ASKED)
        return Run(name, folder, asked, self._at_work(name)) if asked else None

    def begin(self, ask: Ask, lang: str, about: Mapping[str, Any]) -> Run:
        """Start a run. Raises TooMany, and FileProblem where nothing can be written."""
        with self._guard:
            if sum(run.at_work for run in self.all()) >= MOST_AT_ONCE:
                raise TooMany("serve.error.too_many", most=MOST_AT_ONCE)
            try:
                name, started, held = self._begun(ask, lang, about)
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise FileProblem(
                    "cli.error.unwritable", path=str(self.folder), reason=reason
                ) from error
            self._watch(name, started, held)
        found = self.get(name)
        assert found is not None
        return found

    def take_over(self) -> list[str]:
        """Take runs at work whose server is gone, so that they end with us; their names.

        Left alone: the runs of a server that stands, and one whose process cannot be told from
        another that was given its number since.
        """
        taken = []
        with self._guard:
            for run in self.all():
                process = _Taken(run.folder)
                if run.at_work and run.name not in self._ours and process.pid is not None:
                    with suppress(OSError):
                        self._watch(run.name, process, _hold(run.folder / SERVER))
                        taken.append(run.name)
        return sorted(taken)

    def cancel(self, name: str) -> None:
        """Ask a run to stop with what it has; once, since asking again would cost it that.

        One that verifies its plan already is left to end by itself, which costs it nothing.
        """
        with self._guard:
            run = self.get(name)
            if run is None or not run.at_work or run.cancelled:
                return
            pid = self._ours[name].pid if name in self._ours else _pid(run.folder)
            if pid is None:
                return
            (run.folder / CANCELLED).touch()
            if run.progress.get("stage") != LAST_STAGE:
                child.stop(pid)

    def stop_all(self) -> list[str]:
        """Ask all that is ours, begun or taken over, to end with what it has; its names."""
        with self._guard:
            names = sorted(self._ours)
        for name in names:
            self.cancel(name)
        return names

    def wait(self, patience_s: float = PATIENCE_S) -> None:
        """Until all that is ours has ended; whoever needs longer is ended at once."""
        end = time.monotonic() + patience_s
        while self._ours and time.monotonic() < end:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """End what is ours at once. No half plan stays: a plan appears when it is complete."""
        for process in list(self._ours.values()):
            if process.pid is not None:
                child.kill(process.pid)
        while self._ours:
            time.sleep(0.02)

    def _begun(
        self, ask: Ask, lang: str, about: Mapping[str, Any]
    ) -> tuple[str, child.Process, int]:
        """A new run's name, its process, and the file that says to others that it is ours."""
        name, folder = self._folder()
        held = _hold(folder / SERVER)
        try:
            asked = {"command": ask.command(), "at": time.time(), "lang": lang, **about}
            _write(folder / ASKED, asked)
            return name, _start(ask, lang, folder), held
        except OSError:
            os.close(held)
            raise

    def _folder(self) -> tuple[str, Path]:
        """A new folder; two servers on one folder never take the same."""
        last = max((_number(one.name) for one in self.folder.iterdir()), default=0)
        while True:
            last += 1
            folder = self.folder / f"run-{last:03d}"
            with suppress(FileExistsError):
                folder.mkdir()
                (folder / SHOWN).mkdir()
                return folder.name, folder

    def _at_work(self, name: str) -> bool:
        return name in self._ours or _locked(self.folder / name / LOCK)

    def _watch(self, name: str, process: child.Process | _Taken, held: int) -> None:
        """Count a run as ours until it has ended; `held` is the file that says so to others."""
        self._ours[name] = process
        threading.Thread(target=self._await, args=(name, process, held), daemon=True).start()

    def _await(self, name: str, process: child.Process | _Taken, held: int) -> None:
        """Keep how a run ended; what a killed one left half written goes."""
        code = process.wait()
        folder = self.folder / name
        with suppress(OSError):
            _write(folder / ENDED, {"code": code, "at": time.time()})
            for left in folder.glob(f".{PLAN}.layout-*"):
                shutil.rmtree(left, ignore_errors=True)
        os.close(held)
        self._ours.pop(name, None)


def _start(ask: Ask, lang: str, folder: Path) -> child.Process:
    """The process of a run, which holds the lock of its folder."""
    lock = _hold(folder / LOCK)
    try:
        words = ["--lang", lang, *ask.arguments(), "--output", str(folder / PLAN), "--map"]
        words += ["--progress-file", str(folder / PROGRESS)]
        started = child.begin(words, folder / OUT, folder / ERR, lock)
    finally:
        os.close(lock)
    try:
        (folder / PID).write_text(f"{started.pid} {child.born(started.pid) or ''}", "ascii")
    except OSError:  # nobody could stop it once we have gone
        child.kill(started.pid)
        started.wait()
        raise
    return started


def _hold(file: Path) -> int:
    """A file that is ours until it is closed, or we are gone. Raises OSError where it is taken."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _locked(file: Path) -> bool:
    """Whether a process holds the file."""
    try:
        handle = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _number(name: str) -> int:
    return int(name.removeprefix("run-")) if _NAME.fullmatch(name) else 0


def _pid(folder: Path) -> int | None:
    """The process of a run that another server began.

    None where it has ended, and where its file is gone, spoilt, or of a process that began at
    another time: what has the number now is none of ours.
    """
    with suppress(OSError, ValueError):
        number, _, began = (folder / PID).read_text("ascii").partition(" ")
        pid = int(number)
        return pid if began and child.born(pid) == began else None
    return None


def _write(file: Path, record: Mapping[str, Any]) -> None:
    """A record in one step: a reader sees all of it or nothing."""
    staged = file.with_name(f".{file.name}.next")
    staged.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    staged.replace(file)


def _record(file: Path) -> dict[str, Any]:
    """A record of ours; empty where there is none, or somebody spoilt it."""
    try:
        found = json.loads(read_text(file, LARGEST_RECORD_MB))
    except (OSError, ValueError, FileProblem, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
