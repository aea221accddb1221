"""From typed values to a System. Checks what needs the whole file: ids, references, nesting, circles.

Every error is collected and raised at once as `Problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from casemate.core.digest import of_text
from casemate.core.errors import CasemateError, Problems, Where
from casemate.core.yamltree import Map, Tree, parse, where
from casemate.define import judgements, structure
from casemate.define import system as s
from casemate.define.draft import Draft
from casemate.define.places import Places
from casemate.define.read import MOST_ERRORS
from casemate.define.sources import Sources

VERSION = 1


def from_text(
    text: str, path: str, words: Mapping[str, tuple[str, ...]], currencies: Mapping[str, str] | None = None
) -> s.System:
    """The system that a file's text describes.

    words: the closed lists of the catalogue (fines); currencies: in which each fine's fixed maximum is set.
    """
    tree = mapping(parse(text, path), path)
    if tree.get("include"):
        at = where(path, tree.key_at("include"))
        raise CasemateError(at, "names parts of this file, and here is only its text", "name the file itself")
    return _system(Draft(tree, path, words, currencies or {}), of_text(text))


def from_tree(
    tree: Map,
    sources: Sources,
    words: Mapping[str, tuple[str, ...]],
    currencies: Mapping[str, str] | None,
    wrong: Iterable[CasemateError],
    missing: bool,
) -> s.System:
    """The system of a tree that was put together from several files.

    wrong: what is wrong with these already; missing: whether one could not be read, so that what stands in it would be
    missed everywhere: then only what is wrong with each entry is said.
    """
    draft = Draft(tree, sources.paths[0], words, currencies or {}, sources)
    found = draft.read.errors
    if missing:
        found[:] = [e for e in found if e.at != draft.read.at(tree.at)]
    found += [*wrong][:MOST_ERRORS]
    if missing:
        raise Problems(found)
    return _system(draft, sources.digest)


def mapping(tree: Tree, path: str) -> Map:
    """The file as a mapping. Raises CasemateError when it is none."""
    if tree is None:
        raise CasemateError(path, "is empty", "begin with `casemate: 1`; `casemate schema` shows what may follow")
    if not isinstance(tree, Map):
        raise CasemateError(Where(path, 1, 1), "is not a mapping", "begin with `casemate: 1`")
    return tree


def _system(b: Draft, digest: str) -> s.System:
    """All of it. Raises Problems with every error of the file."""
    _version(b)
    judgements.appetite(b)
    zones, actors, components = structure.zones(b), structure.actors(b), structure.components(b)
    flows, flow_marks = structure.flows(b, actors, components)
    access = structure.access(b, actors, components)
    structure.component_refs(b, zones, actors, components)
    harms, attempts = judgements.harms(b, components), judgements.attempts(b)
    accept = judgements.decisions(b, "accept", "reason", "owner")
    dismiss = judgements.decisions(b, "dismiss", "because", "by")
    measure, allow = judgements.tasks(b), judgements.allowances(b)
    if b.read.errors:
        raise Problems(b.read.errors)
    doc = b.doc
    review, appetite, plan = doc.get("review", {}), doc.get("appetite", {}), doc.get("plan", {})
    return s.System(
        path=b.read.path.rsplit("/", 1)[-1],
        digest=digest,
        name=doc.get("name", "unnamed system"),
        currency=doc.get("currency", "EUR"),
        zones=zones, actors=actors, components=components, flows=flows, access=access, harms=harms,
        attempts=attempts, accept=accept, dismiss=dismiss, allow=allow, measure=measure,
        plan=s.Plan(plan.get("budget"), plan.get("cost per day")),
        owners=doc.get("owners", {}),
        purpose=doc.get("purpose", ""),
        review_every=review.get("every"), review_last=review.get("last"),
        appetite=appetite.get("loss"), appetite_chance=appetite.get("at most"),
        controls=b.claims(doc.get("controls", {}), "controls"),
        policy=doc.get("policy"), evidence=doc.get("evidence", "evidence"), catalog=doc.get("catalog", ()),
        places=Places(b.tree, flow_marks, b.names),
    )  # fmt: skip


def _version(b: Draft) -> None:
    """The form that the file is written in."""
    found = b.doc.get("casemate")
    if found is not None and found != VERSION:
        b.wrong(b.tree.value_at("casemate"), f"casemate is {found}", f"this version reads form {VERSION}")
