"""The process of a run: this very program with the words of its command line, and nothing else.

The only place of the program that starts another process or asks after one; no shell reads the
words.
"""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404 # see `begin`
import sys
from collections.abc import Sequence
from pathlib import Path

Process = subprocess.Popen[bytes]

STOP = signal.SIGTERM
"""Does what Ctrl-C does, also where that is ignored: what was found is kept (`cli.process`)."""


def begin(words: Sequence[str], out: Path, err: Path, lock: int) -> Process:
    """Start ``layout`` with these words in the working folder.

    In a session of its own: Ctrl-C in the terminal is for us, we pass it on. The process holds
    the file `lock`, so that anybody can tell that it runs. -P: what lies in the working folder is
    data, never code.
    """
    line = [sys.executable, "-P", "-m", "layout", *words]
    with out.open("wb") as to, err.open("wb") as errors:
        return subprocess.Popen(  # nosec B603 # ourselves, the words as a list
            line,
            stdin=subprocess.DEVNULL,
            stdout=to,
            stderr=errors,
            start_new_session=True,
            pass_fds=(lock,),
        )


def born(pid: int) -> str | None:
    """When a process began, as the system counts; None where it has ended.

    Number and start together name one process: a number alone may have been given to another.
    """
    if Path("/proc/self/stat").exists():
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2]
        except OSError:
            return None
        words = after_name.split()
        state, began = words[0], words[19]
    else:  # no /proc: fixed words and a number, no shell
        line = ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)]
        own = {**os.environ, "LC_ALL": "C"}
        asked = subprocess.run(line, capture_output=True, check=False, env=own)  # nosec B603
        state, _, began = asked.stdout.decode("ascii", "replace").strip().partition(" ")
    return None if state.startswith("Z") else began.strip() or None


def stop(pid: int) -> None:
    """Ask a process to end with what it has; it may be gone."""
    _send(pid, STOP)


def kill(pid: int) -> None:
    """End a process at once; it may be gone."""
    _send(pid, signal.SIGKILL)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
