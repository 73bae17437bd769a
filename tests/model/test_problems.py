"""Every broken input is found, named by file, row and column, and told in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from layout.errors import InputError, Problem
from layout.labels import LANGUAGES
from layout.model import examine, read_model
from tests.model.sample import good, line_of, replace


class Broken(NamedTuple):
    """One replacement in one file, and the problem that it makes."""

    code: str
    file: str
    old: str
    new: str
    column: str | None = None
    severity: str = "error"
    at: str | None = None  # text on the line that is named, if it is not the new one
    row: int | None = None  # the row itself where no text tells it (0: no row)
    seen: str | None = None  # the file named, if it is another


CELLS = [
    Broken("empty_cell", "demand.csv", "online,2025,0.9", "online,2025,", "demand_eflops"),
    Broken("empty_cell", "kinds.csv", "FP32", "", "precision", at="general"),
    Broken("not_a_number", "sites.csv", ",600,900", ",lots,900", "max_it_mw"),
    Broken("not_a_number", "sites.csv", ",600,900", ",NaN,900", "max_it_mw"),
    Broken("not_a_number", "kinds.csv", ",65,", ",6_5,", "it_mw_per_eflops"),
    Broken("not_a_number", "kinds.csv", ",65,", ",#REF!,", "it_mw_per_eflops"),
    Broken("not_a_number", "demand.csv", "2025,0.9", '2025,"0,9"', "demand_eflops"),
    Broken("not_a_number", "kinds.csv", ",2.2,", ",inf,", "it_mw_per_eflops"),
    Broken("formula", "sites.csv", ",600,900", ",=300*2,900", "max_it_mw"),
    Broken("date_for_number", "kinds.csv", ",2.2,", ",2月2日,", "it_mw_per_eflops"),
    Broken("date_for_number", "kinds.csv", ",2.2,", ",2025-02-02,", "it_mw_per_eflops"),
    Broken("percent", "kinds.csv", "5,0.03,0.6,0.35", "5,0.03,60%,0.35", "max_utilisation"),
    Broken("full_width", "sites.csv", ",600,900", ",６００,900", "max_it_mw", "warning"),
    Broken("full_width", "sites.csv", "GUANGZHOU,G", "ＧＵＡＮＧＺＨＯＵ,G", "site", "warning"),
    Broken("thousands", "sites.csv", ",600,900", ',"1,600",900', "max_it_mw", "warning"),
    Broken("not_a_year", "demand.csv", "online,2025", "online,2025.5", "year"),
    Broken("not_a_boolean", "facilities.csv", "true", "maybe", "large"),
    Broken("not_a_choice", "sites.csv", "GUIAN,hub,", "GUIAN,hubb,", "tier"),
    Broken("unknown_precision", "kinds.csv", "FP16", "FP61", "precision"),
    Broken("impossible", "demand.csv", "2025,0.9", "2025,-0.9", "demand_eflops"),
    Broken("impossible", "pue.csv", "evaporative,1.29", "evaporative,0.9", "pue"),
    Broken("impossible", "zones.csv", "23.132,113.266", "139,113.266", "lat"),
    Broken("impossible", "kinds.csv", "5,0.03,0.6,0.35", "5,0.03,1.6,0.35", "max_utilisation"),
    Broken("impossible", "kinds.csv", "5,0.03,0.6,0.35", "5,0.03,0,0.35", "max_utilisation"),
    Broken("impossible", "kinds.csv", "6500,5", "6500,0", "it_life_years"),
    Broken("impossible", "workloads.csv", "10,1.2", "10,0.8", "peak_factor"),
    Broken("impossible", "renewables.csv", "300,0.22", "300,22", "capacity_factor"),
    Broken("impossible", "power.csv", "0.48,0.50", "0.48,500", "grid_tco2_per_mwh"),
    Broken("implausible", "power.csv", "0.48,", "4.8,", "price_cny_per_kwh", "warning"),
    Broken("implausible", "pue.csv", "older-air,1.6", "older-air,3.6", "pue", "warning"),
    Broken("code_characters", "sites.csv", "GUIAN,", "<b>GUIAN,", "site"),
    Broken("code_characters", "sites.csv", "GUIAN,", "=GUIAN,", "site"),
    Broken("code_control", "sites.csv", "GUIAN,", "GUI\u200bAN,", "site"),
    Broken("code_long", "sites.csv", "GUIAN,", "G" * 65 + ",", "site"),
    Broken("text_control", "sites.csv", "Gui'an", "Gui\x07an", "name_en"),
    Broken("text_long", "sites.csv", "Gui'an", "G" * 2001, "name_en"),
]
TABLES = [
    Broken("unknown_column", "sites.csv", "max_it_mw", "max_mw", "max_mw", row=1),
    Broken("missing_column", "zones.csv", "lat,", "note_lat,", "lat", row=1),
    Broken("duplicate_column", "sites.csv", "name_en", "site", "site", row=1),
    Broken("unnamed_column", "sites.csv", "name_en", "", row=1),
    Broken("row_width", "demand.csv", "0.6,", "0.6,,surplus"),
    Broken("row_width", "demand.csv", "training,2025,4,", "training,2025"),
    Broken(
        "delimiter",
        "power.csv",
        "province,tariff_zone,price_cny_per_kwh,grid_tco2_per_mwh,grid_headroom_mw\n",
        "province;tariff_zone\n",
        row=1,
    ),
    Broken("csv_syntax", "pue.csv", "older-air,1.5", '"older-air,1.5'),
    Broken("duplicate_row", "demand.csv", "440000,batch", "440000,online", "zone", row=3),
    Broken("duplicate_row", "sites.csv", "GUIAN,", "GUANGZHOU,", "site", row=3),
    Broken("unmatched", "demand.csv", "440000,online", "440001,online", "zone"),
    Broken("unmatched", "stock.csv", "older-air", "older-aer", "facility"),
    Broken(
        "unmatched",
        "workloads.csv",
        "training,AI training,智算训练,intelligent",
        "training,AI training,智算训练,inteligent",
        "kind",
    ),
    Broken("unmatched", "facilities.csv", "general;intelligent,10", "general;smart,10", "kinds"),
    Broken("one_of", "pue.csv", ",warm,older-air", "GUIAN,warm,older-air", "site"),
    Broken("one_of", "power.csv", "520000,,", ",,", "province", row=3),
    Broken("unused_code", "renewables.csv", "520000,", "52OOOO,", "province", "warning"),
    Broken("reserved_code", "sites.csv", "GUIAN,", "hubs,", "site"),
    Broken("outside_province", "sites.csv", "26.390,106.600", "36.390,106.600", "lat"),
    Broken("swapped", "zones.csv", "26.647,106.630", "106.63,26.647", "lat", row=0),
    Broken("mixed_precision", "kinds.csv", "0.35,1\n", "0.35,2\n", "fp32_per_native"),
    Broken(
        "contradictory_bounds",
        "sites.csv",
        "max_it_mw,grid_headroom_mw",
        "max_it_mw,min_it_mw",
        "min_it_mw",
        row=2,
    ),
    Broken("overfull_block", "stock.csv", "2.0,180", "2.0,120", "facility_it_mw"),
    Broken(
        "kind_not_in_facility",
        "facilities.csv",
        "蒸发冷却）,general;intelligent",
        "蒸发冷却）,intelligent",
        "kind",
        at="GA-1",
        seen="stock.csv",
    ),
    Broken("renewable_zero", "renewables.csv", "300,0.22", "300,0", "capacity_factor", "warning"),
    Broken("stock_above_limit", "sites.csv", ",600,900", ",150,900", "max_it_mw"),
    Broken("stock_above_headroom", "sites.csv", ",600,900", ",600,90", "grid_headroom_mw"),
    Broken("stock_above_headroom", "power.csv", "0.44,", "0.44,100", "grid_headroom_mw"),
    Broken(
        "unreachable",
        "workloads.csv",
        "general,10,",
        "general,2,",
        "zone",
        at="440000,online",
        seen="demand.csv",
    ),
    Broken(
        "demand_above_room",
        "demand.csv",
        "2025,0.9",
        "2025,90",
        "demand_eflops",
        "warning",
        row=2,
    ),
    Broken(
        "no_power_row",
        "power.csv",
        "520000",
        "530000",
        "tariff_zone",
        "warning",
        at="GUIAN,",
        seen="sites.csv",
    ),
    Broken(
        "unused_year", "demand.csv", "440000,batch,2025", "440000,batch,2026", "year", "warning"
    ),
]
SWELLING = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "\n".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
    for old, new in zip("abcd", "bcde", strict=True)
)
"""Five lines of YAML whose aliases write out to more than 100,000 values."""

SETTINGS = [
    Broken("unknown_key", "model.yaml", "discount_rate", "discont_rate", "economy.discont_rate"),
    Broken("unknown_key", "model.yaml", "objective", "objectiv", "objectiv"),
    Broken("missing_key", "model.yaml", "layout: 1", "# layout: 1", "layout", row=0),
    Broken("key_choice", "model.yaml", "basis: rtt", "basis: rrt", "latency.basis"),
    Broken("key_choice", "model.yaml", "layout: 1", "layout: 2", "layout"),
    Broken("objective", "model.yaml", "objective: cost", "objective: [cost, cost]", "objective"),
    Broken(
        "objective",
        "model.yaml",
        "objective: cost",
        "objective: {epsilon: {minimise: cost, cost: 7}}",
        "objective",
    ),
    Broken(
        "objective",
        "model.yaml",
        "objective: cost",
        "objective: {weighted: {cost: 0}}",
        "objective",
    ),
    Broken(
        "unknown_key",
        "model.yaml",
        "objective: cost",
        "objective: {epsilon: {carbn: 7}}",
        "objective.0.epsilon.carbn",
    ),
    Broken(
        "key_type",
        "model.yaml",
        "objective: cost",
        "objective: {epsilon: {carbon: half}}",
        "objective.0.epsilon.carbon",
    ),
    Broken("key_choice", "model.yaml", "objective: cost", "objective: price", "objective.0"),
    Broken("key_range", "model.yaml", "rate: 0.07", "rate: -0.07", "economy.discount_rate"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: seven", "economy.discount_rate"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: true", "economy.discount_rate"),
    Broken("key_type", "model.yaml", "rate: 0.07", "rate: .nan", "economy.discount_rate"),
    Broken("key_code", "model.yaml", "id: total-4", "id: '<i>'", "targets.<i>.id"),
    Broken("yaml_syntax", "model.yaml", "title: {", "title: [", row=0),
    Broken(
        "yaml_anchor",
        "model.yaml",
        "base_year: 2023",
        "base_year: 2023\n" + SWELLING,
        row=1,
    ),
    Broken("yaml_tag", "model.yaml", "base_year: 2023", "base_year: !!python/name:os.system x"),
    Broken("duplicate_key_yaml", "model.yaml", "money_year: 2025", "base_year: 2025", "base_year"),
    Broken(
        "period_not_after_base",
        "model.yaml",
        "base_year: 2023",
        "base_year: 2025",
        "periods",
        at="periods",
    ),
    Broken("period_without_demand", "model.yaml", "[2025]", "[2026]", "periods"),
    Broken("periods_order", "model.yaml", "[2025]", "[2026, 2025]", "periods"),
    Broken(
        "feature_column",
        "model.yaml",
        "objective: cost",
        "features: {storage: true}",
        "features.storage",
    ),
    Broken(
        "target_repeated", "model.yaml", "id: pue-130", "id: total-4", "targets.total-4.id", row=0
    ),
    Broken(
        "unknown_measure",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_nwe",
        "targets.pue-130.measure",
    ),
    Broken(
        "unknown_scope",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_new\n    scope: hub:GY",
        "targets.pue-130.scope",
        at="hub:GY",
    ),
    Broken(
        "unknown_scope",
        "model.yaml",
        "measure: pue_new",
        "measure: pue_new\n    scope: natoin",
        "targets.pue-130.scope",
        at="natoin",
    ),
    Broken(
        "target_kind",
        "model.yaml",
        "measure: pue_new",
        "measure: kind_share",
        "targets.pue-130.kind",
        row=0,
    ),
    Broken(
        "target_basis",
        "model.yaml",
        "measure: pue_new",
        "measure: gini\n    basis: money",
        "targets.pue-130.basis",
        at="basis: money",
    ),
    Broken("target_value", "model.yaml", "value: 1.3", "value: 0.3", "targets.pue-130.value"),
    Broken(
        "target_sense",
        "model.yaml",
        "measure: pue_new",
        "measure: ai_centres",
        "targets.pue-130.sense",
        at="at_most",
    ),
    Broken(
        "target_year",
        "model.yaml",
        "value: 1.3",
        "value: 1.3\n    year: 2030",
        "targets.pue-130.year",
        at="2030",
    ),
    Broken(
        "mixed_precision",
        "model.yaml",
        "unit: EFLOPS FP32",
        "unit: EFLOPS FP16",
        "targets.total-4.unit",
    ),
    Broken(
        "no_fp32",
        "kinds.csv",
        ",0.142857142857",
        ",",
        "targets.total-4.measure",
        at="compute_eflops_fp32",
        seen="model.yaml",
    ),
    Broken(
        "target_not_applicable",
        "model.yaml",
        "measure: pue_new",
        "measure: storage_eb",
        "targets.pue-130.measure",
        "warning",
    ),
    Broken(
        "model_not_found",
        "model.yaml",
        "layout: 1",
        "layout: 1\nextends: nowhere",
        "extends",
        at="nowhere",
    ),
    Broken(
        "data_not_found",
        "model.yaml",
        "layout: 1",
        "layout: 1\ndata: nowhere",
        "data",
        at="nowhere",
    ),
]


@pytest.mark.parametrize(
    "broken", [*CELLS, *TABLES, *SETTINGS], ids=lambda b: f"{b.code}-{b.file}-{b.column}"
)
def test_a_broken_input_is_named(tmp_path: Path, broken: Broken) -> None:
    folder = good(tmp_path / "m")
    replace(folder, broken.file, broken.old, broken.new)
    model, problems = examine(folder)
    found = [problem for problem in problems if problem.code == broken.code]
    assert found, [problem.sentence("en") for problem in problems]
    seen = broken.seen or broken.file
    if broken.row is None:
        expected = line_of(folder, seen, broken.at or broken.new.splitlines()[0])
    else:
        expected = broken.row
    places = [(one.severity, one.file, one.column) for one in found]
    assert (broken.severity, seen, broken.column) in places
    if expected:
        assert expected in [one.row for one in found]
    assert (model is None) == any(one.severity == "error" for one in problems)
    for problem in problems:
        _readable(problem)


def _readable(problem: Problem) -> None:
    """Four filled parts in both languages, no template left over."""
    for lang in LANGUAGES:
        record = problem.record(lang)
        assert all(record[part] for part in ("found", "expected", "fix"))
        sentence = problem.sentence(lang)
        assert problem.file in sentence
        assert "_en}" not in sentence and "None" not in sentence


def test_the_starting_point_is_good(tmp_path: Path) -> None:
    model, problems = examine(good(tmp_path / "m"))
    assert model is not None
    assert problems == []


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    for broken in (CELLS[2], TABLES[0], SETTINGS[0], SETTINGS[3]):
        replace(folder, broken.file, broken.old, broken.new)
    with pytest.raises(InputError) as raised:
        read_model(folder)
    codes = {problem.code for problem in raised.value.problems}
    assert {"unknown_column", "unknown_key", "key_choice"} <= codes
    assert raised.value.exit_code == 3
    assert "max_it_mw" in raised.value.message("zh")


@pytest.mark.parametrize(
    ("name", "code", "severity", "hint"),
    [
        ("site.csv", "unknown_file", "error", "sites.csv"),
        ("demand (1).csv", "unknown_file", "error", "demand.csv"),
        ("Zones.CSV", "unknown_file", "error", "zones.csv"),
        ("demand.xlsx", "file_not_read", "warning", "demand.csv"),
    ],
)
def test_suspicious_file_names(
    tmp_path: Path, name: str, code: str, severity: str, hint: str
) -> None:
    folder = good(tmp_path / "m")
    (folder / name).write_text("zone\n", "utf-8")
    _, problems = examine(folder)
    assert [(p.code, p.severity, p.file) for p in problems] == [(code, severity, name)]
    assert hint in problems[0].sentence("en")


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    (folder / "workloads.csv").unlink()
    _, problems = examine(folder)
    assert ("missing_table", "workloads.csv") in [(p.code, p.file) for p in problems]


def test_suggestions_are_made(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    replace(folder, "sites.csv", "max_it_mw", "max_it_mv")
    _, problems = examine(folder)
    assert "did you mean “max_it_mw”" in problems[0].sentence("en")
    assert "是否为“max_it_mw”" in problems[0].sentence("zh")


def test_unserved_demand_with_a_price_is_a_warning(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    replace(folder, "workloads.csv", "general,10,", "general,2,")
    model, problems = examine(folder, sets=["economy.unserved_penalty_mcny_per_eflops=1000"])
    assert model is not None
    assert {p.severity for p in problems if p.code == "unreachable"} == {"warning"}


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    _, problems = examine("natinal-2025")
    assert [(p.code, p.file) for p in problems] == [("model_not_found", "natinal-2025")]
    assert "national-2025" in problems[0].sentence("en")


def test_binary_and_empty_files(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    (folder / "power.csv").write_bytes("省,电\n".encode("utf-16"))
    (folder / "pue.csv").write_bytes(b"")
    (folder / "stock.csv").write_bytes(b"block\xff\xfe\xfd,\n")
    _, problems = examine(folder)
    found = {(p.code, p.file) for p in problems}
    assert {
        ("not_utf8", "power.csv"),
        ("empty_table", "pue.csv"),
        ("not_utf8", "stock.csv"),
    } <= found


ODD = (
    "targets: 5",
    "targets: [1, {id: [1]}]",
    "scenarios: {a: {set: 5, tables: {sites: [1]}}}",
    "scenarios: [a]",
    "extends: {a: b}",
    "data: []",
    "periods: {}",
    "title: [a]",
    "features: 5",
    "1: 2",
    "? [a]\n: b",
    "- a",
    "a: b: c",
    'title: "\\x07"',
    "base_year: 2025-02-31",
    "money_year: 99999999999999999999",
    "economy: {discount_rate: 1e999}",
    "x: " + "[" * 50,
)


def test_odd_settings_are_problems_never_crashes(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    for words in ODD:
        (folder / "model.yaml").write_text(f"layout: 1\n{words}\n", "utf-8")
        model, problems = examine(folder, sets=["targets.x.value=3", "title.en=x", "a.b.c=3"])
        assert model is None, words
        model, problems = examine(folder)
        assert model is None, words
        for problem in problems:
            assert problem.file == "model.yaml", words
            _readable(problem)
