"""The growth model: its identities, what its printed form counts twice, and a plan's investment."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import simpson

import layout
from layout.errors import InputError
from layout.labels import LANGUAGES
from layout.plan import Plan
from layout.study.growth.growth_model import (
    best_tau,
    bracket,
    convergence,
    curve,
    growth_rate,
    half_way,
    path,
    saving_rate,
    slope,
    steady,
)
from layout.study.growth.optimal_path import optimal, optimal_policy, steady_policy, worth
from layout.study.growth.production import (
    Parameters,
    complementarity,
    cross_products,
    elasticities,
    made,
    marginal_revenue,
    output,
    price_of_services,
    product_of_h,
    product_of_k,
    product_of_x,
    share_of_compute,
)
from tests.cli.towns import EAST, WEST, Runner, towns

SHARES = st.floats(0.05, 0.6)
ELASTICITIES = st.floats(0.15, 8).filter(lambda value: abs(value - 1) > 1e-4)


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    """Any elasticities with c ≥ 0.05."""
    alpha = draw(SHARES)
    beta = draw(st.floats(0.05, 0.95 - alpha - 0.0))
    beta = min(beta, 0.95 - alpha)
    return Parameters(
        alpha=alpha,
        beta=beta,
        eta=draw(st.floats(0.2, 5)),
        sigma=draw(st.floats(0.5, 4)),
        tau=draw(st.floats(0.05, 0.95)),
        productivity=draw(st.floats(0.2, 3)),
        knowledge=draw(st.floats(0.5, 2)),
    )


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    place = tmp_path_factory.mktemp("growth")
    return layout.solve(towns(place / "two-towns"), output=place / "plan", counterfactual=False)


@given(parameters())
@settings(max_examples=60, deadline=None)
def test_identities_hold_whatever_the_parameters(p: Parameters) -> None:
    at = steady(p)
    total = at.h + at.h_x
    assert at.w == pytest.approx(product_of_h(p, at.k, at.h, at.x))
    assert at.h_x / at.h == pytest.approx(p.c**2 / p.beta)  # (86)
    assert product_of_x(p, at.k, at.h, at.x) == pytest.approx(at.price)  # users pay (82) = (84)
    assert at.y / total == pytest.approx(at.w / (p.beta + p.c**2))
    assert at.y == pytest.approx(p.level * at.k**p.alpha * total ** (1 - p.alpha))
    assert bracket(p, "as_printed") == pytest.approx(2 * bracket(p, "consistent"))
    assert bracket(p, "consistent") == pytest.approx(at.y)


@given(parameters(), ELASTICITIES)
@settings(max_examples=40, deadline=None)
def test_the_price_of_services_is_that_of_greatest_profit(p: Parameters, elasticity: float) -> None:
    """(84) by search: revenue of inverse demand (82) less the cost η·w of each unit."""
    for one in (p, replace(p, elasticity=elasticity)):
        at = steady(one)
        sold = at.x * np.geomspace(0.5, 2, 2001)
        profit = [product_of_x(one, at.k, at.h, x) * x - one.eta * at.w * x for x in sold]
        best = sold[int(np.argmax(profit))]
        assert best == pytest.approx(at.x, rel=2e-3)
        assert at.price == pytest.approx(product_of_x(one, at.k, at.h, at.x))
    assert price_of_services(p, at.k, at.h, at.x) == pytest.approx(
        p.eta * product_of_h(p, at.k, at.h, at.x) / p.c
    )


@given(parameters())
@settings(max_examples=30, deadline=None)
def test_growth_is_greatest_at_one_minus_alpha(p: Parameters) -> None:
    table = curve(p, 999)
    assert table["tau"][np.argmax(table["consistent_g"])] == pytest.approx(1 - p.alpha, abs=1e-3)
    assert slope(p, "consistent", best_tau(p)) == pytest.approx(0, abs=1e-9)
    step = 1e-6
    measured = (
        growth_rate(p, "consistent", p.tau + step) - growth_rate(p, "consistent", p.tau - step)
    ) / (2 * step)
    assert slope(p, "consistent") == pytest.approx(measured, rel=1e-4, abs=1e-7)
    for tau in (0.2, 0.49, 0.51, 0.8):  # (90) as printed turns at ½ whatever α is
        assert (slope(p, "as_printed", tau) > 0) == (tau < 0.5)


PRODUCTS = {"other_capital": product_of_k, "compute": product_of_h, "services": product_of_x}


@pytest.mark.parametrize("elasticity", [0.2, 0.7, 1.0, 1.3, 6.0])
def test_marginal_products_are_derivatives_and_fall(elasticity: float) -> None:
    """First and cross-derivatives by central differences, away from the base of the CES form."""
    p, args, step = Parameters(elasticity=elasticity), np.array((0.8, 0.15, 0.06)), 1e-5
    steps = dict(zip(PRODUCTS, np.eye(3) * step * args[:, None], strict=True))

    def slope_of(function: Any, name: str) -> float:
        move = steps[name]
        return float((function(p, *(args + move)) - function(p, *(args - move))) / (2 * sum(move)))

    for name, product in PRODUCTS.items():
        assert product(p, *args) == pytest.approx(slope_of(output, name), rel=1e-7)
        assert slope_of(product, name) < 0
    for (one, other), found in cross_products(p, *args).items():
        assert found == pytest.approx(slope_of(PRODUCTS[one], other), rel=1e-6)
        assert found == pytest.approx(slope_of(PRODUCTS[other], one), rel=1e-6)


@given(parameters(), ELASTICITIES, st.floats(0.02, 0.98))
@settings(max_examples=40, deadline=None)
def test_what_the_ces_form_keeps(p: Parameters, elasticity: float, share: float) -> None:
    """At its base output and marginal products are those of (80); returns to scale are constant."""
    ces = replace(p, elasticity=elasticity, base_tau=share)
    base = ces.base
    assert output(ces, *base) == pytest.approx(output(p, *base))
    for product in PRODUCTS.values():
        assert product(ces, *base) == pytest.approx(product(p, *base))
    args = np.array((0.5, 0.3, 0.2))
    earned = sum(v * f(ces, *args) for v, f in zip(args, PRODUCTS.values(), strict=True))
    assert earned == pytest.approx(output(ces, *args))  # Euler's theorem
    of_k, of_h = elasticities(ces, 0.6, 0.4)
    step = 1e-5
    more = np.log(made(ces, 0.6, 0.4 * np.exp(step)) / made(ces, 0.6, 0.4 * np.exp(-step)))
    assert of_h == pytest.approx(more / (2 * step), rel=1e-5, abs=1e-7)
    assert of_k + of_h == pytest.approx(1)


def test_a_ces_form_worked_out_by_hand() -> None:
    """ε = ½, so φ = −1, α = ½ and a base with K₀ = G₀: Y is the harmonic mean of K and G over it.

    β = c = ¼ makes γ = c²/(β + c²) = 1/5, so of H₀^T = ½ the own is 0.4 and X₀ = 0.1, A is such
    that Y₀ = 1. With K doubled Y = 1/(½·½ + ½·1) = 4/3, and s = (½·1)/(¾) = ⅔.
    """
    made_at = 0.5**0.5 * 0.4**0.25 * 0.1**0.25
    p = Parameters(
        alpha=0.5, beta=0.25, productivity=1 / made_at, elasticity=0.5, base_tau=0.5, tau=0.2
    )
    assert output(p, 1.0, 0.4, 0.1) == pytest.approx(4 / 3)
    assert share_of_compute(p, 1.0, 0.4, 0.1) == pytest.approx(2 / 3)
    assert product_of_k(p, 1.0, 0.4, 0.1) == pytest.approx(4 / 9)
    assert product_of_h(p, 1.0, 0.4, 0.1) == pytest.approx(4 / 3 * 2 / 3 / 2 / 0.4)
    # Hicks: 1/ε with other capital; inside (⅔ − ⅓)/⅔. Marginal revenue: ½·(⅔ − ⅓) of the price.
    assert list(complementarity(p, 2 / 3).values()) == pytest.approx([2, 2, 0.5])
    assert marginal_revenue(p, 2 / 3) == pytest.approx(1 / 6)


def test_an_elasticity_near_one_is_the_function_of_the_source() -> None:
    unit = Parameters(tau=0.25)
    for away, close in ((1e-3, 5e-3), (1e-6, 5e-6), (1e-9, 1e-8)):
        for near in (replace(unit, elasticity=1 + away), replace(unit, elasticity=1 - away)):
            assert asdict(steady(near)) == pytest.approx(asdict(steady(unit)), rel=close)
            assert growth_rate(near) == pytest.approx(growth_rate(unit), rel=close)
            assert best_tau(near) == pytest.approx(best_tau(unit), rel=max(close, 1e-6))
            assert path(near)["y"] == pytest.approx(path(unit)["y"], rel=close * 60)


@pytest.mark.parametrize("elasticity", [0.1, 0.5, 2.0])
def test_balanced_growth_at_any_elasticity(elasticity: float) -> None:
    """Every input is accumulated, so the path ends where growth is g and every slope is flat."""
    p = Parameters(elasticity=elasticity, base_tau=0.4)
    found = path(p, years=300, start_tau=0.6)
    assert found["g"][-1] == pytest.approx(growth_rate(p), rel=1e-6)
    assert found["share"][-1] == pytest.approx(p.tau, rel=1e-6)
    best = best_tau(p)
    assert slope(p, tau=best) == pytest.approx(0, abs=1e-6)
    taus = np.linspace(0.005, 0.995, 199)
    assert abs(taus[np.argmax([growth_rate(p, tau=tau) for tau in taus])] - best) <= 0.005
    step = 1e-6
    up, down = (growth_rate(p, tau=p.tau + by) for by in (step, -step))
    assert slope(p) == pytest.approx((up - down) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("elasticity", [0.3, 4.0])
def test_the_optimal_path_at_any_elasticity(elasticity: float) -> None:
    p = Parameters(elasticity=elasticity, sigma=2.0, delta=0.04, base_tau=0.25)
    found = optimal(p, start_tau=0.08)
    assert found.columns["saving_rate"] == pytest.approx(np.full(61, 0.5), abs=1e-8)  # σδ = ρ + δ
    found = optimal(replace(p, sigma=4.0), start_tau=0.08)
    assert found.residual < 1e-8
    assert found.gain > 0


def test_pairs_say_what_complements_what() -> None:
    for elasticity, relation in ((0.5, "complements"), (1.0, "neutral"), (2.0, "substitutes")):
        found = layout.growth(elasticity=elasticity)
        pairs = found["pairs"]
        assert list(pairs["relation"]) == [relation, relation, "neutral"]
        assert list(pairs["complementarity"])[:2] == pytest.approx([1 / elasticity] * 2)
        assert (pairs["cross_derivative"] > 0).all()
        assert found["growth"]["as_printed_g"].isna().all() == (elasticity != 1)
    with pytest.raises(ValueError, match="elasticity"):
        layout.growth(elasticity=2, variant="as_printed")


def test_the_path_ends_in_steady_growth() -> None:
    p = Parameters()
    found = path(p, years=300)
    assert found["share"][0] == pytest.approx(p.tau / 2)
    assert found["share"][-1] == pytest.approx(p.tau, rel=1e-6)
    assert found["g"][-1] == pytest.approx(growth_rate(p), rel=1e-6)
    invested = found["y"] - found["consumption"]
    assert invested / found["y"] == pytest.approx(np.full(301, saving_rate(p)))
    assert len(path(Parameters(sigma=0.2))["year"]) == 0  # would take more than is made


@pytest.mark.parametrize("start", [None, 0.02, 0.9])
@pytest.mark.parametrize("delta", [0.02, 0.04, 0.08])
def test_a_constant_saving_rate_is_optimal_where_it_is_known_to_be(
    delta: float, start: float | None
) -> None:
    """With σδ = ρ + δ it is 1/σ from any start.

    Kurz 1968; Barro and Sala-i-Martin, Economic Growth, ch. 2; here with M = y − z·y′ and
    z′ = −s·y·z: (M − δ − ρ)/σ = s·M − δ for every z.
    """
    p = Parameters(delta=delta, sigma=(0.04 + delta) / delta)
    found = optimal(p, start_tau=start)
    assert found.columns["saving_rate"] == pytest.approx(np.full(61, 1 / p.sigma), abs=1e-8)
    assert found.columns["consumption"] == pytest.approx(
        path(p, start_tau=start)["consumption"], rel=1e-7
    )
    assert found.gain == pytest.approx(0, abs=1e-8)


@given(parameters(), st.floats(0.02, 0.98))
@settings(max_examples=25, deadline=None)
def test_the_optimal_path_keeps_to_the_euler_equation_and_accumulation(
    p: Parameters, start: float
) -> None:
    found = optimal(p, start_tau=start)
    at = found.columns
    if not len(at["year"]):
        assert not 0 < saving_rate(p) < 1
        return
    assert found.residual < 1e-7
    assert found.gain > -1e-8
    assert at["share"][0] == pytest.approx(start)
    assert np.all((at["saving_rate"] > 0) & (at["saving_rate"] < 1))
    # D = τK − (1−τ)H^T decays at δ, whatever is saved
    mix = p.tau * at["k"] - (1 - p.tau) * at["h_t"]
    decayed = mix[0] * np.exp(-p.delta * at["year"])
    assert mix == pytest.approx(decayed, rel=1e-6, abs=1e-9 * at["k"].max())


def test_the_optimal_path_is_a_stationary_point_by_differences() -> None:
    """Euler and accumulation again, by central differences of a path that is read yearly."""
    p = Parameters(sigma=2.5)
    at = optimal(p, start_tau=0.05).columns
    step = 2.0
    assert np.diff(at["year"])[0] * 2 == step
    growth = (np.log(at["consumption"][2:]) - np.log(at["consumption"][:-2])) / step
    r = p.alpha * at["y"] / at["k"]
    w = (1 - p.alpha) * at["y"] / at["h_t"]
    euler = (0.7 * r + 0.3 * w - p.delta - p.rho) / p.sigma
    assert growth[10:] == pytest.approx(euler[11:-1], rel=2e-3)
    total = at["k"] + at["h_t"]
    saved = (total[2:] - total[:-2]) / step
    made = (at["y"] - at["consumption"] - p.delta * total)[1:-1]
    assert saved[10:] == pytest.approx(made[10:], rel=2e-3)


@pytest.mark.parametrize("sigma", [0.8, 1.0, 3.0, 20.0])
def test_no_path_nearby_is_worth_more(sigma: float) -> None:
    p = Parameters(sigma=sigma, rho=0.08)
    gap = p.tau - 0.03
    best = optimal_policy(p, gap)
    most = worth(p, best, gap)
    assert most > worth(p, steady_policy(p), gap)
    for much in (0.03, -0.03):  # consumed earlier, or later, and as in steady growth in the end
        for bend in (1, 2, 3):
            tried = worth(p, lambda z, b=bend, m=much: best(z) * (1 + m * (z / gap) ** b), gap)
            assert tried < most
            assert tried == pytest.approx(most, rel=0.01)  # of second order


def test_worth_is_the_integral_of_utility() -> None:
    """∫e^(−ρt)/C dt of 400 years by Simpson's rule; of C = m·e^(gt) it is 1/(m(ρ + g))."""
    p = Parameters(sigma=2.0)
    at = optimal(p, years=400, start_tau=0.05).columns
    lived = simpson(np.exp(-p.rho * at["year"]) / at["consumption"], x=at["year"])
    same = worth(p, optimal_policy(p, p.tau - 0.05), p.tau - 0.05)
    assert lived == pytest.approx(1 / (same * (p.rho + growth_rate(p))), rel=1e-5)


def test_the_mix_settles_at_the_speed_of_the_linearised_system() -> None:
    p = Parameters()
    for columns in (optimal(p, years=200).columns, path(p, years=200)):
        left = np.log(p.tau - columns["share"])
        assert left[119] - left[120] == pytest.approx(convergence(p), rel=1e-4)
    assert half_way(p) == pytest.approx(7.4126, abs=1e-3)
    facts = layout.growth()["steady"].set_index("quantity")["value"]
    assert facts["convergence"] == pytest.approx(p.delta + growth_rate(p))


def test_a_study_of_optimal_saving() -> None:
    steady_way, best = layout.growth(), layout.growth(saving="optimal", start_tau=0.03)
    assert steady_way["path"]["saving_rate"].nunique() == 1
    assert best["path"]["share"].iloc[0] == pytest.approx(0.03)
    assert best["path"]["saving_rate"].iloc[0] < best["path"]["saving_rate"].iloc[-1]
    record = best.study().record
    assert record["saving"] == "optimal"
    assert 1e-3 < record["optimal_path"]["gain_over_steady_saving"] < 1e-2
    assert len(layout.growth(saving="optimal", sigma=0.2)["path"]) == 0
    with pytest.raises(ValueError, match="consistent"):
        layout.growth(saving="optimal", variant="as_printed")
    assert best.study().record["start_tau"] == 0.03
    rough = layout.growth(  # a mix that moves by orders of magnitude within the first year
        saving="optimal", alpha=0.0039, beta=3e-5, eta=7e-6, sigma=1200, rho=0.064, delta=0,
        tau=0.001, productivity=28, elasticity=0.1, base_tau=0.32, start_tau=0.2,
    )  # fmt: skip
    assert len(rough["path"]) == 0
    assert rough.study().record["optimal_path"] == {}
    with pytest.raises(ValueError, match="no saving"):
        layout.growth(saving="all")


def test_growth_is_no_part_of_any_objective() -> None:
    code = (
        "import sys, layout.formulation, layout.solving\n"
        "print([name for name in sys.modules if 'growth' in name])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    for folder in ("formulation", "solving"):
        place = Path(layout.__file__).parent / folder
        assert not any("growth_model" in file.read_text("utf-8") for file in place.glob("*.py"))


def test_the_share_of_a_province_is_its_investment_over_all_investment(plan: Plan) -> None:
    """2 EFLOPS at 100 mcny and 2 MW at 40 in the west, 0.5 EFLOPS in the east, in two years."""
    spent = pd.DataFrame({"province": [WEST], "fixed_investment_mcny": [1000.0]})
    found = layout.growth(plan=plan, investment=spent, alpha=0.4)
    rows = found["regions"].set_index("province")
    assert rows.loc[WEST, "capex_mcny"] == pytest.approx(280)
    assert rows.loc[WEST, "tau_r"] == pytest.approx(0.14)
    assert rows.loc[WEST, "to_best"] == pytest.approx(0.46)
    assert rows.loc[WEST, "slope"] > 0
    assert rows.loc[EAST, "capex_mcny"] == pytest.approx(50)
    assert np.isnan(rows.loc[EAST, "tau_r"])
    assert found.missing == (EAST,)


def test_the_price_of_a_sole_seller_beside_those_of_a_plan(plan: Plan) -> None:
    """Prices 30 where 2 EFLOPS are served and 60 where 1 is: 40 in the mean, 160 at c = ¼.

    With τ = ½ and γ = 1/5 as in the CES form by hand, η = 100 and A for Y = 0.32: w = ¼·0.32/0.4 =
    0.2, ηw = 20 and p_X = 80.
    """
    prices = plan["prices"].assign(price_mcny_per_eflops_year=[30.0, 60.0])
    told = replace(plan, tables={**plan.tables, "prices": prices})
    level = 0.32 / (0.5**0.5 * 0.4**0.25 * 0.001**0.25)
    given = {"alpha": 0.5, "beta": 0.25, "tau": 0.5, "eta": 100.0, "productivity": level}
    row = layout.growth(plan=told, priced="task", **given)["service_prices"].iloc[0]
    assert (row["workload"], row["year"], row["served_eflops"]) == ("task", 2025, 3)
    assert row["price_mcny_per_eflops_year"] == pytest.approx(40)
    assert row["markup"] == pytest.approx(4)
    assert row["profit_price_mcny_per_eflops_year"] == pytest.approx(160)
    assert row["model_cost_mcny_per_eflops_year"] == pytest.approx(20)
    assert row["model_price_mcny_per_eflops_year"] == pytest.approx(80)
    assert row["plan_over_model"] == pytest.approx(0.5)
    peta = {**given, "eta": 0.1, "productivity": level * 1000**-0.25}  # the same, counted in PFLOPS
    small = layout.growth(plan=told, priced="task", **peta)["service_prices"].iloc[0]
    assert small["model_price_mcny_per_eflops_year"] == pytest.approx(0.08)
    assert small["markup"] == pytest.approx(4)

    plain = layout.growth(plan=told, alpha=0.5, beta=0.25)["service_prices"].iloc[0]
    assert plain["markup"] == pytest.approx(4)
    assert np.isnan(plain["model_price_mcny_per_eflops_year"])
    blank = prices.assign(price_mcny_per_eflops_year=np.nan)
    unpriced = replace(plan, tables={**plan.tables, "prices": blank})
    assert len(layout.growth(plan=unpriced)["service_prices"]) == 0
    with pytest.raises(ValueError, match="eta and productivity"):
        layout.growth(plan=plan, priced="task", eta=100)
    with pytest.raises(InputError) as refused:
        layout.growth(plan=plan, priced="tusk", eta=100, productivity=2)
    assert refused.value.problems[0].file == "--priced"


def test_the_effect_on_gdp_is_per_mille() -> None:
    row = layout.growth(index_points=10, edition="2020")["gdp_effect"].iloc[0]
    assert (row["gdp_permille"], row["digital_permille"]) == (18.0, 33.0)
    assert layout.growth(index_points=1)["gdp_effect"].iloc[0]["digital_permille"] == 3.5


def test_parameters_out_of_range_are_told_together() -> None:
    with pytest.raises(InputError) as refused:
        layout.growth(alpha=1.2, sigma=0, tau=-1, start_tau=1, elasticity=0.05, base_tau=1)
    places = {problem.file for problem in refused.value.problems}
    assert places == {"--alpha", "--sigma", "--tau", "--start-tau", "--elasticity", "--base-tau"}
    with pytest.raises(InputError):
        layout.growth(alpha=0.6, beta=0.5)
    layout.growth(alpha=0.6, beta=0.395)
    with pytest.raises(InputError):
        layout.growth(alpha=0.6, beta=0.395, elasticity=0.5)
    for beyond in ({"productivity": 200}, {"sigma": 1e-300}, {"productivity": 1e308}):
        with pytest.raises(InputError):
            layout.growth(**beyond)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_in_both_languages(run: Runner, plan: Plan, tmp_path: Path, lang: str) -> None:
    assert plan.folder is not None
    line = ["growth", "--alpha", "0.4", "--plan", plan.folder, "--index-points", "2"]
    found = run(*line, "-o", tmp_path / "one", lang=lang)
    assert found.code == 0
    said = {"en": ("60.0%", "3.6‰", "without a source", "No fixed investment is known"),
            "zh": ("60.0%", "3.6‰", "示例值", "没有固定资产投资数据")}  # fmt: skip
    assert all(word in found.out for word in said[lang]), found.out
    again = run(*line, "-o", tmp_path / "two", lang=lang)
    assert again.code == 0
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    assert (tmp_path / "one" / "growth.svg").read_text("utf-8").startswith("<svg")
    assert run("growth", "--beta", "0.7", "-o", tmp_path / "bad", lang=lang).code == 3
    assert run("growth", "--investment", "x.csv", lang=lang).code == 2
    printed = run("growth", "--saving", "optimal", "--variant", "as_printed", lang=lang)
    assert printed.code == 2
    best = run("growth", "--saving", "optimal", "-o", tmp_path / "best", lang=lang)
    assert best.code == 0
    assert "46.18%" in best.out
    assert "0.0025%" in best.out
    ces = run("growth", "--elasticity", "0.5", "-o", tmp_path / "ces", lang=lang)
    assert ces.code == 0
    assert {"en": "complements", "zh": "互补"}[lang] in ces.out
    assert {"en": "exists at this elasticity", "zh": "稳态增长仍然存在"}[lang] in ces.out
    money = ["--plan", plan.folder, "--priced", "task", "--eta", "100"]
    assert run("growth", *money, lang=lang).code == 2
    sold = run("growth", *money, "--productivity", "3.2", "-o", tmp_path / "sold", lang=lang)
    assert sold.code == 0
    assert {"en": "A sole seller", "zh": "独家供应者"}[lang] in sold.out
    words = "".join(sold.out.split())
    assert {"en": "theplan'spriceis31.7", "zh": "方案价格为31.7"}[lang] in words
    assert run("growth", "--elasticity", "2", "--variant", "as_printed", lang=lang).code == 2
    assert not (tmp_path / "bad").exists()
