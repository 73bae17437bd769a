"""The record of a page: one plan or two, every year of them, in both languages.

The plan's last year in the language that the page starts in stands whole; every other year and
language is what it changes (`layout.report.patches`), so that places, shapes and equal numbers are
there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES
from layout.plan.overview import overview
from layout.report.boundaries import Boundaries
from layout.report.content import content
from layout.report.difference import difference
from layout.report.extra import province_metrics
from layout.report.heading import heading
from layout.report.metrics import Among, metric_values
from layout.report.patches import applied, patch
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.report.extra import Extra
    from layout.report.tiles import Tiles

Scene = dict[str, Any]
"""What a page shows at one moment: a plan, a year, a language."""

FIRST, SECOND, DIFFERENCE = "a", "b", "d"


class Frames:
    """The scenes of one plan by year and language."""

    def __init__(
        self,
        plan: Plan,
        lang: str,
        boundaries: Boundaries,
        credit: str | None = None,
        extras: Sequence[Extra] = (),
        tiles: Tiles | None = None,
        date: str | None = None,
        name: str = "",
    ) -> None:
        self.lang = lang
        self.name = name
        self.credit, self.date = credit, date
        self.extras = extras
        self.views = [View(one, boundaries, lang, plan.tables, tiles) for one in yearly(plan)]

    @property
    def years(self) -> list[int]:
        """The years, the base year first where there are several."""
        return [view.year for view in self.views]

    def scene(self, year: int, lang: str, among: Among) -> Scene:
        """What the page shows in that year and language."""
        view = self.views[self.years.index(year)]
        view = view if lang == self.lang else view.in_language(lang)
        scene = content(view, self.extras, among)
        page = heading(view, scene, self.credit, self.date)
        return {**scene, "page": {**page, "name": self.name or page["title"]}}


def yearly(plan: Plan) -> list[Plan]:
    """The plan at the end of each of its years; the base year before them if they are several."""
    years = list(plan.model.settings.periods)
    if len(years) < 2 or not plan.has_tables:
        return [overview(plan)]
    from layout.plan.baseline import base_plan

    return [base_plan(plan.model), *(overview(plan, year) for year in years)]


def page_record(first: Frames, second: Frames | None = None) -> dict[str, Any]:
    """The first plan's last scene with everything else as changes to it, under `frames`."""
    start = first.lang
    languages = [start, *(lang for lang in LANGUAGES if lang != start)]
    made = _scenes(first, second, languages)
    base = made[FIRST][first.years[-1]][start]
    patches: dict[str, Any] = {}
    for plan, years in made.items():
        for year, scenes in years.items():
            patches[f"{plan}/{year}/{start}"] = patch(base, scenes[start])
    spoken = made[FIRST][first.years[-1]]
    for lang in languages[1:]:
        patches[f"lang/{lang}"] = patch(base, spoken[lang])
        for plan, years in made.items():
            for year, scenes in years.items():
                guess = applied(spoken[lang], patches[f"{plan}/{year}/{start}"])
                patches[f"{plan}/{year}/{lang}"] = patch(guess, scenes[lang])
    return {
        **base,
        "frames": {
            "languages": languages,
            "most": {
                plan: _most(made, [plan] if plan == DIFFERENCE else [FIRST, SECOND])
                for plan in made
            },
            "plans": {plan: list(years) for plan, years in made.items()},
            "patches": {key: change for key, change in patches.items() if change is not None},
        },
    }


def _scenes(
    first: Frames, second: Frames | None, languages: Sequence[str]
) -> dict[str, dict[int, dict[str, Scene]]]:
    """Plan → year → language → scene; with a second plan also the difference of the two."""
    among = _among([first] if second is None else [first, second])
    made = {FIRST: _of(first, languages, among)}
    if second is None:
        return made
    made[SECOND] = _of(second, languages, among)
    for scene in (one for by in made.values() for years in by.values() for one in years.values()):
        _drop_letters(scene)
    years = sorted({*first.years, *second.years})
    made[DIFFERENCE] = {
        year: {
            lang: difference(_at(made[FIRST], year)[lang], _at(made[SECOND], year)[lang], lang)
            for lang in languages
        }
        for year in years
    }
    return made


def _of(frames: Frames, languages: Sequence[str], among: Among) -> dict[int, dict[str, Scene]]:
    return {
        year: {lang: frames.scene(year, lang, among) for lang in languages} for year in frames.years
    }


def _among(shown: Sequence[Frames]) -> Among:
    """The values of every quantity in all years and plans; nothing where there is one only."""
    views = [(view, frames.extras) for frames in shown for view in frames.views]
    if len(views) == 1:
        return {}
    found: dict[str, list[float]] = {}
    for view, extras in views:
        for key, values in metric_values(view, province_metrics(extras)).items():
            found.setdefault(key, []).extend(values)
    return found


def _most(made: dict[str, dict[int, dict[str, Scene]]], plans: Sequence[str]) -> dict[str, float]:
    """The largest disc and the widest flow in any year of these plans: sizes keep their scale."""
    scenes = [next(iter(by.values())) for plan in plans for by in made.get(plan, {}).values()]
    discs = [
        sum(part["parts"].values())
        for scene in scenes
        for site in scene["sites"]
        for part in site["kinds"]
    ]
    flows = [flow["amount"] for scene in scenes for flow in scene["flows"]]
    return {"disc": max(discs, default=0.0), "flow": max(flows, default=0.0)}


def _drop_letters(scene: Scene) -> None:
    """Two plans are A and B; letters of interchangeable sites would be taken for them."""
    scene["alike"] = False
    for site in scene["sites"]:
        site["letter"] = ""


def _at(scenes: dict[int, dict[str, Scene]], year: int) -> dict[str, Scene]:
    """The scenes of the year, else of the year before it, else of the first."""
    past = [one for one in scenes if one <= year]
    return scenes[max(past) if past else min(scenes)]
