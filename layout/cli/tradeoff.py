"""``layout tradeoff``: what less carbon, latency or imbalance costs, point by point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import SECONDS, of_model, option
from layout.cli.options import command as declare
from layout.cli.running import telling
from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import NOTHING, gap, precise
from layout.cli.screen.width import clean, wrap
from layout.errors import EXIT_LIMIT
from layout.labels import text

if TYPE_CHECKING:
    from layout.study.alternatives.tradeoff import TradeOff

DEFAULT = "national-2025"


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("tradeoff", lang)
    @click.argument("model", default=DEFAULT)
    @option("--objectives", lang, metavar="A,B", default="cost,carbon")
    @option("--points", lang, type=click.IntRange(2, 100), metavar="N", default=8)
    @option(
        "--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR",
        describe="study-folder",
    )  # fmt: skip
    @of_model(lang)
    @option("--plans", lang, "with_plans", is_flag=True)
    @option("--time-limit", lang, type=SECONDS, metavar="SECONDS",
            describe="tradeoff-time")  # fmt: skip
    @option("--overwrite", lang, is_flag=True, describe="study-overwrite")
    @option("--quiet", lang, is_flag=True)
    def tradeoff(**given: Any) -> int:
        return _run(lang, **given)

    made: click.Command = tradeoff
    return made


def _run(
    lang: str,
    *,
    model: str,
    objectives: str,
    points: int,
    output: Path | None,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    with_plans: bool,
    time_limit: float | None,
    overwrite: bool,
    quiet: bool,
) -> int:
    names = [name.strip() for name in objectives.split(",")]
    known = ("cost", "carbon", "latency", "balance")
    if len(names) != 2 or len(set(names)) != 2 or set(names) - set(known):
        found = clean(objectives)
        raise click.UsageError(text("tradeoff.usage", lang, found=found, known=", ".join(known)))
    from layout.cli.output import check_writable
    from layout.model import read_model
    from layout.study.alternatives.tradeoff import tradeoff
    from layout.study.folder import check_study, study_folder, write_study

    question = read_model(model, sets=sets, scenarios=scenarios)
    folder = output or study_folder(question.name, "tradeoff")
    check_study(folder, overwrite)
    check_writable(folder)
    with telling(lang, quiet) as counted:
        answer = tradeoff(question, names, points, counted=counted, time_limit_s=time_limit)
    write_study(answer.study(), folder, overwrite, {"points.svg": chart(answer, lang)})
    if with_plans:
        _write_plans(answer, folder)
    if not quiet:
        click.echo("\n".join(report(answer, lang)))
        files = f"{clean(folder)}: study.json, points.csv, points.svg"
        click.echo("\n" + "\n".join(wrap(text("cli.written", lang, files=files), indent="  ")))
    return 0 if answer.study().record["status"] == "optimal" else EXIT_LIMIT


def _write_plans(answer: TradeOff, folder: Path) -> None:
    """Every point as a plan folder, ``plans/01`` and on."""
    from layout.plan import write_plan

    for number, point in enumerate(answer.points, start=1):
        write_plan(point.plan, folder / "plans" / f"{number:02d}")


def chart(answer: TradeOff, lang: str) -> str:
    """The points as a picture in one language."""
    from layout.report.charts import scatter

    first, second = answer.objectives
    title = answer.model.settings.title.in_language(lang) or answer.model.name
    return scatter(
        [(point.values[second], point.values[first]) for point in answer.points],
        [str(number) for number in range(1, len(answer.points) + 1)],
        title=title,
        x=text(f"tradeoff.axis.{second}", lang),
        y=text(f"tradeoff.axis.{first}", lang),
        lang=lang,
    )


def report(answer: TradeOff, lang: str) -> list[str]:
    """The points with what each step costs, and what the columns mean."""
    first, second = answer.objectives
    others = [name for name in answer.points[0].values if name not in answer.objectives]
    shown = [first, second, *others]
    header = [
        text("tradeoff.column.point", lang),
        *(text(f"tradeoff.axis.{name}", lang) for name in shown),
        text("tradeoff.column.gap", lang),
        text("tradeoff.column.marginal", lang),
        text("tradeoff.column.between", lang),
    ]
    rows = []
    for number, (point, step) in enumerate(
        zip(answer.points, [None, *answer.steps], strict=True), start=1
    ):
        cost = NOTHING if step is None else precise(float(f"{step.marginal:.4g}"))
        between = NOTHING
        if step is not None:
            low, high = (precise(float(f"{one:.4g}")) for one in (step.least, step.most))
            between = f"{low} … {high}"
        values = [precise(point.values[name]) for name in shown]
        rows.append([str(number), *values, gap(point.gap(first)), cost, between])
    title = answer.model.settings.title.in_language(lang) or answer.model.name
    lines = [*wrap(clean(title)), "", *grid(header, rows, left=()), ""]
    unit = text(f"tradeoff.unit.{first}", lang)
    per = text(f"tradeoff.unit.{second}", lang)
    lines += wrap(text("tradeoff.note.marginal", lang, unit=unit, per=per), indent="  ")
    for name in ("latency", "balance"):
        if name in shown:
            lines += wrap(text(f"tradeoff.note.{name}", lang), indent="  ")
    return [*lines, *wrap(text("tradeoff.note.verified", lang, dominated=answer.dominated))]
