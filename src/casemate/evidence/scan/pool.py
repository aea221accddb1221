"""Inspection in processes of their own: a file that kills or holds one is inconclusive, and the others go on.

Records come in the order of the paths, whatever the number of processes. Only so many results wait for their turn,
so a hundred thousand files need no more memory than a thousand. A process more is started each tenth of a
second while there is work, because a start costs as much as inspecting a hundred small files.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from casemate.core.errors import CasemateError
from casemate.evidence.scan.child import WORKER, Child, begin
from casemate.evidence.scan.paths import Target
from casemate.evidence.scan.record import Record, read, without

CHUNK = 64  # paths handed to a process at once
AHEAD = 1024  # paths that may be done before the one whose turn it is
WAITING = 1 << 25  # bytes of results that wait for their turn; one file may have megabytes of names
PAUSE = 0.1  # seconds
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Orders:
    """How to inspect: names that are allowed beside the built-in ones, and whether an unknown name is unsafe."""

    allowed: frozenset[tuple[str, str]] = frozenset()
    strict: bool = False

    def text(self) -> bytes:
        """The first line that a process reads."""
        return json.dumps({"allowed": sorted(self.allowed), "strict": self.strict}).encode("ascii") + b"\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many processes, how they are started, how long a file may take: seconds, and bytes for a second more."""

    jobs: int = 1
    command: Sequence[str] = WORKER
    seconds: float = 120.0
    rate: float = 2e6


@dataclass(slots=True, eq=False)
class _Process:
    """One process, the paths that it still owes, and since when it has been busy with the first of them."""

    child: Child
    since: float
    ready: bool = False
    owes: deque[int] = field(default_factory=deque)
    alone: bool = False  # whether it was handed one path only
    ear: Thread | None = None

    def send(self, text: bytes) -> None:
        """Write a line; that the process has died is told by the end of what it says."""
        assert self.child.stdin is not None  # noqa: S101
        with suppress(OSError):
            self.child.stdin.write(text)
            self.child.stdin.flush()


def processors() -> int:
    """How many files may be inspected at once: the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def inspected(
    targets: Sequence[Target], orders: Orders, limits: Limits, told: Callable[[int], None] = lambda _: None
) -> Generator[Record]:
    """A record of each target, in order. `told` hears now and then how many are done."""
    pool = _Pool(targets, orders, limits)
    try:
        yield from pool.records(told)
    finally:
        pool.end()


class _Pool:
    def __init__(self, targets: Sequence[Target], orders: Orders, limits: Limits) -> None:
        self.targets, self.orders, self.limits = targets, orders, limits
        self.heard: SimpleQueue[tuple[_Process, list[bytes] | None]] = SimpleQueue()
        self.processes: list[_Process] = []
        self.again: deque[int] = deque()  # paths that a process owed when it died
        self.done: dict[int, tuple[Record, int]] = {}
        self.waiting = 0  # bytes
        self.fresh = 0  # the first that nobody was asked for
        self.turn = 0  # the first that was not given out
        self.finished = 0
        self.started = float("-inf")

    def records(self, told: Callable[[int], None]) -> Iterator[Record]:
        while self.turn < len(self.targets):
            self.hand_out()
            if self.turn not in self.done:
                self.listen()
            self.stop_slow()
            told(self.finished)
            while self.turn in self.done:
                record, size = self.done.pop(self.turn)
                self.waiting -= size
                self.turn += 1
                yield record

    def hand_out(self) -> None:
        """Give work to whoever has none. The path whose turn it is was always given before those that wait for it."""
        if self.waiting > WAITING and not self.again:
            return
        for p in [p for p in self.processes if p.ready and not p.owes]:
            self.give(p)
        idle = any(not p.owes for p in self.processes)
        if idle or len(self.processes) >= self.limits.jobs or time.monotonic() - self.started < PAUSE:
            return
        if self.work(1):
            self.start()

    def work(self, most: int) -> list[int]:
        """The next paths without a record, still in the queue: those of the dead first."""
        while self.fresh < len(self.targets) and (why := self.targets[self.fresh].why) is not None:
            if self.fresh - self.turn >= AHEAD:
                break
            self.keep(self.fresh, without(self.targets[self.fresh].path, "unreadable", why))
            self.fresh += 1
        if self.again:
            return list(self.again)[:most]
        end = min(self.fresh + most, self.turn + AHEAD, len(self.targets))
        ahead = range(self.fresh, end)
        return list(ahead[: next((i for i, at in enumerate(ahead) if self.targets[at].why is not None), len(ahead))])

    def give(self, p: _Process) -> None:
        left = len(self.targets) - self.fresh
        chunk = self.work(1 if self.again else max(1, min(CHUNK, left // (4 * self.limits.jobs))))
        if not chunk:
            return
        for at in chunk:
            if self.again:
                self.again.remove(at)
            else:
                self.fresh = at + 1
        p.owes.extend(chunk)
        p.alone = len(chunk) == 1
        p.since = time.monotonic()
        p.send(json.dumps([(self.targets[at].path, self.targets[at].part) for at in chunk]).encode("ascii") + b"\n")

    def start(self) -> None:
        self.started = time.monotonic()
        p = _Process(begin(self.limits.command), self.started)
        self.processes.append(p)
        p.ear = Thread(target=self.read, args=(p,), daemon=True)
        p.ear.start()
        p.send(self.orders.text())

    def read(self, p: _Process) -> None:
        """In a thread: everything that a process says, then None."""
        assert p.child.stdout is not None  # noqa: S101
        rest = b""
        with p.child.stdout as out:
            while said := out.read1(BLOCK):  # type: ignore[attr-defined]  # it is buffered
                whole, end, rest = (rest + said).rpartition(b"\n")
                if end:
                    self.heard.put((p, whole.split(b"\n")))
        self.heard.put((p, None))  # and a line without an end is the last gasp of a dying one

    def listen(self) -> None:
        try:
            p, said = self.heard.get(timeout=PAUSE)
        except Empty:
            return
        while True:
            self.hear(p, said)
            if self.heard.empty():
                return
            p, said = self.heard.get()

    def hear(self, p: _Process, said: list[bytes] | None) -> None:
        if p not in self.processes:
            return  # it was stopped
        if said is None:
            self.lose(p, *_ended(p.child.wait()))
            return
        p.since = time.monotonic()
        for text in said if p.ready else said[1:]:
            at = p.owes.popleft()
            self.keep(at, read(self.targets[at].path, text), len(text))
        p.ready = True

    def keep(self, at: int, record: Record, size: int = 0) -> None:
        self.done[at] = (record, size)
        self.waiting += size
        self.finished += 1

    def lose(self, p: _Process, id: str, why: str) -> None:
        """Settle what a process owed. Which of several files did it is found out by handing them out one by one."""
        self.processes.remove(p)
        _close(p)
        if not p.ready:
            raise CasemateError("scan", "no process for the inspection could be started", "is there memory left?")
        if p.alone:
            self.keep(at := p.owes.popleft(), without(self.targets[at].path, id, why))
        self.again.extend(p.owes)

    def stop_slow(self) -> None:
        now = time.monotonic()
        for p in [p for p in self.processes if p.owes and now - p.since > self.limits.seconds]:
            allowed = self.limits.seconds + _size(self.targets[p.owes[0]].path) / self.limits.rate
            if now - p.since > allowed:
                p.child.kill()
                self.lose(p, "timeout", f"takes longer than {allowed:,.0f} s to inspect")

    def end(self) -> None:
        for p in self.processes:
            p.child.kill()
            _close(p)


def _close(p: _Process) -> None:
    assert p.child.stdin is not None  # noqa: S101
    with suppress(OSError):
        p.child.stdin.close()
    p.child.wait()
    if p.ear is not None:
        p.ear.join(1)


def _ended(code: int) -> tuple[str, str]:
    known = {-s.value: s.name for s in signal.Signals}
    return "crashed", f"made the inspection end ({known.get(code, f'exit code {code}')})"


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 (a str with a NUL)
    except (OSError, ValueError):
        return 0
