"""The tree of settings checked against the schema, with the place of every problem."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from layout.errors import Problem
from layout.model.document import Node
from layout.model.naming import nearest, shown
from layout.model.schema import Scenario, Settings

_WRONG = {
    "missing": "missing_key",
    "extra_forbidden": "unknown_key",
    "literal_error": "key_choice",
    "greater_than": "key_range",
    "greater_than_equal": "key_range",
    "less_than": "key_range",
    "less_than_equal": "key_range",
    "bad_text": "key_text",
    "bad_code": "key_code",
    "objective": "objective",
}


def build_settings(root: Node, problems: list[Problem]) -> Settings | None:
    """The settings of a tree. What is wrong is reported and left out so that the rest is checked.

    None when nothing can be made of it.
    """
    plain = root.plain
    for _ in range(10):
        try:
            return Settings.model_validate(plain)
        except ValidationError as error:
            for entry in error.errors(include_url=False):
                problems.append(_problem(entry, root))
            plain = _without(plain, [entry["loc"] for entry in error.errors()])
    return None


def _problem(entry: Any, root: Node) -> Problem:
    inner = ("function-", "form:", "[key]")
    location = tuple(part for part in entry["loc"] if not str(part).startswith(inner))
    code = _WRONG.get(entry["type"], "key_type")
    parent = location[:-1] if code in ("missing_key",) else location
    place = root.place_of(parent)
    name = dotted(location, root)
    context = entry.get("ctx") or {}
    values: dict[str, Any] = {"name": name, "found": shown(_words(entry.get("input")))}
    if code == "unknown_key":
        known = _known(location[:-1])
        values |= {"hint": nearest(str(location[-1]), known), "known": ", ".join(known)}
    elif code == "key_choice":
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        values |= {"choices": expected, "hint": nearest(values["found"], expected.split(", "))}
    elif code == "key_range":
        values["range"] = _range(entry["type"], context)
    elif code == "key_type":
        values["type"] = _type(entry["type"])
    return place.problem(code, name, **values)


def _words(value: Any) -> str:
    """A value as YAML would show it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(str(key) for key in value) + "}"
    return str(value)


def _range(kind: str, context: Any) -> str:
    signs = {
        "greater_than": (">", "gt"),
        "greater_than_equal": ("≥", "ge"),
        "less_than": ("<", "lt"),
        "less_than_equal": ("≤", "le"),
    }
    sign, name = signs[kind]
    return f"{sign} {context[name]:g}"


def _type(kind: str) -> str:
    """The type that was expected, as a label key."""
    for part in ("float", "number", "finite", "int", "bool", "list", "dict", "model", "string"):
        if kind.startswith(part) or f"{part}_" in kind:
            return {
                "float": "number",
                "finite": "number",
                "dict": "mapping",
                "model": "mapping",
            }.get(part, part)
    return "list" if kind.startswith("too_short") else "string"


def dotted(location: tuple[Any, ...], root: Node) -> str:
    """A path as it is written: targets by their id."""
    parts = [str(part) for part in location]
    if len(location) > 1 and location[0] == "targets" and isinstance(location[1], int):
        targets = root.get("targets")
        row = targets.value[location[1]] if targets is not None else None
        name = row.get("id") if row is not None else None
        known = name is not None and isinstance(name.value, str | int) and name.value != ""
        parts[1] = shown(name.value) if name is not None and known else str(location[1] + 1)
    return ".".join(parts)


def _known(location: tuple[Any, ...]) -> list[str]:
    """Keys allowed in the mapping at a path of the settings."""
    models: list[Any] = [Settings]
    for part in location:
        if isinstance(part, int):
            continue
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        if fields:  # else the name of an entry, not of a field
            models = [model for field in fields for model in _models_in(field.annotation)]
    return [name for model in models for name in model.model_fields]


def _models_in(annotation: Any) -> list[Any]:
    """The models that an annotation names; the value of a mapping of models is one of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _without(plain: Any, locations: list[tuple[Any, ...]]) -> Any:
    """The plain settings without what is wrong; a wrong target is left out whole."""
    targets = {loc[1] for loc in locations if loc[0] == "targets" and len(loc) > 1}
    for location in locations:
        if location[0] == "targets" and len(location) > 1:
            continue
        _drop(plain, location)
    if isinstance(plain.get("targets"), list):
        plain["targets"] = [row for i, row in enumerate(plain["targets"]) if i not in targets]
    if ("layout",) in locations or plain.get("layout") != 1:
        plain["layout"] = 1
    return plain


def _drop(plain: Any, location: tuple[Any, ...]) -> None:
    """Remove the deepest part of the path that exists."""
    here, last = plain, None
    for part in location:
        if isinstance(here, dict) and part in here:
            last, here = (here, part), here[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            break
        else:
            break
    if last is not None:
        last[0].pop(last[1], None)


UNSCENIC = ("layout", "extends", "data", "scenarios")


def check_scenarios(root: Node, settings: Settings, problems: list[Problem]) -> None:
    """Report what is wrong inside the scenarios, used or not."""
    scenarios = root.get("scenarios")
    for name in settings.scenarios:
        part = scenarios.get(name) if scenarios is not None else None
        if part is None or not isinstance(part.value, dict):
            continue
        for key in UNSCENIC:
            if key in part.value:
                known = [*Scenario.model_fields, *Settings.model_fields]
                listed = ", ".join(key for key in known if key not in UNSCENIC)
                path = f"scenarios.{name}.{key}"
                values = {"name": path, "hint": "", "known": listed}
                problems.append(part.keys[key].problem("unknown_key", path, **values))
        body = scenario_body(part)
        inner: list[Problem] = []
        base = {"layout": Node(1, part.place)}
        build_settings(Node({**base, **body.value}, part.place, body.keys), inner)
        seen = [problem for problem in inner if not _partial_target(problem)]
        problems += [
            Problem(p.code, p.severity, p.file, p.row, f"scenarios.{name}.{p.column}", p.values)
            for p in seen
        ]


def _partial_target(problem: Problem) -> bool:
    return problem.code == "missing_key" and str(problem.column).startswith("targets.")


def scenario_body(node: Node) -> Node:
    """The keys of a scenario that overlay the settings."""
    own = set(Scenario.model_fields) - {"description"}
    kept = {key: part for key, part in node.value.items() if key not in (*own, *UNSCENIC)}
    return Node(kept, node.place, {key: node.keys[key] for key in kept})
