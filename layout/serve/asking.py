"""What is asked of a model on the page, and how it is judged before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.errors import Problem
from layout.labels import text
from layout.labels.cleaning import clean
from layout.model.sources import find_model
from layout.serve.controls import BASES, MODES, Ask, ask, controls, wrong_limits
from layout.serve.offers import Offer

if TYPE_CHECKING:
    from layout.model import PlanningModel


def examined(
    source: str, sets: tuple[str, ...] = (), scenarios: tuple[str, ...] = ()
) -> tuple[PlanningModel | None, list[Problem]]:
    """The model with its changes, None where an error was found, and every problem."""
    from layout.model import examine

    return examine(source, sets=sets, scenarios=scenarios)


def judged(
    offer: Offer, posted: Mapping[str, str], many: list[str]
) -> tuple[list[Problem], list[str], Ask | None]:
    """All problems of what is asked, the limits that are wrong, and the command line."""
    wrong = wrong_limits(posted)
    model, found = examined(offer.source)
    if model is None:
        return found, wrong, None
    asked = ask(offer.source, model, posted, many)
    if asked.sets or asked.scenarios:
        _, found = examined(offer.source, asked.sets, asked.scenarios)
    return found, wrong, asked


def stamp(source: str) -> tuple[tuple[str, int, int], ...]:
    """What tells whether the files of a model have changed."""
    place = find_model(source)
    if place is None:
        return ()
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    found = ((one.name, one.stat()) for one in files if one.is_file())
    return tuple((name, about.st_mtime_ns, about.st_size) for name, about in found)


def counts(problems: list[dict[str, str]]) -> dict[str, int]:
    """How many errors and warnings there are."""
    return {
        severity: sum(one["severity"] == severity for one in problems)
        for severity in ("error", "warning")
    }


def about(
    model: PlanningModel,
    offer: Offer,
    posted: Mapping[str, str],
    many: list[str],
    lang: str,
) -> dict[str, Any]:
    """What the page of a model shows of it."""
    settings = model.settings
    sliders, targets = controls(model, posted, lang)
    scenarios = [
        {
            "name": name,
            "title": clean(one.title.in_language(lang) if one.title is not None else ""),
            "chosen": name in many,
        }
        for name, one in settings.scenarios.items()
    ]
    return {
        "about": clean(settings.description.in_language(lang)) or "–",
        "title": clean(settings.title.in_language(lang)) or clean(model.name),
        "facts": text(
            "cli.facts",
            lang,
            model=clean(offer.name),
            base_year=settings.base_year,
            periods=", ".join(map(str, settings.periods)),
            money_year=settings.money_year,
            basis=text(f"cli.basis.{settings.latency.basis}", lang),
            sites=len(model["sites"]),
            zones=len(model["zones"]),
        ),
        "sliders": sliders,
        "targets": targets,
        "scenarios": scenarios,
        "bases": BASES,
        "modes": MODES,
        "own_basis": settings.latency.basis,
        "basis": posted.get("basis", settings.latency.basis),
        "further": posted.get("further", ""),
        "time_limit": posted.get("time_limit", ""),
        "gap": posted.get("gap", ""),
        "solver": settings.solver,
        "command": ask(offer.source, model, posted, many).command(),
    }
