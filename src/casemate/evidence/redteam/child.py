"""The process in which a model lives: it loads one, answers rows, trains more by the user's recipe. Nothing else.

What the model's code prints goes to stderr, so that it cannot speak in our place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Feature, Space
from casemate.evidence.redteam import wire
from casemate.evidence.redteam.loaded import Loaded, Misfit, Shown

FILES = 1 << 30  # bytes that it may write to one file
ROOM = 1 << 36  # bytes of addresses: runtimes reserve far more than they use
MOST_CLASSES = 10_000


@dataclass(slots=True)
class Child:
    """What this process holds: the space of its rows, and the models by number."""

    shown: Shown | None = None
    recipe: Callable[..., Any] | None = None
    models: dict[int, Loaded] = field(default_factory=dict)
    classes: dict[int, list[Any]] = field(default_factory=dict)
    made: int = 0
    """How many models there were: a number is given once."""

    def space(self, head: dict[str, Any]) -> dict[str, Any]:
        """Be told what the columns hold."""
        self.shown = Shown(Space(tuple(Feature(**{**f, "words": tuple(f["words"])}) for f in head["features"])))
        return {}

    def load(self, head: dict[str, Any]) -> dict[str, Any]:
        """Load a model by its adapter."""
        member = import_module(head["adapter"])
        loaded: Loaded = member.load(head["source"], self.shown, head["options"])
        return self._kept(loaded, head["options"].get("classes"))

    def learn(self, head: dict[str, Any]) -> dict[str, Any]:
        """Find the recipe: `module:function`."""
        self.recipe = function(head["recipe"])
        return {}

    def versions(self, head: dict[str, Any]) -> dict[str, Any]:
        """Of every library that is loaded: what a recipe makes depends on them."""
        tops = {n: m for n, m in sys.modules.items() if "." not in n}
        found = {n: str(v) for n, m in tops.items() if isinstance(v := getattr(m, "__version__", None), str)}
        return {"versions": {"python": ".".join(map(str, sys.version_info[:3])), **found}}

    def fit(self, head: dict[str, Any], rows: Any, labels: Any) -> dict[str, Any]:
        """Train one more model on rows and labels (places among the names)."""
        from casemate.evidence.redteam.models.sklearn import estimator

        if self.recipe is None or self.shown is None:
            raise ValueError("no recipe was named")
        table, y = self._table(rows), np.array(head["names"])[labels]
        return self._kept(estimator(self.recipe(table, _named(y, table), head["seed"]), self.shown))

    def _table(self, rows: Any) -> Any:
        """As the first model was trained on: recipes take what their model takes."""
        assert self.shown is not None  # noqa: S101  the first thing that we are told
        tables = self.models[0].table if 0 in self.models else self.shown.worded
        return self.shown.frame(rows) if tables else self.shown.numbers(rows)

    def _kept(self, loaded: Loaded, said: Sequence[Any] | None = None) -> dict[str, Any]:
        """said: what somebody calls its classes, for one that has no names for them."""
        number = self.made
        self.made += 1
        self.models[number] = loaded
        names = None if loaded.classes is None else [_plain(c) for c in loaded.classes]
        self.classes[number] = names or list(said or ())
        gives = "gradients" if loaded.gradient else loaded.gives
        return {"model": number, "classes": names, "gives": gives, "wide": loaded.wide}

    def ask(self, head: dict[str, Any], rows: Any) -> NDArray[Any]:
        """Answers of a model: scores (n, classes), or the place of each label (n,)."""
        number = head["model"]
        found = np.asarray(self.models[number].answer(rows))
        if found.ndim == 0 or len(found) != len(rows):
            what = f"gives {len(found) if found.ndim else 1} answers for {len(rows)} rows"
            raise Misfit(what, "let it give one answer for each row")
        if self.models[number].gives == "labels":
            return places(found.ravel(), self.classes[number])
        out = found.astype(np.float64)
        return out.reshape(len(rows), -1) if len(rows) else out

    def gradient(self, head: dict[str, Any], rows: Any, labels: Any) -> NDArray[Any]:
        """Of the loss by the rows, shape (n, features)."""
        how = self.models[head["model"]].gradient
        if how is None:
            raise ValueError("it gives no gradients")
        return np.asarray(how(rows, labels, head["loss"]), dtype=np.float64).reshape(rows.shape)

    def forget(self, numbers: Sequence[int]) -> None:
        """Let models go."""
        for number in numbers:
            self.models.pop(number, None)
            self.classes.pop(number, None)


def function(name: str) -> Callable[..., Any]:
    """What `module:function` names. Raises what the import raises."""
    module, _, inner = name.partition(":")
    found: Any = import_module(module)
    for part in inner.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def places(found: NDArray[Any], names: Sequence[Any]) -> NDArray[np.int64]:
    """The place of each label (n,) among the names; one that has no name may be the place itself.

    Raises Misfit for what is neither, as a regression answers.
    """
    by_name = {_plain(n): i for i, n in enumerate(names)}
    by_text = {str(n): i for n, i in by_name.items()}
    at = {v: _place(v, by_name, by_text) for v in {_plain(v) for v in found}}
    return np.array([at[_plain(v)] for v in found], dtype=np.int64)


def _place(value: Any, by_name: Mapping[Any, int], by_text: Mapping[str, int]) -> int:
    if value in by_name or str(value) in by_text:
        return by_name.get(value, by_text.get(str(value), 0))
    classes = len(by_name) or MOST_CLASSES
    if isinstance(value, int | float) and 0 <= value < classes and value == int(value):
        return int(value)
    todo = "name the classes in order with --classes; a regression has none, and cannot be attacked"
    raise Misfit(f"answers {str(value)[:40]!r}, which is no class of it", todo)


def _plain(value: Any) -> Any:
    """A class name as JSON can say it."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | int | float | bool) else str(value)


def _named(y: Any, table: Any) -> Any:
    """Labels beside a pandas table are a column of it."""
    if type(table).__module__.startswith("pandas"):
        import pandas as pd

        return pd.Series(y, index=table.index)
    return y


def serve(frm: BinaryIO, to: BinaryIO) -> None:
    """Answer until the other side ends."""
    child = Child()
    while True:
        try:
            head, arrays = wire.receive(frm)
        except wire.Broken:
            return
        try:
            child.forget(head.pop("forget"))
            found = getattr(child, head.pop("do"))(head, *arrays)
        except Misfit as e:
            found = {"misfit": e.what[:500], "todo": e.todo}
        except Exception as e:  # the model's own code raises what it likes
            found = {"error": f"{type(e).__name__}: {e}"[:500]}
        except SystemExit as e:
            found = {"error": f"it wanted to end the process ({e.code})"[:500]}
        if isinstance(found, dict):
            wire.send(to, found)
        else:
            wire.send(to, {}, found)


def limits() -> None:
    """Bound what the model's code can do to the machine, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILES, FILES))
        resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))


def main() -> None:
    """Speak through a private descriptor; the model's prints go to stderr."""
    limits()
    to = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.path[:0] = sys.argv[1:]
    serve(sys.stdin.buffer, to)


if __name__ == "__main__":
    main()
