"""Two objectives at their least, one after the other: the ranges that trade-offs refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from layout.solving.highs import Outcome
from layout.solving.steps import Aim, Work

NOTHING = 1e-9


@dataclass
class PayOff:
    """The pay-off table: objective made least → the value of every objective there.

    In each row the other objectives are the least for the integers that were chosen.
    """

    values: dict[str, dict[str, float]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def failed(self) -> Outcome | None:
        """The first outcome without a plan; None where every objective has one."""
        return next((one for one in self.outcomes.values() if one.x is None), None)

    def least(self, name: str) -> float:
        """The least value of an objective that is known."""
        return min(row[name] for row in self.values.values())

    def most(self, name: str) -> float:
        """Its value where another objective is at its least."""
        return max(row[name] for row in self.values.values())

    def range(self, name: str) -> float:
        """r: from least to most; the size of the least where the objectives agree."""
        span = self.most(name) - self.least(name)
        size = abs(self.least(name))
        return span if span > NOTHING * max(1.0, size) else max(size, 1.0)

    def note(self) -> dict[str, Any]:
        """What plan.json says of it."""
        names = sorted(self.values)
        return {"pay_off": self.values, "range": {name: self.range(name) for name in names}}


def pay_off(work: Work, names: list[str]) -> PayOff:
    """Minimise every objective, and the others in order among the plans with its integers."""
    table = PayOff()
    for name in names:
        aim = work.plain(name)
        outcome = work.minimise(aim)
        table.outcomes[name] = outcome
        if outcome.x is None:
            return table
        kept = [aim]
        _keep_reached(work, aim)
        for other in names:
            if other != name and work.polish(work.plain(other)):
                kept.append(work.plain(other))
                _keep_reached(work, kept[-1])
        table.values[name] = {one: work.plain(one).linear.value() for one in names}
        for one in kept:
            work.release(one)
    return table


def _keep_reached(work: Work, aim: Aim) -> None:
    reached = aim.linear.value()
    work.keep_at(aim, reached + 1e-9 * max(1.0, abs(reached)))
