"""ONNX, run by onnxruntime: one input for all columns, or one for each; scores as numbers, by class, or labels.

Options: `scores`, the output to read; `output`, logits or probabilities where that cannot be told; `shape`, such as
`1x8x8`, where the file leaves the shape of a row open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from casemate.core.space import Array
from casemate.evidence.redteam.loaded import Loaded, Misfit, Shown
from casemate.evidence.redteam.outputs import DROP, few, kind, named, probabilities

NEEDS = ("onnxruntime", "pip install 'casemate[onnx]'")
NUMBERS = {"float": "float32", "double": "float64", "float16": "float16", "int64": "int64", "int32": "int32",
           "bool": "bool"}  # fmt: skip
PIECE = 4096  # rows at once: what a layer computes between may be far wider than a row
VARINTS = {1, 5}
BLOCKS = {2, 3, 4, 6, 7, 8, 14, 20, 25, 26}


def recognises(head: bytes, name: str) -> bool:
    """Begins with a version, then fields of a ModelProto alone as far as the head goes, among them its graph."""
    if head[:1] != b"\x08":
        return False
    at, seen = 0, set()
    while at < len(head):
        tag, at = _varint(head, at)
        seen.add(tag >> 3)
        size, at = _varint(head, at)
        if (tag >> 3, tag & 7) not in {*((n, 0) for n in VARINTS), *((n, 2) for n in BLOCKS)}:
            return False
        at += size if tag & 7 else 0
    return 7 in seen


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends; what is cut off ends at the end."""
    value = shift = 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            break
    return value, at


def load(source: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """Opens a session of one thread. Raises Misfit for inputs that the data cannot fill."""
    import onnxruntime

    how = onnxruntime.SessionOptions()
    how.intra_op_num_threads = how.inter_op_num_threads = 1
    how.log_severity_level = 3
    session = onnxruntime.InferenceSession(source, how, providers=["CPUExecutionProvider"])
    output = _output(session.get_outputs(), options.get("scores"))
    run = Run(session, output.name, _feeds(session.get_inputs(), shown, options), _fixed(session.get_inputs()))
    return _answers(run, output.type, shown, options)


def _answers(run: Run, form: str, shown: Shown, options: Mapping[str, Any]) -> Loaded:
    """As scores or labels, after a look at a few."""
    first = run(few(shown.space))
    if form.startswith("seq(map("):
        keys = list(first[0])
        return Loaded(lambda rows: [[one[k] for k in keys] for one in run(rows)], keys)
    if form in ("tensor(int64)", "tensor(string)", "tensor(int32)"):
        said = options.get("classes") or sorted({str(v) for v in np.ravel(first)})
        classes = named(options, len(said))
        return Loaded(lambda rows: np.ravel(run(rows)).astype(str), [str(c) for c in classes], "labels")
    of = kind(_flat(first), options.get("output"))
    wide = probabilities(_flat(first), of).shape[1]
    return Loaded(lambda rows: probabilities(_flat(run(rows)), of), named(options, wide))


def _flat(found: Any) -> Array:
    return np.asarray(found, dtype=np.float64).reshape(len(found), -1)


@dataclass(frozen=True, slots=True)
class Run:
    """A session and how it is fed."""

    session: Any
    output: str
    feeds: Mapping[str, Callable[[Array], Any]]
    fixed: int | None
    """Rows that the file says it takes at once."""

    def __call__(self, rows: Array) -> Any:
        """The answers to all rows, in pieces; the last is filled up where the file fixes their number."""
        size = self.fixed or PIECE
        found: list[Any] = []
        for at in range(0, len(rows), size):
            piece = rows[at : at + size]
            lacks = size - len(piece) if self.fixed else 0
            full = np.vstack([piece, np.repeat(piece[-1:], lacks, axis=0)])
            out = self.session.run([self.output], {name: feed(full) for name, feed in self.feeds.items()})[0]
            if len(out) != len(full):
                raise Misfit(f"answers {len(full)} rows with {len(out)}", "look at its output by hand")
            found += list(out[: len(piece)])
        return found if found and isinstance(found[0], dict) else np.array(found)


def _output(outputs: Sequence[Any], said: object) -> Any:
    """The one that was named; else scores by class, then numbers that are called so, then numbers, then labels."""
    names = [o.name for o in outputs]
    if said is not None:
        if said not in names:
            raise Misfit(f"has no output {str(said)[:40]!r}", f"it has {', '.join(names)[:80]}")
        return outputs[names.index(str(said))]

    def rank(o: Any) -> int:
        numbers = o.type in ("tensor(float)", "tensor(double)", "tensor(float16)")
        wishes = (o.type.startswith("seq(map("), numbers and "prob" in o.name.lower(), numbers)
        return wishes.index(True) if True in wishes else 3

    return min(outputs, key=rank)


def _fixed(inputs: Sequence[Any]) -> int | None:
    first = inputs[0].shape[0] if inputs[0].shape else None
    return first if isinstance(first, int) else None


def _feeds(inputs: Sequence[Any], shown: Shown, options: Mapping[str, Any]) -> dict[str, Callable[[Array], Any]]:
    """For each input what makes its array of rows."""
    if len(inputs) == 1:
        return {inputs[0].name: _whole(inputs[0], shown, options)}
    known = [f.name for f in shown.space.features]
    strange = [i.name for i in inputs if i.name not in known or prod(_sides(i)) != 1]
    if strange or len(inputs) != len(known):
        name = strange[0] if strange else next(n for n in known if n not in {i.name for i in inputs})
        raise Misfit(f"has no input of one column for {name[:40]!r}, or the data have no such column", DROP)
    return {i.name: _single(i, known.index(i.name), shown) for i in inputs}


def _sides(i: Any) -> list[int]:
    """Of a row; what the file leaves open is 1."""
    return [s if isinstance(s, int) else 1 for s in i.shape[1:]]


def _whole(i: Any, shown: Shown, options: Mapping[str, Any]) -> Callable[[Array], Any]:
    wide = len(shown.space.features)
    said = options.get("shape")
    sides = [int(s) for s in str(said).replace(",", "x").split("x")] if said else list(i.shape[1:])
    if len(sides) == 1 and not isinstance(sides[0], int):
        sides = [wide]
    if not all(isinstance(s, int) for s in sides) or prod(sides) != wide:
        shape = " x ".join(str(s) for s in sides)
        raise Misfit(
            f"takes rows of the shape {shape}, and the data have {wide} columns", "give its shape: --option shape=1x8x8"
        )
    if i.type == "tensor(string)":
        return lambda rows: shown.frame(rows).to_numpy().astype(str).astype(object).reshape(-1, *sides)
    dtype = _dtype(i)
    return lambda rows: shown.numbers(rows, dtype).reshape(-1, *sides)


def _single(i: Any, place: int, shown: Shown) -> Callable[[Array], Any]:
    sides = _sides(i)
    if i.type == "tensor(string)":
        return lambda rows: shown.frame(rows).iloc[:, place].to_numpy().astype(str).astype(object).reshape(-1, *sides)
    dtype = _dtype(i)
    return lambda rows: shown.frame(rows).iloc[:, place].to_numpy().astype(dtype).reshape(-1, *sides)


def _dtype(i: Any) -> str:
    form = i.type.removeprefix("tensor(").removesuffix(")")
    if form not in NUMBERS:
        raise Misfit(f"has an input {i.name[:40]!r} of {i.type[:40]}, which no table has", "give a model of columns")
    return NUMBERS[form]
