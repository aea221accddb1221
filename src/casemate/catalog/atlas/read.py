"""Reading a file of ATLAS, offline, in either of its formats. Files are strangers' input: see `draft`.

legacy   id, name, version, matrices: [{tactics, techniques, mitigations}], case-studies      up to 5.6
6        format-version, collection, tactics, techniques, mitigations, case-studies as maps by id; relationships
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from casemate.catalog.atlas.draft import CASE, MITIGATION, TACTIC, TECHNIQUE, VERSION, Draft, items, shown
from casemate.catalog.atlas.edition import Edition
from casemate.catalog.load import tree_of
from casemate.core.errors import CasemateError
from casemate.core.yamltree import Map, Seq, where

TODO = "name a file of MITRE ATLAS, such as ATLAS.yaml"
RELATIONS = {
    "sequences": TACTIC, "achieves": TACTIC, "specializes": TECHNIQUE, "mitigates": TECHNIQUE, "employs": TECHNIQUE,
}  # fmt: skip


def read_atlas(path: Path) -> Edition:
    """The edition in a file; what is wrong in it stands in `faults`. Fails with CasemateError on what is no ATLAS."""
    tree = tree_of(path, str(path))
    form = tree.get("format-version")
    if form is None:
        return _legacy(tree, str(path))
    if isinstance(form, str) and form.split(".")[0] == "6":
        return _six(tree, str(path))
    at = where(str(path), tree.value_at("format-version"))
    raise CasemateError(at, f"the format is {shown(form)}", "formats up to 5.6 and 6 can be read")


def _version(tree: Any, path: str) -> str:
    found = tree.get("version") if isinstance(tree, Map) else None
    if isinstance(found, str) and VERSION.fullmatch(found):
        return found
    raise CasemateError(path, f"the version of its content is {shown(found)}", TODO)


def _legacy(tree: Map, path: str) -> Edition:
    draft = Draft(path, _version(tree, path))
    matrices = draft.nodes(tree, "matrices")
    source = matrices[0][0] if matrices else tree  # up to 3.x there was one matrix, and no list of them
    for node, mark in draft.nodes(source, "tactics"):
        if tactic := draft.id(node.get("id"), TACTIC, mark):
            draft.tactics[tactic] = draft.name(node.get("name"), tactic, mark)
    for node, mark in draft.nodes(source, "techniques"):
        if technique := draft.id(node.get("id"), TECHNIQUE, mark):
            _legacy_technique(draft, technique, node, mark)
    for node, mark in draft.nodes(source, "mitigations"):
        if mitigation := draft.id(node.get("id"), MITIGATION, mark):
            _legacy_mitigation(draft, mitigation, node, mark)
    for node, mark in draft.nodes(tree, "case-studies"):
        if case := draft.id(node.get("id"), CASE, mark):
            steps = [(draft.id(s.get("technique"), TECHNIQUE, at), at) for s, at in draft.nodes(node, "procedure")]
            draft.cases[case] = [(t, at) for t, at in steps if t]
    return draft.edition()


def _legacy_technique(draft: Draft, technique: str, node: Map, mark: int) -> None:
    maturity = draft.maturity(node["maturity"], technique, mark) if "maturity" in node else None  # there since 5.0
    draft.technique(technique, draft.name(node.get("name"), technique, mark), maturity, mark)
    for key in ("subtechnique-of", "specializes"):
        if key in node and (parent := draft.id(node[key], TECHNIQUE, node.value_at(key))):
            draft.parents.setdefault(technique, (parent, node.value_at(key)))
    tactics = [(draft.id(t, TACTIC, at), at) for t, at in draft.entries(node, "tactics")]
    draft.achieves.setdefault(technique, []).extend((t, at) for t, at in tactics if t)


def _legacy_mitigation(draft: Draft, mitigation: str, node: Map, mark: int) -> None:
    draft.mitigations[mitigation] = draft.name(node.get("name"), mitigation, mark)
    targets = draft.mitigates.setdefault(mitigation, [])
    for entry, at in draft.entries(node, "techniques"):
        if target := draft.id(entry.get("id") if isinstance(entry, Map) else entry, TECHNIQUE, at):
            targets.append((target, at))
    for key in [k for k, v in node.items() if isinstance(v, Seq) and k != "techniques"]:
        for entry, at in draft.entries(node, key):
            target = entry.get("id") if isinstance(entry, Map) else None
            if isinstance(target, str) and TECHNIQUE.fullmatch(target):
                draft.fault(at, f"{mitigation} names {target} in {shown(key)}", "read as one of its techniques")
                targets.append((target, at))


def _six(tree: Map, path: str) -> Edition:
    draft = Draft(path, _version(tree.get("collection"), path))
    for tactic, node, mark in _keyed(draft, tree, "tactics", TACTIC):
        draft.tactics[tactic] = draft.name(node.get("name"), tactic, mark)
    for technique, node, mark in _keyed(draft, tree, "techniques", TECHNIQUE):
        maturity = draft.maturity(node.get("maturity"), technique, mark)
        draft.technique(technique, draft.name(node.get("name"), technique, mark), maturity, mark)
        draft.achieves[technique] = []
    for mitigation, node, mark in _keyed(draft, tree, "mitigations", MITIGATION):
        draft.mitigations[mitigation] = draft.name(node.get("name"), mitigation, mark)
        draft.mitigates[mitigation] = []
    for case, _, _ in _keyed(draft, tree, "case-studies", CASE):
        draft.cases[case] = []
    for source, kinds, _ in draft.keyed(tree, "relationships"):
        for kind, _, mark in items(kinds):
            if kind in RELATIONS:
                for node, at in draft.nodes(kinds, kind):
                    _relation(draft, source, kind, node, at)
            else:
                draft.fault(mark, f"a relation is {shown(kind)}", f"left out; it is {', '.join(RELATIONS)}")
    return draft.edition()


def _keyed(draft: Draft, tree: Map, key: str, form: re.Pattern[str]) -> list[tuple[str, Map, int]]:
    """(id, node, position) of a map by id; the key is the id, whatever stands inside."""
    found = []
    for name, node, mark in draft.keyed(tree, key):
        if draft.id(name, form, mark):
            if node.get("id", name) != name:
                draft.fault(mark, f"{name} calls itself {shown(node['id'])}", "the key counts")
            found.append((name, node, mark))
    return found


def _relation(draft: Draft, source: str, kind: str, node: Map, at: int) -> None:
    target = draft.id(node.get("target"), RELATIONS[kind], at)
    if not target or kind == "sequences":
        return
    if kind == "specializes":
        draft.parents.setdefault(source, (target, at))
        return
    lists = {"achieves": draft.achieves, "mitigates": draft.mitigates, "employs": draft.cases}[kind]
    if source in lists:
        lists[source].append((target, at))
    else:
        draft.fault(at, f"{shown(source)} {kind} {target}, but is not there", "left out")
