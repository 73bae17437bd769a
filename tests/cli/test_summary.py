"""The one-screen summary, held against the two towns worked out by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from layout.cli.screen.focus import focus_page
from layout.cli.screen.limits import alike_lines, limit_lines
from layout.cli.screen.saving import saving_lines
from layout.cli.screen.verdicts import how, required, shown, verdict
from layout.cli.screen.width import WIDTH, cells
from layout.cli.summary import summary
from layout.names import Names
from layout.plan import Plan
from tests.cli.towns import EAST, Runner


def row(page: str, start: str) -> list[str]:
    """The words of the first line that starts so, after the name itself."""
    line = next(line for line in page.split("\n") if line.strip().startswith(start))
    return line.strip()[len(start) :].split()


def test_it_opens_with_what_the_model_is_and_what_is_proved(plan: Plan) -> None:
    lines = summary(plan, "en").split("\n")
    assert lines[:2] == ["Two towns", "A test, not a forecast."]
    assert "stock of end 2023; in service 2025" in lines[2]
    assert any(line.startswith("Optimal: annual cost") for line in lines)


def test_print_shows_the_summary(plan: Plan) -> None:
    assert str(plan) == summary(plan, "en")


def test_the_provinces_as_worked_out_by_hand(plan: Plan) -> None:
    """Stock, fill, build, total (EFLOPS), 10k racks, MW, new MW, bn CNY, TWh, kt."""
    page = summary(plan, "en")
    assert row(page, "East town*") == (
        "general FP32 0.500 0.500 – 1.00 0.0400 1.00 – 0.0500 0.00876 4.38".split()
    )
    assert row(page, "West town") == (
        "general FP32 – – 2.00 2.00 0.0800 2.00 2.00 0.280 0.0175 7.01".split()
    )
    assert row(page, "All") == (
        "general FP32 0.500 0.500 2.00 3.00 0.120 3.00 2.00 0.330 0.0263 11.4".split()
    )
    assert "nothing is expanded, retrofitted, retired" in page


def test_the_chinese_page_counts_in_yi_and_wan(plan: Plan) -> None:
    page = summary(plan, "zh")
    assert page.startswith("两座城\n检验，而非预测。\n")
    *_, money, energy, carbon = row(page, "西城")
    assert money == "2.80"  # 280 million CNY = 2.8 亿元
    assert energy == "0.175"  # 17.52 GWh = 0.1752 亿千瓦时
    assert carbon == "0.701"  # 7.008 kt = 0.7008 万吨
    assert row(page, "东城*")[:2] == ["通用", "FP32"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_the_screen(plan: Plan, lang: str) -> None:
    assert max(cells(line) for line in summary(plan, lang).split("\n")) <= WIDTH + 10


def test_provinces_with_proxy_stock_are_marked(plan: Plan) -> None:
    page = summary(plan, "en")
    assert row(page, "East town*")
    assert "* the stock there is a proxy" in page
    assert "100% of the stock (by MW) is a proxy" in page


def test_unlike_precisions_are_never_added(plan: Plan) -> None:
    """Totals stand by kind; with one kind there is one row of totals."""
    page = summary(plan, "en")
    start = page.index("\n  All ")
    assert page[start:].split("\n")[2].startswith("  In the whole plan")


def test_files_are_named(plan: Plan) -> None:
    page = summary(plan, "en")
    assert str(plan.folder) in page.replace("\n  ", "")
    assert "capacity.csv" in page
    in_memory = dataclasses.replace(plan, folder=None)
    assert "Files:" not in summary(in_memory, "en")


def test_text_of_the_user_cannot_steer_the_terminal(plan: Plan) -> None:
    settings = plan.model.settings.model_copy(
        update={"title": plan.model.settings.title.model_copy(update={"en": "a\x1b[2Jb\u202e"})}
    )
    model = dataclasses.replace(plan.model, settings=settings)
    page = summary(dataclasses.replace(plan, model=model), "en")
    assert page.startswith("a[2Jb\n")
    assert "\x1b" not in page


def test_the_saving_stands_on_both_cost_bases(plan: Plan) -> None:
    """Local plan 400, 200 of it dependent on location; ours 300 saves 100 (25%), 80 there (40%)."""
    other = {
        "status": "optimal",
        "objective_mcny": 400.0,
        "location_cost_mcny": 200.0,
        "saving_location_mcny": 80.0,
    }
    record: dict[str, Any] = {"objective_mcny": 300.0, "bound_mcny": 300.0}
    assert saving_lines(record, "en") == []
    other["bound_mcny"] = 400.0
    said = " ".join(saving_lines({**record, "counterfactual": other}, "en"))
    assert "25.0%" in said
    assert "40.0%" in said
    assert "two proofs" not in said
    open_proof = {**record, "bound_mcny": 150.0, "counterfactual": other}
    assert "two proofs" in " ".join(saving_lines(open_proof, "en"))
    impossible = {**record, "counterfactual": {"status": "infeasible"}}
    assert "no such plan" in " ".join(saving_lines(impossible, "en"))


def test_verdicts_in_words_and_signs() -> None:
    record = {"measure": "kind_share", "sense": "at_least", "value": 0.35, "status": "pass"}
    assert required(record) == "≥ 35.0%"
    assert verdict(record, "en") == "✓ met"
    assert verdict({"status": "fail"}, "zh") == "✗ 未达标"
    assert verdict({"status": "not_applicable"}, "zh") == "– 不适用"
    forced = {"status": "pass", "met_by": "target", "binds_at_demand_factor": 0.93}
    assert how(forced, "en") == "by target, binds at demand ×0.930"
    assert how({"status": "not_applicable", "met_by": "stock"}, "en") == "–"
    assert shown({"measure": "ai_centres"}, 31.0) == "31"
    assert shown({"measure": "pue_new"}, 1.25) == "1.25"
    assert shown({"measure": "storage_eb"}, 1800.0) == "1,800"
    assert shown({"measure": "kind_share"}, None) == "–"


def test_a_missed_target_is_shown_as_missed(plan: Plan) -> None:
    page = summary(plan, "en")
    assert "Targets: 1 met, 1 missed, 0 not applicable" in page
    line = next(line for line in page.split("\n") if "east-90" in line)
    assert "✗ missed" in line
    assert "33.3%" in line
    assert "(report)" in line


def test_limits_are_named_with_place_and_price(plan: Plan) -> None:
    names = Names(plan.model, "en")
    binding = [
        {"limit": "renewable_potential", "id": f"renewable_potential[{EAST},wind,2025]",
         "place": EAST, "value": 500.0, "unit": "GWh", "shadow_cost_mcny": 0.2},
        {"limit": "max_it_mw", "id": "site_limit[E,2025]", "place": "E", "value": 1.0,
         "unit": "MW", "shadow_cost_mcny": 3.0},
    ]  # fmt: skip
    lines = limit_lines(binding, names)
    assert lines[1] == "  site space (MW), in 1: East site 1.00, one more saves 3.00 mcny/year"
    assert "East town wind 500" in lines[2]
    later = {**binding[1], "id": "site_limit[E,2030]"}
    dated = limit_lines([*binding, later], names)
    assert dated[1].startswith("  site space (MW), in 2: 2025 East site 1.00, one more saves")
    assert any("2025 East town wind 500" in line for line in dated)
    assert limit_lines([], names) == ["No limit on space, grid, land or renewables binds."]


def test_interchangeable_sites_are_one_group(plan: Plan) -> None:
    names = Names(plan.model, "zh")
    assert alike_lines([["E", "W"]], names)[0].endswith("东站 也可换为 西站")
    assert alike_lines([], names) == []


def test_a_place_has_its_own_page(plan: Plan) -> None:
    page = focus_page(plan, f"province:{EAST}", "en")
    assert row(page, "East site")[:4] == ["general", "FP32", "0.500", "0.500"]
    assert "Tasks in: whom the sites here serve" in page
    assert "Tasks out: who serves the demand here" in page
    room = row(page[page.index("Space and grid") :], "East site")
    assert room == ["1.00", "1.00", "100%", "1.00", "∞", "–"]
    assert "No target names this place." not in page  # region:east reaches into it


@pytest.mark.parametrize("scope", ["site:E", "region:west", "nation", "province:520000"])
def test_every_kind_of_scope_has_a_page(run: Runner, plan: Plan, scope: str) -> None:
    for lang in ("en", "zh"):
        assert scope in focus_page(plan, scope, lang)
