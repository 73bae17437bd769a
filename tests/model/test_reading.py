"""The same model reads the same however it is written; what lies over it changes only itself."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from layout.errors import FileProblem, InputError
from layout.labels import LANGUAGES
from layout.model import (
    TABLES,
    PlanningModel,
    examine,
    read_model,
    starter,
    write_model,
    write_workbook,
)
from layout.model.starter import TABLES as STARTER
from tests.model.sample import good, replace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return good(tmp_path / "m")


def child(folder: Path, settings: str, **tables: str) -> Path:
    """A model beside `folder` that extends it."""
    path = folder.parent / "child"
    path.mkdir()
    (path / "model.yaml").write_text(f"layout: 1\nextends: ../m\n{settings}", "utf-8")
    for name, words in tables.items():
        (path / f"{name}.csv").write_text(words, "utf-8")
    return path


def codes(source: Path, **options: list[str]) -> list[tuple[str, str]]:
    _, problems = examine(source, **options)
    return [(problem.code, problem.file) for problem in problems]


def test_every_declared_column_has_words_in_both_languages() -> None:
    for table in TABLES.values():
        assert table.en and table.zh
        for column in table:
            assert all(column.description(lang) for lang in LANGUAGES)
            assert column.en and column.zh


def test_every_table_is_there_typed_and_sorted(folder: Path) -> None:
    model = read_model(folder)
    assert set(model.tables) == set(TABLES)
    for name, table in TABLES.items():
        frame = model[name]
        assert set(table.names) <= set(frame.columns)
        for column in table:
            kind = {"number": "f", "year": "i", "boolean": "b"}.get(column.type, "O")
            assert frame[column.name].dtype.kind == kind or column.textual
        key = frame[list(table.key)]
        assert key.equals(key.sort_values(list(table.key)).reset_index(drop=True))
    assert model["zones"].columns[-1] == "note"
    workloads = model["workloads"].set_index("workload")
    assert workloads.at["online", "latency_ms"] == 10
    assert math.isinf(workloads.at["batch", "latency_ms"])
    assert math.isnan(model["facilities"].set_index("facility").at["older-air", "module_it_mw"])
    assert model["workloads"]["split"].all()


def test_inputs_are_named_without_a_path(folder: Path) -> None:
    model = read_model(folder)
    assert set(model.inputs) == {"model.yaml", *(f"{name}.csv" for name in STARTER)}
    assert all(len(digest) == 64 for digest in model.inputs.values())


def test_mark_encoding_order_and_blank_lines_do_not_matter(folder: Path, tmp_path: Path) -> None:
    model = read_model(folder)
    for encoding in ("utf-8-sig", "gb18030"):
        other = good(tmp_path / encoding)
        frame = pd.read_csv(other / "sites.csv", dtype=str, keep_default_na=False)
        frame = frame[frame.columns[::-1]].iloc[::-1]
        words = frame.to_csv(index=False).replace("\n", "\r\n") + "\r\n,,\r\n\r\n"
        words = words.replace("\r\n,,\r\n", "\r\n" + "," * (len(frame.columns) - 1) + "\r\n")
        (other / "sites.csv").write_bytes(words.encode(encoding))
        again = read_model(other)
        assert again["sites"][model["sites"].columns].equals(model["sites"])
        assert [p.code for p in again.problems] == (["gb18030"] if encoding == "gb18030" else [])


def test_written_models_read_back(folder: Path, tmp_path: Path) -> None:
    model = read_model(folder)
    write_model(model, tmp_path / "w")
    assert read_model(tmp_path / "w") == model
    write_workbook(model, tmp_path / "w.xlsx")
    assert read_model(tmp_path / "w.xlsx") == model
    with pytest.raises(FileProblem):
        write_workbook(model, tmp_path / "w.xlsx")


def test_the_national_model_reads_back(tmp_path: Path) -> None:
    model = read_model("national-2025")
    write_model(model, tmp_path / "w")
    assert "extends" not in (tmp_path / "w" / "model.yaml").read_text("utf-8")
    again = read_model(tmp_path / "w")
    assert again == model
    assert not set(again.inputs) & {name for name in model.inputs if name.startswith("data/")}


def test_text_like_a_formula_stays_text(folder: Path, tmp_path: Path) -> None:
    replace(folder, "sites.csv", "Guangzhou", '"=1+1"')
    replace(folder, "sites.csv", "Gui'an", '"@SUM(A1)"')
    model = read_model(folder)
    write_workbook(model, tmp_path / "w.xlsx")
    again = read_model(tmp_path / "w.xlsx")
    assert list(again["sites"]["name_en"]) == ["=1+1", "@SUM(A1)"]
    import openpyxl

    cells = [c for row in openpyxl.load_workbook(tmp_path / "w.xlsx")["sites"] for c in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_workbook_names_sheet_row_and_column(folder: Path, tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "w.xlsx"
    write_workbook(read_model(folder), path)
    book = openpyxl.load_workbook(path)
    sites = book["sites"]
    column = [cell.value for cell in sites[1]].index("max_it_mw") + 1
    sites.cell(3, column).value = "=2*300"
    sites.cell(2, column).value = "x"
    book["model"].append(["economy.discont_rate", 0.1])
    book.create_sheet("site")
    book.save(path)
    _, problems = examine(path)
    found = {(p.code, p.file, p.row, p.column) for p in problems}
    assert ("formula", "w.xlsx[sites]", 3, "max_it_mw") in found
    assert ("not_a_number", "w.xlsx[sites]", 2, "max_it_mw") in found
    assert ("unknown_sheet", "w.xlsx[site]", None, None) in found
    assert any(p.code == "unknown_key" and p.file == "w.xlsx[model]" and p.row for p in problems)


def test_a_file_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "w.xlsx").write_bytes(b"PK nonsense")
    assert ("not_a_workbook", "w.xlsx") in codes(tmp_path / "w.xlsx")


def test_child_settings_and_rows_lie_over_the_parent(folder: Path) -> None:
    path = child(
        folder,
        "economy: {discount_rate: 0.05}\n"
        "targets:\n  - {id: pue-130, measure: pue_new, sense: at_most, value: 1.25}\n"
        "  - {id: extra, measure: energy_gwh, sense: at_most, value: 9000}\n",
        demand="zone,workload,year,demand_eflops\n440000,training,2025,5\n",
    )
    parent, model = read_model(folder), read_model(path)
    assert model.settings.economy.discount_rate == 0.05
    assert model.settings.economy.transport_mcny_per_gbps_1000km_year == 0.36
    assert [t.id for t in model.settings.targets] == ["total-4", "pue-130", "extra"]
    assert model.settings.targets[1].value == 1.25
    key = ["zone", "workload", "year"]
    old = parent["demand"].set_index(key)["demand_eflops"]
    new = model["demand"].set_index(key)["demand_eflops"]
    assert new["440000", "training", 2025] == 5
    assert new.drop(("440000", "training", 2025)).equals(old.drop(("440000", "training", 2025)))
    assert "m/sites.csv" in model.inputs


def test_an_empty_list_of_targets_clears(folder: Path) -> None:
    assert read_model(child(folder, "targets: []\n")).settings.targets == []


def test_a_child_row_that_loses_values_is_told(folder: Path) -> None:
    path = child(folder, "", sites="site,lat,lon\nGUIAN,26.39,106.6\n")
    model = read_model(path)
    assert "columns_reset" in [problem.code for problem in model.problems]
    assert math.isinf(model["sites"].set_index("site").at["GUIAN", "max_it_mw"])


def test_a_circle_of_models(folder: Path) -> None:
    child(folder, "")
    replace(folder, "model.yaml", "layout: 1", "layout: 1\nextends: ../child")
    assert ("extends_cycle", "child/model.yaml") in codes(folder)


def test_data_fill_in_the_tables_a_model_lacks(folder: Path) -> None:
    data = folder.parent / "data"
    data.mkdir()
    for name in ("zones", "demand"):
        (folder / f"{name}.csv").rename(data / f"{name}.csv")
    (data / "sites.csv").write_text("not read", "utf-8")
    replace(folder, "model.yaml", "layout: 1", "layout: 1\ndata: ../data")
    model = read_model(folder)
    assert len(model["demand"]) == 6
    assert "data/data/zones.csv" in model.inputs


def test_settings_that_cannot_be_read_do_not_make_tables_missing(folder: Path) -> None:
    """What they would have named may have the tables."""
    (folder / "demand.csv").unlink()
    assert codes(folder) == [("missing_table", "demand.csv")]
    replace(folder, "model.yaml", "layout: 1", "layout: [1\ndata: ../data")
    assert codes(folder) == [("yaml_syntax", "model.yaml")]


def test_scenarios_combine_in_order(folder: Path) -> None:
    (folder / "cold.csv").write_text("climate_zone,facility,pue\nmild,older-air,1.4\n", "utf-8")
    replace(
        folder,
        "model.yaml",
        "scenarios: ",
        "scenarios:\n  cheap: {economy: {carbon_price_cny_per_t: 0}}\n"
        "  cold: {tables: {pue: cold.csv}, economy: {carbon_price_cny_per_t: 5}}\n#",
    )
    model = read_model(folder, scenarios=["cheap", "cold", "high-ai"])
    assert model.settings.economy.carbon_price_cny_per_t == 5
    assert (
        model["pue"].set_index(["climate_zone", "facility"]).at[("mild", "older-air"), "pue"] == 1.4
    )
    training = model["demand"]["workload"] == "training"
    assert list(model["demand"]["demand_eflops"][training]) == [6.0, 0.75]
    assert ("unknown_scenario", "--scenario hot") in codes(folder, scenarios=["hot"])


def test_mistakes_inside_unused_scenarios_are_found(folder: Path) -> None:
    replace(folder, "model.yaml", "scenarios: ", "scenarios:\n  bad: {economy: {tax: 1}}\n#")
    _, problems = examine(folder)
    assert [p.column for p in problems] == ["scenarios.bad.economy.tax"]


def test_a_scenario_cannot_change_where_the_model_comes_from(folder: Path) -> None:
    replace(folder, "model.yaml", "scenarios: ", "scenarios:\n  bad: {data: national}\n#")
    _, problems = examine(folder, scenarios=["bad"])
    assert [(p.code, p.column) for p in problems] == [("unknown_key", "scenarios.bad.data")]


@pytest.mark.parametrize(
    ("path", "table", "row", "column", "value"),
    [
        ("sites[site=GUIAN].max_it_mw=500", "sites", 1, "max_it_mw", 500.0),
        ("sites[province=520000,tier=hub].max_it_mw=500", "sites", 1, "max_it_mw", 500.0),
        ("renewables[province=520000].potential_mw=*0.5", "renewables", 1, "potential_mw", 150.0),
        ("facilities[facility=older-air].kinds=general", "facilities", 1, "kinds", "general"),
        ("demand.demand_eflops=*2", "demand", 0, "demand_eflops", 1.2),
        ("workloads[workload=online].split=false", "workloads", 1, "split", False),
    ],
)
def test_cells_can_be_set(
    folder: Path, path: str, table: str, row: int, column: str, value: object
) -> None:
    model = read_model(folder, sets=[path])
    assert model[table][column].iloc[row] == value


def test_settings_can_be_set(folder: Path) -> None:
    paths = [
        "economy.carbon_price_cny_per_t=100",
        "economy.discount_rate=*2",
        "targets.total-4.value=3.5",
        "targets.total-4.title.en=Total",
        "features.renewables=false",
        "objective=[cost, carbon]",
        "economy.certificate_cap_gwh=null",
    ]
    settings = read_model(folder, sets=paths).settings
    assert settings.economy.carbon_price_cny_per_t == 100
    assert settings.economy.discount_rate == 0.14
    assert (settings.targets[0].value, settings.targets[0].title.en) == (3.5, "Total")
    assert (settings.features.renewables, settings.objective) == (False, ["cost", "carbon"])
    assert read_model(folder, sets=["targets=[]"]).settings.targets == []


def test_a_target_that_is_not_there_is_told_its_likeliest_name(folder: Path) -> None:
    name = examine(folder)[0].settings.targets[0].id  # type: ignore[union-attr]
    _, problems = examine(folder, sets=[f"targets.{name}x.value=1"])
    assert [f"“{name}”" in one.sentence("en") for one in problems] == [True]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("economy.discount_rate", "set_syntax"),
        ("economy.discont_rate=1", "unknown_key"),
        ("economy.discount_rate=much", "key_type"),
        ("targets.total-5.value=1", "set_target"),
        ("sits[site=GUIAN].max_it_mw=1", "set_table"),
        ("sites[site=GUINA].max_it_mw=1", "set_no_row"),
        ("sites[code=GUIAN].max_it_mw=1", "unknown_column"),
        ("sites[site=GUIAN].max_mw=1", "unknown_column"),
        ("sites[site=GUIAN].site=G", "set_key"),
        ("sites[site=GUIAN].max_it_mw=-1", "impossible"),
        ("sites[site=GUIAN].max_it_mw=many", "not_a_number"),
        ("sites[site=GUIAN].max_it_mw=10", "stock_above_limit"),
        ("sites[site=GUIAN].zone=nowhere", "unmatched"),
        ("sites.land_ha=*2", "set_scale_empty"),
        ("sites.tier=*2", "set_scale"),
        ("sites.max_it_mw=*x", "set_factor"),
        ("features.balance=true", "balance_idle"),
    ],
)
def test_mistakes_in_set_point_at_its_text(folder: Path, path: str, code: str) -> None:
    _, problems = examine(folder, sets=[path])
    assert (code, f"--set {path}") in [(problem.code, problem.file) for problem in problems]
    for problem in problems:
        for lang in LANGUAGES:
            assert path.split("=")[0].split(".")[0][:4] in problem.sentence(lang)


def test_the_starter_solves_and_refuses_a_folder_that_exists(tmp_path: Path) -> None:
    starter(tmp_path / "new")
    model = read_model(tmp_path / "new")
    assert isinstance(model, PlanningModel) and model.problems == ()
    with pytest.raises(FileProblem) as raised:
        starter(tmp_path / "new")
    assert raised.value.exit_code == 3


def test_a_broken_model_raises_with_exit_code_3(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_model(tmp_path / "nothing")
    assert raised.value.exit_code == 3


def test_yaml_aliases_read_as_what_they_stand_for(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    replace(folder, "model.yaml", "base_year: 2023", "base_year: &year 2023")
    replace(folder, "model.yaml", "money_year: 2025", "money_year: *year")
    assert read_model(folder).settings.money_year == 2023
