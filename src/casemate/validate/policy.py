"""The policy: owned outside the team, so that nobody waives a rule for themselves. A default is built in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from casemate.core.digest import of_text, of_value
from casemate.core.errors import CasemateError, Problems
from casemate.core.yamltree import Map, parse, read_text
from casemate.define.read import Reader
from casemate.define.vocabulary import vocabulary
from casemate.evidence.sign.keys import Public, read_public

DEFAULT = Path(__file__).with_name("policy.yaml")


@dataclass(frozen=True, slots=True)
class Required:
    """Evidence that every component of these kinds must have."""

    evidence: str
    of: tuple[str, ...]
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody whose signed evidence counts as measured."""

    name: str
    key: Public


@dataclass(frozen=True, slots=True)
class Policy:
    """What must be proven, what stops a release, who may accept how much.

    `digest` stands in every assessment; it covers the text and the keys of the signers.
    """

    name: str
    digest: str
    requires: tuple[Required, ...] = ()
    fails_on: frozenset[str] = frozenset()
    may_accept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, float] = field(default_factory=dict)
    maximum_age: Mapping[str, int] = field(default_factory=dict)
    signers: tuple[Signer, ...] = ()
    sign_off: tuple[str, ...] = ()
    """Roles that must have signed off the assessment as it is."""
    separate_roles: bool = True
    """Whether each of these roles needs a person of its own."""

    @property
    def keys(self) -> tuple[Public, ...]:
        """The keys of the signers."""
        return tuple(s.key for s in self.signers)


def read_policy(path: Path | None = None) -> Policy:
    """The policy of a file; the built-in one when there is none. All errors of the file at once."""
    shown = str(path) if path else DEFAULT.name
    return policy_of(read_text(path or DEFAULT), shown, (path or DEFAULT).parent)


def policy_of(text: str, path: str, folder: Path = Path()) -> Policy:
    """The policy that a text holds. folder: where the keys of its signers are looked for."""
    tree = parse(text, path)
    if not isinstance(tree, Map):
        raise CasemateError(path, "is no policy", "begin with `name: ...`")
    reader = Reader(path)
    doc = reader.fields(vocabulary().policy, tree, "the policy")
    _bands(reader, tree, doc.get("severity", {}))
    signers = tuple(_signers(reader, doc.get("signers", []), folder))
    if reader.errors:
        raise Problems(reader.errors)
    requires = tuple(
        Required(r["evidence"], r["of"], r.get("measured", False)) for r, _ in doc.get("requires", [])
    )  # fmt: skip
    return Policy(
        doc["name"],
        of_value([of_text(text), [s.key.id for s in signers]]) if signers else of_text(text),
        requires,
        frozenset(doc.get("fails on", ())),
        doc.get("may accept", {}),
        doc.get("severity", {}),
        doc.get("maximum age", {}),
        signers,
        doc.get("sign off", ()),
        doc.get("separate roles", True),
    )


def _signers(reader: Reader, found: list[tuple[Mapping[str, str], int]], folder: Path) -> Iterator[Signer]:
    for entry, at in found:
        if "name" in entry and "public key" in entry:
            try:
                yield Signer(entry["name"], read_public(folder / entry["public key"]))
            except CasemateError as e:
                reader.wrong(at, f"the key of {entry['name']} {e.what}", e.todo)


def _bands(reader: Reader, tree: Map, bands: Mapping[str, float]) -> None:
    """A lower severity begins at a smaller share; otherwise the higher one could never be reached, or always."""
    shares = [bands[word] for word in vocabulary().words["severities"] if word in bands]
    if shares != sorted(shares, reverse=True):
        reader.wrong(tree.value_at("severity"), "severity rises from critical to low", "let each share be smaller")
