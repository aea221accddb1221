"""What the commands share: reading the inputs at the one end, choosing the day. All paths come from the user."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casemate.core.errors import CasemateError

if TYPE_CHECKING:
    from casemate.catalog.load import Catalog
    from casemate.define.system import System
    from casemate.validate.assessment import Assessment

DEFAULT = "casemate.yaml"

FILE = click.argument("file", required=False, type=click.Path(path_type=Path))
TODAY = click.option("--today", metavar="DATE", help="Assess as of this day (2026-10-02).")
POLICY = click.option("--policy", type=click.Path(path_type=Path), help="The policy file, instead of the system's own.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of the draws."
)
MEASURE = click.option("--measure", is_flag=True, help="Measure first, so that the evidence is of this run.")


def system_file(given: Path | None) -> Path:
    """The file that was named, or casemate.yaml, or the only *.casemate.yaml here."""
    if given is not None:
        inside = given / DEFAULT
        return inside if given.is_dir() and inside.is_file() else given
    here = [Path(DEFAULT)] if Path(DEFAULT).is_file() else sorted(Path().glob("*.casemate.yaml"))
    if len(here) == 1:
        return here[0]
    found = "there are several" if here else "there is none here"
    raise CasemateError("casemate", f"no system file was named and {found}", "name it: casemate assess casemate.yaml")


def day(text: str | None) -> tuple[date, bool]:
    """The day of the assessment, and whether somebody gave it: --today, else SOURCE_DATE_EPOCH, else the clock."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        if text is not None:
            return date.fromisoformat(text), True
        if epoch:
            return datetime.fromtimestamp(int(epoch), UTC).date(), True
    except (ValueError, OverflowError, OSError):
        given = "--today" if text is not None else "SOURCE_DATE_EPOCH"
        raise CasemateError(given, f"is {text or epoch!r}", "write the day as 2026-10-02") from None
    return datetime.now(UTC).date(), False


def read_system(path: Path) -> tuple[System, Catalog]:
    """The system and the catalogue with its local threats and controls. All errors of the file at once."""
    from casemate.catalog import load
    from casemate.core.yamltree import read_text
    from casemate.define.build import from_text

    fines, _ = load.fines()
    system = from_text(read_text(path), str(path), {"fines": tuple(fines)})
    return system, load.catalog([local(path, name) for name in system.catalog])


def local(path: Path, name: str) -> Path:
    """A folder beside the system file. It must be there: a catalogue that is silently empty would find nothing."""
    folder = path.parent / name
    if not folder.is_dir():
        raise CasemateError(str(path), f"the catalogue folder {name!r} is not there", "create it or leave it out")
    return folder


@dataclass(frozen=True, slots=True)
class Options:
    """How an assessment is made."""

    policy: Path | None = None
    today: str | None = None
    seed: int = 0
    measure: bool = False


def assessed(file: Path | None, options: Options) -> Assessment:
    """Read everything, measure when asked to, assess."""
    from casemate.assess import assess
    from casemate.evidence import measure as measuring
    from casemate.evidence import store
    from casemate.validate.policy import read_policy

    path = system_file(file)
    system, catalog = read_system(path)
    measuring.check(system)
    today, dated = day(options.today)
    policy = read_policy(policy_file(path, system, options.policy))
    fresh: list[Any] = []
    if options.measure:
        fresh, gaps = measuring.measure(system, path.parent, today)
        store.save(system, path.parent, fresh)
        for gap in gaps:
            click.echo(gap, err=True)
    evidence = store.load(system, path.parent, fresh)
    return replace(assess(system, evidence, catalog, policy, today, options.seed), dated=dated)


def policy_file(path: Path, system: System, given: Path | None) -> Path | None:
    """The policy that was named on the command line, else the one that the system names, else the built-in one."""
    if given is not None:
        return given
    return path.parent / system.policy if system.policy else None


def find(a: Assessment, id: str) -> Any:
    """A risk by its id; a rule or an element alone will do when it names only one."""
    from casemate.core.errors import did_you_mean

    known = {r.id: r for r in a.risks.risks}
    if id in known:
        return known[id]
    parts = [r for i, r in known.items() if id in i.split("@")]
    if len(parts) == 1:
        return parts[0]
    if parts:
        ids = ", ".join(sorted(r.id for r in parts)[:12])
        raise CasemateError("why", f"{id!r} names {len(parts)} threats", f"choose one of {ids}")
    raise CasemateError("why", f"there is no threat {id[:80]!r} in this system", did_you_mean(id, known))
