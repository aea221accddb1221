"""Records a run: digests of its inputs before and after, its command, digests of what it made.

A run that fails records nothing. An input whose bytes are others afterwards is a finding, and stays one in the
statement; so is an output that the run did not write. No clock, no path of this machine, no value of a word such as
--token: the statement may be published.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from casemate.core import files
from casemate.core.digest import canonical
from casemate.core.errors import CasemateError
from casemate.evidence.lineage import reading
from casemate.evidence.lineage.prints import Print, Unseen, inside, listing, marks, taken
from casemate.evidence.lineage.provenance import DATA, MANIFEST, SUFFIX, UNNAMED, Provenance, Resource, to_json
from casemate.evidence.sign import dsse
from casemate.evidence.sign.keys import Private, Public

MAX_LISTED = 10_000  # files of folders that a statement lists by name; beyond it a manifest does
MAX_LETTERS = 1_000_000  # of their names, with those of their folders; in an envelope 6 MB at most
MAX_NAMED = 5_000  # inputs; with what folders list it stays below what a reader takes
SECRET = re.compile(r"(?i)(token|secret|passw|api.?key|credential)")


class Stopped(CasemateError):
    """The run was not started, as an input is not what its own statement says; or it did not make what it should."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be recorded. Names are relative to the root, inputs by role; no command: nobody watched."""

    root: Path
    made: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...] = ()
    """(role, name)."""
    command: tuple[str, ...] = ()
    builder: str = UNNAMED
    origins: Mapping[str, str] = field(default_factory=dict)
    started: str | None = None
    finished: str | None = None
    moved_on: frozenset[str] = frozenset()
    """Names of which another tool's own record shows that their bytes were others when the model was made."""
    gate: tuple[Public, ...] = ()
    """Keys: data is used only where a statement beside it, signed by one of these, says that it is the one."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came out: the command's exit code, and the statement when it was 0. manifests: text by digest."""

    code: int
    says: Provenance | None = None
    findings: tuple[str, ...] = ()
    manifests: Mapping[str, str] = field(default_factory=dict)


def record(run: Run, into: str) -> Recorded:
    """Digest, run, digest again. into: name of the statement's file; manifests lie beside it. Raises CasemateError."""
    _apart(run, into)
    if len(run.inputs) + len(run.made) > MAX_NAMED:
        raise CasemateError("--data", f"more than {MAX_NAMED:,} inputs are named", "name the folders that they lie in")
    before = _prints(run)
    checked = frozenset(_gated(run, before))
    written = {name: marks(run.root, name) for name in run.made}
    code = _started(run.command) if run.command else 0
    if code:
        return Recorded(code)
    after = _after(run)
    made = tuple(_made(run, name, written[name]) for name in run.made)
    inputs: list[Resource] = []
    manifests: dict[str, str] = {}
    for role, name in run.inputs:
        found = before[name]
        other = after[name] != found or name in run.moved_on
        top = Resource(name, found.digest, role, None, run.origins.get(name), other, checked=name in checked)
        inputs += [top, *_inside(top, found, inputs, into, manifests)]
    says = Provenance(made, tuple(inputs), run.builder, _words(run), bool(run.command), run.started, run.finished)
    return Recorded(0, says, tuple(_findings(says)), manifests)


def _apart(run: Run, into: str) -> None:
    """What is written must not lie in what is digested: the digests would be those of something else."""
    for name in (*run.made, into):
        for _, other in run.inputs:
            if name == other or name.startswith(f"{other}/"):
                raise CasemateError(
                    name, f"lies in the input {other}", "name another place for it, or the inputs one by one"
                )
    for other in run.made:
        if into == other or into.startswith(f"{other}/"):
            what = "is what the statement is about" if into == other else f"lies in {other}, which it is about"
            raise CasemateError(into, what, "choose another place with --output")


def _prints(run: Run) -> dict[str, Print]:
    return {name: _taken(run.root, name) for _, name in run.inputs}


def _taken(root: Path, name: str) -> Print:
    try:
        return taken(root, name)
    except Unseen as e:
        raise CasemateError(name, e.why, "name a file or a folder of files below --root") from None


def _after(run: Run) -> dict[str, Print | None]:
    """The same after the run; None for what is gone or can no longer be read."""
    out: dict[str, Print | None] = {}
    for _, name in run.inputs:
        try:
            out[name] = taken(run.root, name)
        except Unseen:
            out[name] = None
    return out


def _made(run: Run, name: str, before: object) -> Resource:
    after = marks(run.root, name)
    if run.command and after is None:
        what = "was not made" if before is None else "was taken away"
        raise Stopped(name, f"{what} by the run; nothing is recorded", "check what the command writes, and where")
    found = _taken(run.root, name)
    same = before is not None and before == after
    untouched = same if run.command else name in run.moved_on
    return Resource(name, found.digest, origin=run.origins.get(name), untouched=untouched)


def _inside(
    top: Resource, found: Print, so_far: Iterable[Resource], into: str, manifests: dict[str, str]
) -> list[Resource]:
    """The files of a folder by name; where that is too long, the manifest that lists them."""
    if not found.folder:
        return []
    listed = [r for r in so_far if r.within]
    letters = sum(len(r.name) + len(r.within or "") for r in listed)
    letters += sum(len(f) + 2 * len(top.name) for f in found.files)
    if len(listed) + len(found.files) <= MAX_LISTED and letters <= MAX_LETTERS:
        return [Resource(f"{top.name}/{f}", {"sha256": d}, top.role, top.name) for f, d in sorted(found.files.items())]
    digest = top.digest["dirHash"]  # also the sha256 of the listing itself
    manifests[digest] = listing(found.files)
    return [Resource(manifest_name(into, digest), {"sha256": digest}, MANIFEST, top.name)]


def manifest_name(into: str, digest: str) -> str:
    """The name of a manifest: beside the statement, by digest, as `sha256sum --check` reads it."""
    return f"{into.removesuffix('.json')}.{digest[:16]}.sha256"


def _gated(run: Run, before: Mapping[str, Print]) -> Iterable[str]:
    """The data that a signed statement of its own vouches for. Raises Stopped for data that none does."""
    for name in [name for role, name in run.inputs if role == DATA and run.gate]:
        try:
            said = reading.read(inside(run.root, name + SUFFIX), run.gate).says
        except reading.Rejected as e:
            raise _stopped(name, f"its own statement does not count: {e.why}") from None
        except (CasemateError, Unseen):
            raise _stopped(name, "it has no statement of its own") from None
        if not any(before[name].digest.items() <= r.digest.items() for r in said.made):
            raise _stopped(name, "it is not what its own statement says")
        yield name


def _stopped(name: str, why: str) -> Stopped:
    return Stopped(name, f"{why}; the run was not started", "find out who changed it, or sign a new statement for it")


def _started(command: tuple[str, ...]) -> int:
    """Run it as it was given, with our own input and output, and wait. Its exit code, as a shell gives it."""
    env = {"PYTHONDONTWRITEBYTECODE": "1", **os.environ}  # else Python itself would change a folder of code
    try:
        code = subprocess.run(command, env=env, check=False).returncode  # noqa: S603  running it is what we are asked to
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or str(e)
        raise CasemateError(command[0], f"cannot be run ({why})", "check the command behind `--`") from None
    return code if code >= 0 else 128 - code


def _words(run: Run) -> tuple[str, ...]:
    """The command without paths of this machine and without secrets."""
    out: list[str] = []
    for word in run.command:
        if out and out[-1].startswith("-") and "=" not in out[-1] and SECRET.search(out[-1]):
            out.append("***")
            continue
        flag, sign, value = word.partition("=")
        if sign and SECRET.search(flag):
            value = "***"
        out.append(f"{flag}=" + _relative(run.root, value) if sign else _relative(run.root, word))
    return tuple(w.encode("utf-8", "backslashreplace").decode() for w in out)


def _relative(root: Path, word: str) -> str:
    if not Path(word).is_absolute():
        return word
    inner = os.path.relpath(word, root.resolve())
    return os.path.basename(word) if inner.startswith("..") else inner  # noqa: PTH119


def _findings(says: Provenance) -> Iterable[str]:
    for r in says.inputs:
        if r.changed:
            when = "during the run" if says.watched else "since the run"
            yield f"{r.name} changed {when}: nobody can say which bytes were read"
    for r in says.made:
        if r.untouched:
            yield f"{r.name} is not what the run wrote" if not says.watched else f"{r.name} was not written by the run"


def write(run: Run, done: Recorded, into: str, key: Private | None) -> None:
    """Write the statement, signed when a key is given, and its manifests, all or none."""
    assert done.says is not None  # noqa: S101  there is nothing to write of a run that failed
    texts = [(run.root / manifest_name(into, digest), text) for digest, text in done.manifests.items()]
    files.write_all([*texts, (run.root / into, text_of(done.says, key))])


def text_of(says: Provenance, key: Private | None = None) -> str:
    """The statement as it is kept: JSON to be read, or one line with an envelope around it."""
    doc = to_json(says)
    if key is None:
        return json.dumps(doc, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return dsse.line(dsse.sign(canonical(doc).encode(), key))
