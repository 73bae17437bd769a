"""Signals that ask a command to end, and readers that leave."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from layout.checking import verify
from layout.cli.process import ending_politely, keep_talking
from layout.errors import EXIT_INTERRUPTED
from layout.labels import LANGUAGES, text
from tests.deep import some
from tests.faults.nursery import Nursery, tree
from tests.solving.test_honesty import hard_model


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_request_to_end_while_writing_leaves_the_older_plan_and_no_litter(
    nursery: Nursery, plan: Path, by: int
) -> None:
    before = tree(plan.parent)
    line = ("solve", "plan/model", "-o", "plan", "--overwrite", "--quiet")
    lang = "zh" if by == signal.SIGHUP else "en"
    found = nursery(
        "--lang", lang, *line, cwd=plan.parent, kill="layout.plan.folder:_put", call=6, by=by
    )
    assert (found.code, found.out) == (EXIT_INTERRUPTED, "")
    assert text("cli.interrupted", lang).strip() in found.err
    assert tree(plan.parent) == before


def test_a_request_to_end_while_solving_keeps_what_was_found(
    nursery: Nursery, tmp_path: Path
) -> None:
    model = hard_model(tmp_path / "m").name
    found = nursery(
        "--lang", "en", "solve", model, "-o", "plan", "--quiet",
        cwd=tmp_path, kill="layout.solving.highs:Watch.improved", by=signal.SIGTERM,
    )  # fmt: skip
    assert found.code == EXIT_INTERRUPTED, found.err
    assert "INTERRUPTED, NOT PROVED OPTIMAL" in found.err
    record = json.loads((tmp_path / "plan" / "plan.json").read_text("utf-8"))
    assert (record["status"], record["reason"]) == ("feasible", "interrupted")
    assert verify(tmp_path / "plan").passed


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it
    try:
        with ending_politely():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("closed", some([(1, 2), (1,), (2,)], 2))
def test_a_reader_who_leaves_costs_neither_plan_nor_exit_code(
    nursery: Nursery, plan: Path, closed: tuple[int, ...]
) -> None:
    line = ("--lang", "en", "solve", "plan/model", "-o", "new")
    found = nursery(*line, cwd=plan.parent, closed=closed)
    assert found.code == 0, found.err
    assert "Traceback" not in found.err + found.out
    assert verify(plan.parent / "new").passed


def test_a_stream_without_a_buffer_outlives_its_reader_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONUNBUFFERED, as containers often set it."""
    reader, writer = os.pipe()
    os.close(reader)
    with io.FileIO(writer, "w") as raw:
        own = io.TextIOWrapper(cast("BinaryIO", raw), "utf-8", write_through=True)
        monkeypatch.setattr(sys, "stdout", own)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        keep_talking()
        assert sys.stdout.write("unheard\n") == 8
        sys.stdout.flush()
        own.detach()


def test_a_wrong_input_is_one_even_where_nobody_reads(nursery: Nursery, tmp_path: Path) -> None:
    for lang in LANGUAGES:
        found = nursery("--lang", lang, "solve", "nosuch", cwd=tmp_path, closed=(1, 2))
        assert found.code == 3
