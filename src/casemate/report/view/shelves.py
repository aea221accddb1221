"""The shelves for a terminal: lists of threats, controls and taxonomies, the matrix, and what an update brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from casemate.catalog import atlas
from casemate.catalog.considered import Cell
from casemate.catalog.controls import Control
from casemate.catalog.load import RawThreat, Taxonomy
from casemate.identify.matrix import Filled
from casemate.identify.rule import STRIDE, Rule
from casemate.report.view.page import Lines, titled
from casemate.report.view.paper import Paper
from casemate.report.view.words import count, joined, share

LETTER = {word: word[0].upper() for word in STRIDE}
EMPTY, GAP, OVERSIGHT = "·", "?", "!"


def write_page(lines: Lines, paper: Paper) -> None:
    """A page: title, then headings with their lines; indented lines stay indented when they wrap."""
    for i, (heading, found) in enumerate(lines):
        if i == 0:
            paper.title(found[0], found[1])
            continue
        paper.heading(heading)
        for line in found:
            said = line.lstrip()
            indented(paper, said, " " * (len(line) - len(said)))


def indented(paper: Paper, text: str, indent: str, style: str = "") -> None:
    """A paragraph that keeps its indent."""
    for line in paper.wrapped(text, indent):
        paper.put([(style, line)])


def write_threats(rules: Sequence[Rule], paper: Paper) -> None:
    """One threat: id, STRIDE, maturity; then its title."""
    for r in rules:
        letters = "".join(LETTER[w] if w in r.stride else EMPTY for w in STRIDE)
        paper.put([("bold", f"{r.id:32} "), ("dim", f"{letters}  {r.maturity:12}  {r.status}")])
        indented(paper, titled(r), "    ")
    paper.blank()
    paper.prose(f"{count(len(rules), 'threat')}; `casemate catalog show ID` tells all about one.", "dim")


def write_controls(controls: Sequence[Control], paper: Paper) -> None:
    """One control: id, what it acts on; then its title."""
    for c in controls:
        effect = f"at most {share(c.effect)} of {c.acts_on}"
        paper.put([("bold", f"{c.id:32} "), ("dim", f"{effect}, {c.verify}")])
        indented(paper, c.title, "    ")
    paper.blank()
    paper.prose(f"{count(len(controls), 'control')}; `casemate catalog show ID` tells all about one.", "dim")


def write_taxonomies(taxonomies: Iterable[Taxonomy], paper: Paper) -> None:
    """One edition: key, how many ids, title and source."""
    for t in taxonomies:
        paper.put([("bold", f"{t.key:32} "), ("dim", f"{t.edition}, {count(len(t.names), 'id')}")])
        indented(paper, t.title, "    ")
        indented(paper, t.source, "    ", "dim")


def write_entries(found: Sequence[tuple[str, str]], word: str, paper: Paper) -> None:
    """One kind or field of a system file: its name and what it means."""
    for name, means in found:
        first, *rest = paper.wrapped(means, " " * 27)
        paper.put([("bold", f"{name:26} "), ("", first[27:])])
        for line in rest:
            paper.put([("", line)])
    paper.blank()
    paper.prose(f"{count(len(found), word)}; `casemate catalog show NAME` tells all about one.", "dim")


def write_matrix(cells: Mapping[Cell, Filled], kinds: Sequence[str], words: Sequence[str], paper: Paper) -> None:
    """How many threats each cell holds, then every cell with its threats or why there is none."""
    paper.put([("bold", f"{'':24}" + "".join(f"{LETTER[w]:>4}" for w in words))])
    for kind in kinds:
        paper.put([("", f"{kind:24}" + "".join(f"{_mark(cells[w, kind]):>4}" for w in words))])
    paper.blank()
    said = f"{', '.join(f'{LETTER[w]} {w}' for w in words)}"
    paper.prose(f"{said}. {EMPTY} considered: none; {GAP} not written yet.", "dim")
    for kind in kinds:
        paper.heading(kind)
        for word in words:
            _write_cell(word, cells[word, kind], paper)


def _mark(cell: Filled) -> str:
    if cell.threats:
        return str(len(cell.threats))
    return OVERSIGHT if cell.reason is None else GAP if cell.reason.gap else EMPTY


def _write_cell(word: str, cell: Filled, paper: Paper) -> None:
    if cell.threats:
        text, style = ", ".join(cell.threats), ""
    elif cell.reason is None:
        text, style = "nobody has thought about it", "bold"
    else:
        text, style = f"{'not yet:' if cell.reason.gap else 'considered: none because'} {cell.reason.because}", "dim"
    first, *rest = paper.wrapped(text, " " * 24)
    paper.put([("dim", f"{word:24}"), (style, first[24:])])
    for line in rest:
        paper.put([(style, line)])


def write_update(edition: atlas.Edition, threats: Iterable[RawThreat], paper: Paper) -> None:
    """A file of ATLAS beside the edition that came with this version, and beside our threats."""
    threats = tuple(threats)
    old = atlas.shipped()
    changes = atlas.compare(old, edition)
    names = {**old.names, **edition.names}
    cover = atlas.covered(edition, threats)
    tactics, cases = count(len(edition.tactics), "tactic"), count(len(edition.cases), "case study", "case studies")
    techniques, mitigations = count(len(edition.techniques), "technique"), count(len(edition.mitigations), "mitigation")
    faults = count(len(edition.faults), "fault")
    paper.title(
        f"MITRE ATLAS {edition.version}, beside {old.version} on the shelf",
        f"{tactics}, {techniques}, {mitigations}, {cases}; {faults}",
    )
    _ids("New", [(i, f"{names[i]}{_role(i)}") for i in changes.new], paper)
    _ids("Retired", [(i, names[i] + (f" → {now} {names[now]}" if now else "")) for i, now in changes.retired], paper)
    _ids("Renamed", [(i, f"{was} → {now}") for i, was, now in changes.renamed], paper)
    if not (changes.new or changes.retired or changes.renamed):
        paper.blank()
        paper.prose("No id is new, retired or renamed.")
    gone = {i for i, _ in changes.retired}
    by = {i: ids for i, ids in atlas.mapped(threats).items() if i in gone}
    _ids("Threats that map what is retired", [(i, joined(ids)) for i, ids in by.items()], paper)
    exposed = len(cover.named) + len(cover.near) + len(cover.missing)
    paper.heading(f"Threats: {len(cover.named)} of {exposed} techniques that expose a victim have one")
    paper.prose(f"{len(cover.near)} more have one for their parent or for a part of them.", "dim")
    _ids("No threat yet", [(i, names[i]) for i in cover.missing], paper)
    _ids("No role yet: does a fact about a system expose it?", [(i, names[i]) for i in cover.unjudged], paper)
    if edition.faults:
        paper.heading(f"Faults of the file: {len(edition.faults)}")
        for fault in edition.faults:
            paper.prose(str(fault), "dim")


def _role(id: str) -> str:
    role = atlas.roles().get(id)
    return f" ({role.replace('_', ' ')})" if role else ""


def _ids(heading: str, found: Sequence[tuple[str, str]], paper: Paper) -> None:
    if not found:
        return
    paper.heading(f"{heading}: {len(found)}")
    for i, text in found:
        first, *rest = paper.wrapped(text, " " * 16)
        paper.put([("bold", f"{i:16}"), ("", first[16:])])
        for line in rest:
            paper.put([("", line)])
