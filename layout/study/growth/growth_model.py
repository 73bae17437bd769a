"""The growth model (80)–(90): output from other capital, compute capital and compute services.

Variants: `as_printed` takes (89) and (90) as the source prints them, `consistent` the rate that
its own accumulation equations (87) give (89′). The printed bracket counts Y/K and Y/H^T and so is
twice the marginal product of saving; its sign condition (90) is τ < ½, the true best share 1 − α.
With H̄ growing as H does, returns to scale would be 1 + α and growth explosive: H̄ is constant (P19).
Nothing of this is in the objective of a plan.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import isfinite, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layout.errors import InputError, Problem
from layout.model.document import Place

Floats = NDArray[np.float64]
VARIANTS = ("consistent", "as_printed")
YEARS = 60
"""Length of a transition path."""
PATH_COLUMNS = ("year", "k", "h_t", "y", "consumption", "share", "g", "saving_rate")
FASTEST = 5.0
"""Growth, 1/year, from which on a path of `YEARS` leaves what numbers can hold."""


@dataclass(frozen=True)
class Parameters:
    """What the model is about; the defaults are examples without a source, not estimates.

    alpha, beta: output elasticities of other capital K and of compute capital H used in
    production; the rest c = 1 − α − β is that of compute services X. eta: compute capital per unit
    of service (83). sigma: inverse elasticity of intertemporal substitution (88). rho, delta: time
    preference and depreciation, 1/year. tau: share of investment that goes to compute capital
    (85). productivity: A. knowledge: H̄, held constant.
    """

    alpha: float = 0.4
    beta: float = 0.3
    eta: float = 1.0
    sigma: float = 3.0
    rho: float = 0.04
    delta: float = 0.06
    tau: float = 0.30
    productivity: float = 0.8
    knowledge: float = 1.0

    @property
    def c(self) -> float:
        """Output elasticity of compute services, 1 − α − β."""
        return 1 - self.alpha - self.beta

    @property
    def gamma(self) -> float:
        """Share of compute capital that serves others (the cloud): c²/(β + c²) (86)."""
        return self.c**2 / (self.beta + self.c**2)

    @property
    def level(self) -> float:
        """Ā of Y = Ā·K^α·(H^T)^(1−α) with the split (86) (89′)."""
        services = self.gamma / self.eta
        own = (1 - self.gamma) ** self.beta
        return float(self.productivity * self.knowledge**self.alpha * own * services**self.c)

    @property
    def best_tau(self) -> float:
        """The share of investment with the greatest growth: 1 − α (89′)."""
        return 1 - self.alpha


def checked(start_tau: float | None = None, **given: float | None) -> Parameters:
    """Parameters with some given. Raises InputError with every one that is out of range.

    `start_tau`, the share of compute where a path starts, is looked at with them.
    """
    values = {name: float(value) for name, value in given.items() if value is not None}
    start = {} if start_tau is None else {"start_tau": float(start_tau)}
    problems: list[Problem] = []
    for name, value in {**values, **start}.items():
        share = name in ("alpha", "beta", "tau", "start_tau")
        low_open = name not in ("rho", "delta")
        good = isfinite(value) and (value > 0 if low_open else value >= 0)
        if not good or (share and value >= 1):
            span = "> 0, < 1" if share else "> 0" if low_open else "≥ 0"
            problems.append(_problem(name, f"{value:.10g}", span))
    if not problems:
        found = Parameters(**values)
        if found.c <= 1e-9:
            problems.append(_problem("beta", f"{found.alpha:g} + {found.beta:g}", "α + β < 1"))
            raise InputError(problems)
        fastest = max(abs(growth_rate(found, variant)) for variant in VARIANTS)
        if fastest < FASTEST:
            return found
        problems.append(_problem("productivity", f"|g| = {fastest:.4g}", f"|g| < {FASTEST:g}"))
    raise InputError(problems)


def _problem(name: str, found: str, span: str) -> Problem:
    return Place(f"--{name.replace('_', '-')}").problem(
        "key_range", name=name, found=found, range=span
    )


# production ---------------------------------------------------------------------------------


def output(p: Parameters, k: float, h: float, x: float) -> float:
    """Y = A·(H̄K)^α·H^β·X^c (80)."""
    return float(p.productivity * (p.knowledge * k) ** p.alpha * h**p.beta * x**p.c)


def product_of_h(p: Parameters, k: float, h: float, x: float) -> float:
    """∂Y/∂H = w: what a unit of compute capital adds in production (81)."""
    return p.beta * output(p, k, h, x) / h


def product_of_x(p: Parameters, k: float, h: float, x: float) -> float:
    """∂Y/∂X: what users pay for one more unit of service (82)."""
    return p.c * output(p, k, h, x) / x


def price_of_services(p: Parameters, w: float) -> float:
    """p_X = η·w/c: marginal revenue c·p_X equals marginal cost η·w (84)."""
    return p.eta * w / p.c


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
    k, total = 1 - share, share
    h, h_x = (1 - p.gamma) * total, p.gamma * total
    x = h_x / p.eta
    y = output(p, k, h, x)
    w = product_of_h(p, k, h, x)
    return Steady(k, h, h_x, x, y, p.alpha * y / k, w, price_of_services(p, w))


# growth -------------------------------------------------------------------------------------


def bracket(p: Parameters, variant: str = "consistent", tau: float | None = None) -> float:
    """The marginal product of saving, 1/year.

    `consistent`: Ā·(1−τ)^α·τ^(1−α) (89′); `as_printed`: (1−τ)·r/α + τ·w/(β + c²) (89).
    """
    share = p.tau if tau is None else tau
    if _known(variant) == "consistent":
        return float(p.level * (1 - share) ** p.alpha * share ** (1 - p.alpha))
    at = steady(p, share)
    return (1 - share) * at.r / p.alpha + share * at.w / (p.beta + p.c**2)


def growth_rate(p: Parameters, variant: str = "consistent", tau: float | None = None) -> float:
    """g = (bracket − δ − ρ)/σ, 1/year (89)(89′)."""
    return (bracket(p, variant, tau) - p.delta - p.rho) / p.sigma


def slope(p: Parameters, variant: str = "consistent", tau: float | None = None) -> float:
    """∂g/∂τ, 1/year: as printed with r and w held (90), else of (89′)."""
    share = p.tau if tau is None else tau
    if _known(variant) == "consistent":
        own = bracket(p, variant, share)
        return own * ((1 - p.alpha) / share - p.alpha / (1 - share)) / p.sigma
    at = steady(p, share)
    return (at.w / (p.beta + p.c**2) - at.r / p.alpha) / p.sigma


def turning_tau(p: Parameters, variant: str = "consistent") -> float:
    """The share above which more compute investment lowers growth by the variant: 1 − α, or ½."""
    return p.best_tau if _known(variant) == "consistent" else 0.5


def _known(variant: str) -> str:
    if variant not in VARIANTS:
        raise ValueError(f"no variant {variant!r}; there are {', '.join(VARIANTS)}")
    return variant


def saving_rate(p: Parameters, variant: str = "consistent") -> float:
    """Investment over output that growth at g takes: (g + δ)·S/Y; above 1 it cannot be had."""
    return (growth_rate(p, variant) + p.delta) / steady(p).y


def is_bounded(p: Parameters, variant: str = "consistent") -> bool:
    """Whether utility is finite: ρ + (σ − 1)·g > 0 (88)."""
    return p.rho + (p.sigma - 1) * growth_rate(p, variant) > 0


def curve(p: Parameters, points: int = 99) -> dict[str, Floats]:
    """g and its slope over τ in both variants: tau, and `<variant>_g`, `<variant>_slope`."""
    taus = np.arange(1, points + 1) / (points + 1)
    found = {"tau": taus}
    for variant in VARIANTS:
        found[f"{variant}_g"] = np.array([growth_rate(p, variant, tau) for tau in taus])
        found[f"{variant}_slope"] = np.array([slope(p, variant, tau) for tau in taus])
    return found


def made(p: Parameters, k: Any, h_t: Any) -> Any:
    """Y = Ā·K^α·(H^T)^(1−α): output with compute capital split as (86) says."""
    return p.level * k**p.alpha * h_t ** (1 - p.alpha)


def marginal_product_of_saving(p: Parameters, k: Any, h_t: Any) -> Any:
    """M = (1−τ)·∂Y/∂K + τ·∂Y/∂H^T, 1/year: least at the mix that τ leads to (89′)."""
    y = made(p, k, h_t)
    return (1 - p.tau) * p.alpha * y / k + p.tau * (1 - p.alpha) * y / h_t


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
        ("best_tau", p.best_tau, "89′"),
        ("marginal_product_of_saving", bracket(p, "consistent"), "89′"),
        ("consistent_growth", growth_rate(p, "consistent"), "89′"),
        ("cloud_share", p.gamma, "86"),
        ("cloud_to_own", at.h_x / at.h, "86"),
        ("price_of_services", at.price, "84"),
        ("return_of_other_capital", at.r, "80"),
        ("return_of_compute", at.w, "81"),
        ("output_per_capital", at.y, "80"),
        ("saving_rate", saving_rate(p, variant), "85"),
        ("convergence", convergence(p, variant), "87"),
    ]
    return [*rows, *((field.name, asdict(p)[field.name], "") for field in fields(p))]
