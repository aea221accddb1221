"""The two sides of a comparison, each a system file, a file of a git revision, or a saved assessment.

Of a revision everything comes from the revision: the parts of the system, its policy, its own threats and controls, its
evidence and the files that the evidence speaks of. Otherwise an old system would be judged by today's policy, and a
change of the policy would never show. What git ignores no revision can hold; that comes from the working tree, on both
sides the same, and a note says so.
"""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casemate.cli import _git, _inputs
from casemate.core import files
from casemate.core.errors import CasemateError, Problems, Where

if TYPE_CHECKING:
    from casemate.validate.diff import Side

OF_FILE = ("include", "policy", "evidence", "catalog")
OF_COMPONENT = ("path", "recipe", "signature", "from")
MOST_NOTED = 3


def read(given: str, options: _inputs.Options) -> tuple[Side, tuple[str, ...]]:
    """One side, and what is to be said of it. Raises CasemateError when there is nothing of that name."""
    from casemate.validate.diff import side

    path = Path(given)
    found = files.kind(path)
    if found == "file" and _is_saved(path):
        from casemate.validate.diff import saved

        return saved.saved(files.read(path, saved.MAX_BYTES + 1), given), ()
    if found is not None:
        return side(_inputs.assessed(path, options), given), ()
    if ":" in given:
        return _of_revision(given, options)
    todo = "name a system file, a saved assessment, or REVISION:PATH such as main:casemate.yaml"
    raise CasemateError(given[:80], "there is no such file", todo)


def _is_saved(path: Path) -> bool:
    """A saved assessment is a JSON object; a system file may be one too, in YAML's other style, and says so."""
    return path.suffix not in (".yaml", ".yml") and files.read(path, 64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _of_revision(given: str, options: _inputs.Options) -> tuple[Side, tuple[str, ...]]:
    from casemate.validate.diff import side

    r = _git.revision(given)
    with tempfile.TemporaryDirectory(prefix="casemate-") as folder:
        root = Path(folder)
        (root / ".git").mkdir()  # so that a component shared with another file of the repository is found
        try:
            taken = _fetch(r, root)
            a = _inputs.assessed(root / r.path, options)
        except CasemateError as e:
            raise _named(e, f"{folder}/", f"{given.partition(':')[0]}:") from None
        return side(a, given), tuple(_notes(given, taken))


def _notes(given: str, taken: list[str]) -> Iterator[str]:
    if taken:
        rest = f" and {len(taken) - MOST_NOTED} more" if len(taken) > MOST_NOTED else ""
        names = ", ".join(taken[:MOST_NOTED]) + rest
        yield f"{given}: git ignores {names}, so the working tree's was taken"


def _named(e: CasemateError, folder: str, rev: str) -> CasemateError:
    """The error as it would read if the revision lay in a folder of its own name."""
    if isinstance(e, Problems):
        return Problems(_named(x, folder, rev) for x in e.errors)
    said = [text.replace(folder, rev) for text in (e.at.path, e.what, e.todo)]
    return CasemateError(Where(said[0], e.at.line, e.at.column), said[1], said[2])


# ---------------------------------------------------------------------------------- what a system file refers to


def _fetch(r: _git.Revision, root: Path) -> list[str]:
    """Write the system file of a revision and all that it refers to below a folder.

    Gives what git ignores, which was linked from the working tree instead.
    """
    _write(r, root, {r.path})
    folder = posixpath.dirname(r.path)
    texts = set(_within(folder, _named_in(root / r.path, ("include",), ("from",))))
    _write(r, root, texts)
    others = {n for path in (r.path, *sorted(texts)) for n in _named_in(root / path, OF_FILE, OF_COMPONENT)}
    wanted = set(_within(folder, {*others, "evidence"}))
    _write(r, root, wanted - texts)
    beside = set(_within(folder, _locks(root, folder, wanted)))
    for path in sorted(wanted):  # a policy names the keys of its signers, from its own folder
        beside |= set(_within(posixpath.dirname(path), _signers(root / path)))
    _write(r, root, beside - wanted)
    return _linked(root, wanted | beside)


def _write(r: _git.Revision, root: Path, paths: set[str]) -> None:
    _git.write(_git.entries(r, paths), root)


def _within(folder: str, names: Iterable[str]) -> Iterator[str]:
    """From the root of the repository; what leads out of it is left out."""
    for name in names:
        path = posixpath.normpath(posixpath.join(folder, name))
        if name and "\0" not in name and not path.startswith(("/", "..")) and path not in (".", ".git"):
            yield path


def _tree(path: Path) -> dict[str, Any]:
    """The mapping of a YAML file; what is wrong with it is said when it is read as what it is."""
    from casemate.core.yamltree import parse, read_text

    if path.suffix not in (".yaml", ".yml") or files.kind(path) != "file":
        return {}
    try:
        found = parse(read_text(path), str(path))
    except CasemateError:
        return {}
    return found if isinstance(found, dict) else {}


def _named_in(path: Path, of_file: Iterable[str], of_component: Iterable[str]) -> Iterator[str]:
    """All words that stand under these keys, of the file and of its components."""
    tree = _tree(path)
    components = tree.get("components")
    parts = [c for c in components.values() if isinstance(c, dict)] if isinstance(components, dict) else []
    for mapping, keys in ((tree, of_file), *((c, of_component) for c in parts)):
        for key in keys:
            yield from _words(mapping.get(key))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for v in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _words(v)


def _signers(path: Path) -> Iterator[str]:
    found = _tree(path).get("signers")
    yield from (s["public key"] for s in found or () if isinstance(s, dict) and isinstance(s.get("public key"), str))


def _locks(root: Path, folder: str, wanted: set[str]) -> Iterator[str]:
    """Files beside the element that records rest on: they are void when those have changed."""
    from casemate.core.yamltree import read_text
    from casemate.evidence.read import statements

    for name in sorted(wanted):
        for path in sorted((root / name).glob("*.jsonl")) if files.kind(root / name) == "folder" else ():
            for s in statements(read_text(path), f"{path.parent.name}/{path.name}"):
                for key in ("locks", "rests on"):
                    found = s.settings.get(key)
                    yield from found if isinstance(found, dict) else ()


def _linked(root: Path, wanted: set[str]) -> list[str]:
    """What no revision can hold, because git ignores it, as links to the working tree."""
    missing = {p for p in wanted if files.kind(root / p) is None}
    top = _git.top()
    found = sorted(p for p in _git.ignored(missing) if top is not None and files.kind(top / p) is not None)
    for path in found:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to((top or root) / path)
    return found
