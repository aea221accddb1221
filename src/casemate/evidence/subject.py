"""What a task of `measure:` is about: the component that it names."""

from __future__ import annotations

from typing import Any

from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import Component, System, Task


def component(task: Task, system: System, name: Any, todo: str) -> Component:
    """The component of that name. todo: how the task is written when it names none. Raises CasemateError."""
    if not isinstance(name, str):
        raise CasemateError(task.at, f"{task.kind} names no component", todo)
    if name not in system.components:
        hint = did_you_mean(name, system.components)
        raise CasemateError(task.at, f"{task.kind} names {name[:60]!r}, which is no component", hint)
    return system.components[name]


def file_of(task: Task, c: Component) -> str:
    """The file that the component must have. Raises CasemateError."""
    if c.path is None:
        raise CasemateError(task.at, f"{c.id} has no file", f"give {c.id} a `path:`")
    return c.path
