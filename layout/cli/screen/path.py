"""The periods of a plan beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import cell, scaled, share
from layout.labels import text

if TYPE_CHECKING:
    from layout.plan import Plan

_COLUMNS = ("period", "years", "compute", "added", "space", "energy", "carbon", "green", "money")


def cost_label(record: Mapping[str, Any], lang: str) -> str:
    """What the components of cost are of: a year, or all periods."""
    return text("cli.cost_path" if len(record.get("periods") or []) > 1 else "cli.cost", lang)


def path_lines(plan: Plan, lang: str) -> list[str]:
    """One row per period; nothing for a plan of one."""
    by_year = plan.record.get("kpis_by_year") or {}
    if not by_year:
        return []
    header = [text(f"cli.path.{name}", lang) for name in _COLUMNS]
    rows = []
    for period in plan.record.get("periods") or []:
        figures = by_year.get(str(period["year"])) or {}

        def value(name: str, figures: Mapping[str, Any] = figures) -> Any:
            return (figures.get(name) or {}).get("value")

        rows.append(
            [
                str(period["year"]),
                cell(period["years"]),
                cell(value("compute_eflops_fp32")),
                cell(value("additions_eflops_fp32")),
                cell(value("facility_it_mw")),
                cell(scaled(value("facility_gwh"), "gwh", lang)),
                cell(value("carbon_kt")),
                share(value("green_share_physical")),
                cell(scaled(value("cost_mcny"), "mcny", lang)),
            ]
        )
    return [text("cli.path", lang), *grid(header, rows), text("cli.path.below", lang)]
