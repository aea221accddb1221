"""Where the text and the loss report of an import or an export go."""

from __future__ import annotations

from pathlib import Path

import click

from casemate.core.errors import CasemateError
from casemate.interchange import fresh
from casemate.interchange.loss import Loss, as_json, as_text


def deliver(text: str, loss: Loss, output: Path | None, report: Path | None) -> None:
    """Write the text to a new file or standard output, the report to a new file or standard error."""
    if output is not None and output == report:
        raise CasemateError("--loss", "names the same file as --output", "give the report a file of its own")
    told = {report: as_json(loss) if report.suffix == ".json" else as_text(loss)} if report else {}
    fresh.write(({output: text} if output else {}) | told)
    if output is None:
        click.echo(text, nl=False)
    if report is None:
        click.echo(as_text(loss), err=True, nl=False)
    for path in (output, report):
        if path is not None:
            click.echo(f"wrote {path}", err=True)
