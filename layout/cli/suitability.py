"""``layout suitability``: the sites of a model scored by criteria that the user weighs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import command as declare
from layout.cli.options import of_model, option
from layout.cli.screen.width import clean, wrap
from layout.labels import text

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

DEFAULT = "national-2025"


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("suitability", lang)
    @click.argument("model", default=DEFAULT)
    @option("--weights", lang, type=click.Path(path_type=Path), metavar="FILE")
    @of_model(lang)
    @option("--top", lang, type=click.IntRange(1, 10_000), metavar="N", default=10)
    @option("--focus", lang, metavar="PROVINCE", describe="suitability-focus")
    @option("--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR",
            describe="study-folder")  # fmt: skip
    @option("--map/--no-map", lang, "with_map", default=True, describe="suitability-map")
    @option("--overwrite", lang, is_flag=True, describe="study-overwrite")
    @option("--quiet", lang, is_flag=True)
    def suitability(
        model: str,
        weights: Path | None,
        sets: tuple[str, ...],
        scenarios: tuple[str, ...],
        top: int,
        focus: str | None,
        output: Path | None,
        with_map: bool,
        overwrite: bool,
        quiet: bool,
    ) -> None:
        from layout.cli.output import check_writable
        from layout.cli.screen.suitability import suitability_lines
        from layout.study.folder import check_study, study_folder
        from layout.study.suitability.suitability import suitability as score
        from layout.study.suitability.writing import MAP, write_suitability

        question, plan = _asked(model, sets, scenarios, lang)
        folder = output or study_folder(question.name, "suitability")
        check_study(folder, overwrite)
        check_writable(folder)
        sites = None if focus is None else _inside(question, focus)
        found = score(question, weights, top=top)
        shown = _drawn(question, plan) if with_map else None
        study = write_suitability(
            found, folder, lang=lang, plan=shown, sites=sites, overwrite=overwrite
        )
        if quiet:
            return
        click.echo("\n".join(suitability_lines(found, lang, sites)))
        names = ["study.json", *(f"{name}.csv" for name in study.tables), "suitability.html"]
        count = len(found.sites if sites is None else sites)
        names += ["sites/ " + text("suitability.screen.pages", lang, count=count)]
        files = f"{clean(folder)}: {', '.join([*names, *([MAP] if with_map else [])])}"
        click.echo("\n" + "\n".join(wrap(text("cli.written", lang, files=files), indent="  ")))

    made: click.Command = suitability
    return made


def _asked(
    model: str, sets: tuple[str, ...], scenarios: tuple[str, ...], lang: str
) -> tuple[PlanningModel, Plan | None]:
    """The model; or that of a plan folder, which no option changes any more, with the plan."""
    from layout.model import read_model
    from layout.plan import read_plan
    from layout.plan.publish import is_plan_folder
    from layout.study.suitability.suitability import question_of

    if not is_plan_folder(Path(model)):
        return read_model(model, sets=sets, scenarios=scenarios), None
    if sets or scenarios:
        raise click.UsageError(text("suitability.usage.plan", lang, model=clean(model)))
    plan = read_plan(Path(model))
    return question_of(plan), plan


def _drawn(model: PlanningModel, plan: Plan | None) -> Plan:
    """What lies below the scores on the map: the plan, else the stock of the base year."""
    from layout.plan.baseline import base_plan

    return plan if plan is not None and plan.has_tables else base_plan(model)


def _inside(model: PlanningModel, focus: str) -> list[str]:
    """The sites of a province. Raises UnknownProvince."""
    from layout.report.boundaries import shipped_boundaries
    from layout.report.sheet.place import UnknownProvince, homes, province_named

    layer = shipped_boundaries()
    code = province_named(model, layer, focus)
    sites = [site for site, home in homes(model, layer).items() if home == code]
    if not sites:
        raise UnknownProvince("suitability.error.no_sites", place=clean(focus))
    return sites
