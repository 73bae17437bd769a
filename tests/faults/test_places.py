"""Full disks, folders that may not be written, too few files, too little memory: said in words.

The mounts are real and seen by the one process that runs the command.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from layout.checking import verify
from layout.errors import EXIT_INPUT, EXIT_LIMIT
from layout.labels import LANGUAGES, text
from tests.deep import some
from tests.faults.conftest import brought_about
from tests.faults.nursery import ROOT, Nursery, tree

FULL, READ_ONLY, NO_RIGHT = (
    os.strerror(number) for number in (errno.ENOSPC, errno.EROFS, errno.EACCES)
)

# what is written into the folder "disk", and how much room it has (kB): less than it needs
TIGHT: dict[str, tuple[tuple[str, ...], int]] = {
    "solve": (("solve", "plan/model", "-o", "disk/new", "--quiet"), 36),
    "map": (("map", "plan", "-o", "disk/map.html"), 64),
    "sweep": (
        ("sweep", "plan/model", "--vary", "economy.discount_rate=0.05,0.07", "-o", "disk/study"),
        16,
    ),
    "export": (("export", "plan", "--to", "xlsx", "-o", "disk"), 8),
    "explain": (("explain", "plan", "-o", "disk/why"), 4),
    "new": (("new", "disk/mine", "--from", "plan/model"), 16),
}


@pytest.mark.parametrize("command", some(TIGHT, 3))
def test_a_full_disk_is_said_and_leaves_nothing_half(
    nursery: Nursery, plan: Path, command: str
) -> None:
    line, room = TIGHT[command]
    work = plan.parent
    (work / "disk").mkdir()
    disk = str(work / "disk")
    found = nursery("--lang", "en", *line, cwd=work, small=disk, small_kb=room, look=disk)
    brought_about(found)
    assert found.code == EXIT_INPUT, found.err
    assert FULL in found.err
    assert "Traceback" not in found.err
    left = dict(found.left or {})
    if command == "sweep":  # the cases that found room stay, for the run that goes on
        assert all(name.startswith("study") for name in left)
    else:
        assert left == {}


def test_an_older_plan_stands_where_the_new_one_finds_no_room(
    nursery: Nursery, model: Path, tmp_path: Path
) -> None:
    # One plan fits, a second beside it does not: the staging gives its room back.
    disk = tmp_path / "disk"
    disk.mkdir()
    script = ("solve", model, "-o", disk / "plan", "--quiet", "--overwrite")
    found = nursery(
        *script, cwd=tmp_path, small=str(disk), small_kb=128, look=str(disk), again=True
    )
    brought_about(found)
    assert found.codes == (0, EXIT_INPUT), found.err
    assert FULL in found.err
    assert found.left is not None
    assert found.left == found.first
    assert not [name for name in found.left if name.startswith(".")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_screen_on_a_full_disk_is_said(nursery: Nursery, tmp_path: Path, lang: str) -> None:
    found = nursery("--lang", lang, "data", "list", cwd=tmp_path, out="/dev/full")
    assert found.code == EXIT_INPUT
    assert text("cli.error.system", lang, reason=FULL) in found.err


def test_a_read_only_disk_is_refused_before_any_work(nursery: Nursery, plan: Path) -> None:
    work = plan.parent
    before = tree(work)
    for line in (
        ("solve", "plan/model", "-o", "plan", "--overwrite"),
        ("map", "plan"),
        ("export", "plan", "--to", "csv"),
        ("explain", "plan", "-o", "why"),
        ("sweep", "plan/model", "--vary", "economy.discount_rate=0.05", "-o", "s"),
    ):
        found = brought_about(nursery("--lang", "en", *line, cwd=work, readonly=str(work)))
        assert found.code == EXIT_INPUT, (line, found.err)
        assert READ_ONLY in found.err, line
        assert "solving" not in found.err
    assert brought_about(nursery("verify", "plan", cwd=work, readonly=str(work))).code == 0
    assert tree(work) == before


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can be somebody else")
def test_a_folder_of_somebody_else_is_refused_before_any_work(nursery: Nursery, plan: Path) -> None:
    work, nobody = plan.parent, 65534
    if not all(folder.stat().st_mode & 0o005 == 0o005 for folder in (ROOT, *ROOT.parents)):
        pytest.skip("the program lies where another user may not read it")
    _open_to_all(work)
    before = tree(work)
    for line in (("solve", "plan/model", "-o", "mine"), ("report", "plan")):
        found = nursery("--lang", "en", *line, cwd=work, user=nobody)
        assert (found.code, found.out) == (EXIT_INPUT, ""), found.err
        assert NO_RIGHT in found.err
        assert "solving" not in found.err
    (work / "plan" / "capacity.csv").chmod(0)
    found = nursery("--lang", "en", "verify", "plan", cwd=work, user=nobody)
    assert found.code == EXIT_INPUT, found.err
    assert "Internal" not in found.err
    (work / "plan" / "capacity.csv").chmod(0o644)
    assert tree(work) == before


def _open_to_all(work: Path) -> None:
    """Let everybody read, down from the root of pytest's own folder."""
    for folder in (work, *work.parents):
        if folder.stat().st_uid == os.getuid() and len(folder.parts) > 2:
            folder.chmod(0o755)


def test_too_few_open_files_are_said(nursery: Nursery, plan: Path) -> None:
    before = tree(plan.parent)
    found = nursery(
        "--lang", "en", "solve", "plan/model", "-o", "new", cwd=plan.parent, open_files=5
    )
    assert found.code == EXIT_INPUT, (found.code, found.err)
    assert os.strerror(errno.EMFILE) in found.err
    assert "Traceback" not in found.err
    assert tree(plan.parent) == before


def test_too_little_memory_is_a_limit(nursery: Nursery, plan: Path) -> None:
    before = tree(plan.parent)
    line = ("solve", "plan/model", "-o", "new", "--quiet")
    found = nursery("--lang", "en", *line, cwd=plan.parent, memory_mb=0)
    assert found.code == EXIT_LIMIT, (found.code, found.err)
    assert "memory" in found.err
    assert "Traceback" not in found.err
    assert tree(plan.parent) == before


BARE: dict[str, dict[str, str]] = {
    "nothing at all": {},
    "ascii": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0"},
    "a home that is not there": {"HOME": "/nonexistent", "PATH": os.defpath},
    "no terminal": {"TERM": "", "COLUMNS": "0", "LANG": "xx_YY.nothing"},
}


@pytest.mark.parametrize("world", some(BARE, 2))
def test_no_variable_is_needed(nursery: Nursery, plan: Path, world: str) -> None:
    line = ("--lang", "zh", "map", "plan")
    found = nursery(*line, cwd=plan.parent, environment=BARE[world])
    assert found.code == 0, found.err
    assert (plan / "map.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    found = nursery("verify", "plan", cwd=plan.parent, environment=BARE[world])
    assert found.code == 0, found.err


def test_the_place_may_be_taken_by_a_file_or_a_folder(nursery: Nursery, plan: Path) -> None:
    work = plan.parent
    (work / "file").write_text("mine", "utf-8")
    (work / "plan" / "map.html").mkdir()
    before = tree(work)
    for line in (
        ("solve", "plan/model", "-o", "file", "--overwrite"),
        ("solve", "plan/model", "-o", "file/below"),
        ("map", "plan"),
        ("map", "plan", "-o", "nowhere/map.html"),
    ):
        found = nursery("--lang", "en", *line, cwd=work)
        assert found.code == EXIT_INPUT, (line, found.err)
        assert "Internal" not in found.err
    assert tree(work) == before


def test_two_runs_into_one_folder_leave_one_whole_plan(
    nursery: Nursery, model: Path, plan: Path
) -> None:
    # The second starts and ends while the first is about to publish.
    work = plan.parent
    line = ("solve", str(model), "-o", "plan", "--overwrite", "--quiet")
    found = nursery(*line, cwd=work, meanwhile=line, kill="layout.plan.publish:publish")
    assert found.codes == (0, 0), found.err
    assert verify(plan).passed
    assert [path.name for path in work.iterdir()] == ["plan"]
    fresh = (*line[:3], "fresh", "--quiet")
    found = nursery(*fresh, cwd=work, meanwhile=fresh, kill="layout.plan.publish:publish")
    assert found.codes == (EXIT_INPUT, 0), found.err
    assert verify(work / "fresh").passed
    assert sorted(path.name for path in work.iterdir()) == ["fresh", "plan"]
