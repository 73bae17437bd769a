"""Solving: HiGHS driven honestly, and its answer read into a plan."""

from layout.solving.driver import solve
from layout.solving.epsilon import FrontierPoint, frontier
from layout.solving.events import Event, Progress

__all__ = ["Event", "FrontierPoint", "Progress", "frontier", "solve"]
