"""The statement through linopy, PuLP and rule-based Pyomo.

Each in the words of its users, and in the quickest of them that we found.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from benchmarks.paths import Path, share_of
from benchmarks.statement import (
    GREEN_SHARE,
    KIND_OF,
    KINDS,
    MODULES_MW,
    UTILISATION,
    WORKLOADS,
    Statement,
)

# --- linopy ---------------------------------------------------------------------------------------


def _over(values: Any, *dims: Any) -> Any:
    import xarray as xr

    return xr.DataArray(values, coords=list(dims))


class _LinopyVariables:
    """The variables of a linopy model, and the coordinates they are over."""

    def __init__(self, m: Any, s: Statement) -> None:
        import pandas as pd

        self.halls = pd.RangeIndex(s.places * len(KINDS), name="hall")
        self.sizes = pd.Index(MODULES_MW, name="module")
        self.regions = pd.Index(s.regions, name="region")
        self.arcs = pd.RangeIndex(len(s.arc_cost), name="arc")
        self.flat = (len(self.halls), len(self.sizes))
        most = _over(s.most_modules.reshape(self.flat), self.halls, self.sizes)
        self.modules = m.add_variables(0, most, name="modules", integer=True)
        self.open = m.add_variables(coords=[self.halls], name="open", binary=True)
        self.load = m.add_variables(0, coords=[self.halls], name="load")
        self.green = m.add_variables(0, _over(s.green_limit_mw, self.regions), name="green")
        self.grid = m.add_variables(0, coords=[self.regions], name="grid")
        self.serve = m.add_variables(0, coords=[self.arcs], name="serve")


def state_linopy(s: Statement) -> Any:
    """A linopy model in its sparse mode; arcs are one dimension, summed by group."""
    import linopy

    linopy.options["semantics"] = "v1"
    m = linopy.Model(sparse=True)
    v = _LinopyVariables(m, s)
    _linopy_service(m, v, s)
    _linopy_halls(m, v, s)
    m.add_objective(
        (_over(s.module_cost.reshape(v.flat), v.halls, v.sizes) * v.modules).sum()
        + (_over(s.open_cost.ravel(), v.halls) * v.open).sum()
        + (_over(s.run_cost.ravel(), v.halls) * v.load).sum()
        + (_over(s.green_price, v.regions) * v.green).sum()
        + (_over(s.grid_price, v.regions) * v.grid).sum()
        + (_over(s.arc_cost, v.arcs) * v.serve).sum()
    )
    return m


def _linopy_service(m: Any, v: _LinopyVariables, s: Statement) -> None:
    import pandas as pd
    import xarray as xr

    demand = _over(s.demand_mw.ravel(), pd.RangeIndex(s.demand_mw.size, name="demand"))
    of_demand = _over(s.arc_demand, v.arcs).rename("demand")
    of_hall = _over(s.arc_hall, v.arcs).rename("hall")
    m.add_constraints(v.serve.groupby(of_demand).sum() == demand, name="demand")
    m.add_constraints(v.serve.groupby(of_hall).sum() - v.load == 0, name="balance")
    most = _over(s.demand_mw.ravel()[s.arc_demand], v.arcs)
    hall = xr.DataArray(s.arc_hall, dims="arc", coords={"arc": v.arcs})
    m.add_constraints(v.serve - most * v.open.isel(hall=hall) <= 0, name="linking")


def _linopy_halls(m: Any, v: _LinopyVariables, s: Statement) -> None:
    import pandas as pd

    size = _over(np.array(MODULES_MW, dtype=np.float64), v.sizes)
    built = (size * v.modules).sum("module")
    m.add_constraints(v.load - UTILISATION * built <= 0, name="capacity")
    m.add_constraints(built - _over(s.most_mw.ravel(), v.halls) * v.open <= 0, name="opening")
    site = np.repeat(np.arange(s.places), len(KINDS))
    pue = _over(s.pue[site], v.halls)
    used = pue * v.load
    by_site = used.groupby(_over(site, v.halls).rename("site")).sum()
    connection = _over(s.connection_mw, pd.RangeIndex(s.places, name="site"))
    m.add_constraints(by_site <= connection, name="connection")
    of_region = _over(np.array(s.regions)[s.region[site]], v.halls).rename("region")
    by_region = used.groupby(of_region).sum()
    m.add_constraints(by_region - v.green - v.grid == 0, name="power")
    m.add_constraints(((pue - s.efficiency_limit) * v.load).sum() <= 0, name="efficiency")
    share = _over(np.tile(share_of(size.to_numpy()), (s.places, 1)), v.halls, v.sizes)
    m.add_constraints((share * v.modules).sum() >= 0, name="share")
    m.add_constraints((size * v.modules).sum() >= s.total_mw, name="total")
    greens = (1 - GREEN_SHARE) * v.green.sum() - GREEN_SHARE * v.grid.sum()
    m.add_constraints(greens >= 0, name="green")


def hand_over_linopy(model: Any) -> Any:
    """linopy's own hand-over; names are left out, which is its default."""
    return model.to_highspy()


# --- what both row-by-row peers look up -----------------------------------------------------------


class _Tables:
    """The statement as lists and dictionaries, as somebody without arrays keeps it."""

    def __init__(self, s: Statement) -> None:
        self.sites = range(s.places)
        self.kinds = range(len(KINDS))
        self.modules = range(len(MODULES_MW))
        self.workloads = range(len(WORKLOADS))
        self.regions = range(len(s.regions))
        self.halls = [(site, kind) for site in self.sites for kind in self.kinds]
        self.each = [(*hall, module) for hall in self.halls for module in self.modules]
        self.kind_of = KIND_OF.tolist()
        self.region, self.pue = s.region.tolist(), s.pue.tolist()
        self.over = (s.pue - s.efficiency_limit).tolist()
        self.connection, self.most = s.connection_mw.tolist(), s.most_mw.tolist()
        self.most_modules, self.demand = s.most_modules.tolist(), s.demand_mw.tolist()
        self.open_cost, self.run_cost = s.open_cost.tolist(), s.run_cost.tolist()
        self.module_cost, self.green_limit = s.module_cost.tolist(), s.green_limit_mw.tolist()
        self.green_price, self.grid_price = s.green_price.tolist(), s.grid_price.tolist()
        self.share = share_of(np.array(MODULES_MW, dtype=np.float64)).tolist()
        columns = (s.arc_zone, s.arc_workload, s.arc_site)
        self.arcs = list(zip(*(column.tolist() for column in columns), strict=True))
        self.arc_cost = dict(zip(self.arcs, s.arc_cost.tolist(), strict=True))
        self.to: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.at: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for zone, workload, site in self.arcs:
            self.to[zone, workload].append(site)
            self.at[site, self.kind_of[workload]].append((zone, workload))
        self.inside: dict[int, list[int]] = defaultdict(list)
        for site, region in enumerate(self.region):
            self.inside[region].append(site)


# --- PuLP -----------------------------------------------------------------------------------------


def state_pulp(s: Statement) -> Any:
    """A PuLP model, one expression of (variable, coefficient) per row."""
    from pulp import LpProblem, LpVariable

    t = _Tables(s)
    modules = {
        (i, k, n): LpVariable(f"modules_{i}_{k}_{n}", 0, t.most_modules[i][k][n], "Integer")
        for i, k, n in t.each
    }
    opened = {(i, k): LpVariable(f"open_{i}_{k}", cat="Binary") for i, k in t.halls}
    load = {(i, k): LpVariable(f"load_{i}_{k}", 0) for i, k in t.halls}
    green = {r: LpVariable(f"green_{r}", 0, t.green_limit[r]) for r in t.regions}
    grid = {r: LpVariable(f"grid_{r}", 0) for r in t.regions}
    serve = {(z, w, i): LpVariable(f"serve_{z}_{w}_{i}", 0) for z, w, i in t.arcs}
    m = LpProblem("siting")
    costs = [(modules[i, k, n], t.module_cost[i][k][n]) for i, k, n in t.each]
    costs += [(opened[i, k], t.open_cost[i][k]) for i, k in t.halls]
    costs += [(load[i, k], t.run_cost[i][k]) for i, k in t.halls]
    costs += [(green[r], t.green_price[r]) for r in t.regions]
    costs += [(grid[r], t.grid_price[r]) for r in t.regions]
    costs += [(serve[arc], t.arc_cost[arc]) for arc in t.arcs]
    m.setObjective(_sum(costs))
    _pulp_halls(m, t, modules, opened, load, serve)
    for r in t.regions:
        terms = [(load[i, k], t.pue[i]) for i in t.inside[r] for k in t.kinds]
        m += _sum([*terms, (green[r], -1), (grid[r], -1)]) == 0
    m += _sum([(load[i, k], t.over[i]) for i, k in t.halls]) <= 0
    m += _sum([(modules[i, k, n], t.share[k][n]) for i, k, n in t.each]) >= 0
    m += _sum([(modules[i, k, n], MODULES_MW[n]) for i, k, n in t.each]) >= s.total_mw
    greens = [(green[r], 1 - GREEN_SHARE) for r in t.regions]
    m += _sum(greens + [(grid[r], -GREEN_SHARE) for r in t.regions]) >= 0
    for z, w, i in t.arcs:
        terms = [(serve[z, w, i], 1), (opened[i, t.kind_of[w]], -t.demand[z][w])]
        m += _sum(terms) <= 0
    return m


def _sum(terms: Any) -> Any:
    from pulp import LpAffineExpression

    return LpAffineExpression(terms)


def _pulp_halls(m: Any, t: _Tables, modules: Any, opened: Any, load: Any, serve: Any) -> None:
    for z in t.sites:
        for w in t.workloads:
            m += _sum([(serve[z, w, i], 1) for i in t.to[z, w]]) == t.demand[z][w]
    for i, k in t.halls:
        built = [(modules[i, k, n], MODULES_MW[n]) for n in t.modules]
        m += _sum([(serve[z, w, i], 1) for z, w in t.at[i, k]] + [(load[i, k], -1)]) == 0
        m += _sum([(load[i, k], 1)] + [(one, -UTILISATION * size) for one, size in built]) <= 0
        m += _sum([*built, (opened[i, k], -t.most[i][k])]) <= 0
    for i in t.sites:
        m += _sum([(load[i, k], t.pue[i]) for k in t.kinds]) <= t.connection[i]


def hand_over_pulp(model: Any) -> Any:
    """PuLP's own hand-over to highspy."""
    from pulp import HiGHS

    solver = HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    return model.solverModel


# --- Pyomo ----------------------------------------------------------------------------------------


def state_pyomo(s: Statement) -> Any:
    """A Pyomo model, one rule per family."""
    import pyomo.environ as pyo

    t, q = _Tables(s), pyo.quicksum
    m = pyo.ConcreteModel()
    m.site, m.kind, m.module = (pyo.Set(initialize=one) for one in (t.sites, t.kinds, t.modules))
    m.workload, m.region = pyo.Set(initialize=t.workloads), pyo.Set(initialize=t.regions)
    m.arc = pyo.Set(initialize=t.arcs, dimen=3)
    m.modules = pyo.Var(
        m.site, m.kind, m.module, domain=pyo.NonNegativeIntegers,
        bounds=lambda m, i, k, n: (0, t.most_modules[i][k][n]),
    )  # fmt: skip
    m.open = pyo.Var(m.site, m.kind, domain=pyo.Binary)
    m.load_mw = pyo.Var(m.site, m.kind, domain=pyo.NonNegativeReals)
    m.green = pyo.Var(m.region, bounds=lambda m, r: (0, t.green_limit[r]))
    m.grid = pyo.Var(m.region, domain=pyo.NonNegativeReals)
    m.serve = pyo.Var(m.arc, domain=pyo.NonNegativeReals)
    m.cost = pyo.Objective(
        expr=q(t.module_cost[i][k][n] * m.modules[i, k, n] for i, k, n in t.each)
        + q(t.open_cost[i][k] * m.open[i, k] for i, k in t.halls)
        + q(t.run_cost[i][k] * m.load_mw[i, k] for i, k in t.halls)
        + q(t.green_price[r] * m.green[r] + t.grid_price[r] * m.grid[r] for r in t.regions)
        + q(cost * m.serve[arc] for arc, cost in t.arc_cost.items())
    )
    _pyomo_service(m, t)
    _pyomo_halls(m, t)
    _pyomo_policy(m, t, s.total_mw)
    return m


def _pyomo_service(m: Any, t: _Tables) -> None:
    import pyomo.environ as pyo

    q = pyo.quicksum
    m.demand = pyo.Constraint(
        m.site, m.workload,
        rule=lambda m, z, w: q(m.serve[z, w, i] for i in t.to[z, w]) == t.demand[z][w],
    )  # fmt: skip
    m.balance = pyo.Constraint(
        m.site, m.kind,
        rule=lambda m, i, k: q(m.serve[z, w, i] for z, w in t.at[i, k]) - m.load_mw[i, k] == 0,
    )  # fmt: skip
    m.linking = pyo.Constraint(
        m.arc,
        rule=lambda m, z, w, i: m.serve[z, w, i] - t.demand[z][w] * m.open[i, t.kind_of[w]] <= 0,
    )


def _pyomo_halls(m: Any, t: _Tables) -> None:
    import pyomo.environ as pyo

    q = pyo.quicksum

    def built(i: int, k: int) -> Any:
        return q(MODULES_MW[n] * m.modules[i, k, n] for n in t.modules)

    m.capacity = pyo.Constraint(
        m.site, m.kind, rule=lambda m, i, k: m.load_mw[i, k] - UTILISATION * built(i, k) <= 0
    )
    m.opening = pyo.Constraint(
        m.site, m.kind, rule=lambda m, i, k: built(i, k) - t.most[i][k] * m.open[i, k] <= 0
    )
    m.connection = pyo.Constraint(
        m.site,
        rule=lambda m, i: q(t.pue[i] * m.load_mw[i, k] for k in t.kinds) <= t.connection[i],
    )


def _pyomo_policy(m: Any, t: _Tables, total_mw: float) -> None:
    import pyomo.environ as pyo

    q = pyo.quicksum
    m.power = pyo.Constraint(
        m.region,
        rule=lambda m, r: (
            q(t.pue[i] * m.load_mw[i, k] for i in t.inside[r] for k in t.kinds)
            - m.green[r] - m.grid[r] == 0
        ),
    )  # fmt: skip
    m.efficiency = pyo.Constraint(expr=q(t.over[i] * m.load_mw[i, k] for i, k in t.halls) <= 0)
    m.share = pyo.Constraint(expr=q(t.share[k][n] * m.modules[i, k, n] for i, k, n in t.each) >= 0)
    m.total = pyo.Constraint(
        expr=q(MODULES_MW[n] * m.modules[i, k, n] for i, k, n in t.each) >= total_mw
    )
    m.greenness = pyo.Constraint(
        expr=q((1 - GREEN_SHARE) * m.green[r] - GREEN_SHARE * m.grid[r] for r in t.regions) >= 0
    )


def hand_over_pyomo(model: Any) -> Any:
    """Pyomo's direct, persistent HiGHS interface."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    solver = Highs()
    solver.set_instance(model)
    return solver._solver_model


PEERS = {
    "linopy": Path(
        ("highspy", "scipy.sparse", "pandas", "xarray", "linopy"), state_linopy, hand_over_linopy
    ),
    "pulp": Path(("highspy", "pulp"), state_pulp, hand_over_pulp),
    "pyomo": Path(
        ("highspy", "pyomo.environ", "pyomo.contrib.appsi.solvers.highs"),
        state_pyomo,
        hand_over_pyomo,
    ),
}
