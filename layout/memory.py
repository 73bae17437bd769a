"""How much memory this process has and may still take: the machine, its control groups, limits.

The kernel's killer ends a process without a word. So whoever needs much asks first, and `Guard`
watches while the work runs. All figures are MB of 2**20 bytes.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from layout.errors import MemoryLimit

MB = 2**20
NONE_BYTES = 2**60  # a limit as large as this is none: cgroup v1 says "unlimited" with a number
SHARE = 0.95  # of what is available that one process may take: others need some too
EVERY_S = 0.05  # how often the guard looks
RESERVE_MB = 128.0  # where less is left on the machine, a large process stops
LARGE_MB = 1024.0  # what counts as a large process
AGAIN = 1.1  # times the limit from which even what follows a stopped solver is ended
LAST = 0.25  # share of what is kept free that is left to what follows a stopped solver


def resident_mb(root: Path = Path("/")) -> float:
    """Resident memory of this process; 0 where the system does not tell."""
    return _status_mb(root / "proc/self/status", "VmRSS")


def available_mb(root: Path = Path("/")) -> float:
    """What this process may still take before something fails; inf where nothing tells.

    The least of what the machine has free or could free, what its control groups (v1 and v2, up
    to the root) leave, and what its limits on address space and data leave. Swap counts: a slow
    run is no failed one.
    """
    machine = _status_mb(root / "proc/meminfo", "MemAvailable") or float("inf")
    swap = _status_mb(root / "proc/meminfo", "SwapFree")
    found = [machine + swap, *_groups_mb(root, swap), *_limits_mb(root)]
    return max(min(found), 0.0)


def allowed_mb(asked: float | None = None) -> float:
    """What this process may hold in all: what is `asked` for, and no more than there is."""
    most = resident_mb() + SHARE * available_mb()
    return most if asked is None else min(asked, most)


def _status_mb(file: Path, key: str) -> float:
    """A figure in kB of a file of /proc, in MB; 0 where it is not there."""
    try:
        lines = file.read_text("ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{key}:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return 0.0


def _groups_mb(root: Path, swap_mb: float) -> Iterator[float]:
    """What every control group of this process leaves; a machine has so much swap free."""
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            for mount in ("sys/fs/cgroup", "sys/fs/cgroup/unified"):
                names = ("memory.max", "memory.current")
                yield from _left_mb(root / mount, path, *names, swap_mb)
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            yield from _left_mb(root / "sys/fs/cgroup/memory", path, *names, swap_mb)


def _left_mb(mount: Path, path: str, limit: str, usage: str, swap_mb: float) -> Iterator[float]:
    """What a group and those above it leave; a group that is not to be seen is the mount itself."""
    group = mount / path.lstrip("/")
    for place in (group, *group.parents):
        most, used = _bytes(place / limit), _bytes(place / usage)
        if most is not None and used is not None and most < NONE_BYTES:
            room = (most - used + _cached(place / "memory.stat")) / MB
            yield max(room + _swap_mb(place, swap_mb), 0.0)
        if place == mount:
            return


def _bytes(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):  # "max" among them
        return None


def _cached(file: Path) -> int:
    """Pages of files, and of what is known of them, that the kernel gives back for room."""
    names = ("inactive_file", "active_file", "slab_reclaimable")
    try:
        words = dict(line.split(None, 1) for line in file.read_text("ascii").splitlines())
        return sum(int(words.get(f"total_{name}", words.get(name, 0))) for name in names)
    except (OSError, ValueError):
        return 0


def _swap_mb(group: Path, free_mb: float) -> float:
    """Swap that a group may still take; of groups v1, which count it with the memory, none."""
    most, used = _bytes(group / "memory.swap.max"), _bytes(group / "memory.swap.current")
    if used is None:
        return 0.0
    return free_mb if most is None else min(free_mb, max(most - used, 0) / MB)


def _limits_mb(root: Path) -> Iterator[float]:
    """What the limits on address space and data of this process leave."""
    try:
        import resource
    except ImportError:
        return
    for kind, key in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        soft = resource.getrlimit(kind)[0]
        if soft not in (resource.RLIM_INFINITY, -1):
            yield max(soft / MB - _status_mb(root / "proc/self/status", key), 0.0)


class _Stop(MemoryError):
    """Raised in the thread that is watched, wherever it stands."""


class Guard:
    """Watches this process while one thread of it works; use `guarded`.

    Inside a solver (`solving`) it only says that the work is `over`, and the solver stops with the
    plan at hand; elsewhere it raises in the working thread.
    """

    def __init__(self, asked: float | None) -> None:
        self.limit_mb = allowed_mb(asked)
        self.asked = self.limit_mb == asked
        self.spare_mb = (1 - SHARE) * available_mb()
        self.over = False
        self.most_mb = 0.0
        self._inside = 0
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.get_ident()
        self._raised = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch until the work is done."""
        watcher = threading.Thread(target=self._watch, name="memory", daemon=True)
        watcher.start()
        try:
            try:
                yield
            finally:
                self._leave(watcher)
            if self._raised:  # something that was called has swallowed it
                raise _Stop
        except MemoryError:
            self._end.set()  # it may have been raised while the watch was ended
            self.most_mb = max(self.most_mb, resident_mb())
            raise self.error() from None

    def _leave(self, watcher: threading.Thread) -> None:
        """End the watch; what was about to be raised is raised in here at the latest."""
        with self._lock:
            self._end.set()
        watcher.join()

    @contextmanager
    def solving(self) -> Iterator[None]:
        """Nothing is raised in here."""
        with self._lock:
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def error(self) -> MemoryLimit:
        """What is said when the work was ended, or was refused a piece of memory."""
        if not self.over:
            return MemoryLimit("error.memory_refused")
        return MemoryLimit("error.memory_run", used=gb(self.most_mb), limit=gb(self.limit_mb))

    def _watch(self) -> None:
        while not self._end.wait(EVERY_S):
            held = resident_mb()
            self.most_mb = max(self.most_mb, held)
            if self._too_much(held):
                self._stop()

    def _too_much(self, held: float) -> bool:
        """Whether a limit that was asked for is passed, or there is hardly anything left.

        A limit that is only what there was at first is none where others gave room since then.
        """
        beyond = held > self.limit_mb * (AGAIN if self.over else 1.0)
        if self.asked and beyond:
            return True
        kept = max(self.spare_mb if beyond else 0.0, RESERVE_MB if held > LARGE_MB else 0.0)
        return kept > 0 and available_mb() < kept * (LAST if self.over else 1.0)

    def _stop(self) -> None:
        """Let the solver stop, or raise in the thread at work, once."""
        with self._lock:
            self.over = True
            if self._inside or self._raised or self._end.is_set():
                return
            self._raised = True
            thread, error = ctypes.c_ulong(self._thread), ctypes.py_object(_Stop)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)


_GUARD: ContextVar[Guard | None] = ContextVar("_GUARD", default=None)


@contextmanager
def guarded(asked: float | None) -> Iterator[None]:
    """Watch the memory of this process; work within other guarded work is watched already.

    `asked` is the limit in MB, None for what the machine leaves. Raises MemoryLimit (exit 5) when
    more is taken, and in the place of MemoryError.
    """
    if _GUARD.get() is not None:
        yield
        return
    own = Guard(asked)
    token = _GUARD.set(own)
    try:
        with own.watching():
            yield
    finally:
        _GUARD.reset(token)


def guard() -> Guard:
    """The guard of the work at hand; one that never stops anything where there is none."""
    return _GUARD.get() or Guard(None)


def gb(mb: float) -> str:
    """MB as GB for a sentence, two digits or so."""
    amount = mb / 1024
    return f"{amount:.2f}" if amount < 1 else f"{amount:.1f}" if amount < 10 else f"{amount:,.0f}"
