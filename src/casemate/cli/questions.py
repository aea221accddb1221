"""questions: what to find out next, ranked by the risk that each answer would settle."""

from __future__ import annotations

from pathlib import Path

import click

from casemate.cli import _inputs, _output


@click.command("questions")
@_inputs.FILE
@click.option(
    "--role", type=click.Choice(["security", "data-science", "operations"]), help="Only what this role can answer."
)
@_inputs.POLICY
@_inputs.TODAY
@_inputs.SEED
def command(file: Path | None, role: str | None, policy: Path | None, today: str | None, seed: int) -> None:
    """List the facts that nobody said, and the declared ones that nobody proved, worst first."""
    from casemate.report.view.paper import Paper
    from casemate.report.view.story import said
    from casemate.report.view.words import ROLE, count, joined

    a = _inputs.assessed(file, _inputs.Options(policy, today, seed))
    chosen = [q for q in a.questions if role in (None, q.role)]

    def write(paper: Paper) -> None:
        if not chosen:
            paper.prose("Nothing to ask: every fact that a threat needed is known.")
        for i, q in enumerate(chosen, 1):
            stake = f"{said(a, q.at_stake)} a year at stake, {count(len(q.settles), 'threat')}: {joined(q.settles, 2)}"
            how = f"; measured by {joined(q.measured_by)}" if q.measured_by else ""
            paper.entry(f"{i:2}", q.ask, f"{ROLE[q.role]}; {q.where}; {stake}{how}")

    _output.show(write)
