"""The answer to a planning model: its record, its tables, the model it answers."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.labels import text
from layout.plan.files import FILES, STATUSES_WITH_TABLES, empty_tables
from layout.plan.geoframes import geo_table, site_table, zone_table

if TYPE_CHECKING:
    import geopandas as gpd

    from layout.model import PlanningModel


@dataclass(frozen=True, repr=False, eq=False)
class Plan:
    """A plan: `record` is ``plan.json``, `tables` its CSV files, `model` the question.

    `folder` is where the plan stands on disk, None while it is only in memory. `explanation`
    is the content of ``explanation.json`` of an infeasible model.
    """

    record: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    model: PlanningModel
    folder: Path | None = None
    explanation: dict[str, Any] | None = field(default=None)

    @property
    def status(self) -> str:
        """optimal, feasible, infeasible or no_solution."""
        return str(self.record.get("status", ""))

    @property
    def has_tables(self) -> bool:
        """Whether there is a layout, proved optimal or not."""
        return self.status in STATUSES_WITH_TABLES

    def __getitem__(self, table: str) -> pd.DataFrame:
        """A table of the plan by name. Raises KeyError for a name no plan has."""
        return self.tables[table]

    def with_record(self, **changes: Any) -> Plan:
        """The same plan with some keys of its record changed."""
        return replace(self, record={**self.record, **changes})

    def summary(self, lang: str = "en") -> str:
        """The one-screen summary, or its compact form where the command line is missing."""
        try:
            write = import_module("layout.cli.summary").summary
        except (ImportError, AttributeError):
            return compact(self, lang)
        return str(write(self, lang=lang))

    def __repr__(self) -> str:
        return self.summary()

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Key figures, targets and map in a notebook, in the language of the system."""
        return self.show()._repr_html_()

    def show(self, lang: str | None = None, height: int = 720) -> Shown:
        """What a notebook shows of the plan, in a language (``zh``, ``en``) of one's choice.

        Key figures, targets and the map, `height` pixels high; without tables the summary.
        """
        if lang is None:
            lang = str(import_module("layout.cli.language").chosen((), os.environ))
        if not self.has_tables:
            return Shown(f"<pre>{escape(self.summary(lang))}</pre>")
        page = import_module("layout.report.notebook").notebook_html
        return Shown(str(page(self, lang, height)))

    def geo(self, table: str) -> gpd.GeoDataFrame:
        """A table with places, such as ``contracts``, as a GeoDataFrame. Raises KeyError."""
        return geo_table(self, table)

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """Points: a row for each site and year with its capacity, power, carbon and cost."""
        return site_table(self)

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """Points: the demand zones."""
        return zone_table(self)

    @property
    def capacity(self) -> gpd.GeoDataFrame:
        """Points: the table ``capacity`` with names and places of its sites."""
        return geo_table(self, "capacity")

    @property
    def service(self) -> gpd.GeoDataFrame:
        """Lines from site to zone: the table ``service`` with the names of both."""
        return geo_table(self, "service")

    @property
    def energy(self) -> gpd.GeoDataFrame:
        """Points: the table ``energy`` with names and places of its sites."""
        return geo_table(self, "energy")

    @property
    def prices(self) -> gpd.GeoDataFrame:
        """Points: the table ``prices`` with names and places of its zones."""
        return geo_table(self, "prices")

    @property
    def unserved(self) -> gpd.GeoDataFrame:
        """Points: the table ``unserved`` with names and places of its zones."""
        return geo_table(self, "unserved")


@dataclass(frozen=True)
class Shown:
    """HTML that a notebook displays."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


def new_plan(
    record: dict[str, Any], model: PlanningModel, tables: dict[str, pd.DataFrame] | None = None
) -> Plan:
    """A plan in memory with every table typed, ordered and complete (missing ones empty)."""
    given = tables or {}
    whole = empty_tables()
    whole.update({name: FILES[name].frame(frame) for name, frame in given.items()})
    return Plan(record, whole, model)


def compact(plan: Plan, lang: str) -> str:
    """Status, cost, gap and what was added, on a few lines."""
    record = plan.record
    lines = [
        text(
            "plan.compact.title",
            lang,
            model=record.get("model", ""),
            status=text(f"plan.status.{plan.status}", lang),
        )
    ]
    if plan.has_tables:
        capacity = plan.tables["capacity"]
        lines.append(
            text(
                "plan.compact.cost",
                lang,
                objective=_shown(record.get("objective_mcny")),
                gap=_shown(record.get("gap"), 5),
                gap_location=_shown(record.get("gap_location"), 5),
            )
        )
        actions = ("filled", "expanded", "built", "retired")
        sums = {name: f"{capacity[f'{name}_eflops'].sum():,.3f}" for name in actions}
        lines.append(text("plan.compact.actions", lang, **sums))
    return "\n".join(lines)


def _shown(value: Any, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
