"""Parts of an archive that no format claims and that carry no code: text that is only read.

Configurations, labels, licences and notes lie beside every model, and would make each archive inconclusive. Text is
understood when it is UTF-8 without control characters; program text, templates and YAML that names Python objects
are run or rendered by somebody, so they are no plain text. Pictures and other binary parts are not understood.
A file that is nothing but text is no model: this is asked for parts only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from casemate.evidence.scan.data import Data, piece
from casemate.evidence.scan.report import Severity

MOST = 16_000_000  # bytes; the largest tokenizer.json that we know has 11 million
Add = Callable[[str, Severity, str], None]

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PROGRAM = re.compile(
    rb"\A#!|^\s*+(?:import [\w.]+|from [\w.]+ import |def \w+\(|class \w+[:(]|exec\(|eval\(|@\w)|<script|<\?php",
    re.MULTILINE,
)
_YAML = re.compile(rb"!!python/|!python/")


def understood(data: Data, add: Add) -> bool:
    """Whether a part is empty or plain text. What is text and no plain text is a finding."""
    if len(data) > MOST:
        return False
    raw = piece(data, 0, len(data))
    if not _is_text(raw):
        return False
    if _YAML.search(raw):
        add("yaml-object", "suspicious", "is YAML that makes Python objects when it is loaded without care")
    elif _PROGRAM.search(raw):
        add("program-text", "inconclusive", "looks like program text, which is not judged here")
    return True


def _is_text(raw: bytes) -> bool:
    if _CONTROL.search(raw):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
