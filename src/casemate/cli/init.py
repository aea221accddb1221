"""init: draft a system file from a repository, or tell what is new or gone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.discover.draft import Draft

MANY = 6


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=PATH)
@click.option("--update", is_flag=True, help="Compare with the system file that is there; change nothing.")
@click.option("--file", "file", type=PATH, help="The system file, when it is not DIR/casemate.yaml.")
@click.option("--stdout", "stdout", is_flag=True, help="Print the draft and write nothing.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Of --update.")
def command(folder: Path, update: bool, file: Path | None, stdout: bool, format_: str) -> int:
    """Draft a system file from what a repository shows. Nothing in it is run or imported.

    Models, data, training, serving, containers, infrastructure, pipelines, packages, language models and tools are
    found by content. Each fact of the draft names its place; what cannot be known is left out and asked for. An
    existing file is never overwritten. With --update, what the repository shows and the file does not declare, or the
    other way round, is proposed: exit code 1 when there is something, 0 when there is nothing.
    """
    from casemate.discover import discover, repository, write

    target = file or folder / _inputs.DEFAULT
    if not update and not stdout and (files.kind(target) or os.path.islink(target)):  # noqa: PTH114  which raises nothing
        raise CasemateError(
            str(target), "is there already", "compare with `casemate init --update`, or print with --stdout"
        )
    if update:
        return _update(folder, target, format_)
    found = discover.draft(repository.listed(folder))
    if stdout:
        click.echo(write.text(found), nl=False)
        return 0
    files.write(target, write.text(found))
    _tell(found, target)
    return 0


def _tell(found: Draft, target: Path) -> None:
    """What was drafted, in a few lines."""
    from casemate.discover import write
    from casemate.report.view.words import count

    parts = ", ".join((count(len(found.parts), "component"), count(len(found.edges), "flow")))
    click.echo(f"wrote {target}: {parts}, drafted from what the repository shows")
    if found.left_out:
        click.echo(f"left out by their names: {write.left_out(found.left_out, MANY)}")
    for u in found.unread[:MANY]:
        click.echo(f"not read: {write.shown(u.path)} {u.why}")
    if len(found.unread) > MANY:
        click.echo(f"not read: {len(found.unread) - MANY} more, at the end of the file")
    click.echo("Next: answer what is `unknown:` in the file, then `casemate assess` and `casemate questions`.")
    click.echo("`casemate schema --output casemate.schema.json` lets your editor complete it.")


def _update(folder: Path, target: Path, format_: str) -> int:
    """Tell what is new, gone or different."""
    from casemate.core.yamltree import read_text
    from casemate.discover import compare, discover, repository

    if files.kind(target) is None:
        raise CasemateError(str(target), "is not there", "draft it first: casemate init")
    system, _ = _inputs.read_system(target)
    repo = repository.listed(folder)
    found = compare.proposals(system, list(discover.sightings(repo)), frozenset(repo.files), read_text(target))
    click.echo(compare.as_json(found) if format_ == "json" else compare.as_text(found, str(target)), nl=False)
    return 1 if found else 0
