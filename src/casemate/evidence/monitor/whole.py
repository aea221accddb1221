"""A whole log at once: what `casemate monitor` and a task of `measure:` do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from casemate.evidence.monitor import log, run
from casemate.evidence.monitor.coverage import Coverage
from casemate.evidence.monitor.facts import Facts
from casemate.evidence.monitor.opened import How, files_of, numbers_of, parted, reference_of, sketch_of
from casemate.evidence.monitor.reference import Reference
from casemate.evidence.monitor.run import Limits, Run


@dataclass(frozen=True, slots=True)
class Watched:
    """What came out: the facts, the run that they are of, and what the log covers (None for sketches alone)."""

    facts: Facts
    run: Run
    log: Coverage | None


def watched(paths: Iterable[Path], reference: Path, how: How, limits: Limits, keep: bool = False) -> Watched:
    """Look through logs and sketches once. keep: the sketch of all columns by the hour too. Raises CasemateError."""
    found = files_of(paths)  # what is not there is said before a reference is learnt
    return against(found, reference_of(reference, how), how, limits, keep)


def against(found: Sequence[Path], reference: Reference, how: How, limits: Limits, keep: bool = False) -> Watched:
    """The same with a reference at hand."""
    logs, sketches = parted(found)
    now, numbers = run.begin(reference, limits, keep), numbers_of(reference.sketch.spec)
    del reference  # what its clients asked is not needed any more, and takes 30 MB
    for path in sketches:
        now = run.with_sketch(now, sketch_of(path))
    opened = log.open_log(logs, how.mapping, how.reader, numbers=numbers) if logs else None
    if opened is not None:
        now = run.through(now, opened)
    coverage = opened.coverage if opened is not None else None
    return Watched(run.told(now, coverage), now, coverage)
