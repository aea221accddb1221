"""passport: a signed statement that this very model passed, and its check when the model is deployed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _keys
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.evidence.passport.form import Passport
    from casemate.validate.assessment import Assessment
    from casemate.validate.passport.issue import Files


@click.group("passport")
def command() -> None:
    """The version that is deployed is the one that passed: issue a passport, verify it."""


@command.command("issue")
@_inputs.FILE
@_keys.KEY
@_keys.PASSPHRASE
@click.option("--output", "-o", type=PATH, help="The passport's file; passport.json beside the system file.")
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def issue(
    file: Path | None,
    key: Path | None,
    passphrase: _keys.Source,
    output: Path | None,
    policy: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
) -> None:
    """Assess, and sign a passport when the gate passes.

    It binds the files of all components, the system file, policy, evidence and sign-offs. Ends with 0 when it was
    issued, with 1 and the gate's reasons when the gate fails, with 3 when evidence is missing, with 2 when a file is
    invalid.
    """
    if key is None:
        raise CasemateError("--key", "is missing", "name a private key, or make one: casemate sign --new-key NAME")
    from casemate.core import files
    from casemate.evidence.passport import form
    from casemate.evidence.sign import dsse

    at = _inputs.system_file(file)
    where = output or at.parent / form.NAME
    _replaceable(where)
    signer = _keys.private(key, passphrase)
    made = _made(at, _inputs.Options(policy, today, seed, measure))
    files.write(where, dsse.line(dsse.sign(form.payload(made), signer)))
    click.echo(f"wrote {where}", err=True)
    many = len(made.subjects)
    click.echo(f"{made.system}: {many} {'file' if many == 1 else 'files'}, good until {made.until} ({made.because})")


def _made(at: Path, options: _inputs.Options) -> Passport:
    """The passport; ends the process when there is a reason against it."""
    from casemate.validate.passport import issue as issuing

    before = _files(at, options)
    a = _inputs.assessed(at, options)
    _refuse(a, at)
    after = issuing.of_files(a.system, at, _inputs.policy_file(at, a.system, options.policy))
    if options.measure:  # which writes evidence
        before = replace(before, evidence=after.evidence)
    if before != after:
        raise CasemateError(str(at), "changed while it was assessed, or its policy or evidence did", "issue again")
    return issuing.passport(a, at, after)


def _files(at: Path, options: _inputs.Options) -> Files:
    from casemate.validate.passport import issue as issuing

    system, _ = _inputs.read_system(at)
    return issuing.of_files(system, at, _inputs.policy_file(at, system, options.policy))


def _refuse(a: Assessment, at: Path) -> None:
    from casemate.validate.passport import issue as issuing

    reasons = tuple(issuing.against(a, at.parent))
    for r in reasons:
        click.echo(f"no passport: {r.what}; {r.todo}", err=True)
    if reasons:
        sys.exit(min(r.exit for r in reasons))


def _replaceable(where: Path) -> None:
    """An older passport is replaced; whatever else has this name is not."""
    from casemate.core import files
    from casemate.evidence.passport import read

    if files.kind(where) is None:
        return
    try:
        read.parts(read.content(where), ())
    except read.Refusal:
        raise CasemateError(str(where), "is there already and is no passport", "choose another --output") from None


@command.command("verify")
@click.argument("passport", type=PATH)
@click.option("--key", type=PATH, required=True, help="The public key of whoever issues passports.")
@click.option("--model", type=PATH, required=True, help="The file or folder that is about to be loaded.")
@click.option("--component", help="The component that it must be; any model of the system when not given.")
@click.option("--system", type=PATH, help="Also compare the system file, its parts and the sign-offs.")
@click.option("--policy", type=PATH, help="Also compare the policy file.")
@click.option("--evidence", type=PATH, help="Also compare the folder of the evidence.")
@click.option("--today", metavar="DATE", help="Verify as of this day (2026-10-02); the clock's when not given.")
def verify(**said: Path | str | None) -> None:
    """Say whether this model may be loaded: it passed, and its PASSPORT is still good.

    Needs the passport, the public key and the model, and nothing else. Ends with 0 when it may, with 1 when it may not
    or when that cannot be told, with 2 when the question was incomplete.
    """
    from casemate.evidence.passport import quick

    text, code = quick.answered({name: str(value) for name, value in said.items() if value is not None})
    click.echo(text, nl=False)
    sys.exit(code)
