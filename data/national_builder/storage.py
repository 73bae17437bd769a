"""Existing storage: the national total, placed by compute."""

from __future__ import annotations

from collections.abc import Sequence

from national_builder.facts import Facts
from national_builder.writing import Record

COLUMNS = ("site", "disk_eb", "ssd_eb")
NOTES = ("source", "confidence", "note")


def ratio(facts: Facts, kind: str) -> float:
    """EB that an EFLOPS of a kind needs: the ratio on the FP32 base, in native precision."""
    fp32 = float(facts.text(f"it.fp32_per_native.{kind}"))
    return round(facts.number("storage.storage_ratio") * fp32, 6)


def storage(facts: Facts, stock: Sequence[Record]) -> list[Record]:
    """The table `storage`: the total of the edition by the FP32 compute of every site."""
    compute: dict[str, float] = {}
    for row in stock:
        fp32 = float(facts.text(f"it.fp32_per_native.{row['kind']}"))
        site = str(row["site"])
        compute[site] = compute.get(site, 0.0) + fp32 * float(row["compute_eflops"])
    total, share = facts.number("storage.total_eb"), facts.number("storage.ssd_share")
    each = total / sum(compute.values())
    return [
        {
            "site": site,
            "disk_eb": round(each * amount * (1 - share), 3),
            "ssd_eb": round(each * amount * share, 3),
            "source": "data/facts/parameters.csv, group storage",
            "confidence": "proxy",
            "note": "national total by FP32 compute",
        }
        for site, amount in sorted(compute.items())
    ]
