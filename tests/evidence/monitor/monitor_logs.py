"""Logs as files, for the tests of whoever reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from monitor_rows import START, traffic

from casemate.evidence.monitor.batch import HOUR, Batch, Category, Numeric

DAY = 24 * HOUR


def lines(batch: Batch, tag: str) -> list[str]:
    """A batch as lines of prediction_log/1, in its order."""
    return [json.dumps(_row(batch, i, tag)) + "\n" for i in range(batch.time.size)]


def _row(batch: Batch, i: int, tag: str) -> dict[str, object]:
    assert batch.client is not None
    assert isinstance(batch.prediction, Category)
    row: dict[str, object] = {
        "time": f"{datetime.fromtimestamp(int(batch.time[i]) / 1e9, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "request_id": f"{tag}-{i}",
        "model": "scorer",
        "client": batch.client.words[int(batch.client.codes[i])],
        "prediction": batch.prediction.words[int(batch.prediction.codes[i])],
    }
    if batch.confidence is not None:
        row["confidence"] = round(float(batch.confidence[i]), 4)
    for name, column in batch.features.items():
        known = isinstance(column, Numeric)
        row[f"f.{name}"] = (
            round(float(column.values[i]), 4) if known else column.words[int(column.codes[i])]  # type: ignore[union-attr]
        )
    return row


def day(number: int, n: int = 300, shift: float = 0.0) -> Batch:
    """A day of ordinary traffic."""
    return traffic(n, number, shift, START + number * DAY, 24.0)


def days(first: int, last: int, n: int = 300, shift: float = 0.0) -> list[str]:
    """Days of ordinary traffic as lines, in order."""
    return [line for d in range(first, last) for line in lines(day(d, n, shift), f"day{d}")]


def attack(number: int, n: int = 300) -> Batch:
    """One client asks at random all over the place, and the model is not sure."""
    g = np.random.default_rng(number)
    like = day(number, n)
    features = {k: Numeric(g.uniform(-4, 4, n).astype(np.float32)) for k in like.features if k != "town"}
    features["town"] = like.features["town"]  # type: ignore[assignment]
    confidence = g.uniform(0.3, 0.7, n).astype(np.float32)
    times = like.time + 12 * HOUR
    return Batch(
        times, like.prediction, confidence, features, Category(np.zeros(n, np.int64), ("mallory",)), id=like.id
    )


def write(path: Path, rows: list[str]) -> Path:
    """A file of lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(rows))
    return path
