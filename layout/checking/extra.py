"""Electricity that no rack draws, by feature."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from layout.checking.case import Case
from layout.checking.heat import heat_energy
from layout.checking.storage import storage_energy

EXTRA: dict[str, Callable[[Case], pd.Series]] = {"storage": storage_energy, "heat": heat_energy}
"""Switch of `features` → what is drawn evenly over the year, GWh a year by site."""


def extra_energy(case: Case) -> pd.Series:
    """GWh a year by site of all features that are on."""
    features = case.plan.model.settings.features
    total = pd.Series(0.0, index=case.facts.tables["sites"].index)
    for name, family in EXTRA.items():
        if getattr(features, name):
            total = total.add(family(case), fill_value=0.0)
    return total
