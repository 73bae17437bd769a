"""The registers of requirements and key figures: what is asked, how far it is met, and where.

Both are CSV files beside this module. A pointer names one thing in the place that declares it;
`resolve` looks it up there, so that an entry cannot point to what no longer exists.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import yaml
from pydantic import BaseModel

from layout.cli.app import app
from layout.labels import has
from layout.model.schema import MEASURES, Settings
from layout.model.tables import TABLES
from layout.plan.files import FILES
from layout.report.kpi_names import kpi_name

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
STATUSES = ("done", "partly", "open", "out_of_scope")
KINDS = ("constraint", "objective", "kpi", "report", "scenario", "data", "module", "recorded")
EVIDENCE = ("test", "snapshot")
"""Kinds of pointers that show that something works; all others but `doc` say what does it."""
TOPICS: tuple[tuple[int, str, str], ...] = (
    (1, "Compute kinds, units, measurement", "算力类型、单位与度量"),
    (16, "Demand", "需求"),
    (41, "Latency, network, placement of tasks", "时延、网络与任务布局"),
    (70, "Sites, hubs and rules of layout", "站点、枢纽与布局规则"),
    (100, "Utilisation and existing stock", "利用率与存量"),
    (112, "Energy, carbon, water, heat", "能源、碳、水、热"),
    (140, "Storage and its balance with compute and transport", "存力与算运存均衡"),
    (145, "Market, price, compensation, inclusion", "市场、价格、补偿与普惠"),
    (158, "Targets, security, governance", "目标、安全与治理"),
    (167, "Economy and the growth model", "经济与增长模型"),
)
"""First requirement of each topic, and its names."""


@dataclass(frozen=True)
class Entry:
    """One row of a register: its code, names, status, sentences, pointers and all its cells."""

    code: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell of a column. Raises KeyError."""
        return self.cells[column]

    @property
    def pointers(self) -> tuple[str, ...]:
        """What does it, and what shows that it works."""
        return tuple(filter(None, (part.strip() for part in self["pointers"].split(";"))))

    @property
    def status(self) -> str:
        """done, partly, open or out_of_scope."""
        return self["status"]

    @property
    def shown(self) -> bool:
        """Whether a test or a snapshot is named."""
        return any(kind_of(pointer) in EVIDENCE for pointer in self.pointers)

    @property
    def made(self) -> bool:
        """Whether something is named that does it: no test and no page of words."""
        return any(kind_of(pointer) not in (*EVIDENCE, "doc") for pointer in self.pointers)


def requirements() -> list[Entry]:
    """The register of requirements, in its order."""
    return _read("requirements.csv", "requirement")


def key_figures() -> list[Entry]:
    """The register of key figures, in its order."""
    return _read("kpis.csv", "key_figure")


def _read(name: str, key: str) -> list[Entry]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return [Entry(row[key], row) for row in csv.DictReader(file)]


def kind_of(pointer: str) -> str:
    """The word before the first colon."""
    return pointer.partition(":")[0]


def complaints(entry: Entry) -> list[str]:
    """What is wrong with an entry, in words; nothing where it is in order."""
    found = []
    if entry.status not in STATUSES:
        found.append(f"status {entry.status!r} is none of {', '.join(STATUSES)}")
    if entry.status == "done" and not (entry.made and entry.shown):
        found.append("is done, and does not name what does it and a test or snapshot that shows it")
    if entry.status == "partly" and not entry.made:
        found.append("is partly done, and does not name what does that part")
    if entry.status != "done" and not entry["note_en"]:
        found.append("is not done, and has no note that says what is missing")
    for pointer in entry.pointers:
        try:
            resolve(pointer)
        except LookupError as error:
            found.append(f"{pointer}: {error.args[0]}")
    return [f"{entry.code}: {words}" for words in found]


@cache
def resolve(pointer: str) -> str:
    """The file, from the root of the repository, in which a pointer's thing is declared or told.

    With ``#anchor`` where it is a heading. Raises LookupError where there is no such thing.
    """
    kind, _, name = pointer.partition(":")
    if kind not in _LOOKUPS:
        raise LookupError(f"no kind of pointer {kind!r}; there are {', '.join(sorted(_LOOKUPS))}")
    return _LOOKUPS[kind](name)


def _need(found: object, words: str) -> None:
    if not found:
        raise LookupError(words)


def _file(path: str) -> str:
    _need((ROOT / path).is_file(), f"no file {path}")
    return path


@cache
def _names(path: str) -> frozenset[str]:
    """What a module of Python declares: functions, classes and their methods, names assigned."""
    found: set[str] = set()

    def collect(body: list[ast.stmt], before: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(before + node.name)
            if isinstance(node, ast.ClassDef):
                collect(node.body, f"{before}{node.name}.")
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            found.update(before + one.id for one in targets if isinstance(one, ast.Name))

    collect(ast.parse((ROOT / path).read_text("utf-8")).body, "")
    return frozenset(found)


def _module(name: str) -> str:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        path = "/".join(parts[:count])
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if (ROOT / file).is_file():
                rest = ".".join(parts[count:])
                _need(not rest or rest in _names(file), f"{file} declares no {rest}")
                return file
    raise LookupError("no such module")


def _table(name: str) -> str:
    _need(name in TABLES, "no such table of a model")
    return "layout/model/tables.py"


def _column(name: str) -> str:
    table, _, column = name.partition(".")
    _table(table)
    _need(column in TABLES[table].names, f"the table {table} has no such column")
    return "layout/model/tables.py"


def _setting(name: str) -> str:
    model: type[BaseModel] | None = Settings
    for part in name.split("."):
        _need(model is not None and part in model.model_fields, f"no setting {part!r} there")
        assert model is not None
        inner = model.model_fields[part].annotation
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return "layout/model/schema.py"


def _target(name: str) -> str:
    _need(name in MEASURES, "no such measure")
    return "layout/plan/terms.py"


def _kpi(name: str) -> str:
    key = name.replace("<kind>", "general").replace("<place>", "A")
    for file, pattern in _figures():
        if pattern.fullmatch(key):
            named = kpi_name(key, "en", {"general": "a kind"}) != key
            _need(named, "the figure has no name in the labels")
            return file
    raise LookupError("no figure of that name is worked out")


@cache
def _figures() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """File and pattern of every name with which a key figure is yielded."""
    found = []
    for path in sorted((ROOT / "layout" / "plan").glob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                found += [(file, pattern) for pattern in _patterns(node.value.elts[0])]
    return tuple(found)


def _patterns(name: ast.expr) -> list[re.Pattern[str]]:
    """A text, or an f-string with anything in its gaps; nothing for any other expression."""
    parts = name.values if isinstance(name, ast.JoinedStr) else [name]
    words = [
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts
    ]
    return [re.compile("".join(words))] if any(word != ".+" for word in words) else []


def _plan(name: str) -> str:
    table, _, column = name.partition(".")
    _need(table in FILES, "no such table of a plan")
    _need(not column or column in FILES[table].names, f"{table}.csv has no such column")
    return f"docs/reading-a-plan.md#{table}csv"


def _record(name: str) -> str:
    page = (ROOT / "docs/reading-a-plan.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    _need(any(f"`{name}`" in row for row in rows), "no such key of plan.json is explained")
    return "docs/reading-a-plan.md#planjson"


def _command(name: str) -> str:
    word, *options = name.split()
    commands = _commands()
    _need(word in commands, "no such command")
    known = _options(commands[word])
    for option in options:
        _need(option in known, f"layout {word} has no option {option}")
    return f"layout/cli/{word}.py"


@cache
def _commands() -> dict[str, click.Command]:
    return dict(app("en").commands)


def _options(command: click.Command) -> set[str]:
    below = command.commands.values() if isinstance(command, click.Group) else ()
    own = {word for parameter in command.params for word in parameter.opts}
    return own.union(*(_options(part) for part in below))


def _report(name: str) -> str:
    _need(has(f"report.title.{name}"), "the report has no such section")
    return "docs/reports.md"


def _map(name: str) -> str:
    _need(has(f"map.metric.{name}"), "the map has no such quantity")
    return "docs/maps.md"


@cache
def _settings_of(path: str) -> dict[str, list[str]]:
    """Scenarios and targets that a model.yaml declares itself."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    said = yaml.load((ROOT / path).read_text("utf-8"), Loader=loader)
    targets = [str(target["id"]) for target in said.get("targets") or []]
    return {"@": list(said.get("scenarios") or {}), "#": targets}


def _model(name: str) -> str:
    model, mark, member = re.match(r"([^@#]*)([@#]?)(.*)", name).groups()  # type: ignore[union-attr]
    path = _file(f"models/{model}/model.yaml")
    what = {"@": "scenario", "#": "target"}.get(mark, "")
    _need(not mark or member in _settings_of(path)[mark], f"{path} has no {what} {member!r}")
    return path


def _data(name: str) -> str:
    path, _, member = name.partition("#")
    found = _file(f"data/{path}")
    with (ROOT / found).open(encoding="utf-8", newline="") as file:
        _need(not member or any(member in row[:3] for row in csv.reader(file)), "no such row")
    return found


def _doc(name: str) -> str:
    path, _, anchor = name.partition("#")
    text = (ROOT / _file(path)).read_text("utf-8")
    _need(not anchor or anchor in {slug(head) for head in _headings(text)}, "no such heading")
    return name


def _headings(text: str) -> list[str]:
    return re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE)


def slug(heading: str) -> str:
    """The anchor that a heading gets: small letters, dashes for spaces, nothing else but words."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _test(name: str) -> str:
    path, _, function = name.partition("::")
    _need(function in _names(_file(path)), f"{path} has no such test")
    return path


def _snapshot(name: str) -> str:
    package, _, family = name.partition("/")
    return _file(f"tests/{package}/snapshots/{family}.txt")


_LOOKUPS: dict[str, Callable[[str], str]] = {
    "column": _column,
    "command": _command,
    "data": _data,
    "doc": _doc,
    "kpi": _kpi,
    "map": _map,
    "model": _model,
    "module": _module,
    "plan": _plan,
    "record": _record,
    "report": _report,
    "setting": _setting,
    "snapshot": _snapshot,
    "table": _table,
    "target": _target,
    "test": _test,
}
POINTER_KINDS = tuple(_LOOKUPS)
