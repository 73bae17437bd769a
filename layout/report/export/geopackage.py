"""The GeoPackage of a plan: its layers with styles that QGIS applies when it opens them.

Written by GDAL through pyogrio. GDAL's clock is set to a fixed day, so that the same plan gives the
same bytes with the same version of GDAL.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from layout.labels.cleaning import clean
from layout.report.export.layer import CRS, Layer
from layout.report.export.styles import qml, sld

FIXED = "2000-01-01T00:00:00Z"
STYLES = "layer_styles"


def geopackage_bytes(found: Sequence[Layer], lang: str) -> bytes:
    """The file."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED})
    try:
        with tempfile.TemporaryDirectory(prefix="layout-") as folder:
            file = Path(folder) / "plan.gpkg"
            _write(found, lang, file)
            return file.read_bytes()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write(found: Sequence[Layer], lang: str, file: Path) -> None:
    import geopandas as gpd
    import pyogrio

    for layer in found:
        frame = layer.frame
        for field in layer.fields:
            if field.type == "text":
                frame[field.code] = frame[field.code].map(clean)
        shapes = gpd.GeoDataFrame(frame, geometry=list(layer.shapes), crs=CRS)
        pyogrio.write_dataframe(
            shapes,
            file,
            layer=layer.name,
            driver="GPKG",
            geometry_type=layer.kind,
            append=file.exists(),
            dataset_options={"VERSION": "1.2"} if not file.exists() else None,
            layer_options={
                "IDENTIFIER": layer.title(lang),
                "DESCRIPTION": clean(layer.note),
                "FID": "fid",
                "GEOMETRY_NAME": "geom",
            },
        )
    pyogrio.write_dataframe(
        _styles(found, lang), file, layer=STYLES, driver="GPKG", append=True,
        layer_options={"FID": "id"},
    )  # fmt: skip


def _styles(found: Sequence[Layer], lang: str) -> pd.DataFrame:
    """The table in which QGIS looks for styles, a row per layer."""
    return pd.DataFrame(
        [
            {
                "f_table_catalog": "",
                "f_table_schema": "",
                "f_table_name": layer.name,
                "f_geometry_column": "geom",
                "styleName": layer.name,
                "styleQML": qml(layer, lang),
                "styleSLD": sld(layer, lang),
                "useAsDefault": True,
                "description": layer.title(lang),
                "owner": "",
                "ui": "",
                "update_time": pd.Timestamp(FIXED),
            }
            for layer in found
        ]
    )
