"""The command line: one file per command, heavy imports only inside commands."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `layout` with the arguments given (default: the process's) and exit with its code."""
    import sys

    from layout.cli.app import run

    sys.exit(run(sys.argv[1:] if arguments is None else arguments))
