"""What a command tells GitHub Actions when it runs there: annotations at the lines, a summary of the step.

Annotations go to standard error, which the runner reads too, so that standard output stays what was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.core import files
from casemate.core.errors import CasemateError, Problems

if TYPE_CHECKING:
    from casemate.validate.assessment import Assessment

MOST = 10  # errors of a step that GitHub shows
LARGEST = 1_000_000  # bytes; a summary of more than a mebibyte is refused


def here() -> bool:
    """Whether this runs in GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def annotated() -> Iterator[None]:
    """Errors of a file are annotated at their places too."""
    try:
        yield
    except CasemateError as e:
        if here():
            for line in wrong(e):
                click.echo(line, err=True)
        raise


def wrong(e: CasemateError) -> Iterator[str]:
    """An annotation for each of the first errors."""
    from casemate.report.github import command
    from casemate.report.view.where import spot

    for one in (e.errors if isinstance(e, Problems) else (e,))[:MOST]:
        message = f"{one.what}; {one.todo}" if one.todo else one.what
        yield command("error", message, "Casemate", spot(one.at.path, one.at.path).file, one.at.line, one.at.column)


def tell(a: Assessment) -> None:
    """Annotate what was found, and add the report to the summary of the step."""
    if not here():
        return
    from casemate.report import github, markdown
    from casemate.report.view.held import held

    click.echo(github.render(a), err=True, nl=False)
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        old = "".join(f"- {markdown.escaped(line)}\n" for line in held(a))
        _append(Path(path), markdown.render(a) + (f"\n### Baseline\n{old}" if old else "") + "\n")


def _append(path: Path, text: str) -> None:
    """Add to the summary. Another step's text stays; one that cannot be written stops nothing."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        size = path.stat().st_size if files.kind(path) == "file" else 0
        if files.kind(path) not in ("file", None) or size + len(data) > LARGEST:
            raise OSError(0, "no regular file, or too long")
        with path.open("ab") as f:
            f.write(data)
    except (OSError, ValueError) as e:
        click.echo(f"{path}: the summary cannot be written ({e})", err=True)
