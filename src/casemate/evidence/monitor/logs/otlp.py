"""OTLP in JSON: spans and log records with GenAI attributes, old names and new, and those of OpenInference.

A span or a record counts if it has an attribute `gen_ai.*` or `llm.*`. The answer is the reason why the text ended: no
convention has a confidence, so none is measured unless the map names an attribute. Features: tokens in and out.
Client: `user.id`, else `enduser.id`; any other attribute by the map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _events
from casemate.evidence.monitor.logs._source import Head, Source
from casemate.evidence.monitor.logs._table import Table

Row = dict[str, Any]
_TREES = (
    ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans"),
    ("resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords"),
)
_TAKEN: dict[str, tuple[str, ...]] = {
    "request_id": ("gen_ai.response.id",),
    "model": ("gen_ai.request.model", "llm.model_name", "llm.request.model_name"),
    "model_version": ("gen_ai.response.model", "llm.response.model_name"),
    "client": ("user.id", "enduser.id"),
    "prediction": ("gen_ai.response.finish_reasons", "llm.finish_reason"),
    "f.tokens_in": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    "f.tokens_out": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
    "f.provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider"),
    "f.operation": ("gen_ai.operation.name", "openinference.span.kind"),
}
_ATTRIBUTES = 1000


def recognise(head: Head) -> bool:
    """Whether it is an export of spans or of log records."""
    return any(key in head.first for key, _, _ in _TREES)


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """One row for each span or record about a model."""
    yield from _events.tables(_rows(source, told), told)


def _rows(source: Source, told: Gathered) -> Iterator[tuple[str, int, list[Row]]]:
    for where, mark, found in _events.records(source, told):
        yield where, mark, [row for _, record in found for row in _export(record)]


def _export(record: Row) -> Iterator[Row]:
    for top, scopes, items in _TREES:
        for resource in _maps(record.get(top)):
            common = attributes(resource.get("resource"))
            for scope in (s for key in scopes for s in _maps(resource.get(key))):
                for item in _maps(scope.get(items)):
                    found = attributes(item)
                    if any(name.startswith(("gen_ai.", "llm.")) for name in found):
                        yield _row(item, {**common, **found})


def _row(item: Row, found: Row) -> Row:
    begun, ended = (item.get(k) for k in ("startTimeUnixNano", "endTimeUnixNano"))
    row: Row = {"time": begun or item.get("timeUnixNano") or item.get("observedTimeUnixNano"), **found}
    row["time"] = None if row["time"] is None else str(row["time"])
    for field, names in _TAKEN.items():
        row[field] = next((found[n] for n in names if n in found), None)
    if row["request_id"] is None:
        row["request_id"] = item.get("spanId")
    if isinstance(row["prediction"], list):
        row["prediction"] = ",".join(map(str, row["prediction"]))
    if begun is not None and ended is not None and _digits(begun) and _digits(ended):
        row["latency_ms"] = (int(ended) - int(begun)) / 1e6
    status = item.get("status")
    failed = isinstance(status, Mapping) and status.get("code") in (2, "STATUS_CODE_ERROR")
    row["status"] = 500 if failed or "error.type" in found else 200
    return row


def attributes(holder: Any) -> Row:
    """Names and values of the attributes of something."""
    out: Row = {}
    for one in _maps(holder.get("attributes") if isinstance(holder, dict) else None)[:_ATTRIBUTES]:
        if isinstance(key := one.get("key"), str):
            out[key] = _value(one.get("value"), 0)
    return out


def _value(value: Any, depth: int) -> Any:
    if not isinstance(value, dict) or depth > 4:
        return None
    for key, inner in value.items():
        if key == "intValue":
            return int(inner) if _digits(inner) else None
        if key == "arrayValue":
            return [_value(v, depth + 1) for v in _maps(inner.get("values") if isinstance(inner, dict) else None)]
        if key in ("stringValue", "boolValue", "doubleValue"):
            return inner
    return None


def _digits(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip("-").isascii() and value.lstrip("-").isdigit() and len(value) < 20
    return type(value) is int


def _maps(value: Any) -> list[Row]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
