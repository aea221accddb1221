"""lineage: record what a model is made of, and check the record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _keys
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError, did_you_mean

if TYPE_CHECKING:
    from casemate.evidence.lineage.record import Recorded, Run

HERE = Path()
NO_RUN = "no command was given: the digests are of now, not of when it was made"
ROOT = click.option("--root", type=PATH, default=HERE, help="The folder that all names start from (here).")


@click.group("lineage")
def command() -> None:
    """What a model is made of: recorded when it is trained, checked whenever somebody asks."""


@command.command("record")
@click.option("--model", "--makes", "made", type=PATH, multiple=True, help="What the run makes. Repeatable.")
@click.option("--data", type=PATH, multiple=True, help="Training data: a file or a folder. Repeatable.")
@click.option("--code", type=PATH, multiple=True, help="Training code. Repeatable.")
@click.option("--params", type=PATH, multiple=True, help="Settings. Repeatable.")
@click.option("--lock", type=PATH, multiple=True, help="Locked dependencies. Repeatable.")
@click.option("--base", type=PATH, multiple=True, help="A model that this one is tuned from. Repeatable.")
@click.option("--from", "source", type=PATH, help="Also what a dvc.lock or an MLflow run (folder or JSON) names.")
@click.option("--stage", metavar="NAME", help="The stage of dvc.lock.")
@click.option("--origin", metavar="PATH=TEXT", multiple=True, help="Where an input came from. Repeatable.")
@click.option(
    "--check", type=PATH, multiple=True, help="Start only if a statement by this public key vouches for the data."
)
@click.option("--builder", metavar="ID", help="Who runs it, such as the address of a CI job.")
@_keys.KEY
@_keys.PASSPHRASE
@click.option("--started", metavar="TIME", help="When it was started (2026-10-02T08:00:00Z).")
@click.option("--finished", metavar="TIME", help="When it had finished.")
@click.option("--output", "-o", type=PATH, help="The statement's file; else beside the model, as MODEL.lineage.json.")
@ROOT
@click.argument("run", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def record(
    made: tuple[Path, ...],
    data: tuple[Path, ...],
    code: tuple[Path, ...],
    params: tuple[Path, ...],
    lock: tuple[Path, ...],
    base: tuple[Path, ...],
    source: Path | None,
    stage: str | None,
    origin: tuple[str, ...],
    check: tuple[Path, ...],
    builder: str | None,
    key: Path | None,
    passphrase: _keys.Source,
    started: str | None,
    finished: str | None,
    output: Path | None,
    root: Path,
    run: tuple[str, ...],
) -> None:
    """Run COMMAND and record what went into it and what came out.

    Inputs are digested before and after. A command that fails records nothing, and its exit code is ours. Ends with 1
    when an input changed during the run, when the run did not write what it should make, or when --check stops it.
    """
    from casemate.cli import _run
    from casemate.evidence.lineage import provenance as p
    from casemate.evidence.lineage import record as recording

    private = _keys.private(key, passphrase) if key else None
    told = _run.told(source, stage, root)
    roles = {p.DATA: data, p.CODE: code, p.PARAMETERS: params, p.ENVIRONMENT: lock, p.BASE: base}
    what = _run.of(_run.Given(root, made, roles, told, run, builder, origin, check, started, finished))
    into = _run.name(root, output) if output else what.made[0] + p.SUFFIX
    done = _done(what, into)
    recording.write(what, done, into, private)
    click.echo(f"wrote {root / into}", err=True)
    for line in (*done.findings, *told.left_out, *(() if run else (NO_RUN,))):
        click.echo(line, err=True)
    sys.exit(1 if done.findings or told.left_out else 0)


def _done(what: Run, into: str) -> Recorded:
    """The run with its statement. Ends here when it was stopped, or when its command failed."""
    from casemate.evidence.lineage import record as recording

    try:
        done = recording.record(what, into)
    except recording.Stopped as e:
        click.echo(str(e), err=True)
        sys.exit(1)
    if done.says is None:
        click.echo(f"the command ended with {done.code}; nothing is recorded", err=True)
        sys.exit(done.code)
    return done


@command.command("verify")
@click.argument("statement", type=PATH)
@click.option("--key", "key_files", type=PATH, multiple=True, help="A public key that must have signed it. Repeatable.")
@click.option("--builder", "builders", metavar="ID", multiple=True, help="A builder that is allowed. Repeatable.")
@click.option(
    "--require",
    "required",
    metavar="ROLES",
    help="Roles that must be there, with commas. [default: training-data,training-code,environment]",
)
@click.option("--no-chain", is_flag=True, help="Take a base model as it is, without a statement of its own.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@ROOT
def verify(
    statement: Path,
    key_files: tuple[Path, ...],
    builders: tuple[str, ...],
    required: str | None,
    no_chain: bool,
    format_: str,
    root: Path,
) -> None:
    """Digest again what a STATEMENT names, and say what is the same, what is not, and what cannot be told.

    Ends with 0 when all of it was shown, with 3 when something could not be checked, with 1 when something is wrong.
    """
    import json

    from casemate.evidence.lineage import provenance as p
    from casemate.evidence.lineage import report, show
    from casemate.evidence.lineage import verify as verifying
    from casemate.evidence.sign import keys

    roles = tuple(r.strip() for r in required.split(",") if r.strip()) if required is not None else p.REQUIRED
    for role in roles:
        if role not in p.ROLES:
            raise CasemateError("--require", f"there is no role {role[:60]!r}", did_you_mean(role, p.ROLES))
    terms = verifying.Terms(tuple(keys.read_public(k) for k in key_files), builders, roles, not no_chain)
    found = verifying.verify(statement, root, terms)
    machine = json.dumps(report.to_json(found), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    click.echo(machine if format_ == "json" else show.text(found), nl=False)
    sys.exit(found.verdict.exit_code)
