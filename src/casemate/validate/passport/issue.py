"""What a passport says, from an assessment that passed and the files that it was made from.

The files are digested here, at one end. That they are the ones that were assessed is checked: `of_files` before and
after must be equal, and a model must have the digest that its evidence has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from casemate import __version__
from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.define.places import Places
from casemate.define.system import System
from casemate.evidence.passport import digests
from casemate.evidence.passport.form import Passport, Thing
from casemate.evidence.sign.tree import Unreadable, shown
from casemate.validate.assessment import Assessment
from casemate.validate.gate import Reason
from casemate.validate.passport.grounds import grounds
from casemate.validate.passport.standing import RULES
from casemate.validate.passport.until import until
from casemate.validate.signoff.binds import binds, digest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Files:
    """Digests of what was read to assess, the models apart."""

    described: tuple[Thing, ...]
    policy: str | None
    evidence: tuple[Thing, ...]
    sign_offs: tuple[str, ...]


def of_files(system: System, file: Path, policy: Path | None) -> Files:
    """The files as they are now. Fails with CasemateError when one cannot be read."""
    root = file.parent
    written = system.places.names if isinstance(system.places, Places) else ()
    others = dict.fromkeys(PurePosixPath(n).as_posix() for n in (*written, *system.catalog))
    evidence = root / system.evidence
    return Files(
        (_of(file, file.name), *(_of(root / name, name) for name in others)),
        _of(policy, policy.name).digest if policy else None,
        _read(evidence, partial(digests.of_evidence, evidence)),
        _read(root, partial(digests.of_sign_offs, root)),
    )


def _of(path: Path, name: str, kind: str = "") -> Thing:
    return _read(path, partial(digests.of_path, path, name, kind))


def _read(path: Path, what: Callable[[], T]) -> T:
    try:
        return what()
    except Unreadable as e:
        raise CasemateError(str(path), f"was not read: {shown(str(e))}", "check it and issue again") from None


def against(a: Assessment, root: Path) -> Iterator[Reason]:
    """Why no passport may be issued: files that are not there, and the gate's reasons but those about an older one."""
    yield from (r for r in a.gate.reasons if r.rule not in RULES)
    with_file = [c for c in a.system.components.values() if c.path]
    if not with_file:
        yield Reason("passport", "no component has a file that could be released", "give the model a `path:`", 3)
    for c in with_file:
        if files.kind(root / str(c.path)) is None:
            what = f"{c.id} has a path at which nothing is: {shown(str(c.path))}"
            yield Reason("passport", what, "bring the file here, or correct its `path:`", 3, (), c.id)


def passport(a: Assessment, file: Path, of: Files) -> Passport:
    """The passport of an assessment that passed. Fails with CasemateError when a model is not the one assessed."""
    last, because = until(a)
    return Passport(
        system=a.system.name,
        subjects=tuple(_subjects(a, file.parent)),
        system_digest=a.system.digest,
        described=of.described,
        policy=a.policy.name,
        policy_digest=a.policy.digest,
        policy_file=of.policy,
        evidence=of.evidence,
        grounds=grounds(a),
        sign_offs=of.sign_offs,
        assessment=digest(binds(a)),
        verdict=f"the gate of {a.policy.name} passed",
        seed=a.seed,
        issued=a.today,
        until=last,
        because=because,
        version=__version__,
    )


def _subjects(a: Assessment, root: Path) -> Iterator[Thing]:
    for c in a.system.components.values():
        if c.path:
            found = _of(root / c.path, c.id, c.kind)
            known = {r.statement.digest for r in a.risks.parts.records.get(c.id, ()) if r.usable}
            if known - {found.digest}:
                raise CasemateError(str(root / c.path), "changed while it was assessed", "issue again")
            yield found
