"""schema: the JSON Schema of a system file, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from casemate.cli._paths import PATH
from casemate.core import files


@click.command("schema")
@click.option("--output", "-o", type=PATH, help="Write it to a file instead.")
def command(output: Path | None) -> None:
    """Print the JSON Schema of a system file.

    An editor uses it with a first line such as `# yaml-language-server: $schema=casemate.schema.json`.
    """
    from casemate.define.schema import text

    if output is None:
        click.echo(text(), nl=False)
    else:
        files.write(output, text())
        click.echo(f"wrote {output}", err=True)
