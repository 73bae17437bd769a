"""The report of a plan: one HTML file that is read on a screen, printed, and laid on a table."""

from __future__ import annotations

from layout.report.document.page import report_page

__all__ = ["report_page"]
