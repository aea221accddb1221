"""What a Keras configuration makes when it is loaded: in .keras archives, in HDF5 attributes, beside a SavedModel.

Every object of the whole tree that names a class counts, wherever it stands. Loaders import `module` and call what
`class_name` names in it; newer ones refuse some of that, and a scan cannot know which loader will be used.
Lambda layers hold marshalled code. A name beyond Keras' own modules is an import like that of a pickle (lists.py).
Sources: CVE-2024-3660, CVE-2025-1550, -8747, -9905, -9906, -12058, -49655.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from pathlib import Path
from typing import Any

from casemate.evidence.scan.json_tree import Object, objects, read
from casemate.evidence.scan.notes import Enough, Notes

OWN = frozenset(("keras", "tf_keras", "keras_core", "keras_hub", "keras_nlp", "keras_cv", "tensorflow"))
"""The namespaces of Keras: the first part of a module, exactly."""
AREAS = frozenset(
    (
        "activations", "constraints", "dtype_policies", "engine", "initializers", "layers", "losses", "metrics",
        "mixed_precision", "models", "ops", "optimizers", "quantizers", "random", "regularizers",
    )
)  # fmt: skip
"""The parts of Keras that a model is made of. Beside them are helpers that read files and fetch from the network."""
CALLS = frozenset(
    (
        "audio_dataset_from_directory", "deserialize_keras_object", "enable_unsafe_deserialization", "func_load",
        "get_file", "image_dataset_from_directory", "import_module", "load_file_system_library", "load_img",
        "load_library", "load_model", "load_op_library", "load_weights", "model_from_config", "model_from_json",
        "model_from_yaml", "numpy_function", "py_func", "py_function", "read_file", "save_img", "save_model",
        "save_weights", "text_dataset_from_directory", "write_file",
    )
)  # fmt: skip
"""Functions in those namespaces that load code, or read and write files."""
HIGHER = frozenset(
    (
        "associative_scan", "cond", "custom_gradient", "fori_loop", "map", "scan", "switch", "vectorize",
        "vectorized_map", "while_loop",
    )
)  # fmt: skip
"""Functions in those namespaces that call what they are given."""
OPERATIONS = frozenset(
    (
        "__operators__", "bitwise", "dtypes", "image", "linalg", "math", "nn", "quantization", "ragged", "random",
        "raw_ops", "signal", "sparse", "strings", "compat",
    )
)  # fmt: skip
"""The parts of TensorFlow whose functions compute; TFOpLambda calls any function by its name."""
CHECKPOINTS = frozenset(("MergeV2Checkpoints", "Restore", "RestoreSlice", "RestoreV2", "Save", "SaveSlices", "SaveV2"))
"""Operations that write and read files, and that every SavedModel has; no layer needs them."""
_OLDER = re.compile(r"\A(?:compat\.v[12]\.)+")
CODE = {
    "Lambda": "has a Lambda layer, which runs the Python code in the file",
    "__lambda__": "has a function as marshalled Python code",
    "TorchModuleWrapper": "has a TorchModuleWrapper, which loads a pickle",
}
FILES = {"TFSMLayer": "filepath", "TextVectorization": "vocabulary", "StringLookup": "vocabulary"}
FILES |= {"IntegerLookup": "vocabulary", "IndexLookup": "vocabulary"}
"""Layers that open a path of the file's choice, and where it stands."""


@cache
def known() -> frozenset[str]:
    """Names that need no module because Keras has them."""
    lines = Path(__file__).with_name("keras.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def judge(raw: bytes, notes: Notes, at: int = 0) -> None:
    """Note what a configuration would import and run. `at` is where it stands. Fails with nothing."""
    try:
        for node in objects(read(raw), notes):
            _node(node, notes, at)
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", at)
    except ValueError:
        notes.add("broken", "inconclusive", "has a configuration that is no JSON", at)


def _node(node: Object, notes: Notes, at: int) -> None:
    """One object: every module with every name, since keys may stand twice."""
    names = [n for key in ("class_name", "spec_name") for n in node.all(key) if isinstance(n, str)]
    modules = [m for m in node.all("module") if isinstance(m, str) and m]
    for name in names:
        _class(name, node, bool(modules), notes, at)
    for module in modules:
        for name in names or [""]:
            _import(module, _called(node) if name == "function" else name, notes, at)
    for name in node.all("registered_name"):
        if isinstance(name, str) and name and (">" in name or (name != "function" and name not in names)):
            _custom(name, notes, at)


def _class(name: str, node: Object, has_module: bool, notes: Notes, at: int) -> None:
    """What the class alone tells."""
    plain = name.rpartition(">")[2].rpartition(".")[2]
    if plain in CODE:
        notes.add("code", "unsafe", CODE[plain], at)
    elif plain in FILES and any(isinstance(c.text(FILES[plain]), str) for c in _configs(node)):
        notes.add("outside-file", "suspicious", f"has a {plain} layer that opens a path of the file's choice", at)
    elif plain in ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "TensorFlowOpLayer"):
        _operation(plain, node, notes, at)
    elif not has_module and name not in known() and name != "TFSMLayer":
        _custom(name, notes, at)


def _operation(name: str, node: Object, notes: Notes, at: int) -> None:
    """A function of TensorFlow, called by its name."""
    called = [c.text("function") for c in _configs(node)]
    for function in called or [None]:
        if name == "SlicingOpLambda" or (function and _computes(function)):
            continue
        if function and (function.rpartition(".")[2] in CALLS or _raw(function) in _listed()[0]):
            notes.add("call", "unsafe", f"calls {function[:100]!a} of TensorFlow when it is loaded", at)
        else:
            said = f"has a {name} layer that calls {(function or 'something')[:100]!a}, which may do anything"
            notes.add("unknown-call", "suspicious", said, at)


def _computes(function: str) -> bool:
    first, _, rest = _OLDER.sub("", function).partition(".")
    unsafe, suspicious = _listed()
    listed = _raw(function) in unsafe | suspicious
    return (not rest or first in OPERATIONS) and function.rpartition(".")[2] not in CALLS and not listed


def _raw(function: str) -> str:
    """The operation of the graph that a function is; empty when it is none by itself."""
    first, _, rest = _OLDER.sub("", function).partition(".")
    return rest if first == "raw_ops" else ""


def _listed() -> tuple[Set[str], Set[str]]:
    """The operations of a graph that are unsafe, and those that are suspicious."""
    from casemate.evidence.scan.tf_graph import SUSPICIOUS, UNSAFE  # which judges configurations by us

    return UNSAFE.keys(), SUSPICIOUS.keys() | CHECKPOINTS


def _import(module: str, name: str, notes: Notes, at: int) -> None:
    """What stands in a module."""
    package, *parts = module.split(".")
    if package not in OWN:
        if (module, name) != ("builtins", "") and not (module == "builtins" and name in known()):
            notes.seen(module, name, at)
    elif name in CALLS or parts[-1:] == ["get_file"]:
        notes.add("call", "unsafe", f"calls {module[:100]!a} {name[:100]!a}, which loads code or opens files", at)
    elif name in HIGHER:
        said = f"calls {module[:100]!a} {name[:100]!a}, which calls what it is given"
        notes.add("call", "suspicious", said, at)
    elif not _is_area(package, parts, name) or "." in name or "/" in name:
        said = f"names {module[:100]!a} {name[:100]!a}, which is no part that models are made of"
        notes.add("odd-module", "suspicious", said, at)


def _is_area(package: str, parts: list[str], name: str) -> bool:
    if package == "tensorflow" and parts[:1] == ["python"] and parts[1:2] != ["keras"]:
        return parts[1:2] in (["framework"], ["trackable"], ["training"]) or parts[1:3] == ["ops", "ragged"]
    inner = [p for p in parts if p not in ("src", "api", "_v2", "v2", "keras", "python")]
    if package in ("keras_hub", "keras_nlp", "keras_cv"):
        return bool(inner)
    return not inner or inner[0] in AREAS or (inner[0] == "utils" and name == "FeatureSpace")


def _custom(name: str, notes: Notes, at: int) -> None:
    if name not in known():
        said = f"needs the custom object {name[:100]!a}, whose code is not in the file"
        notes.add("custom-object", "suspicious", said, at)


def _configs(node: Object) -> list[Object]:
    return [c for c in node.all("config") if isinstance(c, Object)]


def _called(node: Object) -> str:
    """The function that a `function` object means: its name stands in `config`, alone or in an object."""
    found: list[Any] = [*node.all("config"), *(c.text("name") for c in _configs(node))]
    return next((f for f in found if isinstance(f, str)), "function")
