"""The whole study folder of `layout index`: tables and map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layout.labels import LANGUAGES, text
from layout.study.folder import Study, write_study
from layout.study.index.index_files import study_of

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.study.index.index import ComputeIndex

MAP = "map.html"


def write_index(
    found: ComputeIndex,
    folder: str | Path,
    *,
    lang: str = "zh",
    with_map: bool = True,
    overwrite: bool = False,
) -> Study:
    """Write the study in one step. Raises FileProblem where the folder is in the way."""
    study = study_of(found)
    extras = {MAP: _map(found, study, lang)} if with_map else {}
    return write_study(study, folder, overwrite, extras)


def _map(found: ComputeIndex, study: Study, lang: str) -> str:
    """The map page of the plan with the index on it, and what kind of index it is."""
    from layout.report import map_page
    from layout.report.extra import StudyNote
    from layout.study.index.index_map import layers, panel

    model = found.plan.model
    title = {one: text("map.study.index", one) for one in LANGUAGES}
    extras = [*layers(study, codes_of(model)), StudyNote("index", title, panel(study, model))]
    return map_page(found.plan, lang, extras=extras)


def codes_of(model: PlanningModel) -> dict[str, str]:
    """Province of a model → adcode: its own code where it is one, else where its places lie."""
    from layout.names import province_of_site
    from layout.report.boundaries import shipped_boundaries
    from layout.report.reach import province_at
    from layout.report.sheet.place import homes

    layer = shipped_boundaries()
    known = {one.adcode for one in layer.provinces}
    own, at = province_of_site(model), homes(model, layer)
    found = {own[site]: at[site] for site in sorted(own) if at[site]}
    zones = model["zones"]
    rows = zip(zones["zone"], zones["province"], zones["lat"], zones["lon"], strict=True)
    for zone, province, lat, lon in rows:
        name = str(province or zone)
        code = f"{name[:2]}0000"
        if len(name) == 6 and name.isdigit() and code in known:
            found[name] = code
        elif name not in found:
            found[name] = province_at((float(lat), float(lon)), layer)
    return {name: code for name, code in found.items() if code}
