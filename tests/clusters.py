"""A Dask cluster as its own tools start it, on this machine, until a test is over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BARE = ("--host", "127.0.0.1", "--no-dashboard")
START_S = 240
"""A scheduler on a busy machine listens by then."""

Processes = list[subprocess.Popen[bytes]]


@contextmanager
def cluster_of(
    workers: int = 1,
    scheme: str = "tcp",
    scheduler: Sequence[str] = (),
    worker: Sequence[str] = (),
    folder: Path = ROOT,
) -> Iterator[tuple[str, Processes]]:
    """The address of a scheduler that listens, and the processes: it and its workers.

    `scheduler` and `worker` are further options of theirs.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"{scheme}://127.0.0.1:{port}"
    lines = [["scheduler", *scheduler, "--port", str(port), *BARE]]
    lines += [["worker", address, *worker, "--nthreads", "1", "--no-nanny", *BARE]] * workers
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *line], cwd=folder,
                         env={**os.environ, "PYTHONPATH": str(ROOT)},
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for line in lines
    ]  # fmt: skip
    try:
        until(lambda: _listens(port), START_S)
        yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait for something; AssertionError where it takes longer."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
