"""`layout solve` from its first refusal to its last line, with every exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import layout.solving
from layout.checking import Failure
from layout.errors import VerificationFailed
from layout.plan import Plan, new_plan, read_plan
from layout.plan.files import FILES
from tests.cli.towns import EAST, Runner, command_line

Solve = Callable[..., Plan]


def instead(monkeypatch: pytest.MonkeyPatch, solve: Solve) -> None:
    """Let the command get its plan from `solve`."""
    monkeypatch.setattr(layout.solving, "solve", solve)


def never(*_: Any, **__: Any) -> Plan:
    raise AssertionError("nothing may be solved here")


def unsolved(status: str, **more: Any) -> Solve:
    """A solver that ends without a layout."""

    def solve(model: Any, **_: Any) -> Plan:
        return new_plan({"format": 1, "model": model.name, "status": status, **more}, model)

    return solve


def test_the_two_towns_through_the_real_entry_point(model: Path, tmp_path: Path) -> None:
    """A process of its own: progress on stderr, summary and focus on stdout, exit 0."""
    folder = tmp_path / "plan"
    line = command_line("solve", model, "-o", folder, "--lang", "en", "--focus", f"province:{EAST}")
    found = subprocess.run(
        line, capture_output=True, encoding="utf-8", cwd=Path(__file__).parents[2]
    )
    assert found.returncode == 0, found.stderr
    assert "solving" in found.stderr
    assert "verifying" in found.stderr
    assert "\r" not in found.stderr
    assert found.stdout.startswith("Two towns\nA test, not a forecast.\n")
    assert f"=== East town (province:{EAST}) ===" in found.stdout
    assert {file.file for file in FILES.values() if not file.optional} < {
        path.name for path in folder.iterdir()
    }
    assert read_plan(folder).status == "optimal"


def test_the_plan_folder_defaults_to_the_model_s_name(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("solve", model, "--quiet").code == 0
    assert read_plan(tmp_path / "plans" / "two-towns").status == "optimal"


def test_quiet_prints_nothing(run: Runner, model: Path, tmp_path: Path) -> None:
    found = run("solve", model, "-o", tmp_path / "p", "--quiet", "--focus", "site:E")
    assert (found.code, found.out, found.err) == (0, "", "")


def test_quiet_still_shows_errors(run: Runner, tmp_path: Path) -> None:
    for lang, words in (("en", "Check the spelling"), ("zh", "请检查拼写")):
        found = run("solve", "no-such-model", "-o", tmp_path / "p", "--quiet", lang=lang)
        assert (found.code, found.out) == (3, "")
        assert words in found.err
        assert not (tmp_path / "p").exists()


def test_options_reach_the_solver(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def solve(question: Any, **options: Any) -> Plan:
        given.update(options, name=question.name, demand=question["demand"]["demand_eflops"].max())
        return unsolved("no_solution")(question)

    instead(monkeypatch, solve)
    line = ["solve", model, "-o", tmp_path / "p", "--gap", "0.05", "--time-limit", "7"]
    line += ["--threads", "1", "--seed", "3", "--log-file", tmp_path / "log.txt", "--quiet"]
    assert run(*line, "--set", "demand[workload=task].demand_eflops=*2").code == 5
    expected = {"gap": 0.05, "time_limit_s": 7.0, "threads": 1, "seed": 3, "demand": 4.0}
    assert given.items() >= {**expected, "progress": None}.items()
    assert given["log_file"] == str(tmp_path / "log.txt")


def test_a_scenario_changes_the_question(run: Runner, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rich"
    assert run("solve", model, "-o", folder, "--scenario", "rich", "--quiet").code == 0
    assert read_plan(folder).tables["capacity"]["compute_eflops"].sum() == pytest.approx(4)
    assert run("solve", model, "--scenario", "nosuch").code == 3


def test_a_plan_in_the_way_is_refused_before_anything_is_solved(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plan"
    run("solve", model, "-o", folder, "--quiet")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with monkeypatch.context() as patched:
        instead(patched, never)
        for lang, words in (("en", "--overwrite"), ("zh", "--overwrite")):
            found = run("solve", model, "-o", folder, lang=lang)
            assert found.code == 3
            assert words in found.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert run("solve", model, "-o", folder, "--overwrite", "--quiet").code == 0


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_folder_that_is_no_plan_is_never_replaced(
    run: Runner, model: Path, tmp_path: Path, overwrite: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, never)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert run("solve", model, "-o", tmp_path / "mine", *overwrite).code == 3
    assert run("solve", model, "-o", tmp_path / "mine" / "thesis.txt", *overwrite).code == 3
    assert run("solve", model, "-o", tmp_path / "mine" / "thesis.txt" / "x").code == 3
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_an_unknown_focus_or_log_folder_is_refused_before_solving(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, never)
    found = run("solve", model, "-o", tmp_path / "p", "--focus", "province:31000")
    assert found.code == 3
    assert "province:310000" in found.err
    found = run("solve", model, "-o", tmp_path / "p", "--log-file", tmp_path / "no" / "log.txt")
    assert found.code == 3
    assert str(tmp_path / "no") in found.err


def test_bad_input_lists_every_problem_and_exits_3(
    run: Runner, model: Path, tmp_path: Path
) -> None:
    sets = ["--set", "economy.discount_rate=7", "--set", "nosuch.key=1"]
    found = run("solve", model, "-o", tmp_path / "p", *sets)
    assert found.code == 3
    assert "discount_rate" in found.err
    assert "nosuch" in found.err
    assert "Traceback" not in found.err


def test_an_infeasible_model_exits_4_with_its_explanation(
    run: Runner, model: Path, tmp_path: Path
) -> None:
    """At most 6 EFLOPS have room, 50 are asked for."""
    folder = tmp_path / "p"
    line = ["solve", model, "-o", folder, "--set", "targets.total-2.value=50"]
    found = run(*line)
    assert found.code == 4
    assert "INFEASIBLE" in found.err
    assert "total-2" in found.err
    assert json.loads((folder / "plan.json").read_text("utf-8"))["objective_mcny"] is None
    assert json.loads((folder / "explanation.json").read_text("utf-8"))["conflict"]
    assert not (folder / "capacity.csv").exists()
    assert run(*line, "--quiet", "--overwrite", lang="zh").err.startswith("不可行")
    assert "INFEASIBLE" in str(read_plan(folder))


def test_a_limit_without_a_plan_exits_5_and_writes_no_tables(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, unsolved("no_solution", reason="time_limit"))
    found = run("solve", model, "-o", tmp_path / "p")
    assert found.code == 5
    assert "NO PLAN FOUND" in found.err
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["model", "plan.json"]


def limited(plan: Plan, **more: Any) -> Solve:
    """A solver that hits a limit with the plan as its incumbent."""
    found = {"status": "feasible", "reason": "time_limit", "bound_mcny": 50.0, "bound_value": 50.0}
    found |= {"gap": 0.12, "gap_location": 0.34, **more}
    return lambda *_, **__: plan.with_record(**found)


def test_a_limit_with_a_plan_exits_5_and_never_says_optimal(
    run: Runner, model: Path, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, limited(plan))
    found = run("solve", model, "-o", tmp_path / "p")
    assert found.code == 5
    for words in ("NOT PROVED OPTIMAL", "(time)", "50 million CNY", "12.00%", "34.00%"):
        assert words in found.err.replace("\n  ", " ")
        assert words in found.out.replace("\n  ", " ")
    assert "Optimal:" not in found.out
    assert read_plan(tmp_path / "p").status == "feasible"


def test_an_unknown_bound_is_called_unknown(
    run: Runner, model: Path, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = dict.fromkeys(("bound_mcny", "bound_value", "gap", "gap_location"))
    instead(monkeypatch, limited(plan, **unknown))
    found = run("solve", model, "-o", tmp_path / "p", "--quiet")
    assert found.code == 5
    assert "how far it is from the optimum is not known" in found.err.replace("\n  ", " ")


def test_an_interrupted_run_writes_its_incumbent_and_exits_130(
    run: Runner, model: Path, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, limited(plan, interrupted=True, reason="interrupted"))
    found = run("solve", model, "-o", tmp_path / "p")
    assert found.code == 130
    assert "INTERRUPTED" in found.err
    assert read_plan(tmp_path / "p").has_tables


def test_an_interrupt_before_the_first_plan_writes_nothing(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> Plan:
        raise KeyboardInterrupt

    for solve in (interrupt, unsolved("no_solution", interrupted=True)):
        instead(monkeypatch, solve)
        found = run("solve", model, "-o", tmp_path / "p", lang="zh")
        assert found.code == 130
        assert "未写入任何文件" in found.err
        assert not (tmp_path / "p").exists()


def test_a_plan_that_fails_its_check_is_not_written_and_exits_6(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Plan:
        raise VerificationFailed([Failure("duplicate_row", "service.csv", "2", "1")])

    instead(monkeypatch, fail)
    found = run("solve", model, "-o", tmp_path / "p", "--quiet")
    assert found.code == 6
    assert "service.csv" in found.err
    assert not (tmp_path / "p").exists()


def test_an_unexpected_error_is_one_line_unless_debugging(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Plan:
        raise RuntimeError("a slip\nof ours")

    instead(monkeypatch, fail)
    line = ["solve", model, "-o", tmp_path / "p", "--quiet"]
    found = run(*line)
    assert found.code == 1
    assert found.err.count("\n") == 1
    assert "RuntimeError: a slip of ours" in found.err
    assert "--debug" in found.err
    assert "Traceback" in run(*line, "--debug").err
    assert not (tmp_path / "p").exists()


def test_a_map_that_is_asked_for_comes_with_the_plan(
    run: Runner, model: Path, tmp_path: Path
) -> None:
    assert run("solve", model, "-o", tmp_path / "p", "--map", "--quiet", lang="zh").code == 0
    page = (tmp_path / "p" / "map.html").read_text("utf-8")
    assert '<html lang="zh' in page
