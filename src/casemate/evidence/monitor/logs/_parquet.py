"""Parquet, batch by batch. A file that is damaged in one place loses the rows of the group there, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs._source import Source, unreadable

BUFFER = 1 << 16  # bytes read at once: whole columns at once cost new memory for each


def batches(source: Source, columns: list[str] | None, told: Gathered, rows: int) -> Iterator[tuple[int, Any]]:
    """Record batches of so many rows, each with the number of rows before it. pyarrow must be there.

    They run across groups, which is faster. Only behind damage the file is read on group by group.
    """
    import pyarrow.parquet as pq

    file, row = pq.ParquetFile(source.path, pre_buffer=False, buffer_size=BUFFER), 0
    try:
        for batch in file.iter_batches(rows, columns=columns, use_threads=False):
            yield row, batch
            row += batch.num_rows
        return
    except unreadable():
        first = 0
    for number in range(file.num_row_groups):
        yield from _group(source, file, number, first, row, columns, told, rows)
        first += file.metadata.row_group(number).num_rows


def _group(
    source: Source, file: Any, number: int, first: int, known: int, columns: list[str] | None, told: Gathered, rows: int
) -> Iterator[tuple[int, Any]]:
    """What can be read of one group behind the `known` rows. first: rows of the file before it."""
    last, row = first + file.metadata.row_group(number).num_rows, first
    if last <= known:
        return
    try:
        for batch in file.iter_batches(rows, row_groups=[number], columns=columns, use_threads=False):
            new = batch.slice(max(known - row, 0))
            row += batch.num_rows
            if new.num_rows:
                yield row - new.num_rows, new
    except unreadable() as e:
        why = (str(e).splitlines() or [""])[0]
        told.unreadable(
            f"{source.path}:{max(row, known) + 1}", f"damaged to row {last} ({why})", last - max(row, known)
        )
