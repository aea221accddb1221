"""The reference page of the commands, made from what each command says of itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from casemate.cli import group

PAGE = Path(__file__).parent.parent / "docs" / "commands.md"
HEAD = """\
# Commands

Made from the commands themselves; `casemate COMMAND --help` prints the same. A command ends with 0 when all is well,
with 1 when it is not, with 2 when a file or an option is invalid, with 3 when evidence is missing or something could
not be settled, and with 70 when the fault is ours. Where it means more than that, the command says so.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(entry(words, command) for words, command in commands(group, ("casemate",)))])


def commands(parent: click.Group, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command of a group with the words that call it; a group comes before its commands."""
    context = click.Context(parent)
    for name in parent.list_commands(context):
        command = parent.get_command(context, name)
        if command is not None and not command.hidden:
            yield (*words, name), command
            if isinstance(command, click.Group):
                yield from commands(command, (*words, name))


def entry(words: tuple[str, ...], command: click.Command) -> str:
    """What one command does, and its arguments and options."""
    arguments = [argument(p) for p in command.params if isinstance(p, click.Argument)]
    usage = " ".join((*words, *arguments, *(["COMMAND"] if isinstance(command, click.Group) else [])))
    says = inspect.cleandoc(command.help or "").replace("\b\n", "")
    options = [option(p) for p in command.params if isinstance(p, click.Option) and not p.hidden]
    table = ["", "| option | means |", "|---|---|", *options] if options else []
    return "\n".join([f"{'#' * len(words)} {' '.join(words)}", "", f"`{usage}`", "", says, *table, ""])


def argument(p: click.Argument) -> str:
    """How an argument is written."""
    name = p.metavar or (p.name or "").upper()
    return name if p.metavar or p.required else f"[{name}]"


def option(p: click.Option) -> str:
    """One row of the table: how it is written, and what it means."""
    takes = "" if p.is_flag or p.count else f" {p.metavar or kind(p.type)}"
    words = [f"`{w}`" for w in p.type.choices] if isinstance(p.type, click.Choice) else []
    means = [
        cell(p.help or ""),
        f"One of {', '.join(words)}." if words else "",
        "Required." if p.required else "",
        f"Default: `{p.default}`." if p.show_default and p.default is not None else "",
    ]
    return f"| {code(', '.join(p.opts) + takes)} | {' '.join(filter(None, means))} |"


def kind(of: click.ParamType[Any]) -> str:
    """What a value looks like: a word of several, N for a number, or the name of its type."""
    names = {"choice": "WORD", "integer": "N", "integer range": "N", "float": "X", "float range": "X"}
    return names.get(of.name, of.name.upper())


def code(text: str) -> str:
    """Text as code in a cell; a bar in it would end the cell, and not every reader knows an escaped one."""
    return f"<code>{text.replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"


def cell(text: str) -> str:
    """Text for one cell of a table."""
    return " ".join(text.split()).replace("|", "&#124;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
