"""Sign a model: list its files with their digests, sign the list, give the text of the bundle. It writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from casemate.core.errors import CasemateError
from casemate.evidence.sign import certificate, dsse, holes, tree
from casemate.evidence.sign.bundle import MAX_BUNDLE, Bundle, to_text
from casemate.evidence.sign.keys import Private, wrapped
from casemate.evidence.sign.manifest import Manifest, written
from casemate.evidence.sign.tree import How, Unreadable

GIT = (".git", ".gitattributes", ".github", ".gitignore")  # what model_signing leaves out unless told otherwise


@dataclass(frozen=True, slots=True)
class Order:
    """What to sign, and how."""

    path: Path
    key: Private
    today: date
    output: Path
    certificates: tuple[Path, ...] = ()
    """The signer's certificate first, then those above it; empty in key mode."""
    ignored: tuple[str, ...] = ()
    follow: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The text of the bundle, and what it covers and leaves out."""

    text: str
    sha256: str
    files: int
    ignored: tuple[str, ...] = ()

    @property
    def code(self) -> tuple[str, ...]:
        """What is left out and can hold code; a check of this signature will say `partial`."""
        return tuple(n for n in self.ignored if holes.can_hold_code(n))


def sign(order: Order) -> Made:
    """Sign. Fails with CasemateError when a file cannot be read, or the key is of a kind that signs no models."""
    shown = str(order.path)
    if order.key.public.kind == "ed25519":
        raise CasemateError(shown, "cannot be signed with an Ed25519 key", "use one of p256, p384, p521")
    chain = _chain(order)
    try:
        m, left_out = _manifest(order)
    except Unreadable as e:
        raise CasemateError(shown, f"was not signed: {tree.shown(str(e))}", "mend that and sign again") from None
    envelope = dsse.sign(written(m), order.key)
    mode: Any = "certificate" if chain else "key"
    text = to_text(Bundle(mode, envelope, order.key.public.id, chain))
    if len(text) > MAX_BUNDLE:
        raise CasemateError(shown, f"has so many files that its signature exceeds {MAX_BUNDLE:,} bytes", "pack it")
    return Made(text, tree.identity(dict(m.resources)), len(m.resources), left_out)


def _manifest(order: Order) -> tuple[Manifest, tuple[str, ...]]:
    found = tree.listing(order.path)
    ignored = tuple(dict.fromkeys((*GIT, *order.ignored, *_own(order)))) if found.files != (".",) else ()
    how = How(follow=order.follow)
    empty = Manifest(order.path.resolve().name, how, {}, ignored, order.version, order.today)
    names, left_out = _sorted(found, empty)
    _fit(order, found, names, empty)
    return replace(empty, resources=tree.digests(order.path, names, how)), left_out


def _own(order: Order) -> Iterable[str]:
    """The signature's own name, when it will lie in the model's folder."""
    output, model = (Path(os.path.realpath(p)) for p in (order.output, order.path))  # a circle of links ends there
    if output.is_relative_to(model):
        yield output.relative_to(model).as_posix()


def _sorted(found: tree.Listing, m: Manifest) -> tuple[list[str], tuple[str, ...]]:
    """What is signed and what is left out."""
    all_ = (*found.files, *(found.links if m.how.follow else ()))
    ignores = m.ignores()
    names = [n for n in all_ if n == "." or not ignores(n)]
    kept = frozenset(names)
    return sorted(names, key=tree.parts), tuple(n for n in all_ if n not in kept)


def _fit(order: Order, found: tree.Listing, names: list[str], m: Manifest) -> None:
    """Raises Unreadable for what a signature could not cover."""
    ignores = m.ignores()
    others = [n for n in (*found.others, *(() if order.follow else found.links)) if not ignores(n)]
    if others:
        todo = "" if order.follow else " (--allow-symlinks signs what links to files lead to)"
        raise Unreadable(f"{holes.listed(others)}: only files and folders can be signed{todo}")
    links = set(found.links)
    if open_ := holes.uncovered(order.path, [n for n in names if n in links]):
        raise Unreadable(f"{holes.listed(open_)}: a link that does not lead to a file cannot be covered")
    if bad := [n for n in names if not _text(n)]:
        raise Unreadable(f"{holes.listed(bad)}: a name that is not UTF-8 cannot be written down")
    if not names:
        raise Unreadable("there is no file to sign")


def _text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _chain(order: Order) -> tuple[bytes, ...]:
    """The certificates in DER. The first must be of the key that signs."""
    from cryptography.hazmat.primitives.serialization import Encoding

    found = [c for path in order.certificates for c in certificate.read(path)]
    if found and wrapped(found[0].public_key(), str(order.certificates[0])).id != order.key.public.id:
        shown = str(order.certificates[0])
        raise CasemateError(shown, "is not the certificate of this key", "name the signer's certificate first")
    return tuple(c.public_bytes(Encoding.DER) for c in found)
