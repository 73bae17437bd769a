"""A workbook that a planner fills in: it reads as Excel and WPS save it, or says which cell."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from layout.errors import Problem
from layout.model import examine, read_model, write_workbook
from layout.model.excel import workbook_bytes
from layout.model.excel.package import put
from layout.model.headers import column_code
from layout.model.package import Refused, _check_directory
from layout.model.tables import TABLES
from tests.model.sample import good, replace


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The starter model as a workbook."""
    return workbook_bytes(read_model(good(tmp_path_factory.mktemp("base") / "m")))


@pytest.fixture
def path(book: bytes, tmp_path: Path) -> Path:
    """The same as a file of one's own."""
    (tmp_path / "w.xlsx").write_bytes(book)
    return tmp_path / "w.xlsx"


def cell(book: Any, sheet: str, row: int, column: str) -> Any:
    """The cell of a row under a heading."""
    heads = [head.value for head in book[sheet][1]]
    return book[sheet].cell(row, heads.index(column) + 1)


def edited(path: Path, *changes: tuple[str, int, str, Any]) -> Path:
    """The workbook with (sheet, row, column, value) typed into it."""
    book = openpyxl.load_workbook(path)
    for sheet, row, column, value in changes:
        cell(book, sheet, row, column).value = value
    book.save(path)
    return path


def patched(path: Path, *changes: tuple[str, str, str]) -> Path:
    """The workbook with (part, old XML, new XML) replaced once, as another program writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            words = old.read(name)
            for part, pattern, text in changes:
                if name == part:
                    words, count = re.subn(pattern.encode(), text.encode(), words, count=1)
                    assert count == 1, pattern
            new.writestr(name, words)
    path.write_bytes(out.getvalue())
    return path


def part_of(path: Path, sheet: str) -> str:
    """The part of the file that holds a sheet."""
    titles = openpyxl.load_workbook(path, read_only=True).sheetnames
    return f"xl/worksheets/sheet{titles.index(sheet) + 1}.xml"


def only(path: Path, code: str) -> Problem:
    """The one problem of that code; the workbook is refused with it."""
    model, problems = examine(path)
    found = [problem for problem in problems if problem.code == code]
    assert len(found) == 1, [problem.sentence("en") for problem in problems]
    assert (model is None) == (found[0].severity == "error")
    return found[0]


def test_the_national_model_comes_back_from_its_workbook(tmp_path: Path) -> None:
    model = read_model("national-2025")
    write_workbook(model, tmp_path / "w.xlsx")
    assert read_model(tmp_path / "w.xlsx") == model


def test_every_number_comes_back_to_the_last_digit(path: Path) -> None:
    model = read_model(path, sets=["demand.demand_eflops=*0.3333333333333333"])
    path.write_bytes(workbook_bytes(model))
    assert read_model(path)["demand"].equals(model["demand"])
    assert workbook_bytes(model) == path.read_bytes()


def test_the_sheets_guide_the_person_who_fills_them_in(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["说明 readme", "model", "targets"]
    assert not [c for sheet in book for row in sheet for c in row if c.data_type == "f"]
    assert book["demand"].freeze_panes == "D2"
    head = cell(book, "demand", 1, "demand_eflops")
    assert "EFLOPS" in head.number_format
    assert "需求" in head.number_format
    assert "EFLOPS" in head.comment.text and "必填" in head.comment.text
    rules = {
        str(rule.sqref): (rule.type, rule.formula1, rule.showErrorMessage)
        for rule in book["demand"].data_validations.dataValidation
    }
    lists = {words for _, words, _ in rules.values()}
    assert any("zones!$A$2" in words for words in lists)
    assert any("workloads!$A$2" in words for words in lists)
    tiers = book["sites"].data_validations.dataValidation
    assert '"hub,provincial,edge"' in {rule.formula1 for rule in tiers}
    targets = book["targets"].data_validations.dataValidation
    assert '"hard,soft,report"' in {rule.formula1 for rule in targets}
    for sheet in book:
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.formula1 or "") <= 255
            assert len(rule.error or "") <= 255


def test_targets_and_settings_are_edited_in_place(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for column, value in (("id", "carbon"), ("measure", "carbon_kt"), ("title_zh", "=碳")):
        cell(book, "targets", 4, column).value = value
    for column, value in (("sense", "at_most"), ("value", 9000.5)):
        cell(book, "targets", 4, column).value = value
    cell(book, "targets", 2, "value").value = "５"
    rows = {row[0].value: row[1] for row in book["model"]}
    rows["periods"].value, rows["title.en"].value = "2025， 2027", None
    rows["economy.unserved_penalty_mcny_per_eflops"].value = 7
    book.save(path)
    _, problems = examine(path)
    assert {problem.code for problem in problems} == {"formula", "period_without_demand"}
    rows["periods"].value = 2025
    book["targets"]["Q4"].value = "碳"
    book.save(path)
    settings = read_model(path).settings
    assert [target.id for target in settings.targets] == ["total-4", "pue-130", "carbon"]
    assert (settings.targets[0].value, settings.targets[2].value) == (5, 9000.5)
    assert settings.title.en == ""
    assert settings.economy.unserved_penalty_mcny_per_eflops == 7


def test_a_target_given_twice_is_named_on_its_row(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for name, value in (("measure", "pue_new"), ("sense", "at_most"), ("value", 1.2)):
        book["model"].append([f"targets.pue-130.{name}", value])
    book.save(path)
    assert only(path, "target_repeated").file.startswith("w.xlsx[")


def test_chinese_sheets_and_headings_are_read(path: Path) -> None:
    model = read_model(path)
    book = openpyxl.load_workbook(path)
    for name, title in (("sites", "候选站点"), ("demand", "需求 "), ("targets", "目标")):
        book[name].title = title
    book["model"].title = "模型"
    sheet = book["候选站点"]
    for head in sheet[1]:
        if head.value in TABLES["sites"].names:
            column = TABLES["sites"][head.value]
            head.value = f"{column.zh}\n（{column.unit}）*" if column.unit else f"{column.zh} *"
    book["需求 "]["E1"].value = "备注"
    book.save(path)
    again = read_model(path)
    for name in ("sites", "demand", "zones"):
        names = list(TABLES[name].names)
        assert again[name][names].equals(model[name][names])
    assert again.settings == model.settings
    book["候选站点"]["AD1"].value = "site"
    book.save(path)
    clash = only(path, "duplicate_column")
    assert (clash.row, clash.letter) == (1, "AD")


def test_a_title_above_the_header_is_skipped_with_a_warning(path: Path) -> None:
    model = read_model(path)
    book = openpyxl.load_workbook(path)
    book["demand"].insert_rows(1)
    book["demand"]["A1"] = "各省算力需求"
    book["demand"].merge_cells("A1:D1")
    book.save(path)
    again = read_model(path)
    assert again["demand"].equals(model["demand"])
    told = [problem for problem in again.problems if problem.code == "title_row"]
    assert [problem.row for problem in told] == [1]


def test_names_in_words_stand_for_one_column_each() -> None:
    for table in TABLES.values():
        named = {column_code(table.name, column.zh) for column in table}
        assert named == set(table.names), table.name
    assert column_code("sites", "Site *") == "site"
    assert column_code("demand", "demand_eflops\n需求 (EFLOPS)") == "demand_eflops"
    assert column_code("sites", "anything else") == "anything else"


def test_a_workbook_as_excel_saves_it(path: Path) -> None:
    """Formulas with values, empty formula results, text numbers, blanks, hidden and own sheets."""
    edited(
        path,
        ("demand", 2, "demand_eflops", " １．２ "),
        ("demand", 3, "demand_eflops", "0.6 "),
        ("sites", 2, "site", "GUANGZHOU "),
        ("facilities", 2, "large", "是"),
        ("workloads", 2, "latency_ms", "不限"),
    )
    book = openpyxl.load_workbook(path)
    book.create_sheet("备注 1").append(["=1/0", "anything"])
    book.create_sheet("WpsReserved_CellImgList").sheet_state = "veryHidden"
    book.create_sheet("Sheet1")
    book["power"].sheet_state = "hidden"
    book["pue"].column_dimensions["C"].hidden = True
    book.save(path)
    patched(
        path,
        (part_of(path, "demand"), '<dimension ref="[^"]*"', '<dimension ref="A1"'),
        (
            part_of(path, "demand"),
            '<c r="D4"([^>]*)><v>4</v></c>',
            r'<c r="D4"\1><f>2+2</f><v>4</v></c>',
        ),
        (
            part_of(path, "zones"),
            '<c r="L2"',
            '<c r="K2" t="str"><f>IF(1,"","")</f><v></v></c><c r="L2"',
        ),
    )
    model, problems = examine(path)
    assert model is not None, [problem.sentence("en") for problem in problems]
    assert sorted(p.code for p in problems) == ["full_width", "hidden_sheet"]
    assert list(model["demand"]["demand_eflops"])[:3] == [1.2, 0.6, 4.0]


WRONG = (
    ("demand", 2, "demand_eflops", "much", "not_a_number", "D"),
    ("demand", 3, "demand_eflops", "60%", "percent", "D"),
    ("demand", 4, "demand_eflops", date(2025, 3, 4), "date_for_number", "D"),
    ("demand", 5, "demand_eflops", "=1+1", "formula", "D"),
    ("demand", 6, "zone", "999999", "unmatched", "A"),
    ("stock", 3, "block", date(2025, 3, 4), "date_for_code", "A"),
    ("sites", 3, "name_zh", "#REF!", "cell_error", "C"),
    ("sites", 3, "tier", "hubb", "not_a_choice", "K"),
    ("targets", 3, "mode", "harsh", "key_choice", "J"),
    ("model", 9, "value", "#REF!", "cell_error", "B"),
)


def test_a_wrong_cell_is_named_by_sheet_row_and_letter(path: Path) -> None:
    _, problems = examine(edited(path, *(row[:4] for row in WRONG)))
    places = {(p.code, p.sheet, p.row): p for p in problems}
    for sheet, row, column, _, code, letter in WRONG:
        found = places[code, sheet, row]
        assert found.letter == letter
        assert sheet in ("targets", "model") or found.column == column
        where = f"w.xlsx，工作表 {sheet}，第 {row} 行，{letter} 列 {found.column}："
        assert found.sentence("zh").startswith(where)
        assert f"sheet {sheet}, row {row}, column {letter} (" in found.sentence("en")
        assert found.record("en")["letter"] == letter


def test_merged_cells_and_two_sheets_for_one_table_are_refused(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["demand"].merge_cells("A2:A4")
    book["zones"].merge_cells("P9:Q12")  # beside the table: nobody's business
    book.create_sheet("需求").append(["zone"])
    book.save(path)
    problem = only(path, "merged_cells")
    assert (problem.row, problem.letter) == (2, "A")
    assert "A2:A4" in problem.sentence("zh")
    assert "需求" in only(path, "repeated_sheet").sentence("en")


def test_another_spreadsheet_format_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert "xlsx" in only(tmp_path / "model.xls", "workbook_format").sentence("zh")


def test_a_csv_table_may_be_headed_in_chinese(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    plain = read_model(folder)["demand"]
    replace(folder, "demand.csv", "zone,workload,year,", "需求区,业务类型,年份,")
    assert read_model(folder)["demand"].equals(plain)


def test_nothing_is_written_as_nothing() -> None:
    """An empty text would count as filled in: COUNTA of Excel counts it."""
    sheet = openpyxl.Workbook().active
    for row, value in enumerate(("", None, float("nan")), start=1):
        put(sheet.cell(row, 1), value)
        assert sheet.cell(row, 1).value is None and sheet.cell(row, 1).data_type == "n"


def test_rows_that_are_examples_stand_out(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    file = folder / "groups.csv"
    file.write_text("group,kind,member,note\na,site,GUIAN,own\nb,site,GUIAN,Example: change\n")
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_bytes(read_model(folder))))["groups"]
    filled = [row[0].row for row in sheet.iter_rows(min_row=2, max_row=4) if row[0].font.italic]
    assert filled == [3]


@pytest.mark.parametrize(("size", "refused"), [(10_000, False), (2**31, True)])
def test_the_size_of_a_long_list_of_parts_stands_elsewhere(size: int, refused: bool) -> None:
    """An archive beyond 4 GB or 65,535 parts has it in a record of its own before the end."""
    record = b"PK\x06\x06" + bytes(36) + size.to_bytes(8, "little") + bytes(8)
    locator = b"PK\x06\x07" + bytes(16)
    end = b"PK\x05\x06" + bytes(8) + b"\xff" * 4 + bytes(6)
    if refused:
        with pytest.raises(Refused):
            _check_directory(record + locator + end)
    else:
        _check_directory(record + locator + end)
