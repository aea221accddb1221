"""export: the system in another tool's format, with a report of what could not be said in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH

if TYPE_CHECKING:
    from casemate.define.system import System


@click.command("export")
@_inputs.FILE
@click.option("--format", "format_", metavar="NAME", required=True, help="otm or cyclonedx.")
@click.option("--threats", is_flag=True, help="Assess first: threats go along, and measured facts instead of declared.")
@click.option("--output", "-o", type=PATH, help="The file to write; standard output without it.")
@click.option("--loss", type=PATH, help="Where the loss report goes; as JSON when it ends in .json.")
@_inputs.POLICY
@_inputs.TODAY
@_inputs.SEED
def command(
    file: Path | None,
    format_: str,
    threats: bool,
    output: Path | None,
    loss: Path | None,
    policy: Path | None,
    today: str | None,
    seed: int,
) -> None:
    """Give the system to another tool: Open Threat Model, or a CycloneDX bill of materials of its models and data.

    FILE is the system file; casemate.yaml when none is named. A date is written only where --today or SOURCE_DATE_EPOCH
    gives one. No file is overwritten. Ends with 0 whatever the gate says, with 2 when something is invalid.
    """
    from casemate.cli._deliver import deliver
    from casemate.interchange.give import Given, give

    day, dated = _inputs.day(today)
    assessment = _inputs.assessed(file, _inputs.Options(policy, today, seed)) if threats else None
    path = _inputs.system_file(file)
    system = assessment.system if assessment else _inputs.read_system(path)[0]
    digests = hashed(system, path.parent) if format_ == "cyclonedx" else {}
    deliver(*give(Given(system, assessment, digests, day if dated else None), format_), output, loss)


def hashed(system: System, root: Path) -> dict[str, str]:
    """The sha256 of every component's file, where it is one that can be read."""
    from casemate.core import files
    from casemate.core.digest import of_file

    paths = {c.id: root / c.path for c in system.components.values() if c.path}
    found = {i: of_file(p) for i, p in paths.items() if files.kind(p) == "file"}
    return {i: digest for i, digest in found.items() if digest is not None}
