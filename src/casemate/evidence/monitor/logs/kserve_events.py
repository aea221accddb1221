"""KServe's logger: a CloudEvent for the request and one for the response, joined by their id; and its blob store.

CloudEvents come as JSON lines in structured mode (`specversion`, `type`, `id`, `time`, `data`). The blob store (JSON,
Parquet: `id`, `reqType`, `bytes` in base64, `contentType`) has no time and no way to tell it but the path. There is no
client; a chosen request header can be one, by the map: `client: metadata.x-user`.
At most 10,000 requests wait for their response; one that waits longer, or to the end, is a row without an answer. When
a log is followed, a response that comes after its request was read is a row without features.
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
WAITING = 10_000
_SIDES = ("request", "response")
_STORED = {"id", "reqType", "bytes"}


def recognise(head: Head) -> bool:
    """Whether it holds CloudEvents of inference, or the columns of the blob store."""
    return _side(head.first) is not None or set(head.columns) >= _STORED


def _side(record: Row) -> str | None:
    kind = record.get("type") if "specversion" in record else record.get("reqType")
    if not isinstance(kind, str):
        return None
    return next((s for s in _SIDES if kind.endswith(f"inference.{s}") or kind == s), None)


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """One row for each instance of each request."""
    yield from _events.tables(_joined(source, told), told)


def _joined(source: Source, told: Gathered) -> Iterator[tuple[str, int, list[Row]]]:
    waiting: dict[str, tuple[str, str, Row]] = {}
    where, mark = str(source.path), source.start
    for where, behind, found in _events.records(source, told):
        mark = behind
        made: list[Row] = []
        for at, record in found:
            made += _met(record, at, waiting, source, told)
        while len(waiting) > WAITING:
            made += _alone(waiting.pop(next(iter(waiting))), source, told)
        yield where, mark, made
    if source.follow:
        return  # the response may still come
    yield where, mark, [row for held in waiting.values() for row in _alone(held, source, told)]


def _met(record: Row, at: str, waiting: dict[str, tuple[str, str, Row]], source: Source, told: Gathered) -> list[Row]:
    side, identity = _side(record), record.get("id")
    if side is None or not isinstance(identity, str):
        told.unreadable(at, "is no event of an inference")
        return []
    other = waiting.pop(identity, None)
    if other is not None and other[0] != side:
        both = {side: record, other[0]: other[2]}
        return _rows(both.get("request"), both.get("response"), source, told, at)
    waiting[identity] = (side, at, record)
    return [] if other is None else _alone(other, source, told)


def _alone(held: tuple[str, str, Row], source: Source, told: Gathered) -> list[Row]:
    side, at, record = held
    told.unreadable(at, f"a {side} whose {_SIDES[side == 'request']} is not in the log", 0)
    return _rows(record if side == "request" else None, record if side == "response" else None, source, told, at)


def _rows(request: Row | None, response: Row | None, source: Source, told: Gathered, at: str) -> list[Row]:
    first = request or response or {}
    common: Row = {
        "time": first.get("time"),
        "request_id": first.get("id"),
        "model": first.get("inferenceservicename") or first.get("inferenceService"),
        "endpoint": first.get("endpoint"),
    }
    for key in ("metadata", "annotations"):
        if isinstance(extra := _tree(first.get(key)), dict):
            common |= {f"{key}.{k.lower()}": v[0] if isinstance(v, list) and v else v for k, v in extra.items()}
    try:
        return _events.rows(common, _body(request), _body(response), source, told, at)
    except ValueError as e:
        told.unreadable(at, str(e))
        return []


def _tree(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _body(record: Row | None) -> Any:
    if record is None:
        return None
    if "specversion" not in record:
        raw = record.get("bytes")
        if isinstance(raw, bytes):
            return _bodies.parsed(raw.decode("utf-8", "replace"), "", str(record.get("contentType") or ""))
        return _bodies.parsed(raw, "BASE64", str(record.get("contentType") or ""))
    if "data_base64" in record:
        return _bodies.parsed(record["data_base64"], "BASE64", str(record.get("datacontenttype") or ""))
    return _bodies.parsed(record.get("data"), "", str(record.get("datacontenttype") or ""))
