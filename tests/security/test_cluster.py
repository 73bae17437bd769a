"""Studies on many processes: only on this machine unless asked, and by certificates as documented.

Both tests start Dask as a user would and take a while: they belong to a deep run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.towns import WEST, command_line, towns
from tests.clusters import cluster_of
from tests.security.errands import ROOT, UNSHARED, may_unshare

VARY = ("--vary", f"demand[zone={WEST}]*0.9,1", "--quiet")

WATCHED = """
import subprocess, sys, time
from pathlib import Path
found = set()
study = subprocess.Popen(sys.argv[1:])
while study.poll() is None:
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A":
                found.add(cells[1].rpartition(":")[0])
    time.sleep(0.1)
print(*sorted(found))
sys.exit(study.returncode)
"""


@pytest.mark.deep
def test_processes_on_one_machine_are_reached_from_it_alone(tmp_path: Path) -> None:
    """With only the loopback interface it works, and nothing listens on any other address."""
    if not may_unshare():
        pytest.skip("this machine gives no process a network of its own")
    line = command_line("sweep", towns(tmp_path / "m"), *VARY, "--workers", 2, "-o", tmp_path / "s")
    start = "ip link set lo up && exec " + '"$0" "$@"'
    found = subprocess.run(
        [*UNSHARED, "sh", "-c", start, sys.executable, "-c", WATCHED, *line],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == ["0100007F"]  # 127.0.0.1 as /proc writes it
    assert (tmp_path / "s" / "study.json").is_file()


def certificates(folder: Path) -> None:
    """An authority, and what it signed for the nodes and for us; somebody else's beside."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "other"):
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}-key.pem")
        openssl("req", "-x509", *key, "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}")
    for name, by in (("node", "ca"), ("me", "ca"), ("stranger", "other")):
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}-key.pem")
        openssl("req", *key, "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", f"{by}.pem", "-CAkey", f"{by}-key.pem", "-CAcreateserial", "-days", "2")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")


def documented() -> list[list[str]]:
    """The two command lines of the page on clusters, as words."""
    page = (ROOT / "docs" / "studies" / "cluster.md").read_text("utf-8")
    lines = [line.split() for line in re.findall(r"^    (dask .*--tls-ca-file .*)$", page, re.M)]
    assert [line[1] for line in lines] == ["scheduler", "worker"]
    return lines


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """A scheduler and a worker that know each other by certificates."""
    certificates(tmp_path)
    scheduler, worker = documented()
    own = [word for word in worker[2:] if not word.startswith("tls://")]
    with cluster_of(1, "tls", scheduler[2:], own, tmp_path) as (address, _):
        yield address


@pytest.mark.deep
def test_a_cluster_known_by_certificates_serves_us_and_nobody_else(
    tmp_path: Path, cluster: str
) -> None:
    """The page's own commands; a certificate that another authority signed is turned away."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    model = towns(tmp_path / "m")

    def asked(who: str, by: str, address: str = cluster) -> subprocess.CompletedProcess[str]:
        tls = "DASK_DISTRIBUTED__COMM__TLS__"
        given = {
            "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true",
            f"{tls}CA_FILE": str(tmp_path / f"{by}.pem"),
            f"{tls}CLIENT__CERT": str(tmp_path / f"{who}.pem"),
            f"{tls}CLIENT__KEY": str(tmp_path / f"{who}-key.pem"),
        }
        line = command_line("sweep", model, *VARY, "--scheduler", address, "-o", tmp_path / who)
        return subprocess.run(line, cwd=ROOT, env={**os.environ, **given}, text=True,
                              capture_output=True, timeout=600)  # fmt: skip

    ours = asked("me", "ca")
    assert ours.returncode == 0, ours.stderr
    assert (tmp_path / "me" / "study.json").is_file()
    theirs = asked("stranger", "other")
    assert theirs.returncode == 3, theirs.stderr
    assert "Traceback" not in theirs.stderr
    assert "key" not in theirs.stderr.lower().replace("--", "")
