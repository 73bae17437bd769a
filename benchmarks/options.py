"""What the command line of the benchmarks may say."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

COMMANDS = {
    "build": "state a model and hand it to HiGHS, beside raw numpy, linopy, PuLP and Pyomo",
    "solve": "start to proof of the shipped models, beside bare HiGHS on the same matrix",
    "resolve": "solve again after a change, beside a first solve",
    "scale": "cost of every part against the number of places",
    "known": "instances of the literature against their published optima",
    "conflicts": "twenty infeasible national variants, explained",
    "startup": "time until the program answers",
    "fuzz": "readers of files attacked with damaged bytes",
    "mutants": "small changes of the code that the tests see or do not see",
    "studies": "sweeps, targets and alternatives with and without start solutions",
}
SIZES = {
    "S": "31 places",
    "S+": "31 places over several years",
    "M": "340 places",
    "L": "2,850 places",
}
MUTATED = ("formulation", "checking", "model")
FUZZED = ("csv", "yaml", "xlsx", "plan")
LINKINGS = ("auto", "strong", "aggregated", "separated")
PATHS = {
    "raw": "highspy",
    "layout": "pyomo",
    "linopy": "linopy",
    "pulp": "pulp",
    "pyomo": "pyomo",
}


class BenchmarkError(Exception):
    """Something that was asked for cannot be measured; the text says what and why."""


@dataclass(frozen=True)
class Options:
    """What was asked for; `paths` is empty and the others None when nothing was said."""

    size: str | None = None
    paths: tuple[str, ...] = ()
    runs: int | None = None
    json: Path | None = None
    only: str | None = None
    time_limit_s: float | None = None
    linking: str = "auto"
    package: str | None = None
    sample: int | None = None
    seed: int | None = None
    reach: Path | None = None
    reader: str | None = None
    seconds: float | None = None

    def chosen_paths(self) -> tuple[str, ...]:
        """The paths to measure: those asked for, else all whose package is installed.

        BenchmarkError names a path that was asked for and is not installed.
        """
        if not self.paths:
            return tuple(path for path in PATHS if installed(path))
        missing = [path for path in self.paths if not installed(path)]
        if missing:
            names = ", ".join(PATHS[path] for path in missing)
            raise BenchmarkError(f"not installed: {names}; pip install '.[bench]' brings the peers")
        return self.paths

    def skipped_paths(self) -> tuple[str, ...]:
        """The paths left out because their package is not installed."""
        return () if self.paths else tuple(path for path in PATHS if not installed(path))


def installed(path: str) -> bool:
    """Whether the package of a path is there; nothing is imported."""
    return find_spec(PATHS[path]) is not None


def parse(arguments: Sequence[str] | None = None) -> tuple[str, Options]:
    """The command and its options; a wrong command line ends the program with exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(
            [
                "commands:",
                *(f"  {name:9} {what}" for name, what in COMMANDS.items()),
                "sizes:",
                *(f"  {name:9} {what}" for name, what in SIZES.items()),
            ]
        ),
        allow_abbrev=False,
    )
    parser.add_argument("command", choices=tuple(COMMANDS), metavar="COMMAND", help="see below")
    parser.add_argument("--size", choices=tuple(SIZES), help="the size of the model")
    parser.add_argument(
        "--paths", type=_paths, default=(), help=f"several of {','.join(PATHS)} (default: all)"
    )
    parser.add_argument("--runs", type=_count, help="how often each thing is measured")
    parser.add_argument("--json", type=_file, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--only", type=_pattern, metavar="PATTERN", help="known: instances whose name matches"
    )
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        metavar="S",
        help="known, scale: seconds for each instance or size",
    )
    parser.add_argument(
        "--linking", choices=LINKINGS, default="auto", help="known: solver.linking of layout"
    )
    parser.add_argument("--package", choices=MUTATED, help="mutants: one package of layout")
    parser.add_argument("--sample", type=_count, help="mutants: how many in each package")
    parser.add_argument("--seed", type=_count, help="mutants: of the random choice")
    parser.add_argument(
        "--reach", type=_file, metavar="FILE", help="mutants: keep there which tests reach what"
    )
    parser.add_argument("--reader", choices=FUZZED, help="fuzz: one reader (default: each)")
    parser.add_argument("--seconds", type=_seconds, metavar="S", help="fuzz: for each reader")
    found = parser.parse_args(arguments)
    return found.command, Options(
        found.size,
        found.paths,
        found.runs,
        found.json,
        found.only,
        found.time_limit,
        found.linking,
        package=found.package,
        sample=found.sample,
        seed=found.seed,
        reach=found.reach,
        reader=found.reader,
        seconds=found.seconds,
    )


def _paths(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in PATHS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no path {', '.join(map(repr, unknown))}; there are {', '.join(PATHS)}"
        )
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number ≥ 1 is expected; found {text!r}")
    return int(text)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"a number of seconds > 0 is expected; found {text!r}")
    return seconds


def _file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} cannot be written: no such folder, or a folder")
    return path
