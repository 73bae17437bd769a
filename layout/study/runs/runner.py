"""Many cases of one model: solved here or on a Dask cluster, stored as they finish."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.study.runs.cases import Case, check_cases
from layout.study.runs.manifest import digest_of, manifest_of
from layout.study.runs.solving import RETRIES, Answers, Job, base_of, failed
from layout.study.runs.store import Part, Store, check_store, opened

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Question:
    """The model of a study: a name or path, ``--set`` texts of every case, scenarios."""

    model: str | Path
    sets: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """How each case is solved; None is what the model says.

    Every case takes one thread. With `check` each plan passes the independent check, else the
    case fails. `overwrite` lets a study replace another one in its folder.
    """

    gap: float | None = None
    time_limit_s: float | None = None
    seed: int | None = None
    check: bool = True
    overwrite: bool = False

    @property
    def limits(self) -> dict[str, Any]:
        """What goes to the solver."""
        return {"gap": self.gap, "time_limit_s": self.time_limit_s, "seed": self.seed}


@dataclass(frozen=True)
class Standing:
    """How far a study is: `rate` in cases per second of this run, `left_s` None while unknown."""

    done: int
    total: int
    failed: int
    rate: float
    left_s: float | None
    workers: int


Progress = Callable[[Standing], None]


@dataclass(frozen=True)
class Results:
    """The answers in a folder.

    `table` has a row for every case: case, a column for each parameter, status, reason,
    objective_mcny, bound_mcny, gap, gap_location, carbon_kt, ``cost_<component>_mcny``,
    ``kpi_<name>``, ``target_<id>`` (achieved), ``met_<id>`` (1 or 0), seconds, attempts.
    `decisions` has case, site, kind, year, compute_eflops, added_eflops (EFLOPS in the precision
    of the kind) and it_mw.
    """

    folder: Path
    manifest: Mapping[str, Any]
    cases: tuple[Case, ...]
    store: Store = field(repr=False)
    seconds: float = 0.0
    recomputed: int = 0

    @property
    def taken_over(self) -> int:
        """How many cases an earlier run had finished."""
        return len(self.cases) - self.recomputed

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per case."""
        return self.store.table()

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """What stands at which site, for every case that has a plan."""
        return self.store.decisions()


def run_cases(
    folder: str | Path,
    question: Question | tuple[Any, ...],
    cases: Sequence[Case],
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
    study: str = "sweep",
) -> Results:
    """Solve every case and store its answer under ``folder/results/``.

    `workers` 1 solves here, more start as many processes on this machine; `scheduler` is the
    address of a Dask cluster (``tcp://…``, ``tls://…``). What a killed run of the same question
    finished is taken over. A case that fails is tried again twice, then stored as failed with its
    reason. The answers do not depend on who solved what, in which order. `study` is the command
    that asks, for ``study.json`` until `layout.study.runs.store.publish_into` writes it whole.

    Raises InputError with all wrong paths and values before anything is written, FileProblem
    where the folder holds another study, KeyboardInterrupt after Ctrl-C: what is done stays.
    """
    place, options = Path(folder), options or Options()
    asked = question if isinstance(question, Question) else Question(*question)
    begun = time.perf_counter()
    base = base_of(asked.model, asked.sets, asked.scenarios)
    check_cases(base, cases, asked.sets)
    manifest = manifest_of(base, asked.sets, asked.scenarios, cases, options)
    job = Job(base, tuple(asked.sets), options.limits, options.check)
    check_store(place, manifest, options.overwrite)
    with opened(place, manifest, options.overwrite, study) as store:
        done = store.done()
        left = [case for case in cases if case.number not in done]
        if left:
            ready = job.started()
            watch = Watch(len(cases), len(done), progress)
            name = f"layout-{digest_of(manifest)[:16]}"
            with closing(_answers(ready, left, workers, scheduler, watch, name)) as parts:
                for part in parts:
                    store.put(part)
                    watch.one_more()
        store.compact()
        seconds = time.perf_counter() - begun
        return Results(place, manifest, tuple(cases), store, seconds, len(left))


def _answers(
    job: Job, cases: list[Case], workers: int, scheduler: str | None, watch: Watch, name: str
) -> Generator[Part, None, None]:
    """The answers as they come: from this process, or from Dask."""
    if workers > 1 or scheduler is not None:
        from layout.study.runs.cluster import spread

        yield from spread(job, cases, workers, scheduler, watch, name)
        return
    answers = Answers(job)
    for case in cases:
        found = attempted(answers, case)
        watch.failed += found[1]
        yield found[0]


def attempted(answers: Answers, case: Case) -> tuple[Part, bool]:
    """A case, tried again after a failure; and whether it is recorded as failed in the end."""
    for attempt in range(1, RETRIES + 2):
        told = answers.told(case, attempt)
        if told.part is not None:
            return told.part, False
        if told.final:
            break
    return failed(case, told.reason, attempt), True


class Watch:
    """Counts what is done and tells the listener."""

    def __init__(self, total: int, done: int, progress: Progress | None) -> None:
        self.total, self.done, self.failed, self.workers = total, done, 0, 1
        self._progress = progress
        self._begun, self._first = time.perf_counter(), done
        self.tell()

    def one_more(self) -> None:
        """Another case is stored."""
        self.done += 1
        self.tell()

    def tell(self) -> None:
        """Say how far the study is."""
        if self._progress is None:
            return
        new, seconds = self.done - self._first, time.perf_counter() - self._begun
        rate = new / seconds if seconds > 0 else 0.0
        left = (self.total - self.done) / rate if rate > 0 else None
        self._progress(Standing(self.done, self.total, self.failed, rate, left, self.workers))
