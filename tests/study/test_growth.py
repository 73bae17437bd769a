"""The growth model: its identities, what its printed form counts twice, and a plan's investment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
    Parameters,
    bracket,
    convergence,
    curve,
    growth_rate,
    half_way,
    output,
    path,
    price_of_services,
    product_of_h,
    product_of_x,
    saving_rate,
    slope,
    steady,
)
from layout.study.growth.optimal_path import optimal, optimal_policy, steady_policy, worth
from tests.cli.towns import EAST, WEST, Runner, towns

SHARES = st.floats(0.05, 0.6)


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


@given(parameters())
@settings(max_examples=30, deadline=None)
def test_the_price_of_services_is_that_of_greatest_profit(p: Parameters) -> None:
    """(84) by search: revenue of inverse demand (82) less the cost η·w of each unit."""
    at = steady(p)
    sold = at.x * np.geomspace(0.5, 2, 2001)
    profit = [product_of_x(p, at.k, at.h, x) * x - p.eta * at.w * x for x in sold]
    best = sold[int(np.argmax(profit))]
    assert best == pytest.approx(at.x, rel=2e-3)
    assert price_of_services(p, at.w) == pytest.approx(product_of_x(p, at.k, at.h, best), rel=2e-3)


@given(parameters())
@settings(max_examples=30, deadline=None)
def test_growth_is_greatest_at_one_minus_alpha(p: Parameters) -> None:
    table = curve(p, 999)
    assert table["tau"][np.argmax(table["consistent_g"])] == pytest.approx(1 - p.alpha, abs=1e-3)
    assert slope(p, "consistent", p.best_tau) == pytest.approx(0, abs=1e-9)
    step = 1e-6
    measured = (
        growth_rate(p, "consistent", p.tau + step) - growth_rate(p, "consistent", p.tau - step)
    ) / (2 * step)
    assert slope(p, "consistent") == pytest.approx(measured, rel=1e-4, abs=1e-7)
    for tau in (0.2, 0.49, 0.51, 0.8):  # (90) as printed turns at ½ whatever α is
        assert (slope(p, "as_printed", tau) > 0) == (tau < 0.5)


def test_marginal_products_are_derivatives_and_fall() -> None:
    p, step = Parameters(), 1e-6
    args = (0.7, 0.2, 0.1)
    up, down = output(p, 0.7, 0.2 + step, 0.1), output(p, 0.7, 0.2 - step, 0.1)
    assert product_of_h(p, *args) == pytest.approx((up - down) / (2 * step))
    up, down = output(p, 0.7, 0.2, 0.1 + step), output(p, 0.7, 0.2, 0.1 - step)
    assert product_of_x(p, *args) == pytest.approx((up - down) / (2 * step))
    products = [product_of_h(p, 0.7, h, 0.1) for h in np.linspace(0.1, 5, 40)]
    assert np.all(np.diff(products) < 0)


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

    Kurz 1968; Barro and Sala-i-Martin, Economic Growth, 2.6.4, here with M = y − z·y′ and
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


def test_the_effect_on_gdp_is_per_mille() -> None:
    row = layout.growth(index_points=10, edition="2020")["gdp_effect"].iloc[0]
    assert (row["gdp_permille"], row["digital_permille"]) == (18.0, 33.0)
    assert layout.growth(index_points=1)["gdp_effect"].iloc[0]["digital_permille"] == 3.5


def test_parameters_out_of_range_are_told_together() -> None:
    with pytest.raises(InputError) as refused:
        layout.growth(alpha=1.2, sigma=0, tau=-1, start_tau=1)
    places = {problem.file for problem in refused.value.problems}
    assert places == {"--alpha", "--sigma", "--tau", "--start-tau"}
    with pytest.raises(InputError):
        layout.growth(alpha=0.6, beta=0.5)
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
    assert not (tmp_path / "bad").exists()
