"""diff: what changed between two states of a system, and which fact, rule, evidence or policy made it so."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from casemate.cli import _inputs, _output
from casemate.core.errors import CasemateError, did_you_mean


@click.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option("--format", "format_", metavar="NAME", default="text", show_default=True, help="text, json or markdown.")
@_output.OUTPUT
@_inputs.POLICY
@_inputs.TODAY
@_inputs.SEED
@click.option("--all", "everything", is_flag=True, help="Show every threat in the text report.")
@click.option("--exit-zero", is_flag=True, help="End with 0 even when something got worse.")
def command(
    old: str,
    new: str | None,
    format_: str,
    outputs: tuple[str, ...],
    policy: Path | None,
    today: str | None,
    seed: int,
    everything: bool,
    exit_zero: bool,
) -> None:
    """Compare OLD with NEW: threats that appeared, vanished or changed, and why; evidence, controls, gate.

    Each is a system file, a file of a git revision such as main:casemate.yaml, or an assessment saved with
    `casemate assess --output json=FILE`. Without NEW it is the system file here. Ends with 0 when nothing got worse, 1
    when a threat or the gate did, 2 when a file is invalid, 3 when evidence that the policy requires was lost.
    """
    from casemate.cli import _sides
    from casemate.core import files, shelf
    from casemate.validate.diff import diff

    formats = shelf.names("report/diff")
    chosen = _output.targets(outputs, formats)
    if format_ not in formats:
        raise CasemateError("--format", f"there is no format {format_[:60]!r}", did_you_mean(format_, formats))
    options = _inputs.Options(policy, today, seed)
    a, before = _sides.read(old, options)
    b, after = _sides.read(new if new is not None else str(_inputs.system_file(None)), options)
    gc.freeze()
    gc.enable()  # the systems between the two are many, and each is let go before the next
    d = diff(a, b, (*before, *after))
    files.write_all([(path, shelf.member("report/diff", name).render(d)) for name, path in chosen])
    for _, path in chosen:
        click.echo(f"wrote {path}", err=True)
    if format_ == "text":
        from casemate.report.diff import text

        _output.show(lambda paper: text.write(d, paper, everything))
    else:
        click.echo(shelf.member("report/diff", format_).render(d), nl=False)
    sys.exit(0 if exit_zero else d.exit_code)
