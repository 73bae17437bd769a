"""Progress: one line in a terminal, few plain lines elsewhere."""

from __future__ import annotations

from io import StringIO

from layout.cli.progress import LIVE_SECONDS, PLAIN_SECONDS, Progress, progress_line
from layout.solving import Event


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_says_stage_incumbent_bound_gaps_and_time() -> None:
    event = Event("solve", 12.34, 261309.0, 260000.0, 0.00501, 0.0101)
    assert progress_line(event, "en") == (
        "solving  incumbent 261 bn CNY  bound 260 bn CNY  gap 0.50%  location gap 1.01%  12.3 s"
    )
    assert progress_line(event, "zh") == (
        "求解  现有解 2,613 亿元  下界 2,600 亿元  间隙 0.50%  选址间隙 1.01%  12.3 s"
    )


def test_what_is_not_known_yet_is_left_out() -> None:
    assert progress_line(Event("build", 0.5), "en") == "building  0.5 s"
    unknown = Event("solve", 1.0, float("inf"), -1e30, float("inf"), None)
    assert progress_line(unknown, "en") == "solving  1.0 s"


def test_plain_lines_are_few_but_every_stage_has_one() -> None:
    out, clock = StringIO(), Clock()
    with Progress(out, "en", live=False, clock=clock) as progress:
        for step in range(100):
            clock.now = step * 0.1
            progress(Event("solve", clock.now, 100.0, 90.0))
        progress(Event("verify", clock.now))
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + int(9.9 // PLAIN_SECONDS) + 1
    assert lines[-1].startswith("verifying")
    assert "\r" not in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_a_terminal_has_one_line_that_is_cleared_in_the_end() -> None:
    out, clock = StringIO(), Clock()
    with Progress(out, "zh", live=True, clock=clock) as progress:
        for step in range(5):
            clock.now = step * 2 * LIVE_SECONDS
            progress(Event("solve", clock.now, 1e5, 1e5))
    assert "\n" not in out.getvalue()
    assert out.getvalue().count("\r") == 6
    assert out.getvalue().endswith("\r\x1b[K")
