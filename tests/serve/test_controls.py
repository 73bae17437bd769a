"""What is typed on the page becomes paths of --set, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout.model import read_model
from layout.serve.controls import Ask, ask, controls, hundredth, plain, wrong_limits
from tests.builders import target
from tests.cli.towns import EAST, towns


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    folder = towns(
        tmp_path_factory.mktemp("models") / "two-towns",
        targets=[
            target("total-2", "compute_eflops_fp32", "at_least", 2),
            target("west", "region_share", "at_least", 0.07, scope="region:west", mode="report"),
        ],
    )
    return read_model(folder)


def shown(model) -> dict[str, str]:
    """What a browser posts of an untouched page."""
    sliders, targets = controls(model, {}, "en")
    posted = {one["name"]: one["value"] for one in sliders}
    posted |= {f"value.{one['id']}": one["value"] for one in targets}
    posted |= {f"mode.{one['id']}": one["mode"] for one in targets}
    return {**posted, "basis": "rtt", "further": "", "time_limit": "", "gap": ""}


def test_an_untouched_page_asks_for_the_model_as_it_stands(model) -> None:
    """A share shows in percent, exactly: 0.07 is 7, not 7.000000000000001."""
    posted = shown(model)
    assert (posted["discount_rate"], posted["value.west"], posted["demand"]) == ("7", "7", "100")
    assert ask("m", model, posted, []) == Ask("m")
    assert ask("m", model, {}, []).command() == "layout solve m"


def test_every_change_is_one_path(model) -> None:
    posted = shown(model) | {
        "demand": "110", "carbon_price": "12.5", "discount_rate": "5.5", "power_price": "90",
        "value.total-2": "2.5", "value.west": "8", "mode.west": "hard", "basis": "one_way",
        "further": f"  power[province={EAST}].price_cny_per_kwh=0.5 \r\n\r\n",
        "time_limit": "30", "gap": "0.5",
    }  # fmt: skip
    found = ask("./m", model, posted, ["rich"])
    assert found.sets == (
        "demand[year=2025].demand_eflops=*1.1",  # the base year stays
        "economy.carbon_price_cny_per_t=12.5",
        "economy.discount_rate=0.055",
        "power.price_cny_per_kwh=*0.9",
        "targets.total-2.value=2.5",
        "targets.west.value=0.08",
        "targets.west.mode=hard",
        "latency.basis=one_way",
        f"power[province={EAST}].price_cny_per_kwh=0.5",
    )
    assert found.arguments()[-4:] == ["--time-limit", "30", "--gap", "0.005"]
    assert "--scenario rich --set 'demand[year=2025].demand_eflops=*1.1'" in found.command()


def test_what_is_typed_is_what_the_model_gets(model, tmp_path: Path) -> None:
    """Through the real reading of a model, with the value that the planner meant."""
    folder = towns(tmp_path / "m")
    asked = ask("m", read_model(folder), {"discount_rate": "5.5", "demand": "150"}, [])
    changed = read_model(folder, sets=asked.sets)
    assert changed.settings.economy.discount_rate == 0.055
    assert list(changed["demand"]["demand_eflops"]) == [0.3, 3.0, 1.5]


@pytest.mark.parametrize("typed", ["much", "nan", "1e999", "５%", "$(x)", "--gap"])
def test_what_is_no_number_goes_to_the_model_as_it_was_typed(model, typed: str) -> None:
    found = ask("m", model, {"discount_rate": typed, "value.total-2": typed}, [])
    assert found.sets == (f"economy.discount_rate={typed}", f"targets.total-2.value={typed}")


@pytest.mark.parametrize(
    ("posted", "wrong"),
    [
        ({}, []),
        ({"time_limit": "0", "gap": "100"}, []),
        ({"time_limit": "-1"}, ["time_limit"]),
        ({"time_limit": "--set"}, ["time_limit"]),
        ({"time_limit": "inf", "gap": "nan"}, ["time_limit", "gap"]),
        ({"gap": "100.1"}, ["gap"]),
    ],
)
def test_limits_are_numbers_before_they_stand_on_a_command_line(posted, wrong) -> None:
    assert wrong_limits(posted) == wrong


@pytest.mark.parametrize(
    ("typed", "share"),
    [("7", "0.07"), ("0.1", "0.001"), ("35.0", "0.35"), ("1e2", "1"), ("x", "x")],
)
def test_percent_is_exact(typed: str, share: str) -> None:
    assert hundredth(typed) == share


@pytest.mark.parametrize(
    ("value", "said"), [(80.0, "80"), (0.1, "0.1"), (-0.0, "0"), (1e6, "1000000")]
)
def test_a_number_is_shown_as_one_types_it(value: float, said: str) -> None:
    assert plain(value) == said
