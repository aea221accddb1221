"""The child process as we see it: started without our secrets, asked with a time limit, ended when it hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from casemate.core.space import Array, Space
from casemate.evidence.redteam import wire
from casemate.evidence.redteam.model import Gives, Labels, ModelError, one_hot

UNNAMED = "name its classes in order with --classes; a regression has none, and cannot be attacked"
PATIENCE = 600.0  # seconds for one call
TOLD = 2000  # characters of what it printed that we read
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONPATH")
"""What it sees of our environment: keys and tokens stay here."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""One each: the threads of small batches wait for each other most of the time."""


@dataclass(slots=True)
class Process:
    """One child. Every call raises ModelError when it fails, hangs or ends."""

    name: str
    child: subprocess.Popen[bytes]
    printed: BinaryIO
    patience: float = PATIENCE
    dropped: list[int] = field(default_factory=list)
    """Models there that nobody here asks any more: told with the next call."""

    def call(self, do: str, *arrays: NDArray[Any], **words: Any) -> tuple[dict[str, Any], list[NDArray[Any]]]:
        """Do something there; its words and arrays."""
        late = threading.Event()
        timer = threading.Timer(self.patience, self._end, [late])
        timer.daemon = True
        timer.start()
        try:
            gone = [self.dropped.pop() for _ in range(len(self.dropped))]
            wire.send(cast(BinaryIO, self.child.stdin), {"do": do, "forget": gone, **words}, *arrays)
            head, found = wire.receive(cast(BinaryIO, self.child.stdout))
        except (wire.Broken, OSError) as e:
            raise self._failed(f"did not answer within {self.patience:g} s" if late.is_set() else str(e)) from None
        finally:
            timer.cancel()
        if "misfit" in head:
            raise ModelError(self.name, _line(str(head["misfit"])), str(head["todo"]))
        if "error" in head:
            raise ModelError(self.name, f"failed: {_line(str(head['error']))}", "mend the model, or look at its input")
        return head, found

    def _end(self, late: threading.Event) -> None:
        late.set()
        self.child.kill()

    def _failed(self, why: str) -> ModelError:
        self.child.kill()
        self.child.wait()
        self.printed.seek(0, os.SEEK_END)
        self.printed.seek(max(0, self.printed.tell() - TOLD))
        said = self.printed.read().decode("utf-8", "replace").strip().splitlines()
        last = f"; the last that it printed: {_line(said[-1])}" if said else ""
        code = self.child.returncode
        ended = f" (ended by signal {-code})" if code is not None and code < 0 and "within" not in why else ""
        return ModelError(self.name, f"its process {why}{ended}{last}", "run it by itself to see why")


def _line(text: str) -> str:
    """One printable line of what strangers wrote."""
    return "".join(c if c.isprintable() else " " for c in text)[:300]


@contextmanager
def started(name: str, folders: Sequence[str], space: Space, patience: float = PATIENCE) -> Iterator[Process]:
    """A child that knows the space; ended with the block. folders: where its modules are looked for."""
    env = {k: v for k in KEPT if (v := os.environ.get(k)) is not None} | dict.fromkeys(THREADS, "1")
    argv = [sys.executable, "-m", "casemate.evidence.redteam.child", *folders]
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=printed, env=env)  # noqa: S603
        p = Process(name, child, cast(BinaryIO, printed), patience)
        try:
            p.call("space", features=[asdict(f) for f in space.features])
            yield p
        finally:
            child.kill()
            child.communicate()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Remote:
    """A model in the child. It is let go there when nobody here has it any more: see `kept`."""

    process: Process
    number: int
    classes: int
    gives: Gives
    labels_only: bool = False
    one_score: bool = False
    """It gives the score of the second of two classes only."""

    def __call__(self, rows: Array) -> Array:
        """Scores of shape (n, classes)."""
        _, found = self.process.call("ask", rows, model=self.number)
        if not found:
            raise ModelError(self.process.name, "gave no answer", "check its adapter")
        if self.labels_only:
            return one_hot(found[0].astype(np.intp), self.classes)
        out = found[0]
        if self.one_score and out.shape == (len(rows), 1):
            out = np.hstack([1 - out, out])
        if not np.isfinite(out).all():
            raise ModelError(self.process.name, "answered NaN or infinity", "mend the model, or look at its input")
        return out

    def gradient(self, rows: Array, labels: Labels, loss: str = "cross-entropy") -> Array:
        """Of the loss by the rows, shape (n, features)."""
        _, found = self.process.call("gradient", rows, labels, model=self.number, loss=loss)
        return found[0]


def kept(model: Remote) -> Remote:
    """A model that the child forgets when it is gone here: a run may fit hundreds."""
    weakref.finalize(model, model.process.dropped.append, model.number).atexit = False
    return model


def remote(process: Process, said: Mapping[str, Any], names: Sequence[Any] | None = None) -> tuple[Remote, list[Any]]:
    """The model that a call of `load` or `fit` made, and the names of its classes.

    names: what somebody calls them, in its order. Raises ModelError where there are not as many, or fewer than two.
    """
    known = _classes(process.name, said, list(names or []))
    gives, wide = cast(Gives, said["gives"]), said.get("wide")
    one = wide == 1 or (said["classes"] is None and len(known) == 2)
    if wide is not None and wide != len(known) and not (wide == 1 and len(known) == 2):
        todo = "a regression has no classes, and cannot be attacked" if wide == 1 else "name as many with --classes"
        some = "one score" if wide == 1 else f"{wide} scores"
        raise ModelError(process.name, f"gives {some} a row, and {len(known)} classes are named", todo)
    return kept(Remote(process, int(said["model"]), len(known), gives, gives == "labels", one)), known


def _classes(name: str, said: Mapping[str, Any], names: list[Any]) -> list[Any]:
    own = list(said["classes"]) if said["classes"] is not None else None
    known = own if own is not None and not names else names
    if len(known) < 2:
        todo = "a model of one class cannot be attacked" if known else UNNAMED
        raise ModelError(name, f"knows {len(known)} class{'' if len(known) == 1 else 'es'}", todo)
    if own is not None and len(own) != len(known):
        raise ModelError(name, f"has {len(own)} classes, and {len(known)} are named", "name each of them once")
    if own is not None and sorted(map(str, own)) == sorted(map(str, known)):
        if list(map(str, own)) != list(map(str, known)):
            shown = ", ".join(map(str, own))[:80]
            raise ModelError(name, f"says that the order of its classes is {shown}", "leave --classes out")
        return own
    return known
