"""review: what is due, a guided walk through the open questions, sign-offs and their check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _keys, _output
from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.validate.assessment import Assessment
    from casemate.validate.signoff import Chain, Entry, Standing

HELP = ("-h", "--help")


class Review(click.Group):
    """`casemate review [FILE]` tells what is due; the other things that one does have a name of their own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with `due` where no command is named."""
        named = args and (args[0] in self.commands or args[0] in HELP)
        return super().parse_args(ctx, args if named else ["due", *args])


@click.group("review", cls=Review, subcommand_metavar="[FILE] | COMMAND [ARGS]...")
def command() -> None:
    """What is due, open questions, sign-offs. Without a command: what is due (`casemate review due --help`)."""


@command.command("due", short_help="What is due. This is meant where no command is named.")
@_inputs.FILE
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What to print.")
@click.option("--ics", type=PATH, help="Also write all of it as a calendar (RFC 5545).")
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def due_(
    file: Path | None,
    format_: str,
    ics: Path | None,
    policy: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
) -> int:
    """What is due: reviews, retrained models, alarms, evidence and decisions that end, sign-offs.

    Ends with 0 when nothing is due, with 1 when something is. What will be due within 30 days is told and is no reason
    to fail.
    """
    from casemate.report.review import ics as calendar
    from casemate.report.review import json, text
    from casemate.validate.due import due

    if ics is not None and ics.suffix != ".ics":
        raise CasemateError("--ics", f"is {str(ics)!r}", "name a file that ends in .ics, so that no other is replaced")
    a, chain = _read(file, _inputs.Options(policy, today, seed, measure))
    found = due(a, _required(a, chain))
    if ics is not None:
        files.write(ics, calendar.render(a.system.name, found, a.today))
        click.echo(f"wrote {ics}", err=True)
    if format_ == "json":
        click.echo(json.render(a.system.name, found, a.today), nl=False)
    else:
        _output.show(lambda paper: text.write(a.system.name, found, a.today, paper))
    return 1 if any(d.due for d in found) else 0


@command.command("walk", short_help="Ask one role its questions, and write the answers.")
@_inputs.FILE
@click.option("--role", type=_inputs.ROLES, required=True, help="Whose questions are asked.")
@_inputs.POLICY
@_inputs.TODAY
@_inputs.SEED
def walk_(file: Path | None, role: str, policy: Path | None, today: str | None, seed: int) -> None:
    """Ask one role what it can answer, one question at a time, and write the answers into the file.

    What settles most comes first. Comments, order and formatting of the file are kept. An empty line means that you
    don't know, ? explains the words, q stops. Nothing is ever half-written.
    """
    from casemate.cli import _walk

    path = _inputs.system_file(file)
    _walk.walk(path, role, lambda: _inputs.assessed(path, _inputs.Options(policy, today, seed)))


@command.command("sign", short_help="Sign off the assessment as it is now.")
@_inputs.FILE
@click.option("--role", type=_inputs.ROLES, required=True, help="In which role you sign.")
@click.option("--by", required=True, metavar="NAME", help="Who signs.")
@click.option("--note", required=True, help="What you looked at, and what you think of it.")
@_keys.KEY
@_keys.PASSPHRASE
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def sign_(
    file: Path | None,
    role: str,
    by: str,
    note: str,
    key: Path | None,
    passphrase: _keys.Source,
    policy: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
) -> None:
    """Sign off the assessment as it is now, in one role.

    Adds one line to reviews/signoffs.jsonl beside the system file. A later change of the assessment voids it. When all
    roles have signed that the policy requires (all three where it requires none), the day becomes `review: {last}`.
    """
    from casemate.cli import _signing
    from casemate.report.view.words import count
    from casemate.validate.gate import SIGN_OFF
    from casemate.validate.signoff import append
    from casemate.validate.signoff.chain import path_of

    _signing.worded(by, note)
    path = _inputs.system_file(file)
    a = _inputs.assessed(path, _inputs.Options(policy, today, seed, measure))
    private = _keys.private(key, passphrase) if key else None
    _signing.entitled(a, by, private)
    new = _signing.entry(a, role, by, note)

    def alone(chain: Chain) -> Entry:
        _signing.separate(a, chain, new, private)
        return new

    made = append(path_of(path), alone, private, a.policy.keys)
    click.echo(f"entry {made.number} of {path_of(path)}: {by} signs for {role}, assessment {made.assessment[:12]}")
    others = [r for r in a.gate.reasons if r.rule != SIGN_OFF]
    if others:
        why = count(len(others), "reason")
        click.echo(f"The gate does not pass, for {why} beside sign-offs: see casemate assess.")
    _signing.close(a, path, made)


@command.command("verify", short_help="Check the record of sign-offs.")
@_inputs.FILE
@click.option("--head", metavar="SHA256", help="A digest that the record had once: it must still hold that line.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What to print.")
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def verify_(
    file: Path | None,
    head: str | None,
    format_: str,
    policy: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
) -> int:
    """Check the record of sign-offs, link by link, and whether each role stands for the assessment as it is now.

    Ends with 0 when the record is whole and every role that the policy requires stands for it (every role that has
    signed, where it requires none), with 1 otherwise.
    """
    from casemate.report.review import signed

    a, chain = _read(file, _inputs.Options(policy, today, seed, measure))
    found = _required(a, chain) or _signed(a, chain)
    made = signed.Checked(a, chain, tuple(found), (*chain.broken, *_lost(chain, head)))
    if format_ == "json":
        click.echo(signed.as_json(made), nl=False)
    else:
        _output.show(lambda paper: signed.write(made, paper))
    return 0 if made.holds else 1


def _lost(chain: Chain, head: str | None) -> list[str]:
    known = {e.previous for e in chain.entries} | {chain.head}
    return [f"no line has the digest {head[:64]}: lines are gone"] if head and head not in known else []


def _read(file: Path | None, options: _inputs.Options) -> tuple[Assessment, Chain]:
    from casemate.validate.signoff import read
    from casemate.validate.signoff.chain import path_of

    path = _inputs.system_file(file)
    a = _inputs.assessed(path, options)
    return a, read(path_of(path), a.policy.keys)


def _required(a: Assessment, chain: Chain) -> list[Standing]:
    from casemate.validate.signoff import standings

    return list(standings(a, chain, a.policy.sign_off))


def _signed(a: Assessment, chain: Chain) -> list[Standing]:
    """Where no role is required: those in which somebody signed."""
    from casemate.validate.signoff import standings

    return [s for s in standings(a, chain) if s.state != "missing"]
