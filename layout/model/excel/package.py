"""What every workbook needs: cells whose text is no formula, exact numbers, the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from layout.labels.cleaning import printable

LONGEST = 32_767
"""Characters that a cell holds."""
_STAMP = (2000, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def put(cell: Any, value: Any) -> None:
    """Write a value: text stays text whatever it begins with, nothing leaves the cell empty.

    openpyxl writes numbers with 16 digits; here they are written so that they read back the same.
    """
    if value is None or value == "" or value != value:
        return
    if isinstance(value, str):
        cell.value = printable(value)[:LONGEST]
        cell.data_type = "s"
        return
    cell.value = value
    if isinstance(value, float):
        cell._value = repr(value).removesuffix(".0")
        cell.data_type = "n"


def saved(book: Any) -> bytes:
    """The workbook as bytes, the same for the same content."""
    out = io.BytesIO()
    book.save(out)
    return undated(out.getvalue())


def undated(data: bytes) -> bytes:
    """The same workbook without the time at which it was written."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z", part)
            new.writestr(zipfile.ZipInfo(name, _STAMP), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()
