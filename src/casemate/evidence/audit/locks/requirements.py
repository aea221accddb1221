"""requirements.txt as pip reads it: continued lines, comments, options, files that it includes, constraints, digests.

A line that we cannot read is a finding. Included files are read when they are in the project; what is fetched from an
address is a gap. With one digest anywhere pip demands them everywhere, which is what makes a file complete.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from casemate.core.errors import CasemateError, Refused, Where
from casemate.evidence.audit.finding import Finding, bounded, shown
from casemate.evidence.audit.lock import Lock, Package, Text, lock
from casemate.evidence.audit.requirement import requirement

MAX_FILES = 64
MAX_LINES = 100_000
MAX_QUOTED = 10_000  # characters of options with quotes in one line
_CODING = re.compile(r"coding[:=]\s*([-\w.]+)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
LETTERS = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links"}
OTHERS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock"})
"""Locks of other tools: when they cannot be read they are broken, and no requirements."""
FLAGS = frozenset({"--no-index", "--pre", "--require-hashes", "--prefer-binary"})


def recognise(text: Text) -> bool:
    """Whatever is text and no other format: the format has no mark of its own."""
    other = text.name.endswith((".toml", ".json")) or text.name.lower() in OTHERS
    return not text.toml and not other and "\0" not in text.text


def read(text: Text) -> Lock:
    """The packages of the file and of those that it includes."""
    found = _Reading()
    _read(text, found, constraint=False)
    packages = [_constrained(p, found.constraints) for p in found.packages]
    named = [p for p in packages if p.source == "index"]
    complete = bool(packages) and all(p.hashed for p in packages) and not found.gaps
    indexes = tuple(sorted(set(found.index) | set(found.extra)))
    mixed = bool(named) and (bool(found.extra) or len(set(found.index)) > 1 or (bool(found.links) and not found.closed))
    return lock(
        text, "requirements", packages, indexes=indexes, mixed=mixed, complete=complete,
        findings=tuple(bounded(found.findings)), gaps=tuple(found.gaps),
    )  # fmt: skip


@dataclass
class _Reading:
    """What was found so far."""

    packages: list[Package] = field(default_factory=list)
    constraints: dict[str, Package] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    closed: bool = False
    seen: set[tuple[str, bool]] = field(default_factory=set)
    lines: int = 0

    def say(self, severity: str, id: str, at: Where, message: str) -> None:
        self.findings.append(Finding(severity, id, str(at), message))


def _read(text: Text, out: _Reading, constraint: bool) -> None:
    if (text.path, constraint) in out.seen:
        return
    out.seen.add((text.path, constraint))
    if len(out.seen) > MAX_FILES:
        raise Refused(text.path, f"includes more than {MAX_FILES} files", "put them into one")
    if _encoded(text.text):
        out.say("medium", "odd-encoding", Where(text.path, 1, 1), "names an encoding, so that pip reads another text")
        out.gaps.append(f"{text.path} is in another encoding than UTF-8")
    for number, line in _logical(text.text):
        out.lines += 1
        if out.lines > MAX_LINES:
            raise Refused(text.path, f"has more than {MAX_LINES} lines", "split the file")
        _line(line, Where(text.path, number, 1), text, out, constraint)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continued ones joined, numbered by their first; comments and empty ones left out."""
    parts: list[str] = []
    start = 0
    for number, line in _numbered(text):
        start = start if parts else number
        comment = line.lstrip().startswith("#")
        parts.append("" if comment else line.strip("\\") if line.endswith("\\") else line)
        if line.endswith("\\") and not comment:
            continue
        whole = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if whole:
            yield start, whole
    whole = _COMMENT.sub("", "".join(parts)).strip()
    if whole:
        yield start, whole


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines as pip divides them, which is at more than line feeds: a comment must not hide a requirement."""
    for number, row in enumerate(text.split("\n"), 1):
        for line in row.splitlines() or ("",):
            yield number, line


def _encoded(text: str) -> bool:
    """Whether pip would read it in another encoding than UTF-8: one that its first two lines name."""
    named = [m.group(1).lower() for x in text.split("\n")[:2] if x.startswith("#") and (m := _CODING.search(x))]
    return any(n.replace("_", "-") not in ("utf-8", "utf8", "ascii", "us-ascii") for n in named[:1])


def _line(line: str, at: Where, text: Text, out: _Reading, constraint: bool) -> None:
    words = line.split()
    cut = next((i for i, w in enumerate(words) if w.startswith("-")), len(words))
    said, options = " ".join(words[:cut]), _options(words[cut:])
    if not said:
        for name, value in options:
            _option(name, value, at, text, out, constraint)
        return
    hashes = tuple(value for name, value in options if name == "--hash")
    _take(said, at, hashes, out, constraint)


def _take(
    said: str, at: Where, hashes: tuple[str, ...], out: _Reading, constraint: bool, editable: bool = False
) -> None:
    found = requirement(said, at, hashes, editable)
    if isinstance(found, Finding):
        out.findings.append(found)
        out.gaps.append(f"{at} was not understood")
    elif constraint:
        out.constraints[found.name] = found
    else:
        out.packages.append(found)


def _options(words: list[str]) -> list[tuple[str, str]]:
    """(long name, value); a short option may have its value glued to it, a long one behind `=`."""
    whole = " ".join(words)
    if len(whole) <= MAX_QUOTED and re.search(r"[\"'\\]", whole):  # shlex takes quadratic time
        with suppress(ValueError):  # a quote that never ends
            words = shlex.split(whole)
    out: list[tuple[str, str]] = []
    for word in words:
        if not word.startswith("-"):
            if out and not out[-1][1]:
                out[-1] = (out[-1][0], word)
            continue
        name, sign, value = word.partition("=")
        if not word.startswith("--"):
            name, value = LETTERS.get(word[:2], word[:2]), word[2:].removeprefix("=")
        out.append((name, value if sign or value else ""))
    return out


def _option(name: str, value: str, at: Where, text: Text, out: _Reading, constraint: bool) -> None:
    if name in ("--requirement", "--constraint"):
        _include(value, at, text, out, constraint or name == "--constraint")
    elif name == "--editable":
        _take(value, at, (), out, constraint, editable=True)
    elif name == "--index-url":
        out.index.append(value)
        _plain(value, at, out)
    elif name == "--extra-index-url":
        out.extra.append(value)
        out.say(
            "high", "extra-index", at, f"packages come from {shown(value)} too: whoever has the higher version wins"
        )
        _plain(value, at, out)
    elif name == "--find-links":
        out.links.append(value)
        _plain(value, at, out)
    elif name == "--trusted-host":
        out.say("high", "trusted-host", at, f"{shown(value)} is believed without its certificate")
    elif name == "--no-index":
        out.closed = True
    elif name == "--pre":
        out.say("low", "pre-release", at, "versions that are not released are taken too")
    elif name not in FLAGS and not name.startswith(
        ("--no-binary", "--only-binary", "--use-feature", "--uploaded-prior")
    ):
        out.say("info", "unknown-option", at, f"{name[:40]} is an option that we do not know")


def _plain(url: str, at: Where, out: _Reading) -> None:
    if url.startswith("http://"):
        out.say(
            "high", "plain-http", at, f"{shown(url)} is read without encryption: whoever is on the way can change it"
        )


def _include(name: str, at: Where, text: Text, out: _Reading, constraint: bool) -> None:
    if "://" in name:
        out.say("medium", "remote-include", at, f"{shown(name)} is fetched at each installation and was not read")
        out.gaps.append(f"{at} includes an address")
        return
    if text.follow is None:
        out.gaps.append(f"{at} includes {shown(name)}")
        return
    try:
        inner = text.follow(name, at)
    except CasemateError as e:
        out.say("medium", "unread-include", at, f"{shown(name)} was not read: {e.what}")
        out.gaps.append(f"{at} includes {shown(name)}, which was not read")
        return
    _read(inner, out, constraint)


def _constrained(p: Package, constraints: dict[str, Package]) -> Package:
    """A constraint gives the version, and its digests, to a package that leaves them open."""
    limit = constraints.get(p.name)
    if limit is None or p.source != "index":
        return p
    if limit.source != "index":
        return replace(p, version=limit.version, source=limit.source, url=limit.url, hashed=p.hashed or limit.hashed)
    return replace(p, version=p.version or limit.version, hashed=p.hashed or limit.hashed)
