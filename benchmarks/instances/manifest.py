"""The list of questions with published answers, and the instance of each."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.instances import formats
from benchmarks.instances.problem import Instance

FOLDER = Path(
    os.environ.get("LAYOUT_BENCHMARKS", Path(__file__).parents[3].joinpath("shared", "benchmarks"))
).resolve()
"""Where the public instances are."""

FAMILIES = (
    "orlib_cap",
    "holmberg",
    "diaz",
    "yang",
    "tbed1",
    "uflib",
    "orlib_pmed",
    "orlib_pmedcap",
    "spopt",
)
"""Families that the public tables can state; the others are no location of one kind of compute."""

UNIT_OF_DEMAND = "spopt"
"""The family whose published value is the mean over the demand points."""


@dataclass(frozen=True)
class Question:
    """A row of the manifest: an instance, how it is asked, and what others say the answer is."""

    name: str
    family: str
    variant: str
    parameters: str
    file: Path
    printed: str
    single_source: bool
    source: str
    where: str

    @property
    def published(self) -> float:
        """The published value, as the objective counts it."""
        if self.family == UNIT_OF_DEMAND:
            return float(self.printed) * self.instance().shape[1]
        return float(self.printed)

    @property
    def tolerance(self) -> float:
        """How far an answer may be from the published value: 1e-6, or what printing cut off."""
        decimals = len(self.printed.partition(".")[2])
        return max(1e-6 * abs(self.published), 1.01 * 10.0**-decimals if decimals else 0.0)

    @property
    def label(self) -> str:
        """Name, variant and parameters, the latter where they tell one question from another."""
        parts = [self.name, self.variant, self.parameters]
        return ", ".join(part for part in parts if part)

    @property
    def is_radius(self) -> bool:
        """Whether the published value is a distance within which p sites reach everybody."""
        return self.variant == "p-center"

    def instance(self) -> Instance:
        """The problem. Raises ValueError for a family that this module cannot read."""
        found = _read(self)
        sites = _parameter(self.parameters, "p")
        if sites is not None:
            found = replace(found, open_at_most=int(sites))
        if self.is_radius:
            found = replace(found, cost=np.zeros(found.shape), reach=self.published)
        return replace(found, name=self.name, single_source=self.single_source)

    def missed(self) -> Instance:
        """The problem with a reach one unit below the published radius: nobody can do it."""
        return replace(self.instance(), reach=self.published - 1)


def questions() -> list[Question]:
    """The questions of the manifest that the public tables can state, in its order.

    Raises FileNotFoundError where there is no manifest.
    """
    with (FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["family"] in FAMILIES]
    return [
        Question(
            row["name"],
            row["family"],
            row["variant"],
            row["parameters"],
            FOLDER / row["file"],
            row["published_value"],
            row["single_source"] == "yes",
            row["source_path"],
            row["published_where"],
        )
        for row in rows
        if row["published_value"]
    ]


def question(name: str, variant: str, parameters: str = "") -> Question:
    """One question. Raises KeyError where the manifest has none of that name."""
    for each in questions():
        if (each.name, each.variant, each.parameters) == (name, variant, parameters):
            return each
    raise KeyError(f"the manifest has no {name}, {variant}, {parameters!r}")


def _read(question: Question) -> Instance:
    file, family = question.file, question.family
    if family == "orlib_cap":
        if question.variant == "uncapacitated":
            return formats.without_capacity(formats.read_orlib_cap(file, capacity=0.0))
        return formats.read_orlib_cap(file, capacity=_parameter(question.parameters, "capacity"))
    if family == "spopt":
        return formats.read_predefined(file, int(_parameter(question.parameters, "p") or 0))
    readers = {
        "holmberg": formats.read_single_source,
        "diaz": formats.read_single_source,
        "yang": formats.read_single_source,
        "tbed1": formats.read_tbed1,
        "uflib": formats.read_uflib,
        "orlib_pmed": formats.read_pmed,
        "orlib_pmedcap": formats.read_pmedcap,
    }
    if family not in readers:
        raise ValueError(f"there is no reader for the family {family}")
    return readers[family](file)


def _parameter(text: str, name: str) -> float | None:
    """The number after ``name=`` in the parameters of a question."""
    found = re.search(rf"(?:^|\s){name}=([0-9.]+)", text)
    return None if found is None else float(found[1])
