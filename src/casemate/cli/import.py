"""import: a system file from another tool's model, with a report of what was lost."""

# The name of a command is the name of its file; nothing imports this one by a statement.
# ruff: noqa: N999
from __future__ import annotations

from pathlib import Path

import click

from casemate.cli._paths import PATH


@click.command("import")
@click.argument("model", type=PATH)
@click.option("--format", "format_", metavar="NAME", help="What the file is; found by its content without this.")
@click.option("--output", "-o", type=PATH, help="The file to write; standard output without it.")
@click.option("--loss", type=PATH, help="Where the loss report goes; as JSON when it ends in .json.")
def command(model: Path, format_: str | None, output: Path | None, loss: Path | None) -> None:
    """Take over a model of Open Threat Model, Threagile or Threat Dragon.

    Behind each fact stands where it came from. What the source does not say stays unknown, and what was lost is told on
    standard error. No file is overwritten. Ends with 0 when the system file could be made, with 2 otherwise.
    """
    from casemate.cli._deliver import deliver
    from casemate.interchange import source
    from casemate.interchange.take import take

    text, lost = take(source.read(model), str(model), format_)
    deliver(text, lost, output, loss)
