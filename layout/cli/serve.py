"""``layout serve``: the planning page, for those who will not use a terminal."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.output import check_writable
from layout.cli.screen.width import clean_lines
from layout.errors import EXIT_USAGE, InputError
from layout.labels import text

FOLDER = Path("planning-page")
NEEDED = ("starlette", "uvicorn", "python_multipart")
"""What the extra ``serve`` installs."""


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("serve", lang)
    @click.argument("model", required=False)
    @option("--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR",
            default=FOLDER, describe="serve-output")  # fmt: skip
    @option("--port", lang, type=click.IntRange(1, 65535), metavar="N")
    @option("--no-browser", lang, "alone", is_flag=True)
    def serve(model: str | None, output: Path, port: int | None, alone: bool) -> int:
        missing = [name for name in NEEDED if find_spec(name) is None]
        if missing:
            click.echo(text("serve.error.extra", lang, missing=", ".join(missing)), err=True)
            return EXIT_USAGE
        from layout.serve.server import prepare
        from layout.serve.server import serve as run

        if model is not None:
            _check_model(model)
        check_writable(output)
        prepare(output)
        run(output, lang, port=port or 0, model=model, browser=not alone, say=_say)
        return 0

    made: click.Command = serve
    return made


def _say(words: str) -> None:
    click.echo(clean_lines(words))


def _check_model(model: str) -> None:
    """Refuse a model that is not there; one with mistakes is shown with them."""
    from layout.model.reading import gather
    from layout.model.sources import find_model

    if find_model(model) is None:
        raise InputError(gather(model)[1])
