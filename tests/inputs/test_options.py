"""Every option of every command with a wrong value: exit 2, in words, before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from layout.cli.app import app
from layout.errors import EXIT_INPUT, EXIT_USAGE
from layout.labels import LANGUAGES
from tests.cli.towns import Runner
from tests.inputs.asking import files_under
from tests.inputs.broken import STARTER, good_model

NUMBERS = ("many", "", "nan", "1e999", "5%")
"""What is no number, or none that an option could mean; the model keys refuse them too."""


def commands(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that call it."""
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))
    else:
        yield path, group


def wrong_values(kind: click.ParamType) -> list[str]:
    """Values that an option of this type must not take."""
    if isinstance(kind, click.Choice):
        return ["", "other", "ALL"]
    if isinstance(kind, click.IntRange):
        ends = [] if kind.min is None else [str(kind.min - 1)]
        return [*NUMBERS, "2.5", *ends, *([] if kind.max is None else [str(kind.max + 1)])]
    if isinstance(kind, click.FloatRange):
        ends = [] if kind.min is None else [str(kind.min - 0.1)]
        ends += [str(kind.min)] if kind.min_open else []
        return [*NUMBERS, *ends, *([] if kind.max is None else [str(kind.max + 0.1)])]
    if isinstance(kind, click.types.IntParamType):
        return ["many", "", "2.5", "nan"]
    return ["many", "", "5%"] if isinstance(kind, click.types.FloatParamType) else []


def asked() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Command, option, wrong value: of every option that has a type."""
    for path, command in commands(app("en")):
        for option in command.params:
            if isinstance(option, click.Option):
                name = max(option.opts, key=len)
                yield from ((path, name, value) for value in wrong_values(option.type))


ASKED = list(asked())


def test_there_are_options_to_try() -> None:
    assert len(ASKED) > 200
    assert {path[0] for path, _, _ in ASKED} >= {"solve", "sweep", "uncertainty", "export", "new"}


@pytest.mark.parametrize("path", sorted({path for path, _, _ in ASKED}), ids=" ".join)
def test_a_wrong_value_of_an_option_is_wrong_usage(
    path: tuple[str, ...], run: Runner, tmp_path: Path
) -> None:
    before = files_under(tmp_path)
    own = [(name, value) for command, name, value in ASKED if command == path]
    for number, (name, value) in enumerate(own):
        if name == "--lang":
            continue
        lang = LANGUAGES[number % 2]
        answer = run(*path, f"{name}={value}", lang=lang)
        said = f"{path} {name}={value}: {answer.err}"
        assert (answer.code, answer.out) == (EXIT_USAGE, ""), said
        assert name in answer.err, said
        assert "Traceback" not in answer.err
        words = answer.err.splitlines()[0]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words) == (lang == "zh"), said
        assert "is not" not in words or lang == "en", said
    assert files_under(tmp_path) == before


LINES = (
    (("solve", "--gpa", "0.1"), EXIT_USAGE, "--gap"),
    (("solve", "a", "b"), EXIT_USAGE, "b"),
    (("check",), EXIT_USAGE, "MODEL"),
    (("chekc", "m"), EXIT_USAGE, "check"),
    (("solve", "--gap"), EXIT_USAGE, "--gap"),
    (("sweep", "MODEL"), EXIT_USAGE, "--vary"),
    (("export", "plan"), EXIT_USAGE, "--to"),
    (("solve", "MODEL", "--focus", "province:9"), EXIT_INPUT, "province:9"),
    (("solve", "MODEL", "-o", "MODEL/model.yaml"), EXIT_INPUT, "model.yaml"),
    (("solve", "MODEL", "-o", "MODEL/model.yaml/plan"), EXIT_INPUT, "model.yaml"),
    (("solve", "MODEL", "--log-file", "no/such/folder.log"), EXIT_INPUT, "no/such"),
    (("solve", "natinal-2025"), EXIT_INPUT, "national-2025"),
    (("solve", "gone.xlsx"), EXIT_INPUT, "gone.xlsx"),
    (("solve", ""), EXIT_INPUT, "national-2025"),
    (("solve", "MODEL", "--scenario", ""), EXIT_INPUT, "high-ai"),
    (("new", "MODEL"), EXIT_INPUT, "m"),
    (("new", "other", "--from", "gone"), EXIT_INPUT, "gone"),
    (("new", "other", "--scope", "province:520000"), EXIT_USAGE, "--from"),
    (("new", "other", "--from", "gone", "--scope", "province:520000"), EXIT_INPUT, "gone"),
    (("data", "show", "nothing"), EXIT_INPUT, "nothing"),
    (("verify", "gone"), EXIT_INPUT, "gone"),
    (("map", "MODEL"), EXIT_INPUT, "plan.json"),
    (("tradeoff", "MODEL", "--objectives", "cost,price"), EXIT_USAGE, "cost"),
)
"""Command lines that cannot be meant, with a word of the answer."""


@pytest.mark.parametrize(("line", "code", "word"), LINES, ids=lambda part: str(part)[:50])
def test_a_command_line_that_cannot_be_meant_is_refused(
    line: tuple[str, ...], code: int, word: str, run: Runner, tmp_path: Path
) -> None:
    model = good_model(STARTER, tmp_path / "m")
    before = files_under(tmp_path)
    for lang in LANGUAGES:
        answer = run(*(part.replace("MODEL", str(model)) for part in line), lang=lang)
        assert answer.code == code, answer.err
        assert word in answer.err
        assert "Traceback" not in answer.err
        assert answer.out == ""
    assert files_under(tmp_path) == before


def test_a_folder_that_hides_a_shipped_model_is_told_of(run: Runner, tmp_path: Path) -> None:
    good_model(STARTER, tmp_path / "here" / "hub-guizhou")
    answer = run("check", "hub-guizhou", "--json")
    assert answer.code == 0
    assert '"hidden_folder"' in answer.out
    assert "./hub-guizhou" in answer.out
