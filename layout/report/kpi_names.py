"""What the key figures of a plan are called in each language."""

from __future__ import annotations

from collections.abc import Mapping

from layout.labels import has, text
from layout.labels.cleaning import clean

_OF_KIND = {
    "additions_eflops_": "additions_eflops",
    "cost_capital_mcny_per_pflops_year_": "cost_capital_mcny_per_pflops_year",
    "cost_network_mcny_per_pflops_year_": "cost_network_mcny_per_pflops_year",
    "cost_power_mcny_per_pflops_year_": "cost_power_mcny_per_pflops_year",
    "cost_upkeep_mcny_per_pflops_year_": "cost_upkeep_mcny_per_pflops_year",
    "compute_eflops_": "compute_eflops",
    "compute_utilisation_": "compute_utilisation_of",
    "cost_mcny_per_pflops_year_": "cost_mcny_per_pflops_year",
    "east_to_west_eflops_": "east_to_west_eflops",
    "eflops_per_mw_": "eflops_per_mw",
    "gdp_within_20ms_rtt_": "gdp_within_20ms_rtt",
    "gdp_within_5ms_rtt_": "gdp_within_5ms_rtt",
    "kwh_per_eflops_hour_": "kwh_per_eflops_hour",
    "shifted_share_": "shifted_share",
    "people_within_20ms_rtt_": "people_within_20ms_rtt",
    "people_within_5ms_rtt_": "people_within_5ms_rtt",
    "stranded_eflops_": "stranded_eflops",
}
_OF_WORKLOAD = {
    "east_to_west_eflops_of_": "east_to_west_eflops_of",
    "east_to_west_share_of_": "east_to_west_share_of",
    "run_days_of_": "run_days_of",
    "runs_per_year_of_": "runs_per_year_of",
    "tokens_per_s_of_": "tokens_per_s_of",
}
_OF_TECHNOLOGY = {
    "network_gbps_1000km_of_": "network_gbps_1000km_of",
    "network_mcny_of_": "network_mcny_of",
}
"""Figures of links of a technology, which is known by its code alone."""
_OF_PLACE = {
    "capex_mcny_in_": "capex_mcny_in",
    "capital_flow_mcny_": "capital_flow_mcny",
    "network_link_utilisation_": "network_link_utilisation",
    "outage_worst_": "outage_worst",
    "payment_flow_mcny_": "payment_flow_mcny",
    "running_cost_mcny_in_": "running_cost_mcny_in",
    "running_staff_persons_in_": "running_staff_persons_in",
    "staff_flow_persons_": "staff_flow_persons",
}
_BETWEEN_REGIONS = ("capital_flow_mcny_", "payment_flow_mcny_", "staff_flow_persons_")
"""Figures of a pair whose order matters; the others of `_OF_PLACE` are of a place, or of a link."""
_REGIONAL = (*_BETWEEN_REGIONS, *(one for one in _OF_PLACE if one.endswith("_in_")))


def kpi_name(
    key: str, lang: str, kinds: Mapping[str, str], workloads: Mapping[str, str] | None = None
) -> str:
    """The name of a key figure; the key itself where the table of labels has none.

    `kinds` is kind → name, for figures of one kind of compute; `workloads` class of work → name.
    """
    if has(f"map.kpi.{key}"):
        return text(f"map.kpi.{key}", lang)
    for prefix, family in _OF_KIND.items():
        kind = key.removeprefix(prefix)
        if kind != key and kind in kinds:
            return text(f"map.kpi.{family}", lang, kind=clean(kinds[kind]))
    for prefix, family in _OF_WORKLOAD.items():
        if key.startswith(prefix):
            code = key.removeprefix(prefix)
            work = clean((workloads or {}).get(code, code))
            return text(f"map.kpi.{family}", lang, work=work)
    for prefix, family in _OF_TECHNOLOGY.items():
        if key.startswith(prefix):
            technology = clean(key.removeprefix(prefix))
            return text(f"map.kpi.{family}", lang, technology=technology)
    for prefix, family in _OF_PLACE.items():
        if key.startswith(prefix):
            parts = key.removeprefix(prefix).split("~")
            named = [_region(part, lang) if prefix in _REGIONAL else clean(part) for part in parts]
            place = (" → " if prefix in _BETWEEN_REGIONS else " – ").join(named)
            return text(f"map.kpi.{family}", lang, place=place)
    return key


def _region(code: str, lang: str) -> str:
    """The name of a region; its code where the table of labels has none."""
    key = f"cli.region.{code}"
    return text(key, lang) if has(key) else clean(code)
