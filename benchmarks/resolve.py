"""LP sweeps: an answer of a persistent `layout.Solver` beside a first solve of the same question.

Every question is asked of a new solver too; both must agree to nine digits, or the run stops.  At
M the model is stated on the flows that arc generation finds to matter.
"""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks import timing
from benchmarks.options import BenchmarkError, Options

SIZES = ("S", "M")
MODELS = {"S": "national-2025", "M": "national-prefectures-2025"}
SWEEPS: dict[str, list[dict[str, Any]]] = {
    "target": [{"targets": {"total-300": value}} for value in (310, 320, 330, 340, 350, 360)],
    "carbon price": [{"carbon_price_cny_per_t": value} for value in (90, 100, 110, 120, 130, 140)],
    "power prices": [{"prices": f"*{by}"} for by in (1.02, 1.04, 1.06, 1.08, 1.1, 1.12)],
    "demand": [{"demand": f"*{by}"} for by in (1.01, 1.02, 1.03, 1.04, 1.05, 1.06)],
}
AGREE = 1e-9
RUNS = 1


def run(options: Options) -> dict[str, Any]:
    """Seconds of first solves and updates, a sweep of each kind at every size asked for."""
    sizes = SIZES if options.size is None else (options.size,)
    runs = options.runs or RUNS
    found = {
        size: [timing.fresh("benchmarks.resolve:measured", size) for _ in range(runs)]
        for size in sizes
    }
    return {
        "sizes": {size: _summary(size, results) for size, results in found.items()},
        "runs": runs,
        "versions": timing.versions(),
    }


def measured(size: str) -> dict[str, Any]:
    """All sweeps at one size, each from one live solver, with a new solver for every question."""
    import layout
    from layout.solving.solver import Solver

    model = layout.read(MODELS[size])
    arcs = _arcs(model) if size == "M" else None
    result: dict[str, Any] = {"sweeps": {}}
    for name, questions in SWEEPS.items():
        with timing.Watch() as first:
            live = Solver(model, relaxed=True, arcs=arcs)
            live.solve()
        answers = []
        for question in questions:
            with timing.Watch() as update:
                reply = live.update(**question).solve()
            asked = _anew(live.model)
            with timing.Watch() as fresh:
                other = Solver(asked, relaxed=True, arcs=arcs).solve()
            _agree(name, question, reply.objective_mcny, other.objective_mcny)
            answers.append(
                {
                    "question": {key: str(value) for key, value in question.items()},
                    "objective_mcny": reply.objective_mcny,
                    "update_cpu_s": update.cpu_s,
                    "update_wall_s": update.wall_s,
                    "fresh_cpu_s": fresh.cpu_s,
                    "fresh_wall_s": fresh.wall_s,
                }
            )
        result["sweeps"][name] = {"first_cpu_s": first.cpu_s, "answers": answers}
        if live._known is not None:
            result["size"] = live._known.compiled.size
    return result


def _arcs(model: Any) -> dict[int, Any]:
    """The flows that arc generation ends with, by year."""
    import time

    import numpy as np

    from layout.solving.generation import Generation
    from layout.solving.optimise import solver_settings
    from layout.solving.pool import Pool

    pool = Pool(model)
    search = Generation(pool, solver_settings(model), time.perf_counter(), None)
    status = search.search()
    if status != "optimal":
        raise BenchmarkError(f"arc generation ended with {status}")
    return pool.codes(np.flatnonzero(pool.stated))


def _anew(model: Any) -> Any:
    """The model without anything worked out from it but what reading it leaves."""
    from layout.model import PlanningModel

    return PlanningModel(model.name, model.settings, model.tables, model.inputs)


def _agree(name: str, question: dict[str, Any], one: float | None, other: float | None) -> None:
    if one is None or other is None or abs(one - other) > AGREE * abs(other):
        raise BenchmarkError(f"{name} {question}: {one} by update, {other} anew")


def _summary(size: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the runs of what a sweep takes in all, per question."""
    sweeps = {}
    for name in SWEEPS:
        parts = [result["sweeps"][name]["answers"] for result in results]
        each = {
            key: [sum(one[key] for one in answers) / len(answers) for answers in parts]
            for key in ("update_cpu_s", "fresh_cpu_s", "update_wall_s", "fresh_wall_s")
        }
        ratios = [
            fresh / update
            for update, fresh in zip(each["update_cpu_s"], each["fresh_cpu_s"], strict=True)
        ]
        sweeps[name] = {
            **{key: statistics.median(values) for key, values in each.items()},
            "ratio": statistics.median(ratios),
            "ratio_spread": [min(ratios), max(ratios)],
            "questions": len(SWEEPS[name]),
        }
    model = {"model": MODELS[size], "size": results[0]["size"]}
    return {**model, "sweeps": sweeps, "details": results}


def table(result: dict[str, Any]) -> str:
    """CPU seconds per question, a row for each sweep and size."""
    lines = []
    for size, found in result["sizes"].items():
        for name, sweep in found["sweeps"].items():
            low, high = sweep["ratio_spread"]
            lines.append(
                (
                    f"{size}, {name}",
                    f"{found['size']['variables']:,}",
                    f"{sweep['fresh_cpu_s']:.3f}",
                    f"{sweep['update_cpu_s']:.3f}",
                    f"{sweep['ratio']:.0f}",
                    f"{low:.0f} – {high:.0f}",
                )
            )
    heads = ("LP sweep", "columns", "first solve, CPU s", "update, CPU s", "ratio", "runs")
    return "\n\n".join([timing.markdown(heads, lines), timing.conditions(result["versions"])])
