"""record: write down a test that a person made, as evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casemate.cli import _inputs, _keys
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from datetime import date

    from casemate.catalog.load import Catalog
    from casemate.define.system import Component
    from casemate.evidence.results.said import Counts, Said
    from casemate.evidence.statement import Statement
    from casemate.identify.rule import Rule

COUNT = click.IntRange(0, 10**9)
UNITS = ("row", "query", "campaign", "build")  # as in evidence/results/said.py, which is not read for --help


@click.command("record")
@_inputs.FILE
@click.option("--subject", required=True, metavar="F", help="What was tested: a component, or its file.")
@click.option("--component", metavar="C", help="Which component, where several have that file.")
@click.option("--attack", required=True, metavar="A", help="What was tried, such as hop-skip-jump or art.ZooAttack.")
@click.option("--threat", "threats", multiple=True, metavar="T", help="Which threat it speaks of. Repeatable.")
@click.option("--held", type=COUNT, default=0, help="Tries that failed.")
@click.option("--broken", type=COUNT, default=0, help="Tries that succeeded.")
@click.option("--errored", type=COUNT, default=0, help="Tries whose end could not be told.")
@click.option("--skipped", type=COUNT, default=0, help="Tries that were not made.")
@click.option("--unit", type=click.Choice(UNITS), default="row", show_default=True, help="What one try is.")
@click.option("--strength", type=click.Choice(["weaker", "equal"]), default="weaker", show_default=True,
              help="Against the attacker who is expected.")  # fmt: skip
@click.option("--by", required=True, metavar="NAME", help="Who made the test.")
@click.option("--date", "on", metavar="DATE", help="When (2026-10-02); else today.")
@click.option("--note", "notes", multiple=True, metavar="TEXT", help="What else is worth knowing. Repeatable.")
@click.option("--control", metavar="K", help="The control that was on, for the four counts below.")
@click.option("--naive-held", type=COUNT, default=0, help="With it, by somebody unaware of it.")
@click.option("--naive-broken", type=COUNT, default=0)
@click.option("--adaptive-held", type=COUNT, default=0, help="With it, by somebody who knows it.")
@click.option("--adaptive-broken", type=COUNT, default=0)
@_keys.KEY
@_keys.PASSPHRASE
def command(
    file: Path | None, subject: str, component: str | None, key: Path | None, passphrase: _keys.Source, **given: Any
) -> None:
    """Write the outcome of a test to the evidence of the system FILE, bound to what was tested as it is now.

    It counts as attested, signed or not: it can raise a risk, and lowers only the claimed one.
    """
    from casemate.evidence.results import said as saying
    from casemate.evidence.seal import seal
    from casemate.identify.shelf import rules_of

    path = _inputs.system_file(file)
    system, catalog = _inputs.read_system(path)
    rules = {r.id: r for r in rules_of(catalog)}
    test = _test(given, catalog, rules)
    c = saying.subject(system, path.parent, subject, component)
    made = saying.statement(test, c, saying.digest(system, c, path.parent))
    made = seal(made, _keys.private(key, passphrase)) if key else made
    click.echo(f"wrote {saying.keep(system, path.parent, made)}", err=True)
    for line in _told(made, test, c, rules):
        click.echo(line)


def _test(given: dict[str, Any], catalog: Catalog, rules: Mapping[str, Rule]) -> Said:
    """What the options say. Raises CasemateError for a control or a threat that there is not, and for a wrong day."""
    from casemate.core.errors import did_you_mean
    from casemate.evidence.results.named import threats_of
    from casemate.evidence.results.said import Counts, Said

    control, attack = given["control"], given["attack"]
    if control is not None and control not in catalog.controls:
        hint = did_you_mean(control, catalog.controls)
        raise CasemateError("--control", f"there is no control {control[:60]!r}", hint)
    on = _day(given["on"])
    counts = Counts(given["held"], given["broken"], given["errored"], given["skipped"])
    return Said(
        attack, given["by"], on, counts, threats_of(attack, given["threats"] or None, rules), given["unit"],
        given["strength"], given["notes"], control,
        _counts(given["naive_held"], given["naive_broken"]), _counts(given["adaptive_held"], given["adaptive_broken"]),
    )  # fmt: skip


def _told(made: Statement, test: Said, c: Component, rules: Mapping[str, Rule]) -> Iterator[str]:
    """What was written, and what becomes of it."""
    n = test.counts
    yield f"{made.id}  {test.attack} on {c.id}: {n.broken} of {n.held + n.broken} scored tries broke it"
    for who, of in (("unaware of", test.naive), ("aware of", test.adaptive)):
        if of is not None:
            yield f"{'':14}{who} {test.control}: {of.broken} of {of.held + of.broken} broke it"
    for t in test.threats:
        yield f"{'':14}{_use(rules[t], c, test.unit)}"


def _use(rule: Rule, c: Component, unit: str) -> str:
    """What becomes of the counts."""
    if c.kind not in rule.kinds:
        return f"is not used: {rule.id} is no threat of the kind {c.kind}"
    if rule.per(unit) is None:
        return f"is shown and not used: {rule.id} has no conversion from {unit} to {rule.unit}"
    return f"counts as attested where {rule.id} is found"


def _counts(held: int, broken: int) -> Counts | None:
    from casemate.evidence.results.said import Counts

    return Counts(held, broken) if held or broken else None


def _day(on: str | None) -> date:
    """The day of the test, which is over: a record of tomorrow would rest on nothing."""
    from casemate.core.day import day

    today, _ = _inputs.day(None)
    found = today if on is None else day(on)
    if found is None:
        raise CasemateError("--date", f"is {on[:40]!r}" if on else "is empty", "write the day as 2026-10-02")
    if found > today:
        raise CasemateError("--date", f"is {found}, which is after today", "give the day of the test")
    return found
