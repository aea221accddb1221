"""Following a folder of logs: what is new is looked at; a kill at any moment counts nothing twice and loses nothing.

One state file holds everything: detectors, how far each file was read, and the lines of alarms that were decided and
may not be written yet. It is replaced in one step; nothing else is ever believed. On start the lines are written again
at their place, which changes nothing if they stand there. Sketches by the hour go to `sketch-NNNNNN` in the same
folder, at most one a day: the state says how many there are, so one that was left by a kill is written over.
A state that cannot be written is an error that is told; nothing more is read until it can be, so memory stays bounded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.monitor import keep, log, places, reference, run, sketch_file, state, store, told
from casemate.evidence.monitor.alarm import Alarm
from casemate.evidence.monitor.batch import NO_TIME
from casemate.evidence.monitor.codec import LARGEST
from casemate.evidence.monitor.coverage import NUMBERS, Coverage
from casemate.evidence.monitor.detectors import drift
from casemate.evidence.monitor.facts import Facts, worst_first
from casemate.evidence.monitor.gathered import NAMES, REASONS
from casemate.evidence.monitor.log import Opened
from casemate.evidence.monitor.opened import How, numbers_of
from casemate.evidence.monitor.places import Found, Place
from casemate.evidence.monitor.reference import Reference
from casemate.evidence.monitor.run import Limits, Run
from casemate.evidence.monitor.sketch import Sketch, during, empty, hours_seen, merged, rows_seen
from casemate.evidence.monitor.sketch_counts import NO_HOUR

DAYS = 35  # of windows and of the course of confidence that are kept in the state
SEGMENT = 24  # hours of sketches that are held back before they are written apart
ROWS = 500_000  # after which a state is written in the middle of a file
TOLD = 10_000  # alarms that are remembered
STATE, ALARMS, METRICS = "state", "alarms.jsonl", "metrics.prom"


@dataclass(frozen=True, slots=True)
class Followed:
    """Everything between two looks. of: digest of the reference and the limits. columns: sketches not yet apart.

    segments: how many were written apart. told: alarms that have a line, as (what, since, at). pending: lines that are
    due at the byte `line_at` of the file of alarms. restarted: files that began anew.
    """

    of: str
    run: Run
    columns: Sketch
    log: Coverage
    places: tuple[Place, ...] = ()
    segments: int = 0
    told: tuple[tuple[str, int, int], ...] = ()
    line_at: int = 0
    pending: str = ""
    restarted: int = 0


@dataclass(frozen=True, slots=True)
class Where:
    """folder: of the logs. state: the folder of the state. alarms, metrics: files for others to read."""

    folder: Path
    state: Path
    alarms: Path
    metrics: Path


def begin(where: Where, learnt: Reference, limits: Limits) -> Followed:
    """The state as it was left, or a new one. Raises CasemateError if it was begun with another reference."""
    of = _digest(learnt, limits)
    path = where.state / STATE
    if files.kind(path) is None:
        now = run.begin(learnt, limits)
        return Followed(of, now, empty(learnt.sketch.spec), Coverage())
    found = keep.from_bytes(files.read(path, LARGEST + 1), Followed, str(path))
    if found.of != of:
        todo = "name another state (--state), or remove this one to begin anew"
        raise CasemateError(str(path), "was begun with another reference or other limits", todo)
    _say(where, found)
    return found


def _digest(learnt: Reference, limits: Limits) -> str:
    return hashlib.sha256(reference.to_bytes(learnt) + repr(limits).encode()).hexdigest()


def look(where: Where, now: Followed, how: How) -> Followed:
    """Read what is new, write the state, say what is due. Raises CasemateError; then `now` still holds.

    Whoever gets an error calls again with the same `now`: nothing was counted that the state on disk has not.
    """
    _say(where, now)
    found = places.to_read(where.folder, now.places)
    there = (
        frozenset(p.relative_to(where.folder).as_posix() for p in places.listed(where.folder)) if found else frozenset()
    )
    for one in found:
        now = _read(where, now, one, how, there)
    if found:
        now = _written(where, now)
    return now


def _read(where: Where, now: Followed, found: Found, how: How, there: frozenset[str]) -> Followed:
    """After one file. If it turns out to be another by now, nothing of it counts, and the next look reads it."""
    anew = found.was is None and any(p.name == found.place.name for p in now.places)
    starts, numbers = {found.path: found.place.mark}, numbers_of(now.columns.spec)
    opened = log.open_log([found.path], how.mapping, how.reader, starts, follow=True, numbers=numbers)
    known, base = now, replace(now, restarted=now.restarted + anew)
    now, rows = base, 0
    for chunk in opened:
        moved, sketch = run.counted(now.run, chunk)
        now = replace(now, run=moved, columns=now.columns if sketch is None else merged(now.columns, sketch))
        rows += 0 if sketch is None else rows_seen(sketch)
        if rows >= ROWS and places.unmoved(found):
            now = _written(where, _reached(now, base, found, opened, there, done=False))
            known, rows = now, 0
    return _reached(now, base, found, opened, there, done=True) if places.unmoved(found) else known


def _reached(
    now: Followed, base: Followed, found: Found, opened: Opened, there: frozenset[str], done: bool
) -> Followed:
    """With the place in a file. One that is not `done` counts as changed, so that a restart goes on with it."""
    place = found.place if done else replace(found.place, changed=-1)
    mark = opened.places.get(found.path, place.mark)
    reached = places.with_read(base.places, replace(found, place=place), mark, there)
    return replace(now, log=replace(added(base.log, opened.coverage), files=len(reached)), places=reached)


def _written(where: Where, now: Followed) -> Followed:
    """Forget what is old, put sketches apart, decide what is due, write the state, and only then say it."""
    now = _apart(where, _shorter(now))
    now = _decided(now)
    store.write(where.state / STATE, keep.to_bytes(now))
    return _say(where, now)


def _say(where: Where, now: Followed) -> Followed:
    """Lines of alarms at their place, and the metrics. Both can be done again."""
    if now.pending:
        store.append(where.alarms, now.line_at, now.pending.encode())
    store.write(where.metrics, told.metrics(facts(now)).encode())
    return now


def _decided(now: Followed) -> Followed:
    """Alarms that have no line yet get one; the lines before are in the file by now."""
    line_at = now.line_at + len(now.pending.encode())
    due, known = [], list(now.told)
    for alarm in worst_first(state.alarms(now.run.monitor)):
        said = about(alarm)
        same = [i for i, (what, since, at) in enumerate(known) if what == said and _meet(alarm, since, at)]
        if not same:
            due.append(told.line(alarm))
            known.append((said, alarm.since, alarm.at))
        for i in same:
            known[i] = (said, min(known[i][1], alarm.since), max(known[i][2], alarm.at))
    return replace(now, told=tuple(known[-TOLD:]), line_at=line_at, pending="".join(due))


def about(alarm: Alarm) -> str:
    """What an alarm is about, the same while it lasts: numbers of members change, and are left out."""
    name = re.sub(r"^(\w[\w ]*: )the \d+ clients", r"\1the clients", alarm.subject)
    return f"{alarm.detector}: {re.sub(r' and [0-9]+ alike$', ' and others', name)}"


def _meet(alarm: Alarm, since: int, at: int) -> bool:
    return alarm.since <= at and since <= alarm.at


def _shorter(now: Followed) -> Followed:
    """Without all but the newest windows and hours that have rows, `DAYS` of them: by their number and not by their
    age, for one row whose clock ran ahead would make all others old."""
    m, hourly = now.run.monitor, now.run.hourly
    windows, hours = (seen[seen >= 0] for seen in (hours_seen(m.drift.current), hours_seen(hourly)))
    many = -(-DAYS * 24 // m.drift.config.hours)
    if windows.size > many:
        m = replace(m, drift=drift.forgotten(m.drift, int(windows[-many])))
    if hours.size > DAYS * 24:
        hourly = during(hourly, int(hours[-DAYS * 24]), 1 << 40)
    return replace(now, run=replace(now.run, monitor=m, hourly=hourly))


def _apart(where: Where, now: Followed) -> Followed:
    """Put sketches into a file of their own once they span a day. The state that comes next counts it."""
    seen = hours_seen(now.columns)
    seen = seen[seen != NO_HOUR]
    if seen.size < SEGMENT:
        return now
    store.write(segment(where, now.segments), sketch_file.to_bytes(now.columns))
    return replace(now, segments=now.segments + 1, columns=empty(now.columns.spec))


def segment(where: Where, number: int) -> Path:
    """The file of a part of the sketches."""
    return where.state / f"sketch-{number:06}"


def sketches(where: Where, now: Followed) -> Sketch:
    """All sketches by the hour, from the files and the state. Raises CasemateError."""
    parts = [
        sketch_file.from_bytes(files.read(path, LARGEST + 1), str(path))
        for path in (segment(where, i) for i in range(now.segments))
    ]
    return merged(now.columns, *parts)


def facts(now: Followed) -> Facts:
    """What was found so far."""
    more = (("files that began anew", now.restarted),) if now.restarted else ()
    return run.told(now.run, now.log, more)


def added(a: Coverage, b: Coverage) -> Coverage:
    """Both: numbers are added, names counted together, the first reasons kept. Gaps are those of the newer."""
    both: dict[str, object] = {name: getattr(a, name) + getattr(b, name) for name in NUMBERS}
    for f in fields(Coverage):
        one, other = getattr(a, f.name), getattr(b, f.name)
        if f.name in ("readers", "kinds", "models", "digests", "sampling", "mistyped"):
            both[f.name] = _names(one, other)
        elif f.name in ("reasons", "changes"):
            both[f.name] = tuple(dict.fromkeys((*one, *other)))[: 2 * REASONS]
    times = [t for t in (a.first, b.first) if t != NO_TIME]
    both |= {"first": min(times, default=NO_TIME), "last": max(a.last, b.last)}
    return replace(b, **both)  # type: ignore[arg-type]


def _names(
    one: tuple[tuple[object, int], ...], other: tuple[tuple[object, int], ...]
) -> tuple[tuple[object, int], ...]:
    many: dict[object, int] = {}
    for name, rows in (*one, *other):
        many[name] = many.get(name, 0) + rows
    return tuple(sorted(many.items(), key=lambda f: (-f[1], str(f[0]))))[:NAMES]


def forever(where: Where, now: Followed, how: How, wait: Callable[[], bool], said: Callable[[str], None]) -> Followed:
    """Look again and again, for as long as `wait` says so. What cannot be done is said, and tried again."""
    while True:
        try:
            now = look(where, now, how)
        except CasemateError as e:
            said(str(e))
        if not wait():
            return now
