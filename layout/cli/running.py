"""How far a study is: a line on stderr, with rate and time left where it has many runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TextIO

import click

from layout.cli.screen.width import pad, shorten
from layout.errors import EXIT_INTERRUPTED
from layout.labels import text

if TYPE_CHECKING:
    from layout.study.runs.runner import Standing

PLAIN_SECONDS = 5.0
LIVE_SECONDS = 0.1
BAR = 20
PARTS = 4
"""How often a stage is told of where lines are not rewritten."""
STAGES = {
    "questions": "explain.stage.questions",
    "best": "alternatives.stage.best",
    "bounds": "alternatives.stage.bounds",
    "plans": "alternatives.stage.plans",
    "sites": "alternatives.stage.sites",
    "witnesses": "alternatives.stage.witnesses",
    "ranges": "tradeoff.stage.ranges",
    "points": "tradeoff.stage.points",
}


class Running:
    """Receives how far a study is and shows it; use as a context manager."""

    def __init__(
        self,
        out: TextIO,
        lang: str,
        *,
        live: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out, self._lang, self._clock = out, lang, clock
        self._live = out.isatty() if live is None else live
        self._last: float | None = None

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live and self._last is not None:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def __call__(self, standing: Standing) -> None:
        """Show where the study stands, unless that was done a moment ago."""
        now = self._clock()
        pause = LIVE_SECONDS if self._live else PLAIN_SECONDS
        over = standing.done == standing.total
        if not over and self._last is not None and now - self._last < pause:
            return
        self._last = now
        line = running_line(standing, self._lang)
        if self._live:
            width = max(get_terminal_size().columns - 1, 20)
            self._out.write("\r" + pad(shorten(line, width), width))
        else:
            self._out.write(line + "\n")
        self._out.flush()


def running_line(standing: Standing, lang: str) -> str:
    """A bar, the cases that are done and failed, the rate, the time left."""
    full = BAR * standing.done // max(standing.total, 1)
    parts = ["█" * full + "·" * (BAR - full)]
    parts.append(text("sweep.done", lang, done=standing.done, total=standing.total))
    if standing.failed:
        parts.append(text("sweep.failed", lang, count=standing.failed))
    if not standing.workers:
        parts.append(text("sweep.waiting", lang))
    elif standing.left_s is not None and standing.done < standing.total:
        rate = f"{standing.rate:.2f}" if standing.rate < 10 else f"{standing.rate:.0f}"
        parts.append(text("sweep.rate", lang, rate=rate))
        parts.append(text("sweep.left", lang, time=duration(standing.left_s)))
    return "  ".join(parts)


@contextmanager
def stopping(lang: str) -> Iterator[None]:
    """Say after Ctrl-C that what is done stays, and end with the exit code for that."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(text("sweep.stopped", lang), err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def telling(lang: str, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Progress of a study on stderr: stage, how many questions are answered, of how many."""
    if quiet:
        yield None
        return
    from layout.cli.progress import Progress
    from layout.solving.events import Event

    begun, live = time.perf_counter(), sys.stderr.isatty()
    with Progress(sys.stderr, lang) as progress:

        def counted(stage: str, done: int, of: int) -> None:
            if live or done % max(1, of // PARTS) == 0:
                said = text(STAGES[stage], lang, done=done, of=of)
                progress(Event(said, time.perf_counter() - begun))

        yield counted


def duration(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
