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

    signed: tuple[str, ...]
    running: tuple[str, ...] = ()
    assessed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all that was given is the same model."""
        return not self.findings


def join(signed: Iterable[str], running: Iterable[str] | None, assessed: Iterable[str] | None) -> Join:
    """Compare. None: nobody asked.

    signed: the digests of the one model whose signature is valid, with and without what the signer left out; none when
    no signature is valid.
    """
    one, runs, passed = (tuple(sorted(set(given or ()))) for given in (signed, running, assessed))
    asked = running is not None, assessed is not None
    return Join(one, runs, passed, tuple(_findings(one, runs, passed, asked)))


def _findings(
    signed: tuple[str, ...], runs: tuple[str, ...], passed: tuple[str, ...], asked: tuple[bool, bool]
) -> Iterator[Finding]:
    asks_runs, asks_passed = asked
    if not signed:
        if asks_runs or asks_passed:
            yield Finding("nothing-signed", "no valid signature says what ought to run")
        return
    fine = bool(set(signed) & set(passed))
    if asks_runs and not runs:
        yield Finding("running-unknown", "nothing says which model runs")
    for digest in runs:
        if digest not in signed:
            yield Finding("runs-unsigned", f"{digest[:12]} runs, and {signed[0][:12]} was signed")
        if asks_passed and digest not in passed and not (digest in signed and fine):
            yield Finding("runs-unassessed", f"{digest[:12]} runs, and no assessment knows it")
    if asks_passed and not fine:
        yield Finding("signed-unassessed", f"{signed[0][:12]} was signed, and no assessment knows it")


def is_digest(given: str) -> bool:
    """Whether this is a digest and no name of a file."""
    return _DIGEST.fullmatch(given.lower()) is not None


def running(given: str) -> tuple[str, ...]:
    """The digests that a manifest, the labels of an image or a prediction log name as the model; or the one given.

    Fails with CasemateError when the file cannot be read or names several digests and none as the model's.
    """
    if is_digest(given):
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
