"""Nothing is asked of a network while the program runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from layout.cli.app import app
from tests.security.conftest import Runs
from tests.security.errands import ROOT, UNSHARED, lines, may_unshare

LISTENS = {"serve"}
"""Answers on loopback until it is stopped: tests/serve refuses it every other address instead."""


def test_every_command_works_without_any_network_interface(runs: Runs) -> None:
    """The first run had no interface, the second might make no socket; both did all they should."""
    done = {file.stem[3:] for file in (runs.first / "printed").iterdir()}
    assert done == set(app("en").commands) - LISTENS
    assert (runs.second / "printed").is_dir()


def test_no_command_is_left_out(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert {line[0] for _, line in lines("m", "1", "most")} == set(app("en").commands) - LISTENS


@pytest.mark.parametrize("way", ["no interface", "no socket"])
def test_the_two_guards_do_hold(way: str) -> None:
    """Without this a run that asked a network would pass unseen."""
    ask = "import socket; socket.create_connection(('127.0.0.1', 9), 2)"
    if way == "no interface":
        if not may_unshare():
            pytest.skip("this machine gives no process a network of its own")
        line = [*UNSHARED, sys.executable, "-c", ask]
        expected = "Network is unreachable"
    else:
        deny = "import sys; from tests.security.errands import deny; sys.addaudithook(deny); "
        line = [sys.executable, "-c", deny + ask]
        expected = "no network at run time"
    found = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 1
    assert expected in found.stderr
