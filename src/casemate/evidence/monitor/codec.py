"""A small container for tables of numbers: one canonical form, a digest, and strict limits on reading.

Layout: magic (8 bytes), BLAKE2b-256 of all that follows, length of the head (4 bytes, little-endian), the head (JSON,
sorted, without spaces), then the arrays one after the other. Integer arrays that the writer names "up" (sorted, single)
are written as steps, others as they are, each as LEB128 varints of the zigzag form; floats as little-endian 8 or 4
bytes. No compressor is used: its bytes differ between versions. Whatever is not exactly what `pack` would write is
refused with a CasemateError.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np

from casemate.core.errors import CasemateError, Refused
from casemate.evidence.monitor.batch import Array, Ints

MAGIC = b"CSMTKMN1"
LARGEST = 1 << 28  # bytes of a file
ITEMS = 1 << 24  # numbers in one array
HEAD = 1 << 26
_BLOCK = 1 << 18  # numbers that are read at once
_FIXED = {"f8": "<f8", "f4": "<f4", "u8": "<u8", "i4": "<i4", "i8": "<i8"}


def pack(facts: Any, arrays: dict[str, Array], up: frozenset[str] = frozenset()) -> bytes:
    """Bytes of JSON-like facts and named arrays of int64, uint64, int32, float64 or float32. `up`: sorted, single."""
    table, body = [], []
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        form = _form(name, array, up)
        raw = _written(array, form)
        table.append([name, form, list(array.shape), len(raw)])
        body.append(raw)
    head = json.dumps([facts, table], sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
    rest = len(head).to_bytes(4, "little") + head + b"".join(body)
    return MAGIC + hashlib.blake2b(rest, digest_size=32).digest() + rest


def unpack(data: bytes, where: str) -> tuple[Any, dict[str, Array]]:
    """What `pack` was given. `CasemateError` for anything else, in time and memory that the length bounds."""
    if len(data) > LARGEST:
        raise Refused(where, f"{len(data)} bytes are too many for a sketch", "write it again for fewer hours")
    if data[:8] != MAGIC:
        raise CasemateError(where, "this is no sketch or state of the monitor", "give a file that the monitor wrote")
    if hashlib.blake2b(data[40:], digest_size=32).digest() != data[8:40]:
        raise CasemateError(where, "its digest does not fit its content", "it was cut or changed; write it again")
    try:
        return _unpacked(data)
    except CasemateError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError) as e:
        raise _broken(where) from e


def _broken(where: str) -> CasemateError:
    return CasemateError(where, "its tables do not fit each other", "write it again")


def _unpacked(data: bytes) -> tuple[Any, dict[str, Array]]:
    end = 44 + int.from_bytes(data[40:44], "little")
    if not 44 < end <= min(len(data), HEAD):
        raise ValueError(end)
    facts, table = json.loads(data[44:end].decode("ascii"))
    arrays: dict[str, Array] = {}
    for name, form, shape, size in table:
        count = math.prod(shape)
        if count > ITEMS or min([*shape, size, 0]) < 0 or end + size > len(data) or name in arrays:
            raise ValueError(name)
        arrays[name] = _read(data[end : end + size], form, count).reshape(shape)
        end += size
    if end != len(data) or list(arrays) != sorted(arrays):
        raise ValueError(end)
    return facts, arrays


def _form(name: str, array: Array, up: frozenset[str]) -> str:
    if name in up:
        return "up"
    kind = array.dtype.str[1:]
    if kind not in _FIXED:
        raise TypeError(f"{name} is {array.dtype}")
    return "int" if kind == "i8" else kind


def _written(array: Array, form: str) -> bytes:
    if form == "up":
        return _varints(np.diff(array.ravel(), prepend=np.int64(0)))
    return _varints(array.ravel()) if form == "int" else array.astype(_FIXED[form]).tobytes()


def _read(raw: bytes, form: str, count: int) -> Array:
    if form in ("up", "int"):
        numbers = _integers(raw, count)
        if form == "int":
            return numbers
        if numbers.size and (numbers[1:] <= 0).any():
            raise ValueError("not sorted")
        return np.cumsum(numbers)
    array = np.frombuffer(raw, _FIXED[form])
    if array.size != count:
        raise ValueError(form)
    return array.astype(array.dtype.newbyteorder("="))


def _varints(numbers: Ints) -> bytes:
    """LEB128 of the zigzag form of each."""
    z = (numbers.astype(np.int64) << 1 ^ numbers.astype(np.int64) >> 63).astype(np.int64).view(np.uint64)
    many = np.ones(z.size, np.int64)
    for k in range(1, 10):
        many += z >= np.uint64(1 << 7 * k)
    ends = np.cumsum(many)
    total = int(ends[-1]) if ends.size else 0
    owner = np.repeat(np.arange(z.size), many)
    place = np.arange(total) - np.repeat(ends - many, many)
    out = (z[owner] >> (7 * place).astype(np.uint64)).astype(np.uint64) & np.uint64(0x7F)
    more = place < many[owner] - 1
    return (out | (more.astype(np.uint64) << np.uint64(7))).astype(np.uint8).tobytes()


def _integers(raw: bytes, count: int) -> Ints:
    octets = np.frombuffer(raw, np.uint8)
    if octets.size > 10 * count or (octets.size and octets[-1] >= 0x80):
        raise ValueError("cut")
    last = np.flatnonzero(octets < 0x80)
    if last.size != count:
        raise ValueError("count")
    out = np.zeros(count, np.int64)
    start = 0
    for first in range(0, count, _BLOCK):
        ends = last[first : first + _BLOCK] + 1
        out[first : first + _BLOCK] = _block(octets[start : ends[-1]], ends - start)
        start = int(ends[-1])
    return out


def _block(octets: Array, ends: Ints) -> Ints:
    """Numbers whose last octets stand just before `ends`, each in its shortest form."""
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    sizes, tops = ends - starts, octets[ends - 1]
    if int(sizes.max()) > 10 or ((tops == 0) & (sizes > 1)).any() or ((sizes == 10) & (tops > 1)).any():
        raise ValueError("not the shortest")
    place = np.arange(octets.size) - np.repeat(starts, sizes)
    z = np.bitwise_or.reduceat((octets & 0x7F).astype(np.uint64) << (7 * place).astype(np.uint64), starts)
    return np.asarray((z >> np.uint64(1)).view(np.int64) ^ -(z & np.uint64(1)).view(np.int64), np.int64)
