"""ONNX: a protobuf ModelProto with its graphs, functions and tensors: numbers and names of operators, no code.

What leads out of it is found: tensors in other files whose place is not beside the model (external.py), operators that
only native code from elsewhere can run, nodes that run Python by name or hold a compiled engine. Graphs inside of
nodes are walked to a bounded depth. Fields that the format does not know are inconclusive: a newer format or a
hiding place.

Custom operators are suspicious, because whoever gives the model must also make the user load a library for it; those
that functions of the model define are not. Descriptions of types and devices are passed by their length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from casemate.evidence.scan import external
from casemate.evidence.scan.data import PIECE, Data, keep_small, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.lists import operators
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.onnx_messages import BITS, FORMS, NESTED, PASSED
from casemate.evidence.scan.protobuf import BYTES, VARINT, Broken, fields, varint
from casemate.evidence.scan.report import Walk, shown

FIRST = b"\x08"
MAX_DEPTH = 100  # messages in each other, as in protobuf itself; a graph in a node takes three
MAX_OPERATORS = 10_000  # different ones
MAX_REPEATED = 64  # values of a field that is looked at: sides of a tensor, entries of its place
MAX_TOP = 200  # fields that recognising looks at
SHORT = 64  # bytes of an attribute that may come again
SMALL = 16  # bytes; no pickle that imports anything is shorter
# Operators of these domains are part of the format or built into onnxruntime.
BUILT_IN = frozenset(("", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft")) | {
    "com.microsoft.nchwc",
    "com.microsoft.experimental",
    "com.ms.internal.nhwc",
}
STANDARD = frozenset(("", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training"))
PYTHON = frozenset(("PyOp", "PythonOp", "PythonOpGrad"))
ENGINE = frozenset(("EPContext", "TRTEngineOp"))
_NAME = re.compile(rb"[A-Za-z_][\w.:-]*")


Kept = dict[int, list[Any]]


def recognise(data: Data) -> bool:
    """Whether it begins as a model does: a version, then fields of a model alone, among them a graph and operator sets.

    One that writes its fields in another order is not recognised, as is one that is cut off before its end.
    """
    if len(data) < 8 or data[0] != 0x08 or not 1 <= data[1] <= 0x3F:
        return False
    graph = sets = False
    try:
        for count, (number, wire, begin, end) in enumerate(fields(data, 0, len(data))):
            if count > MAX_TOP or not _known("model", number, wire):
                return False
            graph = graph or (number == 7 and _begins("graph", data, begin, end))
            sets = sets or (number == 8 and _is_set(data, begin, end))
            if graph and sets:
                return True
    except Broken:
        return False
    return False


def _known(form: str, number: int, wire: int) -> bool:
    field = FORMS[form].get(number)
    return field is not None and wire in field.wires


def _begins(form: str, data: Data, begin: int, end: int) -> bool:
    """Whether the first fields of a message are those of its form, and a first node has an operator with a name."""
    named = form != "node"
    for count, (number, wire, at, stop) in enumerate(fields(data, begin, end)):
        if not _known(form, number, wire):
            return False
        if form == "node" and number == 4:
            return _NAME.fullmatch(piece(data, at, min(stop, at + 200))) is not None
        if form == "graph" and number == 1:
            return _begins("node", data, at, stop)
        if count > MAX_TOP:
            break
    return named and end > begin


def _is_set(data: Data, begin: int, end: int) -> bool:
    """Whether a field is a set of operators: its domain and its version, nothing else."""
    wires = [(number, wire) for number, wire, _, _ in fields(data, begin, min(end, begin + 300))]
    return end - begin <= 300 and (2, VARINT) in wires and set(wires) <= {(1, BYTES), (2, VARINT)}


def walk(data: Data, descend: Descend) -> Walk:
    """Every message of the model; what leads out of it is told at the end."""
    model, top = _Model(data, descend), Kept()
    try:
        for number, wire, begin, end in fields(data, 0, len(data)):
            model.field("model", number, wire, begin, end, 0, top)
            model.at = end
    except Enough as e:
        model.notes.add("limit", "inconclusive", f"{e}; the rest was not read", model.at)
    except Broken as e:
        model.notes.add("broken", "inconclusive", str(e), e.at)
    model.tell()
    return model.notes.walk(model.at)


class _Model:
    """A walk over one model. `at` is how far the top of it is walked."""

    def __init__(self, data: Data, descend: Descend) -> None:
        self.data = data
        self.descend = descend
        self.notes = descend.notes()
        self.at = 0
        self.used: dict[tuple[str, str], int] = {}
        self.defined: set[tuple[str, str]] = set()
        self.outside: list[str] = []
        self.others = 0
        self.plain: set[bytes] = set()  # attributes that say nothing: most nodes of a model have the same few

    def message(self, form: str, begin: int, end: int, depth: int) -> Kept:
        """One message; gives what is kept of it. Fails with Enough or Broken."""
        if depth > MAX_DEPTH:
            raise Enough(f"has more than {MAX_DEPTH} messages in each other")
        kept: Kept = {}
        notes, passed, nested = self.notes, PASSED[form], NESTED[form]
        short = form == "attribute" and end - begin <= SHORT and piece(self.data, begin, end)
        if short and short in self.plain:
            return kept
        steps = notes.work.steps
        for number, wire, at, stop in fields(self.data, begin, end):
            steps += 1
            key = number << 3 | wire
            if key in passed and steps & 0xFFFF:
                continue
            short = b""
            notes.work.steps = steps
            if key in nested and steps & 0xFFFF:
                self.message(nested[key], at, stop, depth + 1)
            else:
                self.field(form, number, wire, at, stop, depth, kept)
            steps = notes.work.steps
        notes.work.steps = steps
        if short and len(self.plain) < MAX_OPERATORS:
            self.plain.add(short)
        if form in MEANING:
            MEANING[form](self, kept, begin)
        if begin >> PIECE < end >> PIECE:
            keep_small(self.data, begin, end)
        return kept

    def field(  # the seven belong together, and a tuple around them costs more than the walk
        self, form: str, number: int, wire: int, begin: int, end: int, depth: int, kept: Kept
    ) -> None:
        """One field."""
        self.notes.step()
        field = FORMS[form].get(number)
        if field is None or wire not in field.wires:
            said = f"has a field {number} in a {form} that the format does not know"
            self.notes.add("unknown-field", "inconclusive", said, begin)
            return
        value = self.message(field.inside, begin, end, depth + 1) if field.inside else (begin, end, wire)
        if field.once or field.kept:
            values = kept.setdefault(number, [])
            if field.once and values:
                said = f"has a field {number} of a {form} twice, and readers differ in what that means"
                self.notes.add("repeated-field", "suspicious", said, begin)
            if len(values) >= MAX_REPEATED:
                raise Enough(f"says field {number} of a {form} more than {MAX_REPEATED} times")
            values.append(value)

    def text(self, kept: Kept, number: int) -> str:
        """The last value of a field, as text; empty when it is not there."""
        if number not in kept:
            return ""
        begin, end, _ = kept[number][-1]
        return piece(self.data, begin, min(end, begin + 4096)).decode("utf-8", "backslashreplace")

    def numbers(self, kept: Kept, number: int) -> list[int]:
        """All values of a field of numbers, packed or not."""
        found: list[int] = []
        for begin, end, wire in kept.get(number, ()):
            at = begin
            while at < end and len(found) <= MAX_REPEATED:
                value, at = varint(self.data, at, end)
                found.append(value)
            if wire == VARINT and at != end:
                raise Broken("has a number that does not end where it should", begin)
        return found

    def raw(self, place: tuple[int, int, int], where: str) -> None:
        """Hand on bytes that are data by definition."""
        begin, end, _ = place
        if end - begin >= SMALL:
            self.descend.entries()
            self.descend(window(self.data, begin, end), where, RAW)

    def on_node(self, kept: Kept, at: int) -> None:
        """An operator is used."""
        self.used.setdefault((self.text(kept, 7), self.text(kept, 4)), at)
        if len(self.used) > MAX_OPERATORS:
            raise Enough(f"uses more than {MAX_OPERATORS:,} different operators")

    def on_function(self, kept: Kept, at: int) -> None:
        """An operator is defined."""
        self.defined.add((self.text(kept, 10), self.text(kept, 1)))

    def on_attribute(self, kept: Kept, at: int) -> None:
        """A text or bytes of a node."""
        for place in kept.get(4, ()):
            self.raw(place, "attribute")

    def on_metadata(self, kept: Kept, at: int) -> None:
        """A text about the model, whatever it says."""
        for place in kept.get(2, ()):
            self.raw(place, f"metadata {self.text(kept, 1)[:200]}")

    def on_tensor(self, kept: Kept, at: int) -> None:
        """Its bytes, here or in another file."""
        name, kinds = self.text(kept, 8)[:200], self.numbers(kept, 2)
        bits = BITS.get(kinds[-1]) if kinds else None
        size = None if bits is None else (math.prod(self.numbers(kept, 1)) * bits + 7) // 8
        for place in kept.get(9, ()):
            if size is not None and place[1] - place[0] != size:
                said = f"has a tensor {name!a} that is not as long as its shape and type are"
                self.notes.add("size", "inconclusive", said, at)
            self.raw(place, f"tensor {name}")
        if 13 in kept or self.numbers(kept, 14)[-1:] == [1]:
            pairs = [(self.text(entry, 1), self.text(entry, 2)) for entry in kept.get(13, ())]
            for id, message in external.wrong(pairs, size):  # noqa: A001 (the findings' word)
                self.notes.add(id, "suspicious", message, at)
            self.descend.outside(*external.needs(pairs, size))
            self.others += 1

    def tell(self) -> None:
        """What leads out of the model."""
        if self.others:
            said = f"takes {self.others:,} tensors from other files, which are not looked at here"
            self.notes.add("external-data", "info", said, 0)
        for (_, name), at in self.used.items():
            if name in PYTHON:
                self.notes.add("python-operator", "unsafe", f"has a node {name} that runs Python by its name", at)
            if name in ENGINE:
                self.notes.add("engine", "inconclusive", f"has a node {name}, a compiled engine that is not judged", at)
        own = operators("onnx")
        for (domain, name), at in self.used.items():
            if domain in STANDARD and name not in own and (domain, name) not in self.defined and name not in PYTHON:
                said = f"has a node {shown(name[:100])}, which is no operator of ONNX"
                self.notes.add("unknown-operator", "inconclusive", said, at)
        custom = {u: at for u, at in self.used.items() if u[0] not in BUILT_IN and u not in self.defined}
        if custom:
            names = ", ".join(sorted(f"{domain[:100]!a} {name[:100]!a}" for domain, name in custom)[:5])
            said = f"uses {len(custom)} operators that only native code from elsewhere can run: {names}"
            self.notes.add("custom-operator", "suspicious", said, min(custom.values()))


MEANING: dict[str, Callable[[_Model, Kept, int], None]] = {
    "node": _Model.on_node,
    "function": _Model.on_function,
    "attribute": _Model.on_attribute,
    "metadata": _Model.on_metadata,
    "tensor": _Model.on_tensor,
}
