"""No input starts a program: YAML, workbooks, Parquet, templates, pickles, commands of a shell."""

from __future__ import annotations

import ast
import base64
import io
import json
import pickle
import sys
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import layout
from layout.errors import InputError, LayoutError
from tests.cli.towns import towns

ROOT = Path(layout.__file__).parent
MARK = "the attack ran"
RAN: list[str] = []


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """Every import and every call of the program, with its file."""
    kept = ast.Import | ast.ImportFrom | ast.Call
    return [
        (file, node)
        for file in sorted(ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, kept)
    ]


class Attack:
    """What does something when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return RAN.append, (MARK,)


@pytest.fixture(autouse=True)
def nothing_ran() -> Any:
    RAN.clear()
    yield
    assert RAN == []


@pytest.mark.parametrize(
    "words",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/object/new:tests.security.test_code.RAN.append ['x']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!<tag:yaml.org,2002:python/object/apply:os.system> ['true']",
        "!!python/tuple [1, 2]",
        "!!binary aGVsbG8=",
    ],
)
def test_a_tag_in_yaml_makes_no_object(tmp_path: Path, words: str) -> None:
    model = towns(tmp_path / "m")
    text = (model / "model.yaml").read_text("utf-8")
    (model / "model.yaml").write_text(f"{text}\nmoney_year: {words}\n", "utf-8")
    with pytest.raises(InputError) as refused:
        layout.read(model)
    assert "yaml_tag" in {problem.code for problem in refused.value.problems}


@pytest.mark.parametrize("value", ["__import__('os').system('true')", "{{7*7}}", "${x}", "`id`"])
def test_a_value_is_never_worked_out(tmp_path: Path, value: str) -> None:
    """On the command line, in a cell of a table, in the settings."""
    model = towns(tmp_path / "m")
    for path in ("economy.discount_rate", f"power[province={value}].price_cny_per_kwh"):
        with pytest.raises(InputError):
            layout.read(model, sets=[f"{path}={value}"])


def test_a_formula_of_a_workbook_is_never_worked_out(tmp_path: Path) -> None:
    """Neither one that calls a program nor plain arithmetic that nobody has computed."""
    from layout.model import write_workbook

    write_workbook(layout.read(towns(tmp_path / "m")), tmp_path / "m.xlsx")
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    sheet = book["sites"] if "sites" in book.sheetnames else book.worksheets[2]
    sheet.cell(sheet.max_row, 4).value = "=cmd|'/C calc'!A0"
    book.save(tmp_path / "m.xlsx")
    with pytest.raises(InputError) as refused:
        layout.read(tmp_path / "m.xlsx")
    assert "A0" in refused.value.message("en") or "formula" in refused.value.message("en")


def parquet(metadata: dict[bytes, bytes], field: dict[bytes, bytes]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as files

    schema = pa.schema(
        [
            pa.field("case", pa.int64()),
            pa.field("status", pa.string()),
            pa.field("bad", pa.binary(), metadata=field),
        ],
        metadata=metadata,
    )
    table = pa.table({"case": [1], "status": ["optimal"], "bad": [pickle.dumps(Attack())]}, schema)
    out = io.BytesIO()
    files.write_table(table, out)
    return out.getvalue()


def test_the_metadata_of_a_parquet_file_run_nothing(tmp_path: Path) -> None:
    """Extension types once were unpickled (CVE-2023-47248); pandas' own metadata name a type."""
    from layout.study.runs.store import CASES, RESULTS, Store

    bad = pickle.dumps(Attack())
    name = b"ARROW:extension:name"
    data = b"ARROW:extension:metadata"
    told = {"index_columns": [], "columns": [
        {"name": "bad", "field_name": "bad", "pandas_type": "object", "numpy_type": "object",
         "metadata": {"pickle": base64.b64encode(bad).decode()}}]}  # fmt: skip
    (tmp_path / RESULTS / CASES).mkdir(parents=True)
    place = tmp_path / RESULTS / CASES / "000001.parquet"
    for field in ({name: b"arrow.py_extension_type", data: bad}, {name: b"pickle", data: bad}):
        place.write_bytes(parquet({b"pandas": json.dumps(told).encode(), b"pickle": bad}, field))
        found = Store(tmp_path, {"parameters": []}).table()
        assert list(found["case"]) == [1]


def test_no_pickle_is_read_from_a_file() -> None:
    """Only the task of a worker is one: made by the program itself, sent through Dask."""
    users = {
        file.relative_to(ROOT).as_posix()
        for file, node in nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        and {"pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"}
        & {alias.name.partition(".")[0] for alias in node.names}
    }
    assert users == {"study/runs/cluster.py"}


FORBIDDEN = {"eval", "exec", "compile", "__import__", "execfile", "input", "breakpoint"}
PROGRAMS = ("subprocess", "os.system", "os.popen", "os.exec", "os.spawn", "pty")
OURSELVES = [
    "child.py: import subprocess",
    "child.py: subprocess.Popen",
    "child.py: subprocess.run",
]
"""The planning page runs `layout solve` in processes of its own (see the next test but one), and
asks ``/bin/ps`` when they began where the system has no ``/proc``."""


def test_the_program_neither_makes_code_from_text_nor_starts_another() -> None:
    found = []
    for file, node in nodes():
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            bad = name in FORBIDDEN or name.startswith(PROGRAMS) or "read_pickle" in name
            if bad or (name.startswith("yaml.") and name not in ALLOWED_YAML):
                found.append(f"{file.name}: {name}")
        else:
            module = getattr(node, "module", None) or node.names[0].name
            if module.partition(".")[0] in PROGRAMS:
                found.append(f"{file.name}: import {module}")
    assert sorted(found) == OURSELVES


def test_the_only_program_that_is_started_is_this_one(tmp_path: Path, monkeypatch: Any) -> None:
    """Whatever words a planner typed: this interpreter, no shell, words as a list."""
    from layout.serve import child

    started: list[tuple[Any, dict[str, Any]]] = []
    told = lambda line, **how: started.append((line, how))  # noqa: E731
    monkeypatch.setattr(child.subprocess, "Popen", told)
    child.begin(["solve", "$(touch x); `id`"], tmp_path / "out", tmp_path / "err", 0)
    line, how = started[0]
    assert line == [sys.executable, "-P", "-m", "layout", "solve", "$(touch x); `id`"]
    assert not how.get("shell") and "executable" not in how
    calls = [ast.unparse(node) for file, node in nodes() if file.name == "child.py"
             and isinstance(node, ast.Call) and "Popen" in ast.unparse(node.func)]  # fmt: skip
    assert len(calls) == 1 and calls[0].startswith("subprocess.Popen(line,")


ALLOWED_YAML = {"yaml.compose", "yaml.parse", "yaml.SafeLoader", "yaml.safe_dump"}


def test_templates_are_ours_alone_and_escape_by_themselves() -> None:
    """Every Jinja environment escapes; a text of a model is never a template."""
    makers = []
    for file, node in nodes():
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name.endswith("Environment"):
            makers.append(ast.unparse(node))
        if name.endswith("from_string"):
            given = ast.unparse(node.args[0])
            assert given.startswith(("shipped(", "_")), f"{file.name}: {given}"
    assert makers
    assert all("autoescape=True" in maker for maker in makers)


# --- what travels to Dask's workers ---------------------------------------------------------------


class Seeing(pickle.Unpickler):
    """Reads a pickle and keeps the modules that it names."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(io.BytesIO(payload))
        self.modules: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.modules.add(module)
        return super().find_class(module, name)


def named(payload: bytes) -> set[str]:
    """Modules of everything that a pickle calls by name."""
    reader = Seeing(payload)
    reader.load()
    return reader.modules


def test_no_code_travels_to_a_worker(tmp_path: Path) -> None:
    """A study is sent as data of our own classes; the task is named, not sent."""
    from distributed.protocol.pickle import dumps

    from layout.study.runs.cases import Case
    from layout.study.runs.cluster import answer
    from layout.study.runs.solving import Job, base_of

    base = base_of(towns(tmp_path / "m"), (), ())
    payload = pickle.dumps(Job(base, (), {}), protocol=5)
    parts = {module.partition(".")[0] for module in named(payload)}
    assert parts <= {"layout", "numpy", "pandas", "builtins", "collections", "datetime"}
    assert not {"os", "posix", "subprocess"} & named(payload)
    sent = dumps((answer, "study", Case(1, (), {}), 1))
    assert named(sent) <= {"layout.study.runs.cluster", "layout.study.runs.cases"}
    assert b"cloudpickle" not in sent


def test_a_hostile_name_of_a_folder_is_only_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "$(touch x); `touch y` | touch z && 'a\"b"
    layout.solve(towns(tmp_path / "m"), output=folder)
    assert layout.verify(folder).passed
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["m", folder.name])


def test_errors_of_input_are_told_and_nothing_else(tmp_path: Path) -> None:
    """A YAML file that is a pickle, a zip or a program is refused in words."""
    for number, content in enumerate((pickle.dumps(Attack()), b"PK\x03\x04", b"#!/bin/sh\ntrue\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "model.yaml").write_bytes(content)
        with pytest.raises(LayoutError) as refused:
            layout.read(folder)
        assert refused.value.exit_code == 3
        (folder / "plan.json").write_bytes(content)
        with pytest.raises(LayoutError) as refused:
            layout.verify(folder)
        assert refused.value.exit_code == 3


def test_pandas_reads_no_object_from_what_we_store(tmp_path: Path) -> None:
    """A column of bytes stays bytes."""
    table = pd.read_parquet(io.BytesIO(parquet({}, {})))
    assert isinstance(table["bad"].iloc[0], bytes)
