"""Tables in files: JSON lines, CSV, Parquet and Arrow. With pyarrow the texts are read by it, block by block.

A block that pyarrow refuses is read again line by line, so that one bad line costs itself and no other. In CSV a line
is a row: a value that runs over the end of a line is counted as unreadable.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from casemate.evidence.monitor.batch import Category, Column, Numeric
from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _arrow, _parquet, _shape, _table
from casemate.evidence.monitor.logs._source import ROWS, Head, Piece, Source, document, pieces
from casemate.evidence.monitor.logs._table import Table
from casemate.evidence.monitor.mapping import FIELDS

NULLS = ("", "null", "NULL", "None", "NA", "N/A")


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """The tables of a file of any of these forms."""
    head = source.head()
    if head is None:
        return
    if head.form in ("parquet", "arrow"):
        yield from _binary(source, head, told)
    elif head.form == "csv":
        yield from _csv(source, head, told)
    elif head.form == "lines":
        yield from _lines(source, head, told)
    else:
        yield from _document(source, told)


def records(source: Source, told: Gathered) -> Iterator[tuple[Piece, list[tuple[int, dict[str, Any]]]]]:
    """JSON lines as (line, record), a piece at a time. Lines that are none are counted."""
    for piece in pieces(source, told):
        yield piece, list(parsed(piece, source, told))


def parsed(piece: Piece, source: Source, told: Gathered) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a piece, with their lines."""
    for line, text in enumerate(piece.data.split(b"\n"), piece.line):
        if not text or text.isspace():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            told.unreadable(source.at(line), "is no JSON")
            continue
        if type(record) is dict:
            yield line, record
        else:
            told.unreadable(source.at(line), "is no JSON object")


def _names(source: Source, there: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The columns of times and of ids."""
    found = frozenset(there)
    return source.mapping.column("time", found), source.mapping.column("id", found)


def _lines(source: Source, head: Head, told: Gathered) -> Iterator[Table]:
    time, identity = _names(source, head.columns)
    fixed = [n for n in (time, identity) if n is not None and isinstance(head.first.get(n), str)]
    fast = _arrow.installed()
    for piece in pieces(source, told):
        made = _fast_json(piece, source, told, time, identity, fixed) if fast else None
        if made is None:
            rows = [record for _, record in parsed(piece, source, told)]
            made = _table.table(rows, source.at(piece.line), piece.end, told)
        yield made


def _fast_json(
    piece: Piece, source: Source, told: Gathered, time: str | None, identity: str | None, fixed: list[str]
) -> Table | None:
    import pyarrow as pa
    import pyarrow.json as reader

    schema = pa.schema([(name, pa.string()) for name in fixed])
    try:
        read = reader.read_json(
            pa.BufferReader(piece.data),
            reader.ReadOptions(use_threads=False, block_size=len(piece.data) + 1),
            reader.ParseOptions(explicit_schema=schema),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    return _of_arrow(read, source.at(piece.line), piece.end, told, time, identity)


def _of_arrow(read: Any, where: str, mark: int, told: Gathered, time: str | None, identity: str | None) -> Table | None:
    import pyarrow as pa

    if len(set(read.schema.names)) != len(read.schema.names):
        return None
    batch = pa.RecordBatch.from_arrays([_one(c) for c in read.columns], names=read.schema.names)
    return _arrow.table(batch, where, mark, told, time, identity)


def _one(chunked: Any) -> Any:
    return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()


def _csv(source: Source, head: Head, told: Gathered) -> Iterator[Table]:
    time, identity = _names(source, head.columns)
    texts = [n for f in ("time", "id", "client", "model version") if (n := _column(source, f, head)) is not None]
    fast = _arrow.installed()
    for piece in pieces(source, told):
        body = _behind_header(piece)
        if not body.data:
            continue
        made = _fast_csv(body, source, head, told, time, identity, texts) if fast else None
        yield made or _slow_csv(body, source, head, told, texts)


def _column(source: Source, field: str, head: Head) -> str | None:
    return source.mapping.column(field, frozenset(head.columns))


def _behind_header(piece: Piece) -> Piece:
    """The first line of a file is the header."""
    if piece.start:
        return piece
    lead = len(piece.data) - len(piece.data.lstrip())
    end = piece.data.find(b"\n", lead) + 1
    return Piece(piece.data[end:], piece.line + piece.data.count(b"\n", 0, end), end, piece.end)


def _fast_csv(
    piece: Piece, source: Source, head: Head, told: Gathered, time: str | None, identity: str | None, texts: list[str]
) -> Table | None:
    import pyarrow as pa
    from pyarrow import csv as reader

    try:
        read = reader.read_csv(
            pa.BufferReader(piece.data),
            reader.ReadOptions(column_names=head.columns, use_threads=False, block_size=len(piece.data) + 1),
            reader.ParseOptions(),
            reader.ConvertOptions(
                column_types={n: pa.string() for n in texts},
                null_values=list(NULLS),
                strings_can_be_null=True,
                timestamp_parsers=["(no inference)"],
            ),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if read.num_rows != piece.data.count(b"\n"):
        return None  # an open quote has swallowed lines, or some are empty
    return _of_arrow(read, source.at(piece.line), piece.end, told, time, identity)


def _slow_csv(piece: Piece, source: Source, head: Head, told: Gathered, texts: list[str]) -> Table:
    rows = []
    for line, raw in enumerate(piece.data.split(b"\n"), piece.line):
        if not raw.strip():
            continue
        row = _row(raw)
        if row is not None and len(row) == len(head.columns):
            rows.append(row)
        elif row is None:
            told.unreadable(source.at(line), "a quote is not closed in its line")
        else:
            told.unreadable(source.at(line), f"has {len(row)} values where the header has {len(head.columns)}")
    by_name = list(zip(head.columns, zip(*rows, strict=True), strict=True)) if rows else []
    if len(by_name) > _table.COLUMNS:
        told.unreadable(source.at(piece.line), _table.BEYOND, 0)
    columns = {name: _values(list(values), name in texts) for name, values in by_name[: _table.COLUMNS]}
    return Table(len(rows), columns, source.at(piece.line), piece.end)


def _row(raw: bytes) -> list[str] | None:
    text = raw.decode("utf-8", "replace").rstrip("\r")
    if '"' not in text:
        return text.split(",")
    if text.count('"') % 2:
        return None
    try:
        return next(csv.reader([text]))
    except (csv.Error, StopIteration):
        return None


def _values(values: list[str], as_text: bool) -> Column:
    """Numbers if all that is there are numbers, else words."""
    null = np.fromiter((v in NULLS for v in values), np.bool_, len(values))
    if as_text or null.all():
        return _words(values)
    rest = [v for v, n in zip(values, null.tolist(), strict=True) if not n]
    for read, kind in ((int, np.int64), (float, np.float64)):
        try:
            found = np.fromiter(map(read, rest), kind, len(rest))
        except (ValueError, OverflowError):
            continue
        full = np.zeros(len(values), found.dtype)
        full[~null] = found
        return Numeric(full, null if null.any() else None)
    if set(rest) <= {"true", "false"}:
        return Numeric(np.array([v == "true" for v in values]), null if null.any() else None)
    return _words(values)


def _words(values: list[str]) -> Category:
    return _table.words([None if v in NULLS else v for v in values])


def _binary(source: Source, head: Head, told: Gathered) -> Iterator[Table]:
    time, identity = _names(source, head.columns)
    for row, batch in batches(source, head, told):
        skipped = min(max(source.start - row, 0), batch.num_rows)
        if batch.num_rows > skipped:
            end = row + batch.num_rows
            yield _arrow.table(batch.slice(skipped), f"{source.path}:{row + 1}", end, told, time, identity)


def batches(source: Source, head: Head, told: Gathered, rows: int = _shape.ROWS) -> Iterator[tuple[int, Any]]:
    """Record batches of a Parquet or Arrow file, each with the rows before it; `CasemateError` without pyarrow."""
    pa = _arrow.needed()
    if head.form == "parquet":
        yield from _parquet.batches(source, _wanted(source, head), told, rows)
        return
    with pa.memory_map(str(source.path)) as mapped:
        reader, row = pa.ipc.open_file(mapped), 0
        for k in range(reader.num_record_batches):
            batch = reader.get_batch(k)
            for start in range(0, batch.num_rows, rows):
                yield row + start, batch.slice(start, rows)
            row += batch.num_rows


def _wanted(source: Source, head: Head) -> list[str] | None:
    """Only what the map names, if it names the features; None for all."""
    if source.mapping.features is None:
        return None
    there = frozenset(head.columns)
    fields = {c for f in FIELDS if (c := source.mapping.column(f, there)) is not None}
    features = {p + n for n, _ in source.mapping.features for p in ("", "f.", "features.")}
    return [n for n in head.columns if n in fields or n in features or n in ("f", "features", "lost_rows")]


def _document(source: Source, told: Gathered) -> Iterator[Table]:
    """An array of records."""
    found = document(source)
    rows = found if isinstance(found, list) else [found]
    good = [r for r in rows if isinstance(r, dict)]
    if len(good) < len(rows):
        told.unreadable(str(source.path), "is no JSON object", len(rows) - len(good))
    for start in range(source.start, len(good), ROWS):
        some = good[start : start + ROWS]
        yield _table.table(some, f"{source.path}:{start + 1}", start + len(some), told)
