"""The national tables are what the script makes of the facts, byte for byte."""

from __future__ import annotations

import subprocess
import sys

from tests.data.national import NATIONAL, ROOT, SCENARIOS


def test_script_reproduces_the_shipped_tables(tmp_path):
    command = [sys.executable, str(ROOT / "data" / "make_national.py")]
    command += ["--national", str(tmp_path / "national"), "--scenarios", str(tmp_path / "tables")]
    subprocess.run(command, check=True, cwd=tmp_path)
    for shipped, made in ((NATIONAL, tmp_path / "national"), (SCENARIOS, tmp_path / "tables")):
        names = sorted(path.name for path in shipped.glob("*.csv"))
        assert names == sorted(path.name for path in made.glob("*.csv"))
        for name in names:
            assert (made / name).read_bytes() == (shipped / name).read_bytes(), name
