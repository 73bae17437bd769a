"""What every part of a run costs as the number of places grows, on synthetic models of one seed.

``python -m benchmarks scale [--size S|M|L] [--runs N] [--time-limit S] [--json FILE]``: 31, 100,
340, 1,000 and 2,850 places, up to the size named.  Beside FILE a plot is written, with the ending
``.svg``.
Each size runs in an interpreter of its own, from files on disk to a map page.
"""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.curve import Line, drawn
from benchmarks.options import Options
from benchmarks.timing import conditions, fresh, markdown, median, peak_mb, spread, versions

if TYPE_CHECKING:
    from layout.plan import Plan

PLACES = (31, 100, 340, 1000, 2850)
SIZES = {"S": 31, "M": 340, "L": 2850}
SEED = 1
TIME_LIMIT_S = 900.0
PARTS = ("read", "build", "compile", "solve", "refine", "extract", "verify", "write", "map")
SOLVING = ("solve", "refine")
"""What the solver does; everything else should grow no faster than the nonzeros."""
PER_FLOW = 2
"""Nonzeros of a flow that was not stated: its demand and the capacity of its site."""
SMALL_S = 0.02
"""CPU seconds below which a part says nothing about growth."""
LOADED = ("layout.checking", "layout.report.layers", "layout.solving")
"""Libraries are loaded before the clock starts."""
_LOG = logging.getLogger("benchmarks.scale")


def measure(folder: str, time_limit_s: float) -> dict[str, Any]:
    """CPU seconds of every part for the model of a folder, in this process; libraries are loaded.

    `parts` are those of `PARTS` (None where there was no plan to work on), `seconds` the wall
    clock of the whole.
    """
    from layout.checking import verify
    from layout.model import read_model
    from layout.plan import read_plan, write_plan
    from layout.report import map_page
    from layout.solving.driver import planned
    from layout.solving.optimise import optimise, solver_settings

    for name in LOADED:
        import_module(name)
    started = time.perf_counter()
    clock = _clock()
    model = clock.stage("read", lambda: read_model(folder))
    settings = solver_settings(model, time_limit_s=time_limit_s)
    solved = optimise(model, settings, clock, watch=False)
    plan = planned(model, settings, solved, clock, counterfactual=False, check=False)
    if plan.has_tables:
        clock.stage("verify", lambda: _passed(verify(plan)))
        with tempfile.TemporaryDirectory() as place:
            clock.stage("write", lambda: write_plan(plan, Path(place, "plan")))
            whole = read_plan(Path(place, "plan"))
        clock.stage("map", lambda: map_page(whole))
    parts = {name: clock.seconds.get(name) for name in PARTS}
    return {
        "parts": parts,
        "seconds": time.perf_counter() - started,
        "peak_mb": peak_mb(),
        **_counts(plan),
    }


def _clock() -> Any:
    """A clock of stages in CPU seconds; a stage inside another one counts for itself only."""
    from layout.solving.optimise import Clock

    class CpuClock(Clock):
        def stage(self, name: str, work: Callable[[], Any]) -> Any:
            inside = sum(self.seconds.values())
            begun = time.process_time()
            result = work()
            own = time.process_time() - begun - (sum(self.seconds.values()) - inside)
            self.seconds[name] = self.seconds.get(name, 0.0) + own
            return result

    return CpuClock(None)


def _passed(found: Any) -> None:
    if not found.passed:
        raise RuntimeError(found.report("en"))


def _counts(plan: Plan) -> dict[str, Any]:
    """How large the model was and what was proved."""
    size, flows = plan.record["size"], plan.record.get("flows")
    left = 0 if flows is None else flows["admissible"] - flows["stated"]
    return {
        "columns": size["variables"],
        "rows": size["constraints"],
        "stated_nonzeros": size["nonzeros"],
        "nonzeros": size["nonzeros"] + PER_FLOW * left,
        "flows": flows,
        "status": plan.status,
        "reason": plan.record.get("reason"),
        "gap": plan.record.get("gap"),
        "gap_location": plan.record.get("gap_location"),
    }


def run(options: Options) -> dict[str, Any]:
    """Measure every size up to the one asked for, smallest first; the plot goes beside the JSON."""
    from layout.model.synthetic import write_synthetic

    largest = SIZES[options.size or "L"]
    limit = TIME_LIMIT_S if options.time_limit_s is None else options.time_limit_s
    points = []
    for places in PLACES:
        if places > largest:
            break
        with tempfile.TemporaryDirectory() as folder:
            write_synthetic(folder, places, SEED)
            runs = [
                fresh("benchmarks.scale:measure", folder, limit) for _ in range(options.runs or 1)
            ]
        points.append({"places": places, "runs": len(runs), **_medians(runs)})
        total = sum(value or 0.0 for value in points[-1]["parts"].values())
        _LOG.info("%d places: %.1f s of CPU, %s", places, total, points[-1]["status"])
    result = {
        "seed": SEED,
        "time_limit_s": limit,
        "points": points,
        "exponents": exponents(points),
        "versions": versions(),
    }
    if options.json is not None:
        options.json.with_suffix(".svg").write_text(plot(result), "utf-8")
    return result


def _medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """One point of the curve: medians of CPU seconds with their spread, the rest of the first."""
    parts: dict[str, float | None] = {}
    spreads: dict[str, tuple[float, float]] = {}
    for name in PARTS:
        known = [one["parts"] for one in runs if one["parts"][name] is not None]
        parts[name] = median(known, name) if known else None
        if known:
            spreads[name] = spread(known, name)
    return {
        **runs[0],
        "parts": parts,
        "spreads": spreads,
        "seconds": median(runs, "seconds"),
        "peak_mb": median(runs, "peak_mb"),
    }


def exponents(points: list[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Part → exponent on the number of places, and on the nonzeros of the whole model.

    The slope of the line of least squares through the logarithms; None where fewer than two
    sizes took `SMALL_S`, so that a part which costs next to nothing has no exponent.
    """
    found = {}
    for name in PARTS:
        known = [point for point in points if (point["parts"][name] or 0.0) >= SMALL_S]
        seconds = [math.log(point["parts"][name]) for point in known]
        found[name] = {
            of: slope([math.log(point[of]) for point in known], seconds)
            for of in ("places", "nonzeros")
        }
    return found


def slope(x: list[float], y: list[float]) -> float | None:
    """The slope of the line of least squares through points; None for fewer than two."""
    if len(set(x)) < 2:
        return None
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle_x) ** 2 for a in x)


def plot(result: dict[str, Any]) -> str:
    """CPU seconds of every part against the number of places, both logarithmic, as SVG."""
    lines = []
    for name in PARTS:
        known = [point for point in result["points"] if point["parts"][name]]
        if known:
            by = result["exponents"][name]["places"]
            label = name if by is None else f"{name}: n^{by:.1f}"
            marks = [(point["places"], point["parts"][name]) for point in known]
            lines.append(Line(label, marks, dashed=name in SOLVING))
    return drawn(lines, x="places (zones and sites)", y="CPU seconds")


def table(result: dict[str, Any]) -> str:
    """Sizes, CPU seconds of the parts, their exponents, and what was proved."""
    points = result["points"]
    heads = ("", *(f"{point['places']:,}" for point in points), "places^", "nonzeros^")
    rows = [
        ("nonzeros, all flows", *(f"{point['nonzeros']:,}" for point in points), "", ""),
        ("nonzeros, stated", *(f"{point['stated_nonzeros']:,}" for point in points), "", ""),
    ]
    for name in PARTS:
        by = result["exponents"][name]
        cells = [_seconds(point["parts"][name]) for point in points]
        ends = [_power(by[of]) for of in ("places", "nonzeros")]
        rows.append((f"{name}, CPU s", *cells, *ends))
    rows += [
        ("all, wall s", *(f"{point['seconds']:.1f}" for point in points), "", ""),
        ("peak memory, MB", *(f"{point['peak_mb']:,.0f}" for point in points), "", ""),
        ("gap", *(_share(point["gap"]) for point in points), "", ""),
        ("gap on location", *(_share(point["gap_location"]) for point in points), "", ""),
    ]
    title = (
        f"Synthetic models of seed {result['seed']} (`layout new DIR --synthetic N --seed "
        f"{result['seed']}`), at most {result['time_limit_s']:g} s of solving."
    )
    return "\n\n".join([title, markdown(heads, rows), conditions(result["versions"])])


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _power(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2g}%"
