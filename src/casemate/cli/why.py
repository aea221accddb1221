"""why: the derivation of a threat and its numbers."""

from __future__ import annotations

from pathlib import Path

import click

from casemate.cli import _inputs, _output


@click.command("why")
@click.argument("id")
@_inputs.FILE
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def command(id: str, file: Path | None, policy: Path | None, measure: bool, today: str | None, seed: int) -> None:
    """Explain a threat: rule, facts with their lines, evidence, prior and posterior, controls, loss.

    ID is rule@element; the rule or the element alone will do when it names only one.
    """
    from casemate.report.view.paper import Paper
    from casemate.report.view.why import why

    a = _inputs.assessed(file, _inputs.Options(policy, today, seed, measure))
    found = why(a, _inputs.find(a, id))

    def write(paper: Paper) -> None:
        for heading, lines in found:
            if heading:
                paper.heading(heading)
            for i, line in enumerate(lines):
                paper.prose(line, "bold" if not heading and i == 0 else "")

    _output.show(write)
