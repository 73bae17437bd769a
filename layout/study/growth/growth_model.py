"""The growth model (80)–(90): output from other capital, compute capital and compute services.

Variants: `as_printed` takes (89) and (90) as the source prints them, `consistent` the rate that
its own accumulation equations (87) give (89′). The printed bracket counts Y/K and Y/H^T and so is
twice the marginal product of saving; its sign condition (90) is τ < ½, the true best share 1 − α.
With H̄ growing as H does, returns to scale would be 1 + α and growth explosive: H̄ is constant (P19).
Nothing of this is in the objective of a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import exp, isfinite, log, nan

import numpy as np

from layout.errors import InputError, Problem
from layout.model.document import Place
from layout.study.growth.production import (
    Floats,
    Parameters,
    elasticities,
    inputs,
    made,
    marginal_product_of_saving,
    output,
    price_of_services,
    product_of_h,
    product_of_k,
    split,
)

VARIANTS = ("consistent", "as_printed")
YEARS = 60
"""Length of a transition path."""
PATH_COLUMNS = ("year", "k", "h_t", "y", "consumption", "share", "g", "saving_rate")
FASTEST = 5.0
"""Growth, 1/year, from which on a path of `YEARS` leaves what numbers can hold."""

LEAST_SERVICES, LEAST_SERVICES_CES = 1e-9, 0.01
"""What c has to be above; where ε is not 1 a small c pushes the split below what numbers hold."""

_ABOVE: tuple[str, Callable[[float], bool]] = ("> 0", lambda value: value > 0)
_SHARE: tuple[str, Callable[[float], bool]] = ("> 0, < 1", lambda value: 0 < value < 1)
_RANGES: dict[str, tuple[str, Callable[[float], bool]]] = {
    **dict.fromkeys(("alpha", "beta", "tau", "start_tau", "base_tau"), _SHARE),
    **dict.fromkeys(("rho", "delta"), ("≥ 0", lambda value: value >= 0)),
    "elasticity": ("≥ 0.1, ≤ 10", lambda value: 0.1 <= value <= 10),
}
"""Parameter → what it has to be; all others are above 0."""
TIGHT = {"xatol": 1e-12}


def checked(start_tau: float | None = None, **given: float | None) -> Parameters:
    """Parameters with some given. Raises InputError with every one that is out of range.

    `start_tau`, the share of compute where a path starts, is looked at with them.
    """
    values = {name: float(value) for name, value in given.items() if value is not None}
    start = {} if start_tau is None else {"start_tau": float(start_tau)}
    problems = [
        _problem(name, f"{value:.10g}", span)
        for name, value in {**values, **start}.items()
        for span, holds in [_RANGES.get(name, _ABOVE)]
        if not (isfinite(value) and holds(value))
    ]
    if problems:
        raise InputError(problems)
    found = Parameters(**values)
    least = LEAST_SERVICES if found.unit else LEAST_SERVICES_CES
    if found.c <= least:
        sum_ = f"{found.alpha:g} + {found.beta:g}"
        raise InputError([_problem("beta", sum_, f"α + β < {1 - least:.9g}")])
    fastest = max(abs(growth_rate(found, variant)) for variant in variants(found))
    if not fastest < FASTEST:
        span = f"|g| < {FASTEST:g}"
        raise InputError([_problem("productivity", f"|g| = {fastest:.4g}", span)])
    return found


def _problem(name: str, found: str, span: str) -> Problem:
    return Place(f"--{name.replace('_', '-')}").problem(
        "key_range", name=name, found=found, range=span
    )


# growth -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Steady:
    """Balanced growth per unit of all capital S = K + H^T, K = (1 − τ)S and H^T = τS.

    k, h, h_x: other capital, compute capital in production, and behind services; x: services;
    y: output; r, w: marginal products of K and H; price: p_X.
    """

    k: float
    h: float
    h_x: float
    x: float
    y: float
    r: float
    w: float
    price: float


def steady(p: Parameters, tau: float | None = None) -> Steady:
    """The state to which accumulation (87) leads at an investment share τ."""
    share = p.tau if tau is None else tau
    k, h, x = (float(value) for value in inputs(p, 1 - share, share))
    h_x = float(split(p, k, share)) * share
    found = (output, product_of_k, product_of_h, price_of_services)
    y, r, w, price = (float(each(p, k, h, x)) for each in found)
    return Steady(k, h, h_x, x, y, r, w, price)


def bracket(p: Parameters, variant: str = "consistent", tau: float | None = None) -> float:
    """The marginal product of saving, 1/year.

    `consistent`: output per unit of all capital, Ā·(1−τ)^α·τ^(1−α) at ε = 1 (89′); `as_printed`:
    (1−τ)·r/α + τ·w/(β + c²) (89).
    """
    share = p.tau if tau is None else tau
    if _known(p, variant) == "consistent":
        return float(made(p, 1 - share, share))
    at = steady(p, share)
    return (1 - share) * at.r / p.alpha + share * at.w / (p.beta + p.c**2)


def growth_rate(p: Parameters, variant: str = "consistent", tau: float | None = None) -> float:
    """g = (bracket − δ − ρ)/σ, 1/year (89)(89′)."""
    return (bracket(p, variant, tau) - p.delta - p.rho) / p.sigma


def slope(p: Parameters, variant: str = "consistent", tau: float | None = None) -> float:
    """∂g/∂τ, 1/year: as printed with r and w held (90), else of (89′)."""
    share = p.tau if tau is None else tau
    if _known(p, variant) == "consistent":
        own = bracket(p, variant, share)
        of_k, of_h = elasticities(p, 1 - share, share)
        return float(own * (of_h / share - of_k / (1 - share)) / p.sigma)
    at = steady(p, share)
    return (at.w / (p.beta + p.c**2) - at.r / p.alpha) / p.sigma


def best_tau(p: Parameters) -> float:
    """The share of investment with the greatest growth: 1 − α at ε = 1 (89′), else by search."""
    if p.unit:
        return 1 - p.alpha
    from scipy.optimize import minimize_scalar

    def slower(odds: float) -> float:
        return -log(bracket(p, tau=_logistic(odds)))

    found = minimize_scalar(slower, bounds=(-30.0, 30.0), method="bounded", options=TIGHT)
    return _logistic(float(found.x))


def _logistic(odds: float) -> float:
    return 1 / (1 + exp(-odds))


def turning_tau(p: Parameters, variant: str = "consistent") -> float:
    """The share above which more compute investment lowers growth by the variant: τ*, or ½."""
    return best_tau(p) if _known(p, variant) == "consistent" else 0.5


def variants(p: Parameters) -> tuple[str, ...]:
    """The variants that there are: formula (89) is printed for ε = 1 alone."""
    return VARIANTS if p.unit else VARIANTS[:1]


def _known(p: Parameters, variant: str) -> str:
    if variant not in variants(p):
        raise ValueError(f"no variant {variant!r}; there are {', '.join(variants(p))}")
    return variant


def saving_rate(p: Parameters, variant: str = "consistent") -> float:
    """Investment over output that growth at g takes: (g + δ)·S/Y; above 1 it cannot be had."""
    return (growth_rate(p, variant) + p.delta) / steady(p).y


def is_bounded(p: Parameters, variant: str = "consistent") -> bool:
    """Whether utility is finite: ρ + (σ − 1)·g > 0 (88)."""
    return p.rho + (p.sigma - 1) * growth_rate(p, variant) > 0


def curve(p: Parameters, points: int = 99) -> dict[str, Floats]:
    """g and its slope over τ by variant: tau, and `<variant>_g`, `<variant>_slope`.

    A variant that there is not at these parameters is nan.
    """
    taus = np.arange(1, points + 1) / (points + 1)
    found = {"tau": taus}
    for name in product(VARIANTS, ("g", "slope")):
        found["_".join(name)] = np.full(points, nan)
    for variant in variants(p):
        found[f"{variant}_g"] = np.array([growth_rate(p, variant, tau) for tau in taus])
        found[f"{variant}_slope"] = np.array([slope(p, variant, tau) for tau in taus])
    return found


def convergence(p: Parameters, variant: str = "consistent") -> float:
    """The rate at which the mix of capital nears that of steady growth in the end: δ + g, 1/year.

    The mix D = τK − (1−τ)H^T decays at δ by (87), and all capital grows at g.
    """
    return p.delta + growth_rate(p, variant)


def half_way(p: Parameters) -> float:
    """Years in which the distance of the mix from steady growth halves in the end: ln 2/(δ + g)."""
    return log(2) / convergence(p)


def first_mix(p: Parameters, start_tau: float | None) -> float:
    """H^T of all capital at the start of a path: half of τ unless it is given."""
    return p.tau / 2 if start_tau is None else start_tau


def path(
    p: Parameters, variant: str = "consistent", years: int = YEARS, start_tau: float | None = None
) -> dict[str, Floats]:
    """The way from another mix of capital to steady growth, year by year (85)(87).

    It starts with K + H^T = 1 and H^T = `start_tau` (half of τ), invests the saving rate of steady
    growth, splits it by τ, and is integrated: K′ = (1−τ)·I − δK, H^T′ = τ·I − δH^T, I = s·Y. Empty
    where that saving rate is not between 0 and 1. Columns: year, k, h_t, y, consumption, share
    (H^T of all capital), g (of output, 1/year), saving_rate (of output).
    """
    from scipy.integrate import solve_ivp

    saved = saving_rate(p, variant)
    if not 0 < saved < 1:
        return {name: np.zeros(0) for name in PATH_COLUMNS}
    first = first_mix(p, start_tau)

    def change(_: float, state: Floats) -> list[float]:
        k, h = state
        invested = saved * made(p, k, h)
        return [(1 - p.tau) * invested - p.delta * k, p.tau * invested - p.delta * h]

    year = np.arange(years + 1, dtype=float)
    found = solve_ivp(
        change, (0.0, float(years)), [1 - first, first], "DOP853", year, rtol=1e-10, atol=1e-12
    )
    k, h = found.y
    y = made(p, k, h)
    growth = marginal_product_of_saving(p, k, h) * saved - p.delta
    columns = (year, k, h, y, (1 - saved) * y, h / (k + h), growth, np.full(len(y), saved))
    return dict(zip(PATH_COLUMNS, columns, strict=True))


def facts(p: Parameters, variant: str) -> list[tuple[str, float, str]]:
    """(quantity, value, formula) of the steady state, as ``steady.csv`` lists them."""
    at = steady(p)
    rows = [
        ("bracket", bracket(p, variant), "89"),
        ("growth", growth_rate(p, variant), "89"),
        ("slope", slope(p, variant), "90"),
        ("turning_tau", turning_tau(p, variant), "90"),
        ("best_tau", best_tau(p), "89′"),
        ("marginal_product_of_saving", bracket(p, "consistent"), "89′"),
        ("consistent_growth", growth_rate(p, "consistent"), "89′"),
        ("cloud_share", float(split(p, at.k, p.tau)), "86"),
        ("cloud_to_own", at.h_x / at.h, "86"),
        ("price_of_services", at.price, "84"),
        ("return_of_other_capital", at.r, "80"),
        ("return_of_compute", at.w, "81"),
        ("output_per_capital", at.y, "80"),
        ("saving_rate", saving_rate(p, variant), "85"),
        ("convergence", convergence(p, variant), "87"),
    ]
    return [*rows, *((name, value, "") for name, value in p.figures.items())]
