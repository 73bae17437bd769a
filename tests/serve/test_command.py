"""``layout serve`` before it serves, its labels, and the file of progress that it reads."""

from __future__ import annotations

import json
import re
import socket
from importlib.resources import files
from pathlib import Path

import pytest

from layout.cli import serve
from layout.cli.app import app
from layout.cli.progress import FILE_SECONDS, ProgressFile
from layout.errors import EXIT_INPUT, EXIT_USAGE
from layout.labels import LANGUAGES, table
from layout.serve.runs import Run, Runs
from layout.solving import Event
from tests.cli.towns import Runner

USED = re.compile(r"""\bt\(\s*["']([a-z_.]+)["']""")
EITHER = re.compile(r'\bt\("([a-z_.]+)" if [^)]*? else "([a-z_.]+)"')
MADE = ("origin.", "wrong.", "mode.", "basis.", "slider.", "unit.", "state.", "none.", "refused.",
        "error.")  # fmt: skip


def test_the_labels_are_those_that_the_pages_use() -> None:
    """None is missing and none is left over."""
    pages = [
        one.read_text("utf-8") for one in files("layout.serve").joinpath("templates").iterdir()
    ]
    used = {key for page in pages for key in USED.findall(page)}
    used |= {key for page in pages for pair in EITHER.findall(page) for key in pair}
    code = "".join(
        one.read_text("utf-8") for one in Path(serve.__file__).parents[1].glob("serve/*.py")
    )
    code += Path(serve.__file__).read_text("utf-8")
    used |= set(re.findall(r'"serve\.([a-z_.]+)"', code))
    known = {key.removeprefix("serve.") for key in table() if key.startswith("serve.")}
    assert {key for key in used if not key.endswith(".")} <= known
    left = {key for key in known - used if not key.startswith(MADE)}
    assert left == set()


def test_without_the_extra_it_says_how_to_install_it(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serve, "find_spec", lambda name: None if name == "uvicorn" else object())
    for lang in LANGUAGES:
        answer = run("serve", lang=lang)
        assert (answer.code, answer.out) == (EXIT_USAGE, "")
        assert "pip install 'compute-layout[serve]'" in answer.err and "uvicorn" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_said_before_anything_is_served(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for line, word in (
            (("no-such-model",), "no-such-model"),
            (("-o", "mine"), "mine"),
            (("-o", "mine/notes.txt/x"), "notes.txt"),
            (("--no-browser", "--port", port), str(port)),
        ):
            answer = run("serve", *line)
            assert answer.code == EXIT_INPUT, answer.err
            assert word in answer.err and "Traceback" not in answer.err
            assert "http://" not in answer.out
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_no_option_lets_others_in() -> None:
    """The address is loopback, always: there is no option for another host."""
    names = {word for one in app("en").commands["serve"].params for word in one.opts}
    assert names == {"model", "-o", "--output", "--port", "--no-browser", "--lang", "--debug"}


def test_the_file_of_progress_holds_the_last_event(tmp_path: Path) -> None:
    file, now, told = tmp_path / "progress.json", [0.0], []
    progress = ProgressFile(file, told.append, lambda: now[0])
    progress(Event("solve", 1.0, float("inf"), -1e30, float("nan"), None))
    assert json.loads(file.read_text()) == {
        "stage": "solve", "elapsed_s": 1.0, "incumbent": None, "bound": None, "gap": None,
        "gap_location": None,
    }  # fmt: skip
    progress(Event("solve", 1.1, 5.0))  # a moment later: not written again
    assert json.loads(file.read_text())["incumbent"] is None
    now[0] = FILE_SECONDS
    progress(Event("solve", 1.2, 5.0, 4.0, 0.2, 0.3))
    assert json.loads(file.read_text())["gap_location"] == 0.3
    progress(Event("verify", 1.3))  # another stage: at once
    assert json.loads(file.read_text())["stage"] == "verify"
    assert [one.elapsed_s for one in told] == [1.0, 1.1, 1.2, 1.3]
    assert [one.name for one in tmp_path.iterdir()] == ["progress.json"]
    ProgressFile(tmp_path / "gone" / "progress.json")(Event("solve", 1.0))  # costs the run nothing


def test_what_is_spoilt_on_disk_is_no_run_or_a_run_without_a_plan(tmp_path: Path) -> None:
    for number, words in enumerate(("", "[]", "{", "[" * 100_000, '{"at": 0}'), start=1):
        folder = tmp_path / f"run-00{number}"
        folder.mkdir()
        (folder / "asked.json").write_text(words)
    (tmp_path / "run-005" / "plan").mkdir()
    (tmp_path / "run-005" / "plan" / "plan.json").write_text("[1]")
    (tmp_path / "run-005" / "progress.json").write_text("null")
    (tmp_path / "somebody's").mkdir()
    found = Runs(tmp_path).all()
    assert [one.name for one in found] == ["run-005"]
    only: Run = found[0]
    assert (only.at_work, only.record(), only.progress, only.code) == (False, {}, {}, None)
