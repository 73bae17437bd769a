"""A plan in the forms in which it is handed on, all of those asked for or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from layout.errors import EXIT_USAGE, FileProblem, LayoutError
from layout.labels import LANGUAGES
from layout.model.naming import nearest
from layout.plan.overview import overview
from layout.report.boundaries import read_boundaries, shipped_boundaries
from layout.report.export.figures import figure_sheets
from layout.report.export.placing import check_places, place
from layout.report.export.tables import (
    Sheet,
    field_sheet,
    input_sheets,
    plan_sheets,
    source_sheet,
)
from layout.report.metrics import metric_records
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.report.export.layer import Layer
    from layout.report.picture.fonts import Fonts

FORMS = ("xlsx", "gpkg", "geojson", "csv", "parquet", "png", "svg", "pdf")
PLACES = {
    "xlsx": "plan.xlsx",
    "gpkg": "plan.gpkg",
    "geojson": "geojson",
    "csv": "csv",
    "parquet": "parquet",
    "png": "map.png",
    "svg": "map.svg",
    "pdf": "map.pdf",
}
"""Form → file, or folder of files."""

Files = dict[str, bytes]
"""Path below the output folder → content."""


@dataclass(frozen=True)
class Options:
    """How: language, the user's boundaries with their credit, font, dots per inch of a png."""

    lang: str = "zh"
    boundaries: str | Path | None = None
    credit: str | None = None
    font: str | Path | None = None
    dpi: int = 300
    date: str | None = None
    shade: str | None = None
    """Key of the quantity by which provinces are shaded; None for compute."""


@dataclass(frozen=True)
class Exported:
    """What was written, and the characters that no font could show in a picture."""

    places: tuple[Path, ...]
    unknown: tuple[str, ...] = ()


class UnknownForm(ValueError):
    """A form that there is not; `name` as it was asked for, `near` the one that was meant."""

    def __init__(self, name: str) -> None:
        self.name, self.near = name, nearest(name, FORMS)
        super().__init__(f"no form {name!r}; there are {', '.join(FORMS)}")


class UnknownShade(LayoutError):
    """A quantity that provinces of this plan cannot be shaded by."""

    exit_code = EXIT_USAGE


def forms_of(asked: str | Sequence[str]) -> tuple[str, ...]:
    """The forms of ``xlsx,gpkg`` or of a list, each once. Raises UnknownForm."""
    words = asked.split(",") if isinstance(asked, str) else list(asked)
    names = [word.strip().lower().removeprefix(".") for word in words if word.strip()]
    for name in names or [""]:
        if name not in FORMS:
            raise UnknownForm(name)
    return tuple(dict.fromkeys(names))


def export(
    plan: Plan,
    to: str | Sequence[str],
    output: str | Path,
    options: Options | None = None,
    *,
    overwrite: bool = False,
) -> Exported:
    """Write a plan into the folder `output` in every form of `to`.

    Raises UnknownForm, FileProblem where something is in the way or the plan has no tables, and
    InputError for a boundary file; nothing is written then.
    """
    forms, how, folder = forms_of(to), options or Options(), Path(output)
    if how.lang not in LANGUAGES:
        raise ValueError(f"no language {how.lang!r}; there are {', '.join(LANGUAGES)}")
    check_places(folder, [PLACES[form] for form in forms], overwrite)
    if not plan.has_tables:
        raise FileProblem("cli.error.no_tables", path=str(plan.folder or plan.record.get("model")))
    work = _Work(plan, how)
    found: Files = {}
    for form in forms:
        found |= work.files(form)
    written = place(folder, found, [PLACES[form] for form in forms], overwrite)
    return Exported(tuple(written), tuple(sorted(work.unknown)))


class _Work:
    """The parts that several forms need, each made once."""

    def __init__(self, plan: Plan, how: Options) -> None:
        self.plan, self.how = plan, how
        layer = shipped_boundaries() if how.boundaries is None else read_boundaries(how.boundaries)
        self.view = View(overview(plan), layer, how.lang)
        self.unknown: set[str] = set()
        known = [str(one["key"]) for one in metric_records(self.view)]
        if how.shade is not None and how.shade not in known:
            raise UnknownShade("export.error.shade", shade=how.shade, known=", ".join(known))

    def files(self, form: str) -> Files:
        """What a form consists of."""
        makers: dict[str, Callable[[], Files]] = {
            "xlsx": self._workbook,
            "gpkg": self._geopackage,
            "geojson": self._geojson,
            "csv": self._csv,
            "parquet": self._parquet,
        }
        name = PLACES[form]
        made = makers[form]() if form in makers else {"": self._picture(form)}
        return {f"{name}/{file}" if file else name: content for file, content in made.items()}

    @cached_property
    def sheets(self) -> list[Sheet]:
        """Key figures, tables of the plan and of its model, sources, what the columns are."""
        found = [*figure_sheets(self.view), *plan_sheets(self.plan, self.view)]
        named = {sheet.name for sheet in found}
        found += [one for one in input_sheets(self.plan, self.view) if one.name not in named]
        found.append(source_sheet(self.plan))
        return [*found, field_sheet(found)]

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers of a map."""
        from layout.report.export.layers import layers

        return layers(self.view, self.how.credit, self.how.shade)

    def _workbook(self) -> Files:
        from layout.report.export.summary import summary
        from layout.report.export.workbook import workbook_bytes

        told = summary(self.view, self.how.credit, self.how.date)
        return {"": workbook_bytes(told, self.sheets, self.how.lang)}

    def _geopackage(self) -> Files:
        from layout.report.export.geopackage import geopackage_bytes

        return {"": geopackage_bytes(self.layers, self.how.lang)}

    def _geojson(self) -> Files:
        from layout.report.export.geojson import geojson_files

        return geojson_files(self.layers, self.how.lang)

    def _csv(self) -> Files:
        from layout.report.export.plain import csv_files

        return csv_files(self.sheets, self.how.lang)

    def _parquet(self) -> Files:
        from layout.report.export.plain import parquet_files

        return parquet_files(self.plan)

    def _picture(self, form: str) -> bytes:
        from layout.report.picture.fonts import fonts
        from layout.report.picture.picture import map_canvas, title

        letters: Fonts = fonts(self.how.font)
        how = self.how
        canvas = map_canvas(
            self.view, metric=how.shade, credit=how.credit, date=how.date, letters=letters
        )
        content = canvas.saved(form, dpi=self.how.dpi, title=title(self.view))
        self.unknown |= letters.unknown
        return content
