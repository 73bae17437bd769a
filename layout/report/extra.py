"""What a study adds to the map page of a plan: sites by class, and values of provinces.

Titles, labels and notes are plain text in both languages; they reach the page through its data
block only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from layout.labels import text
from layout.report.colours import CLASS_COLOURS
from layout.report.metrics import Metric
from layout.report.view import View

Words = Mapping[str, str]
"""Language → text."""

Shape = Literal["ring", "square", "diamond", "dot", "cross"]
SHAPES: tuple[Shape, ...] = ("ring", "square", "diamond", "dot", "cross")


@dataclass(frozen=True)
class SiteClass:
    """One class of sites; its mark differs from the others' by shape as well as colour."""

    id: str
    label: Words
    shape: Shape
    colour_index: int


@dataclass(frozen=True)
class SiteClasses:
    """A layer of marks at sites, one class each, with legend and a line in each site's popup.

    `of` is site → class id; a site without a class has no mark. `note` is site → what its popup
    says of it. Raises ValueError for a key or class given twice, two classes of one shape and
    colour, an unknown shape, and sites of a class that is not declared.
    """

    key: str
    title: Words
    classes: Sequence[SiteClass]
    of: Mapping[str, str]
    note: Mapping[str, Words] = field(default_factory=dict)
    shown: bool = True
    """Whether the layer is on when the page opens."""

    def __post_init__(self) -> None:
        ids = [one.id for one in self.classes]
        looks = [(one.shape, one.colour_index % len(CLASS_COLOURS)) for one in self.classes]
        if len(set(ids)) < len(ids) or len(set(looks)) < len(looks):
            raise ValueError(f"{self.key}: two classes of one id, or of one shape and colour")
        if shapes := {one.shape for one in self.classes} - set(SHAPES):
            raise ValueError(f"{self.key}: no shape {', '.join(sorted(shapes))}")
        if unknown := set(self.of.values()) - set(ids):
            raise ValueError(f"{self.key}: no class {', '.join(sorted(unknown))}")


@dataclass(frozen=True)
class ProvinceValues:
    """One more quantity to shade provinces by; it leads the list.

    `values` is adcode → value; a province without one stays white. `unit` is one of the tables'
    units (``mcny``, ``GWh``, ``kt``, ``MW``, ``share``, ``1`` …) or any other word, which stands
    as it is. `diverging` colours values below and above zero apart.
    """

    key: str
    title: Words
    unit: str
    values: Mapping[str, float]
    diverging: bool = False

    def metric(self) -> Metric:
        """The quantity in the page's own form."""
        return Metric(
            f"extra:{self.key}",
            lambda _: self.values,
            self.unit,
            label=lambda view: self.title[view.lang],
            diverging=self.diverging,
        )


@dataclass(frozen=True)
class StudyNote:
    """What the panel says of a study: its title, rows of words, and notes."""

    key: str
    title: Words
    rows: Sequence[tuple[Words, Words]] = ()
    notes: Sequence[Words] = ()

    def record(self, lang: str) -> dict[str, Any]:
        """The same in one language, as the page's script reads it."""
        return {
            "title": self.title[lang],
            "rows": [[label[lang], value[lang]] for label, value in self.rows],
            "notes": [one[lang] for one in self.notes],
        }


Extra = SiteClasses | ProvinceValues | StudyNote


def study_records(view: View, extras: Sequence[Extra]) -> list[dict[str, Any]]:
    """What the panel says of studies."""
    return [one.record(view.lang) for one in extras if isinstance(one, StudyNote)]


def site_classes(extras: Sequence[Extra]) -> list[SiteClasses]:
    """The layers of marks, in their order. Raises ValueError for a key given twice."""
    keys = [(type(one), one.key) for one in extras]
    if len(set(keys)) < len(keys):
        raise ValueError("two layers of one key")
    return [one for one in extras if isinstance(one, SiteClasses)]


def province_metrics(extras: Sequence[Extra]) -> list[Metric]:
    """The quantities that provinces can be shaded by."""
    return [one.metric() for one in extras if isinstance(one, ProvinceValues)]


def class_records(view: View, extras: Sequence[Extra]) -> list[dict[str, Any]]:
    """The layers of marks as the page's script reads them: classes with how many sites each has.

    Raises ValueError for a site that the model has not.
    """
    sites = set(map(str, view.sites.index))
    records = []
    for layer in site_classes(extras):
        if unknown := set(layer.of) - sites:
            raise ValueError(f"{layer.key}: no site {', '.join(sorted(unknown))}")
        counts = {one.id: list(layer.of.values()).count(one.id) for one in layer.classes}
        classes = [
            {
                "label": one.label[view.lang],
                "shape": one.shape,
                "colour": CLASS_COLOURS[one.colour_index % len(CLASS_COLOURS)],
                "count": counts[one.id],
            }
            for one in layer.classes
        ]
        number = {one.id: place for place, one in enumerate(layer.classes)}
        records.append(
            {
                "key": layer.key,
                "title": layer.title[view.lang],
                "classes": classes,
                "of": {site: number[found] for site, found in sorted(layer.of.items())},
            }
        )
    return records


def site_sections(view: View, extras: Sequence[Extra], site: str) -> list[dict[str, Any]]:
    """What a site's popup says of its classes."""
    found = []
    for layer in site_classes(extras):
        label = {one.id: one.label[view.lang] for one in layer.classes}.get(layer.of.get(site, ""))
        note = layer.note.get(site, {}).get(view.lang, "")
        if label or note:
            title = text("map.extra.class", view.lang, title=layer.title[view.lang], label=label)
            title = title if label else layer.title[view.lang]
            found.append({"title": title, "text": note, "rows": []})
    return found


def province_sections(
    view: View, metrics: Sequence[Mapping[str, Any]], extras: Sequence[Extra], code: str
) -> list[dict[str, Any]]:
    """What a province's popup says of the values; `metrics` are the page's records."""
    records = {str(one["key"]): one for one in metrics}
    found = []
    for layer in extras:
        record = records.get(f"extra:{getattr(layer, 'key', '')}")
        if not isinstance(layer, ProvinceValues) or record is None:
            continue
        if code in view.included and math.isfinite(layer.values.get(code, math.nan)):
            shown = record["shown"][code]
            found.append({"title": layer.title[view.lang], "text": shown, "rows": []})
    return found
