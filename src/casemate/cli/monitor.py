"""monitor: what a log of predictions says about drift, confidence, and who is probing the model."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casemate.cli import _output
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.evidence.monitor.facts import Facts
    from casemate.evidence.monitor.follow import Followed, Where

FORMATS = ("text", "json", "html")
SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)
COUNT = click.IntRange(1)


class _Default(click.Group):
    """A group whose first command is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with `run` put in front where no command is."""
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named or not args else ["run", *args])


@click.group("monitor", cls=_Default, no_args_is_help=True)
def command() -> None:
    """What a log of predictions says. `casemate monitor LOG... --reference REF` is short for `monitor run`.

    Ends with 0 when there is no alarm, with 1 when there is one, with 3 when nobody could have seen a spike of low
    confidence (no rows, no confidence, no rate to hold it against), with 2 when the run could not begin.
    """


def _reading(f: Callable[..., Any]) -> Callable[..., Any]:
    """Options about how a log is read, and what a reference calls low."""
    for option in (
        click.option("--map", "map_", type=PATH, help="Which column means what (YAML)."),
        click.option("--reader", metavar="NAME", help="The form of the log. [default: told from its content]"),
        click.option("--low-confidence", "below", type=float, default=0.6, show_default=True,
                     help="Confidence below this is low. A reference that was kept has its own."),
        click.option("--hours", type=click.IntRange(1, 8760), default=24, show_default=True,
                     help="Windows that are compared with the reference."),
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True),
    ):  # fmt: skip
        f = option(f)
    return f


@command.command("run")
@click.argument("logs", nargs=-1, type=PATH, metavar="[LOG]...")
@click.option("--reference", type=PATH, required=True, help="Normal traffic: a log, a table, or what `learn` kept.")
@click.option(
    "--tolerated-low-confidence",
    "low",
    type=SHARE,
    metavar="SHARE",
    help="Share of low confidence that is no cause for alarm. [default: 1.5 times the reference's worst]",
)
@click.option("--tolerated-errors", "wrong", type=SHARE, metavar="SHARE", help="The same for wrong predictions.")
@click.option("--near", type=click.FloatRange(0), default=0.0, help="How far a predicted number may be off.")
@click.option(
    "--tolerated-drift",
    "moved",
    type=SHARE,
    metavar="SHARE",
    default=0.01,
    show_default=True,
    help="Share of the rows of a column that may move.",
)
@click.option("--budget", type=COUNT, metavar="QUERIES", help="Queries that extraction took the red team.")
@_reading
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", "-o", "outputs", metavar="FORMAT=FILE", multiple=True, help="Also write there. Repeatable.")
@click.option("--sketch", type=PATH, metavar="FILE", help="Keep all columns by the hour there, for `merge` and later.")
@click.option("--follow", type=PATH, metavar="DIR", help="Follow a folder of logs until it is ended.")
@click.option("--once", is_flag=True, help="With --follow: look once and end.")
@click.option("--every", type=click.FloatRange(0.1, 86_400), default=10.0, show_default=True, metavar="SECONDS")
@click.option("--state", type=PATH, metavar="DIR", help="With --follow: state, sketches. [default: DIR/.monitor]")
@click.option("--alarms", type=PATH, metavar="FILE", help="With --follow: one JSON line for each alarm.")
@click.option("--metrics", type=PATH, metavar="FILE", help="With --follow: text for Prometheus.")  # fmt: skip
def run(logs: tuple[Path, ...], follow: Path | None, **given: Any) -> None:
    """Look through LOG: files and folders of a prediction log, or sketches of them. One pass, bounded memory."""
    _single_thread()
    chosen = _output.targets(given["outputs"], FORMATS)
    if (follow is None) == (not logs):
        raise CasemateError("monitor", "takes files or --follow DIR", "name a log, or the folder to follow")
    if follow is not None:
        _follow(follow, chosen, given)
        return
    from casemate.evidence.monitor import sketch_file, store
    from casemate.evidence.monitor.whole import watched

    done = watched(logs, given["reference"], _how(given), _limits(given), given["sketch"] is not None)
    if given["sketch"] is not None:
        store.write(given["sketch"], sketch_file.to_bytes(done.run.hourly))
        click.echo(f"wrote {given['sketch']}", err=True)
    _tell(done.facts, given["form"], chosen, logs[0].name if len(logs) == 1 else f"{logs[0].name} and more")


@command.command("learn")
@click.argument("logs", nargs=-1, required=True, type=PATH, metavar="LOG...")
@click.option("--output", "-o", type=PATH, required=True, help="Where the reference is kept.")
@_reading
def learn(logs: tuple[Path, ...], output: Path, **given: Any) -> None:
    """Learn what normal traffic is, from a log or a table of training data, and keep it in a file."""
    _single_thread()
    from casemate.evidence.monitor import log, reference, store
    from casemate.evidence.monitor.opened import files_of
    from casemate.evidence.monitor.run import learnt

    how = _how(given)
    opened = log.open_log(files_of(logs), how.mapping, how.reader)
    found = learnt(opened, str(logs[0]), how.below, how.hours, how.seed)
    store.write(output, reference.to_bytes(found))
    click.echo(f"wrote {output}", err=True)


@command.command("merge")
@click.argument("sketches", nargs=-1, required=True, type=PATH, metavar="SKETCH...")
@click.option("--output", "-o", type=PATH, required=True, help="The sketch of all of them.")
def merge(sketches: tuple[Path, ...], output: Path) -> None:
    """Add sketches, in any order: the same bytes as one sketch of all rows. They must rest on one reference."""
    from casemate.evidence.monitor import sketch_file, store
    from casemate.evidence.monitor.opened import sketch_of
    from casemate.evidence.monitor.sketch import merged

    found = sketch_of(sketches[0])
    for path in sketches[1:]:  # one after the other: memory is that of two
        try:
            found = merged(found, sketch_of(path))
        except CasemateError as e:
            raise CasemateError(str(path), e.what, e.todo) from None
    store.write(output, sketch_file.to_bytes(found))
    click.echo(f"wrote {output}", err=True)


@command.command("retraining")
@click.argument("sets", nargs=-1, required=True, type=PATH, metavar="OLD NEW...")
@click.option(
    "--tolerated-drift",
    "moved",
    type=SHARE,
    metavar="SHARE",
    default=0.05,
    show_default=True,
    help="Share of the rows of a column that may move from one version to the next, or from the first.",
)
@click.option("--map", "map_", type=PATH, help="Which column means what (YAML). [default: all are features]")
@click.option("--reader", metavar="NAME", help="The form of the files. [default: told from their content]")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def retraining(sets: tuple[Path, ...], moved: float, map_: Path | None, reader: str | None, form: str) -> None:
    """Compare the training sets of successive versions, oldest first. Ends with 1 when one has moved."""
    _single_thread()
    from casemate.evidence.monitor import mapping, retrained
    from casemate.evidence.monitor.opened import How

    found = retrained.retrained(sets, How(mapping.read(map_) if map_ is not None else None, reader), moved)
    click.echo(retrained.text(found) if form == "text" else retrained.as_json(found), nl=False)
    sys.exit(1 if found.alarms else 0)


def _follow(folder: Path, chosen: list[tuple[str, Path]], given: dict[str, Any]) -> None:
    from casemate.core import files
    from casemate.evidence.monitor import follow, store
    from casemate.evidence.monitor.opened import reference_of

    if files.kind(folder) != "folder":
        raise CasemateError(str(folder), "is no folder", "name the folder of the logs, or make it")
    kept = given["state"] or folder / ".monitor"
    where = follow.Where(
        folder, kept, given["alarms"] or kept / follow.ALARMS, given["metrics"] or kept / follow.METRICS
    )
    how = _how(given)
    with store.locked(kept):
        now = follow.begin(where, reference_of(given["reference"], how), _limits(given))
        now = follow.look(where, now, how) if given["once"] else _until_ended(where, now, how, given["every"])
        if given["sketch"] is not None:
            from casemate.evidence.monitor import sketch_file

            store.write(given["sketch"], sketch_file.to_bytes(follow.sketches(where, now)))
    _tell(follow.facts(now), given["form"], chosen, folder.name)


def _until_ended(where: Where, now: Followed, how: Any, every: float) -> Followed:
    from casemate.evidence.monitor import follow

    def wait() -> bool:
        time.sleep(every)
        return True

    said: set[str] = set()

    def say(line: str) -> None:
        if line not in said:  # once, however long a disk stays full
            said.add(line)
            click.echo(line, err=True)

    return follow.forever(where, now, how, wait, say)


def _how(given: dict[str, Any]) -> Any:
    from casemate.evidence.monitor import mapping
    from casemate.evidence.monitor.opened import How

    read = mapping.read(given["map_"]) if given["map_"] is not None else None
    return How(read, given["reader"], given["below"], given["hours"], given["seed"])


def _limits(given: dict[str, Any]) -> Any:
    from casemate.evidence.monitor.run import Limits

    return Limits(**{k: given[k] for k in ("low", "wrong", "near", "budget", "moved", "seed")})


def _tell(f: Facts, form: str, chosen: list[tuple[str, Path]], name: str) -> None:
    from casemate.core import files
    from casemate.evidence.monitor.facts import EXIT

    click.echo(_as(f, form, name), nl=False)
    files.write_all([(path, _as(f, kind, name)) for kind, path in chosen])
    for _, path in chosen:
        click.echo(f"wrote {path}", err=True)
    sys.exit(EXIT[f.verdict])


def _as(f: Facts, form: str, name: str) -> str:
    if form == "html":
        from casemate.report.view.monitoring import page

        return page(f, name)
    from casemate.evidence.monitor import show, told

    return show.text(f) if form == "text" else told.as_json(f)


def _single_thread() -> None:
    """Before numpy is imported: its matrices are small here, and threads that wait for each other cost a core."""
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
