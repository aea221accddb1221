"""Inference tables of MLflow and Databricks, as Parquet or JSON: the legacy one and the gateway's.

Legacy: `timestamp_ms`, `databricks_request_id`, `request`, `response`, `status_code`, `sampling_fraction`,
`execution_time_ms`, `request_metadata`. Gateway: `request_time`, `requester` (the client), `served_entity_id`,
`client_request_id` and the rest. Requests and responses are JSON texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _bodies, _events
from casemate.evidence.monitor.logs._source import Head, Source
from casemate.evidence.monitor.logs._table import Table

Row = dict[str, Any]


def recognise(head: Head) -> bool:
    """Whether it has requests, responses and an id or time of Databricks."""
    names = set(head.columns)
    return {"request", "response"} <= names and bool(
        names & {"databricks_request_id", "client_request_id", "timestamp_ms", "request_time"}
    )


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """One row for each instance of each request."""
    yield from _events.tables(_rows(source, told), told)


def _rows(source: Source, told: Gathered) -> Iterator[tuple[str, int, list[Row]]]:
    for where, mark, found in _events.records(source, told):
        made: list[Row] = []
        for at, record in found:
            try:
                made += _row(record, source, told, at)
            except ValueError as e:
                told.unreadable(at, str(e))
        yield where, mark, made


def _row(record: Row, source: Source, told: Gathered, at: str) -> list[Row]:
    meta = _tree(record.get("request_metadata"))
    time = record.get("request_time")
    if time is None and isinstance(ms := record.get("timestamp_ms"), (int, float)):
        time = ms * 1_000_000  # ns, whatever its size
    common: Row = {
        "time": str(time) if time is not None and not isinstance(time, (int, float)) else time,
        "request_id": record.get("client_request_id") or record.get("databricks_request_id"),
        "model": meta.get("endpoint_name") or meta.get("model_name") or record.get("endpoint_name"),
        "model_version": meta.get("model_version") or record.get("served_entity_id"),
        "client": record.get("requester"),
        "status": record.get("status_code"),
        "latency_ms": record.get("execution_time_ms", record.get("execution_duration_ms")),
        "sampling_fraction": record.get("sampling_fraction"),
    }
    common = {key: value for key, value in common.items() if value is not None}
    failed = isinstance(common.get("status"), int) and common["status"] >= 400
    answered = None if failed else _body(record.get("response"))
    return _events.rows(common, _body(record.get("request")), answered, source, told, at)


def _body(text: Any) -> Any:
    return None if text is None else _bodies.parsed(text, "JSON")


def _tree(value: Any) -> Row:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    if isinstance(value, list) and all(isinstance(v, tuple) and len(v) == 2 for v in value):
        value = dict(value)  # a map of Parquet
    return value if isinstance(value, dict) else {}
