"""A guard by its name and settings, as people write it: `quota:quota=100`. The one door for them."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from casemate.core import shelf
from casemate.core.errors import CasemateError, did_you_mean
from casemate.guards._guard import Guard

GUARDS = "guards"


@dataclass(frozen=True, slots=True)
class Spec:
    """A guard of the shelf with its settings: a new one for every test, since guards remember."""

    name: str
    make: Callable[[], Guard]
    settings: Mapping[str, object]

    @property
    def shown(self) -> str:
        """`rounding decimals=1`."""
        return " ".join([self.name, *(f"{k}={v}" for k, v in self.settings.items())])


def spec(text: str, where: str) -> Spec:
    """`rounding` or `rounding:decimals=2,...`. Raises CasemateError for a guard or a setting that there is not."""
    name, _, rest = text.partition(":")
    known = shelf.names(GUARDS)
    if name not in known:
        raise CasemateError(where, f"there is no guard {name[:60]!r}", did_you_mean(name, known))
    settings = {k.strip().replace("-", "_").replace(" ", "_"): _value(v) for k, _, v in _pairs(rest, where)}
    kind = shelf.member(GUARDS, name).GUARD
    _checked(name, kind, settings, where)
    try:
        kind(**settings)
    except (TypeError, ValueError, OverflowError) as e:
        raise CasemateError(where, f"guard {name}: {e}", f"see `casemate catalog show {kind.about.control}`") from None
    return Spec(name, lambda: kind(**settings), settings)


def made(guards: Sequence[str | Guard], where: str) -> tuple[Guard, ...]:
    """New guards, the first the outermost: from their text, or copies of guards. Raises CasemateError."""
    if isinstance(guards, str):
        raise CasemateError(where, f"{guards[:60]!r} is no list", "write guards=[...]")
    out = []
    for g in guards:
        if not isinstance(g, str | Guard):
            raise CasemateError(where, f"a {type(g).__name__} is no guard", "give its text, or a guard of the shelf")
        out.append(spec(g, where).make() if isinstance(g, str) else copy.deepcopy(g))
    return tuple(out)


def named(guard: Guard) -> str:
    """The id of a guard on its shelf."""
    return type(guard).__module__.rpartition(".")[2].replace("_", "-")


def _checked(name: str, kind: type[Guard], settings: Mapping[str, object], where: str) -> None:
    """Every setting must be one of the guard's and of its type. Raises CasemateError."""
    known = {k: p for k, p in inspect.signature(kind).parameters.items() if k != "self"}
    for key, value in settings.items():
        if key not in known:
            todo = did_you_mean(key, known) if known else "it has none"
            raise CasemateError(where, f"guard {name} has no setting {key[:40]!r}", todo)
        number = isinstance(known[key].default, int | float)
        whole = isinstance(known[key].default, int) or str(known[key].annotation).startswith("int")
        if (number and isinstance(value, str)) or (whole and isinstance(value, float)):
            todo = f"write {'a whole number' if whole else 'a number'}, such as {known[key].default or 1}"
            raise CasemateError(where, f"guard {name}: {key} is {str(value)[:40]!r}", todo)


def _pairs(rest: str, where: str) -> Iterator[tuple[str, str, str]]:
    for part in filter(None, rest.split(",")):
        if "=" not in part:
            raise CasemateError(where, f"{part[:40]!r} is no setting of a guard", "write `name:key=value,key=value`")
        yield part.partition("=")


def _value(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip()
