"""The example notebooks run from top to bottom and are kept without outputs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
RUN = """
import sys
import nbformat
from jupyter_client import KernelManager
from nbclient import NotebookClient

source, target, folder = sys.argv[1:]
manager = KernelManager(kernel_name="python3")
manager.kernel_spec.argv[0] = sys.executable
book = nbformat.read(source, 4)
where = {"metadata": {"path": folder}}
try:
    NotebookClient(book, km=manager, timeout=240, resources=where).execute()
finally:
    manager.shutdown_kernel(now=True)
nbformat.write(book, target)
"""
"""Runs a notebook with this very Python, in a process of its own: it leaves sockets open."""


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_runs_and_shows_its_plan(path: Path, tmp_path: Path) -> None:
    book = nbformat.read(path, 4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count]
    places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", RUN, path, tmp_path / "done.ipynb", tmp_path],
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = [c for c in nbformat.read(tmp_path / "done.ipynb", 4).cells if c.cell_type == "code"]
    shown = [output for cell in cells for output in cell.outputs]
    pages = "".join(output.get("data", {}).get("text/html", "") for output in shown)
    assert 'sandbox="allow-scripts"' in pages  # the map page
    assert "folium" in pages  # explore()
    assert any("image/png" in output.get("data", {}) for output in shown)  # plot()
    assert "SHAOGUAN" in pages  # what the dearer price changes
    assert not [output for output in shown if output.output_type == "stream" and "rror" in output]
