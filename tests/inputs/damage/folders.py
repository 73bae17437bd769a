"""Folders in which something else stands where a file belongs, and names that are hard to bear."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.inputs.damage.case import Case, Damage, read, refused
from tests.inputs.damage.texts import more
from tests.model.sample import replace


def instead(file: str, make: Callable[[Path], object]) -> Damage:
    """Something else of the name of a file."""

    def damage(folder: Path) -> None:
        (folder / file).unlink()
        make(folder / file)

    return damage


def link(target: str) -> Callable[[Path], object]:
    """A link to somewhere."""
    return lambda path: path.symlink_to(target)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name)
    finally:
        os.chdir(here)


def named(name: str | bytes) -> Damage:
    """The model in a folder of another name."""

    def damage(folder: Path) -> Path:
        return folder.rename(folder.parent / os.fsdecode(name))

    return damage


def asked(name: str) -> Damage:
    """Another name asked for."""
    return lambda folder: name


def moved(file: str, name: str) -> Damage:
    """A file under another name."""

    def damage(folder: Path) -> None:
        (folder / file).rename(folder / name)

    return damage


def linked(folder: Path) -> Path:
    """The model through a link to its folder, its tables links as well."""
    store = folder.parent / "store"
    store.mkdir()
    for file in sorted(folder.glob("*.csv")):
        file.rename(store / file.name)
        file.symlink_to(os.path.relpath(store / file.name, folder))
    (folder.parent / "link").symlink_to(folder, target_is_directory=True)
    return folder.parent / "link"


def extending(words: str) -> Damage:
    """A model that extends something else."""
    return lambda folder: replace(
        folder, "model.yaml", "layout: 1", f"layout: 1\nextends: {words}\n#"
    )


def _chain(count: int) -> Damage:
    """A child of a child of … the model."""

    def damage(folder: Path) -> Path:
        last = folder
        for number in range(count):
            child = folder.parent / f"c{number}"
            child.mkdir()
            (child / "model.yaml").write_text(f"layout: 1\nextends: ../{last.name}\n", "utf-8")
            last = child
        return last

    return damage


def _two(folder: Path) -> None:
    """Two models that extend each other, one of them through a link."""
    other = folder.parent / "other"
    other.mkdir()
    (other / "model.yaml").write_text("layout: 1\nextends: ../again\n", "utf-8")
    (folder.parent / "again").symlink_to(folder)
    replace(folder, "model.yaml", "layout: 1", "layout: 1\nextends: ../other\n#")


def _self(folder: Path) -> Path:
    """A folder that holds itself."""
    (folder / "inside").symlink_to(".")
    extending("inside/inside/inside")(folder)
    return folder / "inside" / "inside"


def scenario(file: str) -> Damage:
    """A scenario whose table is another file; asked for by nobody, read by nobody."""
    return more("model.yaml", f"  far:\n    tables: {{pue: {file!r}}}\n")


LONG = "n" * 5000
STOCK = "stock.csv"
FOLDERS: tuple[Case, ...] = (
    refused("a folder for a table", instead(STOCK, lambda p: p.mkdir()), "not_a_file", STOCK),
    refused("a pipe for a table", instead(STOCK, os.mkfifo), "not_a_file", STOCK),
    refused("a socket for a table", instead(STOCK, _socket), "not_a_file", STOCK),
    refused("a device for a table", instead(STOCK, link("/dev/zero")), "not_a_file", STOCK),
    refused("a link to nothing", instead(STOCK, link("nothing")), "unreadable", STOCK),
    refused("a link to itself", instead(STOCK, link(STOCK)), "unreadable", STOCK),
    refused("a link to a folder", instead(STOCK, link("/etc")), "not_a_file", STOCK),
    refused(
        "a file that cannot be read", instead(STOCK, link("/proc/self/mem")), "unreadable", STOCK
    ),
    refused(
        "a folder for the settings",
        instead("model.yaml", lambda p: p.mkdir()),
        "not_a_file",
        "model.yaml",
    ),
    refused(
        "a pipe for the settings", instead("model.yaml", os.mkfifo), "not_a_file", "model.yaml"
    ),
    refused(
        "a link to nothing for the settings",
        instead("model.yaml", link("nothing")),
        "unreadable",
        "model.yaml",
    ),
    refused("no settings", instead("model.yaml", lambda p: None), "model_not_found"),
    read("links to tables and to the folder", linked),
    # names that are nearly right
    refused("a table in capitals", moved(STOCK, "Stock.CSV"), "unknown_file", "Stock.CSV"),
    refused("a copy of a table", moved(STOCK, "stock (1).csv"), "unknown_file", "stock (1).csv"),
    read("a packed table", moved(STOCK, "stock.csv.gz"), "file_not_read"),
    read("a table of another format", moved(STOCK, "stock.parquet"), "file_not_read"),
    read("a table with a hidden ending", moved(STOCK, "stock.csv.txt"), "file_not_read"),
    read(
        "what editors leave",
        lambda folder: (
            (folder / "~$stock.csv").write_bytes(b"\0"),
            (folder / ".stock.csv.swp").write_bytes(b"\0"),
            None,
        )[-1],
    ),
    # names that are hard to bear
    read("a folder with spaces", named("a plan of ours ")),
    read("a folder in Chinese", named("全国方案　二〇二五")),
    read("a folder with a picture in its name", named("plan 🗺️")),
    read("a folder with quotes", named("a'b\"c`d$(id)%s{0}")),
    read("a folder with a line break", named("a\nb\tc\x1b[31m")),
    read("a folder of bytes that are no text", named(b"\xff\xfe\xb9\xe3")),
    read("a folder whose name is long", named("n" * 255)),
    read("a folder that ends like a workbook", named("plan.xlsx")),
    refused("a name that is too long", asked(LONG), "unreadable"),
    refused("a path that is too long", asked("/".join(["n" * 200] * 30)), "unreadable"),
    refused("no name", asked(""), "model_not_found"),
    refused("a name with a NUL", asked("a\0b"), "model_not_found"),
    refused("a device", asked("/dev/null"), "model_not_found"),
    refused("a name that escapes the screen", asked("\x1b[2J\u202emodel"), "model_not_found"),
    # inheritance
    refused(
        "a model that extends itself",
        extending("../m"),
        "extends_cycle",
        "model.yaml",
        None,
        "extends",
    ),
    refused("two models that extend each other", _two, "extends_cycle", "other/model.yaml"),
    refused("a folder that holds itself", _self, "extends_cycle", "model.yaml"),
    read("a chain of models", _chain(20)),
    refused(
        "a parent that is no model",
        extending("/etc"),
        "model_not_found",
        "model.yaml",
        None,
        "extends",
    ),
    refused("a parent with too long a name", extending(LONG), "unreadable", "model.yaml"),
    refused("a parent with a NUL", extending('"a\\0b"'), "model_not_found", "model.yaml"),
    refused("a list of parents", extending("[a, b]"), "model_not_found", "model.yaml"),
    refused(
        "a parent in quotes that is a device",
        extending("/dev/zero"),
        "model_not_found",
        "model.yaml",
    ),
    refused(
        "data with too long a name",
        lambda folder: replace(folder, "model.yaml", "layout: 1", f"layout: 1\ndata: {LONG}\n#"),
        "data_not_found",
        "model.yaml",
    ),
    read("a scenario with a file that is not asked for", scenario("../../etc/passwd")),
)
