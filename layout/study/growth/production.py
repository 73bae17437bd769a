"""Output from other capital, compute capital and compute services (80)–(84), (86).

Other capital K and compute G = (H^β·X^c)^(1/(1−α)) make output with an elasticity of substitution
ε, 1 in (80). With φ = 1 − 1/ε and ₀ for what it is at the mix `base_tau` in steady growth of (80)

    Y = Y₀·[α·(K/K₀)^φ + (1−α)·(G/G₀)^φ]^(1/φ)

so that there output and marginal products are those of (80) at every ε, and ε → 1 gives (80)
everywhere: a CES function in normalised form (Klump and de La Grandville 2000). It has constant
returns in K, H and X, all of which are accumulated, so balanced growth exists at every ε.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = -600.0
"""Logarithm of the least H_X/H, over the most it can be, that numbers can hold."""
Floats = NDArray[np.float64]
PAIRS = (("other_capital", "compute"), ("other_capital", "services"), ("compute", "services"))


@dataclass(frozen=True)
class Parameters:
    """What the model is about; the defaults are examples without a source, not estimates.

    alpha, beta: output elasticities of other capital K and of compute capital H used in
    production; the rest c = 1 − α − β is that of compute services X. eta: compute capital per unit
    of service (83). sigma: inverse elasticity of intertemporal substitution (88). rho, delta: time
    preference and depreciation, 1/year. tau: share of investment that goes to compute capital
    (85). productivity: A. knowledge: H̄, held constant. elasticity: ε of substitution between other
    capital and compute. base_tau: share of compute in all capital at which α, β and c are the
    shares of output whatever ε is; τ unless given.
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
    elasticity: float = 1.0
    base_tau: float | None = None

    @property
    def c(self) -> float:
        """Output elasticity of compute services, 1 − α − β."""
        return 1 - self.alpha - self.beta

    @property
    def gamma(self) -> float:
        """Share of compute capital that serves others (the cloud) at ε = 1: c²/(β + c²) (86)."""
        return self.c**2 / (self.beta + self.c**2)

    @property
    def level(self) -> float:
        """Ā of Y = Ā·K^α·(H^T)^(1−α) with the split (86) (89′)."""
        services = self.gamma / self.eta
        own = (1 - self.gamma) ** self.beta
        return float(self.productivity * self.knowledge**self.alpha * own * services**self.c)

    @property
    def unit(self) -> bool:
        """Whether production is that of (80), of Cobb and Douglas."""
        return self.elasticity == 1

    @property
    def phi(self) -> float:
        """φ = 1 − 1/ε: above 0 substitutes, below 0 complements."""
        return 1 - 1 / self.elasticity

    @property
    def base_share(self) -> float:
        """`base_tau`, or τ where it is not given."""
        return self.tau if self.base_tau is None else self.base_tau

    @cached_property
    def base(self) -> tuple[float, float, float]:
        """K₀, H₀ and X₀ per unit of all capital."""
        total = self.base_share
        return 1 - total, (1 - self.gamma) * total, self.gamma * total / self.eta

    @property
    def figures(self) -> dict[str, float]:
        """Every parameter by name, the base as it is taken."""
        return {**asdict(self), "base_tau": self.base_share}


def _unit_output(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """Y = A·(H̄K)^α·H^β·X^c (80)."""
    return p.productivity * (p.knowledge * k) ** p.alpha * h**p.beta * x**p.c


def _lead(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """ln (G/G₀)/(K/K₀): how far compute is ahead of other capital."""
    k0, h0, x0 = p.base
    compute = (p.beta * np.log(h / h0) + p.c * np.log(x / x0)) / (1 - p.alpha)
    return compute - np.log(k / k0)


def output(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """Y: (80), or its CES form where ε is not 1."""
    if p.unit:
        return _unit_output(p, k, h, x)
    power = p.phi * _lead(p, k, h, x)
    small = np.log1p((1 - p.alpha) * np.expm1(np.minimum(power, 1.0)))
    large = np.logaddexp(np.log(p.alpha), np.log(1 - p.alpha) + power)
    mean = np.where(np.abs(power) < 1, small, large) / p.phi
    return _unit_output(p, *p.base) * k / p.base[0] * np.exp(mean)


def share_of_compute(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """s: what G gets of output at its marginal product; 1 − α at ε = 1."""
    if p.unit:
        return 1 - p.alpha
    odds = np.log(1 - p.alpha) - np.log(p.alpha) + p.phi * _lead(p, k, h, x)
    return np.exp(-np.logaddexp(0.0, -odds))


def _shares(p: Parameters, k: Any, h: Any, x: Any) -> tuple[Any, Any, Any]:
    """What K, H and X get of output: α, β and c at ε = 1."""
    if p.unit:
        return p.alpha, p.beta, p.c
    of = share_of_compute(p, k, h, x)
    return 1 - of, of * p.beta / (1 - p.alpha), of * p.c / (1 - p.alpha)


def product_of_k(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """∂Y/∂K = r: what a unit of other capital adds."""
    return _shares(p, k, h, x)[0] * output(p, k, h, x) / k


def product_of_h(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """∂Y/∂H = w: what a unit of compute capital adds in production (81)."""
    return _shares(p, k, h, x)[1] * output(p, k, h, x) / h


def product_of_x(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """∂Y/∂X: what users pay for one more unit of service (82)."""
    return _shares(p, k, h, x)[2] * output(p, k, h, x) / x


def cross_products(p: Parameters, k: Any, h: Any, x: Any) -> dict[tuple[str, str], Any]:
    """∂²Y/∂i∂j by pair of `PAIRS`: by how much one raises what the other yields.

    It is complementarity·Y_i·Y_j/Y, where `complementarity` is that of Hicks.
    """
    yields = {
        "other_capital": product_of_k(p, k, h, x),
        "compute": product_of_h(p, k, h, x),
        "services": product_of_x(p, k, h, x),
    }
    y = output(p, k, h, x)
    hicks = complementarity(p, share_of_compute(p, k, h, x))
    return {(a, b): hicks[a, b] * yields[a] * yields[b] / y for a, b in PAIRS}


def complementarity(p: Parameters, s: Any) -> dict[tuple[str, str], Any]:
    """Y·Y_ij/(Y_i·Y_j) by pair at a share s: 1/ε with other capital, else (s + φ(1−s))/s."""
    inside = 1.0 if p.unit else (s + p.phi * (1 - s)) / s
    return dict(zip(PAIRS, (1 / p.elasticity, 1 / p.elasticity, inside), strict=True))


# services -----------------------------------------------------------------------------------


def marginal_revenue(p: Parameters, s: Any) -> Any:
    """Of one more unit of service over its price: c/(1−α)·(s + φ(1−s)); c at ε = 1 (84).

    It is 1 + ∂ln(∂Y/∂X)/∂ln X with K and H as they are.
    """
    return p.c if p.unit else p.c / (1 - p.alpha) * (s + p.phi * (1 - s))


def price_of_services(p: Parameters, k: Any, h: Any, x: Any) -> Any:
    """p_X = η·w over `marginal_revenue`, ηw/c at ε = 1: marginal revenue equals cost ηw (84)."""
    s = share_of_compute(p, k, h, x)
    return p.eta * product_of_h(p, k, h, x) / marginal_revenue(p, s)


def split(p: Parameters, k: Any, h_t: Any) -> Any:
    """γ: the share of compute capital H^T that serves others where (82) and (84) agree.

    (86), or H_X/H = c/β·marginal revenue at that split where ε is not 1: one root, since marginal
    revenue never grows faster than H_X/H.
    """
    if p.unit:
        return p.gamma
    return np.vectorize(_split, excluded=[0], otypes=[float])(p, k, h_t)[()]


def _split(p: Parameters, k: float, h_t: float) -> float:
    from scipy.optimize import brentq

    most = p.c**2 / (p.beta * (1 - p.alpha))

    def over(size: float) -> float:
        ratio = most * exp(size)
        own = h_t / (1 + ratio)
        s = share_of_compute(p, k, own, ratio * own / p.eta)
        return float(p.c / p.beta * marginal_revenue(p, s) - ratio)

    above = 0.1  # `most` itself may be the root, and rounding then puts it a bit higher
    size = float(brentq(over, LEAST, above, xtol=1e-14)) if over(LEAST) > 0 else LEAST
    ratio = most * exp(size)
    return ratio / (1 + ratio)


def inputs(p: Parameters, k: Any, h_t: Any) -> tuple[Any, Any, Any]:
    """K, H and X where compute capital H^T is split by the market."""
    share = split(p, k, h_t)
    return k, (1 - share) * h_t, share * h_t / p.eta


def made(p: Parameters, k: Any, h_t: Any) -> Any:
    """Output of K and H^T with compute capital split by the market: Ā·K^α·(H^T)^(1−α) at ε = 1."""
    if p.unit:
        return p.level * k**p.alpha * h_t ** (1 - p.alpha)
    return output(p, *inputs(p, k, h_t))


def elasticities(p: Parameters, k: Any, h_t: Any) -> tuple[Any, Any]:
    """∂ln Y/∂ln K and ∂ln Y/∂ln H^T of `made`: α and 1 − α at ε = 1, always 1 together.

    More H^T also moves the split: of d ln(H_X/H) = m·(d ln G − d ln K), with d ln G = d ln H^T +
    (b − γ)·d ln(H_X/H) and b = c/(1−α), the share s becomes s/(1 − m(b − γ)).
    """
    if p.unit:
        return p.alpha, 1 - p.alpha
    _, h, x = inputs(p, k, h_t)
    s, cloud, b = share_of_compute(p, k, h, x), p.eta * x / h_t, p.c / (1 - p.alpha)
    moved = p.phi * (1 - p.phi) * s * (1 - s) / (s + p.phi * (1 - s))
    of = s / (1 - moved * (b - cloud))
    return 1 - of, of


def marginal_product_of_saving(p: Parameters, k: Any, h_t: Any) -> Any:
    """M = (1−τ)·∂Y/∂K + τ·∂Y/∂H^T, 1/year: least at the mix that τ leads to (89′)."""
    y = made(p, k, h_t)
    of_k, of_h = elasticities(p, k, h_t)
    return (1 - p.tau) * of_k * y / k + p.tau * of_h * y / h_t
