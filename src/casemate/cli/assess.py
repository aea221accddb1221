"""assess: the main job: threats, risks, plan and gate of a system, each number with what it rests on."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from casemate.cli import _github, _inputs, _output


@click.command("assess")
@_inputs.FILE
@_output.FORMAT
@_output.OUTPUT
@_inputs.POLICY
@_inputs.BASELINE
@_inputs.PASSPORT
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
@click.option("--all", "everything", is_flag=True, help="Show every threat in the text report.")
@click.option(
    "--owner",
    type=_inputs.ROLES,
    help="Only what this role owns, in text, markdown and html; other formats and the exit code stay whole.",
)
@click.option("--exit-zero", is_flag=True, help="End with 0 even when the gate fails.")
def command(
    file: Path | None,
    format_: str,
    outputs: tuple[str, ...],
    policy: Path | None,
    baseline: Path | None,
    passport: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
    everything: bool,
    owner: str | None,
    exit_zero: bool,
) -> None:
    """Assess a system: threats, risks, treatment plan, gate.

    FILE is the system file; casemate.yaml when none is named. Ends with 0 when the gate passes, 1 when it fails, 2 when
    a file is invalid, 3 when evidence that the policy requires is missing, stale or unreadable.
    """
    from casemate.report.view.held import held

    chosen = _output.targets(outputs)
    if format_ != "text" and format_ not in _output.formats():
        _output.targets((f"{format_}=-",))
    with _github.annotated():
        a = _inputs.assessed(file, _inputs.Options(policy, today, seed, measure, baseline, passport))
    for line in held(a):
        click.echo(line, err=True)
    _output.write_all(a, chosen, owner)
    _github.tell(a)
    if format_ == "text":
        from casemate.report import text

        _output.show(lambda paper: text.write(_output.read_by(a, owner), paper, everything))
    else:
        for piece in _output.pieces(a, format_, owner):
            click.echo(piece, nl=False)
    sys.exit(0 if exit_zero else a.gate.exit_code)
