"""What the command line of the benchmarks takes, refuses, and leaves out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import options, solve, startup, timing
from benchmarks.__main__ import main
from benchmarks.options import BenchmarkError, Options


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["nosuch"], "invalid choice: 'nosuch'"),
        (["build", "--size", "XL"], "invalid choice: 'XL'"),
        (["build", "--paths", "raw,gurobi"], "no path 'gurobi'; there are raw, layout"),
        (["build", "--runs", "0"], "a whole number ≥ 1 is expected; found '0'"),
        (["build", "--json", "/nowhere/at/all.json"], "cannot be written"),
    ],
)
def test_a_wrong_command_line_exits_2(
    line: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(line)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_a_size_that_a_command_does_not_know_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--size", "S+"]) == 2
    assert "there is no size S+ here; there are S, M, L" in capsys.readouterr().err


def test_a_command_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.__main__.find_spec", lambda name: None)
    assert main(["known"]) == 2
    assert "this copy has no benchmarks/known.py" in capsys.readouterr().err


def test_missing_peers_are_skipped_unless_they_were_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(options, "find_spec", lambda name: None if name == "linopy" else object())
    assert Options().chosen_paths() == ("raw", "layout", "pulp", "pyomo")
    assert Options().skipped_paths() == ("linopy",)
    assert Options(paths=("raw",)).chosen_paths() == ("raw",)
    with pytest.raises(BenchmarkError, match=r"not installed: linopy; pip install '\.\[bench\]'"):
        Options(paths=("raw", "linopy")).chosen_paths()


def test_the_commands_in_the_documents_are_understood() -> None:
    root = Path(__file__).parents[2]
    texts = [(root / "README.md").read_text("utf-8")]
    texts += [document.read_text("utf-8") for document in sorted((root / "docs").glob("*.md"))]
    lines = re.findall(r"python -m benchmarks ([a-z][^\n`#>]*)", "\n".join(texts))
    whole = [line.removesuffix("--") for line in lines if "[" not in line]
    commands = [options.parse(shlex.split(line))[0] for line in whole]
    assert {"build", "solve", "startup"} <= set(commands) <= set(options.COMMANDS)


def test_runs_are_interleaved_forwards_and_backwards() -> None:
    seen: list[str] = []

    def measure(name: str) -> dict[str, Any]:
        seen.append(name)
        return {"cpu_s": float(len(seen))}

    found = timing.interleaved(("a", "b"), 3, measure)
    assert seen == ["a", "b", "b", "a", "a", "b"]
    assert timing.median(found["a"], "cpu_s") == 4.0
    assert timing.spread(found["b"], "cpu_s") == (2.0, 6.0)


def test_the_peak_is_what_was_added_inside() -> None:
    if not timing._CLEAR.exists():
        pytest.skip("this system does not tell the peak of resident memory")
    with timing.Watch() as watch:
        block = np.ones(64 * 2**17)  # 64 MB
        del block
    assert 63 < watch.added_mb < 80
    assert watch.wall_s >= 0


def test_a_process_that_fails_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match=r"failed with code 1: .*no_such_function"):
        timing.fresh("benchmarks.timing:no_such_function")
    assert timing.fresh("benchmarks.timing:markdown", ["a", "b"], [["x", "1"]]) == (
        "| a | b |\n| --- | ---: |\n| x | 1 |"
    )


def test_starts_are_measured_or_their_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "STARTS", {"pass": ("-c", "pass")})
    found = startup.run(Options(runs=2))
    low, high = found["starts"]["pass"]["spread_wall_s"]
    assert 0 < low <= found["starts"]["pass"]["wall_s"] <= high
    assert "| `pass` |" in startup.table(found)
    monkeypatch.setattr(startup, "STARTS", {"fail": ("-c", "raise SystemExit(3)")})
    with pytest.raises(BenchmarkError, match="fail ended with 3"):
        startup.run(Options(runs=1))


@pytest.mark.deep
def test_solving_is_measured_beside_bare_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small model: the parts add up to the whole, and both found the same cost."""
    monkeypatch.setattr(solve, "MODELS", {"S": "hub-guizhou"})
    found = solve.run(Options(size="S", runs=1))
    layout, bare = found["layout"], found["bare"]
    parts = ("start_s", "stated_s", "solve_s", "after_s")
    assert sum(layout[part] for part in parts) == pytest.approx(layout["wall_s"])
    assert layout["proof_s"] == pytest.approx(layout["wall_s"] - layout["after_s"])
    assert (layout["status"], bare["status"]) == ("optimal", "Optimal")
    assert bare["bound_mcny"] <= layout["objective_mcny"] * (1 + 1e-9)
    assert layout["bound_mcny"] <= bare["objective_mcny"] * (1 + 1e-9)
    assert found["ratios"]["solve layout/bare"] == pytest.approx(
        layout["solve_s"] / bare["solve_s"]
    )
    assert "| bare HiGHS |" in solve.table(found)
    monkeypatch.setattr(solve, "MODELS", {"S": "no-such-model"})
    with pytest.raises(BenchmarkError, match="there is no model no-such-model"):
        solve.run(Options(size="S"))
