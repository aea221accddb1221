"""Numbers and constants of a pickle, and the arguments of calls that look into what they get."""

from __future__ import annotations

import re
from typing import Any

from casemate.evidence.scan.dtypes import Constant, Name
from casemate.evidence.scan.lists import is_known
from casemate.evidence.scan.opcodes import CODES
from casemate.evidence.scan.roles import DTYPE, EMPTY, FIRST, LOADER, LOOKS_IN, NAMED, SECOND, TAKING, UNCALLED, role

INTS = frozenset(("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1"))
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
OTHER, GIVEN, MADE, OWN, FINISHED = object(), object(), object(), object(), object()
"""Any value that says nothing; what may be what a call was given, or is shared; what another call made; the same by a
name that is on no list; a value of the standard library, to which nothing is appended."""
BASES = frozenset(
    (
        "bytearray",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "long",
        "set",
        "str",
        "tuple",
        "unicode",
    )
)
REDUCE, WITH_NAMES = CODES["REDUCE"], CODES["NEWOBJ_EX"]
_WORDS = {b"00\n": False, b"01\n": True}  # of protocols 0 and 1
_DIGITS = re.compile(rb"-?\d{1,18}L?\n")


def integer(name: str, raw: bytes) -> int | None:
    """The integer that an opcode pushes; None when it has more than eight bytes, or is written in an odd way."""
    if name in ("INT", "LONG"):
        plain = int(raw.rstrip(b"L\n")) if _DIGITS.fullmatch(raw) else None
        return _WORDS.get(raw, plain)
    if len(raw) > 9:
        return None
    if name == "LONG1":
        return int.from_bytes(raw[1:], "little", signed=True)
    return int.from_bytes(raw, "little", signed=name == "BININT")


def attribute(args: Any) -> Name | None:
    """The name that `getattr` gives with these arguments, when one of our lists has it."""
    if not isinstance(args, tuple) or len(args) != 2 or not _harmless(args[0]) or not isinstance(args[1], str):
        return None
    found = Name(args[0].module, f"{args[0].name}.{args[1]}")
    return found if is_known(found.module, found.name) else None


def usual(pair: tuple[str, str], args: Any) -> bool:
    """Whether a call that uses attributes of its first arguments, or calls its second, gets what libraries give it."""
    if not isinstance(args, tuple):
        return False
    if pair == LOADER:
        return len(args) == 1 and isinstance(args[0], Constant)
    if pair in FIRST:
        enough = len(args) >= len(FIRST[pair]) and all(map(_given, args, FIRST[pair]))
        return enough and _as_written(pair[1], args)
    return all(isinstance(a, Name) and a.module == SECOND[0] for a in args[1:])


def _harmless(value: Any) -> bool:
    """Whether it is a global that may be called or asked."""
    return isinstance(value, Name) and role(value.module, value.name) not in (NAMED, LOOKS_IN)


def _given(value: Any, package: str) -> bool:
    """Whether it is such a global, and of the package whose own libraries give."""
    return _harmless(value) and (not package or f"{value.module}.".startswith(f"{package}."))


def _as_written(name: str, args: Any) -> bool:
    """Whether what makes an object of a base gets the base that libraries give, which makes nothing of its argument."""
    if name == "_mareconstruct":
        return bool(args[0].name == "MaskedArray" and args[1] == Name("numpy", "ndarray"))
    if name != "_reconstructor":
        return True
    base, state = args[1], args[2] if len(args) == 3 else None
    if base.module not in ("builtins", "__builtin__"):
        return False
    return state is None if base.name == "object" else base.name in BASES and state not in (MADE, OWN, GIVEN)


def misused(kind: int, code: int, args: Any) -> bool:
    """Whether a global is called in another way than libraries do. args: what it gets, a list behind a mark."""
    if kind in (NAMED, UNCALLED):
        return True
    if kind in EMPTY:
        return code == WITH_NAMES or bool(args != () and args != [])
    if kind in TAKING:
        return code == WITH_NAMES or not isinstance(args, tuple | list) or any(a in (MADE, OWN, GIVEN) for a in args)
    return kind in (LOOKS_IN, DTYPE) and code != REDUCE
