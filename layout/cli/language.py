"""Which language to speak: what the command line says, else what the system is set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layout.labels import LANGUAGES

_OPTION = "--lang"


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """``en`` or ``zh``: the last --lang on the command line that is one, else the locale's."""
    given = []
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == _OPTION and position + 1 < len(arguments):
            given.append(arguments[position + 1])
        elif argument.startswith(_OPTION + "="):
            given.append(argument.partition("=")[2])
    known = [lang for lang in given if lang in LANGUAGES]
    return known[-1] if known else _of_system(environment)


def _of_system(environment: Mapping[str, str]) -> str:
    """``zh`` under a Chinese locale, else ``en``; the first that is set decides, as in POSIX."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
