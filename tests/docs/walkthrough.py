"""Runs a page of the documents: its commands, its files, and what it says they print.

A page is read from top to bottom. Of its fenced blocks

- ``sh`` is commands, one a line (a line that ends in ``\\`` goes on in the next);
- ``text`` is what the block before it printed (with messages, where it failed); a line ``…``
  stands for any lines left out;
- any other needs ``title="PATH"``, and is a file that is written before the next command runs.

A comment right above a block of commands changes how it runs: ``<!-- run: exit 3 -->`` expects that
exit code, ``<!-- run: stays -->`` leaves it running until the page ends, ``<!-- run: deep -->``
keeps it for deep runs (``<!-- run: deep, exit 4 -->`` does both), and ``<!-- run: elsewhere -->``
says that another test runs it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.towns import Answer

LEFT_OUT = "…"
_BLOCK = re.compile(
    r"^(?:<!-- run: (?P<mark>[^\n]+) -->\n)?"
    r"```(?P<word>\w+)(?: title=\"(?P<title>[^\"\n]+)\")?\n(?P<body>.*?)^```$",
    flags=re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"deep|elsewhere|stays|exit \d+")
_FENCE = re.compile(r"^ *(```|~~~)", flags=re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its word, its title and mark (empty where there is none), and its lines."""

    word: str
    title: str
    mark: str
    body: str

    @property
    def marks(self) -> list[str]:
        """The words of the mark."""
        return [mark.strip() for mark in self.mark.split(",") if mark.strip()]

    @property
    def code(self) -> int:
        """The exit code that the commands end with."""
        return next((int(mark[5:]) for mark in self.marks if mark.startswith("exit ")), 0)

    @property
    def lines(self) -> list[str]:
        """Commands of the block, those of several lines joined; comments left out."""
        joined = self.body.replace("\\\n", " ").splitlines()
        return [line.strip() for line in joined if line.strip() and not line.startswith("#")]


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in their order; one that cannot be run or written is an error."""
    text = page.read_text("utf-8")
    found = [Block(*(match[name] or "" for name in ("word", "title", "mark", "body")))
             for match in _BLOCK.finditer(text)]  # fmt: skip
    assert len(_FENCE.findall(text)) == 2 * len(found), f"{page}: a fence is not understood"
    after = ""
    for block in found:
        assert all(_MARK.fullmatch(mark) for mark in block.marks), f"{page}: mark {block.mark}"
        assert block.word in ("sh", "text") or block.title, f"{page}: {block.word} has no title"
        assert block.word != "text" or block.title or after == "sh", f"{page}: output of nothing"
        after = "" if block.title else block.word
    return found


def shows(printed: str, expected: str) -> bool:
    """Whether the lines expected are those printed, with ``…`` for any lines between."""
    wanted = [line.rstrip() for line in expected.strip("\n").splitlines()]
    parts = [r"(?:.*\n)*?" if line.strip() == LEFT_OUT else re.escape(line) + "\n"
             for line in wanted]  # fmt: skip
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in lines)) is not None


class Walk:
    """One run of a page in a folder of its own; commands of `layout` run in this process."""

    def __init__(self, folder: Path, layout: Callable[[list[str]], Answer], *, deep: bool) -> None:
        self._folder = folder
        self._layout = layout
        self._deep = deep
        self._staying: list[subprocess.Popen[str]] = []

    def problems(self, page: Path) -> Iterator[str]:
        """Run the page; what did not end or print as it says."""
        printed: Answer | None = None
        for block in blocks(page):
            if block.title:
                self._write(block)
            elif block.word == "text" and printed is not None:
                screen = printed.out if not printed.code else printed.out + printed.err
                if not shows(screen, block.body):
                    yield f"expected\n{block.body}\nprinted\n{screen}"
            elif block.word == "sh":
                printed = self._run(block) if self._runs(block) else None
                if printed is not None and printed.code != block.code:
                    yield f"{block.body} ended with {printed.code}:\n{printed.out}{printed.err}"

    def end(self) -> None:
        """End what was left running."""
        for process in reversed(self._staying):
            process.terminate()
        for process in self._staying:
            process.wait(60)

    def _write(self, block: Block) -> None:
        path = self._folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, "utf-8", newline="\n")

    def _runs(self, block: Block) -> bool:
        return "elsewhere" not in block.marks and (self._deep or "deep" not in block.marks)

    def _run(self, block: Block) -> Answer | None:
        """Run the lines of a block; what all of them printed, and the last code that is not 0."""
        if "stays" in block.marks:
            self._staying += [self._started(line) for line in block.lines]
            return None
        code, out, err = 0, "", ""
        for line in block.lines:
            found = self._one(line)
            code, out, err = found.code or code, out + found.out, err + found.err
        return Answer(code, out, err)

    def _one(self, line: str) -> Answer:
        words = shlex.split(line)
        if words[0] == "layout":
            return self._layout(words[1:])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line], cwd=self._folder, env=_environment(),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return Answer(done.returncode, done.stdout, done.stderr)

    def _started(self, line: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", "exec " + line], cwd=self._folder, env=_environment(), text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _environment() -> dict[str, str]:
    """The environment of a planner in whose shell the tool's own Python comes first."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    places = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    return {**os.environ, "PATH": path, "PYTHONPATH": places}
