"""`measure: - lineage: scorer`: checks the statement beside a model and states how far its lineage is on record.

    complete   every byte is what was recorded, a key that the system file names signed it, the run was watched, and of
               data it is said where it came from: by --origin, or by a statement of its own
    partial    there is a record of it that does not show all of this
    none       there is none, or the bytes are others

The statement speaks of the model and of every component whose `path:` it lists as training data. The control
dataset-lineage is verified only where the run itself refused data that no signed statement vouched for. The records
rest on the statements and the keys: when one of them is another or gone, they are void.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from casemate import __version__
from casemate.core import files
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.evidence import subject
from casemate.evidence.bind import MAX_AGE
from casemate.evidence.digests import digest_of
from casemate.evidence.gap import Gap
from casemate.evidence.lineage.prints import BAD, State
from casemate.evidence.lineage.provenance import DATA, REQUIRED, ROLES, SUFFIX
from casemate.evidence.lineage.report import Item, Report, Verdict
from casemate.evidence.lineage.verify import Terms, verify
from casemate.evidence.sign.keys import read_public
from casemate.evidence.sign.rests import rests_on
from casemate.evidence.statement import ControlResult, Statement

CONTROL = "dataset-lineage"
SETTINGS = ("model", "statement", "key", "builder", "require")
SHOWN = 20  # findings kept in a record; `casemate lineage verify` tells the rest
COMPLETE, PARTIAL, NONE = "complete", "partial", "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """One task. Paths are relative to the system file."""

    model: Component
    statement: str
    keys: tuple[str, ...]
    builders: tuple[str, ...]
    required: tuple[str, ...]


def check(task: Task, system: System) -> None:
    """The task must name a component that has a file, and known settings. Raises CasemateError."""
    _asked(task, system)


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """Statements about the model and the data that trained it. Raises Gap when the model cannot be read."""
    asked = _asked(task, system)
    name = str(PurePosixPath(asked.model.path or ""))
    subject.located(task, root, name, f"the path of {asked.model.id}")
    now = digest_of(root / name)
    if now is None:
        why = "it is not here" if files.kind(root / name) is None else "it cannot be read whole"
        raise Gap(f"{task.at}: the lineage of {asked.model.id} was not checked: {name}: {why}")
    before = rests_on(root, (asked.statement, *asked.keys))
    found = _verified(task, asked, root)
    rests = before | rests_on(root, (link.place for link in (found.chain if found else ())))
    about = [m for m in (found.made if found else ()) if m.name == name]
    if any(m.found is not None and m.found.identity != now for m in about):
        raise Gap(f"{task.at}: the lineage of {asked.model.id} was not checked: {name} changed meanwhile")
    facts: dict[str, Any] = {"lineage": _of_model(found, about)}
    data = list(_of_data(found, about, asked.model, system, root))
    if (
        found is not None
        and facts["lineage"] != NONE
        and (learned := _learned(found, facts["lineage"], asked.model, system))
    ):
        facts["trained on"] = learned
    said = _said(found, about, asked.statement)
    out = [_record(asked.model.id, now, facts, said + _unsaid(found), (), found, rests, today)]
    for c, digest, word, controls in data:
        findings = said + _unsaid(found, str(PurePosixPath(c.path or "")))
        out.append(_record(c.id, digest, {"lineage": word}, findings, controls, found, rests, today))
    return out


def _verified(task: Task, asked: Asked, root: Path) -> Report | None:
    """What a check of the statement finds; None when there is none. A pipe in its place, or no key, is a gap."""
    place = subject.located(task, root, asked.statement, "the statement")
    if files.kind(place) is None:
        return None
    try:
        files.read(place, 1)
        keys = tuple(read_public(root / k) for k in asked.keys)
        return verify(place, root, Terms(keys, asked.builders, asked.required))
    except CasemateError as e:
        raise Gap(f"{task.at}: the lineage of {asked.model.id} was not checked: {e}") from None


def _asked(task: Task, system: System) -> Asked:
    said = dict(task.settings)
    name = said.pop("", None) or said.get("model")
    unknown = [k for k in said if k not in SETTINGS]
    if unknown:
        raise CasemateError(task.at, f"lineage has no setting {unknown[0][:60]!r}", did_you_mean(unknown[0], SETTINGS))
    model = subject.component(task, system, name, "write `- lineage: <component>`")
    path = subject.file_of(task, model)
    words = {k: _words(task, k, said.get(k)) for k in ("key", "builder", "require")}
    wrong = [r for r in words["require"] if r not in ROLES]
    if wrong:
        raise CasemateError(
            task.at, f"lineage requires {wrong[0][:60]!r}, which is no role", did_you_mean(wrong[0], ROLES)
        )
    place = _words(task, "statement", said.get("statement")) or (f"{PurePosixPath(path)}{SUFFIX}",)
    required = words["require"] if "require" in said else REQUIRED
    subject.below(task, place[0], "the statement")
    return Asked(model, place[0], words["key"], words["builder"], required)


def _words(task: Task, key: str, value: Any) -> tuple[str, ...]:
    found = list(value) if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(w, str) for w in found):
        raise CasemateError(
            task.at, f"lineage has a {key!r} that is no text", f"write `{key}: <text>`, or a list of them"
        )
    return tuple(found)


def _of_model(found: Report | None, about: list[Item]) -> str:
    if found is None or not about or about[0].state in BAD or _worthless(found):
        return NONE
    return COMPLETE if found.verdict is Verdict.COMPLETE and found.signer else PARTIAL


def _worthless(found: Report) -> bool:
    """Whether nothing of it may be believed."""
    return found.verdict in (
        Verdict.UNREADABLE, Verdict.BAD_SIGNATURE, Verdict.UNSIGNED, Verdict.UNTRUSTED_SIGNER, Verdict.UNTRUSTED_BUILDER
    )  # fmt: skip


def _of_data(
    found: Report | None, about: list[Item], model: Component, system: System, root: Path
) -> Iterator[tuple[Component, str, str, tuple[ControlResult, ...]]]:
    """Each component with data that the statement lists, or that the file says the model was trained on."""
    said = model.props.get("trained on") or ()
    trusted = found is not None and about and about[0].state is State.MATCH and not _worthless(found)
    for c in system.components.values():
        if c.path is None or c.id == model.id:
            continue
        items = _items(found, str(PurePosixPath(c.path))) if found is not None and trusted else []
        if not items and c.id not in said:
            continue
        now = digest_of(root / c.path) if subject.lies_in(root / c.path, root) else None
        if now is None:
            continue  # what is not here binds to nothing
        word = _word(found, items, str(PurePosixPath(c.path)))
        gated = word == COMPLETE and all(i.checked for i in items)
        controls = (ControlResult(CONTROL, verified=True),) if gated else ()
        yield c, now, word, controls


def _items(found: Report, path: str) -> list[Item]:
    """The training data that is this path, lies in it, or holds it."""
    return [
        i
        for i in found.inputs
        if i.role == DATA and (f"{i.name}/".startswith(f"{path}/") or path.startswith(f"{i.name}/"))
    ]


def _word(found: Report | None, items: list[Item], path: str) -> str:
    if found is None or not items or any(i.state in BAD for i in items):
        return NONE
    whole = len(items) == 1 and items[0].name == path and items[0].state is State.MATCH
    return COMPLETE if whole and found.signer and found.watched and _origin(found, items[0]) else PARTIAL


def _origin(found: Report, i: Item) -> bool:
    """Whether it is on record where the data came from."""
    good = (Verdict.COMPLETE, Verdict.INCOMPLETE)  # a supplier's statement was not watched, and need not be
    own = (link for link in found.chain if link.depth == 2 and link.of == i.name)
    return i.origin is not None or any(link.signer is not None and link.verdict in good for link in own)


def _learned(found: Report, word: str, model: Component, system: System) -> tuple[str, ...]:
    """The components that the model learned from; nothing where the statement does not settle it.

    What a statement lists was given to the run. That nothing else was, only a signer can say: without one a statement
    adds to what the file says, and takes nothing away.
    """
    paths = {str(PurePosixPath(c.path)): c.id for c in system.components.values() if c.path}
    data = [i.name for i in found.inputs if i.role == DATA]
    holds = [[cid for path, cid in paths.items() if f"{d}/".startswith(f"{path}/")] for d in data]
    said = model.props.get("trained on")
    both = tuple(sorted({cid for ids in holds for cid in ids} | set(said or ())))
    whole = word == COMPLETE and all(holds)
    return both if whole or (said is not None and set(both) > set(said)) else ()


def _said(found: Report | None, about: list[Item], statement: str) -> tuple[str, ...]:
    if found is None:
        return (f"there is no statement {statement}; `casemate lineage record` writes one",)
    lines = [f"{p.verdict}: {p.what}" for p in found.problems]
    if not about and found.made:
        lines.insert(0, "the statement does not speak of this model")
    if found.signer is None and not _worthless(found):
        lines.append("no key was given to check the statement with: whoever may write the data may have written it")
    return tuple(lines[:SHOWN])


def _unsaid(found: Report | None, path: str | None = None) -> tuple[str, ...]:
    """The data of which nobody says where it came from: all of it, or that of one component."""
    if found is None:
        return ()
    data = [i for i in found.inputs if i.role == DATA] if path is None else _items(found, path)
    return tuple(f"nobody says where {i.name} came from" for i in data if not _origin(found, i))[:SHOWN]


def _record(
    about: str,
    digest: str,
    facts: Mapping[str, Any],
    said: tuple[str, ...],
    controls: tuple[ControlResult, ...],
    found: Report | None,
    rests: Mapping[str, str | None],
    today: date,
) -> Statement:
    items = (*found.made, *found.inputs) if found else ()
    count = {
        "matched": sum(i.state is State.MATCH for i in items),
        "listed": len(items),
        "depth": found.depth if found else 0,
    }
    return Statement(
        kind="lineage",
        about=about,
        digest=digest,
        tool=f"casemate {__version__}",
        measured=today,
        valid_until=today + timedelta(days=MAX_AGE),
        facts=facts,
        controls=controls,
        coverage=count,
        settings={"rests on": dict(rests)},
        findings=said,
    )
