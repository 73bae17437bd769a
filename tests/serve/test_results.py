"""Runs as they stand on disk: who is at work, how it ended, and what the page says of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import layout
from layout.cli.screen.conflict import conflict_lines
from layout.errors import FileProblem
from layout.serve import runs as module
from layout.serve.controls import Ask
from layout.serve.runs import MOST_AT_ONCE, Runs, TooMany
from layout.serve.server import _take_over
from tests.cli.towns import towns
from tests.serve.asking import Site

SLEEP = "import time; time.sleep(60)"


def kept(site: Site, name: str, **files: str) -> Path:
    """The folder of a run that has ended."""
    folder = site.folder / "runs" / name
    (folder / "shown").mkdir(parents=True)
    asked = {"command": "layout solve m", "at": 0, "model": "m", "of": "here:m", "changes": []}
    (folder / "asked.json").write_text(json.dumps(asked | {"lang": "en", "begun": "today"}))
    for file, words in files.items():
        (folder / f"{file}.txt").write_text(words)
    return folder


def test_an_infeasible_model_is_explained_as_the_command_line_explains_it(site: Site) -> None:
    folder = kept(site, "run-001")
    model = layout.read(towns(Path("m")), sets=["sites.max_it_mw=1"])
    plan = layout.solve(model, output=folder / "plan")
    assert plan.status == "infeasible"
    for lang, words in (("en", "INFEASIBLE"), ("zh", "不可行")):
        page = site(f"/runs/run-001?lang={lang}").text
        assert words in page and 'data-state="infeasible"' in page
        told = conflict_lines(plan, lang)
        assert len(told) > 2 and "\n".join(told) in unescape(page)
        assert "plan.zip" not in page and "<iframe" not in page
    for path in ("map", "files/plan.zip", "compare?with=run-001"):
        assert site(f"/runs/run-001/{path}").status == 404


def test_a_run_that_failed_says_what_it_said(site: Site) -> None:
    folder = kept(site, "run-001", err="\x1b[31mno <b>room</b>\nleft on the disk\n")
    (folder / "ended.json").write_text('{"code": 1, "at": 3}')
    page = site("/runs/run-001").text
    assert 'data-state="failed"' in page and "no &lt;b&gt;room&lt;/b&gt;\nleft" in page
    assert "\x1b" not in page
    (folder / "cancelled").touch()
    assert 'data-state="cancelled"' in site("/runs/run-001").text
    assert "run-001" in site("/").text


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Runs that only sleep, for what is to be seen of a run without one."""
    started = []

    def begin(words: Any, out: Path, err: Path, lock: int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", SLEEP], pass_fds=(lock,))
        started.append(process)
        return process

    monkeypatch.setattr(module.child, "begin", begin)
    return started


def over(runs: Runs, name: str) -> None:
    end = time.monotonic() + 60
    while (run := runs.get(name)) is None or run.at_work:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_is_found_by_the_next_server_and_can_be_ended_there(
    tmp_path: Path, sleeping: list[subprocess.Popen[bytes]]
) -> None:
    """Who holds the lock is at work; a process number alone would prove nothing."""
    first = Runs(tmp_path)
    assert first.begin(Ask("m"), "en", {"model": "m"}).name == "run-001"
    second = Runs(tmp_path)
    found = second.get("run-001")
    assert found is not None and found.at_work and not found.cancelled
    assert second.begin(Ask("m"), "en", {"model": "m"}).name == "run-002"
    second.cancel("run-001")
    over(second, "run-001")
    over(first, "run-001")
    assert first.get("run-002").at_work  # type: ignore[union-attr]
    second.cancel("run-001")  # there is nothing left to end
    second.stop_all()
    second.wait()
    assert all(process.poll() is not None for process in sleeping)
    ended = second.get("run-002")
    assert ended is not None and ended.cancelled and ended.code == -15


def test_a_run_that_nobody_could_stop_later_is_not_begun(
    tmp_path: Path, sleeping: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is what the next server ends it by; a spoilt one ends nothing."""
    runs = Runs(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(module, "PID", "nowhere/pid")
        with pytest.raises(FileProblem):
            runs.begin(Ask("m"), "en", {})
    assert sleeping[0].poll() == -9
    begun = runs.begin(Ask("m"), "en", {})
    (begun.folder / "pid").write_text("spoilt")
    Runs(tmp_path).cancel(begun.name)
    assert begun.at_work and not begun.cancelled
    runs.cancel(begun.name)  # who began it knows it
    over(runs, begun.name)
    assert begun.cancelled and sleeping[1].poll() == -15


KILLED = f"""
import os, signal, subprocess, sys
from pathlib import Path
from layout.serve import runs
from layout.serve.controls import Ask
runs.child.begin = lambda words, out, err, lock: subprocess.Popen(
    [sys.executable, "-c", {SLEEP!r}], pass_fds=(lock,), start_new_session=True
)
runs.Runs(Path(sys.argv[1])).begin(Ask("m"), "en", {{}})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_run_of_a_killed_server_ends_with_the_next_one(
    tmp_path: Path, sleeping: list[subprocess.Popen[bytes]]
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -9
    following, beside = Runs(tmp_path), Runs(tmp_path)
    run = following.get("run-001")
    assert run is not None and run.at_work
    (run.folder / ".plan.layout-half").mkdir()
    said: list[str] = []
    _take_over(following, "en", said.append)
    assert len(said) == 1 and "run-001" in said[0]
    assert beside.begin(Ask("m"), "en", {"model": "m"}).name == "run-002"
    assert beside.take_over() == following.take_over() == []  # each has its own
    assert following.stop_all() == ["run-001"]
    following.wait()
    over(following, "run-001")
    assert run.cancelled and run.code is None and (run.folder / "ended.json").is_file()
    assert not (run.folder / ".plan.layout-half").exists()
    assert sleeping[0].poll() is None  # the run of the server that stands
    beside.kill()


def test_a_number_that_another_process_was_given_since_ends_nothing(
    tmp_path: Path, sleeping: list[subprocess.Popen[bytes]]
) -> None:
    """At work by its lock, but what has its number now began at another time."""
    run = Runs(tmp_path).begin(Ask("m"), "en", {"model": "m"})
    (run.folder / "server").unlink()  # its server is gone
    number, _, began = (run.folder / "pid").read_text().partition(" ")
    (run.folder / "pid").write_text(f"{number} {began}0")
    following = Runs(tmp_path)
    assert following.take_over() == []
    following.cancel(run.name)
    following.kill()
    assert sleeping[0].poll() is None and not run.cancelled
    (run.folder / "pid").write_text(f"{number} {began}")
    assert following.take_over() == ["run-001"]
    following.kill()
    assert sleeping[0].wait(60) == -9


def test_no_more_runs_than_the_machine_should_bear(
    tmp_path: Path, sleeping: list[subprocess.Popen[bytes]]
) -> None:
    runs = Runs(tmp_path)
    for _ in range(MOST_AT_ONCE):
        runs.begin(Ask("m"), "en", {})
    with pytest.raises(TooMany):
        runs.begin(Ask("m"), "en", {})
    runs.kill()
    assert [run.at_work for run in runs.all()] == [False] * MOST_AT_ONCE
    assert [run.code for run in runs.all()] == [-9] * MOST_AT_ONCE
    assert len(sleeping) == MOST_AT_ONCE


def test_a_run_that_verifies_its_plan_is_not_robbed_of_it(
    tmp_path: Path, sleeping: list[subprocess.Popen[bytes]]
) -> None:
    runs = Runs(tmp_path)
    run = runs.begin(Ask("m"), "en", {})
    (run.folder / "progress.json").write_text('{"stage": "verify", "elapsed_s": 2}')
    runs.cancel(run.name)
    time.sleep(0.2)
    assert sleeping[0].poll() is None and run.cancelled
    runs.wait(patience_s=0.1)  # the end of the server waits, but not for ever
    assert sleeping[0].poll() == -9
