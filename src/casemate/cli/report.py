"""report: many systems on one page: verdict, loss, worst threats, trend and what is due."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _output
from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError, Problems

if TYPE_CHECKING:
    from casemate.report.portfolio.entry import Broken, Earlier, Entry, Portfolio
    from casemate.validate.assessment import Assessment
    from casemate.validate.signoff import Standing

HISTORY = "history"
NEWEST = 12  # saved assessments of one system that a trend shows
MOST_BYTES = 64_000_000  # of one of them; 10,000 components make 60 MB
FEW = 5  # errors of one file


@click.command("report")
@click.option(
    "--portfolio",
    "folder",
    metavar="DIR",
    required=True,
    type=PATH,
    help="The folder below which the systems are.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "html"]), help="What to write; html with --output, else text."
)
@click.option("--output", "-o", type=PATH, help="The file to write; standard output without it.")
@_inputs.POLICY
@_inputs.MEASURE
@_inputs.TODAY
@_inputs.SEED
def command(
    folder: Path,
    format_: str | None,
    output: Path | None,
    policy: Path | None,
    measure: bool,
    today: str | None,
    seed: int,
) -> None:
    """Assess all systems below a folder and tell them on one page, the worst first.

    Systems are casemate.yaml and *.casemate.yaml; links are not followed. The trend comes from assessments saved in a
    folder history/ beside the system file: casemate assess --today DATE -o json=history/DATE.json. A file that cannot
    be read is listed with its errors. Ends with 0 whatever the gates say.
    """
    from casemate.report.portfolio import page, text

    found = _read(folder, _inputs.Options(policy, today, seed, measure))
    written = format_ or ("html" if output else "text")
    if output is None and written == "text":
        _output.show(lambda paper: text.write(found, paper))
        return
    made = page.render(found) if written == "html" else text.render(found)
    if output is None:
        click.echo(made, nl=False)
        return
    files.write(output, made)
    click.echo(f"wrote {output}", err=True)


def _read(folder: Path, options: _inputs.Options) -> Portfolio:
    from casemate.define.find import systems
    from casemate.report.portfolio.entry import Broken, portfolio
    from casemate.validate.policy import read_policy

    day, _ = _inputs.day(options.today)
    if options.policy:
        read_policy(options.policy)  # what is wrong with it is said once, not of every system
    paths, unread = systems(folder)
    if not paths:
        raise CasemateError(str(folder), "holds no system file", "a system file is called casemate.yaml")
    entries: list[Entry] = []
    broken: list[Broken] = [Broken(Path(e.at.path).relative_to(folder).as_posix(), (e.what,)) for e in unread]
    for path in paths:
        made = _one(path, folder, options)
        (broken if isinstance(made, Broken) else entries).append(made)  # type: ignore[arg-type]
        gc.collect()  # what one system made is needed no more, and there may be hundreds
    return portfolio(folder.resolve().name or str(folder), day, entries, broken)


def _one(path: Path, folder: Path, options: _inputs.Options) -> Entry | Broken:
    """One system, or why there is none: whatever happens to it, the others are told."""
    from casemate.report.portfolio.entry import Broken, entry

    shown = path.relative_to(folder).as_posix()

    def said(e: Exception) -> str:
        # The page is the same on every machine; `../` is no `./`, and `ab/` no `b/`.
        return re.sub(rf"(?<![\w./-]){re.escape(str(folder))}/", "", str(e))

    try:
        a = _inputs.assessed(path, options)
        past, notes = _past(path, a.system.name)
        return entry(a, shown, past, notes, _signed(a, path))
    except Problems as e:
        few = [said(x) for x in e.errors[:FEW]]
        more = [f"and {len(e.errors) - FEW} more"] if len(e.errors) > FEW else []
        return Broken(shown, (*few, *more))
    except CasemateError as e:
        return Broken(shown, (said(e),))
    except Exception as e:  # one system that we fail on must not hide the others
        return Broken(shown, (f"our fault: {type(e).__name__}: {said(e)}; please report it",))


def _signed(a: Assessment, path: Path) -> Sequence[Standing]:
    """How the roles stand whose sign-off the policy requires."""
    from casemate.validate import signoff

    if not a.policy.sign_off:
        return ()
    return signoff.standings(a, signoff.read(signoff.path_of(path), a.policy.keys), a.policy.sign_off)


def _past(path: Path, name: str) -> tuple[list[Earlier], list[str]]:
    """The newest saved assessments beside a system file, by their names, and notes on those that cannot be used."""
    past: list[Earlier] = []
    notes: list[str] = []
    for found in _saved(path.parent / HISTORY):
        if isinstance(found, str):
            notes.append(found)
        elif found.name == name:
            past.append(found)
    return past, notes


def _saved(folder: Path) -> Iterator[Earlier | str]:
    from casemate.report.portfolio.entry import earlier
    from casemate.validate.diff.saved import saved

    if files.kind(folder) != "folder" or folder.is_symlink():
        return
    for path in sorted((p for p in folder.glob("*.json") if not p.is_symlink()), reverse=True)[:NEWEST]:
        shown = f"{HISTORY}/{path.name}"
        try:
            data = files.read(path, MOST_BYTES + 1)
            side = saved(data, shown) if len(data) <= MOST_BYTES else None
        except CasemateError as e:
            yield f"{shown} was not read: {e.what}"
            continue
        if side is None:
            yield f"{shown} was not read: it is larger than {MOST_BYTES // 1_000_000} MB"
        elif not side.assessed:
            yield f"{shown} was not used: it has no day; save it with --today"
        else:
            yield earlier(side)
