"""A sketch as bytes and back. Equal sketches give equal bytes, whoever made them."""

from __future__ import annotations

from typing import Any

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor import sketch_heavy
from casemate.evidence.monitor.batch import Array
from casemate.evidence.monitor.codec import pack, unpack
from casemate.evidence.monitor.sketch import UNEXPECTED, Sketch
from casemate.evidence.monitor.sketch_bins import MISTYPED, NULL, PLACE
from casemate.evidence.monitor.sketch_counts import LAST_HOUR, Counts, bounded
from casemate.evidence.monitor.sketch_spec import (
    SHARED,
    SHARED_AT,
    CategorySpec,
    ColumnSpec,
    NumericSpec,
    Spec,
)

KIND = "sketch/1"


def to_bytes(sketch: Sketch) -> bytes:
    """The canonical form."""
    arrays: dict[str, Array] = {"rows.keys": sketch.rows.keys, "rows.counts": sketch.rows.counts}
    for i, table in enumerate(sketch.columns):
        arrays |= {f"{i}.keys": table.keys, f"{i}.counts": table.counts}
    for i, (_, heavy) in enumerate(sketch.heavy):
        arrays[f"heavy.{i}"] = heavy.cells
    facts = {
        "kind": KIND,
        "spec": [[name, _told(spec)] for name, spec in sketch.spec.columns],
        "heavy": [name for name, _ in sketch.heavy],
        "unexpected": [list(u) for u in sketch.unexpected],
    }
    return pack(facts, arrays, frozenset(name for name in arrays if name.endswith(".keys")))


def from_bytes(data: bytes, where: str) -> Sketch:
    """The sketch that a file holds; `where` is its path, for the message. Only `CasemateError` leaves."""
    facts, arrays = unpack(data, where)
    try:
        sketch = _built(facts, arrays)
        canonical = to_bytes(sketch) == data
    except CasemateError as e:
        raise CasemateError(where, e.what, e.todo) from e
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, UnicodeError) as e:
        raise CasemateError(where, "its tables do not fit each other", "write it again") from e
    if not canonical:
        raise CasemateError(where, "it is not in the form that we write", "write it again")
    return sketch


def _told(spec: ColumnSpec) -> list[Any]:
    if isinstance(spec, NumericSpec):
        return ["number", float(spec.offset).hex(), spec.bits]
    return ["word", *spec.words]


def _heard(told: list[Any]) -> ColumnSpec:
    if told[0] == "number":
        return NumericSpec(float.fromhex(told[1]), int(told[2]))
    if told[0] != "word" or not all(isinstance(w, str) for w in told[1:]):
        raise ValueError(told[0])
    return CategorySpec(tuple(told[1:]))


def _built(facts: Any, arrays: dict[str, Array]) -> Sketch:
    if facts["kind"] != KIND:
        raise CasemateError("", f"it is {str(facts['kind'])[:40]!r}, not {KIND!r}", "use the command for that kind")
    spec = Spec(tuple((str(name), _heard(told)) for name, told in facts["spec"]))
    rows = bounded(_table(arrays, "rows", 0))
    columns = tuple(_table(arrays, str(i), s) for i, (_, s) in enumerate(spec.columns))
    if any(int(table.counts.sum()) != int(rows.counts.sum()) for table in columns):
        raise ValueError("rows")
    heavy = tuple((str(name), _cells(arrays[f"heavy.{i}"])) for i, name in enumerate(facts["heavy"]))
    unexpected = tuple((str(name), int(many)) for name, many in facts["unexpected"])
    if len(unexpected) > UNEXPECTED or len(arrays) != 2 + 2 * len(columns) + len(heavy):
        raise ValueError("arrays")
    return Sketch(spec, rows, columns, heavy, unexpected)


def _cells(cells: Array) -> sketch_heavy.Heavy:
    if cells.shape != sketch_heavy.NONE.cells.shape or cells.dtype != np.int64 or (cells < 0).any():
        raise ValueError("cells")
    return sketch_heavy.Heavy(cells)


def _table(arrays: dict[str, Array], name: str, spec: ColumnSpec | int) -> Counts:
    """A table whose keys the spec allows and whose counts are positive and cannot overflow when summed."""
    keys, counts = arrays[f"{name}.keys"], arrays[f"{name}.counts"]
    if keys.dtype != np.int64 or counts.dtype != np.int64 or keys.ndim != 1 or keys.shape != counts.shape:
        raise ValueError(name)
    place, hour = keys & ((1 << PLACE) - 1), keys >> PLACE
    if keys.size and (hour.min() < 0 or hour.max() > LAST_HOUR + 1 or counts.min() < 1 or counts.max() > 1 << 40):
        raise ValueError(name)
    if not _allowed(place, spec).all():
        raise ValueError(name)
    return Counts(keys, counts)


def _allowed(place: Array, spec: ColumnSpec | int) -> Array:
    if isinstance(spec, int):
        return np.asarray(place == spec)
    special = (place >= NULL) & (place <= MISTYPED)
    if isinstance(spec, NumericSpec):
        return np.asarray(special | (place < 1 << spec.bits))
    return np.asarray(special | (place < len(spec.words)) | ((place >= SHARED_AT) & (place < SHARED_AT + SHARED)))
