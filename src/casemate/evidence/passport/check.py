"""The check at deploy time: may this model be loaded, today? All reasons against it, none when it may.

Order: the signature; only then what the passport says; then the days; then the model; then whatever else is there to
be compared. Files are named in it as the system file names them, from its folder; they are read and digested, no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from casemate.evidence.passport import digests
from casemate.evidence.passport.form import MODELS, Passport, Thing
from casemate.evidence.passport.read import Refusal, read
from casemate.evidence.sign.keys import Public
from casemate.evidence.sign.tree import Unreadable, shown


class Asked(NamedTuple):
    """What is asked. component: the only one that the model may be; else any of kind model or llm."""

    passport: Path
    key: Public
    model: Path
    today: date
    component: str | None = None
    system: Path | None = None
    policy: Path | None = None
    evidence: Path | None = None


class Answer(NamedTuple):
    """`against`: why it may not be loaded; empty when it may. `component`: which ones the model is."""

    against: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    passport: Passport | None = None


def check(asked: Asked) -> Answer:
    """Whether the model may be loaded. Never fails: what cannot be read stands against it."""
    try:
        p = read(asked.passport, [asked.key])
    except Refusal as e:
        return Answer((f"the passport {e}",))
    components, wrong = _model(p, asked)
    return Answer((*_days(p, asked.today), *wrong, *_rest(p, asked)), components, p)


def _days(p: Passport, today: date) -> Iterator[str]:
    if today > p.until:
        yield f"the passport ended on {p.until} ({p.because}); today is {today}"
    if today < p.issued:
        yield f"the passport was issued on {p.issued}, and today is {today}"


def _model(p: Passport, asked: Asked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The components that the model is, and what stands against it."""
    named = [t for t in p.subjects if (t.name == asked.component if asked.component else t.kind in MODELS)]
    if not named:
        what = f"no component {shown(asked.component)!r}" if asked.component else "no model"
        return (), (f"the passport is for {what}",)
    try:
        found = digests.of_path(asked.model, "")
    except Unreadable as e:
        return (), (f"the model was not read: {shown(str(e))}",)
    same = tuple(t.name for t in named if (t.digest, t.folder) == (found.digest, found.folder))
    if same:
        return same, ()
    those = ", ".join(f"{shown(t.name)} ({t.digest[:12]})" for t in named[:4])
    return (), (f"another model than the one that passed: its sha256 begins with {found.digest[:12]}, not {those}",)


def _rest(p: Passport, asked: Asked) -> Iterator[str]:
    """What somebody asked to have compared as well."""
    if asked.system is not None:
        yield from _system(p, asked.system)
    if asked.policy is not None:
        yield from _policy(p, asked.policy)
    if asked.evidence is not None:
        yield from _evidence(p, asked.evidence)


def _system(p: Passport, file: Path) -> Iterator[str]:
    if not p.described:
        yield "the passport names no system file"
        return
    own, *others = p.described
    if not _is(file, own):
        yield f"the system file is another than the one that was assessed: {shown(file.name)}"
    for t in others:
        if not _plain(t.name) or not _is(file.parent / t.name, t):
            yield f"a part of the system is another than the one that was assessed: {shown(t.name)}"
    try:
        lines = digests.of_sign_offs(file.parent)[: len(p.sign_offs)]
    except Unreadable:
        lines = ()
    if lines != p.sign_offs:
        yield "the sign-offs that the passport rests on are no longer there as they were"


def _policy(p: Passport, file: Path) -> Iterator[str]:
    if p.policy_file is None:
        yield f"the passport was issued under the built-in policy, and not {shown(file.name)}"
    elif not _is(file, Thing("", p.policy_file)):
        yield f"the policy is another than the one that it passed: {shown(file.name)}"


def _evidence(p: Passport, folder: Path) -> Iterator[str]:
    try:
        now = {t.name: t for t in digests.of_evidence(folder)}
    except Unreadable as e:
        yield f"the evidence was not read: {shown(str(e))}"
        return
    was = {t.name: t for t in p.evidence}
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            word = "missing" if name not in now else "added" if name not in was else "changed"
            yield f"the evidence is another than it was: {word} {shown(name)}"


def _is(path: Path, t: Thing) -> bool:
    try:
        found = digests.of_path(path, t.name)
    except Unreadable:
        return False
    return (found.digest, found.folder) == (t.digest, t.folder)


def _plain(name: str) -> bool:
    """Whether a name starts from the folder of the system file; one of a shared component may lead above it."""
    return not PurePosixPath(name).is_absolute() and "\\" not in name and ":" not in name
