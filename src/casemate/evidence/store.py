"""Evidence on disk: JSON lines beside the system file, and the digests of the things as they are now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path

from casemate.core import files
from casemate.core.digest import of_value
from casemate.core.errors import CasemateError, together
from casemate.core.yamltree import read_text
from casemate.define.system import Component, System
from casemate.evidence.bind import Evidence, element_digest
from casemate.evidence.digests import digest_of
from casemate.evidence.read import statements
from casemate.evidence.sign.keys import Public
from casemate.evidence.sign.rests import text_digest
from casemate.evidence.statement import Statement, to_json

DATA = frozenset({"dataset", "feature-store", "store", "data-source"})


def load(system: System, root: Path, fresh: Iterable[Statement] = (), keys: Iterable[Public] = ()) -> Evidence:
    """All evidence beside a system file.

    root: the file's folder; fresh: what was measured in this run; keys: whose signatures the policy accepts.
    """
    fresh = tuple(fresh)
    kept = _merged(_newest(_stored(root / system.evidence, tuple(keys))), fresh)
    # What no record speaks of needs no digest: hashing is the cost of having evidence.
    paths = {c.id: digest_of(root / c.path) for c in system.components.values() if c.path} if kept else {}
    recipes = {c.id: _recipe(c, system, root, paths) for c in system.components.values() if "recipe" in c.props}
    of_this_run = frozenset(s.id for s in fresh)
    moved = frozenset(s.id for s in kept if s.id not in of_this_run and (_moved(s, root) or _otherwise(s, system)))
    return Evidence(kept, paths, recipes if kept else {}, of_this_run, moved)


def save(system: System, root: Path, fresh: Iterable[Statement]) -> list[Path]:
    """Write the records, one file for each kind. A new record replaces the one of the same kind, element and bytes.

    Only a signed record replaces a signed one: measuring without the key takes no proof away.
    """
    folder, fresh = root / system.evidence, tuple(fresh)
    stored = _stored(folder)
    proven = {_of_same(s) for s in fresh if s.sealed}
    proof = {s.id: s for s in stored if s.sealed and _of_same(s) not in proven}
    kept = (*(s for s in _merged(stored, fresh) if s.id not in proof), *proof.values())
    out = []
    for kind in sorted({s.kind for s in fresh}):
        path = folder / f"{kind}.jsonl"
        lines = [_line(s) for s in sorted(kept, key=lambda s: (s.about, s.measured, s.id)) if s.kind == kind]
        files.write(path, "".join(lines))
        out.append(path)
    return out


def _line(s: Statement) -> str:
    return (s.sealed or json.dumps(to_json(s), sort_keys=True, ensure_ascii=False, allow_nan=False)) + "\n"


def _stored(folder: Path, keys: tuple[Public, ...] = ()) -> list[Statement]:
    if files.kind(folder) in ("file", "other"):
        raise CasemateError(str(folder), "is no folder", "name the folder of the evidence, or leave `evidence:` out")
    lines = together(*(partial(_of_file, path, keys) for path in sorted(folder.glob("*.jsonl"))))
    return [s for of_file in lines for s in of_file]


def _of_file(path: Path, keys: tuple[Public, ...]) -> list[Statement]:
    return statements(read_text(path), f"{path.parent.name}/{path.name}", keys)


def _merged(old: Iterable[Statement], fresh: tuple[Statement, ...]) -> tuple[Statement, ...]:
    replaced, ids = {_of_same(s) for s in fresh}, {s.id for s in fresh}
    # An id is short enough to be met by chance work: no record on disk passes for one of this run.
    kept = [s for s in old if _of_same(s) not in replaced and s.id not in ids]
    # Of twins the signed one counts: a bare copy beside it takes nothing away.
    return tuple({s.id: s for s in sorted((*kept, *fresh), key=lambda s: (s.signed, s.sealed is not None))}.values())


def _newest(stored: Iterable[Statement]) -> list[Statement]:
    """Without signed records that a later signed one replaced: an old line that is put back says nothing."""
    stored = list(stored)
    last: dict[tuple[str, ...], date] = {}
    for s in stored:
        if s.signed:
            last[_of_same(s)] = max(s.measured, last.get(_of_same(s), s.measured))
    return [s for s in stored if not s.signed or s.measured == last[_of_same(s)]]


def _of_same(s: Statement) -> tuple[str, ...]:
    """What a newer record replaces. The tool's name counts, not its version: another tool looked at other things."""
    return s.kind, s.about, s.digest, s.tool.rpartition(" ")[0]


def digest_now(system: System, c: Component, root: Path) -> str | None:
    """What stands for a component now: its bytes, or what the file says of it where it has none; None: unreadable."""
    return digest_of(root / c.path) if c.path else element_digest(system, c)


def _moved(s: Statement, root: Path) -> bool:
    """Whether a lock file or a script that a record rests on is another now: what it says of them is no longer so."""
    named = [s.settings.get(key) for key in ("locks", "rests on")]
    rests = [(name, then) for of in named if isinstance(of, dict) for name, then in of.items()]
    return any(text_digest(root / name) != then for name, then in rests)


def _otherwise(s: Statement, system: System) -> bool:
    """Whether a signature was held against another policy than the file has now: a lower version, another signer."""
    c = system.components.get(s.about)
    if s.kind != "verify" or "rests on" not in s.settings or c is None:
        return False
    held = {k: v for k, v in s.settings.items() if k != "rests on"}
    return held != {k: str(v) for k, v in c.props.get("signature", {}).items()}


def _recipe(c: Component, system: System, root: Path, paths: dict[str, str | None]) -> str | None:
    """Digest of code, settings, lock and all data files: any change of the data is another recipe."""
    parts = {role: digest_of(root / name) for role, name in c.props["recipe"].items()}
    data = {d.id: paths.get(d.id) for d in system.components.values() if d.kind in DATA and d.path}
    if {"code", "settings", "lock"} - parts.keys() or None in parts.values() or None in data.values():
        return None
    return of_value({"parts": parts, "data": data})
