"""What contracted renewables may cost, though no table says which technology serves whom.

The sites of a province share its technologies, each with a yield and a price. A stated energy
R at a stated cost C is possible exactly if C lies between filling R from the cheapest and from
the dearest technology on; with one or two technologies that, and each site's mean price within
the range of prices, is also sufficient. And since the same energy from the cheapest on would be
a valid plan too, what that would save can be no more than the gap that the plan admits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.energy import renewable_by_province
from layout.checking.facts import Floats
from layout.checking.findings import ROW

COMPONENT = "renewable_energy"


def filled(gwh: float, yields: Floats, prices: Floats) -> float:
    """Cost of an energy taken from technologies in the order given; any rest at the last price."""
    taken = np.minimum(yields, np.maximum(gwh - (np.cumsum(yields) - yields), 0.0))
    rest = gwh - taken.sum()
    return float((taken * prices).sum() + (rest * prices[-1] if len(prices) else 0.0))


def check_renewable_cost(case: Case) -> None:
    """The cost of renewables of each site and province is possible, and none is wasted."""
    frame = case.table("cost")
    spent = frame[frame["component"] == COMPONENT].set_index("site")["mcny"]
    energy = case.table("energy").set_index("site")["renewable_gwh"]
    index = energy.index.union(spent.index)
    spent, energy = spent.reindex(index, fill_value=0.0), energy.reindex(index, fill_value=0.0)
    province = pd.Series(case.facts.words("sites", "province", index), index=index)
    _mean_prices(case, spent, energy, province)
    saved = _totals(case, spent.groupby(province).sum())
    _none_wasted(case, saved)


def _mean_prices(case: Case, spent: pd.Series, energy: pd.Series, province: pd.Series) -> None:
    """Each site pays between the lowest and the highest price of its province."""
    prices = case.facts.technologies.groupby("province")["price"].agg(["min", "max"])
    prices = prices.reindex(province).fillna(0.0)
    place = keyed("cost.csv", spent.index)
    size = np.maximum(spent.abs(), energy * prices["max"].abs().to_numpy())
    low, high = (energy * prices[name].to_numpy() for name in ("min", "max"))
    case.findings.at_least("renewable_cost", place, spent, low, size=size)
    case.findings.at_most("renewable_cost", place, spent, high, size=size)


def _totals(case: Case, spent: pd.Series) -> float:
    """Bounds on each province's total; returns what filling from the cheapest would save."""
    used = renewable_by_province(case).reindex(spent.index, fill_value=0.0)
    groups = {str(name): rows for name, rows in case.facts.technologies.groupby("province")}
    nothing = case.facts.technologies.iloc[:0]
    low, high = [], []
    for province, gwh in used.items():
        table = groups.get(str(province), nothing).sort_values("price")
        yields, prices = table["gwh"].to_numpy(float), table["price"].to_numpy(float)
        low.append(filled(gwh, yields, prices))
        high.append(filled(gwh, yields[::-1], prices[::-1]))
    place = keyed("cost.csv", pd.Index(spent.index, name="province"))
    case.findings.at_least("renewable_cost", place, spent, low)
    case.findings.at_most("renewable_cost", place, spent, high)
    return float(spent.sum() - sum(low))


def _none_wasted(case: Case, saved: float) -> None:
    """Cost − bound leaves room for what a cheaper choice of technologies would save."""
    record = case.plan.record
    bound, objective = record.get("bound_mcny"), record.get("objective_mcny")
    by_cost = list(case.plan.model.settings.objective) == ["cost"]
    if not by_cost or bound is None or objective is None:
        return
    room = max(0.0, objective - bound)
    case.findings.at_most(
        "renewable_wasted", ("cost.csv", None), saved, room, size=abs(objective), least=ROW
    )
