"""`measure: - monitor: {model: scorer, log: logs/, reference: data/train.csv}`: what a log says of a component's model.

The keys are those of the command. `log` and `reference` name components with a path, or files and folders. The record
binds to the model; where `at` names what writes the log, a second one says what it logs. The budget of extraction is
what the red team's record of these very bytes says, unless the task gives one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from casemate.core.errors import CasemateError
from casemate.define.system import System, Task
from casemate.evidence import asked, subject
from casemate.evidence.gap import Gap
from casemate.evidence.statement import Statement

KEYS: Mapping[str, str] = {
    "model": "id", "log": "text", "reference": "text", "at": "id", "map": "text", "reader": "text",
    "tolerated low confidence": "number", "tolerated errors": "number", "tolerated drift": "number", "near": "number",
    "low confidence": "number", "hours": "count", "budget": "count", "seed": "count",
    "within": "count",
}  # fmt: skip
EXAMPLE = "write `- monitor: {model: <component>, log: logs/, reference: <data or file>}`"
WITHIN = 10_000  # records, at most: a drill replays 32 times as many
SHARES = ("tolerated low confidence", "tolerated errors", "tolerated drift")


def check(task: Task, system: System) -> None:
    """The task must name a model, its log and what normal is. Raises CasemateError."""
    said = asked.settings(task, KEYS)
    c = subject.component(task, system, said.get("model"), EXAMPLE)
    for key in ("log", "reference"):
        if key not in said:
            raise CasemateError(task.at, f"monitor of {c.id} has no {key!r}", EXAMPLE)
    if "at" in said:
        subject.component(task, system, said["at"], EXAMPLE)
    for key in ("log", "reference", "map"):
        if key in said:
            subject.below(task, asked.path_of(task, system, said[key]), f"the {key}")
    if not 1 <= said.get("within", 1) <= WITHIN:
        raise CasemateError(task.at, f"within of monitor is {said['within']}", f"give 1 to {WITHIN:,} records")
    for key in SHARES:
        if key in said and not 0 < said[key] < 1:
            raise CasemateError(task.at, f"{key} of monitor is {said[key]:g}", "give a share between 0 and 1")


def measure(task: Task, system: System, root: Path, today: date) -> list[Statement]:
    """Statements about the model and about what writes its log. Raises Gap."""
    from casemate.evidence.monitor import record
    from casemate.evidence.monitor.opened import files_of, reference_of
    from casemate.evidence.monitor.whole import against
    from casemate.evidence.store import digest_now

    said = asked.settings(task, KEYS)
    c = subject.component(task, system, said["model"], EXAMPLE)
    digest = digest_now(system, c, root)
    if digest is None:
        raise Gap(f"{task.at}: {c.id} was not monitored: its file is not there")
    budget = said.get("budget", _budget(system, root, digest))
    try:
        paths: dict[str, Path] = {
            k: subject.located(task, root, asked.path_of(task, system, said[k]), f"the {k}")
            for k in ("log", "reference", "map")
            if k in said
        }
        how, limits = _how(said, paths), _limits(said, budget)
        found = files_of([paths["log"]])  # what is not there is said before a reference is learnt
        normal = reference_of(paths["reference"], how)
        done = against(found, normal, how, limits)
        tried = _drilled(paths["log"], normal, how, limits, said)
    except CasemateError as e:
        raise Gap(f"{task.at}: {c.id} was not monitored: {e}") from None
    out = [record.of_model(c.id, digest, today, done.facts, seed=said.get("seed", 0), tried=tried)]
    if "at" in said:
        stands = system.components[said["at"]]
        of_log = digest_now(system, stands, root)
        out += [record.of_log(stands.id, of_log, today, done.facts)] if of_log is not None and done.log else []
    return out


def _how(said: Mapping[str, Any], paths: Mapping[str, Path]) -> Any:
    from casemate.evidence.monitor import mapping
    from casemate.evidence.monitor.opened import How

    read = mapping.read(paths["map"]) if "map" in paths else None
    low = float(said.get("low confidence", 0.6))
    return How(read, said.get("reader"), low, said.get("hours", 24), said.get("seed", 0))


def _limits(said: Mapping[str, Any], budget: int | None) -> Any:
    from casemate.evidence.monitor.run import Limits

    return Limits(
        low=said.get("tolerated low confidence"),
        wrong=said.get("tolerated errors"),
        near=float(said.get("near", 0)),
        budget=budget,
        moved=float(said.get("tolerated drift", 0.01)),
        seed=said.get("seed", 0),
    )


def _drilled(path: Path, normal: Any, how: Any, limits: Any, said: Mapping[str, Any]) -> Any:
    """The drill over the first rows of the log; None if all that is there are sketches."""
    from casemate.evidence.monitor import drill, log, run
    from casemate.evidence.monitor.opened import files_of, parted

    logs, _ = parted(files_of([path]))
    if not logs:
        return None
    opened = log.open_log(logs, how.mapping, how.reader)
    return drill.drilled(normal, run.settled(normal, limits)[0], opened, said.get("within", drill.WITHIN))


def _budget(system: System, root: Path, digest: str) -> int | None:
    """The most queries that an extraction by the red team needed of these bytes; None if it has no such record."""
    from casemate.evidence.store import load

    found = [s for s in load(system, root).statements if s.kind == "redteam" and s.digest == digest]
    asked = [a for s in found for a in s.settings.get("attacks", ()) if isinstance(a, dict)]
    asked = [a for a in asked if a.get("goal") == "extraction" and a.get("verdict") == "weak"]
    many = [q["most"] for a in asked if isinstance(q := a.get("queries"), dict) and isinstance(q.get("most"), int)]
    return min(many, default=None)
