"""``layout status``: where things stand in the base year; nothing is solved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import command as declare
from layout.cli.options import of_model, option
from layout.cli.output import check_folder
from layout.cli.screen.width import clean
from layout.labels import text

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel

STATUS_JSON = "status.json"
MAP = "map.html"


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("status", lang)
    @click.argument("model")
    @of_model(lang)
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="status-output",
    )
    def status(
        model: str, sets: tuple[str, ...], scenarios: tuple[str, ...], output: Path | None
    ) -> None:
        from layout.cli.screen.base import status_page
        from layout.model import read_model

        if output is not None:
            check_folder(output)
        question = read_model(model, sets=sets, scenarios=scenarios)
        page = status_page(question, lang)
        if output is not None:
            write(question, output, lang)
        click.echo(page)
        if output is not None:
            names = ", ".join(sorted(entry.name for entry in output.iterdir()))
            click.echo("\n" + text("cli.files", lang, folder=clean(output), files=names))

    made: click.Command = status
    return made


def tables_of(model: PlanningModel) -> dict[str, pd.DataFrame]:
    """The tables of a status folder: stock, balance, targets, resources."""
    import pandas as pd

    from layout.plan import baseline

    records = baseline.target_records(model)
    return {
        "stock": baseline.stock_table(model),
        "balance": baseline.balance_table(model),
        "resources": baseline.resource_table(model),
        "targets": pd.DataFrame(
            [_target_row(record) for record in records],
            columns=[
                "target",
                "scope",
                "base_year_value",
                "outturn",
                "required",
                "slack",
                "status",
            ],
        ),
    }


def _target_row(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "target": record["id"],
        "scope": record["scope"],
        "required": record["value"],
        **{name: record[name] for name in ("base_year_value", "outturn", "slack", "status")},
    }


def status_record(model: PlanningModel, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What status.json holds: the national figures, the targets, what is weak."""
    from layout.cli.screen import weakness
    from layout.plan import baseline

    stock, balance = tables["stock"], tables["balance"]
    space = float(stock["space_mw"].sum())
    racked = float(stock["racked_mw"].sum())
    nation = balance[balance["place"] == "nation"].drop(columns="place")
    return {
        "format": 1,
        "model": model.name,
        "base_year": model.settings.base_year,
        "stock_eflops": stock.groupby("kind")["compute_eflops"].sum().to_dict(),
        "space_mw": space,
        "racked_mw": racked,
        "vacant_mw": float(stock["vacant_mw"].sum()),
        "rack_utilisation": racked / space if space > 0 else None,
        "balance": nation.to_dict("records"),
        "targets": baseline.target_records(model),
        "weak": {
            "stock_share": weakness.stock_share(model),
            "demand_share": weakness.demand_shares(model),
            "proxy_provinces": sorted(weakness.proxy_provinces(model)),
        },
        "warnings": [problem.record("en") for problem in model.problems],
        "inputs": dict(model.inputs),
    }


def write(model: PlanningModel, folder: Path, lang: str) -> None:
    """Write status.json, the tables and the baseline map in one step."""
    from layout.formulas import guarded
    from layout.plan.baseline import base_plan
    from layout.plan.publish import publishing
    from layout.plan.text import json_ready
    from layout.report import map_page

    tables = tables_of(model)
    record = json_ready(status_record(model, tables))
    page = map_page(base_plan(model), lang=lang)
    with publishing(folder, False) as staging:
        for name, table in tables.items():
            safe = table.map(lambda cell: guarded(cell) if isinstance(cell, str) else cell)
            rows = safe.to_csv(index=False, lineterminator="\n")
            (staging / f"{name}.csv").write_text(rows, "utf-8", newline="")
        words = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
        (staging / STATUS_JSON).write_text(words + "\n", "utf-8", newline="")
        (staging / MAP).write_text(page, "utf-8", newline="")
