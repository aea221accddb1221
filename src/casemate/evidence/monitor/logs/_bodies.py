"""Rows and answers in bodies of requests and responses: V1 `instances`, V2 `inputs`, pandas split, records, CSV, JSON.

A feature without a name is called by the map, or `x0`, `x1` and so on. A vector of at least two numbers that are not
negative and add up to 1 is taken as the probabilities of the classes: the answer is the place of the largest, which is
its confidence as well (kind `max_prob`). Nothing else is taken for a confidence unless it is called so.
"""

from __future__ import annotations

import base64
import binascii
import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
Name = Callable[[int], str]
MOST = 65_536  # rows in one body
_NESTED = ("instances", "inputs", "dataframe_records", "features", "data", "input")
_ANSWERS = ("predictions", "outputs", "data", "prediction", "output", "result")
_CONFIDENCES = {
    "confidence": None, "confidences": None, "probability": "probability", "probabilities": "probability",
    "predicted_probability": "probability", "score": "score", "scores": "score",
}  # fmt: skip
_SCORES = ("probabilities", "scores", "probability", "predict_proba")
_SUM = 1e-3  # probabilities may be rounded to three digits


def parsed(data: Any, encoding: str = "", kind: str = "") -> Any:
    """The body: JSON as its tree, CSV as lists of values. `ValueError` if it is neither.

    encoding: as SageMaker has it (CSV, JSON, BASE64); kind: the content type.
    """
    if not isinstance(data, str):
        return data
    if encoding.upper() == "BASE64":
        try:
            data = base64.b64decode(data, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError("a body is no text in base64") from None
    if encoding.upper() == "CSV" or (encoding.upper() != "JSON" and "csv" in kind):
        return [[_value(v) for v in row] for row in csv.reader(data.splitlines()) if row]
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("a body is nested too deeply") from None
    except ValueError:
        if encoding.upper() == "JSON" or "json" in kind or data[:1] in ("{", "["):
            raise ValueError("a body is no JSON") from None
        return [[_value(v) for v in row] for row in csv.reader(data.splitlines()) if row]


def _value(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text or None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def inputs(body: Any, name: Name) -> list[Row]:
    """The features of each row of a request, as `f.<name>`. `ValueError` if there are too many rows."""
    rows = _rows(body)
    if len(rows) > MOST:
        raise ValueError(f"a body has more than {MOST} rows")
    return [_features(row, name) for row in rows]


def _rows(body: Any) -> Sequence[Any]:
    if isinstance(body, Mapping):
        if isinstance(split := body.get("dataframe_split"), Mapping):
            columns, data = split.get("columns"), split.get("data")
            if isinstance(columns, list) and isinstance(data, list):
                return [dict(zip(map(str, columns), r, strict=False)) for r in data if isinstance(r, list)]
        if _is_tensors(body.get("inputs")):
            return _tensors(body["inputs"])
        for key in _NESTED:
            if isinstance(inner := body.get(key), (list, Mapping)):
                return _rows(inner)
        if _parallel(body):
            return _records(body)
        return [body]
    if isinstance(body, list):
        return body if body and isinstance(body[0], (list, Mapping)) else [body] if body else []
    return [] if body is None else [[body]]


def _is_tensors(found: Any) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(t, Mapping) and "data" in t for t in found)


def _tensors(tensors: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """V2: one tensor (n, k) is n rows without names; several are columns by their names."""
    shaped = [_by_rows(t) for t in tensors]
    if len(shaped) == 1:
        return shaped[0]
    n = min(map(len, shaped))
    rows: list[Row] = [{} for _ in range(n)]
    for tensor, values in zip(tensors, shaped, strict=True):
        for row, value in zip(rows, values, strict=False):
            row[str(tensor.get("name"))] = value[0] if isinstance(value, list) and len(value) == 1 else value
    return rows


def _by_rows(tensor: Mapping[str, Any]) -> list[Any]:
    data = tensor.get("data")
    if not isinstance(data, list):
        return [data]
    if data and not isinstance(data[0], list) and len(shape := _shape(tensor)) > 1:
        wide = math.prod(max(size, 1) for size in shape[1:])
        return [data[i : i + wide] for i in range(0, len(data), wide)]
    return data


def _shape(tensor: Mapping[str, Any]) -> list[int]:
    shape = tensor.get("shape")
    return shape if isinstance(shape, list) and all(type(s) is int and 0 <= s < 1 << 31 for s in shape) else []


def _parallel(body: Mapping[str, Any]) -> bool:
    """Lists of one length, one for each column."""
    sizes = {len(v) if isinstance(v, list) else -1 for v in body.values()}
    return len(sizes) == 1 and -1 not in sizes and bool(body)


def _records(body: Mapping[str, Any]) -> list[Row]:
    return [dict(zip(body, values, strict=True)) for values in zip(*body.values(), strict=True)]


def _features(row: Any, name: Name) -> Row:
    if isinstance(row, Mapping):
        return {f"f.{key}": value for key, value in row.items()}
    values = row if isinstance(row, list) else [row]
    flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return {f"f.{name(i)}": value for i, value in enumerate(flat[:2000])}


def outputs(body: Any) -> list[Row]:
    """prediction, confidence and its kind for each row of a response. `ValueError` if there are too many rows."""
    rows = _answers(body)
    if len(rows) > MOST:
        raise ValueError(f"a body has more than {MOST} rows")
    return [_answer(row) for row in rows]


def _answers(body: Any) -> Sequence[Any]:
    if isinstance(body, Mapping):
        if _is_tensors(body.get("outputs")):
            tensors = body["outputs"]
            return _tensors(tensors)
        key = next((k for k in _ANSWERS if k in body), None)
        if key is None:
            return _records(body) if _parallel(body) else [body]
        rows = body[key] if isinstance(body[key], list) else [body[key]]
        beside = {k: v for k, v in body.items() if k in _CONFIDENCES and k != key}
        return [_beside(row, beside, i, len(rows)) for i, row in enumerate(rows)]
    return body if isinstance(body, list) else [body]


def _beside(row: Any, beside: Mapping[str, Any], place: int, rows: int) -> Any:
    """An answer with what stands in lists beside it."""
    own = {k: v[place] if isinstance(v, list) and len(v) == rows else v for k, v in beside.items()}
    if not own:
        return row
    return {**row, **own} if isinstance(row, Mapping) else {"prediction": row, **own}


def _answer(row: Any) -> Row:
    if isinstance(row, Mapping):
        return _named(row)
    if isinstance(row, list):
        if len(row) == 1:
            return _answer(row[0])
        if is_distribution(row):
            return _best(row)
    return {"prediction": None if isinstance(row, list) else row}


def _named(row: Mapping[str, Any]) -> Row:
    out: Row = {}
    for key in ("prediction", "predicted_label", "label", "class", "predict", "output"):
        if key in row:
            out = _answer(row[key]) if isinstance(row[key], list) else {"prediction": row[key]}
            break
    for key, kind in _CONFIDENCES.items():
        value = row.get(key)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {**out, "confidence": value, "confidence_kind": row.get("confidence_kind") or kind}
    for key in _SCORES:
        if isinstance(value := row.get(key), list) and is_distribution(value):
            best = _best(value)
            return {**best, **out} if out.get("prediction") is not None else best
    return out


def _best(row: Sequence[float]) -> Row:
    top = max(range(len(row)), key=lambda i: row[i])
    return {"prediction": top, "confidence": float(row[top]), "confidence_kind": "max_prob"}


def is_distribution(row: Sequence[Any]) -> bool:
    """Whether these are the probabilities of at least two classes."""
    numbers = len(row) > 1 and all(type(v) in (int, float) and 0 <= v <= 1 for v in row)
    return numbers and abs(sum(row) - 1) <= _SUM
