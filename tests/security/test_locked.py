"""The lock files are in step with pyproject.toml, and name nothing that is known to be unsafe."""

from __future__ import annotations

import csv
import re
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("run", "test")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+?)(?: ; .*)? \\$")
ABOVE = "compute-layout (pyproject.toml)"


@cache
def pins(lock: str) -> list[tuple[str, str, list[str], list[str]]]:
    """Name, version, hashes and who asks for it, of every package of a lock file."""
    found: list[tuple[str, str, list[str], list[str]]] = []
    for line in (ROOT / "locked" / f"{lock}.txt").read_text("utf-8").splitlines():
        if pin := PIN.match(line):
            found.append((pin[1], pin[2], [], []))
        elif line.startswith("    --hash=sha256:"):
            found[-1][2].append(line.strip().rstrip(" \\").removeprefix("--hash=sha256:"))
        elif line.startswith("    #"):
            found[-1][3].append(line.strip(" #").removeprefix("via").strip())
        else:
            assert line.startswith("#"), f"{lock}.txt: {line}"
    return found


def asked(lock: str) -> dict[str, Requirement]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    texts = list(project["dependencies"])
    if lock == "test":
        texts += project["optional-dependencies"]["test"]
    return {canonicalize_name(one.name): one for one in map(Requirement, texts)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_is_in_step(lock: str) -> None:
    """Every requirement is locked at a version that it allows, and nothing else is asked for."""
    locked: dict[str, list[str]] = {}
    for name, number, _, _ in pins(lock):
        locked.setdefault(name, []).append(number)
    for name, requirement in asked(lock).items():
        assert name in locked, f"{name} is not locked: run locked/renew"
        bad = [one for one in locked[name] if not requirement.specifier.contains(one)]
        assert not bad, f"{requirement} but {bad} is locked: run locked/renew"
    roots = {name for name, _, _, asking in pins(lock) if ABOVE in " ".join(asking)}
    assert roots == set(asked(lock)), "pyproject.toml has changed: run locked/renew"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_file_has_its_hash_and_no_host_is_named(lock: str) -> None:
    assert len(pins(lock)) > 50
    for name, _, hashes, asking in pins(lock):
        assert hashes and asking, name
        assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes), name
    words = (ROOT / "locked" / f"{lock}.txt").read_text("utf-8")
    assert not re.search(r"https?:|file:|--index|--find-links|/home|/tmp", words)


def test_the_two_lock_files_agree() -> None:
    tested = {(name, number) for name, number, _, _ in pins("test")}
    assert {(name, number) for name, number, _, _ in pins("run")} <= tested


def advisories() -> list[dict[str, str]]:
    with (ROOT / "locked" / "advisories.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def hit(name: str, number: str) -> list[str]:
    """The advisories that a version of a package falls under, less those of code we never call."""
    return [
        f"{name} {number}: {row['advisory']}"
        for row in advisories()
        if row["package"] == name
        and not row["not_called"]
        and SpecifierSet(row["affected"]).contains(number, prereleases=True)
    ]


def test_every_advisory_says_where_it_was_confirmed() -> None:
    for row in advisories():
        assert all(part.startswith("https://") for part in row["source"].split()), row
        assert row["source"] and row["note"], row
        assert re.fullmatch(r"(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})", row["advisory"]), row
        assert SpecifierSet(row["affected"]), row
    keys = [(row["package"], row["advisory"], row["affected"]) for row in advisories()]
    assert len(set(keys)) == len(keys)
    assert {row["package"] for row in advisories()} <= {name for name, _, _, _ in pins("run")}


def test_what_is_excused_is_never_called() -> None:
    """No version without it exists yet: the function that it is about stands nowhere in layout."""
    words = "".join(file.read_text("utf-8") for file in (ROOT / "layout").rglob("*.py"))
    names = [row["not_called"] for row in advisories() if row["not_called"]]
    assert names == ["from_npy_stack"]
    assert [name for name in names if name in words] == []
    assert re.search(r"^import dask$", words, re.MULTILINE)
    assert not re.search(r"dask[. ](import )?array", words)


def test_nothing_locked_falls_under_an_advisory_of_the_table() -> None:
    assert [one for lock in LOCKS for pin in pins(lock) for one in hit(pin[0], pin[1])] == []


def test_nothing_installed_falls_under_an_advisory_of_the_table() -> None:
    found = []
    for name in sorted({row["package"] for row in advisories()}):
        try:
            found += hit(name, version(name))
        except PackageNotFoundError:
            continue
    assert found == []


def test_an_old_version_would_be_found() -> None:
    assert hit("pyyaml", "5.3") == ["pyyaml 5.3: CVE-2020-1747", "pyyaml 5.3: CVE-2020-14343"]
    assert [one.split()[-1] for one in hit("pyarrow", "14.0.0")] == [
        "CVE-2023-47248",
        "CVE-2026-92287",
    ]
