"""The mutants that are known to survive, each with a reason: `docs/mutants.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.mutation.points import Mutant, difference

FILE = Path("docs") / "mutants.csv"
COLUMNS = ("module", "function", "before", "after", "verdict", "reason")
VERDICTS = ("equivalent", "accepted")
"""`equivalent`: no answer can differ. `accepted`: it can, and no test is worth its cost."""

Key = tuple[str, str, str, str]
Ledger = Mapping[Key, tuple[str, str]]


def key(root: Path, mutant: Mutant) -> Key:
    """What names a mutant while its line stays: module, function, line before and after."""
    return (mutant.module, mutant.function, *difference(root, mutant))


def read(root: Path) -> dict[Key, tuple[str, str]]:
    """Verdict and reason of each known mutant; empty where there is no such file.

    ValueError names a row whose verdict is none of `VERDICTS` or that has no reason.
    """
    file = root / FILE
    if not file.exists():
        return {}
    found = {}
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row["verdict"] not in VERDICTS or not row["reason"]:
                raise ValueError(f"{FILE}: {row['module']}, {row['before']!r}: verdict and reason")
            where = (row["module"], row["function"], row["before"], row["after"])
            found[where] = (row["verdict"], row["reason"])
    return found


def stale(root: Path, ledger: Iterable[Key]) -> list[Key]:
    """The entries whose line is no longer in their module."""
    texts: dict[str, set[str]] = {}
    gone = []
    for entry in ledger:
        module, _, before, _ = entry
        if module not in texts:
            file = root / module
            lines = file.read_text("utf-8").splitlines() if file.exists() else []
            texts[module] = {line.strip() for line in lines}
        if not {part for part in before.split(" ⏎ ") if part} <= texts[module]:
            gone.append(entry)
    return gone
