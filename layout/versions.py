"""The versions of what an answer depends on: here, and of those that an older plan names."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import layout

LIBRARIES = ("pyomo", "highspy", "numpy", "scipy", "pandas")


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    return (
        ("layout", layout.__version__),
        ("python", platform.python_version()),
        *((name, _version(name)) for name in LIBRARIES),
    )


def installed(names: Iterable[str] | None = None) -> dict[str, str]:
    """Name → version of the program, Python and `LIBRARIES`; '' for one that does not say."""
    found = dict(_installed())
    return found if names is None else {name: found[name] for name in names}


def others(named: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Name → (version named, version here) of all that differ."""
    here = installed()
    pairs = {name: (str(named[name]), here[name]) for name in here if name in named}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # pragma: no cover
        return ""
