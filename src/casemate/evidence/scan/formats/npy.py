"""NumPy's npy, versions 1 to 3, one array or several behind each other: a header in Python's notation, then the bytes.

The header is read token by token and nothing but constants, tuples, lists and one dict gets through. A dtype with
objects means that a pickle follows, which is walked. Any other array is as long as its shape and dtype say. What
numpy would read and this does not (headers above 64 KiB, dtypes of other libraries) is inconclusive.
npz is a zip of these: layouts/npz.py.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any

from casemate.evidence.scan.data import Data, keep_small, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Walk

MARK = b"\x93NUMPY"
FIRST = MARK[:1]
LENGTHS = {1: 2, 2: 4, 3: 4}  # version: bytes of the header's length
MAX_HEADER = 1 << 16  # bytes; numpy itself stops at 10,000 unless it is told to trust the file
MAX_NESTED = 16
MAX_SIDES = 64  # dimensions, as in numpy
WIDTH = {"U": 4}  # bytes for each unit of the number in a dtype's text, where that is not one
_ESCAPE = r"\\(?:[\\'\"nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"
_TOKEN = re.compile(
    rf"\s*+(?:(?P<open>[\[({{])|(?P<close>[\])}}])|[,:]|True|False|None|(?P<digits>\d{{1,20}})L?"
    rf"|'(?:[^'\\\n]|{_ESCAPE})*+'|\"(?:[^\"\\\n]|{_ESCAPE})*+\")"
)
_DTYPE = re.compile(r"[<>|=]?(?:([biufcSUVO])(\d{1,9})|([mM])8(?:\[\w{1,20}(?:/\d{1,9})?\])?|(O)|(\?))")


class Odd(Exception):
    """A header that numpy does not write."""


def recognise(data: Data) -> bool:
    """Whether it begins with numpy's mark."""
    return bytes(data[: len(MARK)]) == MARK


def walk(data: Data, descend: Descend) -> Walk:
    """Each array in turn; numpy.save may be called several times for one file."""
    notes, at, count = descend.notes(), 0, 0
    try:
        while at < len(data) and piece(data, at, at + len(MARK)) == MARK:
            descend.entries()
            begin, count = at, count + 1
            at = _array(data, at, f"array {count}", descend)
            keep_small(data, begin, at)
        if at < len(data):
            notes.add("trailing-bytes", "inconclusive", "goes on behind the end of the array", at)
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", at)
    except Odd as e:
        notes.add("header", "inconclusive", f"has an array header that {e}", at)
    except EOFError as e:
        notes.add("truncated", "inconclusive", str(e), at)
    return notes.walk(at, "npz")


def _array(data: Data, at: int, where: str, descend: Descend) -> int:
    """Hand one array on; gives where it ends. Fails with Odd, EOFError or Enough."""
    begin, header = _header(data, at)
    shape = header["shape"]
    if not isinstance(shape, tuple) or len(shape) > MAX_SIDES or any(type(n) is not int for n in shape):
        raise Odd("has no shape")
    size, objects = _dtype(header["descr"])
    if objects:
        descend(window(data, begin, len(data)), f"{where}, the pickle of its objects")
        return len(data)
    end = begin + math.prod(shape) * size
    if end > len(data):
        raise EOFError("ends before the array does")
    descend(window(data, begin, end), where, RAW)
    return end


def _header(data: Data, at: int) -> tuple[int, dict[str, Any]]:
    """Where the array begins, and what stands before it."""
    at += len(MARK)
    version = piece(data, at, at + 2)
    if len(version) == 2 and (version[0] not in LENGTHS or version[1]):
        raise Odd(f"is of version {version[0]}.{version[1]}, which is not known")
    width = LENGTHS[version[0]] if len(version) == 2 else 0
    raw = piece(data, at + 2, at + 2 + width)
    length = int.from_bytes(raw, "little")
    begin = at + 2 + width + length
    if len(version) < 2 or len(raw) < width or begin > len(data):
        raise EOFError("ends inside the header")
    if length > MAX_HEADER:
        raise Odd(f"has {length:,} bytes, more than {MAX_HEADER:,}")
    try:
        return begin, _dict(piece(data, begin - length, begin).decode("utf-8" if version[0] == 3 else "latin-1"))
    except UnicodeDecodeError:
        raise Odd("is no text") from None


def _dict(text: str) -> dict[str, Any]:
    """The three entries of a header. Only tokens of constants reach Python's own reader, which runs nothing."""
    try:
        found = ast.literal_eval(_checked(text.strip(" \n")))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise Odd("cannot be read") from None
    if not isinstance(found, dict) or found.keys() != {"descr", "fortran_order", "shape"}:
        raise Odd("has other entries than descr, fortran_order and shape")
    return found


def _checked(text: str) -> str:
    """The text, less the L of Python 2's long integers; fails with Odd at anything that is no constant."""
    parts, at, depth = [], 0, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise Odd("cannot be read")
        depth += bool(token["open"]) - bool(token["close"])
        if depth > MAX_NESTED:
            raise Odd("is nested too deep")
        parts.append(token[0].rstrip("L") if token["digits"] else token[0])
        at = token.end()
    return "".join(parts)


def _dtype(said: Any) -> tuple[int, bool]:
    """How many bytes an element has, and whether there are objects in it."""
    if isinstance(said, str):
        return _plain(said)
    if isinstance(said, tuple) and len(said) == 2:
        return _times(said[1], *_dtype(said[0]))
    if not isinstance(said, list) or not said:
        raise Odd("has a dtype that is not known")
    fields = [_field(field) for field in said]
    return sum(size for size, _ in fields), any(objects for _, objects in fields)


def _plain(said: str) -> tuple[int, bool]:
    found = _DTYPE.fullmatch(said)
    if found is None:
        raise Odd("has a dtype that is not known")
    kind = found[1] or found[3] or found[4] or found[5]
    if kind in "mMO":
        return 8, kind == "O"
    return (int(found[2]) * WIDTH.get(kind, 1) if found[2] else 1), False


def _field(said: Any) -> tuple[int, bool]:
    """A field of a structure: its name, its dtype and perhaps a shape."""
    if not isinstance(said, tuple) or len(said) not in (2, 3):
        raise Odd("has a field that is not known")
    found = _dtype(said[1])
    return _times(said[2], *found) if len(said) == 3 else found


def _times(shape: Any, size: int, objects: bool) -> tuple[int, bool]:
    """An array inside an element."""
    sides = shape if isinstance(shape, tuple) else (shape,)
    if len(sides) > MAX_SIDES or any(type(n) is not int for n in sides):
        raise Odd("has a field that is not known")
    return math.prod(sides) * size, objects
