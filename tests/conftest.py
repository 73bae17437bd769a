"""What all tests share: a browser for the pages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


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
