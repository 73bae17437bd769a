"""How a summary opens: what the model is, and what is proved about the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.numbers import SMALL_MCNY, gap, known, number, precise, scaled
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import word

if TYPE_CHECKING:
    from layout.model import PlanningModel

_DESCRIPTION_LINES = 3


def model_lines(model: PlanningModel, lang: str, name: str | None = None) -> list[str]:
    """Title, what the model is, years and basis of latency; `name` where a plan knows better."""
    settings = model.settings
    title = clean(settings.title.in_language(lang) or name or model.name)
    lines = wrap(title)
    lines += _shortened(wrap(clean(settings.description.in_language(lang))))
    facts = text(
        "cli.facts",
        lang,
        model=clean(name or model.name),
        base_year=settings.base_year,
        periods=", ".join(map(str, settings.periods)),
        money_year=settings.money_year,
        basis=text(f"cli.basis.{settings.latency.basis}", lang),
        sites=len(model["sites"]),
        zones=len(model["zones"]),
    )
    lines += wrap(facts, indent="  ")
    if settings.mode != "cross":
        lines += wrap(text(f"cli.mode_run.{settings.mode}", lang), indent="  ")
    return lines


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _DESCRIPTION_LINES:
        return lines
    return [*lines[: _DESCRIPTION_LINES - 1], lines[_DESCRIPTION_LINES - 1] + " …"]


def money(value: object, lang: str, form: Callable[[object], str] = number) -> str:
    """Million CNY as the reader expects it, with its unit; `form` writes the number."""
    if not known(value):
        return text("cli.unknown", lang)
    large = scaled(value, "mcny", lang)
    if 0 < abs(large) < 1:
        return text("cli.money.small", lang, value=form(value / SMALL_MCNY[lang]))
    return text("cli.money", lang, value=form(large))


def status_sentence(record: Mapping[str, Any], lang: str) -> str:
    """What is proved: optimal only with a proved gap, a limit with incumbent, bound and gap."""
    seconds = record.get("seconds")
    total = seconds.get("total") if isinstance(seconds, Mapping) else None
    reason = str(record.get("reason") or "")
    several = len(record.get("periods") or []) > 1
    said = text(
        f"cli.status.{_state(record)}",
        lang,
        what=text("cli.what.path" if several else "cli.what.year", lang),
        objective=goal(record, _value(record, "objective"), lang),
        bound=goal(record, _value(record, "bound"), lang),
        gap=gap(record.get("gap")),
        gap_location=gap(record.get("gap_location")),
        reason=word(f"cli.reason.{reason}", lang, reason),
        cost=money(record.get("objective_mcny"), lang),
        seconds=number(total),
    )
    if several:
        said = text("cli.path.sum", lang, said=said, first=record["periods"][0]["year"])
        if myopic(record):
            said += text("cli.path.myopic", lang)
    if has_plan(record) and record.get("evaluation"):
        said = text("evaluate.status", lang, said=said)
    return said + _within(record, lang)


def myopic(record: Mapping[str, Any]) -> bool:
    """Whether every period was decided without knowing the later ones."""
    several = len(record.get("periods") or []) > 1
    return several and record.get("foresight") == "myopic"


def _within(record: Mapping[str, Any], lang: str) -> str:
    """A clause on the limit within which another objective was minimised."""
    traded = record.get("trade_off")
    limits = traded.get("limit") if isinstance(traded, Mapping) else None
    if not isinstance(limits, Mapping) or not has_plan(record):
        return ""
    shown = [
        money(value, lang, precise)
        if name == "cost"
        else text("cli.goal.carbon", lang, value=precise(value))
        for name, value in limits.items()
    ]
    return text("cli.status.within", lang, limit=text("cli.comma", lang).join(shown))


def has_plan(record: Mapping[str, Any]) -> bool:
    """Whether the record is that of a plan, not of a question without answer."""
    return record.get("status") in ("optimal", "feasible")


def _state(record: Mapping[str, Any]) -> str:
    """Which sentence fits the record: the label below ``cli.status``."""
    status, interrupted = str(record.get("status")), bool(record.get("interrupted"))
    if status == "no_solution":
        return "interrupted_empty" if interrupted else status
    if status not in ("optimal", "feasible"):
        return status
    if status == "feasible":
        status = "interrupted" if interrupted else "limit"
        if not known(_value(record, "bound")):
            return f"{status}_open"
    if myopic(record):
        return f"{status}_myopic"
    first = leading_of(record)
    return f"{status}_{first}" if first != "cost" and status == "optimal" else status


def _value(record: Mapping[str, Any], name: str) -> object:
    """Objective or bound in its own unit; a cost where the record knows no other."""
    traded = record.get("trade_off")
    own = {"objective": "value", "bound": "bound"}[name]
    if isinstance(traded, Mapping) and known(traded.get(own)):
        return traded[own]
    value = record.get(f"{name}_value")
    other = leading_of(record) != "cost"
    return value if known(value) or other else record.get(f"{name}_mcny")


def leading_of(record: Mapping[str, Any]) -> str:
    """What the plan minimises first: cost, carbon, goals, weighted, compute_per_carbon."""
    objective = record.get("objective")
    first = objective[0] if isinstance(objective, list | tuple) and objective else "cost"
    if not isinstance(first, Mapping):
        return str(first)
    terms = first.get("epsilon")
    return str(terms.get("minimise", "cost")) if isinstance(terms, Mapping) else "weighted"


def goal(record: Mapping[str, Any], value: object, lang: str) -> str:
    """An objective value with its unit: money a year, kt CO2 where carbon comes first, …"""
    first = leading_of(record)
    if first == "cost":
        return money(value, lang, precise)
    return text(f"cli.goal.{first}", lang, value=precise(value))


def verification_line(record: Mapping[str, Any], lang: str) -> list[str]:
    """How many conditions of the plan were checked by code that does not know the model."""
    found = record.get("verification")
    if not isinstance(found, Mapping) or not found.get("checks"):
        return []
    key = "cli.verified" if found.get("passed") else "cli.not_verified"
    worst = found.get("worst_violation")
    return [text(key, lang, checks=found["checks"], worst=number(worst))]
