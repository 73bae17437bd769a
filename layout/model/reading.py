"""Reading a planning model: find, inherit, override, infer, check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from layout import __version__, formats
from layout.errors import InputError, MemoryLimit, Problem
from layout.geography.coordinates import to_wgs84
from layout.memory import allowed_mb, gb
from layout.model.checks import check
from layout.model.csvfile import RawTable
from layout.model.document import Node, Place, merge
from layout.model.inference import complete
from layout.model.inheritance import PlacedTable, in_order, laid, lay_over, typed
from layout.model.naming import nearest, shown
from layout.model.overrides import Override, apply_to_settings, apply_to_tables, parse_sets
from layout.model.owners import siloed
from layout.model.planning import PlanningModel
from layout.model.problems import Problems
from layout.model.schema import Settings
from layout.model.settings import build_settings, check_scenarios, scenario_body
from layout.model.sources import Reader, Source, is_file, shipped_folder
from layout.model.tables import FEATURE_TABLES, TABLES
from layout.model.workbook import Letters, located

PAIR_BYTES = 41  # what a pair of site and zone takes while a model is checked
FREE_MB = 64.0  # nobody need be asked for so little
Layers = list[dict[str, PlacedTable]]


def read_model(
    source: str | Path, *, sets: Sequence[str] = (), scenarios: Sequence[str] = ()
) -> PlanningModel:
    """The checked model. Raises InputError with all problems when one of them is an error."""
    model, problems = examine(source, sets=sets, scenarios=scenarios)
    if model is None:
        raise InputError(problems)
    return model


def examine(
    source: str | Path, *, sets: Sequence[str] = (), scenarios: Sequence[str] = ()
) -> tuple[PlanningModel | None, list[Problem]]:
    """The model, or None when an error was found, and every problem in the order of the files."""
    base, problems = gather(source, scenarios)
    return (None, problems) if base is None else base.examine(sets)


def gather(source: str | Path, scenarios: Sequence[str] = ()) -> tuple[Base | None, list[Problem]]:
    """All that the files say, with the scenarios laid over it; None where there is no model."""
    problems = Problems()
    reader = Reader(problems)
    chain = reader.chain(source)
    if not chain:
        return None, problems
    if ahead := _newer(chain):
        return None, ahead
    tree = chain[0].settings
    for member in chain[1:]:
        tree = merge(tree, member.settings)
    layers, places = _layers(chain, tree, reader)
    sets: list[Override] = []
    tree, more = _apply_scenarios(tree, scenarios, places, _coordinates(chain), reader, sets)
    bare = {key: node for key, node in tree.value.items() if key not in ("extends", "data")}
    tree = Node(bare, tree.place, tree.keys)
    inputs = dict(sorted(reader.inputs.items()))
    found = tuple(problems.told())
    base = Base(chain[-1].name, tree, layers, more, tuple(sets), inputs, found, reader.letters)
    return base, problems


def _newer(chain: list[Source]) -> list[Problem]:
    """Models of a format to come, whose keys and tables nobody here can judge."""
    given = [member.settings.get("layout") for member in chain]
    return [
        node.place.problem(
            "model_newer", "layout", found=node.value, newest=formats.MODEL, version=__version__
        )
        for node in given
        if node is not None and formats.newer(node.value, formats.MODEL)
    ]


@dataclass(frozen=True)
class Base:
    """What the files of a model say, read once: `examine` gives the model with any ``--set``.

    `tree` holds the settings, `layers` the tables, lowest first, and `more` those of scenarios;
    `overrides` are the sets of scenarios, `problems` what was found while reading, `letters` those
    of the columns of workbooks.
    """

    name: str
    tree: Node
    layers: Layers
    more: Layers
    overrides: tuple[Override, ...]
    inputs: dict[str, str]
    problems: tuple[Problem, ...]
    letters: Letters = field(default_factory=dict)
    _laid: dict[frozenset[str], tuple[dict[str, PlacedTable], tuple[Problem, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def model(self, sets: Sequence[str] = ()) -> PlanningModel:
        """The checked model. Raises InputError with all problems when one is an error."""
        model, problems = self.examine(sets)
        if model is None:
            raise InputError(problems)
        return model

    def examine(self, sets: Sequence[str] = ()) -> tuple[PlanningModel | None, list[Problem]]:
        """The model, or None when an error was found, and every problem, as `examine` does."""
        problems = Problems(self.problems)
        draft = self._draft(sets, problems)
        model = _finish(self.name, draft, self.inputs, problems) if draft is not None else None
        found = [self._located(problem) for problem in sorted(_once(problems.told()), key=_order)]
        if model is None or any(problem.severity == "error" for problem in found):
            return None, found
        whole = replace(model, problems=tuple(found))
        whole.kept.update(model.kept)
        return whole, found

    def _located(self, problem: Problem) -> Problem:
        letters = located(problem, self.letters)
        return replace(problem, letter=letters) if letters else problem

    def problems_of(self, sets: Sequence[str]) -> list[Problem]:
        """What is wrong with paths and values of ``--set`` alone; the model is not checked."""
        problems: list[Problem] = []
        draft = self._draft(sets, problems)
        if draft is not None and any(override.table for override in draft.overrides):
            completed, _ = complete(draft.tables)
            apply_to_tables(draft.tables, completed, draft.overrides, problems)
        known = {repr(problem) for problem in self._sound()}
        return [problem for problem in problems if repr(problem) not in known]

    def _sound(self) -> list[Problem]:
        problems: list[Problem] = []
        self._draft((), problems)
        return problems

    def _draft(self, sets: Sequence[str], problems: list[Problem]) -> _Draft | None:
        """Settings and tables with everything laid over one another, not yet completed."""
        overrides = [*self.overrides, *parse_sets(sets, problems)]
        tree = self.tree.copy()
        apply_to_settings(tree, overrides, problems)
        settings = build_settings(tree, problems)
        if settings is None:
            return None
        check_scenarios(tree, settings, problems)
        tables = self._tables(tree, settings, problems)
        for name in {override.table for override in overrides if override.table}:
            tables[name] = tables[name].copy()
        return _Draft(settings, tree, tables, overrides)

    def _tables(
        self, tree: Node, settings: Settings, problems: list[Problem]
    ) -> dict[str, PlacedTable]:
        """The layers laid over one another; what was laid before is taken over."""
        lowest = self.layers[0]
        if _data_given(tree):
            lowest = {name: part for name, part in lowest.items() if _wanted(name, settings)}
        names = frozenset(lowest)
        if names not in self._laid:
            found: list[Problem] = []
            tables = laid([lowest, *self.layers[1:]], found)
            for layer in self.more:
                for name, part in layer.items():
                    tables[name] = in_order(lay_over(tables[name], part, found))
            self._laid[names] = tables, tuple(found)
        tables, found_before = self._laid[names]
        problems += found_before
        return dict(tables)

    def __getstate__(self) -> dict[str, Any]:
        """All but what can be worked out again."""
        return {**self.__dict__, "_laid": {}}


@dataclass
class _Draft:
    settings: Settings
    tree: Node
    tables: dict[str, PlacedTable]
    overrides: list[Override]


def _layers(chain: list[Source], tree: Node, reader: Reader) -> tuple[Layers, list[Path]]:
    """Typed tables, lowest first, and the folders in which scenario files are looked for.

    Coordinates are those of the model that holds the table; shipped data are WGS-84.
    """
    layers: Layers = []
    places = [member.root for member in reversed(chain)]
    data = tree.get("data")
    if data is not None and data.value is not None:
        owner = next(member for member in chain[::-1] if member.settings.get("data") is not None)
        tables, path = reader.data_tables(data, owner.root, chain[0].tables)
        shipped = path is None or path.resolve().parent == shipped_folder("data")
        system = "wgs84" if shipped else _coordinates(chain[: chain.index(owner) + 1])
        layers.append(_typed(tables, system, reader))
        places += [path] if path is not None else []
    for count, member in enumerate(chain, start=1):
        layers.append(_typed(member.tables, _coordinates(chain[:count]), reader))
    return layers, places


def _data_given(tree: Node) -> bool:
    """Whether the lowest layer of tables is that of a data set."""
    data = tree.get("data")
    return data is not None and data.value is not None


def _wanted(table: str, settings: Settings) -> bool:
    """Whether a table of a data set is read by a feature that is on, or by no feature alone."""
    features = [name for name, tables in FEATURE_TABLES.items() if table in tables]
    return not features or any(getattr(settings.features, name) for name in features)


def _coordinates(chain: list[Source]) -> str:
    """The coordinate system of the last member: its own, else the one it inherits."""
    given = [member.settings.get("coordinates") for member in chain]
    return next((str(node.value) for node in reversed(given) if node is not None), "wgs84")


def _typed(raws: dict[str, RawTable], coordinates: str, reader: Reader) -> dict[str, PlacedTable]:
    """Typed tables, places in WGS-84."""
    tables = {name: typed(raw, reader.problems) for name, raw in raws.items()}
    if coordinates in ("gcj02", "bd09"):
        for name in ("zones", "sites"):
            if name in tables:
                frame = tables[name].frame
                lat, lon = frame["lat"].to_numpy(float), frame["lon"].to_numpy(float)
                frame["lat"], frame["lon"] = to_wgs84(lat, lon, coordinates)
    return tables


def _apply_scenarios(
    tree: Node,
    names: Sequence[str],
    places: list[Path],
    system: str,
    reader: Reader,
    sets: list[Override],
) -> tuple[Node, Layers]:
    """The tree with the scenarios laid over it in the order given, and their tables."""
    known = tree.get("scenarios")
    parts = known.value if known is not None and isinstance(known.value, dict) else {}
    layers: Layers = []
    for name in names:
        part = parts.get(name)
        if part is None or not isinstance(part.value, dict):
            label = f"--scenario {shown(name)}"
            values = {"name": shown(name), "hint": nearest(name, parts), "known": ", ".join(parts)}
            reader.problems.append(Place(label).problem("unknown_scenario", None, **values))
            continue
        tree = merge(tree, scenario_body(part))
        layers.append(_scenario_tables(name, part, places, system, reader))
        given = part.get("set")
        if given is not None:
            listed = given.value if isinstance(given.value, list) else [given]
            texts = [str(node.value) for node in listed]
            sets += parse_sets(texts, reader.problems, given.place, f"scenarios.{name}.set")
    return tree, layers


def _scenario_tables(
    name: str, part: Node, places: list[Path], system: str, reader: Reader
) -> dict[str, PlacedTable]:
    """The changed rows that a scenario brings."""
    node = part.get("tables")
    files = node.value if node is not None and isinstance(node.value, dict) else {}
    tables: dict[str, RawTable] = {}
    for table, file in files.items():
        column = f"scenarios.{name}.tables.{table}"
        if table not in TABLES:
            values = {"name": shown(table), "hint": nearest(table, TABLES), "known": ""}
            reader.problems.append(file.place.problem("unknown_key", column, **values))
            continue
        path = next((p / str(file.value) for p in places if _is_table(p / str(file.value))), None)
        if path is None:
            values = {"name": shown(file.value)}
            reader.problems.append(file.place.problem("file_not_found", column, **values))
            continue
        raw = reader.table(table, path, str(file.value))
        if raw is not None:
            tables[table] = raw
    return _typed(tables, system, reader)


def _is_table(path: Path) -> bool:
    """Whether a file that a model names is there and a table: no other file is read for it."""
    try:
        return is_file(path) and path.resolve().suffix.lower() == ".csv"
    except (OSError, ValueError):
        return False


def _refuse_too_many_pairs(model: PlanningModel) -> None:
    """Distances are kept for every site and zone. Raises MemoryLimit where they find no room."""
    sites, zones = len(model["sites"]), len(model["zones"])
    needed = sites * zones * PAIR_BYTES / 2**20
    if needed < FREE_MB:
        return
    limit = allowed_mb(model.settings.solver.memory_limit_mb)
    if needed > limit:
        values = {"memory": gb(needed), "limit": gb(limit)}
        raise MemoryLimit("error.memory_read", sites=f"{sites:,}", zones=f"{zones:,}", **values)


def _finish(
    name: str, draft: _Draft, inputs: dict[str, str], problems: list[Problem]
) -> PlanningModel:
    """Cells overridden, keys inferred, everything checked."""
    if any(override.table for override in draft.overrides):
        completed, _ = complete(draft.tables)
        apply_to_tables(draft.tables, completed, draft.overrides, problems)
    tables, inferred = complete(draft.tables)
    settings = draft.settings.model_copy(update={"coordinates": "wgs84"})
    frames = {table: placed.frame for table, placed in tables.items()}
    model = PlanningModel(name, settings, frames, dict(inputs), (), inferred)
    _refuse_too_many_pairs(model)
    check(model, tables, draft.tree, problems)
    sound = not any(problem.severity == "error" for problem in problems)
    return siloed(model) if sound and settings.owners == "siloed" else model


def _once(problems: list[Problem]) -> list[Problem]:
    seen: dict[str, Problem] = {}
    for problem in problems:
        seen.setdefault(repr(problem), problem)
    return list(seen.values())


def _order(problem: Problem) -> tuple[bool, str, int, str]:
    return (problem.severity != "error", problem.file, problem.row or 0, problem.column or "")
