"""What the page shows of a plan: what the map, the report and the command line show of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.cli.screen.conflict import conflict_lines
from layout.cli.screen.heading import money, status_sentence, verification_line
from layout.cli.screen.numbers import gap, known, precise
from layout.errors import Problem
from layout.labels import text
from layout.labels.cleaning import clean, clean_lines
from layout.names import word
from layout.plan.files import PLAN_JSON

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.report.view import View
    from layout.serve.runs import Run

KEPT = 4
"""Plans that are kept in memory once they were read."""


@dataclass(frozen=True)
class Read:
    """A plan as its folder has it, and its last year as its map shows it."""

    plan: Plan
    view: View


class Plans:
    """Plans of runs, read once; a plan folder never changes after it has appeared."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int], Read] = OrderedDict()

    def get(self, folder: Path, lang: str) -> Read:
        """The plan in a folder. Raises InputError and FileProblem."""
        key = (folder, (folder / PLAN_JSON).stat().st_mtime_ns)
        with self._guard:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = _read(folder, lang)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            view = found.view if found.view.lang == lang else found.view.in_language(lang)
            return Read(found.plan, view)


def _read(folder: Path, lang: str) -> Read:
    from layout.plan import read_plan
    from layout.report.boundaries import shipped_boundaries
    from layout.report.frames import Frames

    plan = read_plan(folder)
    return Read(plan, Frames(plan, lang, shipped_boundaries()).views[-1])


def answer(read: Read) -> dict[str, Any]:
    """Key figures, targets with verdicts, and what was verified, in words.

    The figures and the values of targets are those that stand beside the map, digit for digit.
    """
    from layout.report.panel import figure_records, target_records, verdict_counts

    plan, view = read.plan, read.view
    return {
        "figures": figure_records(view),
        "targets": target_records(view),
        "counts": verdict_counts(view),
        "verified": " ".join(verification_line(plan.record, view.lang)),
        "year": view.year,
    }


def state(run: Run, lang: str) -> dict[str, str]:
    """How a run stands: a key for the colour, one word, and the sentence of what is proved."""
    record = run.record()
    status = str(record.get("status", ""))
    if run.at_work:
        key = "cancelling" if run.cancelled else "running"
        return {"key": key, "word": text(f"serve.state.{key}", lang), "sentence": ""}
    if record:
        key = status if status in ("optimal", "feasible", "infeasible") else "failed"
        sentence = status_sentence(record, lang)
    else:
        key = "cancelled" if run.cancelled else "failed"
        sentence = text(f"serve.none.{key}", lang)
    return {"key": key, "word": text(f"serve.state.{key}", lang), "sentence": sentence}


def in_short(run: Run, lang: str) -> dict[str, Any]:
    """A run in a row of the list."""
    record = run.record()
    has = record.get("status") in ("optimal", "feasible")
    title = run.asked.get("title")
    titles = title if isinstance(title, dict) else {}
    return {
        "name": run.name,
        "number": int(run.name.removeprefix("run-")),
        "title": clean(titles.get(lang) or run.asked.get("model", "")),
        "model": clean(run.asked.get("model", "")),
        "changes": len(run.asked.get("changes") or ()),
        "at": clean(run.asked.get("begun", "")),
        "cost": money(record.get("objective_mcny"), lang, precise) if has else "–",
        "gap": gap(record.get("gap")) if has else "–",
        **state(run, lang),
    }


def live(run: Run, lang: str) -> dict[str, Any]:
    """How far a run is, in words of the command line and digits of its last sentence."""
    event = run.progress
    stage = str(event.get("stage", ""))
    found = {name: money(event.get(name), lang, precise) for name in ("incumbent", "bound")}
    found |= {name: gap(event.get(name)) for name in ("gap", "gap_location")}
    shown = {name: value if known(event.get(name)) else "–" for name, value in found.items()}
    begun = word(f"cli.stage.{stage}", lang, stage) if stage else text("serve.stage.read", lang)
    return {
        **shown,
        "stage": begun,
        "seconds": f"{run.seconds:.0f} s",
        "state": text("serve.state.cancelling" if run.cancelled else "serve.state.running", lang),
        "over": not run.at_work,
    }


def why_not(run: Run, lang: str) -> list[str]:
    """Of a run without a plan to show: the conflict with its ways out, or what it printed."""
    if run.has_plan:
        from layout.plan import read_plan

        return conflict_lines(read_plan(run.plan), lang)
    return clean_lines(run.printed("err.txt")).splitlines()


def problems(found: Sequence[Problem], lang: str) -> list[dict[str, str]]:
    """Rows of a table of problems, errors first."""
    order = ("error", "warning")
    return [
        {
            "severity": one.severity,
            "word": text(f"cli.severity.{one.severity}", lang).strip(),
            "where": clean(one.where(lang)),
            **{name: clean(one.part(name, lang)) for name in ("found", "expected", "fix")},
        }
        for one in sorted(found, key=lambda one: order.index(one.severity))
    ]


def beside(first: Read, second: Read, names: tuple[str, str]) -> dict[str, Any]:
    """Two plans side by side: what differs in sentences, figures and targets of both.

    The first one is what the second is compared with.
    """
    from layout.cli.screen.differences import input_sentences, sentences
    from layout.report.difference import panel_difference
    from layout.study.comparing.comparing import Side, compared

    plans = (first.plan, second.plan)
    sides = [Side(name, one.model, one) for name, one in zip(names, plans, strict=True)]
    found = compared(sides)
    lang = first.view.lang
    inputs, told = input_sentences(found, names[1], lang)
    scenes = [answer(one) for one in (first, second)]
    figures, targets = panel_difference(scenes[0], scenes[1], lang)
    return {
        "inputs": inputs,
        "told": told,
        "sentences": sentences(found, found.pairs[0], lang),
        "figures": figures,
        "targets": targets,
    }
