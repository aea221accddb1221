"""Names that a configuration has its loader call, or import: Hydra's `_target_`, MLflow's `loader_module`, and others.

NeMo, uni2TS and others call whatever such a name is with what stands beside it (CVE-2025-23304, CVE-2026-22584).
A name on the deny-list is unsafe; one that the allow-list has is nothing; any other cannot be told without its library.
PEFT imports its `parent_library`, sentence-transformers the `type` of each part of modules.json, diffusers the library
that model_index.json says of each part, TorchServe runs the `handler` of its manifest. `target`, `class_path` and
`_component_` (latent diffusion, Lightning, torchtune) are words of other things too: those count where they are denied.
jsonpickle makes any object of `py/` keys.

Text is not parsed as YAML: its many ways to write a value would each be a hole. What cannot be read is no known name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.evidence.scan.lists import denial, used
from casemate.evidence.scan.report import Severity, shown

MOST = 1_000  # names; no configuration that we know has a hundred
OWN = ("mlflow.", "transformers.", "diffusers.", "sentence_transformers.")  # what the loaders' own parts are called
HANDLERS = frozenset(("image_classifier", "image_segmenter", "object_detector", "text_classifier"))  # TorchServe's own
FIRST = frozenset(
    ("builtins", "__builtin__", "ctypes", "importlib", "marshal", "nt", "os", "pickle", "posix", "pty", "runpy",
     "shutil", "socket", "subprocess", "sys", "webbrowser")
)  # fmt: skip
"""Where a name begins that counts behind a word that means other things too."""
WORDS = (b"target", b"loader_module", b"parent_library", b"class_path", b"_component_", b"py/")
_ESCAPE = re.compile(rb"\\(?:u00|x)([0-9a-fA-F]{2})")
_VALUE = rb"""["']?\s*[:=]\s*["']?([^\s"',{}\[\]#]{0,200})"""
_CALLED = re.compile(rb"(?:_target_|loader_module|parent_library)" + _VALUE)
_MAYBE = re.compile(rb"(?<![\w.])(?:target|class_path|_component_)" + _VALUE)
_TYPE = re.compile(rb"\"type\"" + _VALUE)
_PART = re.compile(rb"""\[\s*"([^"\\]{1,200})"\s*,\s*"[^"]*"\s*\]""")
_HANDLER = re.compile(rb"\"handler\"" + _VALUE)
_LOOKED = {
    "modules.json": ((_TYPE, True),),
    "model_index.json": ((_PART, False),),
    "manifest.json": ((_HANDLER, True),),
}
"""What counts in files of these names alone."""
_PICKLED = re.compile(rb"\"py/(?:object|reduce|type|function|class|repr|ref|newargs\w*)\"\s*:")


def judge(raw: bytes, place: str = "") -> Iterator[tuple[str, Severity, str]]:
    """Id, severity and message of each name that is called and not known to be harmless. place: the part's own name."""
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), raw) if b"\\" in raw else raw
    place = place.replace(" ", "/").rpartition("/")[2].lower()
    if place not in _LOOKED and not any(word in plain for word in WORDS):
        return
    for count, (name, strict) in enumerate(_names(plain, place)):
        if count == MOST:
            yield "limit", "inconclusive", f"has more than {MOST:,} names that a loader calls"
            return
        if why := _denied(name):
            yield "call", "unsafe", f"has a loader call {shown(name)}, which {why}"
        elif strict and not name.startswith(OWN) and not _known(name):
            yield "call", "inconclusive", f"has a loader call {shown(name) or 'something'}, which is on no list"
    if _PICKLED.search(plain):
        yield "json-object", "suspicious", "is JSON that makes Python objects when jsonpickle reads it"


def _names(plain: bytes, place: str) -> Iterator[tuple[str, bool]]:
    """Each name that a loader may call or import, and whether one that is on no list counts."""
    for pattern, strict in (*_LOOKED.get(place, ()), (_CALLED, True), (_MAYBE, False)):
        for found in pattern.finditer(plain):
            name = found[1].decode("utf-8", "replace")
            plainly = pattern is not _MAYBE or name.partition(".")[0] in FIRST
            if plainly and name not in ("null", "None") and not (pattern is _HANDLER and name in HANDLERS):
                yield name, strict


def _splits(name: str) -> Iterator[tuple[str, str]]:
    parts = name.split(".")
    return ((".".join(parts[:n]), ".".join(parts[n:])) for n in range(1, len(parts)))


def _denied(name: str) -> str | None:
    """Why a dotted name is denied, wherever its module ends; one without a dot is a module that is imported."""
    pairs = [(name, None)] if "." not in name else _splits(name)
    return next(filter(None, (denial(module, of) for module, of in pairs)), None)


def _known(name: str) -> bool:
    return any(used(*pair) is not None for pair in _splits(name))
