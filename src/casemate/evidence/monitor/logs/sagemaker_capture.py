"""SageMaker Data Capture: JSON lines with `captureData`; and ground truth, which is labels that come later.

Bodies are CSV, JSON or base64. The id is the customer's `inferenceId` if there is one, else the `eventId`. The model is
told by the path (endpoint/variant/yyyy/mm/dd/hh/); there is no client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _bodies, _events
from casemate.evidence.monitor.logs._source import Head, Source
from casemate.evidence.monitor.logs._table import Table, table

Row = dict[str, Any]


def recognise(head: Head) -> bool:
    """Whether the first record is a capture or a ground truth."""
    return "captureData" in head.first or "groundTruthData" in head.first


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """Captures as rows, ground truths as tables of labels."""
    for where, mark, found in _events.records(source, told):
        made: tuple[list[Row], list[Row]] = ([], [])
        for at, record in found:
            try:
                rows, is_truth = _read(record, source, told, at)
            except (ValueError, TypeError, AttributeError) as e:
                told.unreadable(at, str(e) if isinstance(e, ValueError) else "is no capture")
                continue
            made[is_truth].extend(rows)
        for rows in made:
            if rows:
                yield table(rows, where, mark, told)


def _read(record: Row, source: Source, told: Gathered, at: str) -> tuple[list[Row], bool]:
    meta = record["eventMetadata"] if isinstance(record.get("eventMetadata"), dict) else {}
    identity = meta.get("inferenceId") or meta.get("eventId")
    if isinstance(truth := record.get("groundTruthData"), dict):
        return _truths(truth, identity), True
    capture = record.get("captureData")
    if not isinstance(capture, dict):
        raise ValueError("is no capture")
    common = {"time": meta.get("inferenceTime"), "request_id": identity, **_model(source)}
    asked, answered = (_body(capture.get(side)) for side in ("endpointInput", "endpointOutput"))
    return _events.rows(common, asked, answered, source, told, at), False


def _body(side: Any) -> Any:
    if not isinstance(side, dict) or side.get("data") is None:
        return None
    return _bodies.parsed(side["data"], str(side.get("encoding") or ""), str(side.get("observedContentType") or ""))


def _truths(truth: Row, identity: Any) -> list[Row]:
    found = _bodies.outputs(_bodies.parsed(truth.get("data"), str(truth.get("encoding") or "")))
    labels = [row.get("prediction") for row in found]
    if len(labels) == 1:
        return [{"request_id": identity, "label": labels[0]}]
    return [{"request_id": _events.numbered(identity, k), "label": v} for k, v in enumerate(labels)]


def _model(source: Source) -> Row:
    """Endpoint and variant, if the path ends in endpoint/variant/yyyy/mm/dd/hh/file."""
    parts = source.path.parts
    if len(parts) >= 7 and all(p.isdigit() for p in parts[-5:-1]):
        return {"model": parts[-7], "model_version": parts[-6]}
    return {}
