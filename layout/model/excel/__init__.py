"""A planning model as an Excel workbook to fill in."""

from layout.model.excel.package import undated
from layout.model.excel.writing import workbook_bytes

__all__ = ["undated", "workbook_bytes"]
