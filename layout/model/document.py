"""Settings as trees that remember where each part was written: YAML text, cells, ``--set``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf
from typing import Any

import yaml

from layout.errors import Problem
from layout.labels import LANGUAGES, text
from layout.model.naming import nearest

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")

_NUMBER_TAG = re.compile("tag:yaml.org,2002:(int|float)$")
_MISREAD = re.compile(r"[+-]?0[\dxb_]|[^.]*:")
"""Numbers to other bases: octal, hexadecimal, binary, sixties."""

LARGEST_TREE = 250_000
"""Parts of the settings; a target has some forty."""


@dataclass(frozen=True)
class Place:
    """Where something was written: a file (or ``--set`` text) and its line or row."""

    file: str
    row: int | None = None

    def problem(
        self, code: str, column: str | None = None, severity: str = "error", **values: Any
    ) -> Problem:
        """A problem at this place; a `hint` and a `type` are put into words of both languages."""
        for lang in LANGUAGES:
            if "hint" in values:
                hint = values["hint"]
                values[f"hint_{lang}"] = text("problem.hint", lang, hint=hint) if hint else ""
            if "type" in values:
                values[f"type_{lang}"] = text(f"problem.type.{values['type']}", lang)
        return Problem(code, severity, self.file, self.row, column, values)


@dataclass
class Node:
    """A scalar, list or mapping of nodes (`value`), its place, and the places of its keys."""

    value: Any
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @property
    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain for node in self.value]
        return self.value

    def copy(self) -> Node:
        """The same tree, in which values can be put without changing this one."""
        value = self.value
        if isinstance(value, dict):
            value = {key: node.copy() for key, node in value.items()}
        elif isinstance(value, list):
            value = [node.copy() for node in value]
        return Node(value, self.place, dict(self.keys))

    def get(self, key: str) -> Node | None:
        """The node under a key of a mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def put(self, key: str, node: Node) -> None:
        """Set a key of a mapping."""
        self.value[key] = node
        self.keys[key] = node.place

    def place_of(self, path: tuple[Any, ...]) -> Place:
        """The place of the deepest part of the path that exists."""
        node, place = self, self.place
        for part in path:
            if isinstance(node.value, dict) and part in node.value:
                place, node = node.keys.get(part, node.place), node.value[part]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                place = node.place
            else:
                break
        return place


def grow(value: Any, place: Place) -> Node:
    """A tree from plain data, all of it at one place."""
    if isinstance(value, dict):
        parts = {str(key): grow(part, place) for key, part in value.items()}
        return Node(parts, place, dict.fromkeys(parts, place))
    if isinstance(value, list | tuple):
        return Node([grow(part, place) for part in value], place)
    return Node(value, place)


def parse_yaml(source: str, file: str, problems: list[Problem]) -> Node:
    """The tree of a YAML text.

    Repeated keys and tags are refused, aliases that swell, and numbers that YAML reads otherwise
    than a person does (``010`` is 8, ``1:30`` is 90).
    """
    empty = Node({}, Place(file, 1))
    broken = grow({"layout": 1}, Place(file, 1))  # so that nothing more is said to be missing
    try:
        if not _refused(source, file, problems):
            return broken
        root = yaml.compose(source, Loader=_Loader)
        if root is None:
            return empty
        if _written_out(root, {}) > LARGEST_TREE:
            problems.append(Place(file, 1).problem("yaml_anchor", most=f"{LARGEST_TREE:,}"))
            return broken
        return _node(root, file, (), problems)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark is not None else None
        if isinstance(error, yaml.reader.ReaderError):  # counts bytes
            row = source.encode("utf-8", "replace").count(b"\n", 0, error.position) + 1
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        problems.append(Place(file, row).problem("yaml_syntax", detail=_brief(reason)))
    except (RecursionError, ValueError) as error:
        problems.append(Place(file).problem("yaml_syntax", detail=_brief(str(error))))
    return broken


def _brief(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:120]


def _refused(source: str, file: str, problems: list[Problem]) -> bool:
    """Report tags and deep nesting; whether the text may be composed at all."""
    refused = False
    depth = 0
    for number, event in enumerate(yaml.parse(source, Loader=_Loader)):
        mark = event.start_mark
        place = Place(file, mark.line + 1 if mark is not None else None)
        if number > LARGEST_TREE:
            problems.append(place.problem("yaml_large", most=f"{LARGEST_TREE:,}"))
            return False
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > 20:
            problems.append(place.problem("yaml_syntax", detail="nested deeper than 20 levels"))
            return False
        if (tag := getattr(event, "tag", None)) not in (None, "", "!"):
            problems.append(place.problem("yaml_tag", name=_brief(tag)))
            refused = True
    return not refused


def _written_out(node: yaml.Node, sizes: dict[int, float]) -> float:
    """How many nodes the tree has with its aliases written out; an alias of itself is infinite."""
    if id(node) not in sizes:
        sizes[id(node)] = inf
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        flat = [part for pair in parts for part in (pair if isinstance(pair, tuple) else (pair,))]
        sizes[id(node)] = 1 + sum(_written_out(part, sizes) for part in flat)
    return sizes[id(node)]


def _node(node: yaml.Node, file: str, path: tuple[str, ...], problems: list[Problem]) -> Node:
    place = Place(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, path, problems)
    if isinstance(node, yaml.SequenceNode):
        parts = [_node(part, file, (*path, str(i)), problems) for i, part in enumerate(node.value)]
        return Node(parts, place)
    loader = yaml.SafeLoader("")
    if _NUMBER_TAG.match(node.tag) and _MISREAD.match(node.value):
        found = _brief(node.value)[:40]
        problems.append(place.problem("yaml_number", ".".join(path), found=found))
        return Node(None, place)
    try:
        value = loader.construct_object(node)
    except ValueError as error:  # such as 2025-02-31
        detail = _brief(str(error))
        problems.append(place.problem("yaml_syntax", ".".join(path), detail=detail))
        value = None
    finally:
        loader.dispose()
    return Node(value, place)


def _mapping(
    node: yaml.MappingNode, place: Place, path: tuple[str, ...], problems: list[Problem]
) -> Node:
    result = Node({}, place)
    for key_node, value_node in node.value:
        at = Place(place.file, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(at.problem("yaml_syntax", detail="a key that is not a plain word"))
            continue
        key = str(key_node.value)
        name = ".".join((*path, key))
        if key in result.value:
            first = result.keys[key].row
            problems.append(at.problem("duplicate_key_yaml", name, name=_brief(key), first=first))
            continue
        result.value[key] = _node(value_node, place.file, (*path, key), problems)
        result.keys[key] = at
    return result


def merge(below: Node, above: Node) -> Node:
    """`above` laid over `below`: mappings key by key, ``targets`` row by row of their id."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    result = Node(dict(below.value), above.place, dict(below.keys))
    for key, node in above.value.items():
        old = result.value.get(key)
        if key == "targets":
            result.value[key] = _merge_targets(old, node)
        else:
            result.value[key] = merge(old, node) if old is not None else node
        result.keys[key] = above.keys.get(key, node.place)
    return result


def _merge_targets(below: Node | None, above: Node) -> Node:
    """Targets of `above` replace those of the same id; an empty list clears."""
    if below is None or not isinstance(below.value, list) or not isinstance(above.value, list):
        return above
    if not above.value:
        return above
    given = {target_id(node): node for node in above.value}
    old = {target_id(node) for node in below.value}
    kept = [given.get(target_id(node), node) for node in below.value]
    new = [node for node in above.value if target_id(node) not in old or target_id(node) is None]
    return Node(kept + new, above.place)


def target_id(node: Node) -> str | None:
    """The id of a target's node as text."""
    part = node.get("id")
    return None if part is None or part.value is None else str(part.value)


def put_path(root: Node, path: list[str], node: Node, problems: list[Problem]) -> None:
    """Set a dotted path in place, making mappings on the way; targets are addressed by id."""
    if path[0] == "targets" and len(path) > 2:
        _put_target(root, path[1:], node, problems)
        return
    here = root
    for part in path[:-1]:
        below = here.get(part)
        if below is None or not isinstance(below.value, dict):
            below = Node({}, node.place)
            here.put(part, below)
        here = below
    here.put(path[-1], node)


def _put_target(root: Node, path: list[str], node: Node, problems: list[Problem]) -> None:
    tail = 2 if len(path) > 2 and path[-2] == "title" else 1
    name, field_path = ".".join(path[:-tail]), path[-tail:]
    targets = root.get("targets")
    rows = targets.value if targets is not None and isinstance(targets.value, list) else []
    for row in rows:
        if target_id(row) == name and isinstance(row.value, dict):
            put_path(row, field_path, node, problems)
            return
    known = [target_id(row) or "" for row in rows]
    where = ".".join(["targets", *path])
    problems.append(node.place.problem("set_target", where, id=name, hint=nearest(name, known)))
