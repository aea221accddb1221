"""The settings of a task of `measure:` as values of their types, for kinds whose keys are those of a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casemate.core.errors import CasemateError, did_you_mean
from casemate.define.system import System, Task
from casemate.define.values import SCALARS
from casemate.evidence import subject


def settings(task: Task, keys: Mapping[str, str]) -> dict[str, Any]:
    """keys: the type of each (of define.values, texts or mapping). A bare value is the model. Raises CasemateError."""
    given = dict(task.settings)
    if "" in given:
        given["model"] = given.pop("")
    for key in given:
        if key not in keys:
            raise CasemateError(task.at, f"{task.kind} has no setting {key[:40]!r}", did_you_mean(key, keys, most=30))
    return {key: _value(task, key, keys[key], value) for key, value in given.items()}


def _value(task: Task, key: str, kind: str, value: Any) -> Any:
    if kind == "mapping":
        if isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()):
            return dict(value)
        raise CasemateError(task.at, f"{key} of {task.kind} is no mapping of words", "write `{key: value}`")
    if kind == "texts":
        found = [value] if isinstance(value, str) else value
        if isinstance(found, list) and all(isinstance(v, str) for v in found):
            return tuple(found)
        raise CasemateError(task.at, f"{key} of {task.kind} is no list of words", "write `[a, b]`")
    convert, due = SCALARS[kind]
    made = convert(value) if isinstance(value, str) else None
    if made is None:
        raise CasemateError(task.at, f"{key} of {task.kind} is not readable", f"it takes {due}")
    return made


def path_of(task: Task, system: System, name: str) -> str:
    """The file or folder of a component of that name, or the path itself. Raises CasemateError."""
    c = system.components.get(name)
    return subject.file_of(task, c) if c is not None else name
