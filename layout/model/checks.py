"""All checks of a model that need more than one cell, run one after the other.

Every check is a small function of what is known (`Known`) that reports what it finds; those
that compute with the model (`FINAL`) run only when nothing before was an error.
"""

from __future__ import annotations

from collections.abc import Callable

from layout.errors import Problem
from layout.model import (
    aims,
    balancing,
    consistency,
    contradictions,
    curves,
    emergencies,
    families,
    lines,
    references,
    resources,
    shares,
    supply,
)
from layout.model.document import Node
from layout.model.inheritance import PlacedTable
from layout.model.known import Known
from layout.model.planning import PlanningModel

Check = Callable[[Known], None]

CHECKS: tuple[Check, ...] = (
    references.needed_tables,
    references.unmatched_codes,
    references.group_members,
    references.alternative_keys,
    references.zones_of_sites,
    references.buyers,
    references.corridors,
    references.unused_codes,
    references.reserved_codes,
    references.own_province,
    consistency.precision_of_kinds,
    consistency.precision_of_outturn,
    consistency.measure_of_compute,
    families.names_of_figures,
    families.sub_kinds,
    families.years_on_offer,
    families.substitutes,
    families.domestic_targets,
    consistency.latency_of_links,
    consistency.contradictory_bounds,
    consistency.contradictory_commitments,
    consistency.unlike_block,
    consistency.overfull_block,
    consistency.slice_hours,
    consistency.first_steps,
    curves.profile_keys,
    curves.profile_gaps,
    consistency.idle_renewables,
    consistency.sizes_of_zones,
    consistency.homes_of_work,
    consistency.storage_of_plants,
    resources.feature_columns,
    resources.water_rows,
    resources.backup_power_stated,
    resources.cold_storage_stated,
    resources.backup_regions,
    balancing.floor_rows,
    balancing.subsidy_rows,
    balancing.sites_have_places,
    balancing.something_to_balance,
    aims.periods,
    aims.foresight,
    aims.years,
    aims.feature_tables,
    lines.sound_links,
    lines.new_links,
    lines.few_technologies,
    lines.reached_places,
    lines.links_left_aside,
    lines.bulk_without_limit,
    aims.outturn_measures,
    aims.target_ids,
    aims.target_measures,
    aims.target_scopes,
    aims.hall_scopes,
    aims.target_values,
    aims.target_senses,
    aims.target_years,
    contradictions.opposed_targets,
    emergencies.outages_exist,
    emergencies.copies_need_regions,
    emergencies.stopped_and_critical,
    emergencies.latency_in_emergency,
    shares.sector_shares,
    shares.other_sector,
    shares.regions_of_roles,
    shares.owners_of_stock,
    shares.silos_need_owners,
    shares.signs_of_owners,
    shares.codes_of_owners,
)
FINAL: tuple[Check, ...] = (
    resources.water_without_sites,
    resources.data_have_sites,
    balancing.places_without_sites,
    balancing.ambiguous_subsidies,
    shares.owned_demand,
    supply.priced_sites,
    supply.offered_sites,
    supply.stock_within_limit,
    supply.stock_within_headroom,
    supply.commitments_within_limit,
    supply.reachable_demand,
    supply.enough_room,
    lines.links_beside,
    contradictions.floors_within_limits,
    contradictions.halls_named_once,
    contradictions.halls_within_limits,
    contradictions.targets_within_limits,
    emergencies.uncoverable_demand,
    emergencies.uncopied_demand,
)


def check(
    model: PlanningModel, tables: dict[str, PlacedTable], tree: Node, problems: list[Problem]
) -> None:
    """Add every problem of the model to the list."""
    known = Known(model, tables, tree, problems)
    for one in CHECKS:
        one(known)
    if not any(problem.severity == "error" for problem in problems):
        for one in FINAL:
            one(known)
