"""Running the tests on each mutant: a forked process that swaps the code of one function.

A mutant inside a function costs only what its tests cost, since they are collected once. A mutant
of what runs on import needs a process that imports everything anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutation.placing import Replacing, functions_of, swap
from benchmarks.mutation.points import Mutant, mutated
from benchmarks.mutation.reach import Reach, file_of
from benchmarks.mutation.session import in_child, passes, quiet, with_tests

MEMORY = 8 * 2**30
TEST_CPU_S = 10
"""What a test may take besides ten times what it took on the code as it is, CPU seconds."""
PATIENCE = 8
"""How many times as long a mutant is tried that has survived its first tests."""


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: `verdict` is killed, timeout, unreached, invalid or survived.

    `by` is the test that saw it; `tests` and `left_out` count those that ran and those for which
    there was no time.
    """

    verdict: str
    by: str = ""
    tests: int = 0
    left_out: int = 0


@dataclass
class Bench:
    """Runs mutants; `patience_s` is the CPU time for all tests of one mutant."""

    root: Path
    reach: Reach
    patience_s: float = 20.0
    ahead: tuple[str, ...] = ()
    """Folders of tests whose session fixtures are made once, before any mutant: `_ready`."""
    told: Callable[[Mutant, Outcome], None] = lambda mutant, outcome: None
    killers: dict[str, dict[int, int]] = field(default_factory=dict)

    def run(self, mutants: Sequence[Mutant]) -> list[tuple[Mutant, Outcome]]:
        """The outcome of each mutant, those of running functions first."""
        jobs = [(mutant, *self.reach.of(mutant)) for mutant in mutants]
        unreached = [job for job in jobs if not job[1]]
        found = [(mutant, Outcome("unreached")) for mutant, _, _ in unreached]
        inside = [(mutant, tests) for mutant, tests, early in jobs if tests and not early]
        wanted = sorted({self.reach.tests[test] for _, tests in inside for test in tests})
        files = sorted({test.partition("::")[0] for test in wanted})
        if inside:
            told = in_child(lambda: with_tests(files, lambda session: self._all(session, inside)))
            found += [(Mutant(**mutant), Outcome(**outcome)) for mutant, outcome in told]
        for mutant, tests, early in jobs:
            if early and tests:
                found.append((mutant, self._anew(mutant, tests)))
                self.told(*found[-1])
        return found

    def patient(self, outcomes: Sequence[tuple[Mutant, Outcome]]) -> list[tuple[Mutant, Outcome]]:
        """The outcomes, with those that survived for want of time tried again for longer."""
        left = [one for one, found in outcomes if found.verdict == "survived" and found.left_out]
        longer = replace(self, patience_s=self.patience_s * PATIENCE)
        again = dict(longer.run(left)) if left else {}
        return [(each, again.get(each, outcome)) for each, outcome in outcomes]

    def unsteady(self, tests: Iterable[str]) -> list[str]:
        """Those of the tests that fail by themselves, on the code as it is."""
        asked = sorted(set(tests) & set(self.reach.tests))

        def each(session: pytest.Session) -> list[str]:
            return [item.nodeid for item in session.items if not _steady(item)]

        return list(in_child(lambda: with_tests(asked, each)) or ()) if asked else []

    def _all(
        self, session: pytest.Session, jobs: Sequence[tuple[Mutant, list[int]]]
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        items = {item.nodeid: item for item in session.items}
        _ready([item for item in session.items if item.nodeid.startswith(self.ahead)])
        functions = functions_of(self.root, {mutant.module for mutant, _ in jobs})
        found = []
        for mutant, tests in jobs:
            chosen, left_out = self._chosen(mutant.module, tests)

            def work(report: Any, mutant: Mutant = mutant, chosen: list[int] = chosen) -> None:
                swap(mutant, mutated(self.root, mutant), functions, self.root)
                known = [test for test in chosen if self.reach.tests[test] in items]
                run = [items[self.reach.tests[test]] for test in known]
                _until_one_fails(run, [self.reach.cpu_s[test] for test in known], report)

            outcome = self._judged(mutant, work, left_out)
            found.append((asdict(mutant), asdict(outcome)))
            self.told(mutant, outcome)
        return found

    def _anew(self, mutant: Mutant, tests: list[int]) -> Outcome:
        """Import everything with the mutant in place of its module."""
        chosen, left_out = self._chosen(mutant.module, tests)
        nodes = [self.reach.tests[test] for test in chosen]
        cpu_s = {self.reach.tests[test]: self.reach.cpu_s[test] for test in chosen}

        def work(report: Any) -> None:
            sys.meta_path.insert(0, Replacing(self.root, mutant.module, mutated(self.root, mutant)))

            def run(session: pytest.Session) -> bool:
                items = sorted(session.items, key=lambda item: cpu_s.get(item.nodeid, 0.0))
                limits = [cpu_s.get(item.nodeid, 0.0) for item in items]
                _until_one_fails(items, limits, report)
                return True

            if with_tests(nodes, run) is None:
                report({"by": "import"})

        return self._judged(mutant, work, left_out)

    def _chosen(self, module: str, tests: list[int]) -> tuple[list[int], int]:
        """Those that saw other mutants of the module, then of any module, then the others.

        Of the others the fastest of each file in turn; as many of all as time allows.
        """
        seen, ever = self.killers.get(module, {}), self.killers.get("", {})
        cpu_s = self.reach.cpu_s
        turn: dict[int, int] = {}
        files: Counter[str] = Counter()
        for test in sorted(tests, key=lambda test: (cpu_s[test], test)):
            file = file_of(self.reach.tests[test])
            turn[test] = files[file]
            files[file] += 1
        order = sorted(
            tests,
            key=lambda test: (
                -seen.get(test, 0),
                -ever.get(test, 0),
                turn[test],
                cpu_s[test],
                test,
            ),
        )
        chosen, left_s = [], self.patience_s
        for test in order:
            if cpu_s[test] <= left_s:
                chosen.append(test)
                left_s -= cpu_s[test]
        return chosen, len(tests) - len(chosen)

    def _judged(self, mutant: Mutant, work: Callable[[Any], None], left_out: int) -> Outcome:
        try:
            compile(mutated(self.root, mutant), mutant.module, "exec", dont_inherit=True)
        except SyntaxError:
            return Outcome("invalid")
        told, ended = _forked(work)
        if "by" in told:
            by = str(told["by"])
            if by in self.reach.tests:
                test = self.reach.tests.index(by)
                for where in (mutant.module, ""):
                    seen = self.killers.setdefault(where, {})
                    seen[test] = seen.get(test, 0) + 1
            return Outcome("killed", by, int(told.get("tests", 0)), left_out)
        if "error" in told:
            raise RuntimeError(f"{mutant.key} cannot be tried:\n{told['error']}")
        if ended != 0:
            slow = ended in (signal.SIGPROF, signal.SIGALRM)
            return Outcome("timeout" if slow else "killed", f"signal {ended}", 0, left_out)
        return Outcome("survived", "", int(told.get("tests", 0)), left_out)


def _ready(items: Sequence[pytest.Item]) -> None:
    """Make the session fixtures of tests, so that no mutant has to: they stay in a forked process.

    Only for fixtures that cost much and do not depend on the code that is changed.
    """
    known: set[str] = set()
    for item in items:
        info = getattr(item, "_fixtureinfo", None)
        made = info.name2fixturedefs if info is not None else {}
        named = {name for name, defs in made.items() if defs[-1].scope == "session"} - known
        if not named:
            continue
        known |= named
        passes(item, item.session)  # what the session shares stays
    if items:
        items[0].config._tmp_path_factory._basetemp = None  # type: ignore[attr-defined]


def _forked(work: Callable[[Any], None]) -> tuple[dict[str, Any], int]:
    """What `work` reported, and the signal (or 1) that ended its process; its litter is removed."""
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as room:
        file = Path(room) / "report.json"
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.setsid()
                os.environ["PYTEST_DEBUG_TEMPROOT"] = room
                resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
                with quiet():
                    work(lambda told: file.write_text(json.dumps(told), "utf-8"))
                code = 0
            except Exception:
                file.write_text(json.dumps({"error": traceback.format_exc()}), "utf-8")
            finally:
                os._exit(code)
        status = os.waitpid(pid, 0)[1]
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)  # what the tests started
        told = json.loads(file.read_text("utf-8")) if file.exists() else {}
        shutil.rmtree(room, ignore_errors=True)
        Path(room).mkdir(exist_ok=True)
    return told, os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _steady(item: pytest.Item) -> bool:
    told, _ = _forked(lambda report: _until_one_fails([item], [60.0], report))
    return "tests" in told and "by" not in told


def _until_one_fails(items: Sequence[pytest.Item], cpu_s: Sequence[float], report: Any) -> None:
    for number, item in enumerate(items):
        limit = TEST_CPU_S + 10 * cpu_s[number]
        signal.setitimer(signal.ITIMER_PROF, limit)
        signal.setitimer(signal.ITIMER_REAL, 20 * limit)
        later = items[number + 1] if number + 1 < len(items) else None
        if not passes(item, later):
            report({"by": item.nodeid, "tests": number + 1})
            return
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    report({"tests": len(items)})
