"""Files of a git revision, read as data: `git cat-file` and `git ls-tree`, never a checkout.

A revision's name goes to git through its standard input, so it can become no option; it is never part of a command.
No shell, no hooks, no filters, no network (every transport is forbidden, also to a clone that would fetch what it
lacks); output, size and time are bounded. Links and submodules of a revision are left out.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO

from casemate.core.errors import CasemateError, Refused

GIT = ("git", "--no-pager", "-c", "protocol.allow=never", "-c", "core.fsmonitor=false")
QUIET = {
    "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}  # fmt: skip
SECONDS = 60.0
MOST_LISTED = 16_000_000  # bytes of a listing: about 150,000 files
MOST_FILES = 20_000
MOST_BYTES = 1_000_000_000
DEFAULT = "casemate.yaml"
FILE_MODES = ("100644", "100755")
LONGEST = 1000  # characters of a revision and its path


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a revision: its path from the root of the repository, its object and its size in bytes."""

    path: str
    object: str
    size: int


@dataclass(frozen=True, slots=True)
class Revision:
    """`main:examples/x/casemate.yaml` as found: the commit, and the path from the root of the repository."""

    label: str
    commit: str
    path: str


def revision(label: str) -> Revision:
    """What a name such as `main:casemate.yaml` stands for. Raises CasemateError when git does not know it."""
    rev, _, path = label.partition(":")
    if len(label) > LONGEST or not label.isprintable() or not rev or not path:
        raise CasemateError(
            _short(label), "is no file of a revision", "write REVISION:PATH, such as main:casemate.yaml"
        )
    if path.startswith(("./", "../")):
        path = posixpath.normpath(_line("rev-parse", "--show-prefix") + path)
    commit, blob, inside = _objects((f"{rev}^{{commit}}", f"{rev}:{path}", f"{rev}:{path}/{DEFAULT}"))
    if blob is None and inside is not None:  # the folder was named
        blob, path = inside, f"{path}/{DEFAULT}"
    if commit is None:
        raise CasemateError(_short(label), f"git knows no revision {rev[:60]!r}", "git log --all --oneline lists some")
    if blob is None:
        todo = f"git ls-tree -r --name-only {commit[:12]} lists what it holds"
        raise CasemateError(_short(label), f"the revision {rev[:60]!r} holds no file {path[:80]!r}", todo)
    return Revision(label, commit, posixpath.normpath(path))


def _short(label: str) -> str:
    printable = "".join(c if c.isprintable() else "?" for c in label)
    return printable if len(printable) <= 80 else printable[:79] + "…"


def _objects(names: Sequence[str]) -> list[str | None]:
    """The ids of these objects; None for what there is not."""
    said = _run("cat-file", "--batch-check", given=os.fsencode("".join(f"{n}\n" for n in names)))
    found = [line.split(" ") for line in said.decode("utf-8", "replace").splitlines()]
    if len(found) != len(names) and not _line("rev-parse", "--git-dir"):
        raise CasemateError("git", "found no repository here", "go to the folder of the repository")
    found += [[]] * (len(names) - len(found))  # of some names, such as HEAD@{u}, git says nothing more
    return [f[0] if len(f) == 3 and f[1] in ("commit", "blob") and f[2].isdigit() else None for f in found]


def entries(r: Revision, paths: Iterable[str]) -> list[Entry]:
    """The files at and below these paths of a revision, each once, by path. What is no plain file is left out."""
    wanted = sorted(set(paths))
    if not wanted:
        return []
    said = _run("--literal-pathspecs", "ls-tree", "-r", "-z", "-l", "--full-tree", r.commit, "--", *wanted)
    found = {e.path: e for line in said.split(b"\0") for e in _entry(line)}
    if len(found) > MOST_FILES or sum(e.size for e in found.values()) > MOST_BYTES:
        what = f"refers to more than {MOST_FILES:,} files or {MOST_BYTES // 1_000_000_000} GB"
        raise Refused(_short(r.label), what, "compare saved assessments: casemate assess --output json=FILE")
    return [found[p] for p in sorted(found)]


def _entry(line: bytes) -> Iterator[Entry]:
    head, _, name = line.partition(b"\t")
    parts = head.decode("ascii", "replace").split()
    if len(parts) != 4 or parts[0] not in FILE_MODES or not parts[3].isdigit():
        return
    path = os.fsdecode(name)
    if not {"", ".", ".."} & set(path.split("/")) and "\\" not in path:
        yield Entry(path, parts[2], int(parts[3]))


def write(found: Sequence[Entry], root: Path) -> None:
    """Write these files below a folder. Their bytes are as git keeps them: no filter touches them."""
    asked = "".join(f"{e.object}\n" for e in found).encode()
    if not found:
        return
    with _open(("cat-file", "--batch"), asked) as out:
        for e in found:
            head = out.readline(200).split()
            if len(head) != 3 or head[1] != b"blob" or int(head[2]) != e.size:
                raise CasemateError("git", f"cannot read {e.path[:80]!r}", "check the repository: git fsck")
            path = root / e.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as f:
                _copy(out, f, e.size)
            out.read(1)


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0:
        data = source.read(min(size, 1 << 20))
        if not data:
            raise CasemateError("git", "ended in the middle of a file", "check the repository: git fsck")
        target.write(data)
        size -= len(data)


def top() -> Path | None:
    """The root of the working tree; None where there is none."""
    found = _line("rev-parse", "--show-toplevel")
    return Path(found) if found else None


def ignored(paths: Iterable[str]) -> set[str]:
    """Those of the paths, from the root of the repository, that git is told to ignore: no revision holds them."""
    root, wanted = top(), sorted(set(paths))
    if root is None or not wanted:
        return set()
    asked = os.fsencode("".join(f"./{p}\0" for p in wanted))  # ./ so that no name is read as a pattern
    said = _run("-C", str(root), "check-ignore", "-z", "--stdin", given=asked)
    return {p.removeprefix("./") for p in os.fsdecode(said).split("\0")} & set(wanted)


def _line(*args: str) -> str:
    return os.fsdecode(_run(*args)).removesuffix("\n")


def _run(*args: str, given: bytes = b"") -> bytes:
    """What git prints. An error of git is an empty or shorter answer; whoever asks says what that means."""
    with _open(args, given) as out:
        said = out.read(MOST_LISTED + 1)
    if len(said) > MOST_LISTED:
        raise Refused("git", f"lists more than {MOST_LISTED // 1_000_000} MB", "compare saved assessments")
    return said


@contextmanager
def _open(args: Sequence[str], given: bytes) -> Iterator[IO[bytes]]:
    """A running git, whose output is read; it is ended with the block, and after a minute in any case."""
    late: list[bool] = []
    with tempfile.TemporaryFile() as asked:
        asked.write(given)
        asked.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603  fixed words and paths behind `--`; names go through its input
                [*GIT, *args], stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, **QUIET},
            )  # fmt: skip
        except OSError:
            raise CasemateError("git", "cannot be run", "install git, or compare files and saved assessments") from None

        def stop() -> None:
            late.append(True)
            process.kill()

        watch = Timer(SECONDS, stop)
        watch.daemon = True
        watch.start()
        try:
            assert process.stdout is not None  # noqa: S101
            yield process.stdout
        finally:
            watch.cancel()
            process.kill()
            process.communicate()
    if late:
        raise Refused("git", f"took longer than {SECONDS:.0f} seconds", "compare saved assessments")
