"""Any table: JSON lines, an array of JSON objects, CSV, Parquet or Arrow, with a column map that says what is what.

It is asked last. Without a map only columns that carry a name of prediction_log/1 are understood.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _tabular
from casemate.evidence.monitor.logs._source import Head, Source
from casemate.evidence.monitor.logs._table import Table


def recognise(head: Head) -> bool:
    """Whether it is a table at all."""
    return bool(head.columns) or head.form in ("document", "lines")


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """The rows as they are."""
    return _tabular.tables(source, told)
