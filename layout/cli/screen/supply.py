"""Power of a place: energy, renewables against their potential, headroom used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layout.cli.screen.numbers import NOTHING, cell, number, share
from layout.cli.screen.scope import Place, provinces_of
from layout.labels import text
from layout.names import Names
from layout.plan.baseline import renewable_potential

if TYPE_CHECKING:
    import pandas as pd

    from layout.plan import Plan


def power_rows(plan: Plan, place: Place, names: Names) -> list[list[str]]:
    """Per site: IT, facility, grid, renewable and certificate energy (GWh), carbon (kt)."""
    energy = plan.tables["energy"]
    columns = ["it_gwh", "facility_gwh", "grid_gwh", "renewable_gwh", "certificate_gwh"]
    own = energy[energy["site"].isin(place.sites)]
    return [
        [
            names.site(str(row["site"])),
            *(cell(row[column]) for column in columns),
            cell(row["carbon_kt"]),
        ]
        for _, row in own.iterrows()
    ]


def potential_lines(plan: Plan, place: Place, names: Names) -> list[str]:
    """What the plan takes of the renewables of each province of the place."""
    potential = renewable_potential(plan.model)
    if potential.empty or not plan.model.settings.features.renewables:
        return []
    energy, sites = plan.tables["energy"], plan.model["sites"]
    province = energy["site"].map(sites.set_index("site")["province"])
    taken = energy["renewable_gwh"].groupby(province).sum()
    lines = []
    for code in sorted(provinces_of(plan.model, place)):
        there, own = float(potential.get(code, 0.0)), float(taken.get(code, 0.0))
        found = {"province": names.province(code), "used": number(own), "there": number(there)}
        used_share = share(own / there) if there > 0 else NOTHING
        said = text("cli.focus.potential", names.lang, share=used_share, **found)
        lines.append("  " + said)
    return lines


def headroom_mw(plan: Plan) -> pd.DataFrame:
    """Site → space_mw and grid_mw, the draw that counts against the grid headroom.

    grid = Σ over units of (pue − fixed overhead) × racked rated MW + fixed overhead × space.
    """
    units = plan.tables["units"]
    overhead = units["fixed_overhead"]
    draw = (units["pue"] - overhead) * units["it_mw"] + overhead * units["space_mw"]
    return units.assign(grid_mw=draw).groupby("site")[["space_mw", "grid_mw"]].sum()


def headroom_rows(plan: Plan, place: Place, names: Names) -> list[list[str]]:
    """Per site: space and its limit (MW), grid draw and its headroom (MW), shares used."""
    used = headroom_mw(plan)
    sites = plan.model["sites"]
    rows = []
    for site, space, grid in zip(
        sites["site"], sites["max_it_mw"], sites["grid_headroom_mw"], strict=True
    ):
        if site not in place.sites or site not in used.index:
            continue
        own = used.loc[site]
        rows.append(
            [
                names.site(site),
                *_against(float(own["space_mw"]), space),
                *_against(float(own["grid_mw"]), grid),
            ]
        )
    return rows


def _against(used: float, limit: float) -> list[str]:
    """Used, limit, share used; an unlimited one has no share."""
    part = share(used / limit, 0) if 0 < limit < np.inf else "–"
    return [number(used), number(limit), part]
