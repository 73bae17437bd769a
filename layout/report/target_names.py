"""What a target is called wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels.cleaning import clean
from layout.names import Names, word


def target_name(record: Mapping[str, Any], names: Names) -> str:
    """Its title, else what is measured and, unless it is the nation, where."""
    title = record.get("title")
    if isinstance(title, Mapping):
        title = title.get(names.lang) or title.get("en") or title.get("zh")
    if title:
        return clean(title)
    measure = str(record.get("measure") or "")
    name = word(f"map.measure.{measure}", names.lang, measure or str(record.get("id") or ""))
    scope = str(record.get("scope") or "nation")
    return name if scope == "nation" else f"{name} · {names.scope(scope)}"
