"""The join: what runs is what was signed is what passed the assessment. Any inequality is a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.evidence.sign.limits import bare
from casemate.evidence.sign.verdict import Finding

MAX_FILE = 64_000_000  # bytes of a log or a manifest
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_ANYWHERE = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Join:
    """The digests, and what does not hold. `assessed` and `running` are empty where nobody gave them."""

    signed: str | None
    running: tuple[str, ...] = ()
    assessed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all that was given is the same model."""
        return not self.findings


def join(signed: str | None, running: Iterable[str] | None, assessed: Iterable[str] | None) -> Join:
    """Compare. signed: the digest of a model whose signature is valid, None otherwise; None elsewhere: not asked."""
    runs, passed = tuple(sorted(set(running or ()))), tuple(sorted(set(assessed or ())))
    return Join(signed, runs, passed, tuple(_findings(signed, None if running is None else runs, passed, assessed)))


def _findings(
    signed: str | None, runs: tuple[str, ...] | None, passed: tuple[str, ...], assessed: Iterable[str] | None
) -> Iterator[Finding]:
    if signed is None and (runs is not None or assessed is not None):
        yield Finding("nothing-signed", "no valid signature says what ought to run")
        return
    if runs is not None and not runs:
        yield Finding("running-unknown", "nothing says which model runs")
    for digest in runs or ():
        if digest != signed:
            yield Finding("runs-unsigned", f"{digest[:12]} runs, and {str(signed)[:12]} was signed")
        if assessed is not None and digest not in passed:
            yield Finding("runs-unassessed", f"{digest[:12]} runs, and no assessment knows it")
    if assessed is not None and signed not in passed:
        yield Finding("signed-unassessed", f"{str(signed)[:12]} was signed, and no assessment knows it")


def running(given: str) -> tuple[str, ...]:
    """The digests that a manifest, the labels of an image or a prediction log name as the model; or the one given.

    Fails with CasemateError when the file cannot be read or names several digests and none as the model's.
    """
    if _DIGEST.fullmatch(given.lower()):
        return (bare(given),)
    text = _text(Path(given))
    named = {digest for doc in _documents(text) for digest in _of_model(doc, False)}
    found = named or set(_ANYWHERE.findall(text.lower()))
    if len(found) == 1 or named:
        return tuple(sorted(found))
    if not found:
        raise CasemateError(given, "names no sha256", "give a digest, or a file with a key such as `model_digest`")
    raise CasemateError(given, f"names {len(found)} digests, and none as the model's", "give the digest itself")


def assessed(path: Path, component: str | None = None) -> tuple[str, ...]:
    """The digests that bind in an assessment (`casemate assess --format json`), of one component or of all.

    Empty when its gate did not pass: then nothing passed. Fails with CasemateError for another kind of file.
    """
    docs = list(_documents(_text(path)))
    doc = docs[0] if len(docs) == 1 and isinstance(docs[0], dict) else {}
    evidence, gate = doc.get("evidence"), doc.get("gate")
    if not isinstance(evidence, list) or not isinstance(gate, dict):
        raise CasemateError(str(path), "is no assessment", "make one: casemate assess --format json")
    if gate.get("passed") is not True:
        return ()
    records = [r for r in evidence if isinstance(r, dict) and r.get("state") == "valid"]
    found = {r.get("digest") for r in records if component is None or r.get("element") == component}
    return tuple(sorted(d for d in found if isinstance(d, str) and _DIGEST.fullmatch(d)))


def _text(path: Path) -> str:
    data = files.read(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise CasemateError(str(path), "is larger than 64 MB", "give the newest part of it, or the digest itself")
    return data.decode("utf-8", "replace")


def _documents(text: str) -> Iterator[Any]:
    """The whole as JSON, else every line that is; a last line that is still being written is left out."""
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        for line in text.splitlines():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                continue


def _of_model(doc: Any, model: bool, depth: int = 0) -> Iterator[str]:
    """Digests below a key that speaks of a model."""
    if depth > 32:
        return
    if isinstance(doc, dict):
        for key, value in doc.items():
            yield from _of_model(value, model or "model" in key.lower(), depth + 1)
    elif isinstance(doc, list):
        for value in doc:
            yield from _of_model(value, model, depth + 1)
    elif model and isinstance(doc, str) and (found := _DIGEST.fullmatch(doc.lower())):
        yield found.group(1)
