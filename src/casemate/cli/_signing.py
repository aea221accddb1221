"""Signing off: who may, what the entry says, and what is still open after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.evidence.sign.keys import Private
    from casemate.validate.assessment import Assessment
    from casemate.validate.signoff import Chain, Entry


def worded(by: str, note: str) -> None:
    """Fails with CasemateError when the name or the note cannot stand in the record."""
    from casemate.define.values import SCALARS

    read, due = SCALARS["text"]
    for name, value in (("--by", by), ("--note", note)):
        if not value.strip() or read(value) is None:
            raise CasemateError(name, "is empty" if not value.strip() else "is not readable", f"it takes {due}")
    if len(by.splitlines()) > 1:  # the rest would read as what somebody else signed
        raise CasemateError("--by", "has several lines", "it takes one name; what is to be said goes into --note")


def entitled(a: Assessment, by: str, key: Private | None) -> None:
    """A name whose key the policy knows is signed with that key, or not at all."""
    known = [s.key.id for s in a.policy.signers if s.name == by]
    if known and (key is None or key.public.id not in known):
        raise CasemateError("--key", f"is not the key of {by} that the policy names", f"let {by} sign with it")


def separate(a: Assessment, chain: Chain, new: Entry, key: Private | None) -> None:
    """Fails with CasemateError when this person stands for another role, and the policy wants one for each."""
    from casemate.validate.signoff.standing import taken

    other = taken(a, chain, new.role, new.by, key.public.id if key else "")
    if other:
        what = f"{new.by} stands for {other} already, and the policy wants a person of its own for each role"
        raise CasemateError("--by", what, "let somebody else sign, or ask for `separate roles: no` in the policy")


def entry(a: Assessment, role: str, by: str, note: str) -> Entry:
    """The sign-off of the assessment as it is; its number and its link are set when it is added."""
    from casemate.validate.signoff import Entry, binds
    from casemate.validate.signoff.binds import digest
    from casemate.validate.signoff.entry import FIRST

    parts = binds(a)
    return Entry(1, FIRST, role, by, note, a.today, a.system.path, digest(parts), parts)


def close(a: Assessment, path: Path, made: Entry) -> None:
    """Tell who is missing; when nobody is, the day of the last sign-off is the day of the review."""
    from casemate.cli import _walk
    from casemate.validate.signoff import read, standings
    from casemate.validate.signoff.chain import path_of
    from casemate.validate.signoff.entry import ROLES

    found = standings(a, read(path_of(path), a.policy.keys), a.policy.sign_off or ROLES)
    missing = [s for s in found if s.state != "signed"]
    for s in missing:
        click.echo(f"open: {s.says}")
    if missing or (a.system.review_last and a.system.review_last >= made.on):
        return
    wrote = _walk.reviewed(path, made.on)
    done = f"wrote `{wrote.said}` at {path}:{wrote.line}" if wrote else "the day of the review is written already"
    click.echo(f"All roles have signed: {done}")
