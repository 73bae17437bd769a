"""Broken inputs of studies: cases, ranges, scenarios, weights, a layout of one's own."""

from __future__ import annotations

from typing import NamedTuple


class Given(NamedTuple):
    """A command line with a file of one's own, and what must be said of it.

    `words` are the content of the file FILE of the line; without any there is no file, and the
    place is the option.
    """

    code: str
    line: str
    words: str = ""
    row: int | None = None
    column: str | None = None
    place: str = "given.csv"


SWEEP = "sweep MODEL --cases FILE -o OUT"
RANGES = "uncertainty MODEL --ranges FILE --samples 4 -o OUT"
STAGES = "uncertainty MODEL --two-stage FILE -o OUT"
INDEX = "index PLAN -o OUT --weights FILE"
WEIGHTS = "suitability MODEL --weights FILE -o OUT"
OWN = "evaluate MODEL --capacity FILE -o OUT"
GROWTH = "growth --plan PLAN -o OUT --investment"
VARY = "sweep MODEL -o OUT --vary"
MONEY = "province,fixed_investment_mcny\n"
SITE, STAGE, RANGE = (
    "site,kind,compute_eflops\n",
    "scenario,probability,sets\n",
    ("path,distribution,low,mode,high\n"),
)
RATE = "economy.discount_rate"


def _vary(code: str, words: str, column: str | None = None, set: bool = False) -> Given:
    place = f"--set {words}" if set else f"--vary {words}"
    return Given(code, f"{VARY} {words}", place=place, column=column)


STUDIES = [
    # sweep
    _vary("vary_syntax", RATE),
    _vary("vary_syntax", "=1,2"),
    _vary("vary_values", f"{RATE}=0.05,,0.07"),
    _vary("vary_values", f"{RATE}=0.05,0.05"),
    _vary("vary_range", f"{RATE}=0.05:0.05:3"),
    _vary("vary_range", f"{RATE}=0.05:0.07:1.5"),
    _vary("vary_range", f"{RATE}=0:inf:3"),
    Given(
        "vary_twice",
        f"{VARY} {RATE}=0.05,0.06 --vary {RATE}=0.07,0.08",
        place=f"--vary {RATE}=0.07,0.08",
    ),
    Given(
        "cases_many",
        f"{VARY} {RATE}=0:1:1000 --vary economy.carbon_price_cny_per_t=0:9:1000",
        place="--vary",
    ),
    Given(
        "unknown_key",
        f"{VARY} economy.rate=1,2",
        place="--set economy.rate=1",
        column="economy.rate",
    ),
    Given("key_range", f"{VARY} {RATE}=0.05,5", place=f"--set {RATE}=5", column=RATE),
    Given(
        "set_no_row",
        f"{VARY} sites[site=X].max_it_mw=5,6",
        place="--set sites[site=X].max_it_mw=5",
        column="sites[site=X].max_it_mw",
    ),
    Given("cases_none", SWEEP, f"{RATE}\n", 1),
    Given("empty_table", SWEEP, "\n", 1),
    Given("row_width", SWEEP, f"{RATE},objective\n0.05\n", 2),
    Given("duplicate_column", SWEEP, f"{RATE},{RATE}\n1,2\n", 1, RATE),
    Given(
        "unknown_key",
        SWEEP,
        "economy.rate\n0.05\n",
        place="--set economy.rate=0.05",
        column="economy.rate",
    ),
    Given("key_type", SWEEP, f"{RATE}\nhigh\n", place=f"--set {RATE}=high", column=RATE),
    # uncertainty
    Given("range_none", RANGES, RANGE, 1),
    Given("missing_column", RANGES, f"path,low,high\n{RATE},0.05,0.09\n", 1, "distribution"),
    Given("unknown_column", RANGES, f"{RANGE[:-1]},odds\n{RATE},uniform,0.05,,0.09,1\n", 1, "odds"),
    Given("range_path", RANGES, f"{RANGE},uniform,0.05,,0.09\n", 2, "path"),
    Given("range_distribution", RANGES, f"{RANGE}{RATE},unifrom,0.05,,0.09\n", 2, "distribution"),
    Given("range_choice", RANGES, f"{RANGE}{RATE},choice,,,\n", 2, "values"),
    Given("range_uniform", RANGES, f"{RANGE}{RATE},uniform,0.09,,0.05\n", 2, "low"),
    Given("range_triangular", RANGES, f"{RANGE}{RATE},triangular,0.05,0.2,0.09\n", 2, "low"),
    Given("range_normal", RANGES, f"{RANGE}{RATE},normal,0.09,,0.05\n", 2, "low"),
    Given("range_lognormal", RANGES, f"{RANGE}{RATE},lognormal,-1,,0.05\n", 2, "low"),
    Given("not_a_number", RANGES, f"{RANGE}{RATE},uniform,some,,0.05\n", 2, "low"),
    Given("not_a_number", RANGES, f"{RANGE}{RATE},uniform,0.05,,inf\n", 2, "high"),
    Given(
        "range_twice",
        RANGES,
        f"{RANGE}{RATE},uniform,0.05,,0.09\n{RATE},uniform,0.05,,0.08\n",
        3,
        "path",
    ),
    Given("scenario_few", STAGES, f"{STAGE}a,1,\n"),
    Given("scenario_name", STAGES, f"{STAGE},0.5,{RATE}=0.05\nb,0.5,\n", 2, "scenario"),
    Given("scenario_twice", STAGES, f"{STAGE}a,0.5,\na,0.5,\n"),
    Given("scenario_probability", STAGES, f"{STAGE}a,-0.5,\nb,1.5,\n", column="probability"),
    Given("scenario_sum", STAGES, f"{STAGE}a,0.5,\nb,0.6,\n", column="probability"),
    Given("not_a_number", STAGES, f"{STAGE}a,half,\nb,0.5,\n", 2, "probability"),
    Given("missing_column", STAGES, "scenario,sets\na,\n", 1, "probability"),
    Given(
        "unknown_key",
        STAGES,
        f"{STAGE}a,0.5,economy.rate=1\nb,0.5,\n",
        place="--set economy.rate=1",
        column="economy.rate",
    ),
    # suitability
    Given("criterion_unknown", WEIGHTS, "criterion,weight\ngrid,1\n", 2, "criterion"),
    Given(
        "criterion_twice",
        WEIGHTS,
        "criterion,weight\ngrid_headroom,1\ngrid_headroom,2\n",
        3,
        "criterion",
    ),
    Given("criterion_unit", WEIGHTS, "criterion,weight,unit\ngrid_headroom,1,GW\n", 2, "unit"),
    Given(
        "direction_unknown",
        WEIGHTS,
        "criterion,weight,direction\ngrid_headroom,1,up\n",
        2,
        "direction",
    ),
    Given("weight_value", WEIGHTS, "criterion,weight\ngrid_headroom,-1\n", 2, "weight"),
    Given("weight_value", WEIGHTS, "criterion,weight\ngrid_headroom,\n", 2, "weight"),
    Given("not_a_number", WEIGHTS, "criterion,weight\ngrid_headroom,nan\n", 2, "weight"),
    Given("not_a_number", WEIGHTS, "criterion,weight\ngrid_headroom,1_0\n", 2, "weight"),
    Given("weights_none", WEIGHTS, "criterion,weight\ngrid_headroom,0\n", 1, "weight"),
    Given(
        "weight_scale",
        WEIGHTS,
        "criterion,weight,direction,worst,best\ngrid_headroom,1,higher,9,1\n",
        2,
        "best",
    ),
    Given(
        "weight_exclusion",
        WEIGHTS,
        "criterion,weight,exclude_below,exclude_above\ngrid_headroom,1,9,1\n",
        2,
        "exclude_below",
    ),
    Given("missing_column", WEIGHTS, "criterion\ngrid_headroom\n", 1, "weight"),
    Given("unknown_column", WEIGHTS, "criterion,weight,best_of\ngrid_headroom,1,2\n", 1, "best_of"),
    # evaluate
    Given("missing_column", OWN, "site,compute_eflops\nGUIAN,3\n", 1, "kind"),
    Given("unknown_column", OWN, f"{SITE[:-1]},size\nGUIAN,general,3,1\n", 1, "size"),
    Given("empty_cell", OWN, f"{SITE},general,3\n", 2, "site"),
    Given("not_a_number", OWN, f"{SITE}GUIAN,general,lots\n", 2, "compute_eflops"),
    Given("impossible", OWN, f"{SITE}GUIAN,general,-3\n", 2, "compute_eflops"),
    Given("layout_unknown", OWN, f"{SITE}GUIYAN,general,3\n", 2, "site"),
    Given("layout_unknown", OWN, f"{SITE}GUIAN,genral,3\n", 2, "kind"),
    Given("layout_no_amount", OWN, f"{SITE}GUIAN,general,\n", 2, "compute_eflops"),
    Given(
        "layout_two_amounts",
        OWN,
        f"{SITE[:-1]},added_eflops\nGUIAN,general,3,1\n",
        2,
        "compute_eflops",
    ),
    Given("layout_year", OWN, f"{SITE[:-1]},year\nGUIAN,general,3,2030\n", 2, "year"),
    Given("duplicate_row", OWN, f"{SITE}GUIAN,general,3\nGUIAN,general,4\n", 3, "site"),
    Given(
        "layout_facility",
        OWN,
        f"{SITE[:-1]},facility\nGUIAN,general,3,\nGUIAN,general,3,older-air\n",
        3,
        "facility",
    ),
    Given("layout_below_stock", OWN, f"{SITE}GUIAN,general,0.1\n", 2, "compute_eflops"),
    Given(
        "layout_kind_here",
        f"{OWN} --set sites[site=GUANGZHOU].kinds=general",
        f"{SITE}GUANGZHOU,intelligent,3\n",
        2,
        "kind",
    ),
    Given(
        "layout_not_sold",
        f"{OWN} --set kinds[kind=intelligent].from_year=2030 "
        "--set economy.unserved_penalty_mcny_per_eflops=9000",
        f"{SITE}GUIAN,intelligent,3\n",
        2,
        "kind",
    ),
    Given("two_stage_form", STAGES, f"{STAGE}a,0.5,objective=carbon\nb,0.5,\n", place="m"),
    Given(
        "tradeoff_myopic",
        "tradeoff MODEL -o OUT --set periods=[2025,2026] --set foresight=myopic",
        place="m",
    ),
]

BESIDE_A_PLAN = [
    Given("explain_site", "explain PLAN --site X", place="--site"),
    Given("explain_zone", "explain PLAN --zone X", place="--zone"),
    Given("explain_target", "explain PLAN --target X", place="--target"),
    Given("explain_target", "settle PLAN --subsidy X", place="--subsidy"),
    Given("indicator_unknown", INDEX, "criterion,weight\ncompute_ai,1\n", 2, "criterion"),
    Given(
        "unknown_column", INDEX, "criterion,weight,exclude_below\ncompute,1,2\n", 1, "exclude_below"
    ),
    Given("direction_unknown", INDEX, "criterion,weight\nself_sufficiency,1\n", 2, "direction"),
    Given("missing_column", f"{GROWTH} FILE", "province\n520000\n", 1, "fixed_investment_mcny"),
    Given("not_a_number", f"{GROWTH} FILE", f"{MONEY}520000,much\n", 2, "fixed_investment_mcny"),
    Given("impossible", f"{GROWTH} FILE", f"{MONEY}520000,-1\n", 2, "fixed_investment_mcny"),
    Given("layout_unknown", f"{GROWTH} FILE", f"{MONEY}52000,5\n", 2, "province"),
    Given("duplicate_row", f"{GROWTH} FILE", f"{MONEY}520000,5\n520000,6\n", 3, "province"),
    Given("key_range", "growth --plan PLAN -o OUT --alpha nan", place="--alpha"),
    Given("key_range", "growth -o OUT --beta 0.9 --alpha 0.9", place="--beta"),
    Given("key_range", "growth -o OUT --start-tau 1", place="--start-tau"),
    Given("key_range", "growth -o OUT --elasticity 0.01", place="--elasticity"),
    Given(
        "layout_unknown",
        "growth --plan PLAN -o OUT --priced X --eta 9 --productivity 1",
        place="--priced",
    ),
]
"""The same of commands that are given a plan, PLAN."""
