"""One attack in a process of its own: ``python -m benchmarks.fuzzing.attack READER FOLDER FLAGS``.

The coverage of the readers guides which bytes are tried next (Atheris, libFuzzer).
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(reader: str, folder: str, flags: list[str]) -> None:
    """Attack one reader from the seeds in a folder; does not return."""
    import atheris

    with atheris.instrument_imports(include=["layout.model", "layout.plan"]):
        from benchmarks.fuzzing.readers import READERS, seeds

        READERS[reader](seeds(reader)[0])
    for number, seed in enumerate(seeds(reader)):
        (Path(folder) / f"seed-{number:03d}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *flags, folder], READERS[reader])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
