"""What all tests share: a browser for the pages, and how deep a run goes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import deep

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--deep`: more random examples, and the tests that take minutes."""
    parser.addoption("--deep", action="store_true", help="try much more; takes hours")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--deep"):
        os.environ[deep.VARIABLE] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is marked `deep` in an ordinary run."""
    if deep.deep():
        return
    for item in items:
        if item.get_closest_marker("deep") is not None:
            item.add_marker(pytest.mark.skip(reason="takes minutes: run with --deep"))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """The one driver of browsers: a second one in the same process is refused."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The machine's browser; without one a test of a page is skipped, but fails in CI."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is not None:
        return Path(found)
    message = "no chromium on this machine (Debian: apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
