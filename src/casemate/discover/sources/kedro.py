"""Kedro: the data sets and models of its catalogs, and the nodes of its pipelines that read and write them by name.

Source: Kedro documentation, "The Data Catalog" and "Nodes and pipelines".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from casemate.discover.loose_yaml import documents, entries, text
from casemate.discover.modules import file_of
from casemate.discover.python import Module, argument, parse
from casemate.discover.repository import Repository
from casemate.discover.sighting import At, Found, Unread

MODEL = re.compile(r"pickle\.|\.ONNX|tensorflow\.|pytorch\.|xgboost\.|joblib", re.IGNORECASE)
MOST = 100  # files of pipelines


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a catalog."""

    path: str
    kind: str
    at: At


def look(repo: Repository) -> Iterator[Found]:
    """The catalogs, then the pipelines over them."""
    known: dict[str, Entry] = {}
    for f in repo.ending("yml", "yaml"):
        if f.name.startswith("catalog") and "/conf/" in f"/{f.folder}/":
            known |= _catalog(repo, f.path)
    for name, entry in known.items():
        why = f"{name[:60]} in the catalog of Kedro"
        yield from entry.at.is_a(entry.path, entry.kind, why, name)
        missing = "" if entry.path in repo.files else "; it is not in the repository"
        yield entry.at.has(entry.path, "path", entry.path, f"{why}{missing}")
    pipelines = [f for f in repo.ending("py") if "pipeline" in f.name] if known else []
    for f in pipelines[:MOST]:
        read = repo.text(f.path)
        m = parse(f.path, read) if isinstance(read, str) and "node(" in read else None
        if m is not None and not isinstance(m, Unread):
            yield from _nodes(repo, m, known)


def _catalog(repo: Repository, path: str) -> dict[str, Entry]:
    read = repo.text(path)
    docs, _ = documents(read) if isinstance(read, str) else ([], "")
    out = {}
    for name, entry, line in entries(docs[0]) if docs else ():
        kind, where = text(entry, "type"), text(entry, "filepath")
        if "Data" in kind and where and not re.search(r"://|\$\{|^/", where):
            told = "model" if MODEL.search(kind) and re.search(r"model|regressor|classifier", f"{name} {where}") else ""
            out[name] = Entry(where, told or "dataset", At(path, line))
    return out


def _nodes(repo: Repository, m: Module, known: dict[str, Entry]) -> Iterator[Found]:
    for name, call in m.calls:
        if not name.endswith(("kedro.pipeline.node", "kedro.pipeline.Node")):
            continue
        code = argument(call, 0, "func")
        dotted = m.dotted(code) if code is not None else ""
        path = file_of(repo, m.folder, dotted.rpartition(".")[0])
        if not path:
            continue
        here = At(m.path, call.lineno)
        taken, given = (_named(argument(call, i, k), known) for i, k in ((1, "inputs"), (2, "outputs")))
        trains = any(e.kind == "model" for e in given)
        if taken or given:
            what = "training" if trains else "preprocessing"
            yield from here.is_a(path, what, f"node {dotted.rpartition('.')[2][:60]} of Kedro", _stem(path))
            yield here.has(path, "path", path, "its code")
        for entry in taken:
            yield here.flow(entry.path, path, "training set" if trains else "rows", "an input of a node")
        for entry in given:
            yield here.flow(path, entry.path, "model" if entry.kind == "model" else "rows", "an output of a node")
            if entry.kind == "model":
                yield here.has(entry.path, "trained by", path, "an output of a node")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _named(node: ast.expr | None, known: dict[str, Entry]) -> list[Entry]:
    """The entries that an argument names: a text, a list or a table of texts."""
    inner = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)] if node is not None else []
    return [known[n] for n in dict.fromkeys(str(v) for v in inner) if n in known]
