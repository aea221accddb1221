"""Requirements and locks: whether what a program takes in is named by its bytes, and from how many places it comes.

The facts go to the programs below the folder of the file (`below <folder>`), the nearest file counting. They are read
as `casemate audit` reads them; of several files in one folder the one that pins most is taken as what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.core.errors import CasemateError, Where
from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At, Found, Unread
from casemate.evidence.audit import lock as locks

NAMED = re.compile(
    r"^(?:requirements[\w.-]*\.(?:txt|lock|in)|[\w.-]*requirements\.txt|uv\.lock|poetry\.lock|pylock(?:\.\w+)?\.toml)$"
)
PUBLIC = "packages pypi.org"
MOST = 50  # files in all; a monorepo may hold hundreds


def look(repo: Repository) -> Iterator[Found]:
    """What the nearest list of packages of each folder says."""
    best: dict[str, tuple[int, File, locks.Lock]] = {}
    found = [f for f in repo.files.values() if NAMED.match(f.name) and not re.search(r"dev|test|lint|docs?\b", f.name)]
    for f in found[:MOST]:
        read = _read(repo, f)
        if isinstance(read, Unread):
            yield read
        elif read.packages:
            rank = 2 * read.pinned + read.complete
            if f.folder not in best or rank > best[f.folder][0]:
                best[f.folder] = (rank, f, read)
    yield from (Unread(f.path, f"more than {MOST} lists of packages") for f in found[MOST : MOST + 1])
    for folder, (_, f, lock) in best.items():
        yield from _facts(folder, f, lock)


def _read(repo: Repository, f: File) -> locks.Lock | Unread:
    text = repo.text(f.path)
    if isinstance(text, Unread):
        return text

    def follow(name: str, at: Where) -> locks.Text:
        path = f"{f.folder}/{name}" if f.folder else name
        inner = repo.text(path) if path in repo.files else None
        if not isinstance(inner, str):
            raise CasemateError(at, f"includes {name[:80]!r}, which is not there", "check the path")
        return locks.Text(path, inner, None)

    try:
        return locks.read(locks.Text(f.path, text, follow))
    except CasemateError as e:
        return Unread(f.path, e.what)


def _facts(folder: str, f: File, lock: locks.Lock) -> Iterator[Found]:
    first = min((p.at.line for p in lock.packages), default=0)
    here, below = At(f.path, first), f"below {folder}"
    why = "every package has a digest" if lock.pinned else "not every package is named by a digest"
    yield here.has(below, "pinned", "yes" if lock.pinned else "no", why)
    places = ", ".join(re.sub(r"//[^/@]*@", "//", i) for i in lock.indexes[:3])
    yield here.has(
        below, "sources", "mixed" if lock.mixed else "single", f"packages from {places or 'the default index'}"
    )
    hosts = [h for i in lock.indexes if (h := re.sub(r"^\w+://(?:[^/@]*@)?([^/:]+).*", r"\1", i))]
    if lock.mixed and len(hosts) == 1 and "pypi.org" not in hosts[0]:
        hosts.append("pypi.org")  # an extra index stands beside the default one
    for host in hosts or ["pypi.org"]:
        key = PUBLIC if "pypi.org" in host or "pythonhosted" in host else f"packages {host}"
        yield from here.is_a(
            key,
            "package-registry",
            f"{len(lock.packages)} package{'s' if len(lock.packages) > 1 else ''}",
            "package-index" if key == PUBLIC else host,
        )
        if key == PUBLIC:
            yield here.has(key, "zone", "zone internet", "anyone may publish there")
            yield here.has(key, "origin", "public", "anyone may publish there")
            yield here.has(key, "auth", "open-signup", "anyone may publish there")
        yield here.flow(key, below, "packages", f"{f.name} lists them")
