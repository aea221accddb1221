"""measure: collect the evidence that the system file asks for."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from casemate.cli import _inputs


@click.command("measure")
@_inputs.FILE
@_inputs.TODAY
def command(file: Path | None, today: str | None) -> None:
    """Run what `measure:` asks for and write the records to the evidence folder beside the system file.

    Ends with 0 when everything was measured, with 3 when something could not be.
    """
    from casemate.evidence import measure, store

    path = _inputs.system_file(file)
    system, _ = _inputs.read_system(path)
    found, gaps = measure.measure(system, path.parent, _inputs.day(today)[0])
    for where in store.save(system, path.parent, found):
        click.echo(f"wrote {where}", err=True)
    for s in found:
        facts = ", ".join(f"{k} {v}" for k, v in sorted(s.facts.items()))
        click.echo(f"{s.id}  {s.kind} of {s.about}: {facts}")
        for line in s.findings:
            click.echo(f"              {line}")
    if not system.measure:
        click.echo(f"{path} asks for no measurement; add `measure: [{{scan: <component>}}]`", err=True)
    for gap in gaps:
        click.echo(gap, err=True)
    sys.exit(3 if gaps else 0)
