"""``layout alternatives``: what else costs about the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import SECONDS, SHARE, of_model, option
from layout.cli.options import command as declare
from layout.cli.running import telling
from layout.cli.screen.grid import grid
from layout.cli.screen.heading import money
from layout.cli.screen.numbers import NOTHING, cell, share
from layout.cli.screen.numbers import gap as gap_share
from layout.cli.screen.width import clean, wrap
from layout.errors import EXIT_LIMIT
from layout.formulas import is_number
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.study.alternatives.alternatives import Alternatives

DEFAULT = "national-2025"
SHOWN = 12
"""Rows of a table on the screen; the files have all."""


class Share(click.ParamType):
    """A share: ``2%`` or ``0.02``."""

    name = "share"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number; a usage error where it is none, or below zero."""
        said = str(value).strip()
        digits = said.removesuffix("%")
        number = float(digits) if is_number(digits) else -1.0
        number = number / 100 if said.endswith("%") else number
        if not 0 <= number < float("inf"):
            lang = getattr(getattr(ctx, "command", None), "lang", "en")
            raise click.UsageError(text("alternatives.usage.share", lang, found=clean(said)), ctx)
        return number


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("alternatives", lang)
    @click.argument("model", default=DEFAULT)
    @option("--within", lang, type=Share(), metavar="SHARE")
    @option("--within-location", lang, type=Share(), metavar="SHARE")
    @option("--count", lang, type=click.IntRange(1, 1000), metavar="N", default=12,
            describe="count")  # fmt: skip
    @option("--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR",
            describe="study-folder")  # fmt: skip
    @of_model(lang)
    @option("--map/--no-map", lang, "with_map", default=False, describe="alternatives-map")
    @option("--gap", lang, type=SHARE, metavar="SHARE", describe="alternatives-gap")
    @option("--time-limit", lang, type=SECONDS, metavar="SECONDS",
            describe="alternatives-time")  # fmt: skip
    @option("--seed", lang, type=click.IntRange(0, 2**31 - 1), metavar="N")
    @option("--overwrite", lang, is_flag=True, describe="study-overwrite")
    @option("--quiet", lang, is_flag=True)
    def alternatives(**given: Any) -> int:
        return _run(lang, **given)

    made: click.Command = alternatives
    return made


def _run(
    lang: str,
    *,
    model: str,
    within: float | None,
    within_location: float | None,
    count: int,
    output: Path | None,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    with_map: bool,
    gap: float | None,
    time_limit: float | None,
    seed: int | None,
    overwrite: bool,
    quiet: bool,
) -> int:
    if within is not None and within_location is not None:
        raise click.UsageError(text("alternatives.usage.both", lang))
    from layout.cli.output import check_writable
    from layout.study.alternatives.alternative_tables import layers, study_of
    from layout.study.alternatives.alternatives import alternatives
    from layout.study.explaining.again import options_of
    from layout.study.folder import check_study, study_folder, write_study

    question, plan = _question(model, sets, scenarios, lang)
    options: dict[str, Any] = {"gap": gap, "seed": seed}
    if plan is not None:
        options = options_of(plan, **options)
    folder = output or study_folder(question.name, "alternatives")
    check_study(folder, overwrite)
    check_writable(folder)
    with telling(lang, quiet) as counted:
        found = alternatives(
            question, within, within_location=within_location, count=count,
            time_limit_s=time_limit, counted=counted, **options,
        )  # fmt: skip
    extras: dict[str, str | bytes] = {}
    if with_map:
        from layout.report import map_page

        extras["map.html"] = map_page(found.best, lang, extras=layers(found))
    study = study_of(found)
    write_study(study, folder, overwrite, extras)
    if not quiet:
        asked_by = "given" if gap is not None else "model" if plan is None else "plan"
        click.echo("\n".join(report(found, lang, asked_by)))
        names = ["study.json", *(f"{name}.csv" for name in study.tables), *extras]
        files = f"{clean(folder)}: {', '.join(names)}"
        click.echo("\n" + "\n".join(wrap(text("cli.written", lang, files=files), indent="  ")))
    return EXIT_LIMIT if found.ended else 0


def _question(
    model: str, sets: tuple[str, ...], scenarios: tuple[str, ...], lang: str
) -> tuple[PlanningModel, Plan | None]:
    """The model; or that of a plan folder, which no option changes any more, with the plan."""
    from layout.model import read_model
    from layout.plan import read_plan
    from layout.plan.publish import is_plan_folder

    if not is_plan_folder(Path(model)):
        return read_model(model, sets=sets, scenarios=scenarios), None
    if sets or scenarios:
        raise click.UsageError(text("alternatives.usage.plan", lang))
    plan = read_plan(Path(model))
    return plan.model, plan


def report(found: Alternatives, lang: str, asked_by: str = "model") -> list[str]:
    """The slack, the classes, the plans, the ranges of the sites, and what is not proved.

    `asked_by` says whose the gap is: given, of the plan, or of the model.
    """
    names = Names(found.model, lang)
    title = found.model.settings.title.in_language(lang) or found.model.name
    lines = [*wrap(clean(title)), *_slack(found, lang), *_gaps(found, lang, asked_by), ""]
    lines += [text("alternatives.classes", lang)]
    for label in ("always", "often", "sometimes", "never", "undecided"):
        sites = found.of(label)
        if sites:
            said = text("cli.comma", lang).join(names.site(site) for site in sites)
            word = text(f"alternatives.class.{label}", lang)
            lines += wrap(f"  {word} ({len(sites)}){text('cli.colon', lang)}{said}", indent="    ")
    for group in found.groups:
        others = text("cli.comma", lang).join(names.site(site) for site in group[1:])
        said = text("alternatives.instead", lang, site=names.site(group[0]), others=others)
        lines += wrap(f"  {said}", indent="    ")
    lines += ["", *_plans(found, names), "", *_ranges(found, names), ""]
    return lines + _honest(found, lang)


def _slack(found: Alternatives, lang: str) -> list[str]:
    known = found.within_location == found.within_location
    of_location = share(found.within_location, 2) if known else NOTHING
    values = {
        "best": money(found.plans[0].cost_mcny, lang),
        "limit": money(found.limit_mcny, lang),
        "within": share(found.within, 2),
        "location": of_location,
    }
    return wrap(text("alternatives.slack", lang, **values), indent="  ")


def _gaps(found: Alternatives, lang: str, asked_by: str) -> list[str]:
    values = {
        "gap": gap_share(found.settings.gap),
        "location": gap_share(found.settings.gap_location),
    }
    whose = text(f"alternatives.gap.{asked_by}", lang)
    return wrap(text("alternatives.gap", lang, whose=whose, **values), indent="  ")


def _plans(found: Alternatives, names: Names) -> list[str]:
    lang = names.lang
    header = [text(f"alternatives.head.{one}", lang) for one in
              ("plan", "found_by", "over", "built", "added", "dropped")]  # fmt: skip
    best, rows = found.plans[0], []
    sites = [site.site for site in found.sites]
    for number, plan in enumerate(found.plans[:SHOWN], start=1):
        pairs = list(zip(sites, plan.built, best.built, strict=True))
        added = ", ".join(names.site(site) for site, on, first in pairs if on and not first)
        dropped = ", ".join(names.site(site) for site, on, first in pairs if first and not on)
        over = share(plan.cost_mcny / best.cost_mcny - 1, 2) if best.cost_mcny else NOTHING
        how = text(f"alternatives.how.{plan.how}", lang)
        rows.append([str(number), how, over, str(sum(plan.built)), added, dropped])
    lines = grid(header, rows, left=(1, 4, 5), limit=36)
    return _more(lines, len(found.plans), lang)


def _ranges(found: Alternatives, names: Names) -> list[str]:
    lang = names.lang
    header = [text(f"alternatives.head.{one}", lang) for one in
              ("site", "class", "least", "best", "greatest", "without")]  # fmt: skip
    spans = {one.quantity.place: one for one in found.ranges if one.quantity.level == "site"}
    order = sorted(
        found.sites, key=lambda site: (-spans[site.site].greatest_found, site.site)
        if site.site in spans else (0.0, site.site),
    )  # fmt: skip
    rows, best = [], found.plans[0].cost_mcny
    for site in order[:SHOWN]:
        span = spans.get(site.site)
        values = [NOTHING] * 3
        if span is not None:
            values = [cell(one) for one in (span.least_found, span.best, span.greatest_found)]
        cost = site.without_mcny
        dear = NOTHING if cost is None or not best else share(cost / best - 1, 2)
        word = text(f"alternatives.class.{site.label}", lang)
        rows.append([names.site(site.site), word, *values, dear])
    return _more(grid(header, rows, left=(0, 1)), len(order), lang)


def _more(lines: list[str], count: int, lang: str) -> list[str]:
    if count > SHOWN:
        return [*lines, "  " + text("cli.more", lang, count=count - SHOWN)]
    return lines


def _honest(found: Alternatives, lang: str) -> list[str]:
    """What is proved, what was only found, and what is open."""
    all_found = "all" if found.complete else "some"
    count = len(found.plans) + len(found.shown) + found.witnesses
    lines = wrap(text(f"alternatives.{all_found}", lang, count=len(found.plans)))
    lines += wrap(text("alternatives.proved", lang, count=count))
    if found.ended:
        lines += wrap(text("alternatives.ended", lang))
    return lines
