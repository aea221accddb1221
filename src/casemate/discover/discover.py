"""All sources over one repository, and the draft of what they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from types import ModuleType

from casemate.core import shelf
from casemate.discover.draft import Draft
from casemate.discover.merge import merged
from casemate.discover.modules import modules
from casemate.discover.repository import Repository
from casemate.discover.sighting import Found, Unread

SHELF = "discover/sources"


@cache
def sources() -> tuple[ModuleType, ...]:
    """The members of the shelf, by name."""
    return tuple(shelf.member(SHELF, name) for name in shelf.names(SHELF))


def sightings(repo: Repository) -> Iterator[Found]:
    """What every source sees. Each Python file is parsed once, for all that read one."""
    yield from repo.unread
    readers = [s for s in sources() if hasattr(s, "read")]
    for source in sources():
        if hasattr(source, "look"):
            yield from _safe(partial(source.look, repo), f"what {source.__name__.rpartition('.')[2]} looks for")
    for m in modules(repo):
        if isinstance(m, Unread):
            yield m
        else:
            for reader in readers:
                yield from _safe(partial(reader.read, m, repo), m.path)


def _safe(look: Callable[[], Iterator[Found]], path: str) -> Iterator[Found]:
    """What a source sees until it breaks; that it broke is told, and the others go on."""
    try:
        yield from look()
    except Exception as e:
        yield Unread(path, f"made its reading fail ({type(e).__name__}); report this")


def draft(repo: Repository) -> Draft:
    """The draft of a repository."""
    return merged(repo.name, list(sightings(repo)), repo.left_out)
