"""The source code in a TorchScript archive: a small language that looks like Python and calls operators alone.

Its compiler knows `torch.x` (operator aten::x), `ops.<namespace>.<x>` and classes of the archive, nothing of Python.
Operators of torch compute, but two of them write or open files of the code's choice; operators and classes of other
namespaces come from a library that the loading program brings. Texts and comments are taken out before; whatever names
`torch` or `ops` without saying at once what of it is suspicious, because a name can be given another name.
"""

from __future__ import annotations

import re

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.notes import Notes
from casemate.evidence.scan.report import Walk

MOST = 16_000_000  # bytes of one source file; the largest that we know has 2 million
NAMESPACES = frozenset(("aten", "prim", "quantized", "_quantized", "prepacked", "sparse", "inductor"))
CLASSES = frozenset(("quantized", "sparse", "xnnpack"))  # __torch__.torch.classes.<x> that torch itself has
FILES = {
    "save": "writes a file of the code's choice",
    "from_file": "opens or makes a file of the code's choice",
}
_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"""' r"|'''(?:[^'\\]|\\.|'(?!''))*+'''"
    r'|"(?:[^"\\\n]|\\.)*+"' r"|'(?:[^'\\\n]|\\.)*+'" r"|#[^\n]*+",
    re.DOTALL,
)  # fmt: skip
_DOT = r"\s*+\\?\s*+\.\s*+\\?\s*+"
_OPS = re.compile(rf"(?<![\w.])(?:torch{_DOT})?ops\b(?:{_DOT}(\w+){_DOT}(\w+))?")
_TORCH = re.compile(rf"(?<![\w.])torch\b(?:{_DOT}(\w+))?")
_PYTHON = re.compile(
    r"^[^\S\n]*+(?:import|from)\s+(?!__torch__\b)\w|(?<![\w.])(?:__import__|breakpoint|compile|eval|exec|globals|input|locals"
    r"|open|vars)\s*+\(",
    re.MULTILINE,
)
_CLASS = re.compile(rf"__torch__{_DOT}torch{_DOT}classes{_DOT}(\w+)")


def walk(data: Data) -> Walk:
    """What the code of one file calls."""
    notes = Notes()
    if len(data) > MOST:
        notes.add("limit", "inconclusive", f"has more than {MOST:,} bytes of code", 0)
        return notes.walk(0)
    try:
        code = piece(data, 0, len(data)).decode("utf-8")
    except UnicodeDecodeError as e:
        notes.add("broken", "inconclusive", "is code that is not UTF-8", e.start)
        return notes.walk(0)
    _judge(_TEXT.sub(lambda text: " " * len(text[0]), code), notes)
    return notes.walk(len(data))


def _judge(code: str, notes: Notes) -> None:
    for found in _OPS.finditer(code):
        space, name = found.groups()
        if space is None:
            notes.add("operators", "suspicious", "has code that hands the operators around", found.start())
        elif space == "aten" and name in FILES:
            _file(name, found.start(), notes)
        elif space not in NAMESPACES:
            said = f"calls the operator {space[:60]}.{name[:60]}, which is not part of torch"
            notes.add("custom-operator", "suspicious", said, found.start())
    for found in _TORCH.finditer(code):
        if found[1] is None:
            notes.add("operators", "suspicious", "has code that hands the operators around", found.start())
        elif found[1] in FILES:
            _file(found[1], found.start(), notes)
    if python := _PYTHON.search(code):
        said = f"has code that says {python[0].strip()!a}, which is Python and not TorchScript"
        notes.add("program-text", "suspicious", said, python.start())
    for found in _CLASS.finditer(code):
        custom_class(found[1], found.start(), notes)


def _file(name: str, at: int, notes: Notes) -> None:
    notes.add("call", "unsafe", f"calls torch.{name}, which {FILES[name]}", at)


def custom_class(space: str, at: int, notes: Notes) -> None:
    """Note a class of a native library, unless torch has it."""
    if space not in CLASSES:
        said = f"has an object of the native class {space[:60]!a}, which is not part of torch"
        notes.add("custom-class", "suspicious", said, at)
