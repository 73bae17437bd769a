"""Solving: HiGHS driven honestly, and its answer read into a plan."""

from layout.solving.events import Event, Progress
from layout.solving.driver import solve

__all__ = ["Event", "Progress", "solve"]
