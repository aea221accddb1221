"""docker-compose: services, what they are by image or by the program that they start, published ports, who calls whom.

One service calls another when its settings or its command name it as a host. `depends_on` alone is an order of
starting; it counts as a call only where nothing names a host. Found by content: `services:` of which one has an image
or a build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import normpath

from casemate.discover import images
from casemate.discover.loose_yaml import List, Node, Table, at, documents, entries, scalars, tables, text, texts
from casemate.discover.repository import File, Repository
from casemate.discover.sighting import SAME, At, Found, Unread

BEGINS = re.compile(rb"^services:[ \t\r]*$", re.MULTILINE)
STORES = frozenset(("store", "index", "feature-store", "log-store", "credential-store", "model-registry"))
LOCAL = ("127.", "localhost", "[::1]", "::1")


def look(repo: Repository) -> Iterator[Found]:
    """The services of every compose file."""
    for f in repo.ending("yml", "yaml"):
        if BEGINS.search(repo.head(f.path)):
            read = repo.text(f.path)
            if isinstance(read, Unread):
                yield read
                continue
            docs, wrong = documents(read)
            if wrong:
                yield Unread(f.path, wrong)
            for doc in docs[:1]:
                yield from _services(repo, f, doc)


def _services(repo: Repository, f: File, doc: Node) -> Iterator[Found]:
    services = [(k, v, line) for k, v, line in entries(at(doc, "services")) if isinstance(v, Table)]
    if not any({"image", "build"} & v.items.keys() for _, v, _ in services):
        return
    keys = {name: f"service {f.folder}/{name}" for name, _, _ in services}
    kinds = {name: _kind(repo, f, v) for name, v, _ in services}
    for name, service, line in services:
        yield from _service(repo, f, name, service, line, kinds[name])
        yield from _calls(f, name, service, keys, kinds)


def _kind(repo: Repository, f: File, service: Table) -> str:
    """By its image, else by an engine for models that it is built upon, else a program of ours."""
    build = at(service, "build")
    upon = images.base(repo, _context(f, build), text(build, "dockerfile")) if build is not None else ""
    engine = images.kind_of(upon)
    return images.kind_of(text(service, "image")) or (engine if engine in ("llm", "inference") else None) or "service"


def _context(f: File, build: Node | None) -> str:
    """The folder that a service is built from."""
    named = build.value if build is not None and not isinstance(build, Table | List) else text(build, "context")
    folder = normpath(f"{f.folder or '.'}/{named or '.'}")
    return "" if folder == "." else folder


def _service(repo: Repository, f: File, name: str, service: Table, line: int, kind: str) -> Iterator[Found]:
    key, image, here = f"service {f.folder}/{name}", text(service, "image"), At(f.path, line)
    why = f"service {name}" + (f" of image {image[:60]}" if image else "")
    yield from here.is_a(key, kind, why, name)
    for path in _programs(repo, f, service):
        yield here.has(key, SAME, path, f"service {name} starts it")
    if image and "build" not in service.items:
        yield from images.supplied(At(f.path, _line(service, "image", line)), key, image)
    words = [t.value for part in ("entrypoint", "command") for t in texts(at(service, part))]
    yield from images.fetched(At(f.path, _line(service, "command", line)), key, kind, words)
    for shared in texts(at(service, "volumes")):
        host = shared.value.partition(":")[0]
        if host.startswith("./") and kind == "inference":
            folder = normpath(f"{f.folder or '.'}/{host}")
            yield At(f.path, shared.line).has(f"triton {folder}", SAME, key, f"service {name} is given {folder}")
    for port, port_line in _published(service):
        yield At(f.path, port_line).has(
            key, "exposed to", "zone internet", f"port {port[:40]} is published on the host"
        )


def _line(table: Table, key: str, other: int) -> int:
    return table.lines.get(key, other)


def _programs(repo: Repository, f: File, service: Table) -> list[str]:
    build = at(service, "build")
    folder = _context(f, build)
    words = [t.value for key in ("entrypoint", "command") for t in texts(at(service, key))]
    found = images.started(repo, folder, words)
    return found or (images.of_build(repo, folder, text(build, "dockerfile")) if build is not None else [])


def _published(service: Table) -> Iterator[tuple[str, int]]:
    """Ports that are published on more than the host's own loopback."""
    ports = at(service, "ports")
    for short in texts(ports):
        if ":" in short.value and not short.value.startswith(LOCAL):
            yield short.value, short.line
    for port in tables(ports):
        if text(port, "published") and not text(port, "host_ip").startswith(LOCAL):
            yield f"{text(port, 'published')}:{text(port, 'target')}", port.line


def _calls(f: File, name: str, service: Table, keys: dict[str, str], kinds: dict[str, str]) -> Iterator[Found]:
    named: dict[str, int] = {}
    for part in ("environment", "command", "entrypoint"):
        for _, value in scalars(at(service, part), 500):
            for host in _hosts(value.value):
                if host in keys and host != name:
                    named.setdefault(host, value.line)
    depends = at(service, "depends_on")
    waits = [(t.value, t.line) for t in texts(depends)] + [(k, line) for k, _, line in entries(depends)]
    for other, line in [*named.items(), *((o, n) for o, n in waits if o in keys and o not in named and o != name)]:
        why = f"service {name} names {other} as a host" if other in named else f"service {name} depends on {other}"
        here = At(f.path, line)
        yield here.flow(keys[name], keys[other], "rows" if kinds[other] in STORES else "requests", why)
        yield here.flow(keys[other], keys[name], "rows" if kinds[other] in STORES else "answers", why)


def _hosts(value: str) -> list[str]:
    """What stands in a text where a host does: `//db:5432`, `user@db/`, `db:5432`, or the text alone."""
    found = re.findall(r"(?://|@)([\w.-]+)|(?:^|[\s=,])([\w-]+):\d{2,5}\b", value[:2_000])
    whole = re.fullmatch(r"(?:\w+=)?([\w-]+)", value)
    return [a or b for a, b in found] + ([whole[1]] if whole else [])
