"""What torch.export.save writes: a graph as JSON, weights as numbers, and tensors that torch.save wrote.

Loading looks up what a node calls, `target`, from torch on, attribute by attribute: `torch.ops.aten.relu.default`, and
`torch.os.system` as well. Shapes stand as `expr_str`, which sympy evaluates as Python. So both are read strictly, and
compiled code beside the graph is not understood.
Source: torch/_export/serde/serialize.py and torch/export/pt2_archive of 2.13.
"""

from __future__ import annotations

import re

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.json_events import Json
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.protobuf import Broken
from casemate.evidence.scan.report import Walk, shown
from casemate.evidence.scan.torch_code import NAMESPACES

FORMAT = "torch"
EXPECTED = frozenset({"outside-object"})
LONGEST = 4096  # bytes of a name or an expression
_ROOT = r"(?:[^/]+/)?"
_MARK = re.compile(_ROOT + r"archive_format|serialized_exported_program\.json")
_NUMBERS = re.compile(_ROOT + r"data/(?:weights|constants)/(?:weight|tensor)_\d+")
_GRAPH = re.compile(_ROOT + r"models/[^/]+\.json|serialized_exported_program\.json")
_OPERATOR = re.compile(r"torch\.ops\.(\w+)\.\w+(?:\.\w+)?")
_PLAIN = re.compile(
    r"(?:_operator|math)\.[a-z]\w*|torch\.(?:sym_\w+|_check\w*|_sym_sqrt|utils\._sympy\.functions\.[A-Z]\w*)"
    r"|\w*"
)
_REACHES = frozenset(("_operator.attrgetter", "_operator.methodcaller", "_operator.call"))
_WRITTEN = re.compile(r"Symbol\('[A-Za-z_]\w{0,40}'(?:, \w+=(?:True|False))*\)|Float\('[-+.\de]+', precision=\d+\)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_SYMBOL = re.compile(r"[a-z]{1,4}\d+|True|False|oo|int_oo|floor|ceiling")
_ODD = re.compile(r"[^\w\s+\-*/%(),<>=!&|~.]|\.\s*[^\W\d]")  # a text, a list, an attribute
FUNCTIONS = frozenset(
    (
        "Abs", "Add", "And", "CeilDiv", "CeilToInt", "CleanDiv", "Eq", "FloatPow", "FloatTrueDiv", "FloorDiv",
        "FloorToInt", "Ge", "Gt", "Identity", "IntTrueDiv", "Integer", "LShift", "Le", "Lt", "Max", "Min", "Mod",
        "ModularIndexing", "Mul", "Ne", "Not", "Or", "Piecewise", "Pow", "PowByNatural", "PythonMod", "RShift",
        "Rational", "RoundDecimal", "RoundToInt", "ToFloat", "TruncToFloat", "TruncToInt", "Where",
    )
)  # fmt: skip
"""Functions of torch.utils._sympy and of sympy that shapes are written with."""
SPACES = NAMESPACES | {"higher_order", "prims", "quantized_decomposed", "torchvision", "_c10d_functional"}


def recognise(names: frozenset[str]) -> bool:
    """Whether there is the mark of such an archive, and a graph."""
    marked = any(_MARK.fullmatch(name) for name in names)
    return marked and any(_GRAPH.fullmatch(name) for name in names)


def is_data(name: str) -> bool:
    """Whether it is a weight, whose bytes are taken for numbers."""
    return _NUMBERS.fullmatch(name) is not None


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """A graph as JSON; the rest by its content."""
    if _GRAPH.fullmatch(name) is None:
        return None
    notes, reader, key = descend.notes(), Json(data), ""
    try:
        for kind, begin, end in reader.events():
            notes.step()
            if kind == "key":
                key = _text(data, begin, end)
            elif kind == "text" and key in _JUDGES:
                _JUDGES[key](_text(data, begin, end), begin, notes)
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", reader.at)
        return notes.walk(reader.at)
    except Broken as e:
        notes.add("broken", "inconclusive", str(e), e.at)
        return notes.walk(e.at)
    return notes.walk(reader.at, "json", True)


def _text(data: Data, begin: int, end: int) -> str:
    """A text, or the beginning of a long one, with what was written as an escape of ASCII."""
    raw = piece(data, begin, min(end, begin + LONGEST)).decode("utf-8", "replace")
    return re.sub(r"\\u00([0-7][0-9a-fA-F])", lambda found: chr(int(found[1], 16)), raw)


def _target(name: str, at: int, notes: Notes) -> None:
    """What a node calls."""
    operator = _OPERATOR.fullmatch(name)
    if operator and operator[1] not in SPACES:
        said = f"calls the operator {operator[1][:60]}, which is not part of torch"
        notes.add("custom-operator", "suspicious", said, at)
    elif not operator and (_PLAIN.fullmatch(name) is None or name in _REACHES):
        said = f"has a node that calls {shown(name[:100])}, which is no operator"
        notes.add("unknown-call", "suspicious", said, at)


def _expression(text: str, at: int, notes: Notes) -> None:
    """A shape: signs, numbers, symbols and functions of a list."""
    text = _WRITTEN.sub("1", text)
    words = _WORD.findall(text)
    plain = all(w in FUNCTIONS or _SYMBOL.fullmatch(w) for w in words)
    if not plain or len(text) >= LONGEST or _ODD.search(text):
        notes.add("code", "unsafe", f"has a shape that is evaluated as Python: {shown(text[:100])}", at)


_JUDGES = {"target": _target, "expr_str": _expression}
