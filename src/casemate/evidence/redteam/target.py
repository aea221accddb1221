"""Opening the target: find its adapter, look at the file first, load it in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from casemate.core import files, shelf
from casemate.core.digest import of_file
from casemate.core.errors import CasemateError, did_you_mean
from casemate.core.space import Array, Space
from casemate.evidence.redteam.metered import CHUNK, Budget, Metered
from casemate.evidence.redteam.model import Labels, Model, ModelError
from casemate.evidence.redteam.process import PATIENCE, Process, Remote, kept, remote, started
from casemate.evidence.scan.inspect import inspect
from casemate.evidence.scan.lists import Allow

SHELF = "evidence/redteam/models"
REMEDY = "look at `casemate scan`, then give --load-suspicious"
HEAD = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """Where a target comes from: a file, `module:function`, or an address; and how it is to be loaded."""

    name: str
    adapter: str
    path: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    verdict: str = ""
    """What the scan said of the file."""
    sha256: str | None = None


def source(
    model: str, root: Path, allowed: Allow, adapter: str | None = None, options: Mapping[str, Any] | None = None,
    suspicious: bool = False, remedy: str = REMEDY,
) -> Source:  # fmt: skip
    """Find the adapter of a model, and scan it when it is a file. Raises CasemateError when it must not be loaded.

    suspicious: load it although the scan found it suspicious or could not settle it; what is unsafe is never loaded.
    remedy: what whoever asks can do about a file that is neither clean nor unsafe.
    """
    path = root / model
    found = files.kind(path) if "://" not in model else None
    if found == "folder" and adapter is None:
        todo = "name the file in it that holds the model, or a `module:function` that loads it"
        raise CasemateError(model, "is a folder, and what is attacked is one file", todo)
    head = files.read(path, HEAD) if found == "file" else b""
    name = adapter or _recognised(head, model)
    named = shelf.member(SHELF, "callable").recognises(b"", model)
    if found is None and not named and "://" not in model:
        raise CasemateError(model, "there is no such file", "name a model file, `module:function` or an address")
    if found != "file":
        return Source(model, name, None, options or {})
    scan = inspect(path, allowed)
    verdict = str(scan.verdict)
    if verdict == "unsafe" or (verdict != "clean" and not suspicious):
        why = scan.findings[0].message if scan.findings else "it was not understood"
        todo = "do not load it" if verdict == "unsafe" else remedy
        raise CasemateError(model, f"is not loaded: the scan calls it {verdict} ({why})", todo)
    return Source(model, name, path, options or {}, verdict, scan.sha256)


def _recognised(head: bytes, model: str) -> str:
    known = shelf.names(SHELF)
    for name in known:
        if shelf.member(SHELF, name).recognises(head, model):
            return name
    raise CasemateError(model, "is no model that an adapter knows", f"name one with --adapter: {', '.join(known)}")


@dataclass(slots=True)
class Target:
    """An open target: the metered model, the names of its classes, and the process that it lives in."""

    source: Source
    process: Process
    model: Metered
    classes: list[Any]


@contextmanager
def opened(
    found: Source, space: Space, folders: Sequence[str], budget: Budget, classes: Sequence[Any] | None = None,
    patience: float = PATIENCE,
) -> Iterator[Target]:  # fmt: skip
    """Start the process and load the model. folders: where its modules are looked for.

    What answers over a network is asked from here: no code of strangers runs, and its secrets stay with us.
    """
    members = shelf.members(SHELF)
    if found.adapter not in members:
        raise CasemateError(found.name, f"there is no adapter {found.adapter!r}", did_you_mean(found.adapter, members))
    member = shelf.member(SHELF, found.adapter)
    _installed(found.name, member)
    with ExitStack() as stack:
        process = stack.enter_context(started(found.name, folders, space, patience))
        options = dict(found.options) | ({"classes": list(classes)} if classes else {})
        if hasattr(member, "connected"):
            model, names = stack.enter_context(member.connected(found.name, space, options))
        else:
            model, names = _loaded(found, process, members[found.adapter], options, classes)
        memory, chunk = getattr(member, "REMEMBER", 0), getattr(model, "batch", CHUNK)
        yield Target(found, process, Metered(model, budget, chunk, memory), names)


def _loaded(
    found: Source, process: Process, adapter: str, options: Mapping[str, Any], classes: Sequence[Any] | None
) -> tuple[Model, list[Any]]:
    where = str(found.path) if found.path else found.name
    said, _ = process.call("load", adapter=adapter, source=where, options=options)
    if found.path is not None and of_file(found.path) != found.sha256:
        raise ModelError(found.name, "changed after it was scanned", "run again when nobody writes it")
    return remote(process, said, classes)


def _installed(name: str, member: ModuleType) -> None:
    """NEEDS of an adapter: a library, and how to get it. Raises CasemateError."""
    library, todo = getattr(member, "NEEDS", ("sys", ""))
    if find_spec(library) is None:
        raise CasemateError(name, f"needs {library}, which is not installed", todo)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The user's recipe in the process: trains one more model on rows and labels."""

    process: Process
    name: str
    classes: Sequence[Any]

    def __call__(self, rows: Array, labels: Labels, seed: int) -> Model:
        """A model fitted on rows (n, features) and labels (n,), places among the classes."""
        said, _ = self.process.call("fit", rows, labels, seed=seed, names=list(self.classes))
        seen = [str(n) for n in said["classes"]] if said["classes"] is not None else []
        ours = [str(c) for c in self.classes]
        if strange := [n for n in seen if n not in ours]:
            todo = "let the recipe keep the labels as it gets them"
            raise ModelError(self.name, f"makes a model of a class {strange[0][:40]!r} that the target has not", todo)
        own = None if seen else self.classes
        model = _lone(self.process, said) if len(seen) == 1 else remote(self.process, said, own)[0]
        if seen in ([], ours):
            return model
        return Reordered(model, [seen.index(c) if c in seen else -1 for c in ours])


def _lone(process: Process, said: Mapping[str, Any]) -> Model:
    """A model of rows that all had one label: it says nothing else."""
    return kept(Remote(process, int(said["model"]), 1, said["gives"], said["gives"] == "labels"))


@dataclass(frozen=True, slots=True)
class Reordered:
    """A model whose classes are brought into the order of the target's; what it never saw scores 0."""

    model: Model
    places: Sequence[int]

    @property
    def classes(self) -> int:
        """As many as the target has."""
        return len(self.places)

    @property
    def gives(self) -> Any:
        """What the model gives, but for gradients."""
        return "scores" if self.model.gives == "gradients" else self.model.gives

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""
        import numpy as np

        found = np.hstack([self.model(rows), np.zeros((len(rows), 1))])
        return found[:, list(self.places)]


def recipe(process: Process, name: str, classes: Sequence[Any]) -> Recipe:
    """Find `module:function` in the process. Raises ModelError when it cannot be imported."""
    try:
        process.call("learn", recipe=name)
    except ModelError as e:
        todo = "name a function of a module in the folder where this runs: --fit module:function"
        raise ModelError(name, e.what, todo) from None
    return Recipe(process, name, classes)
