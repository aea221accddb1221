"""Parts of an archive that no format claims and that carry no code: text that is only read.

Configurations, labels, licences and notes lie beside every model, and would make each archive inconclusive. Text is
understood when it is UTF-8 without control characters; program text, templates and YAML that names Python objects
are run or rendered by somebody, so they are no plain text. Pictures and other binary parts are not understood.
Names only make it worse: what is called like a program is one, what is called like a template is judged as one, and
text that is called like a model is not that model: often it only stands for one that Git LFS keeps. One thing they
allow: in Markdown, program text between fences is an example.
A file that is nothing but text is no model: this is asked for parts only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from casemate.evidence.scan import configured
from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.json_tree import MOST as MOST_JSON
from casemate.evidence.scan.json_tree import Object, has_keys, read
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.report import Severity

MOST = 16_000_000  # bytes; the largest tokenizer.json that we know has 11 million
PROGRAMS = (
    ".bat", ".cmd", ".desktop", ".ipynb", ".js", ".lua", ".mjs", ".php", ".pl", ".ps1", ".pth", ".py", ".r", ".rb",
    ".service", ".sh", ".vbs",
)  # fmt: skip
TEMPLATES = (".jinja", ".jinja2", ".j2")
MODELS = (
    ".bin", ".ckpt", ".dill", ".gguf", ".h5", ".hdf5", ".joblib", ".keras", ".npy", ".npz", ".onnx", ".pb", ".pickle",
    ".onnxjson", ".onnxtxt", ".pkl", ".prototxt", ".pt", ".pt2", ".safetensors", ".sav", ".skops", ".textproto",
    "saved_model.pbtxt",
)  # fmt: skip
Add = Callable[[str, Severity, str], None]

_POINTER = b"version https://git-lfs.github.com/spec/"
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PROGRAM = re.compile(
    rb"\A#!|(?:^|\r)[^\S\n\r]*+(?:import [\w.]+|from [\w.]+ import\b|def \w+\(|class \w+[:(]|exec\(|eval\()"
    rb"|(?:^|\r)[^\S\n\r]*+@\w++(?!\s*+\{)|<script|<\?php|\b__import__\s*+\(",
    re.MULTILINE,
)
_FENCE = re.compile(rb"[ >]*(`{3,}|~{3,})")
_YAML = re.compile(rb"!!?python/|tag:yaml\.org|^%TAG\b|(?:^|[\s\[{,:-])![^\s!%]*+(?:![^\s!%]*+)?%", re.MULTILINE)
_ENTITY = re.compile(rb"<!ENTITY\s|<!DOCTYPE[^<>\[]*\sSYSTEM\s|//www\.w3\.org/2001/XInclude")
_CODE = re.compile(rb"\{[{%]")


def understood(data: Data, add: Add, name: str = "") -> bool:
    """Whether a part is empty or plain text. What is text and no plain text is a finding."""
    if len(data) > MOST:
        return False
    raw = piece(data, 0, len(data)).removeprefix(_BOM)
    if not is_text(raw):
        return False
    if _YAML.search(raw):
        add("yaml-object", "suspicious", "is YAML that makes Python objects when it is loaded without care")
    elif has_keys(raw, "auto_map") or has_keys(raw, "custom_pipelines"):
        add("auto-map", "suspicious", "names program files that are run by loaders that trust them")
    elif _program(raw, name.lower()):
        add("program-text", "inconclusive", "looks like program text, which is not judged here")
    elif raw.startswith(_POINTER):
        add("pointer", "inconclusive", "stands for a file that Git LFS keeps, and which is not here")
    elif name.lower().endswith(MODELS):
        add("text-model", "inconclusive", f"is called like a model and is {'plain text' if raw else 'empty'}")
    if (b"<!" in raw or b"/XInclude" in raw) and _ENTITY.search(raw):
        add("xml-entity", "suspicious", "is XML that has its reader take in other texts or files")
    for finding in configured.judge(raw, name):
        add(*finding)
    if _CODE.search(raw):
        _template(raw, add, name.lower())
    return True


def _program(raw: bytes, name: str) -> bool:
    """Whether it looks like a program, or is called like one."""
    if name.endswith(PROGRAMS):
        return True
    found = _PROGRAM.search(raw)
    if found is None or not name.endswith(".md"):
        return found is not None
    return _PROGRAM.search(b"\n".join(_unfenced(raw))) is not None


def _unfenced(raw: bytes) -> Iterator[bytes]:
    """The lines of Markdown that stand in no block of code. An open block ends with the text."""
    fence = b""
    for line in raw.split(b"\n"):
        found = _FENCE.match(line)
        if fence:
            closes = found is not None and found[1].startswith(fence) and not line[found.end() :].strip()
            fence = b"" if closes else fence
        elif found is not None:
            fence = found[1]
        else:
            yield line


def _template(raw: bytes, add: Add, name: str) -> None:
    """Judge what may be a template: the texts of JSON one by one, else the whole."""
    try:
        tree = read(raw) if raw.lstrip()[:1] in (b"{", b"[") and len(raw) <= MOST_JSON else None
    except (ValueError, Enough):
        tree = None
    if tree is None:
        return _judge(raw.decode("utf-8"), add, name.endswith(TEMPLATES))
    for key, text in _texts(tree):
        if "{{" in text or "{%" in text:
            _judge(text, add, "template" in key)
    return None


def _judge(text: str, add: Add, sure: bool) -> None:
    """Judge a text. One that nothing calls a template and that cannot be read as one is none.

    Vocabularies and literature have such brackets; in those only names of Python's insides count.
    """
    from casemate.evidence.scan import template  # few texts are one, and it has large expressions

    if len(text) > template.MAX_TEMPLATE:
        text = template.code(text)
    if len(text) > template.MAX_TEMPLATE:
        return add("template-length", "inconclusive", f"has {len(text):,} characters of templates, which were not read")
    found: list[tuple[str, Severity, str]] = []
    template.judge(text, partial(_keep, found))
    odd = any(severity == "inconclusive" for _, severity, _ in found)
    for id, severity, message in found:  # noqa: A001 (the finding's word)
        if sure or severity == "unsafe" or not odd:
            add(id, severity, message)
    return None


def _keep(found: list[tuple[str, Severity, str]], id: str, severity: Severity, message: str) -> None:
    found.append((id, severity, message))


def _texts(tree: object) -> Iterator[tuple[str, str]]:
    """Every text of JSON, with the nearest key above it."""
    left: list[tuple[str, object]] = [("", tree)]
    while left:
        key, value = left.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, Object):
            left.extend(reversed(value))
        elif isinstance(value, list):
            left.extend((key, v) for v in reversed(value))


def is_text(raw: bytes) -> bool:
    """Whether this is UTF-8 without control characters."""
    if _CONTROL.search(raw):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
