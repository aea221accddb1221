"""scan: inspect model files for code that runs when they are loaded, without loading them."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _output
from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from tempfile import SpooledTemporaryFile

    from rich.progress import Progress

    from casemate.evidence.scan.paths import Target
    from casemate.evidence.scan.pool import Orders
    from casemate.evidence.scan.record import Record
    from casemate.evidence.scan.tell import Tally
    from casemate.report.view.paper import Paper

FORMATS = ("text", "json", "jsonl", "sarif")
MOST_LISTED = 1 << 28  # bytes; half a million of the longest paths
IN_MEMORY = 1 << 24  # bytes of an output before it goes to the temporary folder
SOON = 0.5  # seconds before a bar is worth its flicker


@click.command("scan")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--from-file", "listed", metavar="LIST", help="Also the paths in this file, one a line; - is stdin.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@_output.OUTPUT
@click.option("--system", type=PATH, help="The system file whose `allow:` counts beside the built-in list.")
@click.option("--strict", is_flag=True, help="Names that no list knows are unsafe, not suspicious.")
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Processes at once. [default: one a processor]")
@click.option("--all", "everything", is_flag=True, help="Show every file in the text.")
@_inputs.TODAY
def command(
    paths: tuple[str, ...], listed: str | None, format_: str, outputs: tuple[str, ...], system: Path | None,
    strict: bool, jobs: int | None, everything: bool, today: str | None,
) -> None:  # fmt: skip
    """Inspect files, folders and patterns such as 'models/**/*.pkl'. Nothing is loaded, run or fetched.

    The content decides what a file is, never its name. What cannot be read to its last byte is inconclusive.
    Plain text is understood only beside other files: in a folder that was named.

    Ends with 0 when all is clean, with 1 when something is unsafe or suspicious, with 3 when something could not be
    settled, with 2 when nothing was named.
    """
    from casemate.evidence.scan import pool
    from casemate.evidence.scan.tell import Tally

    chosen = _output.targets(outputs, FORMATS)
    named = [*paths, *(_listed(listed) if listed is not None else ())]
    if not named:
        raise CasemateError("scan", "no file was named", "name files or folders, or give --from-file LIST")
    tally = Tally(everything)
    found = _targets(paths, named[len(paths) :])
    limits = pool.Limits(jobs or pool.processors())
    gc.freeze()  # what is loaded by now stays
    gc.enable()  # main() switched it off, and this may run for hours
    orders = _orders(system, strict, today)
    with (
        _written(format_, chosen, named, tally) as take,
        _progress(len(found)) as told,
        closing(pool.inspected(found, orders, limits, told)) as records,
    ):
        for record in records:
            tally.add(record)
            take(record)
    sys.exit(tally.exit_code)


def _targets(paths: tuple[str, ...], listed: list[str]) -> list[Target]:
    from casemate.evidence.scan.paths import targets

    return targets(paths, listed)


def _listed(name: str) -> list[str]:
    """One path a line; where there is a NUL, as `find -print0` writes it, one between NULs."""
    raw = sys.stdin.buffer.read(MOST_LISTED + 1) if name == "-" else files.read(Path(name), MOST_LISTED + 1)
    if len(raw) > MOST_LISTED:
        raise CasemateError(name, f"is larger than {MOST_LISTED:,} bytes", "give several lists, or name the folders")
    rows = raw.split(b"\0") if b"\0" in raw else [row.removesuffix(b"\r") for row in raw.split(b"\n")]
    return [os.fsdecode(row) for row in rows if row]


def _orders(file: Path | None, strict: bool, today: str | None) -> Orders:
    """What the system file allows today; what it no longer allows is told."""
    from casemate.evidence.scan import policy
    from casemate.evidence.scan.pool import Orders

    if file is None:
        return Orders(strict=strict)
    at = _inputs.system_file(file)
    system, _ = _inputs.read_system(at)
    day = _inputs.day(today)[0]
    for gone in policy.expired(system, day):
        click.echo(gone, err=True)
    return Orders(policy.allowed(system, day), strict)


@contextmanager
def _written(
    format_: str, chosen: list[tuple[str, Path]], named: list[str], tally: Tally
) -> Iterator[Callable[[Record], None]]:
    """Takes the records; at the end the files are written, all or none, and what is printed last is printed."""
    from casemate.evidence.scan.tell import lines
    from casemate.evidence.scan.write import WRITERS

    here = Path.cwd()
    printed = WRITERS[format_](named, here)
    beside = [(path, WRITERS[name](named, here)) for name, path in chosen]
    with ExitStack() as stack:
        kept = [stack.enter_context(_spool()) for _ in beside]

        def take(record: Record) -> None:
            sys.stdout.write(printed.add(record))
            for (_, writer), file in zip(beside, kept, strict=True):
                file.write(writer.add(record))

        yield take
        for (_, writer), file in zip(beside, kept, strict=True):
            file.write(writer.end(tally))
            file.seek(0)
        files.write_all((path, file) for (path, _), file in zip(beside, kept, strict=True))
    for path, _ in beside:
        click.echo(f"wrote {path}", err=True)
    if format_ == "text":

        def show(paper: Paper) -> None:
            for line in lines(tally):
                paper.put(line)

        _output.show(show)
    else:
        sys.stdout.write(printed.end(tally))


def _spool() -> SpooledTemporaryFile[str]:
    from tempfile import SpooledTemporaryFile  # brings much along, and most scans only print

    return SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", errors="backslashreplace", newline="")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """On a terminal a bar, once it is worth its while; elsewhere nothing."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    bar = _Bar(total)
    try:
        yield bar.told
    finally:
        bar.end()


class _Bar:
    """A bar on stderr that is made when the first half second is over, and gone at the end."""

    def __init__(self, total: int) -> None:
        self.total, self.next = total, time.monotonic() + SOON
        self.shown: Progress | None = None

    def told(self, done: int) -> None:
        """Show how many are done, ten times a second at most."""
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + 0.1
        if self.shown is None:
            self.shown = _started(self.total)
        self.shown.update(self.shown.task_ids[0], completed=done)
        self.shown.refresh()

    def end(self) -> None:
        """Take it away."""
        if self.shown is not None:
            self.shown.stop()


def _started(total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("inspecting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    made = Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
    made.add_task("", total=total)
    made.start()
    return made
