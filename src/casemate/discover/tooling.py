"""The tools that a program offers to a language model, and what each can do.

Marked functions, tools of libraries, lists given as `tools=` and declarations that are written out as JSON would be.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casemate.discover import effects
from casemate.discover.python import Module, argument, keyword
from casemate.discover.sighting import At, Sighting

MARKS = ("tool", "function_tool", "tool_plain", "kernel_function", "register_for_llm")
MAKERS = ("Tool", "StructuredTool", "FunctionTool", "from_function", "from_defaults", "tool")
HANDED = {"bind_tools": 0, "ToolNode": 0, "create_react_agent": 1, "create_agent": 1, "create_tool_calling_agent": 1}
"""The place of the list of tools among the arguments of calls that take it without its name."""
GRAVE = frozenset(("pay", "destructive", "exec", "send"))


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its name, its line, and its code where that is in the same file."""

    name: str
    line: int
    code: ast.AST | None = None


def offered(m: Module) -> list[Tool]:
    """Each tool that is offered to a model, by line."""
    functions = {f.name: f for f in m.functions}
    found: dict[str, Tool] = {}
    for tool in [*_marked(m), *(t for name, call in m.calls for t in _given(m, name, call, functions))]:
        found.setdefault(tool.name, tool)
    return sorted(found.values(), key=lambda t: (t.line, t.name))


def _marked(m: Module) -> Iterator[Tool]:
    """Functions with a decorator that makes them tools."""
    for f in m.functions:
        marks = [m.dotted(d.func if isinstance(d, ast.Call) else d) for d in f.decorator_list]
        if any(mark.rpartition(".")[2] in MARKS for mark in marks):
            yield Tool(f.name, f.lineno, f)


def _given(m: Module, name: str, call: ast.Call, functions: Mapping[str, ast.AST]) -> Iterator[Tool]:
    """What one call makes a tool of or hands to a model as one."""
    last = name.rpartition(".")[2]
    if last in effects.LIBRARY:
        yield Tool(last, call.lineno)
    if last in MAKERS and "." in name:
        code = keyword(call, "func", "fn") or (call.args[0] if call.args else None)
        named = m.dotted(code) if code is not None else ""
        told = m.text(keyword(call, "name")) or (named if named in functions else "")
        if told:
            yield Tool(told, call.lineno, functions.get(named))
    if last == "load_tools":  # LangChain makes tools of names
        for one in _listed(m, argument(call, 0, "tool_names")):
            if word := m.text(one):
                yield Tool(word, one.lineno)
    first = HANDED.get(last)
    for one in _listed(m, keyword(call, "tools", "functions") if first is None else argument(call, first, "tools")):
        told = (_declared(m, one) or "") if isinstance(one, ast.Dict) else m.dotted(one)
        if told and (isinstance(one, ast.Dict) or told in functions):
            yield Tool(told, one.lineno, functions.get(told))


def _listed(m: Module, node: ast.expr | None) -> list[ast.expr]:
    """The members of a list that is written out, here or where the name was given it."""
    if isinstance(node, ast.Name):
        return [e for v in m.assigned.get(node.id, ()) for e in (_listed(m, v) if not isinstance(v, ast.Name) else [])]
    return list(node.elts[:200]) if isinstance(node, ast.List | ast.Tuple) else []


def _declared(m: Module, node: ast.Dict) -> str | None:
    """The name in a declaration of a tool: `{"type": "function", "function": {"name": ...}}` or `{"name": ...}`."""
    pairs = {k.value: v for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)}
    inner = pairs.get("function")
    if isinstance(inner, ast.Dict):
        return _declared(m, inner)
    told = m.text(pairs.get("name")) or m.text(pairs.get("type"))
    return told if told and re.fullmatch(r"[\w.-]{1,64}", told) else None


def can(m: Module, key: str, tool: Tool) -> Iterator[Sighting]:
    """The effects of a tool: its code's, a library's, and the grave ones that its name tells."""
    shown = list(effects.of_function(m, tool.code)) if tool.code is not None else []
    if not shown and tool.name in effects.LIBRARY:
        shown = [(effects.LIBRARY[tool.name], tool.line, f"what {tool.name} does")]
    told = effects.of_name(tool.name)
    if told and (not shown or told in GRAVE):
        shown.append((told, tool.line, f"by its name, {tool.name}"))
    for effect, line, why in shown:
        yield At(m.path, line).has(key, "effect", effect, why)
