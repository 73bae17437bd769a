"""What the pages of a suitability study share: names, places, standing, method and notes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.geography.distance import great_circle_km
from layout.labels import text
from layout.labels.cleaning import clean
from layout.names import Names, province_of_site
from layout.report.boundaries import Boundaries
from layout.report.heading import boundary_note
from layout.report.quantities import NOTHING, number, share
from layout.report.reach import province_at
from layout.report.sheet.drawing import Ground
from layout.report.sheet.naming import file_names
from layout.report.sheet.wording import criterion_name, reason_said

if TYPE_CHECKING:
    from layout.study.suitability.scoring import Reason
    from layout.study.suitability.suitability import Suitability

Floats = NDArray[np.float64]
FOLDER = "sites"
RANKING = "suitability.html"


def page_files(sites: Sequence[str]) -> dict[str, str]:
    """Site → file of its sheet, relative to the study."""
    return {site: f"{FOLDER}/{name}" for site, name in file_names(sites).items()}


def span_of(best: int, worst: int) -> str:
    """From the best to the worst rank."""
    return str(best) if best == worst else f"{best} – {worst}"


class Desk:
    """What all pages of one study in one language look at."""

    def __init__(
        self, found: Suitability, layer: Boundaries, lang: str, printed: Sequence[str]
    ) -> None:
        self.found = found
        self.scored = found.scored
        self.layer = layer
        self.lang = lang
        self.printed = tuple(printed)
        self.names = Names(found.model, lang)
        names = page_files(found.sites)
        self.files = {site: names[site] for site in self.printed}

    def t(self, key: str, **values: Any) -> str:
        """A text of the pages."""
        return text(f"suitability.{key}", self.lang, **values)

    def name(self, at: int) -> str:
        """The name of a site."""
        return self.names.site(self.found.sites[at])

    @cached_property
    def places(self) -> Floats:
        """Latitude and longitude of the sites."""
        return self.found.model["sites"][["lat", "lon"]].to_numpy(dtype=float)

    @cached_property
    def distances(self) -> Floats:
        """Site × site: great circles in km."""
        lat, lon = self.places.T
        return great_circle_km(lat, lon, lat, lon)

    @cached_property
    def homes(self) -> list[str]:
        """Site → name of its province: as the model says, else where it lies."""
        own = province_of_site(self.found.model)
        codes = [own[site] for site in self.found.sites]
        return [
            self.provinces.get(f"{code[:2]}0000") or self.provinces.get(self.around(at), NOTHING)
            for at, code in enumerate(codes)
        ]

    def around(self, at: int) -> str:
        """Code of the province in which a site lies, '' where it is none."""
        lat, lon = self.places[at].tolist()
        return province_at((lat, lon), self.layer)

    @cached_property
    def ground(self) -> Ground:
        """The land below the drawings."""
        return Ground(self.layer)

    @cached_property
    def provinces(self) -> dict[str, str]:
        """Code → name of the 34 provinces."""
        return {one.adcode: one.name(self.lang) for one in self.layer.provinces}

    @cached_property
    def common(self) -> dict[str, Any]:
        """What stands on every page: model, method, notes."""
        model = self.found.model
        title = model.settings.title.in_language(self.lang) or model.name
        spread = self.scored.spread
        weighing = "weights.example" if self.found.example else "weights.own"
        return {
            "t": self.t,
            "model": clean(title),
            "code": clean(model.name),
            "rules": [
                self.t(weighing),
                self.t("rule.scale"),
                self.t("rule.missing"),
                self.t("rule.points"),
                self.t("rule.spread", draws=number(spread.draws), top=spread.top),
                self.t("rule.aside"),
            ],
            "notes": [boundary_note(self.layer, None, self.lang)],
            "left_out": self._left_out(),
            "top": spread.top,
        }

    def _left_out(self) -> list[str]:
        found = [
            self.t(f"left_out.{why}", name=criterion_name(name, self.lang))
            for name, why in self.scored.left_out.items()
        ]
        if self.found.unweighed:
            names = [criterion_name(name, self.lang) for name in self.found.unweighed]
            listed = text("cli.comma", self.lang).join(names)
            found.append(self.t("left_out.unweighed", names=listed))
        return found

    def standing(self, at: int) -> dict[str, str]:
        """Score, rank and how far both hold."""
        scored, spread = self.scored, self.scored.spread
        status = self.found.status(at)
        ranked = status == "ranked"
        span = NOTHING
        if ranked:
            span = span_of(int(spread.best[at]), int(spread.worst[at]))
        score = float(scored.score[at])
        ends = [number(float(one[at])) for one in (scored.least, scored.greatest)]
        return {
            "status": status,
            "status_word": self.t(f"status.{status}"),
            "score": number(score),
            "range": NOTHING if math.isnan(score) else " – ".join(dict.fromkeys(ends)),
            "rank": str(int(scored.rank[at])) if ranked else NOTHING,
            "of": str(self.found.ranked),
            "span": span,
            "top": share(float(spread.share[at])) if ranked else NOTHING,
            "known": share(float(scored.known[at])),
        }

    def reason(self, reason: Reason) -> str:
        """Why a site is ruled out, in a sentence."""
        return reason_said(self.found, reason, self.lang)
