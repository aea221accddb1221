"""The user's data as a table of columns: CSV, Parquet, or an array of numpy, told apart by their content."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from casemate.core import files
from casemate.core.errors import CasemateError, Refused
from casemate.core.space import Array, Feature, Kind, Space, Word

MOST_BYTES = 2_000_000_000
MOST_ROWS = 1_000_000
MOST_COLUMNS = 10_000
MOST_WORDS = 1_000
"""Different words in one column: more is text, which no attack here changes."""
ABSENT = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>", "n/a", "#N/A"})
"""What stands for a missing value, as in pandas."""
FLAGS = {"True": True, "False": False, "true": True, "false": False, "TRUE": True, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one column: numbers with NaN, or words with None where one is missing."""

    numbers: Array | None = None
    words: tuple[Word | None, ...] = ()

    def __len__(self) -> int:
        return len(self.words) if self.numbers is None else len(self.numbers)

    def values(self) -> Sequence[Word | None]:
        """Every value as a word; whole numbers are whole."""
        if self.numbers is None:
            return self.words
        return [
            None if np.isnan(v) else int(v) if v == np.floor(v) and abs(v) < 2**53 else float(v) for v in self.numbers
        ]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, all of one length."""

    path: str
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


def read_table(path: Path) -> Table:
    """A table from a file. Raises CasemateError for what is none, or is too large."""
    size_checked(path)
    with path.open("rb") as f:
        head = f.read(8)
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if head.startswith(b"\x93NUMPY"):
        return _array(path)
    return _csv(path)


def size_checked(path: Path) -> None:
    """Raises CasemateError when there is no such file, or one that is too large."""
    files.read(path, 0)
    if path.stat().st_size > MOST_BYTES:
        raise Refused(str(path), f"is larger than {MOST_BYTES // 10**9} GB", "give a sample of it")


def _csv(path: Path) -> Table:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise CasemateError(str(path), f"is no UTF-8 text (byte {e.start})", "give CSV, Parquet or .npy") from None
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_separator(text)))
    except csv.Error as e:
        raise CasemateError(str(path), f"is no CSV ({e})", "give CSV, Parquet or .npy") from None
    rows = [r for r in rows if r]
    if len(rows) < 2:
        raise CasemateError(str(path), "has no rows", "give a header and at least one row")
    head, body = rows[0], rows[1:]
    _bounds(path, head, len(body))
    short = next((i for i, r in enumerate(body) if len(r) != len(head)), None)
    if short is not None:
        at = f"row {short + 1} has {len(body[short])} values and the header {len(head)}"
        raise CasemateError(str(path), at, "mend the row, or quote its commas")
    return Table(str(path), {name: typed(column) for name, column in zip(head, zip(*body, strict=True), strict=True)})


def _separator(text: str) -> str:
    """The one that stands most often in the header."""
    head = text.split("\n", 1)[0]
    return max(",;\t|", key=head.count)


def _bounds(path: Path, names: Sequence[str], n: int) -> None:
    if n > MOST_ROWS or len(names) > MOST_COLUMNS:
        what = f"has {n:,} rows and {len(names):,} columns"
        raise Refused(str(path), what, f"give a sample of at most {MOST_ROWS:,} rows")
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None:
        raise CasemateError(str(path), f"names the column {twice[:60]!r} twice", "rename one of them")


def typed(column: Sequence[str]) -> Column:
    """Numbers where every value that is there is one; flags where all are; else words."""
    kept = [None if v in ABSENT else v for v in column]
    if not any(v is not None and v in FLAGS for v in kept):
        try:
            return Column(np.array([np.nan if v is None else float(v) for v in kept]))
        except ValueError:
            return Column(words=tuple(kept))
    flags = all(v is None or v in FLAGS for v in kept)
    return Column(words=tuple(FLAGS[v] if v is not None and flags else v for v in kept))


def _parquet(path: Path) -> Table:
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise CasemateError(
            str(path), "is Parquet, and pyarrow is not installed", "pip install pyarrow, or give CSV"
        ) from None
    try:
        found = pq.ParquetFile(path)
        _bounds(path, found.schema_arrow.names, found.metadata.num_rows)
        table = found.read()
    except (OSError, ValueError, TypeError) as e:  # pyarrow's errors are kinds of these
        raise CasemateError(str(path), f"cannot be read as Parquet ({str(e)[:80]})", "write it again") from None
    return Table(str(path), {n: _arrow(table.column(n)) for n in table.column_names})


def _arrow(column: Any) -> Column:
    values = column.to_pylist()
    if all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values):
        return Column(np.array([np.nan if v is None else float(v) for v in values]))
    return Column(words=tuple(v if v is None or isinstance(v, str | bool) else str(v) for v in values))


def _array(path: Path) -> Table:
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as e:
        raise CasemateError(
            str(path), f"cannot be read as an array ({str(e)[:80]})", "write it with numpy.save"
        ) from None
    flat = found.reshape(len(found), -1) if found.ndim >= 1 and found.dtype.kind in "fiub" and len(found) else None
    if flat is None:
        raise CasemateError(str(path), "is no array of numbers with rows", "write it with numpy.save")
    names = [f"f{i}" for i in range(flat.shape[1])]
    _bounds(path, names, len(flat))
    return Table(str(path), {n: Column(np.array(flat[:, i], dtype=np.float64)) for i, n in enumerate(names)})


def inferred(table: Table, drop: Sequence[str] = ()) -> Space:
    """What the columns hold, as far as their values tell. Nothing is immutable: nobody said so."""
    return Space(tuple(_feature(table, n, c) for n, c in table.columns.items() if n not in drop))


def _feature(table: Table, name: str, column: Column) -> Feature:
    if column.numbers is None:
        words = sorted({w for w in column.words if w is not None}, key=str)
        if len(words) > MOST_WORDS:
            what = f"column {name[:60]!r} holds {len(words):,} different words"
            raise CasemateError(table.path, what, "leave it out with --drop, or say what it holds with --features")
        flags = words == [False, True] and all(isinstance(w, bool) for w in words)
        kind: Kind = "boolean" if flags else "categorical"
        return Feature(name, kind, 0, max(1, len(words) - 1), tuple(words), missing=None in column.words)
    there = column.numbers[~np.isnan(column.numbers)]
    if not np.isfinite(there).all() or not len(there):
        what = "infinity" if len(there) else "nothing"
        raise CasemateError(table.path, f"column {name[:60]!r} holds {what}", "leave it out with --drop")
    low, high = float(there.min()), float(there.max())
    whole = bool((there == np.floor(there)).all())
    missing = len(there) < len(column.numbers)
    if whole and low >= 0 and high <= 1:
        return Feature(name, "boolean", 0, 1, missing=missing)
    return Feature(name, "integer" if whole else "real", low, high, missing=missing)
