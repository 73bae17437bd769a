"""One job again and again in one process, with what the process holds after each.

``python -m tests.load.repeat JOB COUNT FOLDER`` writes a line of JSON after every run: resident
memory in MB, open files, threads, entries of the temporary folder and of FOLDER.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import layout
from tests.builders import tiny_model

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


def jobs(folder: Path) -> dict[str, Callable[[], object]]:
    """Name → one run of it, from files to files."""
    model = tiny_model(folder / "model")
    plan = folder / "plan"
    layout.solve(model, output=plan, counterfactual=False)
    read = layout.read(model)
    return {
        "ask": lambda: layout.Solver(read).solve(),
        "solve": lambda: layout.solve(model, output=plan, overwrite=True, counterfactual=False),
    }


def held(folder: Path) -> dict[str, float]:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return {
        "memory_mb": pages * PAGE_MB,
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - a listing, no paths
        "threads": len(os.listdir("/proc/self/task")),  # noqa: PTH208
        "temporary": len(list(Path(tempfile.gettempdir()).iterdir())),
        "beside": len(list(folder.iterdir())),
    }


def main(job: str, count: str, folder: str) -> None:
    """Run it."""
    place = Path(folder)
    run = jobs(place)[job]
    for _ in range(int(count)):
        run()
        sys.stdout.write(json.dumps(held(place)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
