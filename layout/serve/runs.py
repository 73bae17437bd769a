"""Runs: each a process of its own in a folder of its own; all that is known of it is on disk.

A closed tab, a second window and a stopped server lose nothing: the folder of a run says what was
asked (``asked.json``), how far it is (``progress.json``), how it ended (``ended.json``), what the
command line printed, and holds the plan. Who holds the file ``lock`` is at work.
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
LAST_STAGE = "verify"
_NAME = re.compile(r"run-[0-9]{3,6}")
ASKED, PROGRESS, ENDED, CANCELLED = "asked.json", "progress.json", "ended.json", "cancelled"
LOCK, PID, OUT, ERR, PLAN, SHOWN = "lock", "pid", "out.txt", "err.txt", "plan", "shown"
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


class Runs:
    """The runs below a folder; starts and stops them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._ours: dict[str, child.Process] = {}

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
                name, folder = self._folder()
                asked = {"command": ask.command(), "at": time.time(), "lang": lang, **about}
                _write(folder / ASKED, asked)
                started = _start(ask, lang, folder)
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise FileProblem(
                    "cli.error.unwritable", path=str(self.folder), reason=reason
                ) from error
            self._ours[name] = started
        threading.Thread(target=self._await, args=(name, folder, started), daemon=True).start()
        found = self.get(name)
        assert found is not None
        return found

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
        """Stop what we started and wait until it has written what it found; its names."""
        with self._guard:
            names = sorted(self._ours)
        for name in names:
            self.cancel(name)
        return names

    def wait(self, patience_s: float = PATIENCE_S) -> None:
        """Until all that we started has ended; whoever needs longer is ended at once."""
        end = time.monotonic() + patience_s
        while self._ours and time.monotonic() < end:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """End what we started at once. No half plan stays: a plan appears when it is complete."""
        for started in list(self._ours.values()):
            child.kill(started.pid)
        while self._ours:
            time.sleep(0.02)

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

    def _await(self, name: str, folder: Path, started: child.Process) -> None:
        """Keep how a run ended; what a killed one left half written goes."""
        code = started.wait()
        with suppress(OSError):
            _write(folder / ENDED, {"code": code, "at": time.time()})
            for left in folder.glob(f".{PLAN}.layout-*"):
                shutil.rmtree(left, ignore_errors=True)
        self._ours.pop(name, None)


def _start(ask: Ask, lang: str, folder: Path) -> child.Process:
    """The process of a run, which holds the lock of its folder."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        words = ["--lang", lang, *ask.arguments(), "--output", str(folder / PLAN), "--map"]
        words += ["--progress-file", str(folder / PROGRESS)]
        started = child.begin(words, folder / OUT, folder / ERR, lock)
    finally:
        os.close(lock)
    try:
        (folder / PID).write_text(str(started.pid), "ascii")
    except OSError:  # nobody could stop it once we have gone
        child.kill(started.pid)
        started.wait()
        raise
    return started


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
    """The process of a run that another server began; None where its file is gone or spoilt."""
    with suppress(OSError, ValueError):
        return int((folder / PID).read_text("ascii"))
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
