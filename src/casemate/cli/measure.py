"""measure: collect the evidence that the system file asks for."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _keys

if TYPE_CHECKING:
    from casemate.evidence.statement import Statement

WIDTH, INDENT = 80, " " * 14  # of a line, and of what stands below a record


@click.command("measure")
@_inputs.FILE
@_inputs.TODAY
@_keys.KEY
@_keys.PASSPHRASE
def command(file: Path | None, today: str | None, key: Path | None, passphrase: _keys.Source) -> None:
    """Run what `measure:` asks for and write the records to the evidence folder beside the system file.

    With --key every record is signed; it counts as measured where the policy names the key among its signers. Ends
    with 0 when everything was measured, with 3 when something could not be. An interrupt ends the run: what was learned
    until then is written, and it ends with 130.
    """
    from casemate.evidence import store
    from casemate.evidence.seal import seal

    path = _inputs.system_file(file)
    system, _ = _inputs.read_system(path)
    signer = _keys.private(key, passphrase) if key else None
    found, gaps, ended = _inputs.measured(system, path.parent, _inputs.day(today)[0])
    if signer:
        found = [seal(s, signer) for s in found]
    for where in store.save(system, path.parent, found):
        click.echo(f"wrote {where}", err=True)
    for s in found:
        click.echo(_folded(f"{s.id}  {s.kind} of {s.about}: {_said(s)}", ""))
        for line in s.findings:
            click.echo(_folded(line, INDENT))
    if not system.measure:
        click.echo(f"{path} asks for no measurement; add `measure: [{{scan: <component>}}]`", err=True)
    for gap in gaps:
        click.echo(gap, err=True)
    sys.exit(130 if ended else 3 if gaps else 0)


def _said(s: Statement) -> str:
    """What a record states: facts and controls."""
    from casemate.evidence.access.show import facts
    from casemate.identify.explain import shown

    of_access = s.kind == "access"
    said = facts(s.facts) if of_access else [f"{k} {shown(v)}" for k, v in sorted(s.facts.items())]
    said += [f"{c.id} {'verified' if c.verified else 'not there'}" for c in s.controls if c.verified is not None]
    return ("; " if of_access else ", ").join(said)


def _folded(line: str, first: str) -> str:
    """One entry; what does not fit on a line goes on below it. Long words stay whole, so that they can be copied."""
    whole = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(line, WIDTH, initial_indent=first, subsequent_indent=INDENT + "  ", **whole)  # type: ignore[arg-type]
