"""``layout verify``: a plan checked again from its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import command as declare
from layout.cli.screen.numbers import number
from layout.cli.screen.width import clean, wrap
from layout.errors import EXIT_VERIFICATION
from layout.labels import text

if TYPE_CHECKING:
    from layout.checking import Verification
    from layout.plan import Plan

SHOWN = 40
"""Failures printed; the others are counted."""


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("verify", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    def verify(plan: Path) -> int:
        from layout.checking import verify as check
        from layout.plan import read_plan

        read = read_plan(plan)
        found = check(read)
        lines = [*report(found, plan, lang), *made_with(read, lang)]
        click.echo("\n".join(lines), err=not found.passed)
        return 0 if found.passed else EXIT_VERIFICATION

    made: click.Command = verify
    return made


def made_with(plan: Plan, lang: str) -> list[str]:
    """A note where the plan was made with other versions: solving again may give another one."""
    from layout.versions import others

    named = (plan.record.get("manifest") or {}).get("versions") or {}
    found = others(named) if isinstance(named, dict) else {}
    listed = [f"{name} {clean(then)} → {now}" for name, (then, now) in found.items()]
    if not listed:
        return []
    said = text("cli.verify.versions", lang, versions=text("cli.comma", lang).join(listed))
    return wrap(said, indent="  ")


def report(found: Verification, plan: Path, lang: str) -> list[str]:
    """How many conditions were checked and which failed, in words."""
    lines = []
    for failure in found.failures[:SHOWN]:
        lines += wrap("✗ " + clean(failure.sentence(lang)), indent="  ")
    if len(found.failures) > SHOWN:
        lines.append("  " + text("cli.more", lang, count=len(found.failures) - SHOWN))
    key = "cli.verify.passed" if found.passed else "cli.verify.failed"
    total = text(
        key,
        lang,
        plan=clean(plan),
        checks=found.checks,
        failures=len(found.failures),
        worst=number(found.worst_violation),
    )
    return [*lines, total]
