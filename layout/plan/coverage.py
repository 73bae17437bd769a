"""Share of people and of GDP that have each kind of compute within reach (R91, kpis.md)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layout.model.derive import reach
from layout.plan.ledger import Floats, Ledger
from layout.plan.ratio import TINY
from layout.plan.weighing import Figure, quotient

WITHIN_MS = (5, 20)
SIZES = {"people": "population_10k", "gdp": "gdp_100m_cny"}


def figures(ledger: Ledger) -> Iterator[Figure]:
    """For each kind the people and the GDP of zones with a site that holds it within L ms.

    Round trip, by the delays of the model, whoever serves whom. A kind has those of its
    sub-kinds. Zones whose people (GDP) are not known do not count at all.
    """
    zones = ledger.model["zones"]
    sizes = {name: np.nan_to_num(zones[column].to_numpy(dtype=float))
             for name, column in SIZES.items()}  # fmt: skip
    for kind in ledger.model["kinds"]["kind"]:
        nearest = _nearest(ledger, kind)
        for limit in WITHIN_MS:
            near = nearest <= limit + 1e-9
            for name, size in sizes.items():
                covered = quotient(float(size[near].sum()), float(size.sum()))
                yield f"{name}_within_{limit}ms_rtt_{kind}", covered, "share"


def _nearest(ledger: Ledger, kind: str) -> Floats:
    """Zone → round trip in ms to the nearest site that holds the kind; ∞ where none does."""
    units = ledger.units
    own = units[ledger.of_kind(kind, units["kind"])]
    compute = own.groupby("site")["compute_eflops"].sum()
    known = reach(ledger.model)
    holds = np.isin(known.sites, list(compute.index[compute > TINY]))
    return 2 * np.min(known.one_way_ms[holds], axis=0, initial=np.inf)
