"""The few values that say how long an array in a pickle is and what is in it: names, dicts, dtypes.

numpy takes the state of a dtype as the pickle sets it. A dtype whose flag says that it holds no objects, while it does,
makes numpy take raw bytes for objects, which is as good as running code. So a state counts only where its flag is
that of its kind and its fields. Source: numpy, `arraydescr_setstate`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from casemate.evidence.scan.places import Stuck
from casemate.evidence.scan.stream import RAW

MAX_STATE = 64  # entries of a dict that may be a wrapper's state; it has six


class Lying(Stuck):
    """A dtype says other things of itself than are so, or changes behind numpy's back."""


@dataclass(frozen=True, slots=True)
class Name:
    """What an import gives."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """Bytes that begin like a pickle, and where they are."""

    begin: int
    end: int


@dataclass(slots=True, eq=False)
class State:
    """A dict with texts as keys; not exact when something else was put in. `held`: a dtype has it as its fields."""

    items: dict[str, Any] = field(default_factory=dict)
    exact: bool = True
    held: bool = False

    def put(self, pairs: list[Any]) -> None:
        """Set keys and values in turn. Fails with Lying when a dtype would change by it."""
        if self.held:
            raise Lying
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            if isinstance(key, str) and len(self.items) < MAX_STATE:
                self.items[key] = value
            else:
                self.exact = False


@dataclass(slots=True, eq=False)
class Wrapper:
    """A NumpyArrayWrapper."""

    state: State = field(default_factory=State)


@dataclass(slots=True, eq=False)
class Dtype:
    """A dtype: how wide an element is, in bytes, and whether it holds objects. None: not known."""

    kind: str
    size: int | None
    objects: bool | None = False

    def build(self, state: Any) -> None:
        """Take the state that a pickle sets (numpy's arraydescr_setstate).

        Fails with Lying when its flags or places contradict it: numpy would take raw bytes for objects.
        """
        if not self.takes(state):
            self.size = self.objects = None
            return
        base, fields = state[2], state[4]
        if self.kind == "V" and self.size is None:
            self.size = state[5]
        if base is not None or fields is not None:
            self.objects = _within(base, fields, self.size) if self.kind == "V" else None
        if base is not None or self.objects is None:
            self.size = None
        if self.objects is not None and state[7] & FLAGS != FLAGS * self.objects:
            raise Lying

    def takes(self, state: Any) -> bool:
        """Whether numpy writes such a state today, of this width. Before version 3 it had no use for the flag."""
        if not isinstance(state, tuple) or (state[:1], len(state)) not in _VERSIONS:
            return False
        if type(state[5]) is not int or type(state[7]) is not int:
            return False
        if self.size is None:
            return self.kind == "V" and state[5] >= 0 and state[4] is not None
        sizes = (self.size,) if self.kind in "SUV" else (-1, self.size)
        return state[5] in sizes


FLAGS = 3  # NPY_ITEM_REFCOUNT and NPY_LIST_PICKLE: objects are counted, and come as a list
_VERSIONS = [((3,), 8), ((4,), 9)]


def _within(base: Any, fields: Any, size: int | None) -> bool | None:
    """Whether the base of a subarray or the fields hold objects. Fails with Lying for a field beyond the end."""
    if fields is None:
        parts = [base]
    elif isinstance(fields, State) and fields.exact and base is None:
        fields.held = True
        parts = list(fields.items.values())
        for part in parts:
            _fits(part, size)
    else:
        return None
    kinds = [part[0] if isinstance(part, tuple) and part else None for part in parts]
    held = [kind.objects if isinstance(kind, Dtype) else None for kind in kinds]
    return None if None in held else any(held)


def _fits(part: Any, size: int | None) -> None:
    """A field is a dtype and its place; numpy does not check that it lies in the element."""
    if not isinstance(part, tuple) or len(part) not in (2, 3) or type(part[1]) is not int:
        return
    width = part[0].size if isinstance(part[0], Dtype) else None
    if part[1] < 0 or (size is not None and part[1] + (width or 0) > size):
        raise Lying


_KIND = re.compile(r"[<>|=]?([biufcmMSUVO])(\d{1,9})|[<>|=]?(\?)")


def dtype(args: Any) -> Dtype:
    """The dtype that a call with a text makes."""
    found = _KIND.fullmatch(args[0]) if isinstance(args[0], str) else None
    if found is None and args[0] in (Name("numpy", "record"), Name("numpy", "void")):
        return Dtype("V", None)
    if found is None:
        return Dtype("", None, None)
    if found[3]:
        return Dtype("?", 1)
    return Dtype(found[1], int(found[2]) * (4 if found[1] == "U" else 1), found[1] == "O")


WRAPPER = Name(*RAW)
