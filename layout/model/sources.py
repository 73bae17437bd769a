"""Where planning models and data sets are: shipped, a folder, a workbook; and their chain."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from layout.errors import FileProblem, Problem
from layout.files import LARGEST_SETTINGS_MB, LARGEST_TABLE_MB, read_bytes
from layout.model.csvfile import RawTable, decode, read_csv
from layout.model.document import Node, Place, grow, parse_yaml
from layout.model.naming import nearest, printable, shown
from layout.model.tables import TABLES
from layout.model.workbook import Letters, read_workbook
from layout.resources import folder

SETTINGS_FILE = "model.yaml"
WORKBOOK = "model.xlsx"
_TABULAR = (
    *(".csv", ".tsv", ".tab", ".txt", ".json", ".parquet", ".gz", ".zip"),
    *(".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".et", ".numbers"),
)


@dataclass
class Source:
    """One member of the chain: its settings and the tables of its own place."""

    name: str
    root: Path
    label: str
    settings: Node
    tables: dict[str, RawTable] = field(default_factory=dict)


class Reader:
    """Reads the sources of one model, keeping hashes and problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.inputs: dict[str, str] = {}
        self.letters: Letters = {}

    def bytes_of(self, path: Path, label: str, largest_mb: int = LARGEST_TABLE_MB) -> bytes | None:
        """The content of a file, its hash kept; None (reported) when it cannot be read."""
        try:
            data = read_bytes(path, largest_mb)
        except FileProblem as refused:
            code = refused.key.removeprefix("file.error.")
            self.problems.append(Place(label).problem(code, **refused.values))
            return None
        except OSError as error:
            self.problems.append(Place(label).problem("unreadable", detail=_reason(error)))
            return None
        self.inputs[label] = hashlib.sha256(data).hexdigest()
        return data

    def table(self, name: str, path: Path, label: str) -> RawTable | None:
        """The cells of a CSV file."""
        data = self.bytes_of(path, label)
        return None if data is None else read_csv(name, data, label, self.problems)

    def source(self, path: Path, name: str, prefix: str) -> Source:
        """The model in a folder or workbook."""
        if path.is_file():
            label = f"{prefix}{printable(path.name)}"
            data = self.bytes_of(path, label)
            if data is None:
                return Source(name, path.parent, prefix, grow({"layout": 1}, Place(label)))
            book = read_workbook(data, label, self.problems)
            self.letters |= book.letters
            return Source(name, path.parent, prefix, book.settings, book.tables)
        label = f"{prefix}{SETTINGS_FILE}"
        data = self.bytes_of(path / SETTINGS_FILE, label, LARGEST_SETTINGS_MB)
        words = decode(data, label, self.problems) if data is not None else None
        settings = parse_yaml(words or "", label, self.problems)
        if not isinstance(settings.value, dict):
            self.problems.append(Place(label, 1).problem("yaml_syntax", detail="no mapping"))
            settings = grow({"layout": 1}, Place(label, 1))
        return Source(name, path, prefix, settings, self.folder_tables(path, prefix, settings))

    def folder_tables(
        self, path: Path, prefix: str, settings: Node | None = None
    ) -> dict[str, RawTable]:
        """The tables in a folder; a file that looks like a table and is none is reported."""
        tables = {}
        named = _scenario_files(settings)
        for file in self._files(path, prefix):
            name = file.stem
            if file.name.startswith((".", "~$")):
                continue
            label = f"{prefix}{printable(file.name)}"
            if file.suffix == ".csv" and name in TABLES:
                table = self.table(name, file, label)  # whatever bears the name of a table
                if table is not None:
                    tables[name] = table
            elif file.suffix.lower() in _TABULAR and file.name not in named and is_file(file):
                self._suspicious(file, label)
        return tables

    def _files(self, path: Path, prefix: str) -> list[Path]:
        """What is in a folder, by name; nothing (reported) when it cannot be listed."""
        try:
            return sorted(path.iterdir(), key=lambda file: file.name)
        except OSError as error:
            place = Place(prefix or printable(path.name))
            self.problems.append(place.problem("unreadable", detail=_reason(error)))
            return []

    def _suspicious(self, file: Path, label: str) -> None:
        hint = nearest(file.stem.split("(")[0].split(" - ")[0].strip(), TABLES)
        if file.suffix.lower() == ".csv":
            values = {"name": shown(file.name), "hint": f"{hint}.csv" if hint else ""}
            self.problems.append(Place(label).problem("unknown_file", **values))
        elif hint:
            values = {"name": shown(file.name), "hint": f"{hint}.csv"}
            self.problems.append(Place(label).problem("file_not_read", None, "warning", **values))

    def chain(self, source: str | Path) -> list[Source]:
        """The model and what it extends, the farthest ancestor first; empty when not found."""
        path = self._found(str(source), Place(shown(source)))
        if path is None:
            if not self.problems:
                self.problems.append(_no_model(str(source)))
            return []
        self._warn_hidden(str(source), path)
        members = [self.source(path, model_name(path), "")]
        seen = {path.resolve()}
        while (node := members[-1].settings.get("extends")) is not None and node.value:
            child = members[-1]
            before = len(self.problems)
            parent = self._found(str(node.value), node.place, child.root)
            if parent is None:
                if len(self.problems) == before:
                    self.problems.append(not_found(str(node.value), node.place, "extends"))
                break
            if parent.resolve() in seen:
                values = {"name": shown(node.value)}
                self.problems.append(node.place.problem("extends_cycle", "extends", **values))
                break
            seen.add(parent.resolve())
            name = model_name(parent)
            members.append(self.source(parent, name, f"{name}/"))
        return members[::-1]

    def _found(self, source: str, place: Place, near: Path | None = None) -> Path | None:
        """As `find_model`; a place that the system refuses to look at is reported."""
        try:
            return find_model(source, near)
        except OSError as error:  # such as a name that is too long
            self.problems.append(place.problem("unreadable", detail=_reason(error)))
            return None

    def _warn_hidden(self, source: str, path: Path) -> None:
        here = Path(source)
        if is_file(here / SETTINGS_FILE) and here.resolve() != path.resolve():
            values = {"name": shown(source)}
            problem = Place(shown(source)).problem("hidden_folder", None, "warning", **values)
            self.problems.append(problem)

    def data_tables(
        self, node: Node, root: Path, own: Iterable[str]
    ) -> tuple[dict[str, RawTable], Path | None]:
        """The tables of a shipped data set or folder that the model does not hold itself."""
        name = str(node.value)
        path = find_data(name, root)
        if path is None:
            known = shipped("data")
            values = {"name": shown(name), "hint": nearest(name, known), "known": ", ".join(known)}
            self.problems.append(node.place.problem("data_not_found", "data", **values))
            return {}, None
        skipped = set(own)
        tables = {}
        for table in TABLES:
            file = path / f"{table}.csv"
            if table not in skipped and os.path.lexists(file):
                raw = self.table(table, file, f"data/{printable(path.name)}/{file.name}")
                if raw is not None:
                    tables[table] = raw
        return tables, path


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def is_file(path: Path) -> bool:
    """Whether a file is there; False too where the system refuses to look."""
    try:
        return path.is_file()
    except OSError:
        return False


def _scenario_files(settings: Node | None) -> set[str]:
    scenarios = settings.get("scenarios") if settings is not None else None
    if scenarios is None or not isinstance(scenarios.value, dict):
        return set()
    tables = [node.get("tables") for node in scenarios.value.values()]
    return {
        str(file.value)
        for node in tables
        if node is not None and isinstance(node.value, dict)
        for file in node.value.values()
    }


def shipped(kind: str) -> list[str]:
    """Names of the shipped models or data sets."""
    try:
        root = folder(kind)
    except FileNotFoundError:
        return []
    mark = SETTINGS_FILE if kind == "models" else "*.csv"
    return sorted(
        place.name for place in root.iterdir() if place.is_dir() and any(place.glob(mark))
    )


def shipped_folder(kind: str) -> Path | None:
    """The resource folder, None when the installation lacks it."""
    try:
        return folder(kind).resolve()
    except FileNotFoundError:
        return None


def find_model(source: str, near: Path | None = None) -> Path | None:
    """The folder or workbook that a name stands for; paths are relative to `near`."""
    if source in shipped("models"):
        return folder("models") / source
    for base in ([near] if near is not None else []) + [Path()]:
        path = base / source
        if path.name == SETTINGS_FILE and path.is_file():
            return path.parent
        if path.is_dir() and os.path.lexists(path / SETTINGS_FILE):
            return path
        if path.is_dir() and (path / WORKBOOK).is_file():
            return path / WORKBOOK
        if path.is_file() and path.suffix.lower() in (".xlsx", ".xlsm"):
            return path
    return None


def find_data(name: str, near: Path) -> Path | None:
    """The folder of a data set: shipped, or relative to the model."""
    if name in shipped("data"):
        return folder("data") / name
    path = near / name
    try:
        held = path.is_dir() and any((path / f"{table}.csv").is_file() for table in TABLES)
    except OSError:
        return None
    return path if held else None


def model_name(path: Path) -> str:
    """What a model is called: its folder, or its workbook where that has a name of its own."""
    if path.is_dir():
        return printable(path.resolve().name)
    return printable(path.resolve().parent.name if path.name == WORKBOOK else path.stem)


def _no_model(source: str) -> Problem:
    """A spreadsheet of another format is there, but cannot be read; else nothing is."""
    place = Place(shown(source) or "MODEL")
    if Path(source).suffix.lower() in (".xls", ".xlsb", ".et", ".ods") and is_file(Path(source)):
        return place.problem("workbook_format", name=shown(Path(source).name))
    return not_found(source, place)


def not_found(source: str, place: Place, column: str | None = None) -> Problem:
    """The problem of a model that does not exist."""
    known = shipped("models")
    values = {"name": shown(source), "hint": nearest(source, known), "known": ", ".join(known)}
    return place.problem("model_not_found", column, **values)
