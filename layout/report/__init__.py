"""What is shown of a plan outside the command line: the map page."""

from __future__ import annotations

from layout.report.extra import ProvinceValues, SiteClass, SiteClasses
from layout.report.page import map_page

__all__ = ["ProvinceValues", "SiteClass", "SiteClasses", "map_page"]
