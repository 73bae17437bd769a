"""Every command once, in one process, on a model whose texts attack: what it leaves is looked at.

``python -m tests.security.errands MODEL THREADS few|most|all [deny]`` runs the commands in the
working folder and ends with 0 if each did what it should. With ``deny`` every socket is refused
before it is made, for machines on which a process cannot be given a network of its own.
"""

from __future__ import annotations

import contextlib
import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.builders import target
from tests.cli.towns import WEST, towns

FORMULA = "=cmd|'/C calc'!A0"
ATTACK = f"{FORMULA} <img src=x onerror=hit()></script>{{0.__class__}}{{{{7*7}}}}%s"
SPACED = "\u3000@SUM(1)\u00a0" + ATTACK
ROOT = Path(__file__).resolve().parents[2]
UNSHARED = ("unshare", "--net", "--map-root-user")
LEFT_OUT = ("seconds", "peak_memory_mb", "threads")
"""What may differ between two runs of the same: how long, how much memory, how many threads."""


def model(folder: Path) -> Path:
    """The two towns, with hostile titles, notes, sources and names."""
    words = {"en": ATTACK, "zh": ATTACK}
    aims = [
        target("total-2", "compute_eflops_fp32", "at_least", 2, title=words, source="+" + ATTACK),
        target("west", "region_share", "at_least", 0.1, scope="region:west", mode="soft",
               penalty=1, title=words, source="-" + ATTACK),
    ]  # fmt: skip
    towns(folder, title=words, description=words, targets=aims)
    _more(folder / "sites.csv", {"name_en": ATTACK, "note": FORMULA, "note_2": "'" + FORMULA})
    _more(folder / "stock.csv", {"source": SPACED, "owner": "ministry"})
    _more(folder / "zones.csv", {"note": "-1+" + FORMULA, "name_zh": ATTACK})
    return folder


def _more(file: Path, columns: dict[str, str]) -> None:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [{**row, **columns} for row in csv.DictReader(lines)]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def lines(model: str, threads: str, how: str) -> list[tuple[int, list[str]]]:
    """Command lines, each with the exit code that it must have: ``few``, ``most`` or ``all``.

    The few are what a comparison of bytes costs little for: a plan, its map, a workbook and tables.
    """
    solve = f"solve {model} -o plan --threads {threads} --seed 5 --map"
    if how == "few":
        return [(0, solve.split()), (0, "export plan --to xlsx,csv,parquet".split())]
    rows = "path,distribution,low,high\neconomy.discount_rate,uniform,0.05,0.09\n"
    Path("ranges.csv").write_text(rows, "utf-8")
    Path("capacity.csv").write_text("site,kind,compute_eflops\nE,general,1\nW,general,2\n", "utf-8")
    Path("two.csv").write_text(
        f"scenario,probability,sets\nlow,0.5,demand[zone={WEST}].demand_eflops=*0.9\nhigh,0.5,\n",
        "utf-8",
    )
    most = [
        (0, f"{solve} --report --log-file log"),
        (0, "verify plan"),
        (0, f"report plan --focus {WEST} -o sheet.html"),
        (0, "export plan --to xlsx,gpkg,geojson,csv,parquet"),
        (0, "data list"),
        (0, "data show zones"),
        (0, "data sources"),
        (0, "new own"),
        (0, f"new copy --from {model}"),
        (0, f"check {model}"),
        (0, f"check {model} --json"),
        (0, f"status {model} -o status"),
        (3, f"check {model} --set {{0.__class__}}=1"),
        (0, f"targets {model} -o quick --quick"),
        (0, "explain plan --site W -o explain"),
        (0, "settle plan -o settle"),
        (0, "redispatch plan --lost site:W"),
        (0, "map plan -o map.html --lang zh"),
        (0, "compare plan copy -o compare --xlsx"),
        (0, f"evaluate {model} --capacity capacity.csv -o evaluate --no-optimum"),
        (0, "growth --plan plan -o growth"),
        (0, f"alternatives {model} -o alternatives --count 2"),
        (0, f"tradeoff {model} --points 2 -o tradeoff"),
        (0, f"suitability {model} -o suitability"),
        (0, "index plan -o index"),
        (0, f"uncertainty {model} --two-stage two.csv -o two-stage"),
        (0, f"sweep {model} --vary demand[zone={WEST}]*0.9 --quiet -o sweep"),
    ]
    rarely = [
        (0, f"targets {model} -o targets"),
        (0, f"new book --from {model} --xlsx"),
        (0, "new synthetic --synthetic 6 --seed 3"),
        (0, "check book/model.xlsx"),
        (0, f"solve {model} -o other --scenario rich --quiet"),
        (4, f"solve {model} -o none --set sites.max_it_mw=1 --quiet"),
        (0, "export plan --to png,svg -o pictures"),
        (0, "compare plan other -o beside --map"),
        (0, f"new part --from {model} --scope province:{WEST}"),
        (0, f"evaluate {model} --capacity capacity.csv -o own-plan --map"),
        (0, "settle plan -o paid --map"),
        (0, f"uncertainty {model} --ranges ranges.csv --samples 2 -o uncertainty --map"),
    ]
    asked = most + rarely * (how == "all")
    return [(code, text.split()) for code, text in asked]


def run(folder: Path, model: str, threads: int, how: str, alone: bool, **more: str) -> Path:
    """Do it in a process and a folder of its own; `alone` is without any network interface.

    Where the system does not allow that, sockets are refused instead. `more` is its environment.
    """
    folder.mkdir(parents=True)
    line = [sys.executable, "-m", "tests.security.errands", model, str(threads), how]
    line = [*UNSHARED, *line] if alone and may_unshare() else [*line, "deny"]
    done = subprocess.run(
        line, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def may_unshare() -> bool:
    """Whether a process may be given a network of its own."""
    with contextlib.suppress(OSError):
        return subprocess.run([*UNSHARED, "true"], capture_output=True).returncode == 0
    return False


def deny(event: str, _: tuple[Any, ...]) -> None:
    """Refuse what begins to speak to a network: an audit hook, which nothing can take away."""
    if event in ("socket.__new__", "socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        raise PermissionError(f"{event}: no network at run time")


def main(model: str, threads: str, how: str, network: str = "") -> int:
    """Run every command; what it printed goes to ``printed/``."""
    from layout.cli.app import run as command

    if network == "deny":
        sys.addaudithook(deny)
    Path("printed").mkdir()
    wrong = []
    for number, (code, line) in enumerate(lines(model, threads, how)):
        with (
            Path(f"printed/{number:02d}-{line[0]}.txt").open("w", encoding="utf-8") as out,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            found = command([*line, "--lang", "zh" if number % 2 else "en"])
        if found != code:
            wrong.append(f"{line}: exit {found}, not {code}: {Path(out.name).read_text('utf-8')}")
    sys.stderr.write("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
