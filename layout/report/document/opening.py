"""The question with its settings, and the answer: what it is, how far it is proved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels import text
from layout.labels.cleaning import clean
from layout.model.weakness import weak
from layout.report.document.aims import verdicts
from layout.report.document.blocks import (
    Block,
    Figure,
    Figures,
    Paragraph,
    Points,
    Row,
    Section,
    Table,
)
from layout.report.document.matter import LEAST, Matter, brief, gap
from layout.report.panel import figure_records
from layout.report.quantities import known, number, share
from layout.report.view import ACTIONS

_MOST_PLACES = 5
_SHOWN = 12


def question(matter: Matter) -> Section:
    """What was asked, in the model's own words."""
    settings = matter.plan.model.settings
    asked = clean(settings.description.in_language(matter.lang))
    key = "ask.again" if matter.view.year > settings.base_year else "ask.base"
    said = matter.t(key, base=settings.base_year, year=matter.view.year, aim=_aims(matter))
    blocks = [Paragraph(one) for one in (asked, said) if one]
    return Section("question", matter.t("title.question"), blocks)


def settings(matter: Matter) -> Section:
    """What the question rests on, in a few lines; the annex has every setting."""
    rows = [Row([matter.t(f"ask.{key}"), shown]) for key, shown in _facts(matter) if shown]
    table = Table(matter.t("ask.caption"), matter.t("ask.head").split("|"), rows, (0, 1))
    return Section("settings", matter.t("title.settings"), [table], apart=True)


def _facts(matter: Matter) -> list[tuple[str, str]]:
    model, lang = matter.plan.model, matter.lang
    settings = model.settings
    latency = settings.latency
    on = [name for name, value in settings.features.model_dump().items() if value]
    targets = [str(one.get("mode") or "hard") for one in matter.record.get("targets") or ()]
    modes = {mode: targets.count(mode) for mode in ("hard", "soft", "report")}
    counted = {name: len(model[name]) for name in ("zones", "sites", "kinds", "workloads")}
    return [
        ("model", brief(clean(matter.record.get("model") or model.name))),
        ("years", matter.t("ask.years.value", base=settings.base_year,
                           periods=matter.listed(map(str, settings.periods)))),
        ("objective", _aims(matter)),
        ("mode", matter.t(f"ask.mode.{settings.mode}")),
        ("foresight", matter.t(f"ask.foresight.{settings.foresight}") if matter.several else ""),
        ("size", matter.t("ask.size.value", **counted)),
        ("latency", text("map.note.latency", lang, basis=text(f"map.basis.{latency.basis}", lang),
                         fixed=number(latency.fixed_ms), factor=number(latency.route_factor),
                         speed=number(latency.km_per_ms))),
        ("features", matter.listed(matter.word(f"setting.features.{name}", name) for name in on)),
        ("targets", matter.t(f"ask.targets.value{'_path' * matter.several}", **modes)),
        ("money", matter.t("ask.money.value", year=settings.money_year,
                           rate=share(settings.economy.discount_rate))),
        ("proof", matter.t("ask.proof.value", gap=gap(settings.solver.gap),
                           location=gap(settings.solver.gap_location))),
    ]  # fmt: skip


def _aims(matter: Matter) -> str:
    return matter.listed(_aim(matter, one) for one in matter.plan.model.settings.objective)


def _aim(matter: Matter, one: Any) -> str:
    return matter.t(f"aim.{one}") if isinstance(one, str) else matter.t("aim.form")


def answer(matter: Matter) -> Section:
    """The plan in a few sentences, what is proved of it, what it must not be taken for."""
    lead = matter.sentences([_amount(matter), _where(matter), _money(matter), _power(matter)])
    blocks: list[Block] = [
        Paragraph(lead, "lead"),
        *(Paragraph(said, "warn") for said in [_unserved(matter)] if said),
        Paragraph(verdicts(matter)),
        Paragraph(proved(matter), "" if matter.plan.status == "optimal" else "warn"),
        Figures(_figures(matter)),
        Points([one for one in (_moving(matter), _free(matter), _as_is(matter)) if one]),
        Paragraph(_limits_of_it(matter), "note"),
    ]
    kept = [one for one in blocks if not isinstance(one, Points) or one.items]
    return Section("answer", matter.t("title.answer"), kept)


def _unserved(matter: Matter) -> str:
    """Demand that the plan leaves unserved, '' where it serves all."""
    left, part = matter.kpi("unserved_eflops_fp32"), matter.kpi("unserved_share")
    if left is None or left <= LEAST:
        return ""
    return matter.t("answer.unserved", left=number(left), share=share(part), year=matter.view.year)


def _figures(matter: Matter) -> list[Figure]:
    found = figure_records(matter.view)
    return [Figure(one["key"], one["label"], one["shown"]) for one in found[:_SHOWN]]


def _amount(matter: Matter) -> str:
    """How much stands in the end and what is done for it, FP32 equivalents or kind by kind."""
    table = matter.holdings
    year, base = matter.view.year, matter.plan.model.settings.base_year
    if not matter.view.common:
        by_kind = table.groupby("kind", sort=False)[["compute_eflops", "added"]].sum()
        kinds = [
            matter.t("answer.kind", kind=matter.names.kind(str(kind)),
                     compute=matter.q(row["compute_eflops"], "EFLOPS"),
                     added=matter.q(row["added"], "EFLOPS"))
            for kind, row in by_kind.iterrows()
        ]  # fmt: skip
        return matter.t("answer.kinds", year=year, base=base, kinds=matter.listed(kinds))
    factor = matter.view.factors(table["kind"])
    sums = {name: float((table[f"{name}_eflops"] * factor).sum()) for name in ACTIONS}
    added = sum(sums.values())
    compute = float((table["compute_eflops"] * factor).sum())
    unit = matter.unit
    if added < LEAST:
        key = "answer.nothing_short" if _unserved(matter) else "answer.nothing"
        return matter.t(key, year=year, compute=number(compute), unit=unit)
    ways = [
        matter.t(f"answer.way.{name}", amount=number(value), share=share(value / added))
        for name, value in sums.items()
        if value > LEAST
    ]
    return matter.t("answer.amount", year=year, base=base, compute=number(compute), unit=unit,
                    added=number(added), ways=matter.listed(ways)) + _gone(matter)  # fmt: skip


def _gone(matter: Matter) -> str:
    """What is retired on the way, '' where nothing is."""
    table = matter.holdings
    gone = float((table["retired_eflops"] * matter.view.factors(table["kind"])).sum())
    if gone <= LEAST:
        return ""
    return ("" if matter.lang == "zh" else " ") + matter.t("answer.retired", amount=number(gone))


def _where(matter: Matter) -> str:
    """The provinces that take most of what is added."""
    table = matter.holdings
    if not matter.view.common or not table["added"].sum() > LEAST:
        return ""
    amount = table["added"] * matter.view.factors(table["kind"])
    sums = amount.groupby(table["province"]).sum().sort_values(ascending=False, kind="stable")
    sums = sums[sums > LEAST]
    first = sums.head(_MOST_PLACES)
    places = [
        f"{matter.province(str(place))} {share(value / sums.sum())}"
        for place, value in first.items()
    ]
    key = "answer.where" if len(sums) > _MOST_PLACES else "answer.where_all"
    return matter.t(key, places=matter.listed(places), count=len(sums),
                    share=share(first.sum() / sums.sum()))  # fmt: skip


def _money(matter: Matter) -> str:
    cost, capex = matter.kpi("cost_mcny"), matter.kpi("capex_mcny")
    if cost is None or capex is None:
        return ""
    said = matter.t("answer.money", cost=matter.money(cost), capex=matter.money(capex),
                    year=matter.view.year)  # fmt: skip
    if matter.several:
        whole = matter.money(matter.record.get("objective_mcny"))
        said = matter.sentences([said, matter.t("answer.path", whole=whole)])
    return said


def _power(matter: Matter) -> str:
    energy, carbon = matter.kpi("facility_gwh"), matter.kpi("carbon_kt")
    green = matter.kpi("green_share_certificates")
    if energy is None or carbon is None:
        return ""
    values = {"energy": matter.q(energy, "GWh"), "carbon": matter.q(carbon, "kt")}
    if green is None:
        return matter.t("answer.power_only", **values)
    return matter.t("answer.power", green=share(green), **values)


def proved(matter: Matter) -> str:
    """What is proved of the plan, and whether it was checked."""
    record = matter.record
    status = matter.plan.status
    myopic = matter.several and record.get("foresight") == "myopic"
    bound = record.get("bound_mcny")
    cost_first = _cost_first(record)
    key = {"optimal": "optimal", "feasible": "feasible"}.get(status, "none")
    if key != "none" and not (cost_first and known(bound)):
        key = f"{key}_other"
    said = matter.t(f"proved.{key}", gap=gap(record.get("gap")),
                    location=gap(record.get("gap_location")), bound=matter.money(bound),
                    open=matter.money(max(0.0, _open(record))),
                    cost=matter.money(record.get("objective_mcny")))  # fmt: skip
    return matter.sentences([said, matter.t("proved.myopic") if myopic else "", checked(matter)])


def _cost_first(record: Mapping[str, Any]) -> bool:
    objective = record.get("objective") or ["cost"]
    return bool(objective[0] == "cost")


def checked(matter: Matter) -> str:
    """Whether the independent check passed."""
    found = matter.record.get("verification") or {}
    if not found:
        return matter.t("checked.not")
    key = "checked.passed" if found.get("passed") else "checked.failed"
    checks = found.get("checks")
    return matter.t(key, checks=f"{checks:,}" if isinstance(checks, int) else "–")


def _moving(matter: Matter) -> str:
    """What moving between regions saves, with what the proofs leave open."""
    worth = matter.record.get("value_of_moving")
    if not isinstance(worth, Mapping) or not known(worth.get("saving_mcny")):
        return ""
    ends = {name: worth.get(f"{name}_mcny") for name in ("least", "most")}
    proof = ""
    if all(map(known, ends.values())):
        shown = {name: matter.money(value) for name, value in ends.items()}
        proof = matter.t("answer.proof", **shown)
    mode = matter.plan.model.settings.mode
    key = "answer.moving" if mode != "local" else "answer.moving_local"
    saved = matter.money(float(worth["saving_mcny"]))
    return matter.t(key, saved=saved, proof=proof, span=matter.span)


def _free(matter: Matter) -> str:
    other = matter.record.get("without_targets")
    if not isinstance(other, Mapping) or not known(other.get("targets_cost_mcny")):
        return ""
    if not _cost_first(matter.record):  # two plans of least carbon prove nothing of their costs
        return ""
    cost = float(other["targets_cost_mcny"])
    if abs(cost) <= LEAST:
        return matter.t("answer.free_nothing")
    left = _open(matter.record) + _open(other)
    key = "answer.free" if abs(cost) > left + LEAST else "answer.free_doubt"
    return matter.t(key, cost=matter.money(cost), open=matter.money(left), span=matter.span)


def _open(record: Mapping[str, Any]) -> float:
    """What the proof of a plan leaves open, mcny."""
    cost, bound = record.get("objective_mcny"), record.get("bound_mcny")
    return float(cost or 0.0) - float(bound or 0.0) if known(cost) and known(bound) else 0.0


def _as_is(matter: Matter) -> str:
    other = (matter.record.get("counterfactuals") or {}).get("as_is") or {}
    left = other.get("unserved_eflops_fp32")
    if not known(left) or float(left or 0.0) <= 1e-6:
        return ""
    key = "answer.as_is_path" if matter.several else "answer.as_is"
    return matter.t(key, left=number(left))


def _limits_of_it(matter: Matter) -> str:
    """What the answer must not be taken for, with the weight of weak data."""
    stock = matter.plan.model["stock"]
    sums = stock["compute_eflops"] * matter.view.factors(stock["kind"])
    weak_part = float(sums[weak(stock)].sum() / sums.sum()) if sums.sum() > 0 else 0.0
    said = matter.t("answer.model")
    if matter.view.common and weak_part > 0:
        said = matter.sentences([said, matter.t("answer.weak", share=share(weak_part))])
    return said
