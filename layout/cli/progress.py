"""Live progress on stderr: one line that is rewritten in a terminal, plain lines elsewhere.

For a program that watches a run there is the same as a record in a file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TextIO

from layout.cli.screen.heading import money
from layout.cli.screen.numbers import gap, known
from layout.cli.screen.width import clean, pad, shorten
from layout.labels import text
from layout.names import word

if TYPE_CHECKING:
    from layout.solving import Event

PLAIN_SECONDS = 5.0
"""Not more often than this in a file, unless the stage changes."""

LIVE_SECONDS = 0.1
FILE_SECONDS = 0.2


class Progress:
    """Receives the solver's events and shows them; use as a context manager."""

    def __init__(
        self,
        out: TextIO,
        lang: str,
        *,
        live: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._lang = lang
        self._live = out.isatty() if live is None else live
        self._clock = clock
        self._last: float | None = None
        self._stage: str | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live and self._last is not None:
            self._write("\r\x1b[K")

    def __call__(self, event: Event) -> None:
        """Show an event, unless the last one was shown a moment ago."""
        now = self._clock()
        pause = LIVE_SECONDS if self._live else PLAIN_SECONDS
        same = event.stage == self._stage
        if same and self._last is not None and now - self._last < pause:
            return
        self._last, self._stage = now, event.stage
        line = progress_line(event, self._lang)
        if self._live:
            width = max(get_terminal_size().columns - 1, 20)
            self._write("\r" + pad(shorten(line, width), width))
        else:
            self._write(line + "\n")

    def _write(self, words: str) -> None:
        self._out.write(words)
        self._out.flush()


def progress_line(event: Event, lang: str) -> str:
    """Stage, incumbent, bound, both gaps and time, as far as they are known."""
    parts = [word(f"cli.stage.{event.stage}", lang, clean(event.stage))]
    for name in ("incumbent", "bound"):
        value = getattr(event, name)
        if known(value) and abs(value) < 1e30:
            parts.append(text(f"cli.progress.{name}", lang, value=money(value, lang)))
    for name in ("gap", "gap_location"):
        value = getattr(event, name)
        if known(value) and value < 1e30:
            parts.append(text(f"cli.progress.{name}", lang, value=gap(value)))
    parts.append(f"{event.elapsed_s:.1f} s")
    return "  ".join(parts)


class ProgressFile:
    """Receives the solver's events and keeps the last one in a file, as JSON, in one step.

    Keys: ``stage``, ``elapsed_s``, ``incumbent`` and ``bound`` (mcny, or in the objective's own
    unit), ``gap``, ``gap_location``; null where nothing is known. `also` is told every event too.
    A file that cannot be written any more costs the run nothing.
    """

    def __init__(
        self,
        file: Path,
        also: Callable[[Event], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file, self._also, self._clock = file, also, clock
        self._next = file.with_name(f".{file.name}.next")
        self._last: float | None = None
        self._stage: str | None = None

    def __call__(self, event: Event) -> None:
        """Keep the event, unless the last one of its stage was kept a moment ago."""
        if self._also is not None:
            self._also(event)
        now = self._clock()
        recent = self._last is not None and now - self._last < FILE_SECONDS
        if recent and event.stage == self._stage:
            return
        self._last, self._stage = now, event.stage
        with suppress(OSError):
            self._next.write_text(json.dumps(progress_record(event)), "utf-8")
            self._next.replace(self._file)


def progress_record(event: Event) -> dict[str, str | float | None]:
    """An event as a JSON-ready record; what is not known yet is None."""
    record: dict[str, str | float | None] = {"stage": event.stage, "elapsed_s": event.elapsed_s}
    for name in ("incumbent", "bound", "gap", "gap_location"):
        value = getattr(event, name)
        record[name] = value if known(value) and abs(value) < 1e30 else None
    return record
