"""Sweeps of the benchmarks: both ways agree, or the run stops; tables say what was found."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import resolve, studies, timing
from benchmarks.options import BenchmarkError, Options
from layout.solving.highs import Outcome


def _here(function: str, *arguments: Any) -> Any:
    """In this process: what is measured is not the point."""
    module, name = function.split(":")
    return getattr({"benchmarks.resolve": resolve, "benchmarks.studies": studies}[module], name)(
        *arguments
    )


def test_a_sweep_is_measured_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "SWEEPS", {"carbon price": [{"carbon_price_cny_per_t": 90}]})
    monkeypatch.setattr(timing, "fresh", _here)
    result = resolve.run(Options(size="S"))
    sweep = result["sizes"]["S"]["sweeps"]["carbon price"]
    assert sweep["questions"] == 1
    assert sweep["ratio"] == pytest.approx(sweep["fresh_cpu_s"] / sweep["update_cpu_s"])
    assert "| S, carbon price |" in resolve.table(result)


def test_a_study_is_measured_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "STUDIES", {"target": [{"targets": {"total-300": 320}}]})
    monkeypatch.setattr(studies, "GAPS", {"0.1%": {}})
    monkeypatch.setattr(timing, "fresh", _here)
    result = studies.run(Options())
    study = result["gaps"]["0.1%"]["target"]
    assert study["questions"] == 1
    assert abs(study["dearer_mean"]) <= 0.001
    assert "| target, gap 0.1% |" in studies.table(result)


def test_answers_that_differ_stop_the_run() -> None:
    with pytest.raises(BenchmarkError, match="by update"):
        resolve._agree("target", {}, 100.0, 100.0 * (1 + 1e-8))
    resolve._agree("target", {}, 100.0, 100.0 * (1 + 1e-10))
    proved = Outcome("optimal", "gap", None, 100.0, 99.0, 0.01, 0.01)
    cheaper = Outcome("optimal", "gap", None, 98.0, 97.0, 0.01, 0.01)
    with pytest.raises(BenchmarkError, match="wrong bounds"):
        studies._agree("target", {}, cheaper, proved)
    studies._agree("target", {}, proved, proved)
