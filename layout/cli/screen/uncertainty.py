"""What ``layout uncertainty`` prints: spread, what drives it, where it builds, and regret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import grid
from layout.cli.screen.heading import model_lines, money
from layout.cli.screen.numbers import NOTHING, cell, gap, known, number, precise, share
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.study.folder import Study

SHOWN_FIGURES = (
    "cost_mcny", "capex_mcny", "carbon_kt", "additions_eflops_fp32", "pue_fleet",
)  # fmt: skip
DRIVERS = 8
SITES = 15


def sample_lines(study: Study, model: PlanningModel, lang: str) -> list[str]:
    """The answer of a study of samples."""
    record, names = study.record, Names(model, lang)
    lines = [*model_lines(model, lang), ""]
    lines += wrap(text("uncertainty.head", lang, **_counts(record, lang)))
    lines += _statuses(record, lang)
    if not record["solved"]:
        return lines
    for part in (_spread, _drivers, _building, _odds, _regret):
        shown = part(study, names)
        lines += ["", *shown] if shown else []
    if record["unserved_penalty_mcny_per_eflops"] is not None:
        price = number(record["unserved_penalty_mcny_per_eflops"])
        lines += ["", *wrap(text("uncertainty.penalty_set", lang, price=price))]
    return lines


def _counts(record: dict[str, Any], lang: str) -> dict[str, Any]:
    return {
        "samples": record["samples"],
        "solved": record["solved"],
        "inputs": len(record["inputs"]),
        "method": text(f"uncertainty.method.{record['method']}", lang),
        "seed": record["seed"],
    }


def _statuses(record: dict[str, Any], lang: str) -> list[str]:
    """Samples that are not proved, by what they are."""
    left = {name: count for name, count in record["statuses"].items() if name != "optimal"}
    said = text("cli.comma", lang).join(
        f"{text(f'uncertainty.status.{name}', lang)} {count}" for name, count in left.items()
    )
    return wrap(text("uncertainty.not_optimal", lang, said=said), indent="  ") if left else []


def _records(study: Study, name: str) -> list[dict[str, Any]]:
    rows: Any = study[name].to_dict("records")
    return list(rows)


def _header(keys: str, lang: str) -> list[str]:
    return [text(f"uncertainty.column.{key}", lang) for key in keys.split()]


def _spread(study: Study, names: Names) -> list[str]:
    rows = {row["measure"]: row for row in _records(study, "spread")}
    cells = []
    for key in SHOWN_FIGURES:
        row = rows.get(key)
        if row is not None:
            shown = [
                money(row[mark], names.lang) if row["unit"] == "mcny" else number(row[mark])
                for mark in ("p05", "p50", "p95", "mean")
            ]
            cells.append([text(f"uncertainty.figure.{key}", names.lang), *shown])
    header = _header("figure p05 p50 p95 mean", names.lang)
    return [text("uncertainty.title.spread", names.lang), *grid(header, cells)]


def _drivers(study: Study, names: Names) -> list[str]:
    """The inputs that explain most of the spread of cost alone."""
    rows = [row for row in _records(study, "sensitivity") if row["measure"] == "cost_mcny"]
    if not rows:
        return wrap(text("uncertainty.too_few", names.lang))
    rows.sort(key=lambda row: (-row["first_order"], row["input"]))
    cells = [
        [
            clean(row["input"]),
            share(max(row["first_order"], 0.0), 0),
            _between(max(row["first_order_low"], 0.0), max(row["first_order_high"], 0.0)),
            _signed(row["rank_coefficient"]),
        ]
        for row in rows[:DRIVERS]
    ]
    title = text(f"uncertainty.title.drivers.{study.record['estimator']}", names.lang)
    return [*wrap(title), *grid(_header("input share interval direction", names.lang), cells)]


def _between(low: float, high: float) -> str:
    return f"{share(low, 0)} – {share(high, 0)}"


def _signed(value: object) -> str:
    return f"{value:+.2f}" if known(value) else NOTHING


def _building(study: Study, names: Names) -> list[str]:
    """Sites that some samples build on, those in doubt first."""
    rows = [row for row in _records(study, "building") if row["probability"] > 0]
    sure = [row for row in rows if row["probability"] == 1]
    doubtful = [row for row in rows if row["probability"] < 1]
    doubtful.sort(key=lambda row: (-row["probability"], row["site"]))
    never = len(study["building"]) - len(rows)
    said = text("uncertainty.built", names.lang, always=len(sure), some=len(doubtful), never=never)
    cells = [
        [
            names.site(row["site"]),
            share(row["probability"], 0),
            _between(row["probability_low"], row["probability_high"]),
            cell(row["added_p05_mw"]),
            cell(row["added_mean_mw"]),
            cell(row["added_p95_mw"]),
        ]
        for row in [*doubtful, *sure][:SITES]
    ]
    header = _header("site odds interval mw_p05 mw_mean mw_p95", names.lang)
    lines = [*wrap(said), *grid(header, cells)]
    if len(rows) > SITES:
        lines.append("  " + text("cli.more", names.lang, count=len(rows) - SITES))
    return lines


def _odds(study: Study, names: Names) -> list[str]:
    rows = _records(study, "target_odds")
    if not rows:
        return []
    cells = [
        [
            clean(row["target"]),
            str(row["year"]),
            share(row["probability"], 0),
            _between(row["probability_low"], row["probability_high"]),
            precise(row["achieved_p05"]),
            precise(row["achieved_p50"]),
            precise(row["achieved_p95"]),
        ]
        for row in sorted(rows, key=lambda row: (row["probability"], row["target"]))
    ]
    header = _header("target year odds interval p05 p50 p95", names.lang)
    return [text("uncertainty.title.odds", names.lang), *grid(header, cells)]


def _regret(study: Study, names: Names) -> list[str]:
    """Candidates with their regret, and the two choices with what is proved."""
    said, lang = study.record["regret"], names.lang
    if said is None:
        return []
    stage = text(f"uncertainty.stage.{study.record['stage']}", lang)
    head = {"distinct": said["distinct_decisions"], "samples": said["samples"], "stage": stage}
    lines = wrap(text("uncertainty.title.regret", lang, count=len(said["candidates"]), **head))
    cells = [
        [
            clean(row["candidate"]),
            str(row["stands_for"]),
            money(row["worst_mcny"], lang) if known(row["worst_mcny"]) else NOTHING,
            money(row["expected_mcny"], lang) if known(row["expected_mcny"]) else NOTHING,
            str(row["short_of_demand"]),
            str(row["cannot_operate"]),
        ]
        for row in _records(study, "candidates")
    ]
    header = _header("candidate stands_for worst expected short cannot", lang)
    lines += grid(header, cells)
    for key in ("min_max", "min_expected"):
        lines += _choice(said[key], key, lang)
    if said["short_of_demand"]:
        counts = {"count": said["short_of_demand"], "of": said["operations"]}
        lines += wrap(text("uncertainty.short", lang, **counts), indent="  ")
    return lines


def _choice(one: dict[str, Any] | None, key: str, lang: str) -> list[str]:
    if one is None:
        return wrap(text("uncertainty.no_choice", lang), indent="  ")
    said = text(
        f"uncertainty.choice.{key}",
        lang,
        candidate=clean(one["candidate"]),
        regret=money(one["regret_mcny"], lang, precise),
        least=money(one["least_mcny"], lang, precise),
        most=money(one["most_mcny"], lang, precise),
    )
    proved = "" if one["proved"] else text("uncertainty.not_proved", lang)
    return wrap("  " + said + proved, indent="    ")


# --- two stages -----------------------------------------------------------------------------------


def two_stage_lines(study: Study, model: PlanningModel, lang: str) -> list[str]:
    """The answer of a two-stage plan."""
    record, names = study.record, Names(model, lang)
    stage = text(f"uncertainty.stage.{record['stage']}", lang)
    lines = [*model_lines(model, lang), ""]
    count = len(record["scenarios"])
    lines += wrap(text("two_stage.head", lang, count=count, stage=stage))
    if record["without_plan"]:
        which = text("cli.comma", lang).join(clean(name) for name in record["without_plan"])
        return lines + wrap(text("two_stage.without_plan", lang, which=which))
    if record["expected_mcny"] is None:
        return lines + wrap(text(f"two_stage.none.{record['status']}", lang))
    lines += wrap(
        text(
            "two_stage.expected",
            lang,
            cost=money(record["expected_mcny"], lang, precise),
            bound=money(record["bound_mcny"], lang, precise),
            gap=gap(record["gap"]),
        )
    )
    lines += ["", *_futures(study, names), "", *_decided(study, names), ""]
    lines += _value("evpi", record["evpi"], lang) + _value("vss", record["vss"], lang)
    if record["vss"] is None:
        lines += wrap(text("two_stage.no_vss", lang, what=clean(record["no_mean"] or NOTHING)))
    if record["unserved_penalty_mcny_per_eflops"] is not None:
        price = number(record["unserved_penalty_mcny_per_eflops"])
        lines += ["", *wrap(text("uncertainty.penalty_set", lang, price=price))]
    return lines


def _futures(study: Study, names: Names) -> list[str]:
    lang = names.lang
    cells = [
        [
            clean(row["scenario"]),
            share(row["probability"], 0),
            money(row["cost_mcny"], lang),
            money(row["decided_mcny"], lang),
            money(row["operated_mcny"], lang),
            money(row["wait_mcny"], lang),
            money(row["mean_plan_mcny"], lang) if known(row["mean_plan_mcny"]) else NOTHING,
            cell(row["unserved_eflops"]),
        ]
        for row in _records(study, "futures")
    ]
    header = _header("scenario chance cost decided operated wait mean_plan unserved", lang)
    return grid(header, cells)


def _decided(study: Study, names: Names) -> list[str]:
    """What is opened, built and put in, by site."""
    rows = _records(study, "decided")
    if not rows:
        return wrap(text("two_stage.nothing", names.lang))
    cells = [
        [
            names.site(row["site"]),
            text(f"two_stage.decision.{row['decision']}", names.lang),
            clean(row["item"]),
            str(row["year"]),
            number(row["amount"]),
            clean(row["unit"]),
        ]
        for row in sorted(rows, key=lambda row: (row["site"], row["decision"], row["item"]))
    ]
    header = _header("site decision item year amount unit", names.lang)
    lines = grid(header, cells[: 2 * SITES], left=(0, 1, 2, 5))
    if len(rows) > 2 * SITES:
        lines.append("  " + text("cli.more", names.lang, count=len(rows) - 2 * SITES))
    return lines


def _value(key: str, one: dict[str, Any] | None, lang: str) -> list[str]:
    if one is None:
        return []
    figures = {
        name: money(one[f"{name}_mcny"], lang, precise) for name in ("value", "least", "most")
    }
    proved = "" if one["proved"] else text("uncertainty.not_proved", lang)
    return wrap(text(f"two_stage.{key}", lang, **figures) + proved)
