"""catalog: the threats, controls and taxonomies that are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from casemate.cli import _inputs, _output
from casemate.cli._paths import PATH
from casemate.core.errors import CasemateError, did_you_mean

if TYPE_CHECKING:
    from casemate.catalog.load import Catalog

SHELVES = ("threats", "controls", "taxonomies", "kinds", "fields")
SYSTEM = click.option("--system", type=PATH, help="Also the threats and controls of this system's own catalogue.")
KIND = click.option("--kind", metavar="KIND", help="Only for this kind of component, or `flow`, or `system`.")
STRIDE = click.option("--stride", metavar="WORD", help="Only this word of STRIDE, or its first letter.")


@click.group("catalog")
def command() -> None:
    """What is known: threats, controls, taxonomies."""


@command.command("list")
@click.argument("shelf", type=click.Choice(SHELVES), default="threats")
@KIND
@STRIDE
@click.option("--control", metavar="ID", help="Only threats that this control counters.")
@click.option("--maps", metavar="ID", help="Only what maps to this id of a taxonomy, such as AML.T0020.")
@SYSTEM
def list_(
    shelf: str, kind: str | None, stride: str | None, control: str | None, maps: str | None, system: Path | None
) -> None:
    """List a SHELF: threats (the default), controls, taxonomies, or the kinds and fields of a system file."""
    from casemate.define.vocabulary import vocabulary
    from casemate.identify.shelf import rules_of
    from casemate.report.view import entries, shelves

    known = _known(system)
    kind, stride = _kind(kind), _stride(stride)
    if control is not None and control not in known.controls:
        raise CasemateError("--control", f"there is no {control!r}", did_you_mean(control, known.controls))
    if shelf == "kinds":
        kinds = [(k.name, k.means) for k in vocabulary().kinds.values()]
        _output.show(lambda paper: shelves.write_entries(kinds, "kind", paper))
    elif shelf == "fields":
        fields = [(f.name, entries.means(f)) for f in entries.fields().values()]
        _output.show(lambda paper: shelves.write_entries(fields, "field", paper))
    elif shelf == "taxonomies":
        _output.show(lambda paper: shelves.write_taxonomies(known.taxonomies.values(), paper))
    elif shelf == "controls":
        rules = [r for r in rules_of(known) if stride is None or stride in r.stride]
        useful = {i for r in rules for i in r.countered_by} if stride else set(known.controls)
        controls = [
            c
            for c in known.controls.values()
            if c.id in useful and kind in (None, *c.sits_on) and control in (None, c.id) and _maps(maps, c.maps)
        ]
        _output.show(lambda paper: shelves.write_controls(controls, paper))
    else:
        threats = [
            r
            for r in rules_of(known)
            if kind in (None, *r.kinds) and stride in (None, *r.stride) and control in (None, *r.countered_by)
            if _maps(maps, r.maps)
        ]
        _output.show(lambda paper: shelves.write_threats(threats, paper))


@command.command("show")
@click.argument("id")
@SYSTEM
def show(id: str, system: Path | None) -> None:
    """Show one threat, control, taxonomy or id of one, or a kind or field of a system file."""
    from casemate.define.vocabulary import vocabulary
    from casemate.identify.shelf import rules_of
    from casemate.report.view import entries, page
    from casemate.report.view.shelves import write_page

    known = _known(system)
    rules = {r.id: r for r in rules_of(known)}
    if id in rules:
        found = page.threat_page(rules[id], known)
    elif id in known.controls:
        found = page.control_page(known.controls[id], known, rules.values())
    elif id in known.taxonomies:
        found = page.taxonomy_page(known.taxonomies[id])
    else:
        found = (
            entries.kind_page(id, rules.values())
            or entries.field_page(id, rules.values())
            or page.id_page(id, known, rules.values())
        )
    if not found:
        ids = [*rules, *known.controls, *known.taxonomies, *(i for t in known.taxonomies.values() for i in t.names)]
        ids += [*vocabulary().kinds, *entries.fields()]
        raise CasemateError("catalog", f"nothing is called {id[:80]!r}", did_you_mean(id, ids))
    _output.show(lambda paper: write_page(found, paper))


@command.command("matrix")
@KIND
@STRIDE
@SYSTEM
def matrix(kind: str | None, stride: str | None, system: Path | None) -> None:
    """Show STRIDE by kind of component: the threats of each cell, or why there is none."""
    from casemate.identify.matrix import matrix as cells
    from casemate.identify.matrix import rows
    from casemate.identify.rule import STRIDE as WORDS
    from casemate.identify.shelf import rules_of
    from casemate.report.view.shelves import write_matrix

    found = cells(rules_of(_known(system)))
    kind, stride = _kind(kind), _stride(stride)
    kinds, words = [kind] if kind else rows(), [stride] if stride else WORDS
    _output.show(lambda paper: write_matrix(found, kinds, words, paper))


@command.command("update")
@click.argument("file", type=PATH)
@click.option("--output", "-o", type=PATH, help="Write the edition to this file.")
@SYSTEM
def update(file: Path, output: Path | None, system: Path | None) -> None:
    """Read a FILE of MITRE ATLAS, of either format: what is new, retired, renamed, and not yet a threat.

    The edition's ids, names and relations (none of its prose) are written to catalog/taxonomies/ beside the system
    file. What is wrong in the file is listed and does no harm.
    """
    from casemate.catalog.atlas import document, read_atlas
    from casemate.core import files
    from casemate.report.view.shelves import write_update

    edition = read_atlas(file)
    known = _known(system)
    _output.show(lambda paper: write_update(edition, known.threats, paper))
    target = output or _beside(system, f"atlas-{edition.version}.yaml")
    if target is None:
        click.echo("nothing is written: there is no system file here; name one with --system, or --output", err=True)
    else:
        files.write(target, document(edition))
        click.echo(f"wrote {target}", err=True)


def _known(system: Path | None) -> Catalog:
    """Our shelves, and those of a system that was named."""
    from casemate.catalog.load import catalog

    return catalog() if system is None else _inputs.read_system(_inputs.system_file(system))[1]


def _beside(system: Path | None, name: str) -> Path | None:
    """A place beside the system file: not among the threats and controls of `catalog:`, which hold nothing else."""
    try:
        return _inputs.system_file(system).parent / "catalog" / "taxonomies" / name
    except CasemateError:
        return None


def _kind(kind: str | None) -> str | None:
    from casemate.identify.matrix import rows

    if kind is not None and kind not in rows():
        raise CasemateError("--kind", f"there is no {kind!r}", did_you_mean(kind, rows()))
    return kind


def _stride(word: str | None) -> str | None:
    from casemate.identify.rule import STRIDE as WORDS

    if word is None:
        return None
    found = [w for w in WORDS if word.lower() in (w, w[0])]
    if not found:
        raise CasemateError("--stride", f"there is no {word!r}", did_you_mean(word, WORDS))
    return found[0]


def _maps(wanted: str | None, maps: object) -> bool:
    return wanted is None or (isinstance(maps, dict) and any(wanted in ids for ids in maps.values()))
