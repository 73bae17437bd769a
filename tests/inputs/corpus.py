"""Every broken model that is written by hand, one replacement each."""

from __future__ import annotations

from pathlib import Path

from tests.inputs.broken import Broken
from tests.inputs.cells import CELLS
from tests.inputs.features import FEATURES
from tests.inputs.rows import ROWS
from tests.inputs.settings import SETTINGS

CORPUS: tuple[Broken, ...] = (*CELLS, *ROWS, *SETTINGS, *FEATURES)

ELSEWHERE = {
    "unreadable": "needs a file that may not be read; the administrator may read all",
    "workers_unfit": "needs a cluster with other versions of the libraries",
    "scheduler_unreachable": "needs a cluster that does not answer",
    "boundaries_shape": "is a damaged layer of boundaries: tests/inputs/damage",
    "plan_value": "is a damaged plan folder: tests/inputs/damage",
    "layout_cannot_stand": "is found by solving",
    "study_sites": "needs the study of another model",
}
"""Problems that no input of these tests raises, with the reason."""


def _once() -> frozenset[Broken]:
    """The first case of every code in a table, the settings or an option: an ordinary run."""
    first: dict[tuple[str, str, str], Broken] = {}
    for one in CORPUS:
        form = "--" if one.options else Path(one.file).suffix
        first.setdefault((one.code, form, one.severity), one)
    return frozenset(first.values())


ONCE = _once()
