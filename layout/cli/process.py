"""The process of a command: streams whose reader may leave, and signals that ask it to end."""

from __future__ import annotations

import errno
import io
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, BinaryIO, TextIO, cast

LEFT = (errno.EPIPE, errno.EIO)
"""Nobody reads any more: the other end of a pipe is closed, the terminal is gone."""


class _Unheard(io.FileIO):
    """A stream that takes what nobody reads any more for written: the command is not less done."""

    def write(self, content: Any, /) -> int:
        """Write, as far as somebody reads."""
        try:
            return super().write(content)
        except OSError as error:
            if error.errno not in LEFT:
                raise
            return memoryview(content).nbytes


def keep_talking() -> None:
    """Let stdout and stderr outlive their readers, and show a substitute for a strange character.

    A screen that is closed early (``| head``) must not cost a run its plan or its exit code.
    """
    sys.stdout = _patient(sys.stdout)
    sys.stderr = _patient(sys.stderr)


def _patient(stream: TextIO) -> TextIO:
    """The same stream over `_Unheard`; unchanged where it is none of the process's own."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # without buffer: PYTHONUNBUFFERED
    if type(raw) is not io.FileIO:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
        return stream
    stream.flush()
    unheard = _Unheard(raw.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        cast("BinaryIO", unheard if raw is buffer else io.BufferedWriter(unheard)),
        stream.encoding,
        "replace",
        line_buffering=getattr(stream, "line_buffering", True),
        write_through=raw is buffer,
    )


@contextmanager
def ending_politely() -> Iterator[None]:
    """SIGTERM and SIGHUP do what Ctrl-C does, once: what was found is kept; again, they kill.

    A signal that is ignored (``nohup``) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [getattr(signal, name) for name in names]
    ours = [number for number in ours if signal.getsignal(number) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _as_interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """Pass a request to end to whoever takes Ctrl-C at the moment."""
    signal.signal(number, signal.SIG_DFL)
    taker = signal.getsignal(signal.SIGINT)
    if not callable(taker):
        raise KeyboardInterrupt
    taker(signal.SIGINT, frame)
