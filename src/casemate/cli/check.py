"""check: read a system file and list all its errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.core.errors import together

if TYPE_CHECKING:
    from casemate.evidence.sign.keys import Public


@click.command("check")
@_inputs.FILE
@_inputs.POLICY
def command(file: Path | None, policy: Path | None) -> None:
    """Read a system file, its catalogue, policy and evidence, and list every error with its place.

    Ends with 0 when there is none, with 2 otherwise.
    """
    from casemate.evidence import store
    from casemate.report.view.words import count
    from casemate.validate.policy import read_policy

    path = _inputs.system_file(file)
    system, catalog = _inputs.read_system(path)
    keys: list[Public] = []
    together(
        lambda: keys.extend(read_policy(_inputs.policy_file(path, system, policy)).keys),
        lambda: store.load(system, path.parent, keys=keys),
    )
    sizes = ((system.components, "component"), (system.flows, "flow"), (system.actors, "actor"))
    parts = ", ".join(count(len(things), word) for things, word in sizes)
    click.echo(f"{path}: no errors; {parts}, {len(catalog.threats)} threats and {len(catalog.controls)} controls known")
