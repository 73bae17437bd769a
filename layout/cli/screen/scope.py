"""Which sites and zones a scope named on the command line stands for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layout.cli.screen.width import clean
from layout.errors import LayoutError
from layout.names import province_of_site

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel

WHOLE = ("nation", "hubs", "clusters")
"""Scopes that need no name."""


class UnknownScope(LayoutError):
    """A scope that names nothing in the model; exit 3."""

    exit_code = 3


@dataclass(frozen=True)
class Place:
    """A scope with the sites and zones it names."""

    scope: str
    sites: frozenset[str]
    zones: frozenset[str]


def place_of(model: PlanningModel, scope: str) -> Place:
    """The sites and zones of a scope. Raises UnknownScope, naming the nearest there is."""
    from layout.model.derive import scope_sites, scope_zones

    known = known_scopes(model)
    if scope not in known:
        near = difflib.get_close_matches(scope, known, n=3, cutoff=0.85) or known[:8]
        values = {"found": clean(scope), "near": ", ".join(near)}
        raise UnknownScope("cli.error.scope", **values)
    sites, zones = model["sites"], model["zones"]
    inside = frozenset(sites.loc[scope_sites(model, scope), "site"])
    served = scope_zones(model, scope)
    return Place(scope, inside, frozenset(zones.loc[served, "zone"]))


def known_scopes(model: PlanningModel) -> list[str]:
    """Every scope of the model, as it is typed."""
    sites, zones = model["sites"], model["zones"]
    columns: list[tuple[str, pd.Series]] = [
        ("province", sites["province"]),
        ("province", zones["province"]),
        ("site", sites["site"]),
        ("hub", sites["hub"]),
        ("tier", sites["tier"]),
        ("region", sites["region"]),
        ("region", zones["region"]),
        ("group", model["groups"]["group"]),
    ]
    named = {f"{name}:{code}" for name, codes in columns for code in codes if code}
    return [*WHOLE, *sorted(named)]


def provinces_of(model: PlanningModel, place: Place) -> frozenset[str]:
    """The provinces in which the sites of a place lie."""
    of_site = province_of_site(model)
    return frozenset(of_site[site] for site in place.sites)
