"""Memory that runs out ends in words and an exit code: no traceback, no killer, no half plan."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from layout import memory
from layout.errors import EXIT_LIMIT, MemoryLimit
from layout.memory import (
    MB,
    Guard,
    allowed_mb,
    available_mb,
    guard,
    guarded,
    resident_mb,
)
from layout.model import read_model
from layout.solving import Event, solve
from tests.builders import tiny_model
from tests.solving.test_honesty import hard_model

MACHINE = "MemTotal: 9000000 kB\nMemFree: 1000 kB\nMemAvailable: 8388608 kB\n"


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A system of 8,192 MB to spare with these control groups."""
    given = {"proc/meminfo": MACHINE, "proc/self/cgroup": groups}
    given["proc/self/status"] = "Name: python\nVmRSS: 204800 kB\n"
    for name, content in {**given, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_without_control_groups_what_the_machine_has_is_available(tmp_path: Path) -> None:
    root = machine(tmp_path, "", {})
    assert available_mb(root) == 8192
    assert resident_mb(root) == 200
    assert available_mb(tmp_path / "nothing") == np.inf


@pytest.mark.parametrize("path", ["/", "/made/elsewhere"])
def test_the_limit_of_a_container_counts_wherever_it_says_its_group_is(
    tmp_path: Path, path: str
) -> None:
    files = {
        "sys/fs/cgroup/memory.max": str(1024 * MB),
        "sys/fs/cgroup/memory.current": str(300 * MB),
        "sys/fs/cgroup/memory.stat": f"anon 5\ninactive_file {100 * MB}\n",
    }
    assert available_mb(machine(tmp_path, f"0::{path}\n", files)) == 1024 - 300 + 100


def test_pages_of_files_that_the_kernel_gives_back_are_free(tmp_path: Path) -> None:
    """A container whose memory is all page cache has room."""
    files = {
        "sys/fs/cgroup/memory.max": str(1024 * MB),
        "sys/fs/cgroup/memory.current": str(1020 * MB),
        "sys/fs/cgroup/memory.stat": f"active_file {600 * MB}\ninactive_file {300 * MB}\n",
    }
    assert available_mb(machine(tmp_path, "0::/\n", files)) == 1024 - 1020 + 900


@pytest.mark.parametrize(
    ("most", "left"), [("max", 1000.0), (str(500 * MB), 400.0), ("0", 0.0), (None, 0.0)]
)
def test_swap_is_memory_as_far_as_the_group_may_take_it(
    tmp_path: Path, most: str | None, left: float
) -> None:
    files = {
        "proc/meminfo": f"{MACHINE}SwapFree: {1000 * 1024} kB\n",
        "sys/fs/cgroup/memory.max": str(600 * MB),
        "sys/fs/cgroup/memory.current": str(300 * MB),
    }
    if most is not None:
        files["sys/fs/cgroup/memory.swap.max"] = most
        files["sys/fs/cgroup/memory.swap.current"] = str(100 * MB)
    assert available_mb(machine(tmp_path / "1", "0::/\n", files)) == 300 + left
    assert available_mb(machine(tmp_path / "2", "", files)) == 8192 + 1000


def test_the_tightest_group_on_the_way_up_counts(tmp_path: Path) -> None:
    files = {}
    for place, limit in (("", "max"), ("user/", str(500 * MB)), ("user/job/", str(900 * MB))):
        files[f"sys/fs/cgroup/{place}memory.max"] = limit
        files[f"sys/fs/cgroup/{place}memory.current"] = str(100 * MB)
    assert available_mb(machine(tmp_path, "0::/user/job\n", files)) == 400


def test_groups_of_the_older_kind_count_too_and_their_endless_number_is_no_limit(
    tmp_path: Path,
) -> None:
    group = "sys/fs/cgroup/memory"
    files = {
        f"{group}/memory.limit_in_bytes": "9223372036854771712",
        f"{group}/memory.usage_in_bytes": "0",
        f"{group}/job/memory.limit_in_bytes": str(700 * MB),
        f"{group}/job/memory.usage_in_bytes": str(200 * MB),
        f"{group}/job/memory.stat": f"total_inactive_file {50 * MB}\n",
    }
    groups = "5:cpu,cpuacct:/job\n4:memory:/job\n0::/\n"
    assert available_mb(machine(tmp_path, groups, files)) == 550


def test_a_real_control_group_of_this_machine_is_obeyed(tmp_path: Path) -> None:
    group = Path("/sys/fs/cgroup/memory/layout-test")
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(900 * MB))
    except OSError:
        group = Path("/sys/fs/cgroup/layout-test")
        try:
            group.mkdir()
            (group / "memory.max").write_text(str(900 * MB))
        except OSError as error:
            if group.is_dir():
                group.rmdir()
            pytest.skip(f"control groups cannot be made here: {error}")
    try:
        script = "from layout.memory import available_mb; print(available_mb())"
        command = f"echo $$ > {group}/cgroup.procs && exec {sys.executable} -c '{script}'"
        root = Path(__file__).parents[2]
        found = subprocess.run(
            ["sh", "-c", command], cwd=root, capture_output=True, text=True, check=True
        )
        assert 500 < float(found.stdout) < 900
    finally:
        group.rmdir()


def test_the_asked_limit_holds_where_there_is_more_and_not_where_there_is_less() -> None:
    assert allowed_mb(100.0) == 100.0
    assert allowed_mb(1e12) == pytest.approx(allowed_mb(), rel=0.5)


def test_work_that_takes_too_much_is_stopped_with_words() -> None:
    before = threading.active_count()
    taken = []
    with pytest.raises(MemoryLimit) as stopped, guarded(resident_mb() + 150):
        for _ in range(500):
            taken.append(np.ones(MB))  # 8 MB
    assert len(taken) < 400
    taken.clear()
    assert stopped.value.exit_code == EXIT_LIMIT
    assert "took more memory than it may" in stopped.value.message("en")
    assert "超过上限" in stopped.value.message("zh")
    assert threading.active_count() == before


@pytest.mark.parametrize(("left", "stops"), [(9.0, True), (500.0, False)])
def test_work_is_stopped_where_nothing_is_left_and_not_where_others_gave_room(
    monkeypatch: pytest.MonkeyPatch, left: float, stops: bool
) -> None:
    most = 300 if stops else 50
    free = [200.0]  # at first; of which 10 are to be left
    monkeypatch.setattr(memory, "available_mb", lambda: free[0])
    taken = []
    with suppress(MemoryLimit), guarded(None):
        free[0] = left
        for _ in range(most):
            taken.append(np.ones(MB))  # 8 MB
            time.sleep(0.01)
    assert (len(taken) < most) is stops


def test_a_process_that_left_its_solver_is_let_go_on_with_what_was_kept_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "resident_mb", lambda: 2 * memory.LARGE_MB)
    free = [10_000.0]
    monkeypatch.setattr(memory, "available_mb", lambda: free[0])
    own = Guard(None)
    free[0] = memory.RESERVE_MB - 1
    done = False
    with pytest.raises(MemoryLimit), own.watching():
        with own.solving():
            for _ in range(500):
                time.sleep(0 if own.over else 0.01)
        time.sleep(4 * memory.EVERY_S)
        done = True
        free[0] = 1.0
        for _ in range(500):
            time.sleep(0.01)
    assert done


def test_what_cannot_be_had_at_all_is_a_limit_too() -> None:
    with pytest.raises(MemoryLimit) as refused, guarded(None):
        np.ones(2**55)
    assert "gave the run no more memory" in refused.value.message("en")


def test_the_limit_of_the_outer_work_holds_for_what_it_asks() -> None:
    with guarded(12345.0):
        outer = guard()
        with guarded(None):
            assert guard() is outer


def test_a_solver_that_holds_too_much_stops_with_the_plan_at_hand(tmp_path: Path) -> None:
    def enough(event: Event) -> None:
        if event.incumbent is not None and event.gap is not None:
            guard().over = True

    plan = solve(hard_model(tmp_path / "m"), progress=enough, counterfactual=False)
    assert plan.status == "feasible"
    assert plan.record["reason"] == "memory_limit"
    assert not plan.record["interrupted"]
    assert plan.record["verification"]["passed"]


def test_a_run_without_room_writes_nothing_and_exits_with_a_limit(tmp_path: Path) -> None:
    """A real run under a real limit, which is passed while the libraries come in."""
    model = tiny_model(tmp_path / "m")
    script = (
        "import sys, layout.solving.size as size, layout.solving.driver as driver\n"
        "driver.refuse_too_large = lambda model: None\n"  # the estimate says nothing
        "from layout.cli import main\n"
        "main()\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, "solve", str(model), "-o", str(tmp_path / "plan")]
        + ["--lang", "en", "--quiet", "--set", "solver.memory_limit_mb=60"],
        cwd=Path(__file__).parents[2],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == EXIT_LIMIT, found.stderr
    assert "took more memory than it may" in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "plan").exists()


def test_a_model_in_memory_is_read_again_after_it_was_stopped(tmp_path: Path) -> None:
    model = read_model(tiny_model(tmp_path / "m"))
    with pytest.raises(MemoryLimit), guarded(1.0):
        while True:
            sum(range(1000))
    assert solve(model, counterfactual=False).status == "optimal"


def test_a_stop_that_something_swallowed_is_said_at_the_end() -> None:
    until = time.monotonic() + 20
    with pytest.raises(MemoryLimit), guarded(1.0):
        while time.monotonic() < until:
            try:
                sum(range(1000))
            except MemoryError:
                break
