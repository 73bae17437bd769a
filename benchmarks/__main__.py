"""``python -m benchmarks COMMAND``: measure, print a table, and write the figures if asked."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.options import BenchmarkError, Options, parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it measured, 2 if what was asked for cannot be measured.

    A module may name the sizes it knows in ``SIZES`` and say what goes into the JSON file in
    ``record(result)``; without that it is the whole result.
    """
    command, options = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    try:
        module = _module(command, options)
        result = module.run(options)
    except BenchmarkError as error:
        print(f"python -m benchmarks {command}: {error}", file=sys.stderr)
        return 2
    print(module.table(result))
    if options.json is not None:
        written = getattr(module, "record", dict)(result)
        options.json.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _module(command: str, options: Options) -> Any:
    name = f"benchmarks.{command}"
    if find_spec(name) is None:
        raise BenchmarkError(f"this copy has no benchmarks/{command}.py")
    module = import_module(name)
    sizes = getattr(module, "SIZES", None)
    if sizes is not None and options.size is not None and options.size not in sizes:
        raise BenchmarkError(f"there is no size {options.size} here; there are {', '.join(sizes)}")
    return module


if __name__ == "__main__":
    sys.exit(main())
