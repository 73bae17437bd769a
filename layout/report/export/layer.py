"""One layer of a map to hand on, and what all layers are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from layout.labels import text
from layout.plan.files import INTEGER, NUMBER, TEXT
from layout.report.export.tables import Field
from layout.report.view import View

CRS = "EPSG:4490"


@dataclass(frozen=True)
class Layer:
    """One layer: what its columns are, and a row and a shape for everything in it."""

    name: str
    en: str
    zh: str
    kind: str
    fields: tuple[Field, ...]
    rows: tuple[dict[str, Any], ...]
    shapes: tuple[Any, ...]
    classes: tuple[dict[str, Any], ...] = ()
    """How it is drawn: value, label, colour."""
    note: str = ""
    """Of which year it is, and whose."""

    def title(self, lang: str) -> str:
        """The title in a language."""
        return self.zh if lang == "zh" else self.en

    @property
    def frame(self) -> pd.DataFrame:
        """The rows with every column in its type."""
        kinds = {TEXT: "str", INTEGER: "int64", NUMBER: "float64"}
        frame = pd.DataFrame(list(self.rows), columns=[field.code for field in self.fields])
        return frame.astype({field.code: kinds[field.type] for field in self.fields})


def field_of(code: str, kind: str = TEXT, unit: str = "") -> Field:
    """A column with its labels."""
    key = f"export.field.{code}"
    return Field(code, text(key, "en"), text(key, "zh"), unit, kind)


def titles(name: str) -> tuple[str, str]:
    """The title of a layer in both languages."""
    return text(f"export.layer.{name}", "en"), text(f"export.layer.{name}", "zh")


def point(lon: Any, lat: Any) -> Any:
    """A place, to a tenth of a metre."""
    return shapely.Point(round(float(lon), 6), round(float(lat), 6))


def names_of(table: pd.DataFrame, code: Any) -> dict[str, str]:
    """Both names of a site or zone."""
    return {name: str(table.at[code, name] or "") for name in ("name_zh", "name_en")}


def home_of(view: View, code: str) -> dict[str, str]:
    """Code and name of a province."""
    province = view.provinces.get(code)
    return {"province": code, "province_name": province.name(view.lang) if province else ""}


def compute_unit(view: View) -> str:
    """What sums over kinds are in."""
    return "EFLOPS FP32" if view.common else "EFLOPS"
