"""States of detectors as bytes and back, so that who follows a log survives a restart.

Any frozen dataclass of ours whose fields are numbers, words, tuples, arrays and other such dataclasses can be kept. On
reading, everything is held against the declared types: what does not fit is a CasemateError. The file is our own; its
digest shows damage, not intent, so it belongs where only the operator can write.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar

import numpy as np

from casemate.core.errors import CasemateError
from casemate.evidence.monitor.batch import Array
from casemate.evidence.monitor.codec import pack, unpack

T = TypeVar("T")
KIND = "state/1"


def to_bytes(state: object) -> bytes:
    """The canonical form: equal states give equal bytes."""
    arrays: dict[str, Array] = {}
    return pack({"kind": KIND, "state": _frozen(state, arrays)}, arrays)


def from_bytes(data: bytes, kind: type[T], where: str) -> T:
    """The state of this class that a file holds; `where` is its path, for the message. Only `CasemateError` leaves."""
    facts, arrays = unpack(data, where)
    try:
        if facts["kind"] != KIND:
            raise ValueError(facts["kind"])
        state = _thawed(facts["state"], kind, arrays)
    except CasemateError as e:
        raise CasemateError(where, e.what, e.todo) from e
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as e:
        raise CasemateError(where, f"it holds no {kind.__module__.split('.')[-1]} of this version", "begin anew") from e
    return typing.cast(T, state)


def _frozen(value: Any, arrays: dict[str, Array]) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return {"f": float(value).hex()}
    if isinstance(value, np.ndarray):
        name = f"{len(arrays):06}"
        arrays[name] = value.astype(np.uint64) if value.dtype == np.bool_ else value
        return {"@": name}
    if dataclasses.is_dataclass(value):
        own = {f.name: _frozen(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {"!": type(value).__name__, "of": own}
    return [_frozen(v, arrays) for v in value]


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _thawed(tree: Any, hint: Any, arrays: dict[str, Array]) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _either(tree, typing.get_args(hint), arrays)
    if hint is type(None) or hint in (bool, str):
        return _plain(tree, hint)
    if hint is int or hint is float:
        return _number(tree, hint)
    if origin is np.ndarray:
        return _array(arrays[tree["@"]], typing.get_args(typing.get_args(hint)[1])[0])
    if origin is tuple:
        return _tuple(tree, typing.get_args(hint), arrays)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if tree["!"] != hint.__name__ or set(tree["of"]) != {f.name for f in dataclasses.fields(hint)}:
            raise ValueError(hint)
        hints = _hints(hint)
        return hint(**{name: _thawed(part, hints[name], arrays) for name, part in tree["of"].items()})
    if isinstance(hint, type) and issubclass(hint, tuple):  # a NamedTuple
        hints = _hints(hint)
        return hint(*(_thawed(part, one, arrays) for part, one in zip(tree, hints.values(), strict=True)))
    raise TypeError(hint)


def _either(tree: Any, hints: tuple[Any, ...], arrays: dict[str, Array]) -> Any:
    for hint in hints:
        try:
            return _thawed(tree, hint, arrays)
        except (ValueError, TypeError, KeyError):
            continue
    raise ValueError(hints)


def _plain(tree: Any, hint: Any) -> Any:
    if type(tree) is not hint:
        raise ValueError(hint)
    return tree


def _number(tree: Any, hint: Any) -> int | float:
    if type(tree) is int:
        return tree
    if hint is float and isinstance(tree, dict):
        return float.fromhex(tree["f"])
    raise ValueError(hint)


def _array(array: Array, kind: Any) -> Array:
    if kind is np.bool_:
        return array.astype(np.bool_)
    if array.dtype != np.dtype(kind):
        raise ValueError(kind)
    return array


def _tuple(tree: Any, hints: tuple[Any, ...], arrays: dict[str, Array]) -> tuple[Any, ...]:
    if not isinstance(tree, list):
        raise ValueError(hints)
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_thawed(part, hints[0], arrays) for part in tree)
    return tuple(_thawed(part, hint, arrays) for part, hint in zip(tree, hints, strict=True))
