"""The planning page as a planner starts it, in a process that may speak with loopback only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 120.0
_START = (
    "import sys; from tests.serve.served import deny; sys.addaudithook(deny); "
    "from layout.cli import main; main(sys.argv[1:])"
)


def deny(event: str, found: tuple[Any, ...]) -> None:
    """Refuse every address but loopback: an audit hook, which nothing can take away."""
    if event in ("socket.bind", "socket.connect", "socket.sendto"):
        address = found[1]
        if not (isinstance(address, tuple) and address[0] == "127.0.0.1"):
            raise PermissionError(f"{event} {address}: loopback only")
    elif event in ("socket.gethostbyname", "socket.getaddrinfo") and found[0] != "127.0.0.1":
        raise PermissionError(f"{event}: no name is looked up")


class Served:
    """Use as a context manager: the page stands from the start to `stop`."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder, self._words = folder, words

    def __enter__(self) -> Served:
        self._file = self.folder / "terminal.txt"
        with self._file.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, *self._words],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + WAIT_S
        while (found := re.search(r"http://\S+", self.terminal)) is None:
            assert self._process.poll() is None and time.monotonic() < end, self.terminal
            time.sleep(0.05)
        self.url = found[0]
        self.base = self.url.partition("/?")[0]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def terminal(self) -> str:
        """All that the terminal shows."""
        return self._file.read_text("utf-8")

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGTERM)  # Ctrl-C is ignored where tests run in background
        return self._process.wait(WAIT_S)


def at_work(folder: Path) -> list[str]:
    """Processes that work in a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cwd").readlink() == folder:
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found
