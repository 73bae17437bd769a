"""Checks of profiles: each is of something that follows one, and covers the time slices."""

from __future__ import annotations

from layout.model.known import Known
from layout.model.slices import KEYS

FOLLOWERS: tuple[tuple[str, ...], ...] = (
    (),
    ("province",),
    ("tariff_zone",),
    ("province", "technology"),
    ("workload",),
    ("climate_zone",),
)
"""The key columns that a profile may fill: prices, renewables, load and cooling follow them."""
YIELDS = ("province", "technology")
"""Of renewables a missing slice is one without a yield, such as the night of the sun."""
NAMED = 5
"""Slices that a message names; the others are counted."""


def profile_keys(known: Known) -> None:
    """A profile names what follows it; a row that names anything else would be passed over."""
    table = known.frame("profiles")
    if table.empty:
        return
    for row, codes in enumerate(zip(*(table[name] for name in KEYS), strict=True)):
        names = tuple(name for name, code in zip(KEYS, codes, strict=True) if code)
        if names not in FOLLOWERS:
            known.at_row("profiles", row, names[0], "profile_keys", names=", ".join(names))


def profile_gaps(known: Known) -> None:
    """Warn of a profile of load, price or cooling that leaves out some slices."""
    table, slices = known.frame("profiles"), set(known.frame("slices")["slice"])
    if table.empty or not slices:
        return
    for codes, rows in table.groupby(list(KEYS), sort=False)["slice"]:
        names = tuple(name for name, code in zip(KEYS, codes, strict=True) if code != "")
        missing = sorted(slices - set(rows))
        if missing and names != YIELDS and names in FOLLOWERS:
            listed = ", ".join(missing[:NAMED]) + ("…" if len(missing) > NAMED else "")
            values = {"count": len(missing), "missing": listed}
            row = int(rows.index[0])
            known.at_row("profiles", row, "slice", "profile_gap", "warning", **values)
