"""Training sets of successive versions, held against each other: `casemate monitor retraining OLD NEW...`.

Without a map every column is a feature, and a column `label` is compared under the name `prediction`. The first set
says how columns are counted; each later one is compared with the one before it and with the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import log, sketch_spec, told
from casemate.evidence.monitor.alarm import Alarm, Reading
from casemate.evidence.monitor.batch import Batch
from casemate.evidence.monitor.detectors import retraining
from casemate.evidence.monitor.mapping import FIELDS, Mapping_
from casemate.evidence.monitor.opened import How, files_of
from casemate.evidence.monitor.sketch import Sketch, empty, merged, observe, rows_seen
from casemate.evidence.monitor.sketch_spec import Spec
from casemate.evidence.monitor.tell import folded, plain

FORMAT = "retraining/1"
# A training set has no time, client or confidence: every column is a feature, and `label` is what is to be predicted.
PLAIN = Mapping_(tuple(sorted({**dict.fromkeys(FIELDS, ""), "prediction": "label"}.items())))


@dataclass(frozen=True, slots=True)
class Retrained:
    """versions: name and rows, oldest first; alarms, and the comparisons that they rest on."""

    versions: tuple[tuple[str, int], ...]
    alarms: tuple[Alarm, ...]
    readings: tuple[Reading, ...]


def retrained(paths: Sequence[Path], how: How, tolerated: float = 0.05) -> Retrained:
    """Compare training sets, oldest first: files or folders. `CasemateError` for fewer than two or an empty one."""
    if len(paths) < 2:
        raise CasemateError(
            "retraining", f"takes two training sets or more, not {len(paths)}", "name them, oldest first"
        )
    state, spec, versions = retraining.begin(retraining.Config(tolerated)), None, []
    for path, name in zip(paths, _names(paths), strict=True):
        sketch = _counted(path, how, spec)
        spec = sketch.spec
        state = retraining.step(state, name, sketch)
        versions.append((name, rows_seen(sketch)))
    return Retrained(tuple(versions), retraining.alarms(state), retraining.readings(state))


def _names(paths: Sequence[Path]) -> list[str]:
    """Short names, whole paths where those are not single."""
    short = [p.name for p in paths]
    return [plain(n if short.count(n) == 1 else str(p)) for n, p in zip(short, paths, strict=True)]


def _counted(path: Path, how: How, spec: Spec | None) -> Sketch:
    found: Sketch | None = None
    for chunk in log.open_log(files_of([path]), how.mapping or PLAIN, how.reader or log.GENERAL):
        if isinstance(chunk, Batch) and chunk.time.size:
            found = found or empty(spec or sketch_spec.learn(chunk))
            found = merged(found, observe(found.spec, chunk, how.hours))
    if found is None:
        raise CasemateError(str(path), "the training set has no rows", "give a table with one row for each example")
    return found


def text(r: Retrained) -> str:
    """For people: the verdict first, then every version, then alarms."""
    first = r.alarms[0].message if r.alarms else "no column moved by more than what is tolerated"
    more = f"; {len(r.alarms) - 1} more below" if len(r.alarms) > 1 else ""
    lines = [f"{'ALARM' if r.alarms else 'QUIET'}: {first}{more}", ""]
    lines += [f"{name}: {rows:,} rows" for name, rows in r.versions]
    if r.alarms:
        lines += ["", "Alarms", *(f"  {a.message}" for a in r.alarms)]
    return "\n".join([*(part for line in [*lines, *_rest(r)] for part in folded(line)), ""])


def _rest(r: Retrained) -> Iterator[str]:
    """What was not compared, and what nobody can see so."""
    missing = [f"  {x.subject}: {x.message}" for x in r.readings if x.value is None]
    if missing:
        yield from ("", "Not measured", *missing)
    yield from ("", "What stays invisible", "  rows that were changed without moving a column by what is tolerated")


def as_json(r: Retrained) -> str:
    """All of it."""
    whole: dict[str, Any] = {
        "format": FORMAT,
        "versions": [{"name": name, "rows": rows} for name, rows in r.versions],
        "alarms": [told.alarm(a) for a in r.alarms],
        "comparisons": [told.reading(x) for x in r.readings],
    }
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
