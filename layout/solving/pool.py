"""Every admissible flow of a model with its column, so that all can be priced at once.

A large model is stated on some of its flows. What the others would cost at the duals of its LP is
one product of a sparse matrix and a vector: it tells which of them are missing, and how far below
that LP the LP of all flows can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled, compile_model
from layout.formulation import build
from layout.formulation.case import case_of
from layout.model.horizon import horizon

if TYPE_CHECKING:
    from layout.formulation.variables import Variables
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PER_FLOW = frozenset({"open_serve", "open_assign"})
"""Rows of which every flow has its own; all others are the same whichever flows are stated."""
CHUNK = 2_000_000  # flows whose columns are made at once: it bounds the memory that takes
GOLDEN = 0.6180339887498949  # turns by it never meet
NEGATIVE = 1e-7  # mcny per EFLOPS below which a flow counts as cheaper


class Priced(NamedTuple):
    """All flows at some duals.

    `short` is by how much the duals of the demands must fall until no flow is too cheap, times
    the demands, mcny; `missing` are flows that are not stated (numbers in the pool), the cheapest
    of each demand and the cheapest for each site and workload.
    """

    short: float
    missing: Ints


@dataclass(frozen=True)
class Entries:
    """Coefficients of flows in the common rows: those of flow f from starts[f] to starts[f + 1]."""

    starts: Ints
    rows: NDArray[np.int32]
    coefficients: Floats

    def times(self, duals: Floats) -> Floats:
        """Flow → its coefficients times the duals of their rows."""
        products = self.coefficients * duals[self.rows]
        return np.add.reduceat(products, self.starts[:-1])  # every flow has the row of its demand

    def take(self, flows: Ints) -> Entries:
        """Those of some flows, in the order given."""
        sizes = self.starts[flows + 1] - self.starts[flows]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        at = np.arange(starts[-1]) + np.repeat(self.starts[flows] - starts[:-1], sizes)
        return Entries(starts, self.rows[at], self.coefficients[at])

    @classmethod
    def joined(cls, parts: list[Entries]) -> Entries:
        """Those of several sets of flows, one after the other."""
        sizes = [np.diff(part.starts) for part in parts]
        starts = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
        rows = np.concatenate([part.rows for part in parts])
        return cls(starts, rows, np.concatenate([part.coefficients for part in parts]))


@dataclass(frozen=True)
class Columns:
    """Some flows as columns of the common rows.

    `upper` is 1 for a flow that is whole, and the EFLOPS of the demand for others.
    """

    entries: Entries
    cost: Floats
    upper: Floats
    site: Ints
    year: Ints
    whole: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.cost)


@dataclass(frozen=True)
class _Chunk:
    """The flows of some rows of the demand of one year, sorted by code.

    Over flows: `codes` (see `Case`), `entries`, `cost`, `at` (place of the demand row). Over
    demand rows: `first` (its first flow), `demand` (EFLOPS), `whole` (not to be divided),
    `workload`.
    """

    year: int
    codes: Ints
    entries: Entries
    cost: Floats
    at: NDArray[np.int32]
    first: Ints
    demand: Floats
    whole: NDArray[np.bool_]
    workload: Ints

    def unit(self) -> Floats:
        """Flow → EFLOPS that one unit of its variable serves."""
        return np.where(self.whole, self.demand, 1.0)[self.at]

    def cheapest(self, value: Floats, most: int, among: Ints | None = None) -> Ints:
        """The flows of least value of every demand, up to `most` each."""
        each = np.arange(len(self.codes)) if among is None else among
        order = each[np.lexsort((value[each], self.at[each]))]
        row = self.at[order]
        begins = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
        rank = np.arange(len(row)) - np.repeat(begins, np.diff(np.append(begins, len(row))))
        return order[rank < most]


def common_rows(compiled: Compiled) -> Ints:
    """The rows of a compiled model that do not depend on the flows that are stated."""
    blocks = [block for block in compiled.row_blocks if block.component.local_name not in PER_FLOW]
    parts = [np.arange(block.start, block.stop) for block in blocks]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _entries(compiled: Compiled, columns: Ints) -> Entries:
    """What some columns of a compiled model have in the common rows."""
    common = common_rows(compiled)
    number = np.full(len(compiled.row_lower), -1, dtype=np.int32)
    number[common] = np.arange(len(common), dtype=np.int32)
    matrix = compiled.entries
    found = Entries(matrix.starts.astype(np.int64), matrix.rows, matrix.coefficients).take(columns)
    rows = number[found.rows]
    keep = np.append(0, np.cumsum(rows >= 0))
    return Entries(keep[found.starts], rows[rows >= 0], found.coefficients[rows >= 0])


def flow_columns(v: Variables, compiled: Compiled) -> tuple[Ints, Ints]:
    """Columns of the flows that a year states, and their codes."""
    sites = len(v.case.sites)
    codes = [flows.row * sites + flows.site for flows in (v.split, v.whole)]
    columns = [part.columns(compiled) for part in (v.serve, v.assign)]
    return np.concatenate(columns), np.concatenate(codes)


def admissible_flows(model: PlanningModel) -> int:
    """How many flows a model has in all its periods."""
    years = [period.year for period in horizon(model.settings)]
    return sum(case_of(model, year).count_admissible() for year in years)


class Pool:
    """All admissible flows of all periods, numbered by year, demand and site.

    `stated` marks those that the model is stated on.
    """

    def __init__(self, model: PlanningModel) -> None:
        self.model = model
        self.years = tuple(period.year for period in horizon(model.settings))
        self.sites = len(model["sites"])
        self.chunks: list[_Chunk] = []
        for year in self.years:
            self._take(year)
        sizes = [len(chunk.codes) for chunk in self.chunks]
        self.starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.stated = np.zeros(len(self), dtype=bool)

    def __len__(self) -> int:
        return int(self.starts[-1])

    def spread(self, most: int) -> Ints:
        """Up to `most` flows of each demand, evenly over its sites, beginning elsewhere each time.

        Every site gets some: what is cheap to build need not be near, and must be reached.
        """
        found = [np.empty(0, dtype=np.int64)]
        for chunk, start in zip(self.chunks, self.starts, strict=False):
            sizes = np.diff(np.append(chunk.first, len(chunk.codes)))
            turn = np.arange(len(sizes)) * GOLDEN % 1.0
            steps = (turn[:, None] + np.arange(most) / most) % 1.0
            found.append((chunk.first[:, None] + (steps * sizes[:, None]).astype(np.int64)) + start)
        return np.unique(np.concatenate([part.reshape(-1) for part in found]))

    @property
    def demands(self) -> int:
        """Demands (zone, workload, year) that have a flow."""
        return sum(len(chunk.first) for chunk in self.chunks)

    def _take(self, year: int) -> None:
        case = case_of(self.model, year)
        rows = np.arange(len(case.demand))
        many = max(1, CHUNK // max(1, self.sites))
        for start in range(0, len(rows), many):
            codes = case.admissible(rows[start : start + many])
            if len(codes):
                self.chunks.append(self._chunk(year, codes))

    def _chunk(self, year: int, codes: Ints) -> _Chunk:
        none = np.empty(0, dtype=np.int64)
        formulation = build(self.model, arcs={y: codes if y == year else none for y in self.years})
        formulation.minimise("cost")
        compiled = compile_model(formulation.pyomo)
        v = next(of for of in formulation.years if of.year == year).variables
        columns, found = flow_columns(v, compiled)
        columns = columns[np.argsort(found)]
        entries = _entries(compiled, columns)
        rows, first, at = np.unique(codes // self.sites, return_index=True, return_inverse=True)
        workload = v.case.demand["workload"].to_numpy(np.int64)[rows]
        return _Chunk(
            year,
            codes,
            entries,
            compiled.cost[columns],
            at.astype(np.int32),
            first.astype(np.int64),
            v.demand_eflops[rows],
            ~v.case.splits[workload],
            workload,
        )

    def _parts(self, flows: Ints) -> list[tuple[_Chunk, Ints]]:
        """Chunks with those of some flows (sorted) that lie in them, by place."""
        cuts = np.searchsorted(flows, self.starts)
        return [
            (chunk, flows[cuts[number] : cuts[number + 1]] - self.starts[number])
            for number, chunk in enumerate(self.chunks)
        ]

    def nearest(self, most: int) -> Ints:
        """The flows that cost least to carry, up to `most` for each demand."""
        found = [
            chunk.cheapest(chunk.cost / chunk.unit(), most) + start
            for chunk, start in zip(self.chunks, self.starts, strict=False)
        ]
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *found]))

    def divisible(self, flows: Ints) -> Ints:
        """Those of some flows (sorted numbers) that may serve a part of their demand."""
        parts = self._parts(flows)
        keep = [~chunk.whole[chunk.at[at]] for chunk, at in parts]
        return flows[np.concatenate([np.empty(0, dtype=bool), *keep])]

    def state(self, flows: Ints) -> Columns:
        """Count flows (sorted numbers) as stated; their columns."""
        self.stated[flows] = True
        parts = self._parts(flows)
        upper = [np.where(chunk.whole, 1.0, chunk.demand)[chunk.at[at]] for chunk, at in parts]
        return Columns(
            entries=Entries.joined([chunk.entries.take(at) for chunk, at in parts]),
            cost=np.concatenate([chunk.cost[at] for chunk, at in parts]),
            upper=np.concatenate(upper),
            site=np.concatenate([chunk.codes[at] % self.sites for chunk, at in parts]),
            year=np.concatenate([np.full(len(at), chunk.year) for chunk, at in parts]),
            whole=np.concatenate([chunk.whole[chunk.at[at]] for chunk, at in parts]),
        )

    def codes(self, flows: Ints) -> dict[int, Ints]:
        """Codes of some flows (sorted numbers) by year."""
        found: dict[int, list[Ints]] = {year: [np.empty(0, dtype=np.int64)] for year in self.years}
        for chunk, at in self._parts(flows):
            found[chunk.year].append(chunk.codes[at])
        return {year: np.concatenate(parts) for year, parts in found.items()}

    def price(self, duals: Floats, most: int, costs: bool = True) -> Priced:
        """What all flows cost at the duals of the common rows, and up to `most` to state more.

        Without `costs` the duals are a ray that proves an LP infeasible.
        """
        short = 0.0
        missing = [np.empty(0, dtype=np.int64)]
        best = _Best(self.sites * len(self.model["workloads"]))
        for number, chunk in enumerate(self.chunks):
            start, stop = self.starts[number], self.starts[number + 1]
            reduced = chunk.cost if costs else np.zeros(len(chunk.cost))
            reduced = (reduced - chunk.entries.times(duals)) / chunk.unit()
            reduced[self.stated[start:stop]] = np.inf
            least = np.minimum(np.minimum.reduceat(reduced, chunk.first), 0.0)
            short -= float(least @ chunk.demand)
            cheap = np.flatnonzero(reduced < -NEGATIVE)
            missing.append(chunk.cheapest(reduced, most, cheap) + start)
            place = chunk.workload[chunk.at[cheap]] * self.sites + chunk.codes[cheap] % self.sites
            best.take(place, reduced[cheap], cheap + start)
        return Priced(short, np.unique(np.concatenate([*missing, best.flows])))


class _Best:
    """The cheapest flow of every place: what sites lack, which demands alone do not show.

    All demands want the same few cheap sites; the next cheapest ones would wait for rounds.
    """

    def __init__(self, places: int) -> None:
        self.value = np.zeros(places)
        self.flow = np.full(places, -1, dtype=np.int64)

    def take(self, place: Ints, value: Floats, flow: Ints) -> None:
        """Consider some flows with negative values."""
        order = np.argsort(value, kind="stable")
        found, first = np.unique(place[order], return_index=True)
        at = order[first]
        better = value[at] < self.value[found]
        self.value[found[better]] = value[at[better]]
        self.flow[found[better]] = flow[at[better]]

    @property
    def flows(self) -> Ints:
        """The flows that were kept."""
        return self.flow[self.flow >= 0]
