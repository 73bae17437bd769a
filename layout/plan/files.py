"""The CSV files of a plan folder, declared once: columns, types, units, keys.

Writing, reading, checking, documentation, table headers and the workbook are made from this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import layout.text_columns  # noqa: F401

TEXT, INTEGER, NUMBER = "text", "integer", "number"
_DTYPES: dict[str, Any] = {
    TEXT: pd.StringDtype(na_value=np.nan),
    INTEGER: np.dtype("int64"),
    NUMBER: np.dtype("float64"),
}


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit ('' when it has none) and whether a cell may be empty.

    A `later` one was added to a file that there was before: a file without it is read as if all
    its cells were empty.
    """

    name: str
    type: str
    unit: str = ""
    empty: bool = False
    later: bool = False

    @property
    def label(self) -> str:
        """Key of the Chinese and English header in the label table."""
        return f"plan.column.{self.name}"

    @property
    def dtype(self) -> Any:
        """The pandas dtype of the column."""
        return _DTYPES[self.type]

    def typed(self, values: pd.Series) -> pd.Series:
        """`values` in the type of the column."""
        return values if values.dtype == self.dtype else values.astype(self.dtype)


@dataclass(frozen=True)
class PlanFile:
    """One file: its columns in order and the columns that identify and order its rows.

    An optional file is written only when it has rows; where it is missing it has none.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: bool = False

    @property
    def file(self) -> str:
        """File name inside the plan folder."""
        return f"{self.name}.csv"

    @property
    def label(self) -> str:
        """Key of the Chinese and English title in the label table."""
        return f"plan.file.{self.name}"

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @property
    def numbers(self) -> list[str]:
        """Names of the number columns in which an empty cell has no meaning."""
        return [c.name for c in self.columns if c.type == NUMBER and not c.empty]

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return next(c for c in self.columns if c.name == name)

    def frame(self, rows: pd.DataFrame | None = None) -> pd.DataFrame:
        """`rows` with this file's columns, types and order; without rows an empty table.

        Raises KeyError when a column is missing.
        """
        if rows is None:
            return pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in self.columns})
        typed = pd.DataFrame({c.name: c.typed(rows[c.name]).array for c in self.columns})
        return (
            typed
            if len(typed) < 2
            else typed.sort_values(list(self.key), kind="stable", ignore_index=True)
        )


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


def _number(unit: str, *names: str, empty: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, unit, empty) for name in names)


YEAR = Column("year", INTEGER)
_ACTIONS = ("existing_eflops", "filled_eflops", "expanded_eflops", "built_eflops")

_FILES = (
    PlanFile(
        "capacity",
        ("site", "year", "kind", "facility"),
        (
            *_text("site"),
            YEAR,
            *_text("kind", "facility"),
            *_number("EFLOPS", *_ACTIONS, "retrofitted_eflops", "retired_eflops"),
            *_number("EFLOPS", "compute_eflops"),
            *_number("MW", "facility_it_mw", "it_mw"),
            *_number("", "racks", "pue"),
        ),
    ),
    PlanFile(
        "service",
        ("zone", "site", "workload", "year"),
        (
            *_text("zone", "site", "workload"),
            YEAR,
            *_number("EFLOPS", "served_eflops"),
            *_number("ms", "latency_one_way_ms", "latency_rtt_ms"),
        ),
    ),
    PlanFile(
        "energy",
        ("site", "year"),
        (
            *_text("site"),
            YEAR,
            *_number("GWh", "it_gwh", "facility_gwh", "grid_gwh", "renewable_gwh"),
            *_number("GWh", "certificate_gwh"),
            *_number("kt", "carbon_kt"),
        ),
    ),
    PlanFile(
        "cost",
        ("site", "year", "component"),
        (*_text("site"), YEAR, *_text("component"), *_number("mcny", "mcny")),
    ),
    PlanFile(
        "prices",
        ("zone", "workload", "year"),
        (*_text("zone", "workload"), YEAR)
        + _number("mcny/EFLOPS/year", "price_mcny_per_eflops_year"),
    ),
    PlanFile(
        "targets",
        ("target", "year"),
        (
            *_text("target"),
            YEAR,
            *_text("scope"),
            *_number("", "base_year_value", "achieved", "outturn", empty=True),
            *_number("", "required"),
            *_number("", "slack", empty=True),
            *_number("mcny", "shadow_cost_mcny", empty=True),
            *_text("met_by", "status"),
        ),
    ),
    PlanFile(
        "unserved",
        ("zone", "workload", "year"),
        (*_text("zone", "workload"), YEAR, *_number("EFLOPS", "unserved_eflops")),
    ),
    PlanFile(
        "contracts",
        ("site", "source", "technology", "year"),
        (
            *_text("site", "source", "technology"),
            YEAR,
            *_number("MW", "contract_mw"),
            *_number("GWh", "produced_gwh", "used_gwh"),
        ),
    ),
    PlanFile(
        "sectors",
        ("sector", "workload", "year"),
        (
            *_text("sector", "workload"),
            YEAR,
            *_number("EFLOPS", "served_eflops", "unserved_eflops"),
            *_number("mcny/year", "cost_mcny"),
        ),
        optional=True,
    ),
    PlanFile(
        "induced",
        ("province", "spending", "year"),
        (
            *_text("province", "spending"),
            YEAR,
            *_number("mcny", "spent_mcny", "output_mcny", "value_added_mcny"),
            *_number("person-years", "jobs_person_years"),
        ),
        optional=True,
    ),
    PlanFile(
        "dispatch",
        ("site", "year", "slice"),
        (
            *_text("site"),
            YEAR,
            *_text("slice"),
            *_number("h", "hours"),
            *_number("MW", "facility_mw", "grid_mw", "renewable_mw", "charge_mw", "discharge_mw"),
            *_number("MWh", "level_mwh", "battery_mwh"),
        ),
        optional=True,
    ),
    PlanFile(
        "fuel",
        ("site", "year", "slice"),
        (*_text("site"), YEAR, *_text("slice"), *_number("MW", "fuel_mw")),
        optional=True,
    ),
    PlanFile(
        "cold_storage",
        ("site", "year", "slice"),
        (
            *_text("site"),
            YEAR,
            *_text("slice"),
            *_number("MW", "cold_charge_mw", "cold_discharge_mw"),
            *_number("MWh", "cold_level_mwh", "cold_storage_mwh"),
        ),
        optional=True,
    ),
    PlanFile(
        "loads",
        ("unit", "kind", "year", "slice"),
        (*_text("unit", "kind"), YEAR, *_text("slice"), *_number("EFLOPS", "load_eflops")),
        optional=True,
    ),
    PlanFile(
        "runs",
        ("site", "workload", "kind", "year"),
        (
            *_text("site", "workload", "kind"),
            YEAR,
            *_number("EFLOPS", "served_eflops", "standby_eflops", "peak_eflops"),
        ),
        optional=True,
    ),
    PlanFile(
        "carried",
        ("site", "source", "technology", "year", "slice"),
        (
            *_text("site", "source", "technology"),
            YEAR,
            *_text("slice"),
            *_number("MW", "used_mw"),
        ),
        optional=True,
    ),
    PlanFile(
        "shifted",
        ("site", "zone", "workload", "year", "slice"),
        (
            *_text("site", "zone", "workload"),
            YEAR,
            *_text("slice"),
            *_number("EFLOPS", "served_eflops"),
        ),
        optional=True,
    ),
    PlanFile(
        "flexible",
        ("site", "workload", "kind", "year", "slice"),
        (
            *_text("site", "workload", "kind"),
            YEAR,
            *_text("slice"),
            *_number("EFLOPS", "load_eflops"),
        ),
        optional=True,
    ),
    PlanFile(
        "units",
        ("unit", "kind", "year"),
        (
            *_text("unit", "site", "facility", "kind"),
            YEAR,
            *_text("origin"),
            *_number("EFLOPS", *_ACTIONS, "retrofitted_eflops", "retired_eflops"),
            *_number("EFLOPS", "compute_eflops", "load_eflops"),
            *_number("MW", "it_mw", "space_mw"),
            *_number("", "pue", "fixed_overhead"),
            *_number("GWh", "it_gwh", "facility_gwh"),
        ),
    ),
    PlanFile(
        "links",
        ("from", "to", "medium", "technology", "year"),
        (
            *_text("from", "to", "medium"),
            Column("technology", TEXT, later=True),
            YEAR,
            *_number("km", "length_km"),
            *_number("Gbps", "flow_gbps"),
            *_number("Gbps", "capacity_gbps", empty=True),
            *_number("", "waves", "built"),
            *_number("", "utilisation", empty=True),
            Column("spare_gbps", NUMBER, "Gbps", empty=True, later=True),
        ),
        optional=True,
    ),
    PlanFile(
        "routes",
        ("site", "zone", "path", "year"),
        (
            *_text("site", "zone", "path"),
            YEAR,
            *_text("links"),
            *_number("km", "length_km"),
            *_number("ms", "latency_one_way_ms"),
            *_number("Gbps", "flow_gbps"),
            Column("spare_gbps", NUMBER, "Gbps", empty=True, later=True),
        ),
        optional=True,
    ),
    PlanFile(
        "shipments",
        ("zone", "site", "workload", "year"),
        (
            *_text("zone", "site", "workload"),
            YEAR,
            *_number("EFLOPS", "shipped_eflops"),
            *_number("TB", "volume_tb"),
            *_number("h", "transfer_h"),
        ),
        optional=True,
    ),
    PlanFile(
        "storage",
        ("site", "year"),
        (
            *_text("site"),
            YEAR,
            *_number("EB", "disk_eb", "ssd_eb", "added_disk_eb", "added_ssd_eb"),
            *_number("EB", "needed_eb", "backup_eb"),
            Column("kept_eb", NUMBER, "EB", empty=True, later=True),
        ),
        optional=True,
    ),
    PlanFile(
        "kept",
        ("scope", "site", "year"),
        (*_text("scope", "site"), YEAR, *_number("EB", "kept_eb")),
        optional=True,
    ),
    PlanFile(
        "backup",
        ("region", "site", "year"),
        (*_text("region", "site"), YEAR, *_number("EB", "backup_eb")),
        optional=True,
    ),
    PlanFile(
        "water",
        ("site", "year"),
        (*_text("site"), YEAR, *_number("ML", "water_ml")),
        optional=True,
    ),
    PlanFile(
        "heat",
        ("site", "year"),
        (*_text("site"), YEAR, *_number("GWh", "heat_gwh", "heat_pump_gwh")),
        optional=True,
    ),
    PlanFile(
        "cheap_debt",
        ("site", "facility", "year"),
        (*_text("site", "facility"), YEAR, *_number("mcny", "cheap_debt_mcny")),
        optional=True,
    ),
    PlanFile(
        "recourse",
        ("outage", "zone", "site", "workload", "kind", "year"),
        (
            *_text("outage", "zone", "site", "workload", "kind"),
            YEAR,
            *_number("EFLOPS", "recourse_eflops"),
        ),
        optional=True,
    ),
    PlanFile(
        "uncovered",
        ("outage", "zone", "workload", "year"),
        (
            *_text("outage", "zone", "workload"),
            YEAR,
            *_number("EFLOPS", "critical_eflops", "uncovered_eflops"),
        ),
        optional=True,
    ),
    PlanFile(
        "standby",
        ("zone", "site", "workload", "year"),
        (*_text("zone", "site", "workload"), YEAR, *_number("EFLOPS", "standby_eflops")),
        optional=True,
    ),
)

FILES: dict[str, PlanFile] = {file.name: file for file in _FILES}
PLAN_JSON = "plan.json"
EXPLANATION_JSON = "explanation.json"
MODEL_FOLDER = "model"
STATUSES = ("optimal", "feasible", "infeasible", "no_solution")
STATUSES_WITH_TABLES = ("optimal", "feasible")
FORMAT = 1


def empty_tables() -> dict[str, pd.DataFrame]:
    """Every table of a plan, with its columns and types and no rows."""
    return {name: frame.copy(deep=False) for name, frame in _empty().items()}


@cache
def _empty() -> dict[str, pd.DataFrame]:
    return {name: file.frame() for name, file in FILES.items()}
