"""An edition of MITRE ATLAS: ids, names, tactics, maturity and relations. Facts only, never its prose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from casemate.core.errors import CasemateError

MATURITY = ("feasible", "demonstrated", "realized")


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique. A sub-technique's name begins with that of its parent."""

    id: str
    name: str
    tactics: tuple[str, ...] = ()
    maturity: str | None = None
    """None: the file does not say."""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """What one file of ATLAS says, and what is wrong with the file."""

    version: str
    tactics: Mapping[str, str]
    """Names by id, in the order of the matrix."""
    techniques: Mapping[str, Technique]
    mitigations: Mapping[str, str]
    mitigates: Mapping[str, tuple[str, ...]]
    """Techniques that a mitigation answers."""
    cases: Mapping[str, tuple[str, ...]]
    """Techniques that a case study employs, each once, in the order of the file."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Retired ids, and what stands for them since."""
    faults: tuple[CasemateError, ...] = ()
    """What could not be taken as it stands, with its line. Everything else was read."""

    @property
    def names(self) -> dict[str, str]:
        """Names of tactics, mitigations and techniques, by id."""
        return dict(sorted({**self.tactics, **self.mitigations, **self.technique_names}.items()))

    @property
    def technique_names(self) -> dict[str, str]:
        """Names of techniques, by id."""
        return {i: t.name for i, t in sorted(self.techniques.items())}

    def children(self, id: str) -> tuple[str, ...]:
        """The sub-techniques of a technique."""
        return tuple(sorted(i for i, t in self.techniques.items() if t.parent == id))

    def now(self, id: str) -> str:
        """The id that stands for this one in the edition, itself when it was never retired."""
        return id if id in self.techniques else self.aliases.get(id, id)


def document(edition: Edition) -> str:
    """The edition as a file of the taxonomy shelf, with the facts beside the names. Same edition, same bytes."""
    lines = [
        f"key: atlas-{edition.version}",
        "title: MITRE ATLAS",
        f"edition: {_text(edition.version)}",
        'source: "https://github.com/mitre-atlas/atlas-data"',
        'licence: "Apache-2.0, Copyright The MITRE Corporation; ids, names and relations only"',
        *_block("aliases", {k: edition.aliases[k] for k in sorted(edition.aliases)}),
        *_block("names", {i: _text(n) for i, n in sorted({**edition.mitigations, **edition.technique_names}.items())}),
        *_block("tactics", {i: _text(n) for i, n in edition.tactics.items()}),
        *_block("techniques", {i: _technique(t) for i, t in sorted(edition.techniques.items())}),
        *_block("mitigates", {i: _list(sorted(ids)) for i, ids in sorted(edition.mitigates.items()) if ids}),
    ]
    return "\n".join(lines) + "\n"


def _block(key: str, values: Mapping[str, str]) -> Iterable[str]:
    return [f"{key}:", *(f"  {k}: {v}" for k, v in values.items())] if values else []


def _technique(t: Technique) -> str:
    parts = [f"parent: {t.parent}"] if t.parent else []
    parts += [f"tactics: {_list(t.tactics)}"] if t.tactics else []
    parts += [f"maturity: {t.maturity}"] if t.maturity else []
    return f"{{{', '.join(parts)}}}"


def _list(ids: Iterable[str]) -> str:
    return f"[{', '.join(ids)}]"


def _text(value: str) -> str:
    """A quoted text; the names of an edition are printable, so that JSON's quotes are YAML's."""
    return json.dumps(value, ensure_ascii=False)
