"""`measure: - redteam: {model: scorer, data: data/holdout.csv, label: Status}`: attacks a component's model.

The keys are the options of the command, with a space for a hyphen; what only a person at a terminal can judge is left
out. `data` and `train` name components with a path, or files. A guard is tested where
`at` says that it stands; its result is evidence for the control that this component claims. What is attacked over a
network must say that it `may be attacked`, until when and by whose word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casemate.core.errors import CasemateError
from casemate.define.system import Component, System, Task
from casemate.evidence import asked, subject
from casemate.evidence.gap import Ended, Gap
from casemate.evidence.statement import Statement

if TYPE_CHECKING:
    from casemate.evidence.redteam.drive import Tried

KEYS: Mapping[str, str] = {
    "model": "id", "address": "text", "data": "text", "label": "text", "train": "text", "fit": "text",
    "features": "text", "drop": "texts", "classes": "texts", "wanted": "text", "attacks": "texts",
    "guard": "texts", "at": "id", "queries": "count", "norm": "text", "epsilon": "number", "share": "number",
    "rows": "count", "shadows": "count", "seed": "count", "max rows": "count", "max seconds": "number",
    "adapter": "text", "options": "mapping",
}  # fmt: skip
EXAMPLE = "write `- redteam: {model: <component>, data: holdout.csv, label: <column>}`"
CACHE = ".casemate/shadows"
REMEDY = (
    "look at `casemate scan {0}`; a name that does no harm can stand in `allow:`, and what is of another kind can be "
    "attacked with `casemate redteam {0} --load-suspicious`, which leaves no record"
)


def check(task: Task, system: System) -> None:
    """The task must name a model and its data. Raises CasemateError."""
    said = asked.settings(task, KEYS)
    c = _model(task, system, said)
    for key in ("data", "label"):
        if key not in said:
            raise CasemateError(task.at, f"redteam of {c.id} has no {key!r}", EXAMPLE)
    address = said.get("address", "https://")
    if not address.startswith(("http://", "https://")):
        todo = f"write https://host/path, or give {c.id} a `path:`"
        raise CasemateError(task.at, f"{address[:80]!r} is no address of an endpoint", todo)
    if any(sign in address for sign in "@?#"):
        todo = "send secrets by a header: addresses stand in evidence"
        raise CasemateError(task.at, f"the address of {c.id} holds a user, a query or a fragment", todo)
    if "at" in said:
        subject.component(task, system, said["at"], EXAMPLE)
    for key in ("data", "train", "features"):
        if key in said:
            subject.below(task, asked.path_of(task, system, said[key]), f"the {key}")


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """Statements about the model and, where poisoning was tried, about its training data. Raises Gap."""
    from casemate.evidence.redteam.drive import INTERRUPTED
    from casemate.evidence.redteam.setup import campaign

    said = asked.settings(task, KEYS)
    c = _model(task, system, said)
    try:
        wish, found = _wish(task, system, root, today, said, c)
        done = campaign(wish, found, root, str(task.at))
    except CasemateError as e:
        raise Gap(f"{task.at}: {c.id} was not attacked: {e}") from None
    found = _statements(task, system, root, today, said, c, done)
    if why := done.campaign.stopped or _nothing(done.campaign.tried):
        kind = Ended if why == INTERRUPTED else Gap
        raise kind(f"{task.at}: {c.id} was not attacked to the end: {why}", found)
    return found


def _nothing(tried: Sequence[Tried]) -> str:
    """Why no attack could be scored, if none could."""
    if any(t.scored for t in tried):
        return ""
    return next((t.stopped for t in tried if t.stopped), "nothing could be scored")


def _model(task: Task, system: System, said: Mapping[str, Any]) -> Component:
    c = subject.component(task, system, said.get("model"), EXAMPLE)
    if "address" not in said:
        subject.file_of(task, c)
    return c


def _wish(
    task: Task, system: System, root: Path, today: date, said: Mapping[str, Any], c: Component
) -> tuple[Any, Any]:
    from casemate.evidence.redteam.metered import Budget
    from casemate.evidence.redteam.setup import Wish
    from casemate.evidence.redteam.target import source
    from casemate.evidence.scan import policy

    files: dict[str, Any] = {
        k: subject.located(task, root, asked.path_of(task, system, said[k]), f"the {k}")
        for k in ("data", "train", "features")
        if k in said
    }
    words = {k: said[k] for k in ("label", "fit", "drop", "classes", "wanted", "attacks", "queries", "norm", "epsilon",
                                  "share", "rows", "shadows", "seed") if k in said}  # fmt: skip
    name = said["address"] if "address" in said else subject.file_of(task, c)
    if "address" in said:
        _allowed(task, c, today)
    allowed, remedy = policy.allowed(system, today), REMEDY.format(name)
    found = source(name, root, allowed, said.get("adapter"), said.get("options"), remedy=remedy)
    most = Budget(said.get("max rows"), None, said.get("max seconds"))
    return Wish(name, guards=said.get("guard", ()), most=most, cache=root / CACHE, **files, **words), found


def _allowed(task: Task, c: Component, today: date) -> None:
    may = c.props.get("may be attacked")
    if may is None:
        todo = f"write `may be attacked: {{until: DATE, by: NAME}}` at {c.id} when its owner agrees"
        raise CasemateError(task.at, f"nobody said that {c.id} may be attacked", todo)
    if may["until"] < today:
        raise CasemateError(task.at, f"{c.id} might be attacked until {may['until']}", f"ask {may['by']} again")


def _statements(
    task: Task, system: System, root: Path, today: date, said: Mapping[str, Any], c: Component, done: Any
) -> list[Statement]:
    from casemate.evidence.redteam.record import statement
    from casemate.evidence.store import digest_now

    stands = system.components[said["at"]] if "at" in said else c
    claimed = {claim.id for claim in stands.controls.values()}
    made: Callable[..., Statement] = partial(
        statement, today=today, facts=done.facts, plan=done.plan, c=done.campaign, claimed=claimed
    )
    digest = digest_now(system, c, root)
    if digest is None:
        raise Gap(f"{task.at}: {c.id} was attacked, and its file is no longer there")
    about_data = system.components.get(said.get("train", ""))
    out = [made(c.id, digest)]
    if about_data is not None and (of_data := digest_now(system, about_data, root)) is not None:
        of_poisoning = made(about_data.id, of_data, claimed=(), threats=ABOUT_DATA)
        out += [of_poisoning] if of_poisoning.trials else []
    return out


ABOUT_DATA = frozenset({"training-data-poisoning"})
"""Threats of the data itself: a poisoned row is planted there, whatever learns from it."""
