"""Many defects in one model: every one of them is in the first report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.towns import Runner
from tests.inputs.asking import ask, check_refused, files_under
from tests.inputs.broken import STARTER, Broken, base_files, good_model
from tests.inputs.corpus import CORPUS

HIDING = (
    "yaml_",
    "duplicate_key",
    "csv_syntax",
    "delimiter",
    "empty_table",
    "unknown_key",
    "missing_key",
    "model_newer",
)
"""What leaves nothing of its file, table or block to be checked any further."""
COMPUTED = ("stock_above", "unreachable", "target_", "unknown_scope", "unknown_measure", "mixed")
"""What is only worked out on tables and targets that are sound by themselves."""


def apart() -> list[Broken]:
    """Errors of the starter that leave the others alone: each on a line of its own, rows kept."""
    found = [one for one in CORPUS if one.code == "unknown_file"]
    taken: set[tuple[str, str]] = set()
    for one in CORPUS:
        words = base_files(STARTER).get(one.file, "")
        line = next((line for line in words.splitlines() if one.old and one.old in line), None)
        fits = one.severity == "error" and one.base == STARTER and one.seen is None
        fits = fits and not (one.also or one.options or one.row or one.at)
        fits = fits and "\n" not in one.old + one.new and (one.file, line) not in taken
        if fits and line is not None and not one.code.startswith((*HIDING, *COMPUTED)):
            taken.add((one.file, line))
            found.append(one)
    return found


@pytest.mark.parametrize(("command", "lang"), [("check", "zh"), ("solve", "en")])
def test_every_defect_of_a_model_is_reported_at_once(
    command: str, lang: str, run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No first error hides a second one; `solve` names as many as `check`."""
    defects = apart()
    assert len(defects) >= 30
    folder = good_model(STARTER, tmp_path / "m")
    wanted = []
    for one in defects:
        path = folder / one.file
        if not path.exists():
            path.write_text(one.new, "utf-8")
            wanted.append((one.code, one.file, None, one.column))
            continue
        lines = path.read_text("utf-8").splitlines()
        row = next(number for number, line in enumerate(lines) if one.old in line)
        lines[row] = lines[row].replace(one.old, one.new, 1)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        wanted.append((one.code, one.file, row + 1, one.column))
    before = files_under(tmp_path)
    more = ["-o", tmp_path / "plan"] if command == "solve" else []
    found = ask(run, monkeypatch, command, folder, *more, lang=lang)
    check_refused(found, lang)
    assert files_under(tmp_path) == before
    places = [(one.code, one.file, one.row, one.column) for one in found.problems]
    assert [place for place in wanted if place not in places] == []
