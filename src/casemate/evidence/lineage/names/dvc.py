"""dvc.lock, schema 2: the dependencies, parameters and outputs of one stage. Source: DVC's own documentation of it.

DVC keeps md5, and of a folder the md5 of a listing of its own, which says nothing of the bytes that are here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casemate.core.errors import did_you_mean
from casemate.core.yamltree import parse, read_text
from casemate.evidence.lineage.names import Named, Told, bad
from casemate.evidence.lineage.provenance import CODE, DATA, ENVIRONMENT, PARAMETERS

MD5 = re.compile("[0-9a-f]{32}")
CODES = frozenset({".py", ".ipynb", ".r", ".jl", ".sh", ".scala"})
LOCKS = frozenset({"requirements.txt", "requirements.lock", "pylock.toml", "uv.lock", "poetry.lock", "pdm.lock"})


def of_lock(path: Path, stage: str | None) -> Told:
    """One stage of a dvc.lock; the only one when none is named. Fails with CasemateError."""
    doc = parse(read_text(path), str(path))
    stages = doc.get("stages") if isinstance(doc, dict) else None
    if not isinstance(stages, dict) or not stages:
        raise bad(path, "has no stages", "name a dvc.lock, a folder of an MLflow run, or its JSON")
    if stage is None and len(stages) > 1:
        raise bad(path, f"has {len(stages)} stages", f"name one with --stage: {', '.join(sorted(stages)[:8])}")
    name = stage or next(iter(stages))
    if name not in stages:
        raise bad(path, f"has no stage {name[:60]!r}", did_you_mean(name, stages))
    return _stage(path, stages[name])


def _stage(path: Path, stage: Any) -> Told:
    if not isinstance(stage, dict):
        raise bad(path, "has a stage that is no mapping", "let DVC write it again")
    inputs = tuple(_named(path, stage.get("deps"), None))
    params = stage.get("params")
    files = tuple(Named(PARAMETERS, name) for name in (params if isinstance(params, dict) else {}))
    return Told(tuple(_named(path, stage.get("outs"), "")), (*inputs, *files))


def _named(path: Path, listed: Any, role: str | None) -> Iterator[Named]:
    for entry in listed or ():
        name = entry.get("path") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise bad(path, "has an entry without a path", "let DVC write it again")
        md5, size = entry.get("md5"), entry.get("size")
        sure = isinstance(md5, str) and MD5.fullmatch(md5) is not None
        yield Named(
            _role(name) if role is None else role,
            name,
            md5 if sure else None,
            int(size) if sure and isinstance(size, str) and re.fullmatch("[0-9]{1,15}", size) else None,
        )


def _role(name: str) -> str:
    """DVC does not say what a dependency is for; its name has to."""
    path = Path(name)
    return ENVIRONMENT if path.name in LOCKS else CODE if path.suffix.lower() in CODES else DATA
