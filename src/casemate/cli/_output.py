"""Where reports go: stdout stays pure for machine formats; files are written in one step; colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.core import files, shelf
from casemate.core.errors import CasemateError, did_you_mean

if TYPE_CHECKING:
    from casemate.report.view.paper import Paper
    from casemate.validate.assessment import Assessment


def formats() -> list[str]:
    """The exporters, by listing their folder."""
    return shelf.names("report")


FORMAT = click.option("--format", "format_", metavar="NAME", default="text", show_default=True, help="What to print.")
OUTPUT = click.option(
    "--output",
    "-o",
    "outputs",
    metavar="FORMAT=FILE",
    multiple=True,
    help="Also write this format to a file. Repeatable.",
)


FOR_PEOPLE = frozenset({"text", "markdown", "html"})
"""What one role may read a part of; what machines read is always whole."""


def rendered(a: Assessment, name: str, owner: str | None = None) -> str:
    """The assessment in one format; as the owner reads it where that is for people."""
    return "".join(pieces(a, name, owner))


def pieces(a: Assessment, name: str, owner: str | None = None) -> Iterable[str]:
    """The same in pieces, where the exporter makes it so: a long report is never whole in memory."""
    if name not in formats():
        raise CasemateError("--format", f"there is no format {name!r}", did_you_mean(name, formats()))
    exporter = shelf.member("report", name)
    read = read_by(a, owner) if name in FOR_PEOPLE else a
    found: Iterable[str] = exporter.pieces(read) if hasattr(exporter, "pieces") else (exporter.render(read),)
    return found


def targets(outputs: tuple[str, ...], among: Sequence[str] = ()) -> list[tuple[str, Path]]:
    """`html=report.html` as format and path; checked before anything is computed. among: the formats; the exporters."""
    known = among or formats()
    example = "html" if "html" in known else known[0]
    out: list[tuple[str, Path]] = []
    for given in outputs:
        name, sign, path = given.partition("=")
        if not sign or not path:
            raise CasemateError("--output", f"is {given!r}", f"write FORMAT=FILE, such as {example}=report.{example}")
        if name not in known:
            raise CasemateError("--output", f"there is no format {name!r}", did_you_mean(name, known))
        if Path(path) in (p for _, p in out):
            raise CasemateError("--output", f"names {path!r} twice", "give every format a file of its own")
        out.append((name, Path(path)))
    return out


def read_by(a: Assessment, owner: str | None) -> Assessment:
    """What this role reads of it; all of it where none is named."""
    from casemate.report.view import reader

    return reader.read_by(a, owner) if owner else a


def write_all(a: Assessment, chosen: list[tuple[str, Path]], owner: str | None = None) -> None:
    """Write every file that was asked for, all or none."""
    files.write_all([(path, pieces(a, name, owner)) for name, path in chosen])
    for _, path in chosen:
        click.echo(f"wrote {path}", err=True)


def fancy() -> bool:
    """Whether stdout is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(write: Callable[[Paper], None]) -> None:
    """Write for a person: through rich on a terminal, plain in a pipe."""
    from casemate.report.view.paper import on, plain

    if not fancy():
        click.echo(plain(write), nl=False)
        return
    from rich.console import Console

    write(on(Console(highlight=False)))
