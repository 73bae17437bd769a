"""How suitable the sites of a model are, by criteria that the user weighs; nothing is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from layout.model import derive
from layout.resources import folder
from layout.study.suitability.criteria import criteria_of
from layout.study.suitability.scoring import Reason, Scored, scored
from layout.study.weighing.weights import Given, weights_of

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.study.weighing.criterion import Criterion

TOP = 10
STATUSES = ("ranked", "excluded", "too_little_known")


@dataclass(frozen=True)
class Suitability:
    """The answer: criteria with their values, weights as used, and the scores.

    `example` says that the weights are the shipped example and nobody's choice.
    """

    model: PlanningModel
    criteria: Mapping[str, Criterion]
    scored: Scored
    example: bool

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """Codes of the sites, in the order of every array."""
        return tuple(map(str, self.model["sites"]["site"]))

    @cached_property
    def order(self) -> list[int]:
        """Positions of the sites: the ranked ones by rank, then by score, then by code."""
        found = self.scored
        score = np.nan_to_num(found.score, nan=-1.0)
        keys = [
            (STATUSES.index(self.status(at)), int(found.rank[at]), -float(score[at]), site)
            for at, site in enumerate(self.sites)
        ]
        return sorted(range(len(keys)), key=lambda at: keys[at])

    @cached_property
    def used(self) -> list[int]:
        """Columns of the criteria that have a part in the score, the heaviest first."""
        weights, left_out = self.scored.weights, self.scored.left_out
        kept = [at for at, one in enumerate(weights) if one.criterion not in left_out]
        return sorted(kept, key=lambda at: (-weights[at].weight, weights[at].criterion))

    @cached_property
    def unweighed(self) -> list[str]:
        """Criteria of the model's own table that the weights do not name."""
        named = {one.criterion for one in self.scored.weights}
        return [name for name, one in self.criteria.items() if one.own and name not in named]

    @property
    def ranked(self) -> int:
        """How many sites have a rank."""
        return int((self.scored.rank > 0).sum())

    def status(self, at: int) -> str:
        """`ranked`, `excluded` or `too_little_known`."""
        if self.scored.reasons[at]:
            return "excluded"
        return "ranked" if self.scored.rank[at] else "too_little_known"

    def position(self, site: str) -> int:
        """Where a site stands in the arrays. Raises KeyError."""
        if site not in self.sites:
            raise KeyError(site)
        return self.sites.index(site)


def shipped() -> Path:
    """The example weights, which nobody has adopted: to be replaced by one's own."""
    return folder("data") / "facts" / "suitability_weights.csv"


def suitability(
    model: PlanningModel,
    weights: Given = None,
    *,
    top: int = TOP,
) -> Suitability:
    """Score every site of a model.

    `weights` is a file, a mapping criterion → weight, rows of `Weight`, or None for the shipped
    example. `top` is how many of the first places the share of `rank` robustness is about. Raises
    InputError with every problem of the weights and of the table ``criteria``, FileProblem.
    """
    if top < 1:
        raise ValueError(f"top is {top}: at least 1 is expected")
    known = criteria_of(model)
    rows = weights_of(weights, known, shipped())
    found = scored(known, rows, barred(model), min(top, max(1, len(model["sites"]))))
    return Suitability(model, known, found, weights is None)


def question_of(plan: Plan) -> PlanningModel:
    """The model of a plan under its own name: in every plan's folder it is called ``model``."""
    return replace(plan.model, name=str(plan.record.get("model") or plan.model.name))


def barred(model: PlanningModel) -> list[tuple[Reason, ...]]:
    """Site → why the model itself lets nothing new be built there (empty: it may)."""
    offered = set(derive.offers(model)["site"]) if model.settings.features.expand else None
    table = model["commitments"]
    no = table[(table["status"] == "forbidden") & (table["year"] == max(model.settings.periods))]
    forbidden: dict[str, set[str]] = {}
    for site, kind in zip(no["site"], no["kind"], strict=True):
        forbidden.setdefault(str(site), set()).add(str(kind))
    kinds = derive.site_kinds(model)
    found = []
    for site in model["sites"]["site"]:
        reasons = []
        if offered is not None and site not in offered:
            reasons.append(Reason("nothing_offered"))
        if set(kinds[site]) <= forbidden.get(site, set()):
            reasons.append(Reason("forbidden"))
        found.append(tuple(reasons))
    return found
