"""What can go wrong, and the exit code that says which kind it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from layout.labels import text

EXIT_INTERNAL = 1
EXIT_USAGE = 2
EXIT_INPUT = 3
EXIT_INFEASIBLE = 4
EXIT_LIMIT = 5
EXIT_VERIFICATION = 6
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """One problem of an input: where it is, what was found, what was expected, how to fix it.

    `row` is the line a person sees (1 is the header of a table), `letter` names the column in a
    workbook, whose sheets are files ``book.xlsx[sheet]``; `values` fill the label templates
    ``problem.<code>.found``, ``.expected`` and ``.fix``.
    """

    code: str
    severity: str
    file: str
    row: int | None = None
    column: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    letter: str | None = None

    @property
    def sheet(self) -> str | None:
        """The sheet of a workbook that the problem is on."""
        book, bracket, rest = self.file.partition("[")
        named = bracket and rest.endswith("]") and book.lower().endswith((".xlsx", ".xlsm"))
        return rest[:-1] if named else None

    def where(self, lang: str) -> str:
        """The place in words: file, sheet, row, column."""
        parts = [self.file]
        if self.sheet is not None:
            book = self.file.partition("[")[0]
            parts = [book, text("problem.sheet", lang, sheet=self.sheet)]
        if self.row is not None:
            parts.append(text("problem.row", lang, row=self.row))
        if self.column is not None:
            key = "problem.column" if self.letter is None else "problem.column_letter"
            parts.append(text(key, lang, column=self.column, letter=self.letter))
        elif self.letter is not None:
            parts.append(text("problem.column", lang, column=self.letter))
        return ("，" if lang == "zh" and self.sheet is not None else ", ").join(parts)

    def part(self, name: str, lang: str) -> str:
        """One of ``found``, ``expected``, ``fix`` in the language asked for."""
        return text(f"problem.{self.code}.{name}", lang, **self.values)

    def sentence(self, lang: str) -> str:
        """The four parts on one line."""
        return text(
            "problem.sentence",
            lang,
            where=self.where(lang),
            found=self.part("found", lang),
            expected=self.part("expected", lang),
            fix=self.part("fix", lang),
        )

    def record(self, lang: str) -> dict[str, Any]:
        """The same as a JSON-ready mapping."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            **({} if self.sheet is None else {"sheet": self.sheet, "letter": self.letter}),
            **{name: self.part(name, lang) for name in ("found", "expected", "fix")},
        }


class LayoutError(Exception):
    """An error whose text a planner can act on; `key` is a label, `exit_code` the process's."""

    exit_code = EXIT_INTERNAL

    def __init__(self, key: str, **values: Any) -> None:
        self.key = key
        self.values = values
        super().__init__(text(key, "en", **values))

    def message(self, lang: str) -> str:
        """The text in the language asked for."""
        return text(self.key, lang, **self.values)


class InputError(LayoutError):
    """The input is wrong; carries every problem that was found."""

    exit_code = EXIT_INPUT

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in self.problems if problem.severity == "error"]
        super().__init__("error.input", count=len(errors))

    def message(self, lang: str) -> str:
        """The count and every problem, a line each."""
        lines = [super().message(lang)]
        lines += [problem.sentence(lang) for problem in self.problems]
        return "\n".join(lines)


class FileProblem(LayoutError):
    """A file or folder that is not there, is in the way, or cannot be written."""

    exit_code = EXIT_INPUT


class MemoryLimit(LayoutError):
    """More memory is needed than this process may take; nothing was written."""

    exit_code = EXIT_LIMIT


class Told(Protocol):
    """Anything that can say itself in a sentence: a failure of the independent check."""

    def sentence(self, lang: str) -> str:
        """The sentence in the language asked for."""


class VerificationFailed(LayoutError):
    """The plan did not pass its independent check and was not written; carries what failed."""

    exit_code = EXIT_VERIFICATION
    SHOWN = 20

    def __init__(self, failures: Sequence[Told]) -> None:
        self.failures = tuple(failures)
        super().__init__("error.verification", count=len(self.failures))

    def message(self, lang: str) -> str:
        """The count and the first failures, a line each."""
        lines = [super().message(lang)]
        lines += [failure.sentence(lang) for failure in self.failures[: self.SHOWN]]
        return "\n".join(lines)
