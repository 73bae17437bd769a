"""Marking a text that a spreadsheet would run, and taking the mark away again."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.formulas import SIGNS, guarded, unguarded
from layout.plan.files import NUMBER, TEXT, Column, PlanFile
from layout.plan.folder import read_table
from layout.plan.text import csv_text

TRICKY = st.text(st.sampled_from("'=+-@＝＋－＠ \t\r\n\ufeff\x00\u3000a1.e\"|,;"), max_size=8)
TABLE = PlanFile("rows", ("order",), (Column("order", NUMBER), Column("words", TEXT)))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(TRICKY | st.text(max_size=12))
def test_reading_gives_back_what_was_written(text: str) -> None:
    assert unguarded(guarded(text)) == text
    begun = guarded(text).lstrip("\ufeff").strip("\x00").lstrip()
    if begun.startswith(SIGNS):
        float(guarded(text))  # a number is no formula


@pytest.mark.parametrize("text", ["=1+1", " =1", "\t@x", "＝1", "-", "-1+1", "+a", "\r\n=x", "'=x"])
def test_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "-5", "+0.5e-3", "'a'", "贵州", "1-2", "(-1)"])
def test_other_text_stays(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.lists(TRICKY.filter(lambda one: "\0" not in one), min_size=1, max_size=5))
def test_a_table_of_a_plan_or_study_comes_back(tmp_path_factory, texts: list[str]) -> None:
    """Through the file: line ends inside cells, quotes and marks and all."""
    frame = pd.DataFrame({"order": range(len(texts)), "words": texts}).astype({"order": float})
    words = csv_text(TABLE, frame)
    cells = [cell for row in csv.reader(io.StringIO(words, newline="")) for cell in row]
    begun = [cell.lstrip("\ufeff\x00").lstrip() for cell in cells]
    assert all(float(one) == float(one) for one in begun if one.startswith(SIGNS))
    file = tmp_path_factory.mktemp("rows") / "rows.csv"
    file.write_bytes(words.encode("utf-8"))
    problems: list = []
    found = read_table(file, TABLE, problems)
    assert problems == []
    assert list(found["words"]) == [one.replace("\r\n", "\n").replace("\r", "\n") for one in texts]
