"""Places: coordinate systems, provinces, and keys that follow from where a site lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layout.geography.boundaries import lies_in, province_of, provinces
from layout.geography.coordinates import to_wgs84, wgs84_to_gcj02
from layout.model import read_model, write_model
from tests.model.sample import good, replace


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (116.39, 39.91, "110000"),
        (106.63, 26.65, "520000"),
        (87.6, 43.8, "650000"),
        (110.35, 20.02, "460000"),
        (121.5, 25.05, "710000"),
        (0.0, 0.0, ""),
        (140.0, 36.0, ""),
    ],
)
def test_points_find_their_province(lon: float, lat: float, code: str) -> None:
    assert province_of(lon, lat) == code


def test_hebei_does_not_contain_beijing() -> None:
    """Beijing is a hole of Hebei, Langfang's northern part an island of it."""
    assert not provinces()["130000"].contains(116.39, 39.91)
    assert provinces()["130000"].contains(116.99, 39.85)
    assert lies_in("130000", 116.38, 39.46)


def test_many_points_are_told_apart_as_each_by_itself() -> None:
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(113, 120, 300), rng.uniform(36, 43, 300)  # around Beijing and Hebei
    for code in ("110000", "120000", "130000"):
        area = provinces()[code]
        alone = [area.contains(x, y) for x, y in zip(lon, lat, strict=True)]
        assert area.contain(lon, lat).tolist() == alone
        assert any(alone)


def test_gcj02_of_a_known_point() -> None:
    """A point of the test set of the public `eviltransform` implementations, in Shanghai."""
    lat, lon = wgs84_to_gcj02(np.array([31.1774276]), np.array([121.5272106]))
    assert lat[0] == pytest.approx(31.17530398364597, abs=1e-9)
    assert lon[0] == pytest.approx(121.531541859215, abs=1e-9)


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_conversion_is_undone(system: str) -> None:
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(20, 50, 50), rng.uniform(80, 130, 50)
    there = wgs84_to_gcj02(lat, lon)
    if system == "bd09":
        y, x = there
        z = np.hypot(x, y) + 0.00002 * np.sin(y * np.pi * 3000 / 180)
        angle = np.arctan2(y, x) + 0.000003 * np.cos(x * np.pi * 3000 / 180)
        there = z * np.sin(angle) + 0.006, z * np.cos(angle) + 0.0065
    back = to_wgs84(*there, system)
    tolerance = 1e-9 if system == "gcj02" else 5e-6  # the published inverse of BD-09 is this good
    assert np.abs(back[0] - lat).max() < tolerance
    assert np.abs(back[1] - lon).max() < tolerance


def test_a_model_in_gcj02_is_read_in_wgs84(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    replace(folder, "model.yaml", "layout: 1", "layout: 1\ncoordinates: gcj02")
    model = read_model(folder)
    assert model.settings.coordinates == "wgs84"
    (lat,) = model["sites"].loc[model["sites"]["site"] == "GUIAN", "lat"].to_numpy(float)
    assert 0.1 < abs(26.390 - lat) * 111.2 < 1  # a few hundred metres


def test_a_site_given_by_name_and_place_gets_its_keys(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    sites = (folder / "sites.csv").read_text("utf-8").splitlines()
    width = len(sites[0].split(","))
    sites.append("NEW,New,新站点,26.58,106.72" + "," * (width - 5))
    sites.append("SEA,Sea,海上,15.0,115.0" + "," * (width - 5))
    (folder / "sites.csv").write_text("\n".join(sites) + "\n", "utf-8")
    model = read_model(folder)
    table = model["sites"].set_index("site")
    expected = {
        "province": "520000",
        "zone": "520000",
        "region": "west",
        "hub": "GZ",
        "climate_zone": "mild",
        "tariff_zone": "",
        "cluster": "",
    }
    assert {name: table.at["NEW", name] for name in expected} == expected
    assert (table.loc["SEA", list(expected)] == "").all()
    assert np.isinf(table["max_it_mw"].to_numpy(float)[list(table.index).index("NEW")])
    filled = {(one.key, one.column) for one in model.inferred}
    assert filled == {("NEW", name) for name, value in expected.items() if value}
    write_model(model, tmp_path / "w")
    again = read_model(tmp_path / "w")
    assert again == model
    assert again.inferred == model.inferred


def test_what_is_stated_is_never_added_to(tmp_path: Path) -> None:
    """A site that states its province keeps its empty hub: empty means none."""
    folder = good(tmp_path / "m")
    replace(folder, "sites.csv", "520000,520000,west,GZ,", "520000,520000,west,,")
    assert read_model(folder)["sites"].set_index("site").at["GUIAN", "hub"] == ""
