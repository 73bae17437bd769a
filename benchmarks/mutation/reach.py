"""Which tests reach which lines, measured once by coverage."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutation.points import Mutant
from benchmarks.mutation.session import in_child, passes, quiet, with_tests


@dataclass(frozen=True)
class Reach:
    """Which tests reach which lines: tests and their CPU seconds, and per module line → tests.

    What a shared fixture reaches counts for every test of its file, or of its folder. `imported`
    holds the lines of each module that run before the first test.
    """

    tests: list[str]
    cpu_s: list[float]
    lines: dict[str, dict[str, list[int]]]
    imported: dict[str, list[int]]
    failed: list[str] = field(default_factory=list)

    def of(self, mutant: Mutant) -> tuple[list[int], bool]:
        """The tests that reach a mutant's line, and whether the line (also) runs on import.

        For a line that runs on import these are all tests of the files with a test that reaches
        any line of its module.
        """
        lines = self.lines.get(mutant.module, {})
        failed = {self.tests.index(test) for test in self.failed}
        early = not mutant.function or mutant.line in self.imported.get(mutant.module, ())
        if not early:
            return sorted(set(lines.get(str(mutant.line), ())) - failed), False
        files = {file_of(self.tests[test]) for tests in lines.values() for test in tests}
        return [
            n for n, test in enumerate(self.tests) if file_of(test) in files and n not in failed
        ], True


def file_of(test: str) -> str:
    """The file of a test."""
    return test.partition("::")[0]


def measure(
    root: Path, paths: Sequence[str], packages: Sequence[str], ahead: tuple[str, ...] = ()
) -> Reach:
    """Run the tests once, in a child, and note which lines each reaches.

    What session fixtures of tests under `ahead` reach counts for none: they are made before
    any mutant.
    """
    return Reach(**in_child(lambda: _measured(root, paths, packages, ahead)))


def _measured(
    root: Path, paths: Sequence[str], packages: Sequence[str], ahead: tuple[str, ...]
) -> dict[str, Any]:
    from coverage import Coverage

    include = [str(root / package / "*") for package in packages]
    cover = Coverage(data_file=None, include=include, config_file=False, messages=False)
    cover.start()
    took: dict[str, float] = {}
    failed: list[str] = []

    def shared(scope: str) -> None:
        cover.switch_context(f"{max(len(took) - 1, 0)} {scope}")

    def run(session: pytest.Session) -> None:
        for number, item in enumerate(session.items):
            took[item.nodeid] = 0.0
            cover.switch_context(f"{number} function")
            start = time.process_time()
            later = session.items[number + 1] if number + 1 < len(session.items) else None
            if not passes(item, later):
                failed.append(item.nodeid)
            took[item.nodeid] = time.process_time() - start

    with quiet():
        with_tests(paths, run, shared)
    cover.stop()
    tests = list(took)
    data = cover.get_data()
    lines: dict[str, dict[str, list[int]]] = {}
    imported: dict[str, list[int]] = {}
    for file in data.measured_files():
        module = str(Path(file).relative_to(root))
        lines[module] = {}
        for line, contexts in data.contexts_by_lineno(file).items():
            lines[module][str(line)] = sorted(
                {one for context in contexts if context for one in _sharing(tests, context, ahead)}
            )
            if "" in contexts:
                imported.setdefault(module, []).append(line)
    return asdict(Reach(tests, [took[test] for test in tests], lines, imported, failed))


def _sharing(tests: Sequence[str], context: str, ahead: tuple[str, ...]) -> Iterable[int]:
    """The tests that what ran in a context counts for: `NUMBER function|class|module|session`."""
    number, _, scope = context.partition(" ")
    at = int(number)
    if scope == "function":
        return [at]
    if scope in ("session", "package") and tests[at].startswith(ahead):
        return []
    file = Path(file_of(tests[at]))
    place = str(file.parent) if scope in ("session", "package") else str(file)
    return [n for n, test in enumerate(tests) if test.startswith((f"{place}/", f"{place}::"))]
