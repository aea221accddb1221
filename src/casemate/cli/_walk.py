"""The guided walk: ask, write the answer into the file, assess again, tell what it changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from datetime import date

    from casemate.report.review.target import Target
    from casemate.validate.assessment import Assessment
    from casemate.validate.review_edit.edit import Edited

TRIES = 50  # how often others may come first who sign at the same time
STOP = ("q", "quit", "stop")


@dataclass(slots=True)
class Walk:
    """Where a walk stands: the assessment of the file as it is, what was passed over, how many answers are written."""

    path: Path
    role: str
    load: Callable[[], Assessment]
    now: Assessment = field(init=False)
    held: bytes = b""
    passed: set[str] = field(default_factory=set)
    asked: int = 0
    written: int = 0

    def reload(self) -> None:
        """Read the file anew. Its bytes are taken first: who changes it after that is noticed when writing."""
        from casemate.validate.review_edit import replace

        self.held = replace.read(self.path)
        self.now = self.load()


def walk(path: Path, role: str, load: Callable[[], Assessment]) -> None:
    """Ask until nothing is left, somebody stops, or the input ends."""
    from casemate.report.review import walk as words

    w = Walk(path, role, load)
    w.reload()
    click.echo(words.begins(w.now, role), nl=False)
    while True:
        found, left = words.next_question(w.now, role, w.passed)
        if found is None:
            break
        w.asked += 1
        click.echo(words.asked(w.now, found, w.asked, left), nl=False)
        if not _one(w, found):
            break
    click.echo(words.ends(w.now, role, w.written, w.passed), nl=False)


def _one(w: Walk, t: Target) -> bool:
    """One question, until it is answered or passed over; False when the walk is to end."""
    from casemate.report.review import walk as words
    from casemate.report.review.target import NotUnderstood, answer
    from casemate.validate.review_edit.replace import Changed

    while True:
        line = _line()
        if line is None or line.lower() in STOP:
            return False
        if not line:
            w.passed.add(t.question.id)
            return True
        if line == "?":
            click.echo(words.helped(w.now, t), nl=False)
            continue
        try:
            _write(w, t, answer(w.now.system, t.field, line))
        except NotUnderstood as e:
            click.echo(words.note(str(e)), nl=False)
            continue
        except Changed:
            click.echo(
                words.note(f"{w.path} was changed by somebody else; nothing was written, and it is read again"),
                nl=False,
            )
            w.reload()
        except CasemateError as e:
            click.echo(words.note(f"{e.what}; {e.todo}"), nl=False)
            continue
        return True


def _line() -> str | None:
    """What was typed; None at the end of the input."""
    click.echo("> ", nl=False)
    sys.stdout.flush()
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        return "?"  # typed in another encoding than the terminal's: no answer, and the help tells what would be one
    if not line:
        click.echo("")
        return None
    if not sys.stdin.isatty():
        click.echo(line.rstrip("\r\n"))  # a record of a walk reads like the walk
    return line.strip()


def _write(w: Walk, t: Target, value: str | tuple[str, ...] | dict[str, object]) -> None:
    from casemate.report.review import walk as words
    from casemate.validate.review_edit import replace
    from casemate.validate.review_edit.edit import set_fact

    part = _part(w, t)
    path = w.path.parent / part if part else w.path
    before = replace.read(path) if part else w.held
    made = set_fact(before.decode("utf-8"), str(path), t.keys, value, t.question.ask)
    after = made.text.encode("utf-8")
    replace.replace(path, before, after, _part_check if part else _check)
    old = w.now
    try:
        w.reload()
    except CasemateError:
        replace.replace(path, after, before, _part_check)  # a part is judged only with the whole
        raise
    w.written += 1
    w.passed.add(t.question.id)
    click.echo(words.wrote(made.said, f"{part or w.now.system.path}:{made.line}", old, w.now), nl=False)


def _part(w: Walk, t: Target) -> str:
    """In which other file the component or flow stands; empty for the system file itself."""
    from casemate.define.places import Places

    places = w.now.system.places
    return places.file(t.keys[:2]) if isinstance(places, Places) else ""


def _check(temporary: Path) -> None:
    _inputs.read_system(temporary)


def _part_check(temporary: Path) -> None:
    from casemate.core.yamltree import parse, read_text

    parse(read_text(temporary), str(temporary))


def reviewed(path: Path, on: date) -> Edited | None:
    """Write `review: {last}` into the system file, the rest of it kept. None where others who sign wrote it meanwhile.

    Fails with CasemateError, and nothing is written, when somebody changes anything else meanwhile.
    """
    from casemate.validate.review_edit import replace
    from casemate.validate.review_edit.edit import set_fact

    signed: object = None
    for _ in range(TRIES):
        before = replace.read(path)
        last, rest = _last(before, path)
        if last is not None and last >= on:
            return None
        if signed not in (None, rest):
            break
        signed = rest
        made = set_fact(before.decode("utf-8"), str(path), ("review", "last"), on.isoformat())
        try:
            replace.replace(path, before, made.text.encode("utf-8"), _check)
        except replace.Changed:
            continue
        return made
    what = "was changed by somebody else; the sign-off is recorded, and may be void"
    raise CasemateError(str(path), what, "casemate review verify")


def _last(data: bytes, path: Path) -> tuple[date | None, object]:
    """The day of the last review as the file has it, and all else that it says."""
    from casemate.core.day import day
    from casemate.core.yamltree import parse
    from casemate.validate.review_edit.edit import meaning

    doc = meaning(parse(data.decode("utf-8"), str(path)))
    review = doc.get("review") if isinstance(doc.get("review"), dict) else {}
    return day(str(review.get("last", ""))), {**doc, "review": {k: v for k, v in review.items() if k != "last"}}
