"""The optimal way to steady growth: consumption that maximises (88) under accumulation (87).

With K = (1−τ)S + D and H^T = τS − D the mix D decays at δ whatever is consumed, and output is
Y = S·y(z), z = D/S. What is left of the two-point boundary problem has one state z and one choice
x = C/S:

    z′ = z·(x − y)                                  accumulation (87)
    C′/C = (M − δ − ρ)/σ,  M = (1−τ)·∂Y/∂K + τ·∂Y/∂H^T      Euler equation of (88)

Both boundaries are kept by going backwards (time elimination: Mulligan and Sala-i-Martin 1991):
from steady growth, which transversality asks for, along the one path that ends there, to the mix at
the start. The way in is at δ + g a year, the way out at ρ + (σ − 1)g.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, expm1, log, nan
from typing import Any

import numpy as np

from layout.study.growth.growth_model import (
    PATH_COLUMNS,
    YEARS,
    first_mix,
    growth_rate,
    saving_rate,
)
from layout.study.growth.production import (
    Floats,
    Parameters,
    made,
    marginal_product_of_saving,
)

NEAR = log(1e-8)
"""The path is followed from where the mix is this close to steady, as a share of its distance."""
EXACT: dict[str, Any] = {"method": "LSODA", "rtol": 1e-11, "atol": 1e-13}
MISSED = 1e-6
"""By how much growth of consumption may differ from the Euler equation, 1/year."""

Policy = Callable[[float], float]
"""Consumption over all capital, 1/year, by z = K/S − (1 − τ)."""


@dataclass(frozen=True)
class Optimal:
    """The optimal path and what tells that it is one.

    columns: as of `growth_model.path`, empty where there is none. gain: by what share consumption
    of the path that saves the steady rate would have to be raised in every year to be as good.
    residual: the most by which growth of consumption in a year differs from the Euler equation.
    """

    columns: dict[str, Floats]
    gain: float
    residual: float

    @property
    def figures(self) -> dict[str, float]:
        """The same for ``study.json``; empty where there is no path."""
        if not len(self.columns["year"]):
            return {}
        names = ("gain_over_steady_saving", "euler_residual_per_year")
        return dict(zip(names, (self.gain, self.residual), strict=True))


def optimal(p: Parameters, years: int = YEARS, start_tau: float | None = None) -> Optimal:
    """The optimal path from K + H^T = 1 with H^T = `start_tau` (half of τ).

    There is none where utility is not finite or steady growth takes no saving, and none is given
    where it misses the Euler equation by more than `MISSED`.
    """
    none = Optimal({name: np.zeros(0) for name in PATH_COLUMNS}, nan, nan)
    if not 0 < saving_rate(p) < 1:
        return none
    gap = p.tau - first_mix(p, start_tau)
    try:
        policy = optimal_policy(p, gap)
        columns, residual = _followed(p, policy, gap, years)
        gain = worth(p, policy, gap) / worth(p, steady_policy(p), gap) - 1
    except ArithmeticError:
        return none
    return Optimal(columns, gain, residual) if residual <= MISSED else none


def _integrated(
    change: Callable[[float, Floats], list[float]],
    span: tuple[float, float],
    first: list[float],
    **how: Any,
) -> Any:
    """The solution of an initial value problem. Raises ArithmeticError where none is found."""
    from scipy.integrate import solve_ivp

    found = solve_ivp(change, span, first, **EXACT, **how)
    if not found.success:
        raise ArithmeticError(found.message)
    return found


def utility(sigma: float, ratio: float) -> float:
    """u(C) = (C^(1−σ) − 1)/(1 − σ) (88), ln C where σ is 1, of C given as ln C."""
    return ratio if sigma == 1 else expm1((1 - sigma) * ratio) / (1 - sigma)


def mix(p: Parameters, z: float) -> tuple[float, float]:
    """Output and the marginal product of saving, 1/year, per unit of all capital at z."""
    k, h = 1 - p.tau + z, p.tau - z
    return float(made(p, k, h)), float(marginal_product_of_saving(p, k, h))


def steady_policy(p: Parameters) -> Policy:
    """Saving the rate of steady growth all the way."""
    consumed = 1 - saving_rate(p)
    return lambda z: consumed * mix(p, z)[0]


def optimal_policy(p: Parameters, gap: float) -> Policy:
    """The saddle path x(z) between steady growth and z = `gap`, in steps of ln(z/gap).

    It leaves steady growth along the path that saves the steady rate: M is least there, so only
    output moves.
    """
    first = log(steady_policy(p)(gap * exp(NEAR)))

    def change(at: float, state: Floats) -> list[float]:
        y, product = mix(p, gap * exp(at))
        invested = y - exp(state[0])
        return [-((product - p.delta - p.rho) / p.sigma - (invested - p.delta)) / invested]

    found = _integrated(change, (NEAR, 0.0), [first], dense_output=True)

    def policy(z: float) -> float:
        at = log(z / gap) if gap and z else NEAR
        return exp(found.sol(max(at, NEAR))[0])

    return policy


def worth(p: Parameters, policy: Policy, gap: float) -> float:
    """Lifetime utility (88) from S = 1 at z = `gap`, as consumption that grows at g from there.

    Of C = m·e^(gt) with equal utility it is m, 1/year; (ln m)′ = g − S′/S − (ρ + (σ − 1)g)·u(x/m).
    """
    g = growth_rate(p)
    discount = p.rho + (p.sigma - 1) * g
    first = log(steady_policy(p)(gap * exp(NEAR)))

    def change(at: float, state: Floats) -> list[float]:
        z = gap * exp(at)
        consumed = policy(z)
        invested = mix(p, z)[0] - consumed
        here = discount * utility(p.sigma, log(consumed) - state[0])
        return [(invested - p.delta - g + here) / invested]

    found = _integrated(change, (NEAR, 0.0), [first])
    return exp(found.y[0, -1])


def _followed(
    p: Parameters, policy: Policy, gap: float, years: int
) -> tuple[dict[str, Floats], float]:
    """The path year by year under (87), and how far its consumption is from the Euler equation.

    What the Euler equation alone would make of consumption is summed up beside the path.
    """

    def change(_: float, state: Floats) -> list[float]:
        z = gap * exp(state[0])
        y, product = mix(p, z)
        invested = y - policy(z)
        return [-invested, invested - p.delta, (product - p.delta - p.rho) / p.sigma]

    year = np.arange(years + 1, dtype=float)
    found = _integrated(change, (0.0, float(years)), [0.0, 0.0, 0.0], t_eval=year)
    z, total = gap * np.exp(found.y[0]), np.exp(found.y[1])
    k, h = (1 - p.tau + z) * total, (p.tau - z) * total
    consumption = np.array([policy(float(at)) for at in z]) * total
    y = made(p, k, h)
    saved = 1 - consumption / y
    growth = marginal_product_of_saving(p, k, h) * saved - p.delta
    columns = (year, k, h, y, consumption, h / (k + h), growth, saved)
    unlike = np.diff(np.log(consumption)) - np.diff(found.y[2])
    return dict(zip(PATH_COLUMNS, columns, strict=True)), float(np.abs(unlike).max(initial=0.0))
