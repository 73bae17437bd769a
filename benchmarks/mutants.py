"""How many small changes of the code the tests see: mutation testing of three packages.

A seeded random sample of places, shared over the modules of a package; at each place one change.
A change is killed when a test that reaches its line fails. Nothing is written into the tree.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import Any

from benchmarks.mutation import ledger, points
from benchmarks.mutation.bench import Bench, Outcome
from benchmarks.mutation.points import Mutant
from benchmarks.mutation.reach import Reach, measure
from benchmarks.mutation.session import preload
from benchmarks.options import BenchmarkError, Options
from benchmarks.timing import ROOT, conditions, markdown, versions

PACKAGES = {name: f"layout/{name}" for name in ("formulation", "checking", "model")}
PLANS = ("formulation", "features", "checking", "plan", "known/test_brute_force.py")
TESTS = {
    "formulation": PLANS,
    "checking": (*PLANS, "solving/test_objectives.py", "solving/test_modes.py"),
    "model": (
        *("model", "inputs/test_rules.py", "inputs/test_schema.py", "inputs/damage/test_damage.py"),
        *("features", "plan", "data/test_tables.py", "study/test_uncertainty.py"),
        *("cli/test_summary.py", "cli/test_synthetic.py", "formulation/test_by_hand.py"),
    ),
}
"""Package → the tests that it is tried with: those that need no new process for each case."""
AHEAD = {"checking": ("tests/checking/",)}
"""Plans to be checked are made by other code than what checks them."""
SAMPLE = 150
SEED = 1
NEEDED = ("cosmic_ray", "coverage", "pytest")

log = logging.getLogger(__name__)


def run(options: Options) -> dict[str, Any]:
    """Try a sample of each package asked for; BenchmarkError where a tool is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise BenchmarkError(f"not installed: {', '.join(missing)}; pip install '.[test,attack]'")
    preload()
    start = time.perf_counter()
    names = tuple(PACKAGES) if options.package is None else (options.package,)
    reach = _reach(options.reach, names)
    log.info("%d tests reach what is asked for, %.0f CPU s", len(reach.tests), sum(reach.cpu_s))
    seed = SEED if options.seed is None else options.seed
    found = {name: _package(name, options.sample or SAMPLE, seed, reach) for name in names}
    return {
        "seed": seed,
        "tests": len(reach.tests),
        "tests_cpu_s": sum(reach.cpu_s),
        "packages": found,
        "wall_s": time.perf_counter() - start,
        "versions": versions(),
    }


def _reach(file: Path | None, packages: Sequence[str]) -> Reach:
    """What tests reach: read from the file if it exists, else measured and written there."""
    if file is not None and file.exists():
        return Reach(**json.loads(file.read_text("utf-8")))
    wanted = {name: TESTS[name] for name in packages}
    paths = sorted({f"tests/{path}" for given in wanted.values() for path in given})
    ahead = tuple(folder for given in AHEAD.values() for folder in given)
    reach = measure(ROOT, paths, tuple(PACKAGES.values()), ahead)
    if reach.failed:
        log.warning("left out, since they fail on the code as it is: %s", ", ".join(reach.failed))
    if file is not None:
        file.write_text(json.dumps(asdict(reach)), "utf-8")
    return reach


def _package(name: str, count: int, seed: int, reach: Reach) -> dict[str, Any]:
    files = sorted((ROOT / PACKAGES[name]).rglob("*.py"))
    modules = [file.relative_to(ROOT).as_posix() for file in files]
    drawn = points.sample(ROOT, modules, count, seed)
    log.info("%s: %d mutants of %d modules", name, len(drawn), len(modules))

    def told(mutant: Mutant, outcome: Outcome) -> None:
        log.info("%s: %s %s", mutant.key, outcome.verdict, outcome.by)

    bench = Bench(ROOT, reach, told=told, ahead=AHEAD.get(name, ()))
    outcomes = bench.patient(bench.run(drawn))
    unsteady = bench.unsteady({outcome.by for _, outcome in outcomes if outcome.by})
    if unsteady:
        raise BenchmarkError(f"these tests fail now and then by themselves: {', '.join(unsteady)}")
    known = ledger.read(ROOT)
    verdicts: Counter[str] = Counter()
    left = []
    for mutant, outcome in sorted(outcomes, key=lambda pair: (pair[0].module, pair[0].line)):
        entry = ledger.key(ROOT, mutant)
        verdict, reason = outcome.verdict, ""
        if verdict in ("survived", "unreached") and entry in known:
            verdict, reason = known[entry]
        verdicts[verdict] += 1
        if outcome.verdict in ("survived", "unreached"):
            left.append({
                **dict(zip(ledger.COLUMNS[:4], entry, strict=True)),
                "line": mutant.line,
                "verdict": verdict,
                "reason": reason,
                "tests": outcome.tests,
                "left_out": outcome.left_out,
            })  # fmt: skip
    killed = verdicts["killed"] + verdicts["timeout"]
    judged = sum(verdicts.values()) - verdicts["equivalent"] - verdicts["invalid"]
    return {
        "modules": len(modules),
        "places": points.places(ROOT, modules),
        "sample": len(drawn),
        "verdicts": dict(verdicts),
        "share": killed / judged if judged else 1.0,
        "interval": wilson(killed, judged),
        "survivors": left,
    }


def wilson(hits: int, tries: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of Wilson for a share of `hits` in `tries`; (0, 1) without tries."""
    if tries == 0:
        return 0.0, 1.0
    share, spread = hits / tries, z * z / tries
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / tries + spread / (4 * tries)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def table(result: dict[str, Any]) -> str:
    """The share killed with its interval, and every survivor that has no reason yet."""
    rows, left = [], []
    for name, found in result["packages"].items():
        verdicts = found["verdicts"]
        low, high = found["interval"]
        rows.append((
            f"`layout/{name}`",
            str(found["places"]),
            str(found["sample"]),
            str(verdicts.get("killed", 0) + verdicts.get("timeout", 0)),
            str(verdicts.get("equivalent", 0)),
            f"{found['share']:.1%} ({low:.1%}–{high:.1%})",
        ))  # fmt: skip
        for each in found["survivors"]:
            if not each["reason"]:
                where = f"{each['module']}:{each['line']} {each['verdict']}"
                left.append(f"- {where}\n  - `{each['before']}`\n  - `{each['after']}`")
    heads = ("package", "places", "sample", "killed", "equivalent", "killed, 95% interval")
    parts = (
        f"Seed {result['seed']}; {result['tests']} tests; {result['wall_s']:.0f} s.",
        "",
        markdown(heads, rows),
        "",
        *(("Survivors without a reason in docs/mutants.csv:", "", *left, "") if left else ()),
        conditions(result["versions"]),
    )
    return "\n".join(parts)
