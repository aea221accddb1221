"""access: compare who really may read and write with who is declared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.define.system import System, Task

EXIT = {"more": 1, "unclear": 3, "fewer": 0, "equal": 0}


@click.command("access")
@_inputs.FILE
@click.option(
    "--export", "exports", multiple=True, metavar="FILE", help="An export of rights, relative to here. Repeatable."
)
@click.option("--component", metavar="ID", help="Only this component.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(file: Path | None, exports: tuple[str, ...], component: str | None, format_: str) -> None:
    """Compare the rights in exports with the declared writers and readers.

    Reads file modes, getfacl, CODEOWNERS, IAM policies and access control lists of AWS and Google Cloud, and roles of
    Kubernetes. Without --export it does what the file's `measure: - access:` asks for. Actors say under `accounts:` how
    exports call them, components under `resource:`.

    Ends with 0 when nobody has more rights than declared, with 1 when somebody has, with 3 when that could not be told.
    """
    from casemate.evidence.access import show
    from casemate.evidence.access.compare import ORDER
    from casemate.evidence.access.measure import of_component

    path = _inputs.system_file(file)
    system, _ = _inputs.read_system(path)
    root = Path() if exports else path.parent
    asked = _asked(system, exports, component, root)
    found = [of_component(system, system.components[c], root, of) for c, of in asked]
    click.echo(show.document(found) if format_ == "json" else show.text(found), nl=False)
    sys.exit(EXIT[min((c.word for c in found), key=ORDER.index)])


def _there(task: Task, system: System, root: Path) -> tuple[str, tuple[str, ...]]:
    from casemate.evidence.access import measure
    from casemate.evidence.gap import Gap

    try:
        return measure.there(task, system, root)
    except Gap as e:
        click.echo(str(e), err=True)
        sys.exit(EXIT["unclear"])


def _asked(
    system: System, exports: tuple[str, ...], component: str | None, root: Path
) -> list[tuple[str, tuple[str, ...]]]:
    """(component, exports) of each comparison."""
    from casemate.core.errors import did_you_mean

    if component is not None and component not in system.components:
        known = did_you_mean(component, system.components)
        raise CasemateError("--component", f"{component[:60]!r} is no component", known)
    if exports:
        named = [c.id for c in system.components.values() if "resource" in c.props]
        chosen = [component] if component is not None else named
        if not chosen:
            raise CasemateError("access", "nothing says what the exports are of", "name it with --component")
        return [(c, exports) for c in chosen]
    tasks = [_there(t, system, root) for t in system.measure if t.kind == "access"]
    tasks = [t for t in tasks if component in (None, t[0])]
    if not tasks and component is not None and system.components[component].path is not None:
        return [(component, ())]
    if not tasks:
        raise CasemateError("access", "there is nothing to compare", "give --export, or `measure: - access:`")
    return tasks
