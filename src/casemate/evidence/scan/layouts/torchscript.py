"""What torch.jit.save writes: code as text, and pickles that torch reads with a reader of its own, which is not Python.

That reader knows a few names of torch.jit._pickle and the classes in the archive, `__torch__.x`; these are understood
here and nowhere else. Any other name in its pickles is judged as ever. What the code calls is in torch_code.py.
Source: torch/csrc/jit/serialization, unpickler.cpp and import_source.cpp of 2.x.
"""

from __future__ import annotations

import re

from casemate.evidence.scan import torch_code
from casemate.evidence.scan.data import Data
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.report import Import, Walk
from casemate.evidence.scan.stream import PROTO, Stream

FORMAT = "torchscript"
EXPECTED = frozenset({"outside-object"})  # storages are taken in by their number
_STORAGE = re.compile(r"[^/]+/(?:data|constants|tensors|traced_inputs)/\d+")
_PICKLE = re.compile(
    r"[^/]+/(?:(?:data|constants|bytecode|mobile_debug_handles|attributes|traced_inputs)\.pkl|code/.*\.debug_pkl)"
)
_CODE = re.compile(r"[^/]+/code/.*\.py")
_NAME = re.compile(r"\w+")
BUILDERS = frozenset(
    f"build_{kind}" for kind in ("intlist", "tensorlist", "doublelist", "boollist", "complexlist", "tensor_from_id")
) | {"restore_type_tag"}


def recognise(names: frozenset[str]) -> bool:
    """Whether there is one model with its constants, its code or its bytecode."""
    roots = {name[: -len("data.pkl")] for name in names if name.endswith("/data.pkl") and name.count("/") == 1}
    if len(roots) != 1:
        return False
    root = roots.pop()
    return any(n.startswith((root + "code/", root + "constants", root + "bytecode.pkl")) for n in names)


def is_data(name: str) -> bool:
    """Whether it is a storage, which is copied into memory as numbers."""
    return _STORAGE.fullmatch(name) is not None


def walk(name: str, data: Data, descend: Descend) -> Walk | None:
    """Code as text, pickles by the names that torch's reader knows; the rest by its content."""
    if _CODE.fullmatch(name):
        return torch_code.walk(data)
    return _pickle(data, descend) if _PICKLE.fullmatch(name) else None


def _pickle(data: Data, descend: Descend) -> Walk | None:
    """One pickle from beginning to end; None when it is anything else."""
    if data[:1] != bytes([PROTO]):
        return None
    notes = descend.notes()
    stream = Stream(data, 0, notes)
    stream.follow()
    if not stream.ended or stream.at != len(data):
        return None
    for (module, _), at in notes.imports.items():
        if module and module.startswith("__torch__.torch.classes."):
            torch_code.custom_class(module.split(".")[3], at, notes)
    walk = notes.walk(stream.at, "pickle")
    return Walk(tuple(i for i in walk.imports if not _understood(i)), walk.findings, walk.walked, walk.format)


def _understood(seen: Import) -> bool:
    """Whether torch's own reader knows the name: a builder, or a class that the archive itself defines."""
    if seen.module is None or seen.name is None:
        return False
    if seen.module == "torch.jit._pickle":
        return seen.name in BUILDERS
    parts = (*seen.module.split("."), *seen.name.split("."))
    return parts[0] == "__torch__" and all(_NAME.fullmatch(part) for part in parts)
