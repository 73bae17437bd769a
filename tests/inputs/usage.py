"""What refusals cost: `python -m tests.inputs.usage FOLDER NUMBER…` runs cases one after another.

Prints CPU seconds of every case and the peak memory of the process in MB as JSON. A process of
its own, so that nothing else is counted.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path

from layout.cli.app import run
from tests.inputs.broken import broken_model
from tests.inputs.corpus import CORPUS


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def cost(number: int, room: Path) -> float:
    """CPU seconds of the refusal of a case."""
    broken = CORPUS[number]
    folder = broken_model(broken, room / str(number))
    asked = ["solve", str(folder), "-o", str(room / "plan")]
    line = asked if broken.severity == "error" else ["check", str(folder)]
    silent = io.StringIO()
    begun = time.process_time()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
        run([*line, *broken.options])
    return time.process_time() - begun


def main(room: Path, numbers: list[int]) -> None:
    """Measure and print."""
    seconds = {number: round(cost(number, room), 3) for number in numbers}
    sys.stdout.write(json.dumps({"cpu_s": seconds, "peak_mb": peak_mb()}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(word) for word in sys.argv[2:]])
