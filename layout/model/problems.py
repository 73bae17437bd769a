"""The problems of a model as they are found: a million cells alike are not a million problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from layout.errors import Problem

MOST_ALIKE = 100
"""Problems of one kind in one column of one file that are told of one by one."""


class Problems(list[Problem]):
    """A list that keeps the first `MOST_ALIKE` problems of a kind and counts the others."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        super().__init__()
        self._alike: Counter[Any] = Counter()
        self.extend(found)

    def append(self, problem: Problem) -> None:
        """Keep a problem, or only count it."""
        kind = (problem.code, problem.severity, problem.file, problem.column)
        self._alike[kind] += 1
        if self._alike[kind] <= MOST_ALIKE:
            super().append(problem)

    def extend(self, found: Iterable[Problem]) -> None:
        """Keep or count each."""
        for problem in found:
            self.append(problem)

    def __iadd__(self, found: Iterable[Problem]) -> Self:  # type: ignore[override, misc]
        self.extend(found)
        return self

    def told(self) -> list[Problem]:
        """What was kept, and of each kind how many more there are."""
        more = [
            Problem(
                "more_alike",
                severity,
                file,
                column=column,
                values={"count": f"{count - MOST_ALIKE:,}", "shown": MOST_ALIKE},
            )
            for (_, severity, file, column), count in self._alike.items()
            if count > MOST_ALIKE
        ]
        return [*self, *more]
