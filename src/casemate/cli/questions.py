"""questions: what to find out and what to test next, ranked by the risk that each would settle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _output

if TYPE_CHECKING:
    from casemate.report.view.asking import Entry
    from casemate.report.view.paper import Paper

TESTS = 5  # shown; the json format has all of them


@click.command("questions")
@_inputs.FILE
@click.option("--role", type=_inputs.ROLES, help="Only what this role can answer or test.")
@_inputs.POLICY
@_inputs.TODAY
@_inputs.SEED
def command(file: Path | None, role: str | None, policy: Path | None, today: str | None, seed: int) -> None:
    """List the facts that nobody said, and the declared ones that nobody proved, worst first; then what to test next.

    A test is worth what deciding after it saves a year, on average, against deciding today what to buy.
    """
    from casemate.report.view import asking

    a = _inputs.assessed(file, _inputs.Options(policy, today, seed))
    asked, tests = asking.questions(a, role), asking.next_tests(a, role)

    def write(paper: Paper) -> None:
        if not asked:
            paper.prose("Nothing to ask: every fact that a threat needed is known.")
        _list(paper, asked)
        if tests:
            paper.heading("What to test next")
            _list(paper, tests[:TESTS])
        if len(tests) > TESTS:
            paper.prose(f"… and {len(tests) - TESTS} more in the json format", "dim")

    _output.show(write)


def _list(paper: Paper, entries: list[Entry]) -> None:
    for i, e in enumerate(entries, 1):
        paper.entry(f"{i:2}", e.text, "\n".join(e.below))
