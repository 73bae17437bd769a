"""Damaged inputs given to the real commands in a process of its own, so that their cost is known.

Reads from standard input a list of ``{"command": …, "lang": …}`` as JSON, the first one a good
model, and writes for each what came of it.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any


def peak_mb(start: bool = False) -> float:
    """The most memory in use since the last start, MB; 0 where the system does not tell."""
    try:
        if start:
            gc.collect()
            Path("/proc/self/clear_refs").write_text("5", "ascii")
        words = Path("/proc/self/status").read_text("ascii", "replace")
    except OSError:
        return 0.0
    return float(words.partition("VmHWM:")[2].split()[0]) / 1000


def given(arguments: list[str], lang: str) -> dict[str, Any]:
    """What `said` tells of a command line, with its seconds of CPU and its memory."""
    peak_mb(start=True)
    begun = time.process_time()
    found = said(arguments, lang)
    return {**found, "cpu_s": time.process_time() - begun, "peak_mb": peak_mb()}


def said(arguments: list[str], lang: str) -> dict[str, Any]:
    """What a command line gives: exit code, what it says, the problems, the tables."""
    import layout.model
    from layout.cli.app import run
    from layout.model import reading

    seen: list[Any] = []
    models: list[Any] = []
    examine = reading.examine

    def watched(*sources: Any, **options: Any) -> Any:
        found = examine(*sources, **options)
        seen.extend(found[1])
        models.append(found[0])
        return found

    reading.examine = layout.model.examine = watched
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["--lang", lang, *arguments])
    finally:
        reading.examine = layout.model.examine = examine
    return {
        "code": code,
        "out": out.getvalue(),
        "err": err.getvalue(),
        "tables": [content(model) for model in models if model is not None],
        "problems": [
            [p.code, p.severity, p.file, p.row, p.column, p.sentence("en"), p.sentence("zh")]
            for p in seen
        ],
    }


def content(model: Any) -> str:
    """A mark of every cell of a model's tables, without notes and the order of columns."""
    from layout.model.tables import TABLES

    cells = sha256()
    for name, frame in model.tables.items():
        if len(frame):
            cells.update(frame[list(TABLES[name].names)].to_csv(index=False).encode("utf-8"))
    return cells.hexdigest()


def main() -> None:
    """Try everything, after one good model that brings the libraries."""
    first, *asked = json.load(sys.stdin)
    given(first["command"], "en")
    gc.freeze()  # what the libraries made need not be looked through for each case
    found = [given(one["command"], one["lang"]) for one in [first, *asked]]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
