"""Commands in processes of their own, with real faults, for the price of a fork.

``python -m tests.faults.nursery`` reads jobs from stdin, one JSON record a line. Each is run by a
fork of itself, so that the libraries are loaded once; no solver has run before a fork. A job names
the command line and the faults that befall it; its answer is what a shell would see: exit code or
signal, what was printed, and what is left in a folder.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096
LIMIT_S = 600
"""No command may take longer; a hang is a fault of its own."""


@dataclass(frozen=True)
class Job:
    """A command line and what befalls it.

    `kill` names a function as ``module:qualified.name``; at call number `call` the process gets
    `by` there, before the function does anything (after it with `after`). `environment` is the
    whole of it where given. `small` mounts a tmpfs of so many kB on a folder, `full` fills it,
    `readonly` makes a folder a read-only mount, both seen by this process alone. `open_files` is
    the most files that may be open, `memory_mb` what the process may have besides what it has.
    `closed` are streams that nobody reads any more (1, 2). `user` is the user to become. `again`
    runs the command a second time in the same world; `meanwhile` is a command line that runs from
    start to end where `kill` would strike.
    """

    arguments: Sequence[str]
    cwd: str
    kill: str | None = None
    call: int = 1
    by: int = signal.SIGKILL
    after: bool = False
    environment: Mapping[str, str] | None = None
    small: str | None = None
    small_kb: int = 64
    readonly: str | None = None
    open_files: int | None = None
    memory_mb: int | None = None
    closed: Sequence[int] = ()
    user: int | None = None
    out: str | None = None
    look: str | None = None
    again: bool = False
    meanwhile: Sequence[str] | None = None


@dataclass(frozen=True)
class Answer:
    """Exit code (negative: the signal that ended it), what was printed, and what a folder holds.

    `left` are paths below `look` with the SHA-256 of files, as the process itself saw them at its
    end; None where it did not come to that. `refused` says why a fault could not be brought about.
    Of two commands `codes` has both exit codes, and `first` what was left by the first.
    """

    code: int
    out: str = ""
    err: str = ""
    left: Mapping[str, str] | None = None
    refused: str | None = None
    codes: Sequence[int] = ()
    first: Mapping[str, str] | None = None


def tree(folder: Path) -> dict[str, str]:
    """Every path below a folder: the SHA-256 of a file, '' for a folder."""
    return {
        path.relative_to(folder).as_posix(): ""
        if path.is_dir()
        else sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
    }


class Nursery:
    """Runs jobs one after the other in forks of one process. Use as a context manager."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(timeout=LIMIT_S)

    def __call__(self, *arguments: object, cwd: Path, **faults: Any) -> Answer:
        """Run a command line and wait for its end."""
        job = Job([str(part) for part in arguments], str(cwd), **faults)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        found = json.loads(process.stdout.readline())
        return Answer(**{**found, "codes": tuple(found["codes"])})


# --- the other side -------------------------------------------------------------------------------


def main() -> None:
    """Answer jobs until stdin ends."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the tests run under nohup
    import layout.api
    import layout.checking
    import layout.cli.app
    import layout.report.document
    import layout.solving
    import layout.solving.solver
    import layout.study.runs.sweep  # noqa: F401

    _warm()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        job = Job(**json.loads(line))
        json.dump(asdict(_run(job)), answers)
        answers.write("\n")
        answers.flush()


def _warm() -> None:
    """Read and state a model once, so that every fork knows what is worked out but once."""
    from layout.algebra import compile_model
    from layout.formulation import build
    from layout.model import read_model
    from tests.builders import tiny_model

    with tempfile.TemporaryDirectory() as folder:
        compile_model(build(read_model(tiny_model(Path(folder)))).pyomo)


def _run(job: Job) -> Answer:
    """Fork, wait, tell."""
    streams = [os.memfd_create(name) for name in ("out", "err", "told")]
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT_S)
        os.setpgid(0, 0)
        _be(job, streams)
    _, status = os.waitpid(child, 0)
    found = []
    for stream in streams:
        os.lseek(stream, 0, os.SEEK_SET)
        with os.fdopen(stream, "rb") as file:
            found.append(file.read().decode("utf-8", "replace"))
    told = json.loads(found[2]) if found[2] else {}
    return Answer(os.waitstatus_to_exitcode(status), found[0], found[1], **told)


def _be(job: Job, streams: Sequence[int]) -> None:
    """The child: bring the faults about, run the command, say what is left."""
    code, told = 99, dict[str, Any]()
    try:
        refused = _befall(job, streams)
        if refused is not None:
            told["refused"] = refused
        else:
            code = _command(job.arguments)
            if job.again:
                told["first"] = tree(Path(job.look or job.cwd))
                told["codes"] = [code, code := _command(job.arguments)]
            if _BESIDE:
                told["codes"] = [code, *_BESIDE]
            if job.look is not None:
                told["left"] = tree(Path(job.look))
    except BaseException as error:
        os.write(streams[1], f"nursery: {type(error).__name__}: {error}".encode())
    finally:
        os.write(streams[2], json.dumps(told).encode() if told else b"")
        os._exit(code)


_BESIDE: list[int] = []
"""Exit codes of what ran meanwhile."""


def _command(arguments: Sequence[str]) -> int:
    from layout.cli import main as command

    try:
        command(list(arguments))
    except SystemExit as stop:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        return int(stop.code or 0)
    return 98


def _befall(job: Job, streams: Sequence[int]) -> str | None:
    """Everything that is wrong with the world of this job; why it cannot be had, if so."""
    target = streams[0] if job.out is None else os.open(job.out, os.O_WRONLY)
    for number, stream in ((1, target), (2, streams[1])):
        os.dup2(stream, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if job.environment is not None:
        os.environ.clear()
        os.environ.update(job.environment)
    if (job.small or job.readonly) and (refused := _mount(job)) is not None:
        return refused
    os.chdir(job.cwd)  # after the mounts: what is open already lies below them
    if job.user is not None:
        os.setgroups([])
        os.setgid(job.user)
        os.setuid(job.user)
    if job.open_files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (job.open_files, job.open_files))
    if job.memory_mb is not None:
        pages = int(Path("/proc/self/statm").read_text("utf-8").split()[0])
        most = pages * resource.getpagesize() + job.memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if job.kill is not None:
        _trap(job)
    encoding = (job.environment or {}).get("PYTHONIOENCODING")
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = open(number, "w", encoding=encoding, closefd=False)  # noqa: SIM115
        setattr(sys, name, file)
    for number in job.closed:
        _close(number)
    return None


def _close(number: int) -> None:
    """Close a stream at its other end: a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.dup2(writer, number)
    os.close(reader)


def _mount(job: Job) -> str | None:
    """Mounts that only this process sees."""
    system = ctypes.CDLL(None, use_errno=True)
    own = 0 if os.getuid() == 0 else CLONE_NEWUSER
    if system.unshare(own | CLONE_NEWNS):
        return f"unshare: {os.strerror(ctypes.get_errno())}"
    private = 1 << 18 | 1 << 14
    system.mount(b"none", b"/", None, private, None)
    if job.small is not None:
        options = f"size={job.small_kb}k".encode()
        if system.mount(b"none", os.fsencode(job.small), b"tmpfs", 0, options):
            return f"mount: {os.strerror(ctypes.get_errno())}"
    if job.readonly is not None:
        place = os.fsencode(job.readonly)
        for flags in (MS_BIND, MS_BIND | MS_REMOUNT | MS_RDONLY):
            if system.mount(place, place, None, flags, None):
                return f"mount: {os.strerror(ctypes.get_errno())}"
    return None


def _trap(job: Job) -> None:
    """Put the signal into the function's way."""
    assert job.kill is not None
    module, _, name = job.kill.partition(":")
    __import__(module)
    owner: Any = sys.modules[module]
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    real, calls = getattr(owner, last), [0]

    def trapped(*given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] != job.call:
            return real(*given, **named)
        found = real(*given, **named) if job.after else None
        if job.meanwhile is not None:
            _BESIDE.append(_beside(job.meanwhile))
        else:
            os.kill(os.getpid(), job.by)
        return found if job.after else real(*given, **named)

    setattr(owner, last, trapped)


def _beside(arguments: Sequence[str]) -> int:
    """Run a command in a process of its own and wait for it."""
    line = [sys.executable, "-m", "layout", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, env=environment, check=False, stderr=2).returncode


if __name__ == "__main__":
    main()
