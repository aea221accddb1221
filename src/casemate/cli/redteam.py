"""redteam: attack a model of one's own, and the guards in front of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from casemate.cli import _inputs
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError


@click.command("redteam")
@click.argument("model")
@click.option("--data", type=PATH, required=True, help="Rows that the model did not learn from: CSV, Parquet, .npy.")
@click.option("--label", required=True, metavar="COLUMN", help="The column that holds the true label.")
@click.option("--train", type=PATH, help="Rows that it learned from; for attacks on privacy and for poisoning.")
@click.option("--fit", metavar="MODULE:FUNCTION", help="The recipe: (rows, labels, seed) -> a fitted model.")
@click.option("--features", type=PATH, help="What each column may hold and what may change; else the data tell.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="A column that the model is not shown. Repeatable.")
@click.option("--classes", metavar="A,B,...", help="Names of the classes in the order of the scores.")
@click.option("--wanted", metavar="CLASS", help="What whoever evades wants to pass for. [default: any wrong class]")
@click.option("--attacks", metavar="NAME,...", help="Attacks, or goals such as evasion. [default: all that can run]")
@click.option("--guard", "guards", multiple=True, metavar="NAME:KEY=VALUE,...", help="A guard to test. Repeatable.")
@click.option("--queries", type=click.IntRange(2, 10_000_000), default=1000, show_default=True, help="For each row.")
@click.option("--norm", type=click.Choice(["l2", "linf"]), default="l2", show_default=True)
@click.option("--epsilon", type=click.FloatRange(0, 100, min_open=True), default=0.1, show_default=True,
              help="How far an input may be moved, in shares of each feature's range.")  # fmt: skip
@click.option("--share", type=click.FloatRange(0, 0.5, min_open=True), default=0.05, show_default=True,
              help="Of the training rows, those that an attacker may write.")  # fmt: skip
@click.option("--rows", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Rows that are attacked.")
@click.option("--shadows", type=click.IntRange(4, 1024), help="Models that are fitted by the recipe. [default: 32]")
@click.option("--max-rows", type=click.IntRange(1), metavar="N", help="Rows that the target may be asked in all.")
@click.option("--max-seconds", type=click.FloatRange(0, min_open=True), metavar="S", help="Seconds that it may take.")
@click.option("--patience", type=click.FloatRange(0, min_open=True), default=600.0, show_default=True, metavar="S",
              help="Seconds for one call before the model counts as hanging.")  # fmt: skip
@click.option("--cache", type=PATH, help="A folder in which shadow models' answers are kept.")
@click.option("--adapter", metavar="NAME", help="How the model is loaded. [default: told from its content]")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="A setting of the adapter. Repeatable.")
@click.option(
    "--load-suspicious", is_flag=True, help="Load a file that the scan could not call clean. Never unsafe ones."
)
@click.option("--rows-to", type=PATH, metavar="FILE", help="Write the outcome of every row there: keep it to yourself.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_inputs.TODAY
def command(model: str, form: str, today: str | None, rows_to: Path | None, **given: Any) -> None:
    """Attack MODEL: a file, `module:function`, or an address that a system file allows to be attacked.

    Files are scanned before they are loaded, and loaded in a process of their own. Each attack must first find a
    weakness planted in a copy; each guard is attacked by somebody who knows it.

    Ends with 0 when the model held to this budget, with 1 when it is weak, with 3 when that is not settled, with 2
    when the run could not begin.
    """
    from casemate.evidence.redteam import show, told
    from casemate.evidence.redteam.setup import campaign
    from casemate.evidence.redteam.verdict import Verdict, verdict

    wish, source = _wish(model, given)
    done = campaign(wish, source, Path.cwd(), "redteam", _step)
    if rows_to is not None:
        told.write(rows_to, done.campaign)
    click.echo(told.as_json(done, _inputs.day(today)[0]) if form == "json" else show.text(done), nl=False)
    sys.exit({Verdict.HOLDS: 0, Verdict.WEAK: 1, Verdict.INCONCLUSIVE: 3}[verdict(done.campaign)])


def _wish(model: str, given: dict[str, Any]) -> tuple[Any, Any]:
    """What was asked for, and the model's source. Raises CasemateError for a file that must not be loaded."""
    from casemate.evidence.redteam.metered import Budget
    from casemate.evidence.redteam.setup import Wish
    from casemate.evidence.redteam.target import source

    if "://" in model:
        todo = "write it into a system file with `may be attacked`, and run `casemate measure`"
        raise CasemateError(model, "is attacked over a network", todo)
    options = dict(_option(o) for o in given.pop("options"))
    adapter, suspicious = given.pop("adapter"), given.pop("load_suspicious")
    most = Budget(given.pop("max_rows"), None, given.pop("max_seconds"))
    kept = {k: v for k, v in given.items() if v is not None}
    kept |= {k: tuple(filter(None, (given[k] or "").split(","))) for k in ("classes", "attacks")}
    found = source(model, Path(), frozenset(), adapter, options, suspicious)
    return Wish(model, most=most, **kept), found


def _option(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise CasemateError("--option", f"is {text[:40]!r}", "write KEY=VALUE")
    return key, value


def _step(line: str) -> None:
    """What is done now, on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{line}" if line else "\r\x1b[K", err=True, nl=False)
