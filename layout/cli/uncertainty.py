"""``layout uncertainty``: what uncertain inputs, or a few scenarios, make of a plan."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import SHARE, Finite, of_model, option
from layout.cli.options import command as declare
from layout.cli.output import check_writable
from layout.cli.screen.uncertainty import sample_lines, two_stage_lines
from layout.cli.screen.width import clean, wrap
from layout.cli.sweep import place_of_work
from layout.errors import EXIT_INFEASIBLE, EXIT_INTERRUPTED, EXIT_LIMIT
from layout.labels import text

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.study.folder import Study

COUNT = 64
CANDIDATES = 8
STAGES = ("sites", "space", "compute")
METHODS = ("lhs", "sobol")


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("uncertainty", lang)
    @click.argument("model")
    @_numbers(lang)
    @_samples(lang)
    @of_model(lang)
    @_places(lang)
    def uncertainty(**given: Any) -> int:
        two = given.pop("two_stage")
        if two is not None:
            return _two_stage(lang, two, **given)
        return _sampled(lang, **given)

    made: click.Command = uncertainty
    return made


def _numbers(lang: str) -> Any:
    """What is sampled, and how."""

    def decorate(function: Any) -> Any:
        count = click.IntRange(min=1)
        file = click.Path(path_type=Path)
        for one in (
            option("--samples", lang, type=count, default=COUNT, metavar="N"),
            option("--ranges", lang, type=file, metavar="FILE"),
            option("--method", lang, type=click.Choice(METHODS), default="lhs"),
            option("--sensitivity", lang, "saltelli", is_flag=True),
            option("--seed", lang, type=click.IntRange(min=0), default=0, metavar="N",
                   describe="uncertainty-seed"),
            option("--two-stage", lang, type=file, metavar="FILE"),
        ):  # fmt: skip
            function = one(function)
        return function

    return decorate


def _samples(lang: str) -> Any:
    """How plans are held and operated, and who solves."""

    def decorate(function: Any) -> Any:
        count = click.IntRange(min=1)
        for one in (
            option("--hold", lang, type=click.Choice(STAGES), default="compute"),
            option("--candidates", lang, type=click.IntRange(min=0), default=CANDIDATES,
                   metavar="K"),
            option("--operated", lang, type=count, default=None, metavar="N"),
            option("--workers", lang, type=count, metavar="N"),
            option("--scheduler", lang, metavar="ADDRESS"),
            option("--gap", lang, type=SHARE, metavar="SHARE"),
            option("--time-limit", lang, type=Finite(min=0, min_open=True),
                   metavar="SECONDS", describe="case-time-limit"),
        ):  # fmt: skip
            function = one(function)
        return function

    return decorate


def _places(lang: str) -> Any:
    """Where the study goes."""

    def decorate(function: Any) -> Any:
        path = click.Path(path_type=Path)
        for one in (
            option("--output", lang, "-o", type=path, metavar="DIR",
                   describe="uncertainty-output"),
            option("--map", lang, "with_map", is_flag=True, describe="uncertainty-map"),
            option("--overwrite", lang, is_flag=True, describe="uncertainty-overwrite"),
            option("--quiet", lang, is_flag=True),
        ):  # fmt: skip
            function = one(function)
        return function

    return decorate


def _sampled(
    lang: str,
    *,
    model: str,
    samples: int,
    ranges: Path | None,
    method: str,
    saltelli: bool,
    seed: int,
    hold: str,
    candidates: int,
    operated: int | None,
    workers: int | None,
    scheduler: str | None,
    gap: float | None,
    time_limit: float | None,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    output: Path | None,
    with_map: bool,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Do it; returns the exit code. Whatever can be refused is refused before solving."""
    from layout.cli.running import Running, stopping
    from layout.study.runs.runner import Options
    from layout.study.runs.store import publish_into
    from layout.study.uncertainty.ranges import read_ranges, shipped
    from layout.study.uncertainty.uncertainty import Asked, uncertainty_study

    if saltelli and method != "sobol":
        raise click.UsageError(text("uncertainty.error.saltelli", lang))
    count = place_of_work(workers, scheduler, lang)
    asked = Asked(
        tuple(read_ranges(ranges or shipped())), samples, method, seed, saltelli, hold,
        candidates, operated,
    )  # fmt: skip
    folder = output or _default(model, "uncertainty")
    check_writable(folder)
    options = Options(gap=gap, time_limit_s=time_limit, overwrite=overwrite)
    with stopping(lang), nullcontext() if quiet else Running(sys.stderr, lang) as progress:
        study, question = uncertainty_study(
            model, folder, asked, sets=sets, applied=scenarios, workers=count,
            scheduler=scheduler, options=options, progress=progress,
        )  # fmt: skip
    page = _map(study, question, lang, options.limits) if with_map else None
    publish_into(study, folder, {} if page is None else {"map.html": page})
    if not quiet:
        click.echo("\n".join(sample_lines(study, question, lang)))
        _written(folder, lang)
    return 0 if study.record["solved"] else EXIT_INFEASIBLE


def _default(model: str, command: str) -> Path:
    from layout.model.sources import find_model, model_name
    from layout.study.folder import study_folder

    path = find_model(model)
    return study_folder(Path(model).name if path is None else model_name(path), command)


def _map(study: Study, model: PlanningModel, lang: str, limits: dict[str, Any]) -> str | None:
    """The base plan with the odds of building; None where it has none."""
    from layout.report import map_page
    from layout.solving import solve
    from layout.study.uncertainty.uncertainty_map import layers

    plan = solve(model, counterfactual=False, **limits)
    return map_page(plan, lang=lang, extras=layers(study, model)) if plan.has_tables else None


def _written(folder: Path, lang: str) -> None:
    files = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file()))
    said = text("cli.written", lang, files=f"{clean(folder)}: {clean(files)}")
    click.echo("\n" + "\n".join(wrap(said, indent="  ")))


def _two_stage(lang: str, file: Path, **given: Any) -> int:
    """A first stage for the scenarios of a file; returns the exit code."""
    from layout.study.folder import check_study, write_study
    from layout.study.uncertainty.scenarios import read_scenarios
    from layout.study.uncertainty.two_stage_study import two_stage_study

    scenarios = read_scenarios(file)
    folder = given["output"] or _default(given["model"], "two-stage")
    check_study(folder, given["overwrite"])
    check_writable(folder)
    study, found, models = two_stage_study(
        given["model"], scenarios, sets=given["sets"], applied=given["scenarios"],
        stage=given["hold"], gap=given["gap"], time_limit_s=given["time_limit"],
    )  # fmt: skip
    page = _first_plan([one.plan for one in found.futures], lang) if given["with_map"] else None
    extras = {} if page is None else {"map.html": page}
    write_study(study, folder, given["overwrite"], extras)
    if not given["quiet"]:
        click.echo("\n".join(two_stage_lines(study, models[0], lang)))
        _written(folder, lang)
    if study.record["reason"] == "interrupted":
        return EXIT_INTERRUPTED
    if study.record["status"] == "infeasible":
        return EXIT_INFEASIBLE
    return 0 if study.record["status"] == "optimal" else EXIT_LIMIT


def _first_plan(plans: list[Plan], lang: str) -> str | None:
    """The map of the plan of the first scenario, whose sites are those of all."""
    from layout.report import map_page

    return map_page(plans[0], lang=lang) if plans else None
