"""`layout solve` from start to proof, beside bare HiGHS on the same compiled matrix."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.options import BenchmarkError, Options
from benchmarks.timing import (
    ROOT,
    Watch,
    conditions,
    fresh,
    interleaved,
    markdown,
    median,
    run_command,
    spread,
    versions,
)

MODELS = {
    "S": "national-2025",
    "S+": "national-2030-pathway",
    "M": "national-prefectures-2025",
}
SIZES = tuple(MODELS)
RUNS = {"S": 3, "S+": 1, "M": 1}
# Stages of plan.json that come after the proof; all others lead to it.
AFTER = (
    "refine", "extract", "targets", "alike", "counterfactual", "explain", "verify",
)  # fmt: skip
STATED = ("read", "build", "compile")
FIGURES = (
    "start_s", "stated_s", "solve_s", "proof_s", "after_s", "wall_s", "cpu_s", "peak_mb",
)  # fmt: skip
ANSWER = ("status", "objective_mcny", "bound_mcny", "gap", "gap_location")
_LIMITED = 5  # exit code of a plan at a limit
_LOG = logging.getLogger("benchmarks.solve")


def ours(name: str) -> dict[str, Any]:
    """One `layout solve` in a fresh interpreter: seconds of its parts, answer, peak memory.

    `start_s` is what the process spends outside of the run itself (imports, writing),
    `proof_s` the time from its start to the proof.
    """
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "plan")
        found = run_command(
            [sys.executable, "-m", "layout", "solve", name, "-o", str(plan), "--quiet"]
        )
        if found["code"] not in (0, _LIMITED):
            raise BenchmarkError(
                f"layout solve {name} ended with {found['code']}: {found['stderr']}"
            )
        record = json.loads((plan / "plan.json").read_text("utf-8"))
    seconds = dict(record["seconds"])
    total = seconds.pop("total")
    after = sum(seconds.get(stage, 0.0) for stage in AFTER)
    stated = sum(seconds.get(stage, 0.0) for stage in STATED)
    start = found["wall_s"] - total
    return {
        "start_s": start,
        "stated_s": stated,
        "solve_s": total - after - stated,
        "proof_s": start + total - after,
        "after_s": after,
        "wall_s": found["wall_s"],
        "cpu_s": found["cpu_s"],
        "peak_mb": found["peak_mb"],
        "seconds": seconds,
        "invariant_mcny": record.get("invariant_cost_mcny"),
        **{key: record.get(key) for key in ANSWER},
    }


def bare(name: str, gap: float) -> dict[str, Any]:
    """HiGHS alone, in this process, on the matrix of the model with all flows and strong rows."""
    import highspy

    from layout.algebra import compile_model
    from layout.formulation import build
    from layout.model import read_model

    with Watch() as stating:
        model = read_model(name, sets=["solver.linking=strong", "solver.flows=all"])
        formulation = build(model)
        formulation.minimise_linear(formulation.objective("cost"), "cost")
        compiled = compile_model(formulation.pyomo)
    solver = model.settings.solver
    highs = highspy.Highs()
    options = {
        "output_flag": False,
        "threads": solver.threads,
        "random_seed": solver.seed,
        "mip_rel_gap": gap,
        "time_limit": float(solver.time_limit_s),
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    with Watch() as solving:
        compiled.pass_to(highs)
        highs.run()
    info = highs.getInfo()
    return {
        "stated_s": stating.wall_s,
        "solve_s": solving.wall_s,
        "cpu_s": solving.cpu_s,
        "status": highs.modelStatusToString(highs.getModelStatus()),
        "objective_mcny": info.objective_function_value,
        "bound_mcny": info.mip_dual_bound,
        "gap": info.mip_gap,
        "size": compiled.size,
    }


def run(options: Options) -> dict[str, Any]:
    """Measure the model of a size, ours and bare in turn; BenchmarkError if it is not shipped."""
    size = options.size or "S"
    name = MODELS[size]
    if not (ROOT / "models" / name / "model.yaml").is_file():
        raise BenchmarkError(f"there is no model {name} in this copy")
    if find_spec("highspy") is None:
        raise BenchmarkError("not installed: highspy")
    first = ours(name)
    _LOG.info("%s: proof after %.1f s", name, first["proof_s"])
    gap = _one_gap(name, first)

    def measure(which: str) -> dict[str, Any]:
        found = ours(name) if which == "layout" else fresh("benchmarks.solve:bare", name, gap)
        _LOG.info("%s, %s: solved in %.1f s", name, which, found["solve_s"])
        return dict(found)

    runs = options.runs or RUNS[size]
    measured = interleaved(("layout", "bare"), runs, measure) if runs > 1 else {
        "layout": [first], "bare": [measure("bare")],
    }  # fmt: skip
    layout, highs = measured["layout"], measured["bare"]
    bare_proof = median(layout, "start_s") + median(highs, "stated_s") + median(highs, "solve_s")
    return {
        "size": size,
        "model": name,
        "gap": gap,
        "runs": runs,
        "matrix": highs[0]["size"],
        "layout": {
            **{key: median(layout, key) for key in FIGURES},
            "spread_proof_s": spread(layout, "proof_s"),
            "seconds": layout[-1]["seconds"],
            **{key: layout[-1][key] for key in ANSWER},
        },
        "bare": {
            **{key: median(highs, key) for key in ("stated_s", "solve_s", "cpu_s")},
            "spread_solve_s": spread(highs, "solve_s"),
            "proof_s": bare_proof,
            **{key: highs[-1][key] for key in ("status", "objective_mcny", "bound_mcny", "gap")},
        },
        "ratios": {
            "solve layout/bare": median(layout, "solve_s") / median(highs, "solve_s"),
            "proof layout/bare": median(layout, "proof_s") / bare_proof,
        },
        "versions": versions(),
    }


def _one_gap(name: str, found: dict[str, Any]) -> float:
    """Both gaps of the model as the one that HiGHS knows, at the cost that was found."""
    from layout.model import read_model

    solver = read_model(name).settings.solver
    cost, fixed = found["objective_mcny"], found["invariant_mcny"] or 0.0
    return float(min(solver.gap, solver.gap_location * (cost - fixed) / cost))


def table(result: dict[str, Any]) -> str:
    """Ours and bare HiGHS under each other, and what ran."""
    rows = [_row("`layout solve`", result["layout"]), _row("bare HiGHS", result["bare"])]
    matrix = result["matrix"]
    title = (
        f"`{result['model']}` (size {result['size']}): {matrix['variables']:,} columns "
        f"({matrix['integers']:,} whole), {matrix['constraints']:,} rows, "
        f"{matrix['nonzeros']:,} nonzeros; gap {result['gap']:.2%}, runs {result['runs']}."
    )
    heads = (
        "path", "start s", "read, build, compile s", "solve s", "start → proof s", "after it s",
        "status", "gap", "bound mcny", "peak MB",
    )  # fmt: skip
    low, high = result["layout"]["spread_proof_s"]
    solve_low, solve_high = result["bare"]["spread_solve_s"]
    said = "; ".join(f"{name} {value:.2f}" for name, value in result["ratios"].items())
    spreads = (
        f"Start → proof {low:.1f}–{high:.1f} s; bare solve {solve_low:.1f}–{solve_high:.1f} s. "
        f"Ratios: {said}."
    )
    parts = (title, "", markdown(heads, rows), "", spreads, "", conditions(result["versions"]))
    return "\n".join(parts)


def _row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    def seconds(key: str) -> str:
        return f"{found[key]:.2f}" if key in found else ""

    return (
        name,
        *(seconds(key) for key in ("start_s", "stated_s", "solve_s", "proof_s", "after_s")),
        str(found["status"]),
        "" if found["gap"] is None else f"{found['gap']:.3%}",
        "" if found["bound_mcny"] is None else f"{found['bound_mcny']:,.0f}",
        f"{found['peak_mb']:,.0f}" if "peak_mb" in found else "",
    )
