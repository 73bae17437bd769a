"""What families of key figures share: a figure, a quotient, FP32 weights, weighted quantiles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.plan.ledger import Floats
from layout.plan.ratio import Ratio

Figure = tuple[str, float | None, str]
"""Name, value (None where it is undefined), unit."""


def quotient(part: float, whole: float) -> float | None:
    """Part over whole; None where the whole is zero or something is unknown."""
    return Ratio(part, whole).value


def weight_of(native: pd.Series, fp32: pd.Series) -> Floats:
    """FP32 equivalents, or native figures where a kind lacks its ratio."""
    return alike((native, fp32))[0]


def alike(*pairs: tuple[pd.Series, pd.Series]) -> list[Floats]:
    """`weight_of` pairs (native, FP32) that are set against each other: all in FP32, or none."""
    unknown = any(fp32.isna().any() for _, fp32 in pairs)
    return [(native if unknown else fp32).to_numpy(dtype=float) for native, fp32 in pairs]


def weighted_quantile(values: Floats, weight: Floats, quantile: float) -> float | None:
    """The smallest value up to which at least that share of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    if len(total) == 0 or total[-1] <= 0:
        return None
    at = int(np.searchsorted(total, quantile * total[-1] * (1 - 1e-12)))
    return float(values[order][min(at, len(values) - 1)])
