"""cyclonedx: an ML-BOM, CycloneDX 1.6 as JSON: models with their cards, data, hashes, what depends on what.

Only known facts are written. The serial number is made from the content and the time is the day that somebody gave, so
the same system gives the same bytes. Every reference is checked: validators of the schema do not.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from casemate import __version__
from casemate.core.digest import canonical
from casemate.decompose import Parts, decompose
from casemate.define.system import Component, System
from casemate.interchange import unsaid
from casemate.interchange.give import Given
from casemate.interchange.loss import LEFT, Losses
from casemate.interchange.said import plain
from casemate.interchange.tables import tables

ROOT = "system"  # no component may have this id
MODEL, DATA = "machine-learning-model", "data"
NO_PLACE = "a bill of materials has no place for it"
FIELDS = frozenset(
    {"name", "means", "task", "trained on", "returns", "sensitivity", "holds", "provider", "base", "path"}
)
"""Properties that a field of CycloneDX takes."""


def write(given: Given, losses: Losses) -> str:
    """One JSON object in ASCII, ending in a line break."""
    return json.dumps(bom(given, losses), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def bom(given: Given, losses: Losses) -> dict[str, Any]:
    """The bill of materials as plain data."""
    parts = given.assessment.risks.parts if given.assessment else decompose(given.system, {})
    system, learned = parts.system, _learned_from(parts)  # with what was measured, where there is an assessment
    types = _types(system, learned)
    for c in system.components.values():
        if c.id not in types:
            losses.note(LEFT, f"components.{c.id}", "is neither a model nor data", c.kind, like="components.*")
    unsaid.note(system, losses, NO_PLACE, frozenset({"purpose"}))
    losses.count("components", len(system.components), len(types))
    chosen = [system.components[i] for i in types]
    found: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": _metadata(given, system),
        "components": [
            x for c in chosen for x in (_component(c, types[c.id], given, learned, losses), *_base(c, losses))
        ],
        "dependencies": _dependencies(chosen, learned),
    }
    serial = {"serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, canonical(found))}"}
    whole = {**dict(list(found.items())[:2]), **serial, **dict(list(found.items())[2:])}
    if broken := sorted(loose(whole)):
        raise RuntimeError(f"refers to {broken[0]}, which is not there")
    return whole


def _learned_from(parts: Parts) -> dict[str, list[str]]:
    """The data that each model learned from, as the file says it or its flows show it."""
    facts = {i: parts.things[i].facts.get("trained on") or () for i in parts.system.components}
    return {i: [t.id for t in things if t.id] for i, things in facts.items() if things}


def _types(system: System, learned: dict[str, list[str]]) -> dict[str, str]:
    """The components of the bill, in the order of the file. What a model was trained on is data, whatever its kind."""
    by_kind: dict[str, str] = tables()["cyclonedx"]["types"]
    types = {c.id: by_kind.get(c.kind, "") for c in system.components.values()}
    used = {i for model, data in learned.items() if types[model] == MODEL for i in data}
    return {i: t or DATA for i, t in types.items() if t or i in used}


def _metadata(given: Given, system: System) -> dict[str, Any]:
    of: dict[str, Any] = {"type": "application", "bom-ref": ROOT, "name": system.name}
    of |= {"description": system.purpose} if system.purpose else {}
    of["externalReferences"] = [
        {"type": "threat-model", "url": _url(system.path), "hashes": [{"alg": "SHA-256", "content": system.digest}]}
    ]
    tool = {"type": "application", "name": "casemate", "version": __version__}
    time = {"timestamp": f"{given.today.isoformat()}T00:00:00Z"} if given.today else {}
    return {**time, "tools": {"components": [tool]}, "component": of}


def _url(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def _component(c: Component, type_: str, given: Given, learned: dict[str, list[str]], losses: Losses) -> dict[str, Any]:
    out: dict[str, Any] = {"type": type_, "bom-ref": c.id, "name": c.name}
    provider = c.props.get("provider", {})
    if provider.get("version", "floating") != "floating":
        out["version"] = provider["version"]
    out |= {"description": c.props["means"]} if c.props.get("means") else {}
    if c.id in given.digests:
        out["hashes"] = [{"alg": "SHA-256", "content": given.digests[c.id]}]
    elif c.path:
        why = "its file is not there, or is a folder, which has no one hash"
        losses.note(LEFT, f"components.{c.id}.path", why, like="components.*.path")
    card = _card(c, given, learned.get(c.id, [])) if type_ == MODEL else {}
    out |= {"modelCard": card} if card else {}
    out |= {"data": [_data(c)]} if type_ == DATA else {}
    told = [*_properties(c), *_provided(provider)]
    for name in sorted(c.props.keys() - FIELDS - set(tables()["cyclonedx"]["properties"])):
        losses.note(LEFT, f"components.{c.id}.{name}", NO_PLACE, like=f"components.*.{name}")
    return out | ({"properties": told} if told else {})


def _card(c: Component, given: Given, data: list[str]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    parameters |= {"task": c.props["task"]} if c.props.get("task") else {}
    parameters |= {"datasets": [{"ref": i} for i in data]} if data else {}
    parameters |= {"outputs": [{"format": word} for word in c.props["returns"]]} if c.props.get("returns") else {}
    card: dict[str, Any] = {"modelParameters": parameters} if parameters else {}
    metrics = list(_metrics(c, given))
    return card | ({"quantitativeAnalysis": {"performanceMetrics": metrics}} if metrics else {})


def _metrics(c: Component, given: Given) -> Iterator[dict[str, str]]:
    """What was measured on this very file and is still valid; the newest of a name."""
    seen: set[str] = set()
    for record in given.assessment.risks.parts.records.get(c.id, ()) if given.assessment else ():
        for name, value in sorted(record.statement.accuracy.items()):
            if record.usable and name not in seen and isinstance(value, int | float) and not isinstance(value, bool):
                seen.add(name)
                yield {"type": name, "value": f"{value:g}"}


def _data(c: Component) -> dict[str, Any]:
    out: dict[str, Any] = {"type": tables()["cyclonedx"]["data types"].get(c.kind, "dataset"), "name": c.name}
    out |= {"classification": c.props["sensitivity"]} if c.props.get("sensitivity") else {}
    return out | ({"sensitiveData": list(c.props["holds"])} if c.props.get("holds") else {})


def _properties(c: Component) -> Iterator[dict[str, str]]:
    yield {"name": "casemate:kind", "value": c.kind}
    for name in tables()["cyclonedx"]["properties"]:
        if c.props.get(name) is not None:
            yield {"name": f"casemate:{name.replace(' ', '-')}", "value": str(plain(c.props[name]))}


def _provided(provider: dict[str, Any]) -> Iterator[dict[str, str]]:
    for name in ("model", "version"):
        if provider.get(name):
            yield {"name": f"casemate:provider-{name}", "value": provider[name]}


def _base(c: Component, losses: Losses) -> Iterator[dict[str, Any]]:
    """The model that it was tuned from, as a component of its own."""
    base = c.props.get("base", {})
    if not base.get("model"):
        return
    out: dict[str, Any] = {"type": MODEL, "bom-ref": f"{c.id}/base", "name": base["model"]}
    digest = str(base.get("digest", "")).removeprefix("sha256:")
    if re.fullmatch(r"[0-9a-f]{64}", digest):
        out["hashes"] = [{"alg": "SHA-256", "content": digest}]
    elif digest:
        losses.note(LEFT, f"components.{c.id}.base.digest", "is no sha256", like="components.*.base.digest")
    origin = {"properties": [{"name": "casemate:origin", "value": base["origin"]}]} if base.get("origin") else {}
    yield out | origin


def _dependencies(chosen: list[Component], learned: dict[str, list[str]]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = [{"ref": ROOT, "dependsOn": [c.id for c in chosen]}] if chosen else [{"ref": ROOT}]
    known = {c.id for c in chosen}
    for c in chosen:
        base = [f"{c.id}/base"] if c.props.get("base", {}).get("model") else []
        needs = [*(i for i in learned.get(c.id, ()) if i in known), *base]
        out += [{"ref": c.id, "dependsOn": needs} if needs else {"ref": c.id}, *({"ref": b} for b in base)]
    return out


def loose(doc: dict[str, Any]) -> set[str]:
    """References to nothing, and ids that are given twice. The schema allows both."""
    refs = [doc["metadata"]["component"]["bom-ref"], *(c["bom-ref"] for c in doc["components"])]
    used = {r for d in doc["dependencies"] for r in (d["ref"], *d.get("dependsOn", ()))}
    cards = [c.get("modelCard", {}).get("modelParameters", {}) for c in doc["components"]]
    used |= {d["ref"] for p in cards for d in p.get("datasets", ())}
    return used - set(refs) | {ref for ref, times in Counter(refs).items() if times > 1}
