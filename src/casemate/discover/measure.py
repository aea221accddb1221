"""`measure: - discover: .`: flows that the repository shows and the system file does not declare, as measured facts.

    undeclared flows    `source -> target at place`, with ids of the file where it knows the end, else of the draft

A record goes to every component that the repository shows; an end that the file knows carries the flow, its sender
first. A flow among components that the file does not know has no element to be told of: it is a gap, and said so.
The folder is scanned as `casemate init` scans it: nothing in it is run or imported.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from casemate import __version__
from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.discover import compare, discover, repository
from casemate.discover.compare import Proposal
from casemate.discover.merge import merged
from casemate.evidence import subject
from casemate.evidence.gap import Gap
from casemate.evidence.statement import Statement
from casemate.evidence.store import digest_now

FIELD = "undeclared flows"
MOST = 200  # flows of one component kept in a record; `casemate init --update` tells the rest
SHOWN = 3


def check(task: Task, system: System) -> None:
    """The task names a folder below that of the system file. Raises CasemateError."""
    subject.below(task, _folder(task), "the folder of the repository")


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """A record for every component that is seen. Raises Gap with them where flows have no end that the file knows."""
    name = _folder(task)
    folder = subject.located(task, root, name, "the folder of the repository")
    draft = merged(system.name, list(discover.sightings(repository.listed(folder))))
    same = compare.matched(system, draft)
    told: dict[str | None, list[str]] = {cid: [] for cid in sorted(set(same.values()))}
    for flow in sorted(compare.undeclared(system, draft, same)):
        told.setdefault(carrier(system, flow), []).append(_told(flow))
    homeless = told.pop(None, [])
    made = (_statement(system.components[cid], system, root, name, said, today) for cid, said in told.items() if cid)
    found = [s for s in made if s]
    if homeless:
        raise Gap(f"{task.at}: {_among(homeless)}", found)
    return found


def _folder(task: Task) -> str:
    """The folder of a task: its bare value, or that of `of`; the file's own when neither is given."""
    said = dict(task.settings)
    name = said.pop("", None) or said.pop("of", ".")
    if said:
        raise CasemateError(
            task.at, f"discover has no setting {next(iter(said))[:60]!r}", did_you_mean(next(iter(said)), ["of"])
        )
    if not isinstance(name, str):
        raise CasemateError(task.at, "discover names no folder", "write `- discover: .`")
    return name


def carrier(system: System, flow: Proposal) -> str | None:
    """The component whose record tells of a flow: its sender, else its receiver, whichever the file knows."""
    return next((end for end in flow.id.split("->") if end in system.components), None)


def _told(flow: Proposal) -> str:
    source, _, target = flow.id.partition("->")
    return f"{source} -> {target} at {flow.at}"


def _statement(
    c: Component, system: System, root: Path, folder: str, told: Collection[str], today: date
) -> Statement | None:
    """None where the bytes of the component cannot be read: a record would bind to nothing."""
    digest = digest_now(system, c, root)
    if digest is None:
        return None
    kept = tuple(sorted(told))[:MOST]
    return Statement(
        kind="discover", about=c.id, digest=digest, tool=f"casemate {__version__}", measured=today,
        facts={FIELD: kept}, coverage={"flows": len(told), "kept": len(kept)}, settings={"folder": folder},
    )  # fmt: skip


def _among(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (
        f"the repository shows flows among components that the file does not declare: {', '.join(names[:SHOWN])}{more};"
        " declare them, `casemate init --update` lists all"
    )
