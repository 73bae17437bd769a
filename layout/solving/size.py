"""How large a model will be, and the memory that solving it will take, before it is stated.

A sample of its places is stated, and every family of variables and rows grows with the places,
demands or flows that number it. Small models are their own sample. What the memory of a run comes
to was fitted to measured runs (docs/large-models.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.algebra import compile_model
from layout.errors import MemoryLimit
from layout.formulation import build
from layout.formulation.case import case_of
from layout.memory import allowed_mb, gb
from layout.model.horizon import horizon
from layout.once import once
from layout.solving.coarse import relaxes
from layout.solving.generation import COARSE_ZONES, MANY_ZONES, generates
from layout.solving.pool import CHUNK, admissible_flows

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel

SAMPLE = 100  # sites and zones of a sample
BASE_MB = 160.0  # the program, its libraries and a small plan
BYTES_PER_PAIR = 41.0  # site × zone: distance, delay and what every workload admits
BYTES_PER_ROUGH_PAIR = 24.0  # and while zones are put together
BYTES_PER_NONZERO = 400.0  # of a model that HiGHS is given with its integers: matrix, cuts, tree
BYTES_PER_POOLED = 65.0  # a flow that is kept apart to be priced
BYTES_PER_MADE = 370.0  # a flow while its column is made, some at a time
BYTES_PER_STATED = 330.0  # a nonzero of the LP on some of the flows, and of the plan made from it
STATED_PER_DEMAND = 19  # flows of a demand that the search states in all
PARTS = 1.42  # neighbourhoods for each that is asked for: zones are halved until they are few
TOLD_MB = 512.0  # from here on the size is told before the work begins
OFF = 1.3  # times what a run takes that an estimate may be
CROWDED_BYTES = 6_000.0  # pair × workload × period × slice: more than any model was seen to take


@dataclass(frozen=True)
class Size:
    """Counts of the whole model, and the peak of memory of the process that solves it.

    `flows` are pairs of site and demand; `generated` tells whether only some will be stated.
    """

    variables: int
    integers: int
    constraints: int
    nonzeros: int
    flows: int
    generated: bool
    memory_mb: float

    def words(self) -> dict[str, str]:
        """The figures for a sentence, rounded to what an estimate can say."""
        counts = {
            name: f"{_rounded(getattr(self, name)):,}"
            for name in ("variables", "integers", "constraints", "nonzeros", "flows")
        }
        return {**counts, "memory": gb(self.memory_mb)}


def _rounded(count: int) -> int:
    """Two significant digits."""
    step = 10 ** max(0, len(str(count)) - 2)
    return round(count / step) * step


def most_mb(model: PlanningModel) -> float:
    """More than the model will take, at once and without looking closely."""
    own = model.settings
    slices = own.slices.count if own.features.slices else 1
    pairs = len(model["sites"]) * len(model["zones"]) * max(1, len(model["workloads"]))
    return BASE_MB + CROWDED_BYTES * pairs * len(own.periods) * slices / 2**20


def is_large(model: PlanningModel) -> bool:
    """Whether the size is worth telling before the work begins."""
    return most_mb(model) >= TOLD_MB and size_of(model).memory_mb >= TOLD_MB


def refuse_too_large(model: PlanningModel) -> None:
    """Raise MemoryLimit (exit 5) where a model needs more memory than this process may take.

    What may fit is tried (see `layout.memory.Guard`), unless a lower limit was asked for.
    """
    asked = model.settings.solver.memory_limit_mb
    limit = allowed_mb(asked)
    if most_mb(model) <= limit:
        return
    size = size_of(model)
    if size.memory_mb > limit * (1.0 if limit == asked else OFF):
        values = {of: f"{len(model[of]):,}" for of in ("sites", "zones")}
        raise MemoryLimit("error.memory_size", limit=gb(limit), **values, **size.words())


@once
def size_of(model: PlanningModel) -> Size:
    """What a model comes to; takes a second or so however large it is."""
    sample = sampled(model, SAMPLE)
    compiled = compile_model(build(sample).pyomo)
    grows = _growth(model, sample)
    starts = compiled.entries.starts
    sums = dict.fromkeys(("variables", "integers", "constraints", "nonzeros", "of_flows"), 0.0)
    for block in compiled.column_blocks:
        names = block.component.index.names
        by = grows[_numbered_by(names)]
        entries = by * float(starts[block.stop] - starts[block.start])
        sums["variables"] += by * (block.stop - block.start)
        sums["integers"] += by * np.count_nonzero(compiled.integrality[block.start : block.stop])
        sums["nonzeros"] += entries
        sums["of_flows"] += entries if _numbered_by(names) == "flow" else 0.0
    for rows in compiled.row_blocks:
        by = grows[_numbered_by(rows.component.index.names)]
        sums["constraints"] += by * (rows.stop - rows.start)
    flows = admissible_flows(model)
    counts = {name: round(sums[name]) for name in sums if name != "of_flows"}
    memory = _memory_mb(model, sums["nonzeros"], sums["of_flows"], flows)
    return Size(**counts, flows=flows, generated=generates(model), memory_mb=memory)


def _memory_mb(model: PlanningModel, nonzeros: float, of_flows: float, flows: int) -> float:
    """The peak of the process, MB."""
    pairs = len(model["sites"]) * len(model["zones"])
    if not generates(model):
        return BASE_MB + (BYTES_PER_PAIR * pairs + BYTES_PER_NONZERO * nonzeros) / 2**20
    zones, part, rough = len(model["zones"]), 1.0, 0.0
    if zones >= MANY_ZONES and relaxes(model):
        part, rough = min(1.0, PARTS * COARSE_ZONES / zones), BYTES_PER_ROUGH_PAIR
    pooled = flows * part
    stated = min(pooled, STATED_PER_DEMAND * _demands(model))
    kept = nonzeros - of_flows * (1 - stated / max(1, flows))
    size = (BYTES_PER_PAIR + rough) * pairs + BYTES_PER_STATED * kept
    size += BYTES_PER_POOLED * pooled + BYTES_PER_MADE * min(pooled, CHUNK)
    return BASE_MB + size / 2**20


def _demands(model: PlanningModel) -> int:
    """Demands (zone, workload) of all periods."""
    years = [period.year for period in horizon(model.settings)]
    return sum(len(case_of(model, year).demand) for year in years)


def _growth(model: PlanningModel, sample: PlanningModel) -> dict[str, float]:
    """What a family is numbered by → how many times as many the whole model has."""

    def times(table: str) -> float:
        return len(model[table]) / max(1, len(sample[table]))

    flows = admissible_flows(model) / max(1, admissible_flows(sample))
    places = {
        "site": times("sites"),
        "zone": _demands(model) / max(1, _demands(sample)),
        "block": times("stock"),
    }
    return {**places, "flow": flows, "nothing": 1.0}


def _numbered_by(names: tuple[str, ...]) -> str:
    """What the family of an index grows with."""
    if "zone" in names:
        return "flow" if "site" in names else "zone"
    if "site" in names or "unit" in names:
        return "site"
    return "block" if "block" in names else "nothing"


def sampled(model: PlanningModel, most: int) -> PlanningModel:
    """The model with up to `most` of its sites, and the zones they lie in and as many others."""
    sites, zones = model["sites"], model["zones"]
    if len(sites) <= most and len(zones) <= most:
        return model
    names = set(sites["site"].iloc[_even(len(sites), most)])
    homes = set(sites.loc[sites["site"].isin(names), "zone"]) & set(zones["zone"])
    others = zones.loc[~zones["zone"].isin(homes), "zone"]
    homes |= set(others.iloc[_even(len(others), max(0, most - len(homes)))])
    tables = {name: _kept(name, frame, names, homes) for name, frame in model.tables.items()}
    return replace(model, tables=tables)


def _even(count: int, most: int) -> Any:
    """Up to `most` positions of so many, evenly spread."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).astype(int))


def _kept(name: str, frame: pd.DataFrame, sites: set[str], zones: set[str]) -> pd.DataFrame:
    """The rows of a table that name no other site or zone."""
    keep = np.ones(len(frame), dtype=bool)
    if "site" in frame:
        keep &= frame["site"].isin(sites | {""}).to_numpy()
    if "zone" in frame and name != "sites":
        keep &= frame["zone"].isin(zones | {""}).to_numpy()
    if name == "groups":
        here = {"site": sites, "zone": zones}
        for of, known in here.items():
            keep &= ((frame["kind"] != of) | frame["member"].isin(known)).to_numpy()
    return frame[keep].reset_index(drop=True)
