"""The column map: what the columns of a log mean, as its owner says it.

    time: {column: took_at, unit: ms}      or only the name; units s, ms, us, ns for numbers
    id: request_id
    client: user
    prediction: answer
    confidence: score
    features: [age, income]                or {age: number, job: word}; also names positions in nested inputs
    ignore: [note]                         columns that are no features

Any field of prediction_log/1 can be named. What is not named is looked for under its own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.core.yamltree import Map, Seq, parse, read_text, where

Type = Literal["number", "word"]

# Field of prediction_log/1, and the names that its column has by default.
FIELDS: dict[str, tuple[str, ...]] = {
    "time": ("time", "ts", "timestamp"),
    "id": ("request_id",),
    "model": ("model",),
    "model version": ("model_version",),
    "client": ("client",),
    "prediction": ("prediction",),
    "confidence": ("confidence",),
    "confidence kind": ("confidence_kind",),
    "label": ("label",),
    "status": ("status",),
    "latency": ("latency_ms",),
    "digest": ("artifact_digest",),
    "sampling": ("sampling_fraction",),
}
UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
TYPED: dict[str, Type] = {"number": "number", "word": "word"}
_KEYS = (*FIELDS, "features", "ignore")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Mapping_:  # noqa: N801  `Mapping` is a word of Python's
    """columns: (field, column). units: (field, unit) for time and latency. features: (name, type or None), in order.

    features is None where the map does not name them: then they are told by the first rows.
    """

    columns: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    features: tuple[tuple[str, Type | None], ...] | None = None
    ignore: frozenset[str] = frozenset()

    def column(self, field: str, there: frozenset[str]) -> str | None:
        """The column that is this field, of those that are there."""
        named = dict(self.columns).get(field)
        if named is not None:
            return named if named in there else None
        return next((name for name in FIELDS[field] if name in there), None)

    def unit(self, field: str) -> int | None:
        """Nanoseconds of the declared unit."""
        unit = dict(self.units).get(field)
        return None if unit is None else UNITS[unit]

    def name(self, place: int) -> str:
        """The name of the feature at a place of a nested input."""
        if self.features is not None and place < len(self.features):
            return self.features[place][0]
        return f"x{place}"


NOTHING = Mapping_()


def read(path: Path) -> Mapping_:
    """The map in a file. `CasemateError` with all its errors, each with its place."""
    return from_text(read_text(path), str(path))


def from_text(text: str, path: str) -> Mapping_:
    """The map in a text; `path` is for errors."""
    tree = parse(text, path)
    if not isinstance(tree, Map):
        raise CasemateError(path, "is no map of columns", "write `time: the name of its column` and so on")
    reading = _Reading(path, tree)
    reading.all()
    if reading.errors:
        raise Problems(reading.errors)
    return Mapping_(
        tuple(sorted(reading.columns.items())), tuple(sorted(reading.units.items())), reading.features, reading.ignore
    )


class _Reading:
    """One pass over the tree that collects every error."""

    def __init__(self, path: str, tree: Map) -> None:
        self.path, self.tree = path, tree
        self.errors: list[CasemateError] = []
        self.columns: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self.features: tuple[tuple[str, Type | None], ...] | None = None
        self.ignore: frozenset[str] = frozenset()

    def wrong(self, mark: int, what: str, todo: str) -> None:
        self.errors.append(CasemateError(where(self.path, mark), what, todo))

    def all(self) -> None:
        for key, value in self.tree.items():
            if key == "features":
                self.features = tuple(self.typed(value, self.tree.value_at(key)))
            elif key == "ignore":
                self.ignore = frozenset(self.words(value, self.tree.value_at(key), "ignore"))
            elif key in FIELDS:
                self.one(key, value)
            else:
                self.wrong(self.tree.key_at(key), f"no field {key[:60]!r}", did_you_mean(key, _KEYS, 20))
        self.twice()

    def one(self, field: str, value: Any) -> None:
        mark = self.tree.value_at(field)
        if isinstance(value, str):
            self.columns[field] = value
        elif isinstance(value, Map) and isinstance(value.get("column"), str) and value.keys() <= {"column", "unit"}:
            self.columns[field] = value["column"]
            if "unit" in value:
                self.unit(field, value)
        else:
            self.wrong(mark, f"{field} names no column", f"write `{field}: the name of its column`")

    def unit(self, field: str, value: Map) -> None:
        unit = value["unit"]
        if field not in ("time", "latency"):
            self.wrong(value.key_at("unit"), f"{field} has no unit", "leave it out")
        elif not isinstance(unit, str) or unit not in UNITS:
            self.wrong(value.value_at("unit"), f"{str(unit)[:40]!r} is no unit of time", "write s, ms, us or ns")
        else:
            self.units[field] = unit

    def words(self, value: Any, mark: int, what: str) -> list[str]:
        if isinstance(value, Seq) and len(value) <= _MOST and all(isinstance(v, str) for v in value):
            if len(set(value)) == len(value):
                return list(value)
            self.wrong(mark, f"{what} names a column twice", "name it once")
            return []
        self.wrong(mark, f"{what} is no list of names", f"write `{what}: [one, other]`")
        return []

    def typed(self, value: Any, mark: int) -> list[tuple[str, Type | None]]:
        if not isinstance(value, Map):
            return [(name, None) for name in self.words(value, mark, "features")]
        out: list[tuple[str, Type | None]] = []
        for name, said in value.items():
            if isinstance(said, str) and said in TYPED:
                out.append((name, TYPED[said]))
            else:
                self.wrong(value.value_at(name), f"{name[:60]!r} has no type", "write `number` or `word`")
        return out

    def twice(self) -> None:
        seen: dict[str, str] = {}
        for field, column in self.columns.items():
            if column in seen:
                what = f"{field} and {seen[column]} are the same column {column[:60]!r}"
                self.wrong(self.tree.value_at(field), what, "name another")
            seen[column] = field
