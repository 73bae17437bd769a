"""The targets of a plan: required, base year, plan, outturn, verdict and how it is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import NOTHING, known, number, share
from layout.cli.screen.width import clean
from layout.labels import text
from layout.names import Names, word

Record = Mapping[str, Any]

_FRACTION = ("", "1", "share", "fraction")
MARKS = {"pass": "✓", "fail": "✗", "not_applicable": "–"}  # nosec B105 # a verdict


def is_share(record: Record) -> bool:
    """Whether the target's value is a fraction that reads better as a percentage."""
    from layout.model.schema import SHARE_MEASURES

    return record.get("measure") in SHARE_MEASURES and str(record.get("unit") or "") in _FRACTION


def shown(record: Record, value: object) -> str:
    """A value of the target as the reader expects it."""
    if is_share(record):
        return share(value)
    if not known(value):
        return NOTHING
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{_rounded(value):.4g}"


def _rounded(value: float) -> float:
    """Without the dust that a solver leaves, and without a negative zero."""
    return round(value, 6) + 0.0


def required(record: Record) -> str:
    """≥ or ≤ and the required value."""
    sign = "≥" if record.get("sense") == "at_least" else "≤"
    return f"{sign} {shown(record, record.get('value'))}"


def asked(record: Record, names: Names) -> str:
    """What a target asks, in one line: what of whom where, how much, when, how hard."""
    from layout.report.target_names import target_name

    lang, scope, unit = names.lang, str(record.get("scope") or "nation"), str(record.get("unit"))
    parts = [target_name(record, names)]
    if record.get("title") and scope != "nation":
        parts.append(names.scope(scope))
    if record.get("kind"):
        parts.append(names.kind(str(record["kind"])))
    if record.get("year"):
        parts.append(str(record["year"]))
    said = f"{' · '.join(parts)} {required(record)}"
    if not is_share(record) and unit not in _FRACTION:
        said += f" {word(f'map.unit_word.{unit.lower()}', lang, unit)}"
    return said + _mode(record, lang)


def verdict(record: Record, lang: str) -> str:
    """✓, ✗ or – with the word."""
    status = str(record.get("status"))
    return f"{MARKS.get(status, '?')} {word(f'cli.verdict.{status}', lang, status)}"


def how(record: Record, lang: str) -> str:
    """How a target is met, and from which level of demand it binds."""
    met_by = str(record.get("met_by") or "")
    if record.get("status") == "not_applicable" or not met_by:
        return NOTHING
    said = word(f"cli.met_by.{met_by}", lang, met_by)
    factor = record.get("binds_at_demand_factor")
    if met_by == "target" and known(factor):
        said += text("cli.binds", lang, factor=number(factor))
    return said


def shadow(record: Record) -> str:
    """Shadow cost, million CNY per unit of the target."""
    value = record.get("shadow_cost_mcny")
    return number(value) if known(value) and abs(value) > 1e-9 else NOTHING


_LEFT = ("verdict", "target", "how")
_COLUMNS = ("verdict", "target", "required", "base", "plan", "outturn", "how", "shadow")


def cells_of(record: Record, names: Names) -> dict[str, str]:
    """Everything that is said of a target, by column."""
    lang = names.lang
    return {
        "verdict": verdict(record, lang),
        "target": _year(record) + names.target(record),
        "id": clean(record.get("id", "")),
        "required": required(record),
        "base": shown(record, record.get("base_year_value")),
        "plan": shown(record, record.get("achieved")),
        "outturn": shown(record, record.get("outturn")),
        "slack": shown(record, record.get("slack")),
        "how": how(record, lang) + _mode(record, lang),
        "shadow": shadow(record),
    }


def _year(record: Record) -> str:
    """The year, where the target is read for several."""
    return f"{record['year']} " if record.get("several") else ""


def verdict_lines(
    targets: Sequence[Record], names: Names, columns: Sequence[str] = _COLUMNS, limit: int = 32
) -> list[str]:
    """The table of verdicts; a line that says so when the model has no targets."""
    lang = names.lang
    if not targets:
        return [text("cli.targets.none", lang)]
    table = [cells_of(record, names) for record in targets]
    header = [text(f"cli.column.{column}", lang) for column in columns]
    rows = [[row[column] for column in columns] for row in table]
    left = [number for number, column in enumerate(columns) if column in (*_LEFT, "id")]
    return [headline(targets, lang), *grid(header, rows, left=left, limit=limit, gap=1)]


def _mode(record: Record, lang: str) -> str:
    """The mode in brackets unless the target is hard."""
    mode = str(record.get("mode") or "hard")
    return "" if mode == "hard" else f" ({word(f'cli.mode.{mode}', lang, mode)})"


def headline(targets: Sequence[Record], lang: str) -> str:
    """How many targets pass, fail and do not apply."""
    counts = {
        status: sum(1 for record in targets if record.get("status") == status) for status in MARKS
    }
    return text("cli.targets", lang, **counts)
