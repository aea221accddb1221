"""prediction_log/1: one row for each prediction, as JSON lines, CSV, Parquet or Arrow; docs/log.md has its columns.

Rows with a request id and a label alone are labels that came later.
"""

from __future__ import annotations

from collections.abc import Iterator

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _tabular
from casemate.evidence.monitor.logs._source import Head, Source
from casemate.evidence.monitor.logs._table import Table


def recognise(head: Head) -> bool:
    """Whether its columns are those of a prediction, of labels, or of the writer's own notes."""
    names = set(head.columns)
    return (
        {"request_id", "prediction"} <= names
        or {"time", "prediction"} <= names
        or ("request_id" in names and "label" in names)
        or "lost_rows" in names
    )


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """The rows as they are."""
    return _tabular.tables(source, told)
