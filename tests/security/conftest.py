"""The runs that the tests of this folder look at: of every command, and again of some."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deep import deep
from tests.security import errands

SECRET = "rosebud-4711"
"""Stands in the environment, and in the names of the folders that the commands work in."""


@dataclass(frozen=True)
class Runs:
    """Where the commands ran: all of them, and again some (in a deep run all) quite differently."""

    first: Path
    second: Path


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Runs:
    """Made by the first process that asks; the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    room = (base if worker_id == "master" else base.parent) / f"errands-{SECRET}"
    room.mkdir(exist_ok=True)
    found = Runs(room / "first", room / "elsewhere" / "second")
    with (room / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (room / "done").exists():
            _run(room, found)
            (room / "done").touch()
    return found


def _run(room: Path, runs: Runs) -> None:
    """Two ways of running that must not matter: seed of hashes, time zone, locale, threads, place,
    order of the files in the model's folder; in a deep run asserts too, which are switched off.

    Every library is compiled anew for that, which an ordinary run has no time for.
    """
    model = errands.model(room / "towns")
    again = room / "elsewhere" / "towns"
    again.mkdir(parents=True)
    for file in sorted(model.iterdir(), reverse=True):
        (again / file.name).write_bytes(file.read_bytes())
    secret = {"SOME_TOKEN": SECRET, "USER": SECRET, "HOME": str(room / "home")}
    (room / "home").mkdir()
    how = ("all", "all") if deep() else ("most", "few")
    here = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", **secret}
    there = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Shanghai", "LC_ALL": "POSIX", **secret}
    there |= {"PYTHONUTF8": "1"} | ({"PYTHONOPTIMIZE": "1"} if deep() else {})
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(errands.run, runs.first, "../towns", 1, how[0], True, **here),
            pool.submit(errands.run, runs.second, str(again), 2, how[1], False, **there),
        ]
    for one in both:
        one.result()
