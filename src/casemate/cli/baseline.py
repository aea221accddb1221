"""baseline: write down today's findings, so that a new gate fails only for new and worse ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError

NAME = Path("baseline.yaml")


@click.command("baseline")
@_inputs.FILE
@click.option("--by", metavar="NAME", help="Who answers for the findings until they are treated.")
@click.option("--until", metavar="DATE", help="Its last day (2027-01-31), at most a year from now.")
@click.option(
    "--output",
    "-o",
    type=PATH,
    default=NAME,
    show_default=True,
    help="The new file; with --shrink the baseline.",
)
@click.option("--shrink", is_flag=True, help="Take out of the baseline what is gone, and note what got better.")
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def command(
    file: Path | None,
    by: str | None,
    until: str | None,
    output: Path,
    shrink: bool,
    policy: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
) -> None:
    """Write down what is open or assumed today.

    FILE is the system file; casemate.yaml when none is named. `casemate assess --baseline FILE` fails for what is not
    in it, or worse than in it. It never holds evidence that the policy requires. Nothing is overwritten, except by
    --shrink, which adds nothing. Ends with 0 when it was written, with 2 when a file or an option is invalid.
    """
    options = _inputs.Options(policy, today, seed, measure)
    if shrink:
        if by or until:
            raise CasemateError("--shrink", "changes neither owner nor end", "leave --by and --until out")
        _shrink(file, options, output)
    else:
        _take(file, options, output, *_named(by, until))


def _named(by: str | None, until: str | None) -> tuple[str, date]:
    """The owner and the last day; both must be said, because a baseline is a decision."""
    from casemate.core import day
    from casemate.define.values import SCALARS

    who, last = SCALARS["text"][0](by or ""), day.day(until or "")
    if not who:
        raise CasemateError("--by", f"is {by!r}" if by else "nobody is named", "name who answers for the findings")
    if last is None:
        raise CasemateError("--until", f"is {until[:40]!r}" if until else "no day is given", "write it as 2027-01-31")
    return who, last


def _take(file: Path | None, options: _inputs.Options, output: Path, by: str, until: date) -> None:
    from casemate.interchange import fresh
    from casemate.report.view.words import count
    from casemate.validate import baseline

    made = baseline.taken(_inputs.assessed(file, options), by, until, str(output))
    fresh.write({output: baseline.text_of(made)})
    click.echo(f"wrote {output}: {count(len(made.entries), 'finding')}, held until {until}", err=True)


def _shrink(file: Path | None, options: _inputs.Options, output: Path) -> None:
    from casemate.report.view.words import count
    from casemate.validate import baseline

    before = baseline.read_baseline(output)
    made = baseline.shrunk(_inputs.assessed(file, options), before)
    files.write(output, baseline.text_of(made))
    gone = count(len(before.entries) - len(made.entries), "finding")
    click.echo(f"wrote {output}: {gone} taken out, {len(made.entries)} left", err=True)
