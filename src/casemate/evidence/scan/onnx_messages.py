"""The messages of ONNX (onnx.proto3, IR version 13): their fields, and what of them is looked at.

What describes types, shapes and devices is text here: it holds nothing that anybody follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from casemate.evidence.scan.protobuf import BYTES, EIGHT, FOUR, VARINT

# The bits of an element, for each type of tensor; texts and packed kinds are left out.
BITS = {
    15: 128,
    **dict.fromkeys((7, 11, 13, 14), 64),
    **dict.fromkeys((1, 6, 12), 32),
    **dict.fromkeys((4, 5, 10, 16), 16),
    **dict.fromkeys((2, 3, 9, 17, 18, 19, 20, 24), 8),
    **dict.fromkeys((21, 22, 23), 4),
    **dict.fromkeys((25, 26), 2),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its wire types, the message in it, whether its values are kept, whether it stands once."""

    wires: tuple[int, ...]
    inside: str | None = None
    kept: bool = False
    once: bool = False


NUMBER, TEXT, FLOAT = Field((VARINT,)), Field((BYTES,)), Field((FOUR,))
NUMBERS, FLOATS, DOUBLES = Field((BYTES, VARINT)), Field((BYTES, FOUR)), Field((BYTES, EIGHT))
KEPT, KEPT_NUMBER = Field((BYTES,), kept=True, once=True), Field((VARINT,), kept=True, once=True)


def _some(inside: str, **how: bool) -> Field:
    return Field((BYTES,), inside, **how)


FORMS: dict[str, dict[int, Field]] = {
    "model": dict.fromkeys((2, 3, 4, 6, 8, 26), TEXT)
    | dict.fromkeys((1, 5), NUMBER)
    | {7: _some("graph", once=True), 14: _some("metadata"), 20: _some("training"), 25: _some("function")},
    "graph": dict.fromkeys((2, 10, 11, 12, 13, 14), TEXT)
    | {1: _some("node"), 5: _some("tensor"), 15: _some("sparse"), 16: _some("metadata")},
    "node": dict.fromkeys((1, 2, 3, 6, 8, 10), TEXT) | {4: KEPT, 5: _some("attribute"), 7: KEPT, 9: _some("metadata")},
    "attribute": dict.fromkeys((1, 9, 13, 14, 15, 21), TEXT)
    | {2: FLOAT, 3: NUMBER, 4: KEPT, 5: _some("tensor", once=True), 6: _some("graph", once=True), 7: FLOATS}
    | {8: NUMBERS, 10: _some("tensor"), 11: _some("graph"), 20: NUMBER, 22: _some("sparse", once=True)}
    | {23: _some("sparse")},
    "tensor": dict.fromkeys((3, 6, 12), TEXT)
    | dict.fromkeys((5, 7, 11), NUMBERS)
    | {1: Field((BYTES, VARINT), kept=True), 2: KEPT_NUMBER, 4: FLOATS, 8: KEPT, 9: KEPT, 10: DOUBLES}
    | {13: _some("entry", kept=True), 14: KEPT_NUMBER, 16: _some("metadata")},
    "sparse": {1: _some("tensor", once=True), 2: _some("tensor", once=True), 3: NUMBERS},
    "entry": {1: KEPT, 2: KEPT},
    "metadata": {1: KEPT, 2: KEPT},
    "training": {1: _some("graph", once=True), 2: _some("graph", once=True), 3: _some("entry"), 4: _some("entry")},
    "function": dict.fromkeys((4, 5, 6, 8, 9, 12, 13), TEXT)
    | {1: KEPT, 7: _some("node"), 10: KEPT, 11: _some("attribute"), 14: _some("metadata")},
}
# Of each message, the fields that are passed: number and wire type, as the key of a field has them.
PASSED = {
    form: frozenset(
        number << 3 | wire for number, f in known.items() if not (f.inside or f.kept or f.once) for wire in f.wires
    )
    for form, known in FORMS.items()
}
# The fields that hold a message and of which nothing is kept, by the same key: the form of that message.
NESTED = {
    form: {
        number << 3 | wire: f.inside
        for number, f in known.items()
        if f.inside and not (f.kept or f.once)
        for wire in f.wires
    }
    for form, known in FORMS.items()
}
