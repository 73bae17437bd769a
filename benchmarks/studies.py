"""Studies of plans: sweeps whose questions go on from the last plan, beside a fresh solve of each.

Both answers of a question are proved to the same gaps; each must lie above the other's bound.
"""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks import timing
from benchmarks.options import BenchmarkError, Options

SIZES = ("S",)
MODEL = "national-2025"
GAPS: dict[str, dict[str, Any]] = {"0.1%": {}, "0.01%": {"gap": 1e-4, "gap_location": 1e-3}}
STUDIES: dict[str, list[dict[str, Any]]] = {
    "target": [{"targets": {"total-300": value}} for value in range(305, 351, 5)],
    "carbon price": [{"carbon_price_cny_per_t": value} for value in range(0, 201, 20)],
    "demand": [{"demand": f"*{1 + step / 50:.2f}"} for step in range(1, 11)],
}
RUNS = 1
ROUNDING = 1e-8


def run(options: Options) -> dict[str, Any]:
    """Seconds per question of every study, with and without the last answers."""
    runs = options.runs or RUNS
    found: dict[str, Any] = {}
    for gap in GAPS:
        results = [timing.fresh("benchmarks.studies:measured", gap) for _ in range(runs)]
        found[gap] = {name: _summary([result[name] for result in results]) for name in STUDIES}
    return {"model": MODEL, "gaps": found, "runs": runs, "versions": timing.versions()}


def measured(gap: str) -> dict[str, Any]:
    """Every study at one gap."""
    import layout
    from layout.model import PlanningModel
    from layout.solving.optimise import Clock, optimise, solver_settings
    from layout.solving.solver import Solver

    model, result = layout.read(MODEL), dict[str, Any]()
    settings = solver_settings(model, **GAPS[gap])
    for name, questions in STUDIES.items():
        with timing.Watch() as first:
            live = Solver(model, **GAPS[gap])
            live.solve()
        answers = []
        for question in questions:
            with timing.Watch() as update:
                reply = live.update(**question).solve()
            own = live.model
            asked = PlanningModel(own.name, own.settings, own.tables, own.inputs)
            with timing.Watch() as fresh:
                other = optimise(asked, settings, Clock(None)).outcome
            _agree(name, question, reply.outcome, other)
            answers.append(
                {
                    "question": {key: str(value) for key, value in question.items()},
                    "by": reply.how,
                    "update_mcny": reply.objective_mcny,
                    "fresh_mcny": other.objective,
                    "update_cpu_s": update.cpu_s,
                    "fresh_cpu_s": fresh.cpu_s,
                    "update_wall_s": update.wall_s,
                    "fresh_wall_s": fresh.wall_s,
                }
            )
        result[name] = {"first_cpu_s": first.cpu_s, "answers": answers}
    return result


def _agree(name: str, question: dict[str, Any], one: Any, other: Any) -> None:
    for plan, proof in ((one, other), (other, one)):
        if plan.status != "optimal" or plan.objective < proof.bound * (1 - ROUNDING):
            raise BenchmarkError(
                f"{name} {question}: {one.status}, {other.status}, or wrong bounds"
            )


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    each = {
        key: [
            sum(answer[key] for answer in result["answers"]) / len(result["answers"])
            for result in results
        ]
        for key in ("update_cpu_s", "fresh_cpu_s", "update_wall_s", "fresh_wall_s")
    }
    ratios = [
        fresh / update
        for update, fresh in zip(each["update_cpu_s"], each["fresh_cpu_s"], strict=True)
    ]
    answers = results[0]["answers"]
    dearer = [answer["update_mcny"] / answer["fresh_mcny"] - 1 for answer in answers]
    return {
        **{key: statistics.median(values) for key, values in each.items()},
        "ratio": statistics.median(ratios),
        "ratio_spread": [min(ratios), max(ratios)],
        "questions": len(answers),
        "branched": sum(answer["by"] == "branching" for answer in answers),
        "dearer_mean": statistics.mean(dearer),
        "details": results,
    }


def table(result: dict[str, Any]) -> str:
    """CPU seconds per question, a row for each study and gap."""
    lines = []
    for gap, studies in result["gaps"].items():
        for name, study in studies.items():
            low, high = study["ratio_spread"]
            lines.append(
                (
                    f"{name}, gap {gap}",
                    str(study["questions"]),
                    f"{study['fresh_cpu_s']:.2f}",
                    f"{study['update_cpu_s']:.2f}",
                    f"{study['ratio']:.1f}",
                    f"{low:.1f} – {high:.1f}",
                    str(study["branched"]),
                    f"{100 * study['dearer_mean']:+.4f}%",
                )
            )
    heads = (
        "study",
        "questions",
        "fresh, CPU s",
        "update, CPU s",
        "ratio",
        "runs",
        "branched",
        "cost, update − fresh",
    )
    return "\n\n".join([timing.markdown(heads, lines), timing.conditions(result["versions"])])
