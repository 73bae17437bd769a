"""One broken model: a good one with a replacement in one of its files, and what must be said."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.builders import tiny_model
from tests.features.everything import everything
from tests.model.sample import good, line_of, replace

STARTER, WORLD = "starter", "world"
"""The model that `layout new` writes, and one with a row in every table and every feature on."""

MORE_TABLES: dict[str, list[dict[str, Any]]] = {
    "sectors": [{"sector": "finance", "workload": "online", "share": 0.4, "factor": 1.1}],
    "roles": [{"workload": "batch", "region": "east", "hosts": "west;north"}],
    "owners": [{"owner": "state", "share": 0.7}, {"owner": "firms", "share": 0.3}],
    "links": [{"zone": "A", "site": "W", "latency_ms": 9}],
    "outturn": [
        {
            "measure": "compute_eflops_fp32",
            "date": "2025-06",
            "value": 3,
            "precision": "FP32",
            "counted": "in_use",
        }
    ],
    "corridors": [{"from": "P2", "to": "P1", "capacity_mw": 50}],
    "storage_demand": [
        {"zone": "A", "residency": "province", "year": 2024, "stored_eb": 2, "growth_per_year": 0.3}
    ],
    "vouchers": [
        {"province": "P1", "share": 0.2, "cap_mcny": 9},
        {"workload": "batch", "share": 0.1},
    ],
    "price_steps": [
        {"workload": "batch", "from_eflops": 0, "factor": 1.1},
        {"workload": "batch", "from_eflops": 2, "factor": 0.9},
        {"from_eflops": 0, "factor": 0.8},
    ],
    "multipliers": [
        {"province": "P1", "spending": "halls", "output_ratio": 2, "value_added_ratio": 0.7},
        {"spending": "running", "output_ratio": 1.5, "jobs_person_years_per_mcny": 4},
    ],
    "criteria": [{"site": "E", "criterion": "talent", "value": 3, "unit": "1"}],
}
"""The tables that `everything` leaves out."""
FILES_ONLY = ("csv_syntax", "row_width", "delimiter", "empty_table", "formula")
"""What can be wrong with a CSV file, but not with a sheet."""
KNOWN_WARNINGS = ("links_left_aside",)
"""What the world is warned of as it stands: measured links beside a backbone."""


class Broken(NamedTuple):
    """One replacement in one file, and the problem that it makes.

    Without `old` the file is new. `also` are further replacements that only prepare the ground,
    `options` are those of the command line.
    """

    code: str
    file: str
    old: str
    new: str
    column: str | None = None
    severity: str = "error"
    at: str | None = None  # text on the line that is named, if it is not the new one
    row: int | None = None  # the row itself where no text tells it (0: no row)
    seen: str | None = None  # the file named, if it is another
    base: str = STARTER
    also: tuple[tuple[str, str, str], ...] = ()
    options: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The file, or option, that the report must name."""
        return self.seen or self.file

    def expected_row(self, folder: Path) -> int:
        """The row that the report must name; 0 where there is none to name."""
        if self.row is not None:
            return self.row
        return line_of(folder, self.place, self.at or self.new.splitlines()[0])

    @property
    def as_sheet(self) -> bool:
        """Whether a sheet of a workbook can hold the same: a table, and nothing about files."""
        told = self.file.endswith(".csv") and self.code not in FILES_ONLY and self.old != ""
        return told and not any(letter < " " and letter != "\n" for letter in self.new)

    @property
    def words(self) -> str:
        """What a test of this case is called."""
        return f"{self.code}-{self.place}-{self.column}".replace(" ", "_")[:80]


@cache
def base_files(base: str) -> dict[str, str]:
    """The files of a good model by name."""
    with TemporaryDirectory() as room:
        folder = Path(room) / "m"
        if base == STARTER:
            good(folder)
        else:
            tiny_model(folder, **everything(**MORE_TABLES))
        return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}


def good_model(base: str, folder: Path) -> Path:
    """Write a good model and return its folder."""
    folder.mkdir(parents=True)
    for name, words in base_files(base).items():
        (folder / name).write_text(words, "utf-8")
    return folder


def broken_model(broken: Broken, folder: Path) -> Path:
    """Write the broken model and return its folder."""
    good_model(broken.base, folder)
    for file, old, new in (*broken.also, (broken.file, broken.old, broken.new)):
        if old:
            replace(folder, file, old, new)
        elif new:
            (folder / file).write_text(new, "utf-8", newline="")
    return folder
