"""Names that a configuration has its loader call, or import: Hydra's `_target_` and MLflow's `loader_module`.

NeMo, uni2TS and others call whatever such a name is with what stands beside it (CVE-2025-23304, CVE-2026-22584).
A name on the deny-list is unsafe; one that the allow-list has is nothing; any other cannot be told without its library.
Text is not parsed as YAML: its many ways to write a value would each be a hole. What cannot be read is no known name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.evidence.scan.lists import denial, used
from casemate.evidence.scan.report import Severity, shown

MOST = 1_000  # names; no configuration that we know has a hundred
OWN = ("mlflow.",)  # what MLflow's own loaders are called
_ESCAPE = re.compile(rb"\\(?:u00|x)([0-9a-fA-F]{2})")
_CALLED = re.compile(rb"""(?:_target_|loader_module)["']?\s*[:=]\s*["']?([^\s"',{}\[\]#]{0,200})""")


def judge(raw: bytes) -> Iterator[tuple[str, Severity, str]]:
    """Id, severity and message of each name that is called and not known to be harmless."""
    if b"_target_" not in raw and b"loader_module" not in raw and b"\\" not in raw:
        return
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), raw)
    for count, found in enumerate(_CALLED.finditer(plain)):
        if count == MOST:
            yield "limit", "inconclusive", f"has more than {MOST:,} names that a loader calls"
            return
        name = found[1].decode("utf-8", "replace")
        if why := _denied(name):
            yield "call", "unsafe", f"has a loader call {shown(name)}, which {why}"
        elif not name.startswith(OWN) and not _known(name):
            yield "call", "inconclusive", f"has a loader call {shown(name) or 'something'}, which is on no list"


def _splits(name: str) -> Iterator[tuple[str, str]]:
    parts = name.split(".")
    return ((".".join(parts[:n]), ".".join(parts[n:])) for n in range(1, len(parts)))


def _denied(name: str) -> str | None:
    """Why a dotted name is denied, wherever its module ends; one without a dot is a module that is imported."""
    pairs = [(name, None)] if "." not in name else _splits(name)
    return next(filter(None, (denial(module, of) for module, of in pairs)), None)


def _known(name: str) -> bool:
    return any(used(*pair) is not None for pair in _splits(name))
