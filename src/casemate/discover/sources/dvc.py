"""Pipelines of DVC: the stages of `dvc.yaml` with what they read and write, and files that DVC keeps (`*.dvc`).

A stage is known by the program that it starts, else by its name. It trains when it writes a model.
Source: DVC documentation, "dvc.yaml files" and ".dvc files".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import normpath

from casemate.discover import images
from casemate.discover.loose_yaml import Node, Table, at, documents, entries, tables, text, texts
from casemate.discover.repository import File, Repository
from casemate.discover.sighting import At, Found, Unread

MODEL = re.compile(
    r"\.(?:pkl|pickle|joblib|pt|pth|onnx|h5|hdf5|keras|rds|ubj|cbm|gguf|safetensors|pmml|ckpt)$|(?:^|/)models?(?:[/.]|$)"
)
DATA = re.compile(
    r"\.(?:csv|tsv|parquet|jsonl?|ndjson|feather|arrow|npy|npz|xlsx|orc|tfrecord|xml|txt|zip|gz)$|(?:^|/)data(?:/|$)"
)
MOST, MOST_STAGES = 40, 200  # paths of one list, stages of one file
PROGRAM = re.compile(r"[\w./-]+\.(?:py|R|r|sh|jl|ipynb|js|java|jar)")


def look(repo: Repository) -> Iterator[Found]:
    """All stages, and all files that are kept."""
    for f in repo.named("dvc.yaml"):
        doc = _document(repo, f)
        if isinstance(doc, Unread):
            yield doc
            continue
        for name, stage, line in entries(at(doc, "stages"))[:MOST_STAGES]:
            inner = at(stage, "do") if at(stage, "do") is not None else stage
            if isinstance(inner, Table):
                yield from _stage(repo, f, name, inner, line)
    for f in repo.ending("dvc"):
        doc = _document(repo, f) if f.size < 1_000_000 else Unread(f.path, "is too large")
        if not isinstance(doc, Unread):
            yield from _kept(f, doc)


def _document(repo: Repository, f: File) -> Node | Unread:
    read = repo.text(f.path)
    docs, wrong = documents(read) if isinstance(read, str) else ([], read.why)
    return docs[0] if docs and not wrong else Unread(f.path, wrong or "is empty")


def _stage(repo: Repository, f: File, name: str, stage: Table, line: int) -> Iterator[Found]:
    base = normpath(f"{f.folder or '.'}/{text(stage, 'wdir') or '.'}")
    taken = [(p, n) for p, n in _paths(base, at(stage, "deps")) if _kind(p)]
    given = [(p, n) for p, n in _paths(base, at(stage, "outs")) if _kind(p)]
    if not given:
        return
    here, key = At(f.path, line), _program(repo, base, stage) or f"stage {f.folder}/{name}"
    models = [(p, n) for p, n in given if _kind(p) == "model"]
    yield from here.is_a(key, "training" if models else "preprocessing", f"stage {name[:60]} of DVC", name)
    if key in repo.files:
        yield here.has(key, "path", key, "its code")
    for path, at_line in [*taken, *given]:
        yield from At(f.path, at_line).is_a(path, _kind(path), f"stage {name[:60]} of DVC", _last(path))
        missing = "" if path in repo.files else "; it is not in the repository"
        yield At(f.path, at_line).has(path, "path", path, f"stage {name[:60]}{missing}")
    for path, at_line in taken:
        yield At(f.path, at_line).flow(path, key, "training set" if models else "rows", f"a dep of stage {name[:60]}")
    for path, at_line in given:
        yield At(f.path, at_line).flow(key, path, _sent(path), f"an out of stage {name[:60]}")
    for path, at_line in models:
        yield At(f.path, at_line).has(path, "trained by", key, f"an out of stage {name[:60]}")
        for other, _ in taken:
            if _kind(other) == "dataset":  # a model that is read is where it begins
                yield At(f.path, at_line).has(path, "trained on", other, f"a dep of stage {name[:60]}")


def _paths(base: str, node: Node | None) -> list[tuple[str, int]]:
    """Paths of a list whose members are texts, or tables of one key."""
    found = [(t.value, t.line) for t in texts(node)]
    found += [(k, line) for t in tables(node) for k, _, line in entries(t)]
    plain = ((p, n) for p, n in found if not re.search(r"\$\{|://|^/", p))
    return [(normpath(f"{base}/{p}"), n) for p, n in plain][:MOST]


def _program(repo: Repository, base: str, stage: Table) -> str:
    words = [t.value for t in texts(at(stage, "cmd"))]
    folder = "" if base == "." else base
    if found := images.started(repo, folder, words):
        return found[0]
    named = (normpath(f"{base}/{p}") for word in words for p in PROGRAM.findall(word[:2_000]))
    return next((p for p in named if p in repo.files), "")


def _kind(path: str) -> str:
    return "model" if MODEL.search(path) else "dataset" if DATA.search(path) else ""


def _sent(path: str) -> str:
    return "model" if _kind(path) == "model" else "rows"


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].partition(".")[0]


def _kept(f: File, doc: Node) -> Iterator[Found]:
    """A data set or a model that DVC keeps elsewhere under its digest."""
    for out in tables(at(doc, "outs")):
        if name := text(out, "path"):
            path = normpath(f"{f.folder or '.'}/{name}")
            here, why = At(f.path, out.line), "DVC keeps it; it is not in the repository"
            yield from here.is_a(path, _kind(path) or "dataset", "DVC keeps it", _last(path))
            yield here.has(path, "path", path, why)
