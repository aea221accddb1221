"""What is there against what was signed, by name and content, and what the signature leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from casemate.evidence.sign import holes, manifest, tree
from casemate.evidence.sign.holes import listed
from casemate.evidence.sign.manifest import Manifest
from casemate.evidence.sign.verdict import Difference, Finding


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcome. `sha256` covers names and contents of all that the signature does not leave out."""

    difference: Difference
    sha256: str
    files: int
    ignored: tuple[str, ...]
    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _There:
    """What lies under the path, sorted by what the signature says of it."""

    read: tuple[str, ...]
    """Files whose digests are compared."""
    foreign: tuple[str, ...]
    """Links and pipes where the signature allows none; they never match."""
    ignored: tuple[str, ...]
    elsewhere: tuple[str, ...]
    """Links that are allowed and whose ends nothing covers."""
    links: tuple[str, ...]
    """Links that were read as files."""


def compared(path: Path, signature: Path, m: Manifest) -> Compared:
    """Compare. Raises Unreadable when a file cannot be read: then nothing can be said."""
    there = _there(path, signature, m)
    actual = tree.digests(path, there.read, m.how)
    plain = m.how.algorithm == "sha256" and m.how.shard is None
    whole = actual if plain else tree.digests(path, there.read, tree.How(follow=m.how.follow))
    difference = _difference(m, actual, there)
    return Compared(
        difference,
        tree.identity(whole),
        len(there.read),
        there.ignored,
        tuple(_findings(path, m, difference, there)),
        (f"{_count(len(there.read))}, byte for byte, and {'whether' if difference else 'that'} there is no other",),
        (f"{_count(len(there.ignored))} that the signer left out",) if there.ignored else (),
    )


def _there(path: Path, signature: Path, m: Manifest) -> _There:
    found = tree.listing(path)
    own, ignores = _inside(path, signature), m.ignores()
    files, links, others = (
        tuple(n for n in names if n != own and (n == "." or not ignores(n)))
        for names in (found.files, found.links, found.others)
    )
    kept = {*files, *links, *others, own}
    ignored = tuple(n for n in (*found.files, *found.links, *found.others) if n not in kept)
    if not m.how.follow:
        return _There(files, (*links, *others), ignored, (), ())
    elsewhere = frozenset(holes.uncovered(path, links))
    followed = tuple(n for n in links if n not in elsewhere)
    read = tuple(sorted((*files, *followed), key=tree.parts))
    return _There(read, others, ignored, tuple(sorted(elsewhere)), followed)


def _inside(path: Path, signature: Path) -> str | None:
    """The name of the signature's own file in the model's folder.

    Where it lies, not where a link leads: a file that a loader reads must not hide behind a signature that links to it.
    """
    try:
        return (signature.parent.resolve() / signature.name).relative_to(path.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):
        return None


def _difference(m: Manifest, actual: tree.Digests, there: _There) -> Difference:
    was, now = manifest.by_file(m.resources, m.how), manifest.by_file(actual, m.how)
    foreign = frozenset(there.foreign)
    changed = {n for n in was.keys() & now.keys() if was[n] != now[n]} | (foreign & was.keys())
    missing = was.keys() - now.keys() - foreign
    if m.how.shard is not None:  # an emptied file has no shard any more
        changed |= missing & set(there.read)
        missing -= changed
    extra = (now.keys() - was.keys()) | (foreign - was.keys())
    return Difference(*(tuple(sorted(names, key=tree.parts)) for names in (missing, extra, changed)))


def _findings(path: Path, m: Manifest, difference: Difference, there: _There) -> Iterator[Finding]:
    if difference:
        yield Finding("differs", said(difference))
    if not m.resources:
        yield Finding("covers-nothing", "the signature covers no file at all")
    code = [n for n in there.ignored if holes.can_hold_code(n)]
    rest = [n for n in there.ignored if not holes.can_hold_code(n)]
    if code:
        yield Finding("ignored-code", f"the signer left out files that can hold code or settings: {listed(code)}")
    if rest:
        yield Finding("ignored", f"the signer left out files that nothing loads: {listed(rest)}")
    if there.elsewhere:
        yield Finding("linked-elsewhere", f"links lead to what no digest covers: {listed(there.elsewhere)}")
    if there.links:
        yield Finding("links", f"links were read as the files they lead to: {listed(there.links)}")
    if m.how.shard is not None and (empty := [n for n in there.read if not (path / n).stat().st_size]):
        yield Finding("empty", f"a signature by shards does not cover empty files: {listed(empty)}")


def _count(n: int) -> str:
    return f"{n} {'file' if n == 1 else 'files'}"


def said(d: Difference) -> str:
    """The difference as one sentence."""
    parts = ((d.changed, "changed"), (d.missing, "missing"), (d.extra, "added"))
    return "; ".join(f"{word}: {listed(names)}" for names, word in parts if names)
