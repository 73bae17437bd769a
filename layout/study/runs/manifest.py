"""What a study asked, so that only its own results are taken over when it goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from layout.plan.text import json_text
from layout.versions import installed

if TYPE_CHECKING:
    from layout.model.reading import Base
    from layout.study.runs.cases import Case
    from layout.study.runs.runner import Options

FORMAT = 1


def manifest_of(
    base: Base, sets: Sequence[str], scenarios: Sequence[str], cases: Sequence[Case], given: Options
) -> dict[str, Any]:
    """The manifest of a study: model, cases, versions and options, big ones by their SHA-256."""
    parameters = list(dict.fromkeys(path for case in cases for path in case.varied))
    listed = [[case.number, *case.sets] for case in cases]
    return {
        "format": FORMAT,
        "model": base.name,
        "model_sha256": _digest(base.inputs),
        "sets": list(sets),
        "scenarios": list(scenarios),
        "parameters": parameters,
        "cases": len(cases),
        "cases_sha256": _digest(listed),
        "options": {
            "gap": given.gap,
            "time_limit_s": given.time_limit_s,
            "seed": given.seed,
            "check": given.check,
        },
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of what the answers depend on."""
    return installed(("layout", "highspy"))


def digest_of(manifest: dict[str, Any]) -> str:
    """A name for the study: two of the same name ask the same."""
    return hashlib.sha256(json_text(manifest).encode("utf-8")).hexdigest()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()
