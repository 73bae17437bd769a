"""What the plan's prices ask of every sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layout.cli.screen.heading import money
from layout.cli.screen.width import wrap
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.plan import Plan


def sector_lines(plan: Plan, names: Names) -> list[str]:
    """Sectors with what their demand costs in the last year, dearest first; none without any."""
    table = plan.tables["sectors"]
    if table.empty:
        return []
    year = int(table["year"].max())
    cost = table[table["year"] == year].groupby("sector")["cost_mcny"].sum()
    ranked = sorted(cost.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{names.sector(str(sector))} {money(mcny, names.lang)}" for sector, mcny in ranked]
    said = text("cli.sectors", names.lang, year=year)
    return wrap(said + text("cli.comma", names.lang).join(parts), indent="  ")
