"""CPU seconds, wall seconds and peak memory of a call in a fresh interpreter."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.options import BenchmarkError

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("numpy", "highspy", "pyomo", "linopy", "pulp", "scipy", "pandas")
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_PER_MB = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kB elsewhere
_STARTED = "from benchmarks.timing import answer; answer()"


class Watch:
    """CPU seconds, wall seconds and added peak memory of what runs inside a `with`.

    `cpu_s` counts all threads of this process; `added_mb` is the highest resident memory inside
    less the resident memory at the start; where the system keeps only one peak for the whole
    process, what the peak has grown.
    """

    def __enter__(self) -> Watch:
        self.cpu_s = self.wall_s = self.added_mb = 0.0
        self._resident = _restart_peak()
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def so_far(self) -> tuple[float, float]:
        """CPU and wall seconds since the start."""
        return time.process_time() - self._cpu, time.perf_counter() - self._wall

    def __exit__(self, *_: object) -> None:
        self.cpu_s, self.wall_s = self.so_far()
        self.added_mb = _memory_mb("VmHWM") - self._resident


def _restart_peak() -> float:
    """Forget the peak so far; the memory in use in MB, or the peak where it cannot be forgotten."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return _memory_mb("VmHWM")
    return _memory_mb("VmRSS")


def _memory_mb(name: str) -> float:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def peak_mb() -> float:
    """The highest resident memory of this process so far (since the last `Watch` began)."""
    return _memory_mb("VmHWM")


def fresh(function: str, *arguments: Any) -> Any:
    """What ``package.module:function`` gives for JSON-able arguments, in a new interpreter.

    BenchmarkError holds the last words of a process that failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, given = Path(folder, "asked.json"), Path(folder, "given.json")
        asked.write_text(json.dumps([function, arguments]), "utf-8")
        found = run_command([sys.executable, "-c", _STARTED, str(asked), str(given)])
        if found["code"] != 0:
            said = found["stderr"].strip().splitlines()[-5:]
            raise BenchmarkError(
                f"{function} failed with code {found['code']}: " + " | ".join(said)
            )
        return json.loads(given.read_text("utf-8"))


def answer() -> None:
    """Do in a fresh interpreter what `fresh` asked for."""
    function, arguments = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    module, name = function.split(":")
    result = getattr(import_module(module), name)(*arguments)
    Path(sys.argv[2]).write_text(json.dumps(result), "utf-8")


def run_command(command: Sequence[str], cwd: Path | None = None) -> dict[str, Any]:
    """Run a command; its `code`, `stdout`, `stderr`, `wall_s`, `cpu_s` and `peak_mb`.

    The packages of this checkout can be imported; `peak_mb` is the highest resident memory.
    """
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        wall = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=cwd or ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out,
            stderr=err,
        )  # fmt: skip
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:  # Ctrl-C: nothing is left running
            child.kill()
            child.wait()
            raise
        wall = time.perf_counter() - wall
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return {
        "code": child.returncode,
        "stdout": texts[0],
        "stderr": texts[1],
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / _PER_MB,
    }


def interleaved(
    names: Iterable[str], runs: int, measure: Callable[[str], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Every name measured `runs` times, one of each in turn, forwards and backwards.

    So that what else the machine does falls on all of them alike.
    """
    order = list(names)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in order}
    for number in range(runs):
        for name in order if number % 2 == 0 else reversed(order):
            found[name].append(measure(name))
    return found


def median(measured: Sequence[dict[str, Any]], key: str) -> float:
    """The median of one figure over the runs."""
    return statistics.median(float(one[key]) for one in measured)


def spread(measured: Sequence[dict[str, Any]], key: str) -> tuple[float, float]:
    """The smallest and the largest of one figure over the runs."""
    numbers = [float(one[key]) for one in measured]
    return min(numbers), max(numbers)


def load_average() -> str:
    """The load of the machine over 1, 5 and 15 minutes, as text."""
    return ", ".join(f"{number:.2f}" for number in os.getloadavg())


def versions() -> dict[str, str]:
    """What ran, on what, beside how much else: versions, machine and load average, as text."""
    found = {"python": platform.python_version(), "layout": _own_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    found["machine"] = f"{platform.machine()}, {os.cpu_count()} cores"
    found["load_average"] = load_average()
    return found


def _own_version() -> str:
    import layout

    return layout.__version__


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are aligned to the right."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def conditions(known: dict[str, str]) -> str:
    """One line under a table: the versions, the machine and the load."""
    packages = ", ".join(f"{name} {known[name]}" for name in PACKAGES if name in known)
    return (
        f"Python {known['python']}, layout {known['layout']}, {packages}; {known['machine']}; "
        f"load average {known['load_average']}."
    )
