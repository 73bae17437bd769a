"""How the program starts, what it speaks, and what it says of a wrong command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from layout.cli.language import chosen
from tests.cli.towns import Runner, command_line

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "pandas", "numpy", "scipy", "pyomo", "highspy", "folium", "pydantic", "yaml", "openpyxl",
    "distributed", "pyarrow", "matplotlib", "geopandas", "pyogrio", "shapely", "starlette",
    "uvicorn",
)  # fmt: skip
NOT_FOR_CHECKING = (
    "scipy", "pyomo", "highspy", "folium", "shapely", "openpyxl", "jinja2",
    "layout.algebra", "layout.formulation", "layout.solving", "layout.checking", "layout.report",
)  # fmt: skip
COMMANDS = (
    "solve", "status", "check", "targets", "verify", "redispatch", "map", "report", "data", "new",
    "evaluate", "compare", "growth", "alternatives", "tradeoff", "sweep", "uncertainty",
    "explain", "settle", "export", "suitability", "serve", "index",
)  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    """Help must be there at once: no command's libraries are loaded for it."""
    code = (
        "import sys\nfrom layout.cli.app import run\n"
        "for line in ([], ['--help'], ['solve', '--help'], ['data', '--help']): run(line)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stderr.strip() == "[]"


def imported(code: str, names: tuple[str, ...]) -> str:
    """Which of the modules a fresh interpreter has loaded after the code, as text of a list."""
    code += f"\nprint([name for name in {names!r} if name in sys.modules], file=sys.stderr)"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return found.stderr.splitlines()[-1]


def test_importing_the_package_imports_nothing_heavy() -> None:
    """A notebook's `import layout` is there at once; `layout.solve` loads when it is used."""
    assert imported("import layout; layout.__version__", (*HEAVY, "click")) == "[]"
    assert imported("import layout; layout.solve", ("layout.api",)) == "['layout.api']"


def test_checking_a_model_loads_neither_solver_nor_report() -> None:
    code = "from layout.cli.app import run\nrun(['check', 'national-2025'])"
    assert imported(code, NOT_FOR_CHECKING) == "[]"


@pytest.mark.parametrize("start", [["-m", "layout"], ["cli.py"]])
def test_every_entry_is_the_same_program(start: list[str]) -> None:
    found = subprocess.run(
        [sys.executable, *start, "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("layout ")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_names_every_command_in_both_languages(run: Runner, lang: str) -> None:
    page = run("--help", lang=lang)
    assert page.code == 0
    for command in COMMANDS:
        assert f"  {command} " in page.out
        own = run(command, "--help", lang=lang)
        assert own.code == 0
        assert ("用法" if lang == "zh" else "Usage") in own.out


def test_without_a_command_the_help_is_shown(run: Runner) -> None:
    assert run().out == run("--help").out
    assert run("data").out == run("data", "--help").out


@pytest.mark.parametrize(
    ("arguments", "environment", "lang"),
    [
        (["solve", "--lang", "zh"], {"LANG": "en_US.UTF-8"}, "zh"),
        (["--lang=en", "solve"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["--lang", "zh", "solve", "--lang", "en"], {}, "en"),
        (["solve"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["solve"], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (["solve"], {"LC_ALL": "", "LANG": "zh_TW"}, "zh"),
        (["solve"], {}, "en"),
        (["solve", "--", "--lang", "zh"], {}, "en"),
    ],
)
def test_the_language_is_the_option_else_the_locale(
    arguments: list[str], environment: dict[str, str], lang: str
) -> None:
    assert chosen(arguments, environment) == lang


def test_the_locale_decides_in_a_process_of_its_own() -> None:
    found = subprocess.run(
        command_line("map", "no-such-plan"),
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"},
        capture_output=True,
        encoding="utf-8",
    )
    assert found.returncode == 3
    assert "文件夹 no-such-plan 不存在" in found.stderr


@pytest.mark.parametrize(
    ("line", "en", "zh"),
    [
        (["nosuch"], "there is no such command; there are solve", "没有该命令"),
        (["solve", "--nosuch"], "there is no option --nosuch", "没有选项 --nosuch"),
        (["solve", "--gap", "-1"], "a number 0 – 1 is expected", "应为数值 0 – 1"),
        (["solve", "--threads", "0"], "a whole number ≥ 1 is expected", "应为整数 ≥ 1"),
        (["solve", "--time-limit", "-1"], "a number ≥ 0 is expected", "应为数值 ≥ 0"),
        (["solve", "--set"], "option --set needs a value", "选项 --set"),
        (["solve", "a", "b"], "an argument too many: b", "参数过多：b"),
        (["verify"], "PLAN is missing", "缺少 PLAN"),
        (["solve", "--lang", "fr"], "choose one of en, zh", "可选 en, zh"),
    ],
)
def test_wrong_usage_is_said_in_the_language_and_exits_2(
    run: Runner, line: list[str], en: str, zh: str
) -> None:
    for lang, words in (("en", en), ("zh", zh)):
        found = run(*line, lang=lang)
        assert (found.code, found.out) == (2, "")
        assert words in found.err
        assert "Traceback" not in found.err


def test_escapes_in_what_was_typed_do_not_reach_the_terminal(run: Runner) -> None:
    found = run("map", "\x1b[31mred\u202e")
    assert found.code == 3
    assert "\x1b" not in found.err
    assert "\u202e" not in found.err
