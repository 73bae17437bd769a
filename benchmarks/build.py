"""One model through five paths: seconds to state it, to hand it to HiGHS, and added memory."""

from __future__ import annotations

import logging
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import statement
from benchmarks.options import PATHS, BenchmarkError, Options
from benchmarks.paths import path
from benchmarks.timing import (
    Watch,
    conditions,
    fresh,
    interleaved,
    markdown,
    median,
    spread,
    versions,
)

SIZES = tuple(statement.PLACES)
RUNS = {"S": 5, "M": 3, "L": 3}
FIGURES = (
    "build_cpu_s", "handover_cpu_s", "total_cpu_s", "total_wall_s", "peak_mb",
)  # fmt: skip
RATIOS = {
    "layout/raw": ("layout", "raw", "total_cpu_s"),
    "linopy/layout": ("linopy", "layout", "total_cpu_s"),
    "pyomo/layout": ("pyomo", "layout", "total_cpu_s"),
    "memory layout/linopy": ("layout", "linopy", "peak_mb"),
}
_LOG = logging.getLogger("benchmarks.build")


def measure(name: str, file: str, solve: bool = False) -> dict[str, Any]:
    """State the model of an .npz file through one path and hand it over, in this process.

    The libraries are imported before the clock starts; `peak_mb` is the highest resident memory
    less what was resident with libraries and numbers loaded.  `solve` also gives the optimum of
    the LP relaxation.
    """
    chosen = path(name)
    numbers = statement.Statement.load(Path(file))
    for module in chosen.imports:
        import_module(module)
    with Watch() as watch:
        model = chosen.state(numbers)
        built, _ = watch.so_far()
        highs = chosen.hand_over(model)
    found = {
        "build_cpu_s": built,
        "handover_cpu_s": watch.cpu_s - built,
        "total_cpu_s": watch.cpu_s,
        "total_wall_s": watch.wall_s,
        "peak_mb": watch.added_mb,
        "columns": highs.getNumCol(),
        "rows": highs.getNumRow(),
        "nonzeros": highs.getNumNz(),
    }
    if solve:
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("solve_relaxation", True)
        highs.run()
        found["status"] = highs.modelStatusToString(highs.getModelStatus())
        found["optimum"] = highs.getInfo().objective_function_value
    return found


def run(options: Options) -> dict[str, Any]:
    """Measure every chosen path in fresh interpreters, one of each in turn.

    BenchmarkError when two paths disagree on columns, rows, nonzeros or, at S, the LP optimum.
    """
    size = options.size or "S"
    names = options.chosen_paths()
    for name in options.skipped_paths():
        _LOG.warning("%s is not installed: skipped (pip install '.[bench]')", PATHS[name])
    drawn = statement.draw(statement.PLACES[size], statement.ARCS_PER_DEMAND.get(size))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "statement.npz")
        drawn.save(file)

        def once(name: str) -> dict[str, Any]:
            found: dict[str, Any] = fresh("benchmarks.build:measure", name, str(file), size == "S")
            _LOG.info("%s %s: %.3f s of CPU", size, name, found["total_cpu_s"])
            return found

        measured = interleaved(names, options.runs or RUNS[size], once)
    _same_model(drawn.size(), measured)
    return {
        "size": size,
        **drawn.size(),
        "paths": {name: _figures(runs) for name, runs in measured.items()},
        "ratios": _ratios(measured),
        "versions": versions(),
        "spreads": {
            name: {key: spread(runs, key) for key in FIGURES} for name, runs in measured.items()
        },
    }


def _same_model(counted: dict[str, int], measured: dict[str, list[dict[str, Any]]]) -> None:
    for name, runs in measured.items():
        for key, number in counted.items():
            if any(one[key] != number for one in runs):
                raise BenchmarkError(f"{name} has {runs[0][key]} {key}; the statement has {number}")
    optima = {
        name: one["optimum"] for name, runs in measured.items() for one in runs if "optimum" in one
    }
    if optima and max(optima.values()) - min(optima.values()) > 1e-6 * max(optima.values()):
        raise BenchmarkError(f"the LP optima differ: {optima}")


def _figures(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {**{key: median(runs, key) for key in FIGURES}, "runs": len(runs)}


def _ratios(measured: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    return {
        name: median(measured[above], key) / median(measured[below], key)
        for name, (above, below, key) in RATIOS.items()
        if above in measured and below in measured
    }


def record(result: dict[str, Any]) -> dict[str, Any]:
    """What goes into the JSON file: medians, without the spreads of the table."""
    return {key: value for key, value in result.items() if key != "spreads"}


def table(result: dict[str, Any]) -> str:
    """The medians with smallest and largest in brackets, the ratios, and what ran."""
    rows = []
    for name, figures in result["paths"].items():
        low, high = result["spreads"][name]["total_cpu_s"]
        rows.append(
            (
                f"`{name}`",
                f"{figures['build_cpu_s']:.3f}",
                f"{figures['handover_cpu_s']:.3f}",
                f"{figures['total_cpu_s']:.3f} ({low:.3f}–{high:.3f})",
                f"{figures['total_wall_s']:.3f}",
                f"{figures['peak_mb']:,.0f}",
                str(figures["runs"]),
            )
        )
    heads = (
        "path", "build CPU s", "hand-over CPU s", "total CPU s", "total wall s", "added MB", "runs",
    )  # fmt: skip
    ratios = "; ".join(f"{name} {value:.2f}" for name, value in result["ratios"].items())
    title = (
        f"Size {result['size']}: {result['columns']:,} columns, {result['rows']:,} rows, "
        f"{result['nonzeros']:,} nonzeros."
    )
    parts = [title, "", markdown(heads, rows), ""]
    if ratios:
        parts += [f"Ratios: {ratios}.", ""]
    return "\n".join([*parts, conditions(result["versions"])])
