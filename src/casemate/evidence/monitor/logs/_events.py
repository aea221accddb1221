"""Requests with their responses, exploded to one row for each instance, and gathered to tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _bodies, _table, _tabular
from casemate.evidence.monitor.logs._source import Head, Source, document
from casemate.evidence.monitor.logs._table import Table

Row = dict[str, Any]
ROWS = 65_536


def rows(common: Mapping[str, Any], asked: Any, answered: Any, source: Source, told: Gathered, where: str) -> list[Row]:
    """One row for each instance. asked, answered: parsed bodies, None where there is none.

    With several instances the ids are `id#0`, `id#1` and so on. If requests and answers are not of one number, the
    answers stay without features. `ValueError` if a body is too large.
    """
    features = [] if asked is None else _bodies.inputs(asked, source.mapping.name)
    answers = [] if answered is None else _bodies.outputs(answered)
    if features and answers and len(features) != len(answers):
        told.unreadable(where, f"{len(answers)} answers to {len(features)} rows: their features are left out", 0)
        features = []
    many = max(len(features), len(answers))
    out = []
    for k in range(many):
        row = {**common, **(features[k] if features else {}), **(answers[k] if answers else {"prediction": None})}
        if many > 1 and row.get("request_id") is not None:
            row["request_id"] = numbered(row["request_id"], k)
        out.append(row)
    return out or [{**common, "prediction": None}]


def numbered(identity: Any, place: int) -> str:
    """The id of one instance of a request with several."""
    return f"{identity}#{place}"


def tables(found: Iterable[tuple[str, int, list[Row]]], told: Gathered) -> Iterator[Table]:
    """Tables of at least some rows from (where, mark, rows) of each record or piece."""
    gathered: list[Row] = []
    where, mark = "", 0
    for at, behind, some in found:
        where = where if gathered else at
        gathered += some
        mark = behind
        if len(gathered) >= ROWS:
            yield _table.table(gathered, where, mark, told)
            gathered = []
    yield _table.table(gathered, where, mark, told)


def records(source: Source, told: Gathered) -> Iterator[tuple[str, int, list[tuple[str, Row]]]]:
    """Pieces of a file as (where, mark, records with their places): JSON lines, a JSON document, or Parquet."""
    head = source.head()
    if head is None:
        return
    if head.form == "lines":
        for piece, found in _tabular.records(source, told):
            yield source.at(piece.line), piece.end, [(source.at(line), r) for line, r in found]
    elif head.form == "document":
        yield from _of_document(source, told)
    else:
        yield from _of_table(source, head, told)


def _of_document(source: Source, told: Gathered) -> Iterator[tuple[str, int, list[tuple[str, Row]]]]:
    found = document(source)
    many = found if isinstance(found, list) else [found]
    good = [(f"{source.path}:{i}", r) for i, r in enumerate(many, 1) if isinstance(r, dict)]
    if len(good) < len(many):
        told.unreadable(str(source.path), "is no JSON object", len(many) - len(good))
    if source.start < len(good):
        yield str(source.path), len(good), good[source.start :]


def _of_table(source: Source, head: Head, told: Gathered) -> Iterator[tuple[str, int, list[tuple[str, Row]]]]:
    for row, batch in _tabular.batches(source, head, told, 1024):  # bodies may be large
        if (end := row + batch.num_rows) > source.start:
            found = [(f"{source.path}:{row + 1 + i}", r) for i, r in enumerate(batch.to_pylist())]
            yield found[0][0], end, found[max(source.start - row, 0) :]
