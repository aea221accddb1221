"""Arrow to columns, without a copy where that is possible. pyarrow is imported here and in `_tabular` when needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import Category, Column, Numeric, Words64
from casemate.evidence.monitor.gathered import Gathered
from casemate.evidence.monitor.logs import _hash, _table
from casemate.evidence.monitor.logs._table import BEYOND, COLUMNS, DEPTH, WORD, Table, shortened

_NANO = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1}
_LAST = 2**63 - 1


def needed() -> Any:
    """pyarrow. `CasemateError` if it is not installed."""
    try:
        import pyarrow
    except ImportError:
        raise CasemateError("pyarrow", "is not installed", "pip install casemate[monitor]") from None
    return pyarrow


def installed() -> bool:
    """Whether pyarrow is there, so that texts are read faster."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def names(path: Path, form: str) -> tuple[str, ...]:
    """The columns of a Parquet or Arrow file."""
    pa = needed()
    if form == "parquet":
        import pyarrow.parquet as pq

        return tuple(pq.ParquetFile(path).schema_arrow.names)
    with pa.memory_map(str(path)) as file:
        return tuple(pa.ipc.open_file(file).schema.names)


def table(batch: Any, where: str, mark: int, told: Gathered, time: str | None, identity: str | None) -> Table:
    """A table of a record batch. time, identity: names of the columns of times and of request ids."""
    columns: dict[str, Column] = {}
    exact, ids = set(), None
    flat = list(_flat(batch.schema.names, batch.columns, "", 0))
    if len(flat) > COLUMNS:
        told.unreadable(where, BEYOND, 0)
    for name, array in flat[:COLUMNS]:
        if name == identity:
            ids = _ids(array)
        elif name == time and (ns := _times(array, told)) is not None:
            columns[name] = ns
            exact.add(name)
        else:
            columns.update(_columns(name, array, where, told))
    return Table(batch.num_rows, columns, where, mark, ids, frozenset(exact))


def _flat(names_: list[str], arrays: list[Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    import pyarrow.types as is_

    for name, array in zip(names_, arrays, strict=True):
        if is_.is_struct(array.type) and depth < DEPTH:
            yield from _flat([f.name for f in array.type], array.flatten(), f"{before}{name}.", depth + 1)
        else:
            yield before + name, array


def _columns(name: str, array: Any, where: str, told: Gathered) -> dict[str, Column]:
    import pyarrow.types as is_

    kind = array.type
    if is_.is_integer(kind) or is_.is_floating(kind) or is_.is_decimal(kind) or is_.is_boolean(kind):
        return {name: _numbers(array)}
    if is_.is_null(kind):
        return {name: Category(np.full(len(array), -1, np.int8), ())}
    if is_.is_nested(kind):
        return dict(_table.table([{name: v} for v in array.to_pylist()], where, 0, told).columns)
    return {name: words(array)}


def _numbers(array: Any) -> Numeric:
    import pyarrow.types as is_

    pa = needed()
    null = None
    if array.null_count:
        null = array.is_null().to_numpy(zero_copy_only=False)
        array = array.fill_null(False if is_.is_boolean(array.type) else pa.scalar(0, array.type))
    if is_.is_decimal(array.type):
        array = array.cast(pa.float64(), safe=False)
    return Numeric(array.to_numpy(zero_copy_only=False), null)


def words(array: Any) -> Category:
    """Texts, and whatever can be written as one. Bytes that are no text become question marks."""
    import pyarrow.types as is_

    pa = needed()
    if is_.is_timestamp(array.type):
        array = pa.compute.strftime(array, format="%Y-%m-%dT%H:%M:%S")
    if not is_.is_dictionary(array.type):
        texts = is_.is_string(array.type) or is_.is_large_string(array.type) or is_.is_binary(array.type)
        array = (array if texts else array.cast(pa.string())).dictionary_encode()
    indices = array.indices if array.indices.type == pa.int32() else array.indices.cast(pa.int32())
    codes = (indices.fill_null(-1) if indices.null_count else indices).to_numpy()
    found = array.dictionary
    try:
        said = (found if is_.is_string(found.type) else found.cast(pa.string())).to_pylist()
    except (pa.ArrowInvalid, UnicodeDecodeError):
        said = [None if v is None else v.decode("utf-8", "replace") for v in found.cast(pa.binary()).to_pylist()]
    if None in said:
        none = said.index(None)
        codes = np.where(codes == none, -1, codes).astype(np.int32)
    return Category(codes, _shortened(said))


def _shortened(said: list[str | None]) -> tuple[str, ...]:
    """Words of bounded length; most vocabularies need no look at each word."""
    given = ["" if w is None else w for w in said] if None in said else cast("list[str]", said)
    if max(map(len, given), default=0) <= WORD and "".join(given).isascii():
        return tuple(given)
    return tuple(map(shortened, given))


def _times(array: Any, told: Gathered) -> Numeric | None:
    """ns, from timestamps or texts in ISO 8601; None if it is neither."""
    import pyarrow.types as is_

    pa = needed()
    if is_.is_string(array.type) or is_.is_large_string(array.type):
        try:
            array = array.cast(pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid:
            return None
    if not is_.is_timestamp(array.type):
        return None
    if array.type.tz is None:
        told.counts["without_zone"] += len(array) - array.null_count
    whole = _numbers(array.view(pa.int64()))  # a cast would do, but it imports all of pyarrow.compute first: 80 ms
    unit = _NANO[array.type.unit]
    ends = (int(whole.values.min()), int(whole.values.max())) if whole.values.size else (0, 0)
    if ends[0] < -(_LAST // unit) or ends[1] > _LAST // unit:
        return None  # some lie outside 1678 to 2262: one by one
    return Numeric(whole.values * unit, whole.null)


def _ids(array: Any) -> Words64:
    import pyarrow.types as is_

    pa = needed()
    if not is_.is_string(array.type):
        array = array.cast(pa.string())
    if array.null_count:
        array = array.fill_null("")
    _, ends, data = array.buffers()
    if not len(array) or data is None:
        return np.zeros(len(array), np.uint64)
    places = np.frombuffer(ends, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    if int(np.diff(places).max()) > _hash.LONG:
        return _hash.of_words(array.to_pylist())
    return _hash.of_bytes(np.frombuffer(data, np.uint8), places)
