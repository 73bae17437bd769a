"""What a settlement adds to a map: balances of provinces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.report.extra import ProvinceValues

if TYPE_CHECKING:
    from layout.study.folder import Study

LAYERS = ("trade", "surplus", "compensation")


def layers(study: Study) -> list[ProvinceValues]:
    """Net payments, surplus of sites and compensation by province, each where it is known."""
    return [
        ProvinceValues(
            f"settle_{name}",
            {one: text(f"settle.layer.{name}", one) for one in LANGUAGES},
            "mcny",
            values,
            diverging=True,
        )
        for name, values in _values(study).items()
        if values
    ]


def _values(study: Study) -> dict[str, dict[str, float]]:
    """Layer → province → mcny; what is not known is left out."""
    frame: Any = study["province_balance"]
    frame = frame[frame["province"] != ""].set_index("province")
    sums = {
        "trade": frame["receipts_mcny"] - frame["payments_mcny"],
        "surplus": frame["receipts_mcny"] - frame["cost_mcny"],
        "compensation": frame["compensation_mcny"].dropna(),
    }
    return {name: {str(key): float(value) for key, value in sums[name].items()} for name in LAYERS}
