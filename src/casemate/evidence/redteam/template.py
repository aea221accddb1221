"""What an endpoint is sent and where its answer stands: a JSON template with a hole for the rows, a path into JSON.

In the template `"$rows"` becomes a list of lists and `"$records"` a list of objects by column; `"$row"` and `"$record"`
one of them, for an endpoint that takes one row a request. A path is words and places joined by dots: `outputs.0.data`;
`*` is every element: `predictions.*.scores`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from casemate.core.space import Array, Feature, Space

ONE, MANY = ("$row", "$record"), ("$rows", "$records")
DEEPEST = 30  # lists and objects in each other in a template
LONGEST = 100_000  # letters of a template


class Lost(ValueError):
    """An answer that is not as the path says. Its text is ours alone: an answer may repeat our secrets."""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed body with one hole."""

    body: Any
    hole: str

    @property
    def single(self) -> bool:
        """Whether it takes one row a request."""
        return self.hole in ONE

    def filled(self, space: Space, rows: Array) -> Any:
        """The body with rows (n, features) in it; n is 1 where it is single."""
        cells = values(space, rows)
        if self.hole in ("$record", "$records"):
            found: list[Any] = [{f.name: v for f, v in zip(space.features, row, strict=True)} for row in cells]
        else:
            found = cells
        return _put(self.body, self.hole, found[0] if self.single else found)


def template(text: str) -> Template:
    """The template of a text. Raises ValueError."""
    try:
        body = json.loads(text[:LONGEST])
        holes = list(_holes(body, 0))
    except (ValueError, RecursionError):
        raise ValueError('the body is no JSON: write {"instances": "$rows"}') from None
    if len(holes) != 1:
        raise ValueError(f"the body has {len(holes)} holes for rows: write one of {', '.join((*MANY, *ONE))} in quotes")
    return Template(body, holes[0])


def _holes(body: Any, depth: int) -> list[str]:
    if depth > DEEPEST:
        raise ValueError(depth)
    if isinstance(body, dict | list):
        inside = body.values() if isinstance(body, dict) else body
        return [h for part in inside for h in _holes(part, depth + 1)]
    return [body] if isinstance(body, str) and body in (*ONE, *MANY) else []


def _put(body: Any, hole: str, what: Any) -> Any:
    if isinstance(body, dict):
        return {k: _put(v, hole, what) for k, v in body.items()}
    if isinstance(body, list):
        return [_put(v, hole, what) for v in body]
    return what if body == hole else body


def values(space: Space, rows: Array) -> list[list[Any]]:
    """Rows (n, features) as JSON says them: words as in the data, whole numbers without a point, null where missing."""
    columns = [[_value(f, v) for v in rows[:, i].tolist()] for i, f in enumerate(space.features)]
    return [list(row) for row in zip(*columns, strict=True)]


def _value(f: Feature, v: float) -> Any:
    if isnan(v):
        return None
    if f.words:
        return f.words[int(v)]
    return int(v) if f.kind in ("integer", "boolean") else v


def at(answer: Any, path: str) -> Any:
    """What stands at a path; the whole answer where the path is empty. Raises Lost."""
    steps = path.split(".") if path else []
    return _at(answer, steps, 0)


def _at(answer: Any, steps: Sequence[str], i: int) -> Any:
    if i == len(steps):
        return answer
    step, here = steps[i], ".".join(steps[: i + 1])
    if step == "*" and isinstance(answer, list):
        return [_at(part, steps, i + 1) for part in answer]
    if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
        return _at(answer[int(step)], steps, i + 1)
    if isinstance(answer, dict) and step in answer:
        return _at(answer[step], steps, i + 1)
    raise Lost(f"has nothing at {here[:60]}")


def scores(found: Any, n: int, classes: Sequence[Any]) -> Array:
    """Scores (n, classes) of what stands at the path: a list for each row, an object by class, one number for each row
    of two classes, or all numbers in one list. Raises Lost.
    """  # fmt: skip
    k = len(classes)
    rows = [found] if n == 1 and not _listed(found, k) else found
    if not isinstance(rows, list):
        raise Lost(f"has {_kind(rows)} where the scores should stand")
    if k != 1 and len(rows) == n * k and not any(isinstance(r, dict | list) for r in rows):
        rows = [rows[i * k : (i + 1) * k] for i in range(n)]
    if len(rows) != n:
        raise Lost(f"has {len(rows)} answers for {n} rows")
    return np.array([_row(r, classes) for r in rows])


def _listed(found: Any, classes: int) -> bool:
    """Whether an answer to one row is a list of answers, not of its scores."""
    inside = isinstance(found, list) and bool(found) and isinstance(found[0], list | dict)
    return inside or (isinstance(found, list) and classes == 2 and len(found) == 1)


def _row(row: Any, classes: Sequence[Any]) -> list[float]:
    if isinstance(row, Mapping):
        names = [str(c) for c in classes]
        if set(row) != set(names):
            raise Lost(f"has {len(row)} scores by class, and not those of {', '.join(names)[:80]}")
        row = [row[n] for n in names]
    row = row if isinstance(row, list) else [row]
    if len(row) == 1 and len(classes) == 2:
        return [1 - _number(row[0]), _number(row[0])]
    if len(row) != len(classes):
        raise Lost(f"has {len(row)} scores for a row, and there are {len(classes)} classes")
    return [_number(v) for v in row]


def _number(v: Any) -> float:
    if isinstance(v, bool) or not isinstance(v, int | float) or abs(v) > 1e300 or isnan(v):
        raise Lost("has a score that is NaN or infinite" if isinstance(v, float) else f"has {_kind(v)} as a score")
    return float(v)


def _kind(v: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(v), "a number")


def places(found: Any, n: int, classes: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The places among the classes of labels (n,). Raises Lost for a class that nobody named."""
    labels = found if isinstance(found, list) else [found]
    if len(labels) != n:
        raise Lost(f"has {len(labels)} labels for {n} rows")
    known = {str(c): i for i, c in enumerate(classes)}
    strange = sum(str(v) not in known for v in labels)
    if strange:
        names = ", ".join(known)[:80]
        raise Lost(f"has {strange} labels that are none of the classes {names}")
    return np.array([known[str(v)] for v in labels], dtype=np.intp)
