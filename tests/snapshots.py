"""Texts kept beside the tests. UPDATE_SNAPSHOTS=1 writes them anew: read what has changed."""

from __future__ import annotations

import os
from pathlib import Path


def compare(file: Path, found: str) -> None:
    """Hold a text against the file that keeps it."""
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, "utf-8")
    assert file.exists(), f"no {file.name}: run with UPDATE_SNAPSHOTS=1 and read it"
    assert found == file.read_text("utf-8")
