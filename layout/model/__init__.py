"""What a planning model says: settings, tables, reading, checks, writing."""

from __future__ import annotations

import layout.text_columns  # noqa: F401
from layout.model.planning import Inferred, PlanningModel
from layout.model.reading import examine, read_model
from layout.model.schema import FEATURES, MEASURES, Settings, Target
from layout.model.starter import starter
from layout.model.tables import TABLES, Column, Table
from layout.model.writing import fresh_folder, write_model, write_workbook

__all__ = [
    "FEATURES",
    "MEASURES",
    "TABLES",
    "Column",
    "Inferred",
    "PlanningModel",
    "Settings",
    "Table",
    "Target",
    "examine",
    "fresh_folder",
    "read_model",
    "starter",
    "write_model",
    "write_workbook",
]
