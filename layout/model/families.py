"""Checks of what kinds are called, of sub-kinds, of who may run what, and of what is on offer."""

from __future__ import annotations

import numpy as np

from layout.model.hardware import domestic
from layout.model.known import Known

_FIGURES = ("it_mw_per_eflops", "it_capex_mcny_per_eflops")
_ALL_KINDS = "fp32"
"""How key figures of all kinds together end: ``compute_eflops_fp32``."""
_OF_WORK = "of_"
"""How those of a class of work go on: ``east_to_west_eflops_of_<workload>``."""


def names_of_figures(known: Known) -> None:
    """Key figures of a kind end in its code: no other figure may be called the same."""
    kinds = known.frame("kinds")["kind"]
    work = {f"{_OF_WORK}{code}" for code in known.frame("workloads")["workload"]}
    for row in np.flatnonzero(kinds.isin({_ALL_KINDS, *work}).to_numpy()):
        kind = kinds.iloc[row]
        figure = f"east_to_west_eflops_{kind}"
        known.at_row("kinds", int(row), "kind", "kind_figure", found=kind, figure=figure)


def sub_kinds(known: Known) -> None:
    """A sub-kind has a parent that is none itself, and its precision; figures of its own."""
    kinds = known.frame("kinds")
    of = kinds.drop_duplicates("kind").set_index("kind")
    for row, (kind, parent) in enumerate(zip(kinds["kind"], kinds["parent"], strict=True)):
        if parent not in of.index:
            continue  # none, or reported as unmatched
        above = of.loc[parent]
        if above["parent"]:
            values = {"kind": kind, "parent": parent, "above": above["parent"]}
            known.at_row("kinds", row, "parent", "parent_of_parent", **values)
            continue
        own = kinds.iloc[row]
        if own["precision"] != above["precision"]:
            values = {"kind": kind, "found": own["precision"], "parent": parent}
            precision = above["precision"]
            known.at_row(
                "kinds", row, "precision", "sub_kind_precision", precision=precision, **values
            )
        for name in _FIGURES:
            if own[name] == 0 and above[name] > 0:
                values = {"kind": kind, "name": name, "parent": parent}
                known.at_row("kinds", row, name, "sub_kind_free", severity="warning", **values)


def years_on_offer(known: Known) -> None:
    """What is on offer from one year until another is so at least once."""
    kinds = known.frame("kinds")
    first, last = kinds["from_year"].to_numpy(), kinds["until_year"].to_numpy()
    for row in np.flatnonzero((last > 0) & (first > last)):
        known.at_row(
            "kinds",
            int(row),
            "from_year",
            "contradictory_bounds",
            low="from_year",
            high="until_year",
            least=str(first[row]),
            most=str(last[row]),
        )


def substitutes(known: Known) -> None:
    """A workload is no substitute on its own kind: it runs there anyway."""
    table = known.frame("substitution")
    works = known.frame("workloads").drop_duplicates("workload").set_index("workload")["kind"]
    own = works.reindex(table["workload"]).to_numpy(dtype=object) == table["kind"].to_numpy()
    for row in np.flatnonzero(own):
        values = {name: table[name].iloc[row] for name in ("workload", "kind")}
        known.at_row("substitution", int(row), "kind", "own_kind", **values)


def domestic_targets(known: Known) -> None:
    """Warn of a target on domestic hardware where no kind is marked as domestic."""
    if domestic(known.model).any():
        return
    for position, target in enumerate(known.settings.targets):
        if target.measure == "domestic_share":
            known.at_target(position, "measure", "no_domestic_kind", severity="warning")
