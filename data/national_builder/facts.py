"""Reading `data/facts`: parameters, observations, and the tables of places and centres."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

Row = dict[str, str]
FOLDER = Path(__file__).resolve().parent.parent / "facts"
SUBJECTS = ("economy", "power", "tariffs", "climate", "compute")


def read(name: str, folder: Path = FOLDER) -> list[Row]:
    """The rows of ``data/facts/<name>.csv``."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Facts:
    """All facts, with look-ups that fail loudly when a number is not there.

    An `edition` is the same nation at a later date: its rows of ``parameters_<edition>.csv``
    replace those of ``parameters.csv``, and an observation whose cell `chosen` names the edition
    replaces the one marked ``yes``.
    """

    folder: Path = field(default=FOLDER)
    edition: str = ""

    @cached_property
    def parameters(self) -> dict[str, Row]:
        """``group.parameter`` → its row."""
        names = ["parameters"] + ([f"parameters_{self.edition}"] if self.edition else [])
        rows = [row for name in names for row in read(name, self.folder)]
        return {f"{row['group']}.{row['parameter']}": row for row in rows}

    def number(self, name: str, column: str = "chosen") -> float:
        """One parameter, in the unit of its row. Raises KeyError or ValueError if it is absent."""
        return float(self.parameters[name][column])

    def text(self, name: str, column: str = "chosen") -> str:
        """One cell of a parameter, as written."""
        return self.parameters[name][column]

    def named(self, prefix: str) -> dict[str, float]:
        """Every parameter ``prefix.X`` with a chosen value, by X."""
        return {
            name.removeprefix(prefix + "."): float(row["chosen"])
            for name, row in self.parameters.items()
            if name.startswith(prefix + ".") and row["chosen"] != ""
        }

    @cached_property
    def _observations(self) -> dict[tuple[str, str], Row]:
        chosen: dict[str, dict[tuple[str, str], Row]] = {"yes": {}, self.edition or "yes": {}}
        for subject in SUBJECTS:
            for row in read(subject, self.folder):
                if row["chosen"] in chosen:
                    chosen[row["chosen"]][row["entity"], row["metric"]] = row
        return chosen["yes"] | chosen[self.edition or "yes"]

    def seen(self, entity: str, metric: str) -> Row | None:
        """The chosen observation of an entity, or None."""
        return self._observations.get((entity, metric))

    def observed(self, entity: str, metric: str) -> float:
        """The chosen value of an observation, in the unit of its row. Raises KeyError."""
        return float(self._observations[entity, metric]["value"])

    def confidence(self, entity: str, metric: str) -> str:
        """How sure the chosen observation is."""
        return self._observations[entity, metric]["confidence"]

    @cached_property
    def provinces(self) -> list[Row]:
        """The 31 provinces of the model, by code."""
        return [row for row in self.places if row["kind"] == "province"]

    @cached_property
    def clusters(self) -> list[Row]:
        """The 10 clusters, by code."""
        return [row for row in self.places if row["kind"] == "cluster"]

    @cached_property
    def places(self) -> list[Row]:
        """Provinces, clusters and the places outside the model, by code."""
        return sorted(read("places", self.folder), key=lambda row: row["place"])

    @cached_property
    def _tables(self) -> dict[str, list[Row]]:
        return {}

    def table(self, name: str) -> list[Row]:
        """The rows of one fact table, read once."""
        if name not in self._tables:
            self._tables[name] = read(name, self.folder)
        return self._tables[name]
