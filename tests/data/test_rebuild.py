"""The shipped tables are what the scripts make of the facts and of the national plan."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from layout.model import read_model
from tests.data.national import ROOT

FOLDERS = (
    "data/national",
    "data/national-2024",
    "models/national-2025/scenarios",
    "models/national-2030-pathway/scenarios",
    "models/national-prefectures-2025",
    "models/national-start-areas-2025",
)


def test_script_reproduces_the_shipped_tables(tmp_path):
    command = [sys.executable, str(ROOT / "data" / "make_national.py"), "--into", str(tmp_path)]
    subprocess.run(command, check=True, cwd=tmp_path)
    made = {path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.csv")}
    assert made == set(FOLDERS)
    for folder in FOLDERS:
        names = sorted(path.name for path in (ROOT / folder).glob("*.csv"))
        assert names == sorted(path.name for path in (tmp_path / folder).glob("*.csv"))
        for name in names:
            assert (tmp_path / folder / name).read_bytes() == (ROOT / folder / name).read_bytes(), (
                name
            )


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The models of parts, made again."""
    folder = tmp_path_factory.mktemp("parts")
    command = [sys.executable, str(ROOT / "models" / "make_parts.py"), "--into", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return folder


@pytest.mark.parametrize("name", ["hub-guizhou", "province-guangdong"])
def test_script_reproduces_the_shipped_parts(parts, name):
    """The same model up to what another version of the solver may change in the last digits."""
    shipped, made = read_model(name), read_model(parts / name)
    texts = [
        (folder / name / "model.yaml").read_text("utf-8") for folder in (ROOT / "models", parts)
    ]
    settings = [yaml.safe_load(text) for text in texts]
    assert settings[0].keys() == settings[1].keys()
    assert settings[0]["targets"] == settings[1]["targets"]
    for table, frame in shipped.tables.items():
        columns = [column for column in frame if column != "note"]
        pd.testing.assert_frame_equal(made[table][columns], frame[columns], rtol=1e-6, obj=table)
