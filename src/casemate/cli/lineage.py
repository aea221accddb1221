"""lineage: record what a model is made of, and check the record."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _keys
from casemate.core.errors import CasemateError, did_you_mean

if TYPE_CHECKING:
    from casemate.evidence.lineage.names import Told

HERE = Path()
NO_RUN = "no command was given: the digests are of now, not of when it was made"
PATHS = click.Path(path_type=Path)
ROOT = click.option("--root", type=PATHS, default=HERE, help="The folder that all names start from (here).")


@click.group("lineage")
def command() -> None:
    """What a model is made of: recorded when it is trained, checked whenever somebody asks."""


@command.command("record")
@click.option("--model", "--makes", "made", type=PATHS, multiple=True, help="What the run makes. Repeatable.")
@click.option("--data", type=PATHS, multiple=True, help="Training data: a file or a folder. Repeatable.")
@click.option("--code", type=PATHS, multiple=True, help="Training code. Repeatable.")
@click.option("--params", type=PATHS, multiple=True, help="Settings. Repeatable.")
@click.option("--lock", type=PATHS, multiple=True, help="Locked dependencies. Repeatable.")
@click.option("--base", type=PATHS, multiple=True, help="A model that this one is tuned from. Repeatable.")
@click.option("--from", "source", type=PATHS, help="Also what a dvc.lock or an MLflow run (folder or JSON) names.")
@click.option("--stage", metavar="NAME", help="The stage of dvc.lock.")
@click.option("--origin", metavar="PATH=TEXT", multiple=True, help="Where an input came from. Repeatable.")
@click.option(
    "--check", type=PATHS, multiple=True, help="Start only if a statement by this public key vouches for the data."
)
@click.option("--builder", metavar="ID", help="Who runs it, such as the address of a CI job.")
@_keys.KEY
@_keys.PASSPHRASE
@click.option("--started", metavar="TIME", help="When it was started (2026-10-02T08:00:00Z).")
@click.option("--finished", metavar="TIME", help="When it had finished.")
@click.option("--output", "-o", type=PATHS, help="The statement's file; else beside the model, as MODEL.lineage.json.")
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
    from casemate.evidence.lineage import provenance as p
    from casemate.evidence.lineage import record as recording
    from casemate.evidence.lineage.names import moved_on
    from casemate.evidence.sign import keys

    private = _keys.private(key, passphrase) if key else None
    told = _told(source, stage, root)
    given = {p.DATA: data, p.CODE: code, p.PARAMETERS: params, p.ENVIRONMENT: lock, p.BASE: base}
    inputs = [(role, _name(root, path)) for role, paths in given.items() for path in paths]
    inputs += [(n.role, n.name) for n in told.inputs if n.name not in {name for _, name in inputs}]
    outputs = [_name(root, path) for path in made] or [n.name for n in told.made]
    if not outputs:
        raise CasemateError("--model", "nothing says what the run makes", "name it: --model model.bin")
    into = _name(root, output) if output else outputs[0] + p.SUFFIX
    epoch = None if started or finished else _epoch()
    what = recording.Run(
        root=root,
        made=tuple(dict.fromkeys(outputs)),
        inputs=tuple(sorted(dict.fromkeys(inputs), key=lambda i: (p.ROLES.index(i[0]), i[1]))),
        command=run,
        builder=_plain("--builder", builder) if builder else p.UNNAMED,
        origins=_origins(root, origin, {*outputs, *(name for _, name in inputs)}),
        started=_time("--started", started) or epoch,
        finished=_time("--finished", finished) or epoch,
        gate=tuple(keys.read_public(k) for k in check),
        moved_on=frozenset() if run else frozenset(moved_on(root, (*told.inputs, *told.made))),
    )
    try:
        done = recording.record(what, into)
    except recording.Stopped as e:
        click.echo(str(e), err=True)
        sys.exit(1)
    if done.says is None:
        click.echo(f"the command ended with {done.code}; nothing is recorded", err=True)
        sys.exit(done.code)
    recording.write(what, done, into, private)
    click.echo(f"wrote {root / into}", err=True)
    for line in (*done.findings, *told.left_out, *(() if run else (NO_RUN,))):
        click.echo(line, err=True)
    sys.exit(1 if done.findings or told.left_out else 0)


@command.command("verify")
@click.argument("statement", type=PATHS)
@click.option(
    "--key", "key_files", type=PATHS, multiple=True, help="A public key that must have signed it. Repeatable."
)
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


def _name(root: Path, path: Path) -> str:
    """The name of a path below the root, by its text: links are followed when it is read."""
    if "\0" in str(path):
        raise CasemateError("--root", "a name holds a NUL", "name a file")
    name = os.path.relpath(os.path.abspath(path), os.path.abspath(root))  # noqa: PTH100  a link must stay one
    if name == "." or Path(name).parts[0] == "..":
        raise CasemateError(
            str(path), "does not lie below the root", "go to the folder above it, or name that with --root"
        )
    return Path(name).as_posix()


def _told(source: Path | None, stage: str | None, root: Path) -> Told:
    """What another tool's file names; nothing when there is none."""
    from casemate.core import files
    from casemate.evidence.lineage import names

    if source is None:
        return names.Told((), ())
    # DVC names what lies beside its lock; MLflow what lies below the folder in which the run was started.
    folder = source.parent if files.kind(source) == "file" and source.suffix != ".json" else root
    return names.below(root, folder, names.told(source, stage))


def _origins(root: Path, given: tuple[str, ...], known: set[str]) -> dict[str, str]:
    out = {}
    for pair in given:
        path, sign, text = pair.partition("=")
        name = _name(root, Path(path)) if sign and path else ""
        if name not in known:
            raise CasemateError("--origin", f"is {pair[:80]!r}", "write PATH=TEXT, with the PATH of an input")
        out[name] = _plain("--origin", text)
    return out


def _plain(option: str, text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= 1000:
        raise CasemateError(option, "is no plain text", "write one line of at most 1,000 characters")
    return text


def _time(option: str, text: str | None) -> str | None:
    if text is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII):
        return text
    raise CasemateError(option, f"is {text[:40]!r}", "write the time as 2026-10-02T08:00:00Z")


def _epoch() -> str | None:
    """The time that SOURCE_DATE_EPOCH gives. Without it a statement has no time: the same input, the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    _inputs.day(None)  # refuses what is no time
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
