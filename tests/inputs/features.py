"""Broken features: what each family of constraints needs to make sense."""

from __future__ import annotations

from tests.inputs.broken import STARTER, WORLD, Broken


def _on(code: str, feature: str, column: str, severity: str = "error") -> Broken:
    """The starter with a feature that lacks what it needs."""
    new = f"features: {{{feature}: true}}"
    return Broken(code, "model.yaml", "objective: cost", new, column, severity)


def _world(
    code: str, file: str, old: str, new: str, column: str | None, *args: str, **given: object
) -> Broken:
    """One replacement in the world in which every feature is on."""
    return Broken(code, file, old, new, column, *args, base=WORLD, **given)  # type: ignore[arg-type]


OFFER = "battery_capex_mcny_per_mwh: 1.0"
STORE = """\
cold_storage_capex_mcny_per_mwh: 1
  cold_storage_life_years: 20
  cold_storage_hours: 6
  cold_storage_efficiency: 0.9"""
COOLED = ("pue.csv", "fixed_overhead", "cooling_share")
"""What makes the world say how much of the overhead is cooling."""

FEATURES = [
    _on("feature_table", "slices", "features.slices"),
    _on("feature_table", "network", "features.network"),
    _on("feature_column", "storage", "features.storage"),
    _on("feature_column", "water", "features.water"),
    _on("feature_column", "heat", "features.heat"),
    _on("feature_column", "retrofit", "features.retrofit", "warning"),
    # what happened
    _world(
        "unknown_measure",
        "outturn.csv",
        "compute_eflops_fp32,2025",
        "compute_eflops_fp23,2025",
        "measure",
        "warning",
    ),
    _on("balance_idle", "balance", "features.balance", "warning"),
    # the backbone
    _world("arc_loop", "arcs.csv", "A,B,960", "A,A,960", "to"),
    _world("arc_twice", "arcs.csv", "A,N,1200", "B,A,1200", "from"),
    _world(
        "arc_twice",
        "arcs.csv",
        "A,N,1200,20,100,0.5,true,0.2",
        "B,A,1200,20,100,0.5,true,otn",
        "from",
        also=(
            ("arcs.csv", "new_cost_mcny_per_year", "technology"),
            ("arcs.csv", "A,B,960,20,100,0.5,false,0", "A,B,960,20,100,0.5,false,otn"),
        ),
    ),
    _world(
        "arc_unused",
        "arcs.csv",
        "A,B,960,20,100,0.5,false,0\n",
        "A,B,990,20,100,0.5,false,internet\nA,B,960,20,100,0.5,false,direct\n",
        "from",
        "warning",
        also=(
            ("arcs.csv", "new_cost_mcny_per_year", "medium"),
            ("arcs.csv", "B,N,780,50,100,0.5,false,0", "B,N,780,50,100,0.5,false,direct"),
            ("arcs.csv", "A,N,1200,20,100,0.5,true,0.2", "A,N,1200,20,100,0.5,true,direct"),
            ("model.yaml", "network:\n", "network:\n  paths: 1\n"),
        ),
    ),
    _world(
        "arc_technologies",
        "model.yaml",
        "network:\n",
        "network:\n  paths: 8\n",
        "network.paths",
        at="  paths: 8",
        also=(
            ("arcs.csv", "new_cost_mcny_per_year", "technology"),
            (
                "arcs.csv",
                "A,B,960,20,100,0.5,false,0\n",
                "".join(f"A,B,960,20,100,0.5,false,t{at}\n" for at in range(6)),
            ),
        ),
    ),
    _world("arc_length", "arcs.csv", "B,N,780", "B,Hub9,", "length_km"),
    _world("arc_new_capacity", "arcs.csv", "A,N,1200,20", "A,N,1200,", "capacity_gbps"),
    _world(
        "node_without_link",
        "arcs.csv",
        "B,N,780,50,100,0.5,false,0\n",
        "",
        "node",
        "warning",
        seen="sites.csv",
        row=4,
        also=(("arcs.csv", "A,N,1200,20,100,0.5,true,0.2\n", ""),),
    ),
    _world("transit_node", "arcs.csv", "B,N,780", "B,Hub9,780", "to", "warning"),
    _world("links_left_aside", "links.csv", "A,W,9", "B,W,9", None, "warning"),
    _world(
        "bulk_without_limit",
        "workloads.csv",
        "1000000.0,100",
        "1000000.0,",
        "max_transfer_h",
        "warning",
        also=(("model.yaml", "    offered: true", "    offered: false"),),
    ),
    _world(
        "away_without_province",
        "workloads.csv",
        "critical,min_cluster_eflops",
        "critical,away_overhead",
        "away_overhead",
        "warning",
        row=4,
        also=(("zones.csv", "B,P2,west,31,111", "B,,west,25,130"),),
    ),
    _world(
        "unreachable_by_path",
        "arcs.csv",
        "A,N,1200,20,100,0.5,true,0.2\n",
        "",
        "zone",
        "warning",
        seen="demand.csv",
        at="A,training",
        also=(
            ("workloads.csv", "critical,min_cluster_eflops", "critical,protected"),
            ("workloads.csv", "false,0,2", "false,0,yes"),
            ("pue.csv", "mild,liquid,1.25,0.03\n", ""),
        ),
    ),
    # what provinces trade, and what spending sets off there
    _world("corridor_loop", "corridors.csv", "P2,P1,50", "P1,P1,50", "to"),
    _world("unused_code", "corridors.csv", "P2,P1,50", "P9,P1,50", "from", "warning"),
    _world("unused_code", "corridors.csv", "P2,P1,50", "P2,P9,50", "to", "warning"),
    _world("unused_code", "vouchers.csv", "P1,0.2", "P9,0.2", "province", "warning"),
    # what is paid by steps of volume
    _world("first_step", "price_steps.csv", "batch,0,1.1", "batch,1,1.1", "from_eflops"),
    _world("unmatched", "price_steps.csv", "batch,2,0.9", "botch,0,0.9", "workload"),
    _world("duplicate_row", "price_steps.csv", "batch,2,0.9", ",0,0.9", "workload", at=",0,0.8"),
    _world("impossible", "price_steps.csv", "batch,2,0.9", "batch,2,0", "factor"),
    _world("unused_code", "multipliers.csv", "P1,halls,2", "P9,halls,2", "province", "warning"),
    # stores of cooling
    _world(
        "cold_storage_unstated",
        "model.yaml",
        OFFER,
        f"cold_storage_capex_mcny_per_mwh: 1\n  {OFFER}",
        "slices.cold_storage_capex_mcny_per_mwh",
        also=(COOLED,),
    ),
    _world(
        "cold_storage_share",
        "pue.csv",
        "cold,liquid,1.15,0.03",
        "cold,liquid,1.15,",
        "cooling_share",
        also=(COOLED, ("model.yaml", OFFER, f"{STORE}\n  {OFFER}")),
    ),
    # slices and profiles
    _world("slice_hours", "slices.csv", "dawn,1460", "dawn,14.6", "hours", row=2),
    _world("unmatched", "profiles.csv", "P1,sun,dawn", "P1,sun,down", "slice"),
    _world("unmatched", "profiles.csv", ",,dawn,0.6,online", ",,dawn,0.6,offline", "workload"),
    _world("unused_code", "profiles.csv", "P1,sun,dawn", "P1,sum,dawn", "technology", "warning"),
    _world("unused_code", "profiles.csv", "P1,sun,dawn", "P9,sun,dawn", "province", "warning"),
    _world(
        "unused_code",
        "profiles.csv",
        ",,dawn,0.95,,mild",
        ",,dawn,0.95,,midl",
        "climate_zone",
        "warning",
    ),
    _world(
        "unused_code",
        "profiles.csv",
        "technology,slice,value,workload,climate_zone",
        "technology,slice,value,workload,tariff_zone",
        "tariff_zone",
        "warning",
        at=",,dawn,0.95,,mild",
    ),
    _world(
        "profile_keys", "profiles.csv", "P1,sun,dawn,0.2,,", "P1,sun,dawn,0.2,online,", "province"
    ),
    _world("profile_keys", "profiles.csv", "P1,sun,dawn,0.2,,", ",sun,dawn,0.2,,", "technology"),
    _world(
        "profile_gap",
        "profiles.csv",
        ",,noon,1.3,online,\n",
        "",
        "slice",
        "warning",
        at=",,dawn,0.6,online",
    ),
    _world(
        "profile_gap", "profiles.csv", ",,night,0.7,,\n", "", "slice", "warning", at=",,dawn,0.7,,"
    ),
    # water and storage
    _world("one_of", "water.csv", "P1,900,6,", "P1,900,6,basin", "province"),
    _world("one_of", "water.csv", "P1,900,6,", ",900,6,", "province"),
    _world("water_group_price", "water.csv", ",900,,basin", ",900,6,basin", "price_cny_per_m3"),
    _world("no_site_there", "water.csv", "P1,900,6,", "P9,900,6,", "province", "warning"),
    _world("unmatched", "storage.csv", "E,4,1", "EE,4,1", "site"),
    _world("unmatched", "storage_demand.csv", "A,province", "AA,province", "zone"),
    _world("impossible", "storage_demand.csv", "A,province,2024", "A,province,0", "year"),
    _world("impossible", "storage_demand.csv", "A,province,2024", "A,province,1e9", "year"),
    _world(
        "unmatched",
        "groups.csv",
        "basin,site,E",
        "",
        "group",
        seen="water.csv",
        at=",900,,basin",
        also=(("hall_limits.csv", "group:basin", "site:E"),),
    ),
    _world(
        "data_nowhere",
        "zones.csv",
        "A,P1,east",
        "A,,east",
        "residency",
        seen="storage_demand.csv",
        at="A,province",
    ),
    _world(
        "unused_year",
        "storage_demand.csv",
        "A,province,2024",
        "A,province,2031",
        "year",
        "warning",
    ),
    _world("backup_region", "sites.csv", "N,,P3,north", "N,,P3,", "region"),
    _world(
        "backup_regions",
        "model.yaml",
        "  copies: 2",
        "  copies: 3",
        "storage.core_share",
        at="core_share",
    ),
    # resilience
    _world(
        "no_hub",
        "model.yaml",
        "  site_availability",
        "  outage: hub\n  site_availability",
        "resilience.outage",
        also=(("sites.csv", ",H1,", ",,"), ("sites.csv", ",H2,", ",,")),
    ),
    _world(
        "copy_region",
        "sites.csv",
        "N,,P3,north",
        "N,,P3,",
        "region",
        also=(("model.yaml", "  core_share: 0.1", "  core_share: 0"),),
    ),
    _world(
        "critical_stops",
        "workloads.csv",
        "batch,general,,,5,,,,day,1000000.0,100,yes,0.2,,,",
        "batch,general,,,5,,,,day,1000000.0,100,yes,0.2,,0.5,",
        "critical",
    ),
    _world(
        "emergency_below_limit",
        "workloads.csv",
        "max_transfer_h,preemptible,burst_floor",
        "max_transfer_h,preemptible,emergency_latency_ms",
        "emergency_latency_ms",
        "warning",
        at="online,general",
        also=(
            (
                "workloads.csv",
                "online,general,40,1.2,20,0.6,0.999,1.2,,,,,,",
                "online,general,40,1.2,20,0.6,0.999,1.2,,,,,20,",
            ),
            ("workloads.csv", "100,yes,0.2", "100,yes,"),
        ),
    ),
    Broken(
        "uncoverable",
        "model.yaml",
        "objective: cost",
        "features: {resilience: true}\nresilience: {emergency_latency_ms: 1}",
        "zone",
        "warning",
        seen="zones.csv",
        at="440000",
    ),
    _world(
        "uncopied",
        "model.yaml",
        "  site_availability: 0.97",
        "  site_availability: 0.7",
        "zone",
        "warning",
        seen="zones.csv",
        at="A,P1",
    ),
    # sectors, roles, owners
    _world(
        "sector_shares",
        "sectors.csv",
        "finance,online,0.4,1.1\n",
        "finance,online,0.4,1.1\ntravel,online,0.7,1\n",
        "share",
        row=2,
    ),
    _world("reserved_sector", "sectors.csv", "finance,", "other,", "sector"),
    _world("unmatched", "roles.csv", "batch,east", "batch,eest", "region"),
    _world("unmatched", "roles.csv", "west;north", "west;south", "hosts"),
    _world(
        "unreachable_in_role",
        "roles.csv",
        "batch,east,west;north",
        "online,east,north",
        "zone",
        "warning",
        seen="demand.csv",
        row=2,
        also=(("arcs.csv", "B,N,780", "B,N,9000"), ("arcs.csv", "A,N,1200", "A,N,9000")),
    ),
    _world("owner_shares", "owners.csv", "firms,0.3", "firms,0.2", "share", row=3),
    _world(
        "unmatched",
        "stock.csv",
        "age_years,pue\nold,E,air,general,2,5,4,1.7",
        "age_years,owner\nold,E,air,general,2,5,4,statt",
        "owner",
        row=2,
    ),
    Broken("silos_without_owners", "model.yaml", "objective: cost", "owners: siloed", "owners"),
    Broken("owner_sign", "stock.csv", "GZ-1", "GZ@1", "block"),
    _world(
        "long_for_owners",
        "workloads.csv",
        "batch,general",
        "b" * 60 + ",general",
        "workload",
        also=(("demand.csv", "A,batch", "A," + "b" * 60), ("roles.csv", "batch,", "b" * 60 + ",")),
    ),
    # families of hardware
    _world(
        "parent_of_parent",
        "kinds.csv",
        "storage_eb_per_eflops\n",
        "parent\n",
        "parent",
        at="intelligent,",
        also=(
            ("kinds.csv", ",0.3,0.8,4", ",0.3,0.8,intelligent"),
            ("kinds.csv", "40,,0.2,,", "40,,0.2,,general"),
        ),
    ),
    _world(
        "sub_kind_precision",
        "kinds.csv",
        "storage_eb_per_eflops\n",
        "parent\n",
        "precision",
        at="intelligent,",
        also=(
            ("kinds.csv", ",0.3,0.8,4", ",0.3,0.8,"),
            ("kinds.csv", "40,,0.2,,", "40,,0.2,,general"),
        ),
    ),
    _world(
        "sub_kind_free",
        "kinds.csv",
        "storage_eb_per_eflops\n",
        "parent\n",
        "it_capex_mcny_per_eflops",
        "warning",
        at="young,",
        also=(
            ("kinds.csv", ",0.3,0.8,4", ",0.3,0.8,"),
            ("kinds.csv", "40,,0.2,,", "40,,0.2,,\nyoung,FP16,in_use,0.125,1,,,0.2,,intelligent"),
            ("model.yaml", "  storage: true", "  storage: false"),
        ),
    ),
    _world(
        "contradictory_bounds",
        "kinds.csv",
        "max_utilisation,storage_eb_per_eflops",
        "from_year,until_year",
        "from_year",
        at="intelligent,",
        also=(
            ("kinds.csv", ",0.3,0.8,4", ",0.3,,"),
            ("kinds.csv", "40,,0.2,,", "40,,0.2,2030,2025"),
        ),
    ),
    _world("own_kind", "substitution.csv", "online,intelligent", "online,general", "kind"),
    _world("unmatched", "chips.csv", "intelligent,2025", "inteligent,2025", "kind"),
    _world("unused_year", "chips.csv", "intelligent,2025", "intelligent,2045", "year", "warning"),
    # floors, subsidies, gates
    _world(
        "one_of",
        "floors.csv",
        "province,kind,min_eflops\nP2,",
        "province,kind,min_eflops\n,",
        "province",
        row=2,
    ),
    _world(
        "contradictory_bounds",
        "floors.csv",
        "min_eflops\nP2,intelligent,1",
        "min_eflops,max_eflops\nP2,intelligent,2,1",
        "min_eflops",
        row=2,
    ),
    _world(
        "floor_above_limit",
        "floors.csv",
        "P2,intelligent,1",
        "P2,intelligent,100",
        "min_eflops",
        "warning",
    ),
    _world(
        "no_site_there", "floors.csv", "P2,intelligent,1", "P9,intelligent,1", "province", "warning"
    ),
    _world("unknown_scope", "hall_limits.csv", "group:basin", "group:bassin", "scope"),
    _world("unmatched", "hall_limits.csv", "air;liquid", "air;fluid", "facilities"),
    _world(
        "contradictory_bounds",
        "hall_limits.csv",
        "max_it_mw\ngroup:basin,air;liquid,19",
        "max_it_mw,min_it_mw\ngroup:basin,air;liquid,19,20",
        "min_it_mw",
        row=2,
    ),
    _world(
        "halls_above_limit",
        "hall_limits.csv",
        "max_it_mw\ngroup:basin,air;liquid,19",
        "min_it_mw\ngroup:basin,air;liquid,90",
        "min_it_mw",
        "warning",
        row=2,
    ),
    _world(
        "no_site_there",
        "hall_limits.csv",
        "group:basin",
        "hubs",
        "scope",
        "warning",
        also=(("sites.csv", ",H1,", ",,"), ("sites.csv", ",H2,", ",,")),
    ),
    _world("one_of", "subsidies.csv", "P2,0.1", ",0.1", "site"),
    _world("debt_without_rate", "subsidies.csv", "0.05,0.03,100", "0.05,,100", "debt_rate"),
    _world(
        "subsidy_ambiguous",
        "subsidies.csv",
        "province,capex_share,it_capex_share,debt_rate,debt_cap_mcny\nP2,0.1,0.05,0.03,100",
        "group,capex_share\nbasin,0.1\ndelta,0.2",
        "group",
        at="delta,0.2",
        also=(("groups.csv", "basin,site,E", "basin,site,E\ndelta,site,E"),),
    ),
    _world(
        "place_needed",
        "sites.csv",
        "N,,P3,north,,cold,30,,,,38,",
        "N,,,north,,cold,30,,,,10,",
        "province",
    ),
    _world(
        "nothing_inclusive",
        "model.yaml",
        "balance:\n",
        "balance:\n  inclusive_price_cap_mcny_per_eflops: 5\n",
        "balance.inclusive_price_cap_mcny_per_eflops",
        "warning",
        at="inclusive_price",
    ),
    Broken(
        "place_needed",
        "sites.csv",
        "26.390,106.600,520000,520000",
        "10.1,106.600,520000,",
        "province",
        base=STARTER,
        also=(
            ("model.yaml", "measure: pue_new", "measure: hhi"),
            ("model.yaml", "value: 1.3", "value: 0.5"),
        ),
    ),
]
