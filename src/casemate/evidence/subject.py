"""What a task of `measure:` is about: the component that it names, and where its files may lie.

One rule for all kinds: what is measured, and what is read in its stead (exports, results, statements, lock files, logs
of what runs), lies below the folder of the system file. A path that says otherwise is an error of the file; one that a
link leads out of is a gap. What it is only held against may lie anywhere: keys, authorities, advisories, environments.
"""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task
from casemate.evidence.gap import Gap

SHOWN = 80  # letters of a path in a message


def component(task: Task, system: System, name: Any, todo: str) -> Component:
    """The component of that name. todo: how the task is written when it names none. Raises CasemateError."""
    if not isinstance(name, str):
        raise CasemateError(task.at, f"{task.kind} names no component", todo)
    if name not in system.components:
        hint = did_you_mean(name, system.components)
        raise CasemateError(task.at, f"{task.kind} names {name[:60]!r}, which is no component", hint)
    return system.components[name]


def file_of(task: Task, c: Component) -> str:
    """The file that the component must have, below the folder of the system file. Raises CasemateError."""
    if c.path is None:
        raise CasemateError(task.at, f"{c.id} has no file", f"give {c.id} a `path:`")
    return below(task, c.path, f"the path of {c.id}")


def below(task: Task, name: str, what: str) -> str:
    """A path as the file says it, which must not lead out. what: names it in the error. Raises CasemateError."""
    outside = PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or "\0" in name
    if outside or posixpath.normpath(name).split("/")[0] == "..":
        why = f"{what} is {name[:SHOWN]!r}, which leads out of the folder of this file"
        raise CasemateError(task.at, why, "name a place below it, or move this file above both")
    return name


def located(task: Task, root: Path, name: str, what: str) -> Path:
    """Where a path of the file is. Raises Gap where a link leads out of the folder. what: as for `below`."""
    below(task, name, what)
    if not lies_in(root / name, root):
        raise Gap(f"{task.at}: {what} was not read: {name[:SHOWN]} is a link that leads out of the folder of this file")
    return root / name


def lies_in(path: Path, root: Path) -> bool:
    """Whether a path, links followed, lies in the folder."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a loop of links
        return False
