"""Tests collected once in a forked process, with the heavy libraries loaded before."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import traceback
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

HEAVY = (
    "numpy pandas scipy.sparse scipy.optimize pyarrow.parquet pydantic pyomo.environ highspy "
    "geopandas openpyxl shapely yaml click hypothesis.strategies coverage pytest"
).split()
ARGUMENTS = (
    *("-o", "addopts=", "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-p", "no:cov", "-s", "-q", "--no-header", "--no-summary"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is loaded before
)


def in_child(work: Callable[[], Any]) -> Any:
    """The JSON value of `work()`, done in a forked process; RuntimeError if it failed."""
    with tempfile.NamedTemporaryFile("r+", suffix=".json") as answer:
        file = Path(answer.name)
        pid = os.fork()
        if pid == 0:
            try:
                file.write_text(json.dumps({"value": work()}), "utf-8")
            except BaseException:
                file.write_text(json.dumps({"error": traceback.format_exc()}), "utf-8")
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        told = json.loads(file.read_text("utf-8") or '{"error": "it was killed"}')
    if "error" in told:
        raise RuntimeError(f"the process that ran the tests failed: {told['error']}")
    return told["value"]


def preload() -> None:
    """Load what every test needs and no mutant changes."""
    for name in HEAVY:
        import_module(name)
    from hypothesis import settings

    settings.register_profile("mutants", database=None, derandomize=True, print_blob=False)
    settings.load_profile("mutants")


class Conductor:
    """A pytest plugin that, in place of running the tests, hands the session to `work`."""

    def __init__(
        self, work: Callable[[pytest.Session], Any], shared: Callable[[str], None] | None
    ) -> None:
        self.work, self.shared = work, shared
        self.result: Any = None
        self.failed: Exception | None = None
        self.collected = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run `work` on the collected session; what it raises is kept, since pytest hides it."""
        self.collected = session.testsfailed == 0
        if self.collected:
            try:
                self.result = self.work(session)
            except Exception as error:
                self.failed = error
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        """Say when a fixture that tests share is being made, and when that is over."""
        if self.shared is None or fixturedef.scope == "function":
            return (yield)
        self.shared(str(fixturedef.scope))
        try:
            return (yield)
        finally:
            self.shared("function")


def with_tests(
    paths: Iterable[str],
    work: Callable[[pytest.Session], Any],
    shared: Callable[[str], None] | None = None,
) -> Any:
    """Collect the tests and give the session to `work`; None if they cannot be collected.

    `shared` is told the scope of every fixture that tests share when it is made, and `function`
    afterwards.
    """
    conductor = Conductor(work, shared)
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        pytest.main([*ARGUMENTS, *paths], plugins=[conductor])
    if conductor.failed is not None:
        raise conductor.failed
    return conductor.result if conductor.collected else None


def passes(item: pytest.Item, later: pytest.Item | pytest.Session | None) -> bool:
    """Run a test with its fixtures, less those `later` needs; whether no part of it failed."""
    from _pytest.runner import runtestprotocol

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=cast(Any, later), log=False)
    return not any(report.failed for report in reports)


@contextlib.contextmanager
def quiet() -> Any:
    """Both standard streams of this process, and of what it starts, into nothing."""
    kept = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for one in kept:
            os.close(one)
