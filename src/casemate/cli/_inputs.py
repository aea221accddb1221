"""What the commands share: reading the inputs at the one end, choosing the day. All paths come from the user."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casemate.cli._paths import PATH
from casemate.core import files
from casemate.core.errors import CasemateError, Problems, Where, together

if TYPE_CHECKING:
    from datetime import date

    from casemate.catalog.load import Catalog
    from casemate.define.system import System
    from casemate.validate.assessment import Assessment

DEFAULT = "casemate.yaml"

FILE = click.argument("file", required=False, type=PATH)
TODAY = click.option("--today", metavar="DATE", help="Assess as of this day (2026-10-02).")
POLICY = click.option("--policy", type=PATH, help="The policy file, instead of the system's own.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of the draws."
)
ROLES = click.Choice(["security", "data-science", "operations"])  # as in the vocabulary, which is not read for --help
BASELINE = click.option(
    "--baseline",
    type=PATH,
    help="Old findings that do not fail the gate (casemate baseline writes it).",
)
PASSPORT = click.option(
    "--passport",
    type=PATH,
    help="The passport of the last release; passport.json beside the system file when not given.",
)
MEASURE = click.option("--measure", is_flag=True, help="Measure first, so that the evidence is of this run.")


def system_file(given: Path | None) -> Path:
    """The file that was named, or casemate.yaml, or the only *.casemate.yaml here."""
    if given is not None:
        return given / DEFAULT if files.kind(given / DEFAULT) == "file" else given
    here = [Path(DEFAULT)] if files.kind(Path(DEFAULT)) == "file" else sorted(Path().glob("*.casemate.yaml"))
    if len(here) == 1:
        return here[0]
    found = "there are several" if here else "there is none here"
    raise CasemateError("casemate", f"no system file was named and {found}", "name it: casemate assess casemate.yaml")


def day(text: str | None) -> tuple[date, bool]:
    """The day of the assessment, and whether somebody gave it: --today, else SOURCE_DATE_EPOCH, else the clock."""
    from casemate.core import day as days

    if text is not None:
        found = days.day(text)
        if found is None:
            raise CasemateError("--today", f"is {text[:40]!r}", "write the day as 2026-10-02")
        return found, True
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC).date(), False
    try:
        found = days.day(datetime.fromtimestamp(int(epoch), UTC).date().isoformat())
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None:
        raise CasemateError("SOURCE_DATE_EPOCH", f"is {epoch[:40]!r}", "give seconds since 1970, such as 1790899200")
    return found, True


def read_system(path: Path) -> tuple[System, Catalog]:
    """The system and the catalogue with its local threats and controls. All errors of the file at once."""
    from casemate.catalog import load
    from casemate.define.whole import from_file
    from casemate.evidence import measure
    from casemate.evidence.scan import policy
    from casemate.identify.shelf import rules_of
    from casemate.validate.decisions import check_names

    fines, _ = load.fines()
    currencies = {f.id: f.currency for f in fines.values()}
    system = from_file(path, {"fines": tuple(fines)}, currencies)
    catalog = load.catalog(local(path, system))
    rules = [r.id for r in rules_of(catalog)]
    together(
        lambda: check_names(system, rules, catalog.controls),
        lambda: measure.check(system),
        lambda: policy.check(system),
    )
    return system, catalog


def local(path: Path, system: System) -> list[Path]:
    """The folders beside the system file. They must be there: a catalogue that is silently empty finds nothing."""
    at = Where(str(path), system.places.get(("catalog",), 0), 1)
    missing = [name for name in system.catalog if files.kind(path.parent / name) != "folder"]
    if missing:
        raise Problems(
            CasemateError(at, f"the catalogue folder {name!r} is not there", "create it or leave it out")
            for name in missing
        )
    return [path.parent / name for name in system.catalog]


@dataclass(frozen=True, slots=True)
class Options:
    """How an assessment is made."""

    policy: Path | None = None
    today: str | None = None
    seed: int = 0
    measure: bool = False
    baseline: Path | None = None
    passport: Path | None = None


def assessed(file: Path | None, options: Options) -> Assessment:
    """Read everything, measure when asked to, assess."""
    from casemate.assess import assess
    from casemate.evidence import store
    from casemate.validate import baseline
    from casemate.validate.passport import standing
    from casemate.validate.policy import read_policy

    path = system_file(file)
    system, catalog = read_system(path)
    today, dated = day(options.today)
    policy = read_policy(policy_file(path, system, options.policy))
    old = baseline.read_baseline(options.baseline) if options.baseline else None
    fresh: list[Any] = []
    if options.measure:
        fresh, gaps, ended = measured(system, path.parent, today)
        store.save(system, path.parent, fresh)
        for gap in gaps:
            click.echo(gap, err=True)
        if ended:
            raise KeyboardInterrupt
    evidence = store.load(system, path.parent, fresh, policy.keys)
    made = replace(assess(system, evidence, catalog, policy, today, options.seed), dated=dated)
    if policy.sign_off:
        from casemate.validate import signoff

        made = signoff.hold(made, signoff.read(signoff.path_of(path), policy.keys))
    made = baseline.hold(made, old) if old else made
    return standing.hold(made, path, options.passport)


def measured(system: System, root: Path, today: date) -> tuple[list[Any], list[str], bool]:
    """What `measure:` asks for, why some of it is missing, and whether a person ended it: what there is counts."""
    from casemate.evidence import measure
    from casemate.evidence.gap import Interrupted

    try:
        return *measure.measure(system, root, today), False
    except Interrupted as e:
        return e.found, e.gaps, True


def policy_file(path: Path, system: System, given: Path | None) -> Path | None:
    """The policy that was named on the command line, else the one that the system names, else the built-in one."""
    if given is not None:
        return given
    return path.parent / system.policy if system.policy else None


def find(a: Assessment, id: str) -> Any:
    """A risk by its id; a rule, an element or the beginning of an id will do when it names only one."""
    from casemate.core.errors import did_you_mean

    known = {r.id: r for r in a.risks.risks}
    if id in known:
        return known[id]
    parts = [r for i, r in known.items() if id in i.split("@")] or [r for i, r in known.items() if i.startswith(id)]
    if len(parts) == 1:
        return parts[0]
    if parts:
        ids = ", ".join(sorted(r.id for r in parts)[:12])
        raise CasemateError("why", f"{id!r} names {len(parts)} threats", f"choose one of {ids}")
    raise CasemateError("why", f"there is no threat {id[:80]!r} in this system", did_you_mean(id, known))
