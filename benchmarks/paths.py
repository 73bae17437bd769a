"""The statement through raw numpy and highspy, and through `layout.algebra`.

A path is two functions: `state` makes a model of the statement in the path's own words, `hand_over`
gives it to a new `highspy.Highs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.statement import (
    GREEN_SHARE,
    INTELLIGENT_SHARE,
    KINDS,
    MODULES_MW,
    REGIONS,
    UTILISATION,
    WORKLOADS,
    Statement,
)

_BAR = -np.inf
_INTELLIGENT = KINDS.index("intelligent")


class Path(NamedTuple):
    """One way to state a model and to hand it to HiGHS, and the packages it imports."""

    imports: tuple[str, ...]
    state: Callable[[Statement], Any]
    hand_over: Callable[[Any], Any]


def share_of(size_mw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What a module adds to the share row: size × (is it intelligent − share), kind × module."""
    intelligent = np.arange(len(KINDS)) == _INTELLIGENT
    return (intelligent[:, None] - INTELLIGENT_SHARE) * size_mw


# --- raw numpy ------------------------------------------------------------------------------------


class _Matrix:
    """Rows and entries collected family by family."""

    def __init__(self) -> None:
        self.height = 0
        self.lower: list[Any] = []
        self.upper: list[Any] = []
        self.entries: list[tuple[Any, Any, Any]] = []

    def add(self, count: int, lower: Any, upper: Any, *entries: tuple[Any, Any, Any]) -> None:
        """`count` rows with bounds and (row within the family, column, coefficient)."""
        self.lower.append(np.broadcast_to(lower, (count,)))
        self.upper.append(np.broadcast_to(upper, (count,)))
        for row, column, coefficient in entries:
            values = np.broadcast_to(np.asarray(coefficient, dtype=np.float64), column.shape)
            self.entries.append((row + np.int32(self.height), column, values))
        self.height += count

    def csc(self, width: int) -> Any:
        """The entries by column."""
        from scipy.sparse import coo_array

        row, column, value = (np.concatenate(parts) for parts in zip(*self.entries, strict=True))
        return coo_array((value, (row, column)), shape=(self.height, width)).tocsc()


def state_raw(s: Statement) -> dict[str, Any]:
    """Arrays as `Highs.passModel` takes them."""
    size = np.array(MODULES_MW, dtype=np.float64)
    halls, kinds = s.places * len(KINDS), len(KINDS)
    counts = (halls * len(size), halls, halls, REGIONS, REGIONS, len(s.arc_cost))
    ends = np.cumsum(counts)
    modules, opened, load, green, grid, serve = (
        np.arange(end - count, end, dtype=np.int32) for count, end in zip(counts, ends, strict=True)
    )
    width = int(ends[-1])
    lower, upper = np.zeros(width), np.full(width, np.inf)
    upper[modules], upper[opened] = s.most_modules.ravel(), 1.0
    upper[green] = s.green_limit_mw
    whole = np.zeros(width, dtype=np.int32)
    whole[modules] = whole[opened] = 1
    costs = (s.module_cost, s.open_cost, s.run_cost, s.green_price, s.grid_price, s.arc_cost)
    hall = np.arange(halls, dtype=np.int32)
    of_module = np.repeat(hall, len(size))
    each_size, site = np.tile(size, halls), hall // kinds
    region = np.arange(REGIONS, dtype=np.int32)
    arc = np.arange(len(serve), dtype=np.int32)
    arc_demand, arc_hall, demand = s.arc_demand, s.arc_hall, s.demand_mw.ravel()
    pue, one = s.pue[site], np.zeros(1, dtype=np.int32)
    rows = _Matrix()
    rows.add(len(demand), demand, demand, (arc_demand, serve, 1.0))
    rows.add(halls, 0.0, 0.0, (arc_hall, serve, 1.0), (hall, load, -1.0))
    used = (of_module, modules, -UTILISATION * each_size)
    rows.add(halls, _BAR, 0.0, (hall, load, 1.0), used)
    built = (of_module, modules, each_size)
    rows.add(halls, _BAR, 0.0, built, (hall, opened, -s.most_mw.ravel()))
    rows.add(s.places, _BAR, s.connection_mw, (site, load, pue))
    bought = ((region, green, -1.0), (region, grid, -1.0))
    rows.add(REGIONS, 0.0, 0.0, (s.region[site], load, pue), *bought)
    rows.add(1, _BAR, 0.0, (one.repeat(halls), load, pue - s.efficiency_limit))
    all_modules = one.repeat(len(modules))
    share = np.broadcast_to(share_of(size), s.module_cost.shape).ravel()
    rows.add(1, 0.0, np.inf, (all_modules, modules, share))
    rows.add(1, s.total_mw, np.inf, (all_modules, modules, each_size))
    everywhere = one.repeat(REGIONS)
    greens = ((everywhere, green, 1.0 - GREEN_SHARE), (everywhere, grid, -GREEN_SHARE))
    rows.add(1, 0.0, np.inf, *greens)
    linked = (arc, opened[arc_hall], -demand[arc_demand])
    rows.add(len(arc), _BAR, 0.0, (arc, serve, 1.0), linked)
    return {
        "cost": np.concatenate([cost.ravel() for cost in costs]),
        "bounds": (lower, upper),
        "rows": (np.concatenate(rows.lower), np.concatenate(rows.upper)),
        "matrix": rows.csc(width),
        "whole": whole,
    }


def hand_over_raw(model: dict[str, Any]) -> Any:
    """One call of `passModel`."""
    import highspy

    highs = silent()
    matrix = model["matrix"]
    highs.passModel(
        matrix.shape[1],
        matrix.shape[0],
        matrix.nnz,
        int(highspy.MatrixFormat.kColwise),
        1,
        0.0,
        model["cost"],
        *model["bounds"],
        *model["rows"],
        matrix.indptr.astype(np.int32, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data,
        model["whole"],
    )
    return highs


def silent() -> Any:
    """A new `highspy.Highs` that prints nothing."""
    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    return highs


# --- layout.algebra -------------------------------------------------------------------------------


def state_layout(s: Statement) -> Any:
    """A Pyomo model whose families are arrays."""
    from pyomo.environ import ConcreteModel

    from layout.algebra import Affine, ArrayObjective, ArrayVar, Index

    places, regions = s.names, s.regions
    m = ConcreteModel()
    halls = Index.product(("site", "kind"), places, KINDS)
    each = Index.product(("site", "kind", "module"), places, KINDS, MODULES_MW)
    within = Index.product(("region",), regions)
    arcs = Index.coded(
        ("zone", "workload", "site"),
        (places, WORKLOADS, places),
        (s.arc_zone, s.arc_workload, s.arc_site),
    )
    m.modules = ArrayVar(each, upper=s.most_modules.ravel(), integer=True, unit="1")
    m.open = ArrayVar(halls, upper=1.0, integer=True, unit="1")
    m.load_mw = ArrayVar(halls, unit="MW")
    m.green = ArrayVar(within, upper=s.green_limit_mw, unit="MW")
    m.grid = ArrayVar(within, unit="MW")
    m.serve = ArrayVar(arcs, unit="MW")
    m.cost = ArrayObjective(
        Affine.of(m.modules, coefficients=s.module_cost.ravel())
        + Affine.of(m.open, coefficients=s.open_cost.ravel())
        + Affine.of(m.load_mw, coefficients=s.run_cost.ravel())
        + Affine.of(m.green, coefficients=s.green_price)
        + Affine.of(m.grid, coefficients=s.grid_price)
        + Affine.of(m.serve, coefficients=s.arc_cost)
    )
    _service(m, s)
    _halls(m, s)
    _power(m, s)
    _policy(m, s)
    return m


def _service(m: Any, s: Statement) -> None:
    from layout.algebra import ArrayConstraint, Index

    demand, row, hall = s.demand_mw.ravel(), s.arc_demand, s.arc_hall
    each = Index.product(("zone", "workload"), s.names, WORKLOADS)
    m.demand = ArrayConstraint(each, [(m.serve, row, None, 1.0)], demand, demand)
    balance = [(m.serve, hall, None, 1.0), (m.load_mw, None, None, -1.0)]
    m.balance = ArrayConstraint(m.load_mw.index, balance, 0.0, 0.0)
    most = -demand[row]
    most.setflags(write=False)  # so that the algebra keeps it as it is
    linking = [(m.serve, None, None, 1.0), (m.open, None, hall, most)]
    m.linking = ArrayConstraint(m.serve.index, linking, upper=0.0)


def _halls(m: Any, s: Statement) -> None:
    from layout.algebra import ArrayConstraint

    halls, count = m.open.index, len(MODULES_MW)
    hall = np.repeat(np.arange(len(halls), dtype=np.int32), count)
    size = np.tile(np.array(MODULES_MW, dtype=np.float64), len(halls))
    capacity = [(m.load_mw, None, None, 1.0), (m.modules, hall, None, -UTILISATION * size)]
    m.capacity = ArrayConstraint(halls, capacity, upper=0.0)
    opening = [(m.modules, hall, None, size), (m.open, None, None, -s.most_mw.ravel())]
    m.opening = ArrayConstraint(halls, opening, upper=0.0)


def _power(m: Any, s: Statement) -> None:
    from layout.algebra import ArrayConstraint, Index

    site = np.repeat(np.arange(s.places, dtype=np.int32), len(KINDS))
    pue = s.pue[site]
    sites = Index.product(("site",), s.names)
    m.connection = ArrayConstraint(sites, [(m.load_mw, site, None, pue)], upper=s.connection_mw)
    used = (m.load_mw, s.region[site], None, pue)
    bought = [(m.green, None, None, -1.0), (m.grid, None, None, -1.0)]
    m.power = ArrayConstraint(m.green.index, [used, *bought], 0.0, 0.0)
    over = pue - s.efficiency_limit
    m.efficiency = ArrayConstraint(_whole_country(), [(m.load_mw, 0, None, over)], upper=0.0)


def _policy(m: Any, s: Statement) -> None:
    from layout.algebra import ArrayConstraint

    size = np.array(MODULES_MW, dtype=np.float64)
    country = _whole_country()
    share = np.broadcast_to(share_of(size), s.module_cost.shape).ravel()
    m.share = ArrayConstraint(country, [(m.modules, 0, None, share)], lower=0.0)
    every = np.tile(size, s.places * len(KINDS))
    m.total = ArrayConstraint(country, [(m.modules, 0, None, every)], lower=s.total_mw)
    greens = [(m.green, 0, None, 1.0 - GREEN_SHARE), (m.grid, 0, None, -GREEN_SHARE)]
    m.greenness = ArrayConstraint(country, greens, lower=0.0)


def _whole_country() -> Any:
    from layout.algebra import Index

    return Index(("area",), (["CN"],))


def hand_over_layout(model: Any) -> Any:
    """Compile, then one call of `passModel`."""
    from layout.algebra import compile_model

    highs = silent()
    compile_model(model).pass_to(highs)
    return highs


def path(name: str) -> Path:
    """The path of a name; the peers are imported only when they are asked for."""
    if name == "raw":
        return Path(("highspy", "scipy.sparse"), state_raw, hand_over_raw)
    if name == "layout":
        return Path(("highspy", "pyomo.environ", "layout.algebra"), state_layout, hand_over_layout)
    from benchmarks import peers

    return peers.PEERS[name]
