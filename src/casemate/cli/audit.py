"""audit: known flaws, altered files and careless requirements, offline."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError


@click.command("audit")
@click.option("--env", type=PATH, help="The environment: its folder or its python. [default: .venv]")
@click.option("--lock", "locks", type=PATH, multiple=True, help="A lock file. Repeatable. [default: those found here]")
@click.option("--advisories", type=PATH, help="A local copy: OSV's all.zip, a folder of OSV records, our packed index.")
@click.option("--max-age", default="7d", show_default=True, metavar="TIME", help="How old the copy may be.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--pack", type=PATH, nargs=2, metavar="SOURCE OUT", help="Write a copy as our small index, and end.")
@_inputs.TODAY
def command(
    env: Path | None, locks: tuple[Path, ...], advisories: Path | None, max_age: str, form: str,
    pack: tuple[Path, Path] | None, today: str | None,
) -> None:  # fmt: skip
    """Audit an environment and its lock files. Nothing is fetched, imported or run.

    Ends with 0 when nothing was found, with 1 when something was, and with 3 when nothing was found but known flaws
    could not be evaluated: no advisories, an old copy, or something that could not be read.
    """
    from casemate.evidence.audit import report
    from casemate.evidence.audit.audit import Asked, audit
    from casemate.evidence.audit.known import age

    if pack is not None:
        _pack(*pack)
        return
    allowed = age(max_age)
    if allowed is None:
        raise CasemateError("--max-age", f"is {max_age[:40]!r}", "write it as 7d or 7 days")
    here, env = _chosen(locks, env)
    root = _root(here)
    found = audit(Asked(root, here, env, advisories, allowed), _inputs.day(today)[0])
    click.echo(report.as_json(found) if form == "json" else report.text(found), nl=False)
    sys.exit(found.exit)


def _chosen(locks: tuple[Path, ...], env: Path | None) -> tuple[tuple[Path, ...], Path | None]:
    """What was named; else what stands here."""
    from casemate.evidence.audit.audit import LOCKS

    if locks or env:
        return locks, env
    found = tuple(Path(name) for name in LOCKS if files.kind(Path(name)) == "file")
    venv = Path(".venv") if files.kind(Path(".venv")) == "folder" else None
    if not found and venv is None:
        raise CasemateError("audit", "there is no lock file and no .venv here", "name one with --lock or --env")
    return found, venv


def _root(locks: tuple[Path, ...]) -> Path:
    """The folder that included files may come from: this one, or that of the first lock file outside of it."""
    here = Path.cwd()
    real = [Path(os.path.realpath(p)) for p in locks]  # a link that leads round in a circle stays what it is
    return next((p.parent for p in real if not p.is_relative_to(here)), here)


def _pack(source: Path, out: Path) -> None:
    from casemate.evidence.audit import database, pack

    found = database.load(source)
    size = pack.write(found, out)
    click.echo(f"wrote {out}: {found.records} advisories, newest {found.newest}, {size:,} bytes", err=True)
    if not found.whole:
        click.echo(f"{found.unread} records could not be read, so nothing will be called clean with it", err=True)
        sys.exit(3)
