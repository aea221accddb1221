"""Predictions as lines of prediction_log/1."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MOST = 1 << 20  # bytes of a line
WORD = 1000  # characters of a value
FEATURES = 2000


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer of a model. None is unknown; the writer adds time, model and version. client: its pseudonym."""

    request_id: str
    client: str | None = None
    prediction: Any = None
    confidence: float | None = None
    confidence_kind: str | None = None
    features: Mapping[str, Any] = field(default_factory=dict)
    label: Any = None
    status: int | None = None
    latency_ms: float | None = None


def line(made: Prediction, common: Mapping[str, Any], time: float) -> bytes:
    """One line with its end. time: seconds since 1970. `ValueError` if it would be too long."""
    row: dict[str, Any] = {"time": stamp(time), "request_id": made.request_id, **common}
    own = ("client", "prediction", "confidence", "confidence_kind", "label", "status", "latency_ms")
    row |= {name: plain(value) for name in own if (value := getattr(made, name)) is not None}
    row.setdefault("prediction", None)
    features = list(made.features.items())[:FEATURES]
    row |= {f"f.{name}": plain(value) for name, value in features}
    out = json.dumps(row, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
    if len(out) > MOST:
        raise ValueError(f"a row takes {len(out)} bytes")
    return out


def note(lost: int, time: float) -> bytes:
    """The line in which the writer says what it lost."""
    return json.dumps({"time": stamp(time), "lost_rows": lost}, separators=(",", ":")).encode("ascii") + b"\n"


def stamp(time: float) -> str:
    """`2026-11-02T10:00:00.000000Z`."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """A value that JSON has. NaN and infinities are the words for them, so that they stay apart from null."""
    item = getattr(value, "item", None)
    if callable(item) and not getattr(value, "shape", None):
        value = item()  # a scalar of numpy
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value)[:WORD]


def named(row: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
    """The features of a row: by its own keys, by names, or `x0`, `x1` and so on."""
    if isinstance(row, Mapping):
        return {str(k): v for k, v in row.items()}
    values = list(row) if isinstance(row, (list, tuple)) or getattr(row, "shape", None) else [row]
    known = names or ()
    return {known[i] if i < len(known) else f"x{i}": v for i, v in enumerate(values[:FEATURES])}
