"""Where the shipped folders `data`, `models` and `maps` are: in the wheel or in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

NAMES = ("data", "models", "maps")


def folder(name: str) -> Path:
    """The shipped folder of that name. Raises FileNotFoundError when the installation lacks it."""
    if name not in NAMES:
        raise ValueError(f"no resource folder {name!r}; there are {', '.join(NAMES)}")
    package = Path(str(files("layout")))
    for place in (package / "resources" / name, package.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the installation lacks its folder {name!r}: install it again")
