"""Grid headroom in every time slice: what fills a store comes over the grid too; by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.formulation import build
from layout.model import read_model
from tests import snapshots
from tests.builders import merged, tiny_model
from tests.checking.changes import model_cell
from tests.features.rows import planned
from tests.features.test_cold_storage import moved
from tests.features.test_cold_storage import world as cooled
from tests.features.test_slices import world as sunny
from tests.formulation.test_snapshots import row_text

SNAPSHOT = Path(__file__).parent / "snapshots" / "headroom.txt"
SITE = {"site": "E", "zone": "Z", "province": "P", "climate_zone": "mild"}
LIMITS: dict[str, dict[str, Any]] = {
    "site": {"sites": [{**SITE, "grid_headroom_mw": 1.7}]},
    "province": {"power": [{"province": "P", "price_cny_per_kwh": 0.5, "grid_headroom_mw": 1.7}]},
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_store_is_filled_within_the_headroom(tmp_path: Path, limit: str) -> None:
    # The site draws 1.5 MW at its rated load, so 0.2 MW are left by night; 0.81 of them come back
    # by day. Without a limit the night would take 1.5 + 0.4/0.81 MW.
    plan = planned(tmp_path / "model", **merged(cooled(), LIMITS[limit]))
    assert moved(plan) == pytest.approx(0.2 * 0.81)
    assert plan["dispatch"]["grid_mw"].tolist() == pytest.approx([1.5 - 0.162, 1.7])
    assert not verify(plan).failures
    lower = model_cell("sites" if limit == "site" else "power", {}, grid_headroom_mw=1.69)
    assert f"{'site' if limit == 'site' else 'power'}_headroom" in {
        failure.code for failure in verify(lower(plan)).failures
    }


@pytest.mark.parametrize(("site", "full"), [("E", True), ("", False)])
def test_a_plant_at_the_site_needs_no_grid(tmp_path: Path, site: str, full: bool) -> None:
    # Sun at the site fills the battery behind the connection of 1.2 MW: the night's 1 MW takes
    # 1/0.81 by day, besides the day's 1. Sun from elsewhere comes over the connection.
    given = sunny(
        sites=[{"site": "E", "province": "P", "climate_zone": "mild", "grid_headroom_mw": 1.2}]
    )
    given["renewables"] = [{**given["renewables"][0], "site": site, "buyers": ""}]
    given["profiles"] = given["profiles"][:1]
    own = {"battery_capex_mcny_per_mwh": 0.001, "battery_efficiency": 0.81}
    plan = planned(tmp_path / "model", **merged(given, {"settings": {"slices": own}}))
    table = plan["dispatch"].set_index("slice")
    into = table.loc["light", "grid_mw"] + table.loc["light", "renewable_mw"]
    assert into == pytest.approx(1 + 1 / 0.81 if full else 1.2)
    assert not verify(plan).failures
    narrower = verify(model_cell("sites", {}, grid_headroom_mw=1.1)(plan))
    assert full == ("site_headroom" not in {failure.code for failure in narrower.failures})


def test_rows(tmp_path: Path) -> None:
    model = read_model(tiny_model(tmp_path / "model", **merged(cooled(), LIMITS["site"])))
    formulation = build(model)
    text = ""
    for name in ("grid_import", "above_rated", "site_headroom"):
        rows = formulation.constraints[name]
        text += f"{rows.doc}\n\n" + "".join(row_text(rows, at) for at in range(len(rows.index)))
    snapshots.compare(SNAPSHOT, text)
    free = build(read_model(tiny_model(tmp_path / "free", **cooled())))
    assert "above_rated" not in free.constraints
