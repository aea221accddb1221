"""BentoML's monitor: a schema line with columns and their roles, then lines of values; or these in a file beside it.

Roles: `feature`, `prediction`, `target` (the label); others are no features. The schema of `x_schema.log` serves
`x_data.log` too. Its times have no zone. A numeric prediction role does not say that it is a confidence: name it by the
map.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _events
from casemate.evidence.monitor.logs._source import Head, Source
from casemate.evidence.monitor.logs._table import Table

Row = dict[str, Any]
_SCHEMA = 1 << 20  # bytes
_ROLES = {"prediction": "prediction", "target": "label"}


def recognise(head: Head) -> bool:
    """Whether it begins with a schema, or with a line of values as the monitor writes them."""
    return _is_schema(head.first) or {"timestamp", "request_id", "trace_id"} <= set(head.columns)


def _is_schema(record: Row) -> bool:
    return isinstance(record.get("columns"), list) and isinstance(record.get("meta_data"), dict)


def tables(source: Source, told: Gathered) -> Iterator[Table]:
    """The lines by the roles of their columns. Without a schema, values go by their own names."""
    yield from _events.tables(_rows(source, told), told)


def _rows(source: Source, told: Gathered) -> Iterator[tuple[str, int, list[Row]]]:
    schema = _beside(source.path)
    for where, mark, found in _events.records(source, told):
        made = []
        for _, record in found:
            if _is_schema(record):
                schema = record
            else:
                made.append(_row(record, schema))
        yield where, mark, made


def _row(record: Row, schema: Row | None) -> Row:
    if schema is None:
        return record
    meta = schema["meta_data"]
    row: Row = {"time": record.get("timestamp"), "request_id": record.get("request_id")}
    row |= {"model": meta.get("bento_name") or None, "model_version": meta.get("bento_version") or None}
    for column in schema["columns"]:
        name, role = (column.get("name"), column.get("role")) if isinstance(column, dict) else (None, None)
        if not isinstance(name, str):
            continue
        if role == "feature":
            row[f"f.{name}"] = record.get(name)
        elif role in _ROLES and _ROLES[role] not in row:
            row[_ROLES[role]] = record.get(name)
        row.setdefault(name, record.get(name))  # the map may call it something
    return row


def _beside(path: Path) -> Row | None:
    """The schema of a file of values: of the same name with `schema` for `data`, in its folder or in one beside it."""
    name = path.name.replace("data", "schema")
    for other in (path.with_name(name), path.parent.parent / "schema" / name):
        if name != path.name and other.is_file() and not other.is_symlink():
            with other.open("rb") as file:
                line = file.readline(_SCHEMA)
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict) and _is_schema(found):
                return found
    return None
