"""Write docs/validation.md and docs/zh/validation.md: the model beside what was published.

    python -m docs.validation.make_page

Solves the national model three times and the routes of docs/literature.md: half a minute of two
cores. Tests compare what needs no solving in every run, the rest with `pytest --deep`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from docs.validation import delays, plans, stock
from docs.validation.facts import ROOT
from docs.validation.register import Comparison, comparisons, signed
from docs.validation.words import CHEAP, SECTIONS, about, hub_name, measure_name, scope_name, words

PAGES = {"en": ROOT / "docs" / "validation.md", "zh": ROOT / "docs" / "zh" / "validation.md"}
Target = Any
Values = Mapping[str, float]


@cache
def cheap_values() -> dict[str, float]:
    """What the model says without solving."""
    base = stock.values()
    twice = {
        "energy-2023-low": base["energy-2023"],
        "energy-2024-high": base["energy-2024"],
    }
    return {**delays.values(), **base, **twice}


def of_section(section: str) -> list[Comparison]:
    """The comparisons of a section, in their order."""
    return [one for one in comparisons() if one.section == section]


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    cells = list(header)
    yield f"| {' | '.join(cells)} |"
    yield "|" + "---|" * len(cells)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def compared(section: str, columns: Mapping[str, Values], judged: str, lang: str) -> Iterator[str]:
    """One row per comparison: subject, each column of the model, fact, error of one, reason."""
    said = words(lang)
    heads = [said[name] for name in columns]
    header = [said["what"], *heads, said["fact"], said["date"], said["error"], said["why"]]
    yield from table(header, (_row(one, columns, judged, lang) for one in of_section(section)))


def _row(one: Comparison, columns: Mapping[str, Values], judged: str, lang: str) -> list[str]:
    found = [one.shown(values[one.code]) for values in columns.values()]
    if not one.fact:
        return [one.subject[lang], *found, "–", "–", "–", one.reason[lang]]
    fact = one.published
    fitted = f" {words(lang)['fitted']}" if fact.used or one.fitted else ""
    figure = f"{_sign(fact.bound)}{one.shown(fact.value)}{fitted}"
    error = one.error(columns[judged][one.code])
    return [one.subject[lang], *found, figure, fact.date, error, one.reason[lang]]


def _sign(bound: str) -> str:
    return {"<=": "≤ ", ">=": "≥ ", "": ""}.get(bound, f"{bound} ")


def cheap_section(section: str, lang: str) -> list[str]:
    """A section that needs no solving."""
    lines = list(compared(section, {"model": cheap_values()}, "model", lang))
    return lines + ["", *_ranges(lang)] if section == "pue" else lines


def _ranges(lang: str) -> Iterator[str]:
    said = words(lang)
    names = stock.ledger(2023).model["facilities"].set_index("facility")[f"name_{lang}"]
    yield said["ranges"]
    yield ""
    rows = []
    for facility in stock.COOLING:
        low, high, cold, warm = stock.pue_range(facility)
        rows.append([names[facility], f"{low:.2f} ({cold})", f"{high:.2f} ({warm})"])
    yield from table([said["facility"], said["lowest"], said["highest"]], rows)


def siting(lang: str) -> list[str]:
    """The three runs beside what was built, and the additions by hub."""
    columns = {run: plans.values(run) for run in plans.RUNS}
    lines = [*commands(lang), ""]
    lines += compared("siting", columns, "free", lang)
    shares = {run: plans.hubs(run) for run in plans.RUNS}
    names = {hub: hub_name(hub, lang) for hub in sorted(shares["free"]) if hub}
    names |= {"": words(lang)["outside"]}
    header = [words(lang)["hub"], *(words(lang)[run] for run in plans.RUNS)]
    rows = (
        [name, *(f"{shares[run][hub] * 100:.1f}%" for run in plans.RUNS)]
        for hub, name in names.items()
    )
    return [*lines, "", words(lang)["additions"], "", *table(header, rows)]


def commands(lang: str) -> Iterator[str]:
    """How each run is asked for on the command line."""
    colon = words(lang)["colon"]
    yield words(lang)["commands"]
    yield ""
    for run in plans.RUNS:
        sets, scenarios = plans.settings(run)
        options = [f"--set {one}" for one in sets] + [f"--scenario {one}" for one in scenarios]
        command = " ".join(["layout solve", plans.MODEL, *options])
        yield f"- {words(lang)[run]}{colon}`{command}`"


def targets(lang: str) -> list[str]:
    """Every figure of the table `outturn` beside the model, and what the target asks."""
    said = words(lang)
    header = [said[one] for one in ("measure", "date", "start", "end", "at", "outturn", "error")]
    rows = [_outturn(one, lang) for one in plans.outturns()]
    return list(table([*header, said["asked"]], rows))


def _outturn(one: plans.Outturn, lang: str) -> list[str]:
    model = plans.plan("targets").model
    asked = [
        target
        for target in model.settings.targets
        if _key(target) == (one.measure, one.scope, one.kind, one.basis)
    ]
    name = getattr(asked[0].title, lang) if asked else measure_name(one.measure, lang)
    place = (
        "" if one.scope == "nation" or asked else words(lang)["comma"] + scope_name(one.scope, lang)
    )
    share = one.measure.endswith(("share", "utilisation"))
    required = "; ".join(_asked(target, one, share, lang) for target in asked) or "–"
    figures = (_figure(value, share) for value in (one.start, one.end, one.at, one.value))
    return [name + place, one.date, *figures, _off(one, share), required]


def _key(target: Target) -> tuple[str, str, str, str]:
    return target.measure, target.scope, target.kind or "", target.basis or ""


def _figure(value: float, share: bool) -> str:
    if value != value:
        return "–"
    return f"{value * 100:.1f}%" if share else f"{value:,.4g}"


def _off(one: plans.Outturn, share: bool) -> str:
    if one.at != one.at:
        return "–"
    if share:
        return signed((one.at - one.value) * 100, 1, " pp")
    return signed((one.at / one.value - 1) * 100, 0, "%")


def _asked(target: Target, one: plans.Outturn, share: bool, lang: str) -> str:
    least = target.sense == "at_least"
    value = float(target.value)
    met = one.value >= value if least else one.value <= value
    verdict = words(lang)["met" if met else "not_yet"]
    sign, colon = "≥" if least else "≤", words(lang)["colon"]
    return f"{sign} {_figure(value, share)}{colon}{verdict}"


def routes(lang: str) -> list[str]:
    """Carbon of the routes, and the three accounts of the plan."""
    lines = list(compared("routes", {"model": plans.routes()}, "model", lang))
    figures = {name: f"{value:.1f}" for name, value in plans.accounts().items()}
    return [*lines, "", words(lang)["accounts"].format(**figures)]


SOLVED = {"siting": siting, "targets": targets, "routes": routes}


def page(lang: str) -> str:
    """The whole page in one language."""
    parts = [words(lang)["head"]]
    for section in SECTIONS:
        heading, paragraph = about(section, lang)
        parts += [f"## {heading}", "", paragraph, ""]
        solved = SOLVED.get(section)
        parts += cheap_section(section, lang) if solved is None else solved(lang)
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def main() -> int:
    """Write both pages."""
    assert set(CHEAP) | set(SOLVED) == set(SECTIONS)
    for lang, path in PAGES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(lang), "utf-8", newline="\n")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
