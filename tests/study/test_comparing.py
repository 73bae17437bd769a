"""Plans and models side by side: every cell that differs, sums that agree, what is proved."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

import layout
from layout.labels import LANGUAGES
from layout.plan import Plan
from layout.study.comparing.comparing import Comparison, Side, compared, quantities
from layout.study.comparing.side_by_side import side_by_side
from layout.study.comparing.tables_workbook import tables_workbook
from tests.cli.towns import WEST, Runner, towns

SETS = ["power[province=520000].price_cny_per_kwh=0.9", "targets.total-2.value=4"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    place = tmp_path_factory.mktemp("plans")
    model = towns(place / "two-towns")
    one = layout.solve(model, output=place / "one", counterfactual=False)
    two = layout.solve(model, sets=SETS, output=place / "two", counterfactual=False)
    return [one, two]


@pytest.fixture(scope="module")
def found(plans: list[Plan]) -> Comparison:
    return layout.compare(plans)


def test_inputs_differ_in_just_the_cells_that_were_changed(found: Comparison) -> None:
    rows = found["inputs"].drop(columns="compared").to_dict("records")
    assert rows == [
        {"part": "power", "key": f"province={WEST}", "column": "price_cny_per_kwh",
         "change": "changed", "first_text": "0.4", "compared_text": "0.9"},
        {"part": "settings", "key": "targets.total-2.value", "column": "", "change": "changed",
         "first_text": "2", "compared_text": "4"},
    ]  # fmt: skip


def test_rows_that_one_model_lacks_are_told_whole(tmp_path: Path) -> None:
    one = towns(tmp_path / "one")
    two = towns(tmp_path / "two")
    (two / "power.csv").write_text(
        "province,price_cny_per_kwh\n310000,0.6\n440000,0.7\n", encoding="utf-8"
    )
    rows = layout.compare([one, two])["inputs"].set_index(["key", "column"])
    gone, new = rows.loc[("province=520000", "")], rows.loc[("province=440000", "")]
    assert (gone["change"], new["change"]) == ("removed", "added")
    assert "price_cny_per_kwh=0.4" in gone["first_text"]
    assert new["compared_text"] == "price_cny_per_kwh=0.7"
    lost = rows.loc[("province=310000", "grid_tco2_per_mwh"), "compared_text"]
    assert lost != "0.5"


def test_a_target_that_one_model_lacks_is_told_whole(
    run: Runner, plans: list[Plan], tmp_path: Path
) -> None:
    """One line with what it asks; a field of a target that both have stays a line of its own."""
    more: dict[str, object] = {
        "id": "west-1", "measure": "compute_eflops_fp32", "scope": "province:520000",
        "sense": "at_least", "value": 1.5, "unit": "EFLOPS FP32", "mode": "soft", "penalty": 9,
    }  # fmt: skip
    old = plans[0].model
    own = [one.model_dump(exclude_none=True) for one in old.settings.targets]
    one = towns(tmp_path / "one", targets=own)
    two = towns(tmp_path / "two", targets=[{**own[0], "value": 3}, *own[1:], more])
    rows = layout.compare([one, two])["inputs"]
    says = (
        "measure=compute_eflops_fp32; scope=province:520000; sense=at_least; value=1.5; "
        "unit=EFLOPS FP32; mode=soft; penalty=9"
    )
    assert rows[["key", "change", "first_text", "compared_text"]].values.tolist() == [
        ["targets.total-2.value", "changed", "2", "3"],
        ["targets.west-1", "added", "", says],
    ]
    back = layout.compare([two, one])["inputs"].iloc[1]
    assert (back["change"], back["compared_text"]) == ("removed", "")
    for lang, words in (
        ("en", "added targets.west-1: – → Total compute · West town ≥ 1.5 EFLOPS FP32 (soft)"),
        ("zh", "新增 targets.west-1：– → 算力总规模 · 西城 ≥ 1.5 EFLOPS FP32 (软约束)"),
    ):
        said = run("compare", one, two, "-o", tmp_path / lang, lang=lang).out
        assert words.replace(" ", "") in said.replace("\n", "").replace(" ", ""), said


def test_the_nation_is_the_sum_of_provinces_and_of_sites(plans: list[Plan]) -> None:
    table = quantities(plans[1])
    key = ["year", "kind", "quantity"]
    sums = {level: rows.groupby(key)["value"].sum() for level, rows in table.groupby("level")}
    assert sums["nation"].to_dict() == pytest.approx(sums["province"].to_dict())
    assert sums["nation"].to_dict() == pytest.approx(sums["site"].to_dict())
    total = sums["nation"]
    record = plans[1].record
    assert total[2025, "", "cost_mcny"] == pytest.approx(record["objective_mcny"])
    assert total[2025, "general", "capex_mcny"] == pytest.approx(
        record["kpis"]["capex_mcny"]["value"]
    )


def test_decisions_targets_and_costs_by_hand(found: Comparison, plans: list[Plan]) -> None:
    """A target of 4 instead of 2 makes the west build one EFLOPS more (140 mcny of investment)."""
    rows = found["decisions"].set_index(["level", "place", "kind", "quantity"])
    west = rows.loc[("site", "W", "general", "added_eflops")]
    assert (west["first_value"], west["compared_value"]) == pytest.approx((2.0, 3.0))
    assert rows.loc[("nation", "nation", "general", "capex_mcny"), "change_value"] == (
        pytest.approx(140)
    )
    target = found["targets"].set_index("target").loc["total-2"]
    assert (target["first_required"], target["compared_required"]) == (2.0, 4.0)
    assert (target["first_status"], target["compared_status"]) == ("pass", "pass")
    costs = found["costs"].set_index("component")
    total = costs.loc["total"]
    parts = costs.drop(index="total")["change_mcny"].sum()
    assert total["change_mcny"] == pytest.approx(parts)
    costs_of = [plan.record["objective_mcny"] for plan in plans]
    assert total["change_mcny"] == pytest.approx(costs_of[1] - costs_of[0])
    assert total["least_mcny"] <= total["change_mcny"] <= total["most_mcny"] + 1e-9


def test_no_difference_is_proved_within_the_gaps(plans: list[Plan]) -> None:
    same = layout.compare([plans[0], plans[0]])
    (pair,) = same.pairs
    assert pair.change_mcny == 0
    assert not pair.proved
    assert same["inputs"].empty
    assert (same["decisions"]["change_value"] == 0).all()
    assert [side.label for side in same.sides] == ["one", "one (2)"]
    cost = plans[0].record["objective_mcny"]
    near = plans[1].with_record(objective_mcny=cost * 1.001, bound_mcny=cost * 0.999)
    (open_,) = compared([Side("a", plans[0].model, plans[0]), Side("b", near.model, near)]).pairs
    assert open_.change_mcny == pytest.approx(cost * 0.001)
    assert not open_.proved
    far = plans[1].with_record(objective_mcny=cost * 1.1, bound_mcny=cost * 1.09)
    (told,) = compared([Side("a", plans[0].model, plans[0]), Side("b", far.model, far)]).pairs
    assert told.proved
    assert told.least_mcny == pytest.approx(cost * 0.09)


def test_the_workbook_has_both_languages_and_no_formulas(plans: list[Plan]) -> None:
    sides = [Side("a", plans[0].model, plans[0]), Side("=1+1", plans[1].model, plans[1])]
    study = compared(sides).study()
    data = tables_workbook(study, "en")
    assert data == tables_workbook(study, "en")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert len(book.sheetnames) == 5
    sheet = book["Costs side by side"]
    assert sheet.freeze_panes == "C2"
    names = [cell.value for cell in sheet[1]]
    assert "成本差异\nDifference of cost\n[mcny]" in names
    assert sheet["A2"].value == "=1+1"
    assert sheet["A2"].data_type == "s"
    assert sheet.cell(2, 3).number_format == "#,##0.###"


class _Frames(HTMLParser):
    """The frames of a page and the elements outside of them."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[dict[str, str | None]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "iframe":
            self.frames.append(dict(attrs))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_maps_stand_beside_each_other_in_sandboxes(plans: list[Plan], lang: str) -> None:
    bad = '"><script>alert(1)</script>'
    sides = [Side("a", plans[0].model, plans[0]), Side(bad, plans[1].model, plans[1])]
    two = side_by_side(compared(sides), lang)
    assert two is not None
    assert bad not in two
    assert '["a","\\"\\u003e\\u003cscript' in two  # one page that compares
    page = side_by_side(compared([*sides, Side("c", plans[0].model, plans[0])]), lang)
    assert page is not None
    parsed = _Frames()
    parsed.feed(page)
    assert "script" not in parsed.tags
    assert [frame["sandbox"] for frame in parsed.frames] == ["allow-scripts"] * 3
    first, second, _ = (str(frame["srcdoc"]) for frame in parsed.frames)
    assert first.lstrip().lower().startswith("<!doctype html>")
    assert "extra:difference-compute_eflops_fp32" in second
    assert "extra:difference-compute_eflops_fp32" not in first


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Inputs differ in 2 places", "a year more than one", "More compute")),
        ("zh", ("输入有 2 处不同", "每年比 one 多", "算力增加")),
    ],
)
def test_the_command_in_both_languages(
    run: Runner, plans: list[Plan], tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    folders = [plan.folder for plan in plans]
    line = ["compare", *folders, "--xlsx", "--map"]
    answer = run(*line, "-o", tmp_path / "a", lang=lang)
    assert answer.code == 0
    assert all(word in answer.out for word in words), answer.out
    assert run(*line, "-o", tmp_path / "b", "--quiet", lang=lang).out == ""
    names = {file.name for file in (tmp_path / "a").iterdir()}
    tables = {"inputs.csv", "decisions.csv", "kpis.csv", "targets.csv", "costs.csv"}
    assert names == tables | {"study.json", "compare.xlsx", "map.html"}
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_models_alone_have_inputs_only_until_they_are_solved(
    run: Runner, plans: list[Plan], tmp_path: Path
) -> None:
    model = tmp_path / "other"
    towns(model, targets=[])
    folder = plans[0].folder
    answer = run("compare", folder, model, "-o", tmp_path / "a")
    assert answer.code == 0
    assert "Decisions are not compared" in answer.out
    assert (tmp_path / "a" / "costs.csv").read_text("utf-8").count("\n") == 1
    solved = run("compare", folder, model, "--solve", "-o", tmp_path / "b")
    assert "No difference of cost is proved" in solved.out
    assert run("compare", folder, "-o", tmp_path / "c").code == 2
    assert run("compare", folder, tmp_path / "none", "-o", tmp_path / "c").code == 3
    assert not (tmp_path / "c").exists()
