"""What a release is made of says one version, names everybody's licence, and is complete."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
import yaml

import layout
from docs import make_notices as notices

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BUNDLE = ROOT / ".ci" / "bundle"


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_version_stands_in_one_place() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "layout/__init__.py"
    newest = re.search(r"^## \[(\S+)\] - (unreleased|\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), re.M)
    assert newest is not None and newest[1] == layout.__version__


def test_the_citation_names_this_version_and_nobody_who_does_not_exist() -> None:
    said = yaml.safe_load(read("CITATION.cff"))
    assert said["cff-version"] == "1.2.0"
    assert said["version"] == layout.__version__
    assert said["title"] and said["message"] and said["license"] == "MIT"
    names = [author["name"] for author in PROJECT["project"]["authors"]]
    assert said["authors"] == [{"name": name} for name in names]


def test_every_file_of_others_has_a_notice_and_its_licence() -> None:
    shipped = notices.files()
    assert "maps/vendor/leaflet/leaflet.js" in shipped
    page = read("THIRD-PARTY-NOTICES.md")
    for name in shipped:
        component = notices.component(name)
        assert component is not None, f"{name}: add it to docs/make_notices.py"
        assert (ROOT / component.text).is_file()
        assert f"[text]({component.text})" in page, "run: python -m docs.make_notices"
    patterns = PROJECT["project"]["license-files"]
    packed = {path.relative_to(ROOT).as_posix() for one in patterns for path in ROOT.glob(one)}
    wanted = {component.text for component in notices.COMPONENTS if component.wheel}
    assert wanted | {"LICENSE", "THIRD-PARTY-NOTICES.md"} <= packed


def test_a_file_that_nobody_named_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "COMPONENTS", notices.COMPONENTS[1:])
    assert any(notices.component(name) is None for name in notices.files())
    assert notices.main() == 1


def test_every_locked_package_stands_in_the_notices_with_its_licence() -> None:
    rows = re.findall(
        r"^\| ([a-z0-9-]+) \| ([\d., ]+) \| (.+) \|$", read("THIRD-PARTY-NOTICES.md"), re.M
    )
    stated = {name: (versions.split(", "), licence) for name, versions, licence in rows}
    locked = notices.locked()
    assert {name: versions for name, (versions, _) in stated.items()} == locked, (
        "run: python -m docs.make_notices"
    )
    compared = 0
    for name, versions in locked.items():
        try:
            said = metadata(name)
        except PackageNotFoundError:
            continue
        if said["Version"] in versions:
            assert notices.licence(said) == stated[name][1], name
            compared += 1
    assert compared or not locked


def test_the_source_archive_holds_all_that_is_kept() -> None:
    ignored = [line.strip("/") for line in read(".gitignore").splitlines()] + [
        ".git",
        ".editorconfig",
    ]
    found = {path.name for path in ROOT.iterdir()}
    tops = {name for name in found if not any(fnmatch(name, one) for one in ignored)}
    sdist = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]
    packed = {one.strip("/") for one in sdist["include"]}
    assert "tests" in tops
    assert tops - packed - {"pyproject.toml", ".gitignore"} == set()


def test_the_image_gets_what_the_wheel_is_built_from_and_no_rights() -> None:
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]
    wanted = {one.strip("/") for one in wheel} | {PROJECT["project"]["readme"], "pyproject.toml"}
    wanted |= {one.partition("/")[0] for one in PROJECT["project"]["license-files"]}
    assert wanted | {"locked/run.txt"} == allowed
    lines = read("Dockerfile").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users and users[-1] not in ("root", "0")
    assert sum("--require-hashes" in line for line in lines) == 1
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert len(set(bases)) == 1 and re.fullmatch(r"python:3\.1\d-slim", bases[0])


def test_both_pages_on_installing_give_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"```sh\n(.+?)```", read(name), re.S)
        for name in ("docs/install.md", "docs/zh/install.md")
    )
    assert english == chinese
    assert len(english) > 7


def run(*command: str, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=at, capture_output=True, text=True, check=False, timeout=60)


def test_a_bundle_is_not_made_over_what_stands_there(tmp_path: Path) -> None:
    assert run("bash", "-n", str(BUNDLE), at=tmp_path).returncode == 0
    assert run("bash", str(BUNDLE), at=tmp_path).returncode == 2
    said = run("bash", str(BUNDLE), str(tmp_path), at=tmp_path)
    assert said.returncode == 2 and "is there already" in said.stderr


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle without wheels: its script, checksums of one file, and what it is made for."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    script = re.search(r"<<'SCRIPT'\n(.*?)^SCRIPT$", BUNDLE.read_text("utf-8"), re.S | re.M)
    assert script is not None
    (folder / "install").write_text(script[1], "utf-8")
    (folder / "run.txt").write_text("", "utf-8")
    machine = "import platform as p, sys; print(*sys.version_info[:2], sep='.', end=' ')"
    machine += "; print(p.system(), p.machine())"
    made = run(sys.executable, "-c", machine, at=tmp_path).stdout
    (folder / "made-for").write_text(made, "utf-8")
    sums = run("sha256sum", "run.txt", "made-for", at=folder).stdout
    (folder / "SHA256SUMS").write_text(sums, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "words", "said"),
    [
        ("made-for", "2.7 Linux vax\n", "made for 2.7 Linux vax, but here is 3."),
        ("run.txt", "other==1\n", "run.txt: FAILED"),
    ],
)
def test_a_bundle_that_does_not_fit_or_is_damaged_installs_nothing(
    bundle: Path, tmp_path: Path, file: str, words: str, said: str
) -> None:
    (bundle / file).write_text(words, "utf-8")
    place = tmp_path / "place"
    command = ("env", f"PYTHON={sys.executable}", "sh", str(bundle / "install"), str(place))
    found = run(*command, at=tmp_path)
    assert found.returncode != 0
    assert said in found.stdout + found.stderr
    assert not place.exists()


def test_a_bundle_that_is_whole_goes_on_to_make_the_environment(
    bundle: Path, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -m ] && echo "$@" && exit 9\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    place = tmp_path / "place"
    command = ("env", f"PYTHON={python}", "sh", str(bundle / "install"), str(place))
    found = run(*command, at=tmp_path)
    assert (found.returncode, found.stdout) == (9, f"-m venv {place}\n")
