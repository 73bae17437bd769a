"""Models that together have every family of variables and rows."""

from __future__ import annotations

from pathlib import Path

from tests.builders import tiny_model
from tests.features.everything import YEARS, everything
from tests.features.test_cold_storage import world as cooled
from tests.features.test_plant_storage import world as plants
from tests.features.test_storage_demand import LOCAL
from tests.features.test_storage_demand import world as data
from tests.formulation.provinces import two_provinces

CORRIDORS = [{"from": "P2", "to": "P1", "capacity_mw": 5}]


def every_family(folder: Path) -> list[tuple[Path, tuple[str, ...]]]:
    """Model folders with the settings under which they are read."""
    shifting = everything(years=YEARS, corridors=CORRIDORS)
    shifting["workloads"] = [
        {**row, "shiftable": True, "protected": row["workload"] == "batch"}
        for row in shifting["workloads"]
    ]
    return [
        (two_provinces(folder / "provinces"), ()),
        (two_provinces(folder / "aggregated"), ("solver.linking=aggregated",)),
        (tiny_model(folder / "everything", **everything(years=YEARS)), ()),
        (tiny_model(folder / "shifting", **shifting), ()),
        (tiny_model(folder / "plants", **plants(0.1)), ()),
        (tiny_model(folder / "data", **data(LOCAL)), ()),
        (tiny_model(folder / "cooled", **cooled()), ()),
    ]
