"""check: read a system file and list all its errors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _github, _inputs, _output
from casemate.cli._paths import PATH
from casemate.core.errors import together

if TYPE_CHECKING:
    from casemate.evidence.sign.keys import Public
    from casemate.report.view.paper import Paper


@click.command("check")
@click.argument("file", nargs=-1, type=PATH)
@_inputs.POLICY
def command(file: tuple[Path, ...], policy: Path | None) -> None:
    """Read system files, their catalogue, policy and evidence, and list every error with its place.

    FILE is casemate.yaml when none is named. A hint names requests to which no answer is drawn. Ends with 0 when there
    is no error, with 2 otherwise.
    """
    with _github.annotated():
        together(*[partial(_check, one, policy) for one in file or (None,)])


def _check(file: Path | None, policy: Path | None) -> None:
    """Check one system file."""
    from casemate.evidence import store
    from casemate.report.view.hints import hints
    from casemate.report.view.paper import unbroken
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
    known = f"{len(catalog.threats)} threats and {len(catalog.controls)} controls known"
    hint = hints(system)

    def write(paper: Paper) -> None:
        for line in unbroken(f"{path}: no errors;", f"{parts}, {known}", paper.width):
            paper.put([("", line)])
        if hint:
            paper.prose(f"Hint: {hint}", "dim")

    _output.show(write)
