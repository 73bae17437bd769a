"""The settings of a planning model (``model.yaml``): keys, types, defaults and limits."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
)
from pydantic_core import PydanticCustomError

from layout.model.naming import bad_code, bad_text

FEATURES = (
    "expand",
    "renewables",
    "retrofit",
    "slices",
    "network",
    "storage",
    "water",
    "heat",
    "resilience",
    "balance",
)
MEASURES = (
    "additions_share",
    "ai_centres",
    "capex_mcny",
    "carbon_kt",
    "carbon_life_cycle_kt",
    "carbon_market_kt",
    "compute_eflops",
    "compute_eflops_fp32",
    "domestic_share",
    "energy_gwh",
    "gini",
    "green_share",
    "heat_gwh",
    "hhi",
    "inclusive_share",
    "interhub_latency_ms",
    "kind_share",
    "large_outside_clusters_mw",
    "latency_share",
    "pue_fleet",
    "pue_new",
    "pue_retrofit",
    "rack_utilisation",
    "region_share",
    "self_sufficiency",
    "served_share",
    "site_count",
    "ssd_share",
    "storage_eb",
    "water_ml",
    "west_to_east",
)
SHARE_MEASURES = (
    "additions_share",
    "domestic_share",
    "green_share",
    "inclusive_share",
    "kind_share",
    "latency_share",
    "rack_utilisation",
    "region_share",
    "self_sufficiency",
    "served_share",
    "ssd_share",
)
"""Measures between 0 and 1 that are read as percentages."""
MEASURE_FEATURES = {
    "green_share": "renewables",
    "heat_gwh": "heat",
    "pue_retrofit": "retrofit",
    "ssd_share": "storage",
    "storage_eb": "storage",
    "water_ml": "water",
}
"""Measures that mean nothing while a feature is off: their targets are not applicable."""


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number_type", "a number")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and not value.strip().isascii()):
        raise PydanticCustomError("number_type", "a whole number")
    return value


def _text(value: Any) -> Any:
    """A number or a year where text is expected is its text; YAML reads ``id: 2025`` so."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _clean(value: str) -> str:
    if reason := bad_text(value):
        raise PydanticCustomError("bad_text", reason)
    return value


def _code(value: str) -> str:
    if reason := bad_code(value):
        raise PydanticCustomError("bad_code", reason)
    return value


def _version(value: Any) -> Any:
    """The text ``1`` of a workbook or command line is the number; true is not."""
    if isinstance(value, bool):
        return str(value)
    return 1 if str(value) == "1" else value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Share = Annotated[Number, Field(ge=0, le=1)]
Half = Annotated[Number, Field(ge=0, le=0.5)]
Amount = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Whole = Annotated[int, BeforeValidator(_whole)]
Year = Annotated[Whole, Field(ge=1900, le=2200)]
Words = Annotated[str, BeforeValidator(_text), AfterValidator(_clean)]
Code = Annotated[str, BeforeValidator(_text), AfterValidator(_code)]


class Strict(BaseModel):
    """Unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(Strict):
    """A title in both languages; a plain text stands for both."""

    en: Words = ""
    zh: Words = ""

    def in_language(self, lang: str) -> str:
        """The title in that language, else in the other one."""
        return self.en or self.zh if lang == "en" else self.zh or self.en


def _title(value: Any) -> Any:
    return {"en": value, "zh": value} if isinstance(value, str) else value


BothTitles = Annotated[Title, BeforeValidator(_title)]


class Latency(Strict):
    """How distance becomes delay; `fixed_ms` is one way."""

    basis: Literal["rtt", "one_way"] = "rtt"
    route_factor: Annotated[Number, Field(ge=1)] = 1.5
    fixed_ms: Amount = 1.0
    km_per_ms: Annotated[Number, Field(gt=0, le=299.8)] = 204.0


class Economy(Strict):
    """Prices and rates that hold for the nation, in money of `money_year`.

    What carrying power costs and loses on long lines values the transmission that is avoided.
    """

    discount_rate: Share = 0.07
    carbon_price_cny_per_t: Amount = 80.0
    transport_mcny_per_gbps_1000km_year: Amount = 0.0
    certificate_price_cny_per_mwh: Amount = 6.0
    certificate_cap_gwh: Amount | None = None
    unserved_penalty_mcny_per_eflops: Amount | None = None
    wage_mcny_per_year: Amount = 0.0
    transmission_cny_per_kwh_1000km: Amount | None = None
    transmission_loss_share_per_1000km: Share | None = None


class Features(Strict):
    """Families of constraints that are on."""

    expand: bool = True
    renewables: bool = True
    retrofit: bool = False
    slices: bool = False
    network: bool = False
    storage: bool = False
    water: bool = False
    heat: bool = False
    resilience: bool = False
    balance: bool = False


class TimeSlices(Strict):
    """How finely the year is cut, and what may move in time.

    `flexible_headroom`: how far load that may wait or shift may rise above its mean. A battery is
    offered where it has a price, and so is a store of cooling (R118), whose other figures have to
    be stated then.
    """

    count: Annotated[Whole, Field(ge=4, le=96)] = 24
    flexible_headroom: Amount = 0.5
    battery_capex_mcny_per_mwh: Amount | None = None
    battery_life_years: Positive = 15.0
    battery_hours: Positive = 2.0
    battery_efficiency: Annotated[Number, Field(gt=0, le=1)] = 0.86
    cold_storage_capex_mcny_per_mwh: Amount | None = None
    cold_storage_life_years: Positive | None = None
    cold_storage_hours: Positive | None = None
    cold_storage_efficiency: Annotated[Number, Field(gt=0, le=1)] | None = None


class RouteFactors(Strict):
    """Length of the fibre route over the great circle, by medium of the link."""

    direct: Annotated[Number, Field(ge=1)] = 1.5
    internet: Annotated[Number, Field(ge=1)] = 2.1


class PriceFactors(Strict):
    """Price of carrying over that of the nation (`economy`), by medium of the link."""

    direct: Amount = 1.0
    internet: Amount = 1.0


class Bulk(Strict):
    """The line that one bulk transfer gets, and the share of it that carries data."""

    line_gbps: Positive = 100.0
    efficiency: Annotated[Number, Field(gt=0, le=1)] = 0.8


class Shipping(Strict):
    """Disks by lorry, train or plane: time and price; `handling_h` counts both ends."""

    offered: bool = False
    handling_h: Amount = 24.0
    km_per_h: Positive = 60.0
    cny_per_tb: Amount = 20.0
    cny_per_tb_1000km: Amount = 1.0


class Network(Strict):
    """The backbone: paths between two nodes, how full links may be, what sites let in."""

    paths: Annotated[Whole, Field(ge=1, le=8)] = 3
    max_utilisation: Annotated[Number, Field(gt=0, le=1)] = 0.7
    ingress_gbps: Amount | None = None
    route_factor: RouteFactors = RouteFactors()
    price_factor: PriceFactors = PriceFactors()
    bulk: Bulk = Bulk()
    shipping: Shipping = Shipping()


class Storage(Strict):
    """Media of storage, what they cost and draw, and what is copied to other regions (49)–(51).

    Prices are of systems: media, controllers and redundancy. `pue` weighs what they draw.
    """

    disk_mcny_per_eb: Amount = 360.0
    ssd_mcny_per_eb: Amount = 2070.0
    life_years: Positive = 5.0
    opex_share: Share = 0.03
    disk_mw_per_eb: Amount = 0.0
    ssd_mw_per_eb: Amount = 0.0
    pue: Annotated[Number, Field(ge=1)] = 1.3
    min_ssd_share: Share = 0.0
    core_share: Share = 0.0
    copies: Annotated[Whole, Field(ge=1, le=3)] = 1


class Water(Strict):
    """What water costs where the table ``water`` gives no price of its own (41)."""

    price_cny_per_m3: Amount = 5.0


class BackupPower(Strict):
    """Generators that stand in for the grid where it fails for longer than is tolerated (R132).

    All but `tolerated_outage_hours` must be stated where `power.outage_hours_per_year` is above it.
    """

    tolerated_outage_hours: Annotated[Number, Field(ge=0, le=8760)] = 0.0
    capex_mcny_per_mw: Amount | None = None
    life_years: Positive | None = None
    cost_cny_per_kwh: Amount | None = None
    tco2_per_mwh: Amount | None = None


class Heat(Strict):
    """How waste heat is recovered and sold, and the carbon that it saves elsewhere (42)(35)."""

    recovery_share: Share = 0.6
    cop: Annotated[Number, Field(gt=1)] = 5.0
    heating_hours: Annotated[Number, Field(ge=0, le=8784)] = 2880.0
    price_cny_per_gj: Amount = 30.0
    saved_tco2_per_gj: Amount = 0.0


class Retrofit(Strict):
    """Which existing blocks may be retrofitted: old enough and inefficient enough."""

    min_age_years: Amount = 0.0
    min_pue: Annotated[Number, Field(ge=1)] = 1.0


class Resilience(Strict):
    """What a plan withstands: the loss of any one site or hub, availability, bursts (18)(52)(53).

    `emergency_latency_ms` is on `latency.basis`. Without a price, critical demand is covered
    wherever another site is in reach; with one it may stay uncovered. Copies are kept where
    `site_availability` is given. `emergency_utilisation` replaces max_utilisation of the kinds.
    """

    outage: Literal["none", "site", "hub"] = "site"
    emergency_latency_ms: Amount = 50.0
    emergency_utilisation: Annotated[Number, Field(gt=0, le=1)] | None = None
    uncovered_penalty_mcny_per_eflops: Amount | None = None
    site_availability: Annotated[Number, Field(gt=0, lt=1)] | None = None
    national_reserve: Amount = 0.0


class Gate(Strict):
    """Where racks stand empty, no large facility is built (67).

    The racks of a place (a site, or the sites of a province) are counted in space that has been
    in service for `min_age_years`.
    """

    min_rack_utilisation: Share = 0.5
    scope: Literal["none", "site", "province"] = "none"
    min_age_years: Amount = 1.0


class Balance(Strict):
    """Which places may grow, and what inclusive work pays at most (66)(67)."""

    gate: Gate = Gate()
    inclusive_price_cap_mcny_per_eflops: Amount | None = None


class Settlement(Strict):
    """What is taken of each payment for compute from another province, and what steps keep.

    `platform_fee_share`: by who dispatches the work; `exchange_fee_share`: by who organises the
    trade. Together no more than the whole payment. `steps_keep_revenue`: with ``price_steps`` all
    buyers of a class together pay what they would without.
    """

    platform_fee_share: Half = 0.0
    exchange_fee_share: Half = 0.0
    steps_keep_revenue: bool = True


class Target(Strict):
    """One target: a measure in a scope, with the value it should reach and how hard it is."""

    id: Code
    measure: str
    scope: Words = "nation"
    kind: Code | None = None
    basis: Words | None = None
    sense: Literal["at_least", "at_most"]
    value: Number
    unit: Words = ""
    year: Year | None = None
    mode: Literal["hard", "soft", "report"] = "hard"
    penalty: Amount | None = None
    source: Words | None = None
    confidence: Words | None = None
    outturn: Number | None = None
    title: BothTitles | None = None
    priority: Number | None = None


class Solver(Strict):
    """Where HiGHS stops, both gaps must hold; how closed sites are kept from serving.

    `linking`: rows of single flows, one row for each site and workload, or rows of single flows
    only where the relaxation breaks them; auto decides by the number of flows. `flows`: all
    stated, or generated as they are needed with a bound over all; auto decides by their number.
    `memory_limit_mb` is what the process may hold in all; without one, what the machine leaves.
    """

    gap: Share = 0.001
    gap_location: Share = 0.01
    time_limit_s: Positive = 600.0
    threads: Annotated[Whole, Field(ge=1, le=1024)] = 2
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 0
    memory_limit_mb: Positive | None = None
    linking: Literal["auto", "strong", "aggregated", "separated"] = "auto"
    flows: Literal["auto", "all", "generated"] = "auto"


Aim = Literal["cost", "carbon", "goals", "compute_per_carbon"]
Traded = Literal["cost", "carbon"]


def _limit(value: Any) -> float | str:
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?%", value.strip()):
        return value.strip()
    try:
        number = float(_number(value))
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise PydanticCustomError("number_type", "a number")
    if number < 0:
        raise PydanticCustomError("greater_than_equal", "at least 0", {"ge": 0})
    return number


Limit = Annotated[float | str, PlainValidator(_limit)]
"""A number in the objective's own unit, or a percentage of what the cheapest plan has."""


class Weighted(Strict):
    """Least weighted sum of objectives, each divided by its pay-off range (73)."""

    weighted: Annotated[dict[Traded, Amount], Field(min_length=1)]


class EpsilonTerms(Strict):
    """One objective minimised, the other one limited."""

    minimise: Traded = "cost"
    cost: Limit | None = None
    carbon: Limit | None = None


class Epsilon(Strict):
    """The least of one objective within a limit on the other, in AUGMECON form (74)."""

    epsilon: EpsilonTerms


def _form(value: Any) -> str:
    """Which form of an objective is meant."""
    if isinstance(value, dict):
        return "form:epsilon" if "epsilon" in value else "form:weighted"
    if isinstance(value, Weighted):
        return "form:weighted"
    return "form:epsilon" if isinstance(value, Epsilon) else "form:name"


Objective = Annotated[
    Annotated[Aim, Tag("form:name")]
    | Annotated[Weighted, Tag("form:weighted")]
    | Annotated[Epsilon, Tag("form:epsilon")],
    Discriminator(_form),
]


def _combined(objective: list[Any]) -> list[Any]:
    """Names in order, each once; a form with parts stands alone and says enough."""
    names = [part for part in objective if isinstance(part, str)]
    alone = len(objective) > 1 and (len(names) < len(objective) or "compute_per_carbon" in names)
    if alone or len(set(names)) < len(names):
        raise PydanticCustomError("objective", "combined")
    first = objective[0]
    if isinstance(first, Weighted) and not any(first.weighted.values()):
        raise PydanticCustomError("objective", "weights")
    if isinstance(first, Epsilon):
        given = {name for name in ("cost", "carbon") if getattr(first.epsilon, name) is not None}
        if len(given) != 1 or first.epsilon.minimise in given:
            raise PydanticCustomError("objective", "limits")
    return objective


def leading(objective: list[Any]) -> str:
    """What is minimised first: cost, carbon, goals, compute_per_carbon or weighted."""
    first = objective[0]
    if isinstance(first, Epsilon):
        return str(first.epsilon.minimise)
    return "weighted" if isinstance(first, Weighted) else str(first)


class Scenario(Strict):
    """A named override: any key of the model, plus `set` paths and `tables` of changed rows."""

    model_config = ConfigDict(extra="allow", frozen=True)

    title: BothTitles | None = None
    description: Words | None = None
    set: Annotated[list[str], BeforeValidator(_as_list)] = []
    tables: dict[str, str] = {}


class Settings(Strict):
    """Everything ``model.yaml`` says, with `extends` and scenarios already applied."""

    layout: Annotated[Literal[1], BeforeValidator(_version)]
    title: BothTitles = Title()
    description: BothTitles = Title()
    base_year: Year = 2023
    money_year: Year = 2025
    coordinates: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    periods: Annotated[list[Year], BeforeValidator(_as_list), Field(min_length=1)] = [2025]
    foresight: Literal["perfect", "myopic"] = "perfect"
    mode: Literal["cross", "local", "trade"] = "cross"
    owners: Literal["pooled", "siloed"] = "pooled"
    latency: Latency = Latency()
    economy: Economy = Economy()
    objective: Annotated[
        list[Objective],
        BeforeValidator(_as_list),
        Field(min_length=1),
        AfterValidator(_combined),
    ] = ["cost"]
    features: Features = Features()
    slices: TimeSlices = TimeSlices()
    retrofit: Retrofit = Retrofit()
    storage: Storage = Storage()
    water: Water = Water()
    backup_power: BackupPower = BackupPower()
    heat: Heat = Heat()
    network: Network = Network()
    resilience: Resilience = Resilience()
    balance: Balance = Balance()
    settlement: Settlement = Settlement()
    targets: list[Target] = []
    solver: Solver = Solver()
    scenarios: dict[str, Scenario] = {}
