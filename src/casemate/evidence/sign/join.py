"""The join: what runs is what was signed is what passed the assessment. Any inequality is a finding.

What runs is read in running.py; here it is only compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from casemate.core.errors import CasemateError
from casemate.evidence.sign.running import documents, is_digest, text_of
from casemate.evidence.sign.verdict import Finding


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


def assessed(path: Path, component: str | None = None) -> tuple[str, ...]:
    """The digests that bind in an assessment (`casemate assess --format json`), of one component or of all.

    Empty when its gate did not pass: then nothing passed. Fails with CasemateError for another kind of file.
    """
    docs = list(documents(text_of(path)))
    doc = docs[0] if len(docs) == 1 and isinstance(docs[0], dict) else {}
    evidence, gate = doc.get("evidence"), doc.get("gate")
    if not isinstance(evidence, list) or not isinstance(gate, dict):
        raise CasemateError(str(path), "is no assessment", "make one: casemate assess --format json")
    if gate.get("passed") is not True:
        return ()
    records = [r for r in evidence if isinstance(r, dict) and r.get("state") == "valid"]
    found = {r.get("digest") for r in records if component is None or r.get("element") == component}
    return tuple(sorted(d for d in found if isinstance(d, str) and is_digest(d)))
