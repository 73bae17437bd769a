"""CSV and Parquet files: one per table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

import pandas as pd

from layout.formulas import guarded
from layout.labels.cleaning import clean
from layout.model.writing import number_text
from layout.plan import Plan
from layout.plan.files import FILES, TEXT
from layout.report.export.tables import Sheet


def csv_files(sheets: Sequence[Sheet], lang: str) -> dict[str, bytes]:
    """Name → a CSV file in UTF-8 with a byte order mark, so that Excel reads Chinese.

    The header has both names and the unit. A text that a spreadsheet would take for a formula
    begins with an apostrophe; numbers have all their digits.
    """
    found = {}
    for sheet in sheets:
        store = StringIO(newline="")
        writer = csv.writer(store, lineterminator="\r\n")
        writer.writerow([safe(field.heading(lang)) for field in sheet.fields])
        columns = [
            [safe(value) if field.type == TEXT else _number(value) for value in sheet.frame[code]]
            for field, code in zip(sheet.fields, sheet.frame.columns, strict=True)
        ]
        writer.writerows(zip(*columns, strict=True))
        found[f"{sheet.name}.csv"] = b"\xef\xbb\xbf" + store.getvalue().encode("utf-8")
    return found


def safe(value: Any) -> str:
    """Text that no spreadsheet takes for a formula; '' where there is none."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return guarded(clean(value))


def _number(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, int) else number_text(float(value))


def parquet_files(plan: Plan) -> dict[str, bytes]:
    """Name → a Parquet file with exactly the columns, types and rows of the plan's table.

    The schema has the unit and both names of every column as metadata.
    """
    import pyarrow as pa
    from pyarrow import parquet

    from layout.labels import text

    found = {}
    for name, file in FILES.items():
        frame = plan.tables[name]
        if frame.empty:
            continue
        table = pa.Table.from_pandas(frame, preserve_index=False)
        kinds = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64()}
        schema = pa.schema(
            [
                pa.field(
                    column.name,
                    kinds[column.type],
                    metadata={
                        "unit": column.unit,
                        "name_en": text(column.label, "en"),
                        "name_zh": text(column.label, "zh"),
                    },
                )
                for column in file.columns
            ]
        )
        store = BytesIO()
        parquet.write_table(table.cast(schema), store)
        found[f"{name}.parquet"] = store.getvalue()
    return found
