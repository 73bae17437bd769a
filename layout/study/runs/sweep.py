"""What becomes of a plan when some inputs take other values: every combination, or a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import InputError
from layout.model.document import Place
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.folder import Study, study_folder
from layout.study.runs.cases import Case, grid, joined, listed
from layout.study.runs.runner import Options, Progress, Question, Results, run_cases
from layout.study.runs.solving import FAILED, base_of
from layout.study.runs.store import publish_into

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND = "sweep"
CLOCKED = ("seconds", "cpu_s", "waited_s", "attempts")
"""Columns of the Parquet data set that differ from run to run; no CSV table holds them."""
TEXTS = ("status", "reason", "how", "verified")
PLANNED = ("optimal", "feasible")
ZERO = 1e-9


@dataclass(frozen=True)
class Sweep(Study):
    """A sweep: tables `results` (a row per case), `effects` (per value) and `sites`.

    `results` holds the data sets themselves.
    """

    results: Results | None = None

    @property
    def decisions(self) -> pd.DataFrame:
        """Case, site, kind, year → compute_eflops, added_eflops, it_mw."""
        assert self.results is not None
        return self.results.decisions


def cases_of(vary: Sequence[str], file: str | Path | None) -> list[Case]:
    """The combinations of `vary`, the rows of a file, or each of the one with each of the other.

    Raises InputError with every problem, also where nothing varies.
    """
    if not vary and file is None:
        raise InputError([Place("--vary").problem("vary_none")])
    found = grid(vary) if vary else []
    if file is None:
        return found
    rows = listed(file)
    return joined(found, rows) if found else rows


def folder_of(question: Question) -> Path:
    """Where a sweep goes that names no folder."""
    from layout.model.sources import find_model, model_name

    path = find_model(str(question.model))
    name = str(question.model) if path is None else model_name(path)
    return study_folder(name, COMMAND)


def sweep(
    question: Question,
    cases: Sequence[Case],
    folder: Path,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
) -> Sweep:
    """Solve every case and write its tables; see `layout.study.runs.runner.run_cases`."""
    results = run_cases(
        folder,
        question,
        cases,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
        options=options,
        study=COMMAND,
    )
    base = base_of(question.model, question.sets, question.scenarios)
    kinds = base.model(question.sets)["kinds"]
    units = dict(zip(kinds["kind"], kinds["precision"], strict=True))
    study = Sweep(_record(results, units), *tables_of(results), results=results)
    publish_into(study, folder)
    return study


def tables_of(results: Results) -> tuple[tuple[PlanFile, ...], dict[str, pd.DataFrame]]:
    """The declared tables of a study of many cases: results, effects and sites."""
    rows = results.table.drop(columns=[name for name in CLOCKED if name in results.table])
    parameters = list(results.manifest["parameters"])
    files = (_results_file(rows), EFFECTS, SITES)
    tables = {
        "results": rows,
        "effects": effects(rows, parameters),
        "sites": sites(rows, results.decisions),
    }
    return files, {file.name: file.frame(tables[file.name]) for file in files}


def _results_file(rows: pd.DataFrame) -> PlanFile:
    """The declaration of the rows, one column for each parameter, cost part, figure and target."""
    columns = [Column("case", INTEGER)]
    for name in rows.columns[1:]:
        textual = name in TEXTS or not pd.api.types.is_numeric_dtype(rows[name])
        columns.append(Column(name, TEXT if textual else NUMBER, "", empty=True))
    return PlanFile("results", ("case",), tuple(columns))


def _numbers(unit: str, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, unit, empty=True) for name in names)


EFFECTS = PlanFile(
    "effects",
    ("parameter", "position"),
    (
        Column("parameter", TEXT),
        Column("position", INTEGER),
        Column("value", TEXT),
        *(Column(name, INTEGER) for name in ("cases", "planned", "infeasible", "failed")),
        *_numbers("mcny/year", "objective_least_mcny", "objective_mean_mcny"),
        *_numbers("mcny/year", "objective_most_mcny"),
        *_numbers("kt", "carbon_least_kt", "carbon_mean_kt", "carbon_most_kt"),
    ),
)
"""Parameter and value → cases, how they ended, and cost and carbon of those with a plan."""

SITES = PlanFile(
    "sites",
    ("site", "kind", "year"),
    (
        *(Column(name, TEXT) for name in ("site", "kind")),
        Column("year", INTEGER),
        *(Column(name, INTEGER) for name in ("cases_added", "cases_planned")),
        *_numbers("share", "share_added"),
        *_numbers("EFLOPS", "added_least_eflops", "added_mean_eflops", "added_most_eflops"),
        *_numbers("EFLOPS", "compute_least_eflops", "compute_mean_eflops", "compute_most_eflops"),
    ),
)
"""Site, kind and year → in how many cases something is added there, and how much, zeros counted."""


def effects(rows: pd.DataFrame, parameters: Sequence[str]) -> pd.DataFrame:
    """Every value of every parameter with the cases that have it, the others as they come."""
    found = []
    for name in parameters:
        values = rows[name] if name in rows else pd.Series(dtype=str)
        for position, value in enumerate(_in_order(values), start=1):
            own = rows[values == value]
            found.append({"parameter": name, "position": position, "value": shown(value)}
                         | _counts(own) | _spread(own))  # fmt: skip
    return EFFECTS.frame(pd.DataFrame(found) if found else None)


def shown(value: Any) -> str:
    """A value as a text: numbers as short as they can be."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _in_order(values: pd.Series) -> list[Any]:
    """Numbers by size, texts in the order in which they come; nothing where no value stands."""
    known = values.dropna()
    if pd.api.types.is_numeric_dtype(known):
        return [float(value) for value in np.unique(known.to_numpy(float))]
    return [value for value in dict.fromkeys(known) if value != ""]


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    status = rows["status"]
    return {
        "cases": len(rows),
        "planned": int(status.isin(PLANNED).sum()),
        "infeasible": int((status == "infeasible").sum()),
        "failed": int((status == FAILED).sum()),
    }


def _spread(rows: pd.DataFrame) -> dict[str, float]:
    """Least, mean and most of cost and carbon over the cases that have a plan."""
    planned = rows[rows["status"].isin(PLANNED)]
    found: dict[str, float] = {}
    ways: dict[str, Callable[[Any], Any]] = {"least": np.min, "mean": np.mean, "most": np.max}
    for column, unit in (("objective", "mcny"), ("carbon", "kt")):
        name = f"{column}_{unit}"
        values = planned[name].to_numpy(float) if name in planned else np.zeros(0)
        for word, way in ways.items():
            found[f"{column}_{word}_{unit}"] = float(way(values)) if len(values) else np.nan
    return found


def sites(rows: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """What the cases with a plan have in common: where something is added, and how much."""
    planned = int(rows["status"].isin(PLANNED).sum())
    key = ["site", "kind", "year"]
    if decisions.empty or not planned:
        return SITES.frame()
    added = decisions["added_eflops"] > ZERO
    groups = decisions.assign(some=added).groupby(key)
    present = groups["case"].nunique().to_numpy()
    everywhere = present == planned
    found = groups["some"].sum().reset_index(name="cases_added")
    found["cases_planned"] = planned
    found["share_added"] = found["cases_added"] / planned
    for column in ("added", "compute"):
        values = groups[f"{column}_eflops"]
        found[f"{column}_least_eflops"] = np.where(everywhere, values.min().to_numpy(), 0.0)
        found[f"{column}_mean_eflops"] = values.sum().to_numpy() / planned
        found[f"{column}_most_eflops"] = values.max().to_numpy()
    return SITES.frame(found)


def _record(results: Results, units: dict[str, str]) -> dict[str, Any]:
    """``study.json``: what was asked, and how the cases ended; no times, they are in Parquet."""
    rows = results.table
    planned = rows[rows["status"].isin(PLANNED)]
    record: dict[str, Any] = {
        "study": COMMAND,
        "model": results.manifest["model"],
        "status": "complete",
        "manifest": dict(results.manifest),
        "statuses": {str(k): int(v) for k, v in sorted(rows["status"].value_counts().items())},
        "parameters": {
            name: [shown(value) for value in _in_order(rows[name])]
            for name in results.manifest["parameters"]
            if name in rows
        },
        "precisions": units,
    }
    for word, at in (("least", np.argmin), ("most", np.argmax)):
        if len(planned):
            row = planned.iloc[int(at(planned["objective_mcny"].to_numpy(float)))]
            names = ("case", "objective_mcny", "bound_mcny", "carbon_kt")
            record[f"{word}_cost"] = {name: row[name] for name in names}
    return record
