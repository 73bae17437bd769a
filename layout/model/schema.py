"""The settings of a planning model (``model.yaml``): keys, types, defaults and limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from layout.model.naming import bad_code, bad_text

FEATURES = (
    "expand",
    "renewables",
    "retrofit",
    "slices",
    "network",
    "storage",
    "resilience",
    "balance",
)
BUILT_FEATURES = ("expand", "renewables", "retrofit")
MEASURES = (
    "additions_share",
    "ai_centres",
    "capex_mcny",
    "carbon_kt",
    "carbon_market_kt",
    "compute_eflops_fp32",
    "energy_gwh",
    "gini",
    "green_share",
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
    "green_share",
    "kind_share",
    "latency_share",
    "rack_utilisation",
    "region_share",
    "self_sufficiency",
    "served_share",
    "ssd_share",
)
"""Measures between 0 and 1 that are read as percentages."""
MEASURE_FEATURES = {"green_share": "renewables"}
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
    """Prices and rates that hold for the nation, in money of `money_year`."""

    discount_rate: Share = 0.07
    carbon_price_cny_per_t: Amount = 80.0
    transport_mcny_per_gbps_1000km_year: Amount = 0.0
    certificate_price_cny_per_mwh: Amount = 6.0
    certificate_cap_gwh: Amount | None = None
    unserved_penalty_mcny_per_eflops: Amount | None = None
    wage_mcny_per_year: Amount = 0.0


class Features(Strict):
    """Families of constraints that are on."""

    expand: bool = True
    renewables: bool = True
    retrofit: bool = False
    slices: bool = False
    network: bool = False
    storage: bool = False
    resilience: bool = False
    balance: bool = False


class Retrofit(Strict):
    """Which existing blocks may be retrofitted: old enough and inefficient enough."""

    min_age_years: Amount = 0.0
    min_pue: Annotated[Number, Field(ge=1)] = 1.0


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
    """Where HiGHS stops; both gaps must hold."""

    gap: Share = 0.001
    gap_location: Share = 0.01
    time_limit_s: Positive = 600.0
    threads: Annotated[Whole, Field(ge=1, le=1024)] = 2
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 0


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
    mode: Literal["cross", "local"] = "cross"
    latency: Latency = Latency()
    economy: Economy = Economy()
    objective: Annotated[
        list[Literal["cost", "carbon"]], BeforeValidator(_as_list), Field(min_length=1)
    ] = ["cost"]
    features: Features = Features()
    retrofit: Retrofit = Retrofit()
    targets: list[Target] = []
    solver: Solver = Solver()
    scenarios: dict[str, Scenario] = {}
