"""The inputs of an MLflow run: from its folder below mlruns/, or from JSON as `mlflow runs describe` prints it.

MLflow's digest of a data set is eight hex digits over some of its rows (mlflow/data/digest_utils.py). It is not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from casemate.core import files
from casemate.core.errors import CasemateError
from casemate.core.yamltree import parse, read_text
from casemate.evidence.lineage.names import MAX_NAMES, Named, Told, bad
from casemate.evidence.lineage.provenance import DATA

MAX_BYTES = 8_000_000
LEARNS = frozenset({"training", "train", "", "finetuning"})
"""Contexts of an input; validation and test data teach the model nothing."""


def of_json(path: Path) -> Told:
    """The run in an exported JSON. Fails with CasemateError."""
    try:
        doc = json.loads(files.read(path, MAX_BYTES))
    except (ValueError, RecursionError):
        raise bad(path, "is not JSON", "export the run again: mlflow runs describe --run-id ID") from None
    run = doc.get("run", doc) if isinstance(doc, dict) else None
    inputs = run.get("inputs") if isinstance(run, dict) else None
    listed = inputs.get("dataset_inputs") if isinstance(inputs, dict) else None
    if not isinstance(listed, list):
        raise bad(path, "names no inputs of a run", "log them with mlflow.log_input, or name the data with --data")
    return _told(path, ((_dict(e).get("dataset"), _tags(_dict(e).get("tags"))) for e in listed[:MAX_NAMES]))


def of_folder(path: Path) -> Told:
    """The run in a folder `mlruns/<experiment>/<run>`. Fails with CasemateError."""
    metas = sorted((path / "inputs").glob("*/meta.yaml"))[:MAX_NAMES]
    if not metas:
        raise bad(path, "is no folder of an MLflow run with inputs", "name mlruns/<experiment>/<run>")
    return _told(path, ((_yaml(_data(path, _yaml(m)), path), _tags(_yaml(m).get("tags"))) for m in metas))


def _data(run: Path, meta: dict[str, Any]) -> Path:
    """Where the experiment keeps what an input is: by an id, which is no path."""
    known_as = str(meta.get("source_id", ""))
    if not known_as.isalnum():
        raise bad(run, "has an input without a data set", "log it again")
    return run.parent / "datasets" / known_as / "meta.yaml"


def _yaml(path: Path, run: Path | None = None) -> dict[str, Any]:
    if run is not None and files.kind(path) != "file":
        raise bad(
            run, f"names a data set that is not in {path.parent.parent.name}/", "keep the experiment's folder whole"
        )
    return _dict(parse(read_text(path), str(path)))


def _dict(doc: Any) -> dict[str, Any]:
    return doc if isinstance(doc, dict) else {}


def _tags(tags: Any) -> str:
    """The context of an input; tags are a mapping, or a list of keys and values."""
    listed = tags if isinstance(tags, list) else []
    pairs = (
        tags.items() if isinstance(tags, dict) else ((str(_dict(t).get("key")), _dict(t).get("value")) for t in listed)
    )
    return str(dict(pairs).get("mlflow.data.context") or "").lower()


def _told(path: Path, found: Iterator[tuple[Any, str]]) -> Told:
    inputs, out = [], []
    for data, context in found:
        shown = str(_dict(data).get("name") or "a data set")[:100]
        if context not in LEARNS:
            continue
        try:
            inputs.append(Named(DATA, _place(_dict(data), path)))
        except CasemateError as e:
            out.append(f"{shown}: it {e.what}")
    return Told((), tuple(inputs), tuple(out))


def _place(data: dict[str, Any], path: Path) -> str:
    """The local path of a data set. Raises CasemateError for one that lies elsewhere."""
    try:
        source = json.loads(data.get("source") or "null")
    except (ValueError, TypeError, RecursionError):
        source = None
    where = next((v for k in ("uri", "path", "url") if isinstance(v := _dict(source).get(k), str) and v), "")
    try:
        parts = urlsplit(where)
    except ValueError:  # half an IPv6 address
        raise CasemateError(str(path), "lies at no address", "name the data with --data") from None
    if not where or parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        raise CasemateError(str(path), "lies where we do not read", "name the data with --data")
    return unquote(parts.path) if parts.scheme else where
