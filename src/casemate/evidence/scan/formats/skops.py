"""The schema of a skops archive: a tree whose nodes each name a class that loading would import.

Judged by the same lists as the names in a pickle (lists.py). skops itself asks whoever loads which types to trust;
what a loader node does beyond its class (calling a method by its name) is suspicious.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.json_tree import MOST, OPENS, Object, objects, read, top
from casemate.evidence.scan.notes import Enough, Notes
from casemate.evidence.scan.report import Walk

FIRST = OPENS
LOADERS = frozenset(
    (
        "BytearrayNode", "BytesNode", "ConstructorFromReduceNode", "DTypeNode", "DefaultDictNode", "DictNode",
        "FunctionNode", "JsonNode", "ListNode", "LossNode", "MaskedArrayNode", "NdArrayNode", "ObjectNode",
        "PartialNode", "QuantileForestNode", "RandomGeneratorNode", "RandomStateNode", "SGDNode", "SetNode",
        "SliceNode", "SparseMatrixNode", "TreeNode", "TupleNode", "TypeNode", "_DictWithDeprecatedKeysNode",
    )
)  # fmt: skip
"""Of skops 0.16. MethodNode and OperatorFuncNode call by name (CVE-2025-54412, -54413) and are not among them."""
OWN = frozenset(
    (("builtins", "NoneType"), ("numpy.random.mtrand", "RandomState"), ("numpy.random._generator", "Generator"))
)
"""Classes that skops itself names and no pickle does."""


def recognise(data: Data) -> bool:
    """Whether it is a JSON object with a loader, a module and a class at the top."""
    return top(data, "__loader__", "__module__", "__class__")


def walk(data: Data, descend: Descend) -> Walk:
    """Every node of the tree."""
    notes = descend.notes()
    try:
        for node in objects(read(piece(data, 0, min(len(data), MOST + 1))), notes):
            _node(node, notes)
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", 0)
        return notes.walk(0)
    except ValueError:
        notes.add("broken", "inconclusive", "is no JSON", 0)
        return notes.walk(0)
    return notes.walk(len(data))


def _node(node: Object, notes: Notes) -> None:
    """Each class in each module; what is no text cannot be told."""
    modules = [m if isinstance(m, str) else None for m in node.all("__module__")]
    names = [n if isinstance(n, str) else None for n in node.all("__class__")]
    for module in modules or [None] * bool(names):
        for name in names or [None]:
            if (module, name) not in OWN:
                notes.seen(module, name, 0)
    for module in node.all("module_path"):  # so older versions name a function
        for name in node.all("function") or [None]:
            notes.seen(module if isinstance(module, str) else None, name if isinstance(name, str) else None, 0)
    for loader in node.all("__loader__"):
        if loader not in LOADERS:
            said = f"has a node {str(loader)[:60]!a}, which calls what the file names or is not known"
            notes.add("loader", "suspicious", said, 0)
