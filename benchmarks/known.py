"""Instances of the literature against their published optima, and against bare HiGHS.

Every question of the manifest that the public tables can state: written as tables, read, solved
and verified by layout; made in numpy as the full strong formulation and solved by HiGHS alone.
Both on one thread, to the same gap, one after the other in one interpreter.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.instances.manifest import FOLDER, Question, question, questions
from benchmarks.options import BenchmarkError, Options
from benchmarks.timing import conditions, fresh, load_average, markdown, versions

GAP = 1e-6
CPU_LIMIT_S = 40.0
AT_ONCE = 8  # questions that one fresh interpreter answers, after a tiny one that pays its imports
LONG_S = 1.0
"""From so many CPU seconds of bare HiGHS on a ratio says something about solving."""
HEADS = (
    "instance",
    "published",
    "layout",
    "relative difference",
    "linking",
    "layout, CPU s",
    "bare HiGHS, CPU s",
    "ratio",
    "reading, CPU s",
    "tables and check, CPU s",
)

log = logging.getLogger(__name__)


def run(options: Options) -> dict[str, Any]:
    """Measure every question whose label matches `only`; raises BenchmarkError where none does."""
    if not (FOLDER / "manifest.csv").is_file():
        raise BenchmarkError(f"no instances in {FOLDER} (set LAYOUT_BENCHMARKS)")
    pattern = re.compile(options.only or "")
    asked = [each for each in questions() if pattern.search(each.label)]
    if not asked:
        raise BenchmarkError(f"no instance whose name matches {options.only!r}")
    limit = CPU_LIMIT_S if options.time_limit_s is None else options.time_limit_s
    found: list[dict[str, Any]] = []
    for first in range(0, len(asked), AT_ONCE):
        keys = [(each.name, each.variant, each.parameters) for each in asked[first:][:AT_ONCE]]
        for each in fresh("benchmarks.known:measured", keys, limit, options.linking):
            log.info("%s: %s", each["label"], _progress(each))
            found.append(each)
    return {
        "gap": GAP,
        "cpu_limit_s": limit,
        "instances": found,
        "summary": summary(found),
        "versions": versions(),
    }


def measured(keys: list[list[str]], cpu_limit_s: float, linking: str) -> list[dict[str, Any]]:
    """Some questions both ways; the order changes so that neither always goes first."""
    from benchmarks.instances.ours import warmed_up

    warmed_up()
    return [
        _measured(question(*key), cpu_limit_s, linking, ours_first=number % 2 == 0)
        for number, key in enumerate(keys)
    ]


def _measured(
    asked: Question, cpu_limit_s: float, linking: str, *, ours_first: bool
) -> dict[str, Any]:
    from benchmarks.instances.bare import solve_bare
    from benchmarks.instances.ours import proved, solve_ours

    instance = asked.instance()
    ways: dict[str, Callable[..., dict[str, Any]]] = {
        "layout": partial(solve_ours, linking=linking),
        "bare": solve_bare,
    }
    order = list(ways) if ours_first else list(reversed(ways))
    found = {way: ways[way](instance, GAP, cpu_limit_s) for way in order}
    ours, bare = found["layout"], found["bare"]
    missed = proved(asked.missed(), GAP, cpu_limit_s) if asked.is_radius else None
    return {
        "label": asked.label,
        "family": asked.family,
        "sites": instance.shape[0],
        "customers": instance.shape[1],
        "published": float(asked.printed) if asked.is_radius else asked.published,
        "tolerance": asked.tolerance,
        "where": asked.where,
        "layout": ours,
        "bare": bare,
        "one_unit_less": missed,
        "answer": _answer(asked, ours, missed),
        "relative_difference": _difference(asked, ours, missed),
        "ratio": ours["cpu_s"] / bare["cpu_s"],
        "load_average": load_average(),
    }


def _answer(asked: Question, ours: dict[str, Any], missed: str | None) -> str:
    """`yes`, `NO`, or `open` where the time was up before the proof."""
    if asked.is_radius:
        if "limit" in (ours["status"], missed) or "no_solution" in (ours["status"], missed):
            return "open"
        return "yes" if (ours["status"], missed) == ("optimal", "infeasible") else "NO"
    if ours["status"] != "optimal":
        return "open"
    near = abs(ours["value"] - asked.published) <= asked.tolerance
    return "yes" if near and ours["verified"] else "NO"


def _difference(asked: Question, ours: dict[str, Any], missed: str | None) -> float | None:
    if asked.is_radius:
        return 0.0 if _answer(asked, ours, missed) == "yes" else None
    if ours["value"] is None:
        return None
    return (float(ours["value"]) - asked.published) / asked.published


def gap(found: dict[str, Any]) -> float | None:
    """What is left between value and bound, relative to the value; None without a plan."""
    value, bound = found["value"], found["bound"]
    if value is None or bound is None or abs(bound) >= 1e30:
        return None
    return max(0.0, (value - bound) / abs(value)) if value else 0.0


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """How many answers agree, and how long both took in all where both proved theirs."""
    both = [
        each
        for each in found
        if each["layout"]["status"] == "optimal" and each["bare"]["status"] == "optimal"
    ]
    long = [each for each in both if each["bare"]["cpu_s"] >= LONG_S]
    ratios = sorted(each["ratio"] for each in long)
    return {
        "instances": len(found),
        **{word: sum(each["answer"] == word for each in found) for word in ("yes", "open", "NO")},
        "proved_by_bare": sum(each["bare"]["status"] == "optimal" for each in found),
        "long": len(long),
        "median_ratio_long": ratios[len(ratios) // 2] if ratios else None,
        "within_1.3_long": sum(ratio <= 1.3 for ratio in ratios),
        "layout_cpu_s": sum(each["layout"]["cpu_s"] for each in both),
        "bare_cpu_s": sum(each["bare"]["cpu_s"] for each in both),
        "most_lost_on_short_s": max(
            (
                each["layout"]["cpu_s"] - each["bare"]["cpu_s"]
                for each in both
                if each["bare"]["cpu_s"] < LONG_S
            ),
            default=None,
        ),
    }


def table(result: dict[str, Any]) -> str:
    """What was proved, then what was open when the time was up, with the gaps of both."""
    proved = [each for each in result["instances"] if each["answer"] != "open"]
    left = [each for each in result["instances"] if each["answer"] == "open"]
    parts = [_words(result["summary"])]
    if proved:
        parts.append(markdown(HEADS, [_row(each) for each in proved]))
    if left:
        parts.append(
            f"Not proved by layout in {result['cpu_limit_s']:g} CPU seconds: the gaps then. A "
            "limit is looked at now and then, so that both may take a little longer."
        )
        heads = (
            "instance", "published", "layout", "gap, layout", "gap, bare HiGHS",
            "linking", "layout, CPU s", "bare HiGHS, CPU s",
        )  # fmt: skip
        parts.append(markdown(heads, [_open_row(each) for each in left]))
    parts.append(conditions(result["versions"]))
    return "\n\n".join(parts)


def _words(found: dict[str, Any]) -> str:
    text = (
        f"{found['instances']} questions: layout proves {found['yes']} at the published value, "
        f"{found['open']} are open when the time is up, {found['NO']} differ; bare HiGHS proves "
        f"{found['proved_by_bare']}. Where both prove: layout {found['layout_cpu_s']:.1f} CPU s, "
        f"bare HiGHS {found['bare_cpu_s']:.1f}."
    )
    if found["median_ratio_long"] is not None:
        text += (
            f" Of the {found['long']} on which bare HiGHS takes {LONG_S:g} s or more, "
            f"{found['within_1.3_long']} are within 1.3 times; the median ratio is "
            f"{found['median_ratio_long']:.2f}."
        )
    if found["most_lost_on_short_s"] is not None:
        text += (
            f" On the shorter ones layout takes at most {found['most_lost_on_short_s']:.2f} CPU s "
            "more."
        )
    return text


def _row(each: dict[str, Any]) -> list[str]:
    ours, bare = each["layout"], each["bare"]
    if each["one_unit_less"] is not None:
        value = f"{each['published']:g} can be kept, {each['published'] - 1:g} cannot"
    else:
        value = _number(ours["value"])
    difference = each["relative_difference"]
    limited = "" if bare["status"] == "optimal" else f" ({bare['status']})"
    return [
        each["label"] + ("" if each["answer"] == "yes" else " **differs**"),
        _number(each["published"]),
        value,
        "" if difference is None else f"{difference:.1e}",
        ours["linking"],
        f"{ours['cpu_s']:.2f}",
        f"{bare['cpu_s']:.2f}{limited}",
        f"{each['ratio']:.2f}",
        f"{ours['read_cpu_s']:.2f}",
        f"{ours['after_cpu_s']:.2f}",
    ]


def _open_row(each: dict[str, Any]) -> list[str]:
    ours, bare = each["layout"], each["bare"]
    return [
        each["label"],
        _number(each["published"]),
        _number(ours["value"]),
        _share(gap(ours)),
        "proved" if bare["status"] == "optimal" else _share(gap(bare)),
        ours["linking"],
        f"{ours['cpu_s']:.1f}",
        f"{bare['cpu_s']:.1f}",
    ]


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _share(value: float | None) -> str:
    return "no plan" if value is None else f"{100 * value:.3f}%"


def _progress(each: dict[str, Any]) -> str:
    return (
        f"{each['answer']}, layout {each['layout']['cpu_s']:.2f} CPU s, "
        f"bare HiGHS {each['bare']['cpu_s']:.2f} CPU s"
    )
