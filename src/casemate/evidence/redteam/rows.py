"""From a table to rows and labels: every value in the space of its features, or an error that says which is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from casemate.core.errors import CasemateError, Problems, did_you_mean
from casemate.core.space import Array, Feature, Space, Word
from casemate.evidence.redteam.attack import Sample
from casemate.evidence.redteam.model import Labels
from casemate.evidence.redteam.table import FLAGS, Column, Table


def sample(table: Table, space: Space, label: str, classes: Sequence[Word]) -> Sample:
    """Rows (n, features) and the places of their labels among the model's classes. All contradictions at once."""
    return Sample(rows(table, space), labels(table, label, classes))


def rows(table: Table, space: Space) -> Array:
    """The table's rows in the space, shape (n, features)."""
    missing = [f.name for f in space.features if f.name not in table.columns]
    if missing:
        hint = did_you_mean(missing[0], table.columns)
        raise CasemateError(table.path, f"has no column {missing[0][:60]!r}", hint)
    out = np.empty((len(table), len(space.features)))
    errors: list[CasemateError] = []
    for i, f in enumerate(space.features):
        column = table.columns[f.name]
        out[:, i] = _places(f, column) if f.words else _numbers(f, column)
        errors += [CasemateError(table.path, *e) for e in _contradictions(f, column, out[:, i])]
    if errors:
        raise Problems(errors)
    return out


def _numbers(f: Feature, column: Column) -> Array:
    if column.numbers is not None:
        return column.numbers
    flags = {True: 1.0, False: 0.0, None: np.nan}
    return np.array([flags.get(w, np.inf) if isinstance(w, bool) or w is None else np.inf for w in column.words])


def _places(f: Feature, column: Column) -> Array:
    """The place of each word; infinity where it is none of the feature's."""
    known = {_key(w): float(i) for i, w in enumerate(f.words)}
    return np.array([np.nan if v is None else known.get(_key(v), np.inf) for v in column.values()])


def settled(space: Space, table: Table) -> Space:
    """The space with words as the data have them: `1` is the number 1 where the column holds numbers."""
    return Space(tuple(_settled(f, table) for f in space.features))


def _settled(f: Feature, table: Table) -> Feature:
    if not f.words or f.name not in table.columns:
        return f
    real = {_key(v): v for v in table.columns[f.name].values() if v is not None}
    return replace(f, words=tuple(real.get(_key(w), w) for w in f.words))


def _key(word: Word) -> str:
    """One text for one value: the feature file has text, the data may have 1, 1.0, True or `yes`."""
    if isinstance(word, bool):
        return str(word)
    if isinstance(word, int | float):
        return repr(float(word))
    try:
        return repr(float(word))
    except ValueError:
        return str(FLAGS.get(word, word))


def _contradictions(f: Feature, column: Column, found: Array) -> Iterator[tuple[str, str]]:
    """Where the data and what is said of the feature differ: what, and what to do."""
    name = f"column {f.name[:60]!r}"
    todo = "mend the data, or what the feature file says"
    n = int(np.isinf(found).sum())
    if n:
        first = next(v for v, bad in zip(column.values(), np.isinf(found), strict=True) if bad)
        yield f"{name} holds {str(first)[:40]!r}, which is no {'word' if f.words else 'number'} of it ({n} rows)", todo
        return
    n = int(np.isnan(found).sum())
    if n and not f.missing:
        yield f"{name} is missing in {n} rows and may not be", f"{todo}: `missing: yes`"
    there = found[~np.isnan(found)]
    out = there[(there < f.low) | (there > f.high)]
    if len(out):
        yield f"{name} holds {out[0]:g}, outside {f.low:g} to {f.high:g} ({len(out)} rows)", todo
    if f.kind in ("integer", "boolean") and (there != np.floor(there)).any():
        yield f"{name} is no {f.kind}: it holds {there[there != np.floor(there)][0]:g}", todo


def labels(table: Table, label: str, classes: Sequence[Word]) -> Labels:
    """The place of each row's label among the classes, shape (n,)."""
    if label not in table.columns:
        raise CasemateError(table.path, f"has no column {label[:60]!r}", did_you_mean(label, table.columns))
    known = {_key(c): i for i, c in enumerate(classes)}
    values = table.columns[label].values()
    there = [v for v in values if v is not None]
    if len(there) < len(values):
        what = f"has no label in {len(values) - len(there)} rows"
        raise CasemateError(table.path, what, "leave out rows without a label")
    strange = sorted({str(v) for v in there if _key(v) not in known})
    if strange:
        what = f"has labels that the model does not know: {', '.join(strange)[:80]}"
        names = ", ".join(str(c) for c in classes)[:80]
        raise CasemateError(table.path, what, f"it knows {names}; name them in order with --classes")
    return np.array([known[_key(v)] for v in there], dtype=np.intp)
