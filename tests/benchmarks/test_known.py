"""The table of known answers, on the instances that take no time."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import known
from benchmarks.instances import manifest
from benchmarks.options import BenchmarkError, Options

stored = pytest.mark.skipif(
    not (manifest.FOLDER / "manifest.csv").is_file(),
    reason=f"no benchmark instances in {manifest.FOLDER} (set LAYOUT_BENCHMARKS)",
)


@pytest.mark.deep
@stored
def test_a_row_for_each_question() -> None:
    result = known.run(Options(only=r"^(cap41|pmed5, p-center)", time_limit_s=20.0))
    found = result["summary"]
    assert (found["instances"], found["yes"], found["open"], found["NO"]) == (2, 2, 0, 0)
    for each in result["instances"]:
        assert each["layout"]["verified"]
        assert each["layout"]["cpu_s"] > 0
        assert each["bare"]["status"] == "optimal"
    text = known.table(result)
    assert "| cap41, split | 1040444.375 | 1040444.375 |" in text
    assert "48 can be kept, 47 cannot" in text


@stored
def test_a_pattern_without_an_instance_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="no instance whose name matches 'cap999'"):
        known.run(Options(only="cap999"))


def test_without_a_folder_it_says_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(known, "FOLDER", tmp_path)
    with pytest.raises(BenchmarkError, match="LAYOUT_BENCHMARKS"):
        known.run(Options())


def test_an_unproved_answer_shows_the_gaps_of_both() -> None:
    ours = {
        "status": "limit", "value": 100.0, "bound": 99.0, "cpu_s": 40.0, "linking": "strong",
    }  # fmt: skip
    bare = {"status": "limit", "value": None, "bound": 90.0, "cpu_s": 40.0}
    row = {
        "label": "hard", "published": 99.5, "answer": "open", "layout": ours, "bare": bare,
        "ratio": 1.0,
    }  # fmt: skip
    result = {
        "instances": [row],
        "summary": known.summary([row]),
        "cpu_limit_s": 40.0,
        "versions": {"python": "3", "layout": "0", "machine": "m", "load_average": "1"},
    }
    text = known.table(result)
    assert "| hard | 99.5 | 100 | 1.000% | no plan | strong | 40.0 | 40.0 |" in text
