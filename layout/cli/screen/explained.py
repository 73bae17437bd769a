"""Why sites, zones and targets are as they are, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layout.cli.screen.heading import money
from layout.cli.screen.limits import place
from layout.cli.screen.numbers import number, precise, share
from layout.cli.screen.verdicts import how, required, shown, verdict
from layout.cli.screen.width import wrap
from layout.labels import text
from layout.names import Names, word

Record = Mapping[str, Any]
INDENT = "    "
SERVERS = 4
"""Sites named for one workload; the others are counted."""
PARTS = ("capital", "operation", "power", "network", "carbon")
NOTHING = 5e-4
"""mcny: a difference below it is not told."""


def explained_lines(record: Record, names: Names) -> list[str]:
    """The whole answer of a study: sites, zones, targets, and what was not asked."""
    lang = names.lang
    lines: list[str] = []
    for one in record["sites"]:
        lines += [*_paragraph(names.site(one["site"]), _site(one, record, names)), ""]
    for one in record["zones"]:
        head = text("explain.zone", lang, zone=names.zone(one["zone"]), year=one["year"])
        lines += [*_paragraph(head, _zone(one, names)), ""]
    for one in record["targets"]:
        lines += [*_paragraph(names.target(one), _target(one, record, names)), ""]
    if not lines:
        lines = [text("explain.nothing", lang), ""]
    return lines + _method(record, lang)


def _paragraph(head: str, sentences: Sequence[str]) -> list[str]:
    lines = wrap(head)
    for sentence in sentences:
        lines += wrap("  " + sentence, indent=INDENT)
    return lines


def _method(record: Record, lang: str) -> list[str]:
    """How the costs were found, or why they were not asked for."""
    if record["not_asked"]:
        return wrap(text(f"explain.not_asked.{record['not_asked']}", lang))
    methods = {one["method"] for one in record["sites"]} - {None}
    said = [text(f"explain.method.{name}", lang) for name in sorted(methods)]
    if record["gap"] is not None:
        said.append(text("explain.gap", lang, gap=f"{100 * record['gap']:.3g}%"))
    return wrap(text("explain.space", lang).join(said)) if said else []


def _per(record: Record, lang: str) -> str:
    """What an amount of money is of: one year, or all periods."""
    return text("explain.per.periods" if record["several_periods"] else "explain.per.year", lang)


def _between(one: Record, lang: str) -> str:
    """What the proofs leave open of an amount of money."""
    least, most = one.get("least_mcny"), one.get("most_mcny")
    if least is None or most is None:
        return ""
    if abs(most - least) <= NOTHING:
        return text("explain.proved", lang)
    return text("explain.between", lang, least=money(least, lang), most=money(most, lang))


# --- sites ----------------------------------------------------------------------------------------


def _site(one: Record, record: Record, names: Names) -> list[str]:
    lang = names.lang
    added = [f"{names.kind(kind)} {number(amount)} EFLOPS"
             for kind, amount in sorted(one["added_eflops"].items())]  # fmt: skip
    if added or one["new_mw"] > 0:
        listed = text("cli.comma", lang).join(added) or "0 EFLOPS"
        said = [text("explain.site.added", lang, added=listed, mw=number(one["new_mw"]))]
    else:
        said = [text("explain.site.nothing", lang)]
    if one["out"]:
        said.append(_out(one["out"], _per(record, lang), lang))
    if one["blocked"]:
        said.append(_blocked(one["blocked"], lang))
    if one["into"]:
        said += _into(one["into"], _per(record, lang), names)
    for limit in one["limits"]:
        said.append(
            text(
                "explain.site.limit",
                lang,
                limit=_limit(limit["limit"], lang),
                place=place(str(limit["place"]), names),
                value=precise(limit["value"]),
                unit=limit["unit"],
                cost=money(limit["shadow_cost_mcny"], lang),
            )
        )
    return said


def _limit(limit: str, lang: str) -> str:
    return word(f"cli.limit.{limit}", lang, limit)


def _out(out: Record, per: str, lang: str) -> str:
    """What the site saves."""
    if out["rise_mcny"] is None:
        key = "infeasible" if out["status"] == "infeasible" else "unknown"
        return text(f"explain.site.out_{key}", lang)
    key = "out" if (out["least_mcny"] or 0) > 0 else "out_none"
    rise = money(out["rise_mcny"], lang)
    return text(f"explain.site.{key}", lang, rise=rise, per=per, between=_between(out, lang))


def _blocked(blocked: Record, lang: str) -> str:
    """Why nothing can be built."""
    reason, value = blocked["reason"], blocked["value"]
    if reason == "no_offer" and value is None:
        reason = "no_offer_at_all"
    return text(f"explain.blocked.{reason}", lang, value=precise(value))


def _into(into: Record, per: str, names: Names) -> list[str]:
    """What the least new halls there cost, and from when on they would be built."""
    lang = names.lang
    if into["rise_mcny"] is None:
        stopped = [
            f"{_limit(item['limit'], lang)} {_stopping(item, names)}" for item in into["stopped_by"]
        ]
        if not stopped:
            key = "infeasible" if into["status"] == "infeasible" else "unknown"
            return [text(f"explain.site.into_{key}", lang, mw=number(into["least_mw"]))]
        listed = text("cli.comma", lang).join(stopped)
        return [text("explain.site.stopped", lang, mw=number(into["least_mw"]), limits=listed)]
    key = "into" if (into["least_mcny"] or 0) > 0 else "into_none"
    said = [
        text(
            f"explain.site.{key}",
            lang,
            mw=number(into["least_mw"]),
            rise=money(into["rise_mcny"], lang),
            per=per,
            between=_between(into, lang),
        )
    ]
    if key == "into":
        said += [_capital(into["capital"], lang), _power(into["power"], lang)]
    return said


def _stopping(item: Record, names: Names) -> str:
    name = str(item["place"])
    return name if item["limit"] == "target" else place(name, names)


def _capital(fall: Record, lang: str) -> str:
    """The break-even fall of the cost of halls."""
    value, now = fall["fall"], fall["now"]
    if value is None or value >= 1:
        return text("explain.site.capital_never", lang)
    least = 0.0 if fall["least"] is None else fall["least"]
    most = 1.0 if fall["most"] is None else min(fall["most"], 1.0)
    between = text("explain.between", lang, least=share(least), most=share(most))
    if most - least <= NOTHING:
        between = text("explain.proved", lang)
    return text(
        "explain.site.capital",
        lang,
        fall=share(value),
        now=precise(now),
        then=precise(now * (1 - value)),
        between=between,
    )


def _power(fall: Record, lang: str) -> str:
    """The break-even fall of the price of power."""
    value, now = fall["fall"], fall["now"]
    if value is None or value >= now:
        return text("explain.site.power_never", lang)
    return text(
        "explain.site.power", lang, fall=precise(value), now=precise(now), then=precise(now - value)
    )


# --- zones ----------------------------------------------------------------------------------------


def _zone(one: Record, names: Names) -> list[str]:
    said: list[str] = []
    for work in one["workloads"]:
        said.append(_served(work, names))
        if work["next"]:
            said.append(_next(work["next"], names))
        elif work["served"]:
            said.append(text("explain.zone.no_other", names.lang))
        if work["out_of_reach"]:
            far = work["out_of_reach"]
            said.append(
                text(
                    "explain.zone.far",
                    names.lang,
                    site=names.site(far["site"]),
                    cheaper=number(far["cheaper_mcny"]),
                    one_way=number(far["latency_one_way_ms"]),
                    rtt=number(far["latency_rtt_ms"]),
                )
            )
    return said


def _served(work: Record, names: Names) -> str:
    """Who serves a workload, at what price and delay."""
    lang = names.lang
    basis = text(f"explain.basis.{work['latency_basis']}", lang)
    limit = text("explain.limit.none", lang)
    if work["edge"]:
        limit = text("explain.limit.edge", lang, limit=number(work["limit_ms"]))
    elif work["limit_ms"] is not None:
        limit = text("explain.limit", lang, limit=number(work["limit_ms"]), basis=basis)
    served = [
        text(
            "explain.zone.server",
            lang,
            site=names.site(item["site"]),
            share=share(item["served_eflops"] / work["demand_eflops"], 0),
            one_way=number(item["latency_one_way_ms"]),
            rtt=number(item["latency_rtt_ms"]),
        )
        for item in work["served"][:SERVERS]
    ]
    if len(work["served"]) > SERVERS:
        served.append(text("cli.more", lang, count=len(work["served"]) - SERVERS))
    return text(
        "explain.zone.served",
        lang,
        workload=names.workload(work["workload"]),
        demand=number(work["demand_eflops"]),
        price=number(work["price_mcny_per_eflops_year"]),
        served=text("cli.semicolon", lang).join(served) or text("explain.zone.nobody", lang),
        limit=limit,
    )


def _next(one: Record, names: Names) -> str:
    """The next best site and why it is not the one."""
    lang, difference = names.lang, one["difference_mcny"]
    site, against = names.site(one["site"]), names.site(one["against"])
    delays = {
        "one_way": number(one["latency_one_way_ms"]),
        "rtt": number(one["latency_rtt_ms"]),
    }
    if difference is None:
        why = text(f"explain.why.{_other(one)}", lang, site=site, against=against)
        return text("explain.zone.next_unknown", lang, site=site, why=why, **delays)
    parts = [
        f"{text(f'explain.part.{name}', lang)} {_signed(one['parts'][name])}"
        for name in PARTS
        if abs(one["parts"][name]) >= NOTHING
    ]
    listed = text("cli.comma", lang).join(parts) or text("explain.part.none", lang)
    key = "next" if difference > 0 else "next_cheaper"
    why = ""
    if key == "next_cheaper" or one["why"] in ("stands", "fills"):
        why = text(f"explain.why.{_other(one)}", lang, site=site, against=against)
    return text(
        f"explain.zone.{key}",
        lang,
        site=site,
        against=against,
        difference=number(abs(difference)),
        parts=listed,
        why=why,
        **delays,
    )


def _other(one: Record) -> str:
    return "whole" if one["why"] == "dearer" else str(one["why"])


def _signed(value: float) -> str:
    return ("+" if value > 0 else "−") + number(abs(value))


# --- targets --------------------------------------------------------------------------------------


def _target(one: Record, record: Record, names: Names) -> list[str]:
    lang = names.lang
    said = [
        text(
            "explain.target.head",
            lang,
            verdict=verdict(one, lang),
            achieved=shown(one, one["achieved"]),
            required=required(one),
            how=how(one, lang) or text("explain.target.unknown", lang),
        )
    ]
    if one["mode"] == "report":
        return [*said, text("explain.target.report", lang)]
    without = one["without"]
    if without and without.get("cost_mcny") is not None:
        key = "cost" if without["least_mcny"] > 0 else "free"
        said.append(
            text(
                f"explain.target.{key}",
                lang,
                cost=money(without["cost_mcny"], lang),
                per=_per(record, lang),
                between=_between(without, lang),
                achieved=shown(one, without["achieved"]),
            )
        )
    price = one["shadow_cost_mcny"]
    if price is not None and price > NOTHING:
        step = text("explain.target.point" if _is_share(one) else "explain.target.unit", lang)
        said.append(text("explain.target.shadow", lang, step=step, cost=money(price, lang)))
    elif price is not None:
        said.append(text("explain.target.loose", lang))
    return said


def _is_share(one: Record) -> bool:
    """Whether the shadow cost is of a hundredth: the target is a ratio of two sums."""
    return one.get("base") not in (None, 1.0)
