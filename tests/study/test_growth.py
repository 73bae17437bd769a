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

import layout
from layout.errors import InputError
from layout.labels import LANGUAGES
from layout.plan import Plan
from layout.study.growth.growth_model import (
    Parameters,
    bracket,
    curve,
    growth_rate,
    output,
    path,
    price_of_services,
    product_of_h,
    product_of_x,
    saving_rate,
    slope,
    steady,
)
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
        layout.growth(alpha=1.2, sigma=0, tau=-1)
    assert {problem.file for problem in refused.value.problems} == {"--alpha", "--sigma", "--tau"}
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
    assert not (tmp_path / "bad").exists()
