"""The optimum of a tiny location problem by trying every set of open sites.

For each set the flows are a linear programme (scipy) or, where a customer may not be divided,
every assignment is tried. Nothing here knows how layout states the problem.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from scipy.optimize import linprog

from benchmarks.instances.problem import Instance


def best_value(instance: Instance) -> float:
    """Least cost over all sets of open sites; infinity when no set will do."""
    sites = range(instance.shape[0])
    most = instance.open_at_most if instance.open_at_most is not None else len(sites)
    serve = _best_assignment if instance.single_source else _best_flow
    return min(
        float(instance.fixed_cost[list(chosen)].sum()) + serve(instance, chosen)
        for size in range(most + 1)
        for chosen in combinations(sites, size)
    )


def _best_flow(instance: Instance, chosen: tuple[int, ...]) -> float:
    """Cheapest shares x[i, j] of the customers' demand, with what is left unserved paid for."""
    customers = instance.shape[1]
    cost = _cost(instance)[list(chosen)]
    columns = cost.size + customers
    total = np.zeros((customers, columns))
    for j in range(customers):
        total[j, j : cost.size : customers] = 1
        total[j, cost.size + j] = 1
    load = np.zeros((len(chosen), columns))
    for row in range(len(chosen)):
        load[row, row * customers : (row + 1) * customers] = instance.demand
    room = np.minimum(instance.capacity[list(chosen)], instance.demand.sum())
    upper = np.where(np.isfinite(np.append(cost, np.zeros(customers))), 1, 0)
    if instance.penalty is None:
        upper[cost.size :] = 0
    objective = np.append(np.where(np.isfinite(cost), cost, 0), _unserved(instance))
    found = linprog(
        objective,
        A_eq=total,
        b_eq=np.ones(customers),
        A_ub=load if len(chosen) else None,
        b_ub=room if len(chosen) else None,
        bounds=list(zip(np.zeros(columns), upper, strict=True)),
    )
    return float(found.fun) if found.status == 0 else np.inf


def _best_assignment(instance: Instance, chosen: tuple[int, ...]) -> float:
    """Cheapest way to give every customer one chosen site, or none at the penalty."""
    cost = _cost(instance)
    options = (*chosen, None) if instance.penalty is not None else chosen
    best = np.inf
    for given in product(options, repeat=instance.shape[1]):
        load = np.zeros(instance.shape[0])
        value = 0.0
        for j, i in enumerate(given):
            if i is None:
                value += _unserved(instance)[j]
            else:
                value += cost[i, j]
                load[i] += instance.demand[j]
        if value < best and (load <= instance.capacity + 1e-9).all():
            best = value
    return best


def _cost(instance: Instance) -> np.ndarray:
    """Cost of serving whole customers, infinite where the site is out of reach."""
    if instance.reach is None or instance.distance is None:
        return instance.cost
    return np.where(instance.distance <= instance.reach, instance.cost, np.inf)


def _unserved(instance: Instance) -> np.ndarray:
    """Cost of not serving each customer."""
    return (instance.penalty or 0.0) * instance.demand
