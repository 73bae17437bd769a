"""Cases spread over a Dask cluster: one of processes on this machine, or one that runs already.

Data travel, no code: a worker imports `layout` itself and gets the model as its files say it, the
start of every case, and for each case its number and the texts of ``--set``. It answers with the
case as it is stored. A case whose worker dies is tried again when all others are done, alone, so
that what kills workers is told from what only ran beside it.
"""

from __future__ import annotations

import logging
import pickle  # nosec B403 # of what this program sends to its own workers
import signal
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin, get_worker

from layout.errors import InputError, LayoutError
from layout.model.document import Place
from layout.model.naming import shown
from layout.study.runs.cases import Case
from layout.study.runs.manifest import versions
from layout.study.runs.solving import RETRIES, Answers, Job, Told, failed
from layout.study.runs.store import Part

if TYPE_CHECKING:
    from layout.study.runs.runner import Watch

LOOK_S = 1.0
"""How often the number of workers is asked for."""
CONNECT_S = 20
_ONE_AT_A_TIME = threading.Lock()


class StudyPlugin(WorkerPlugin):
    """Gives every worker, also one that joins later, what it needs for a study."""

    def __init__(self, name: str, payload: bytes, wanted: dict[str, str]) -> None:
        self.name = name
        self.payload = payload
        self.wanted = wanted
        self.answers: Answers | None = None

    def setup(self, worker: Any) -> None:
        """Refuse another version of the program; read the study."""
        found = versions()
        if found != self.wanted:
            raise RuntimeError(f"{found} ≠ {self.wanted}")
        self.answers = Answers(pickle.loads(self.payload))  # nosec B301 # as Dask itself does

    def __getstate__(self) -> dict[str, Any]:
        """What is sent."""
        return {**self.__dict__, "answers": None}


def answer(study: str, case: Case, attempt: int) -> Told:
    """Answer a case on a worker; no two at once, since HiGHS shares its threads in a process."""
    plugin = get_worker().plugins[study]
    assert isinstance(plugin, StudyPlugin) and plugin.answers is not None
    with _ONE_AT_A_TIME:
        return plugin.answers.told(case, attempt)


def spread(
    job: Job, cases: list[Case], workers: int, scheduler: str | None, watch: Watch, name: str
) -> Iterator[Part]:
    """The cases as they are answered, failed ones last.

    Raises InputError where the scheduler cannot be reached or its workers are not fit,
    LayoutError where it is lost on the way.
    """
    with _connected(workers, scheduler) as client:
        _equip(client, name, job)
        try:
            yield from Dispatch(client, name, cases, watch).run()
        except OSError as error:  # the connection closed, or its time ran out
            raise LayoutError("study.error.scheduler_lost") from error
        finally:
            with suppress(Exception):
                client.unregister_worker_plugin(name)


@contextmanager
def _connected(workers: int, scheduler: str | None) -> Iterator[Client]:
    """A client of the cluster; one of our own is closed with it."""
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            at = Place(f"--scheduler {shown(scheduler)}")
            detail = shown(error, 200)
            raise InputError([at.problem("scheduler_unreachable", detail=detail)]) from error
        with client:
            yield client
        return
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        _own(workers) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _own(workers: int) -> LocalCluster:
    """Processes of this machine that leave Ctrl-C to us."""
    ours = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ours else None
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    finally:
        if ours:
            signal.signal(signal.SIGINT, before)


def _equip(client: Client, name: str, job: Job) -> None:
    plugin = StudyPlugin(name, pickle.dumps(job, protocol=5), versions())
    try:
        client.register_plugin(plugin, name=name)
    except Exception as error:
        at = Place("--scheduler")
        detail = shown(f"{type(error).__name__}: {error}", 300)
        raise InputError([at.problem("workers_unfit", detail=detail)]) from error


class Dispatch:
    """Keeps every worker busy with one case, and gives up on a case after some attempts."""

    def __init__(self, client: Client, study: str, cases: list[Case], watch: Watch) -> None:
        self.client, self.study, self.watch = client, study, watch
        self.waiting = deque((case, 1) for case in cases)
        self.again: deque[tuple[Case, int]] = deque()
        self.flying: dict[Future, tuple[Case, int]] = {}
        self.ready: SimpleQueue[Future] = SimpleQueue()

    def run(self) -> Iterator[Part]:
        """Every case, answered or failed."""
        try:
            while self.waiting or self.again or self.flying:
                self._send()
                for future in self._landed():
                    case, attempt = self.flying.pop(future)
                    part = self._part(future, case, attempt)
                    future.release()
                    self._send()
                    if part is not None:
                        yield part
        finally:
            with suppress(Exception):
                self.client.cancel(list(self.flying))

    def _send(self) -> None:
        """Give work to idle workers; what failed before goes alone, after all others."""
        self.watch.workers = self._workers()
        while self.waiting and len(self.flying) < max(self.watch.workers, 1):
            self._submit(*self.waiting.popleft())
        if self.again and not self.waiting and not self.flying:
            self._submit(*self.again.popleft())

    def _workers(self) -> int:
        return len(self.client.nthreads()) or 0

    def _submit(self, case: Case, attempt: int) -> None:
        key = f"{self.study}-{case.number}-{attempt}"
        future = self.client.submit(answer, self.study, case, attempt, key=key, pure=False)
        self.flying[future] = case, attempt
        future.add_done_callback(self.ready.put)

    def _landed(self) -> list[Future]:
        """What is ready; waits a moment for the first."""
        try:
            return [self.ready.get(timeout=LOOK_S)]
        except Empty:
            self.watch.tell()
            return []

    def _part(self, future: Future, case: Case, attempt: int) -> Part | None:
        """The case as it is stored; None where it is to be tried again."""
        told = self._said(future)
        if told.part is not None:
            return told.part
        if attempt <= RETRIES and not told.final:
            self.again.append((case, attempt + 1))
            return None
        self.watch.failed += 1
        return failed(case, told.reason, attempt)

    def _said(self, future: Future) -> Told:
        if future.status in ("cancelled", "lost"):
            raise LayoutError("study.error.scheduler_lost")
        error = future.exception()
        if isinstance(error, KilledWorker):
            return Told(None, "the worker died")
        if error is not None:
            return Told(None, f"{type(error).__name__}: {error}")
        found: Told = future.result()
        return found
