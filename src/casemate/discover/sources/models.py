"""Models by content: the formats that the scanner recognises, and the few that are text. A name is only a hint.

A pickle is walked as `casemate scan` does, up to a budget, because what it would import tells a model from a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover.repository import WHOLE, Data, File, Repository
from casemate.discover.sighting import SAME, At, Found, Unread
from casemate.evidence.scan.descend import formats
from casemate.evidence.scan.inspect import scan_bytes

MOST_WALKED = 64_000_000  # bytes of pickles and archives in all; a walk takes about a second for these
NAMES = frozenset(
    ("pkl", "pickle", "joblib", "pt", "pth", "bin", "ckpt", "h5", "hdf5", "keras", "model", "p", "sav", "skops")
)
WORDS = {
    "pickle": "pickle", "joblib": "joblib", "torch": "torch", "torchscript": "torchscript", "keras": "keras",
    "hdf5": "hdf5", "saved-model": "saved-model", "onnx": "onnx", "safetensors": "safetensors", "gguf": "gguf",
    "skops": "skops",
}  # fmt: skip
"""Formats of the scanner that hold a model, as the vocabulary calls them."""
PACKED = frozenset(("gzip", "bz2", "xz", "lzma", "zlib", "zstd"))
LIBRARIES = frozenset(
    ("sklearn", "xgboost", "lightgbm", "catboost", "torch", "tensorflow", "keras", "statsmodels", "prophet", "spacy",
     "imblearn", "pmdarima", "lifelines", "surprise", "implicit", "gensim", "transformers", "fastai", "pycaret", "onnx")
)  # fmt: skip
TABLES = frozenset(("pandas", "numpy", "polars", "scipy", "datetime", "collections", "builtins", "copyreg", "_codecs"))
LLM = re.compile(
    rb"general\.architecture.{8,16}?(?:llama|qwen|gemma|phi|mistral|mixtral|falcon|gpt|deepseek|command)", re.S
)
SHARD = re.compile(r"-\d{5}-of-\d{5}\.\w+$")


def look(repo: Repository) -> Iterator[Found]:
    """The model files, and the folders that are models."""
    budget = _Budget()
    saved = {f.folder: f for f in repo.named("MLmodel", "saved_model.pb") if f.folder}
    for f in repo.files.values():
        found = text_format(repo.head(f.path))
        if found:
            yield from _model(repo, f, found, f"begins as {found} does", saved)
        elif maybe(f, repo.head(f.path)):
            yield from _of_bytes(repo, f, budget, saved)
    for folder, f in saved.items():
        made = At(f.path)
        yield from made.is_a(folder, "model", f"a folder with {f.name}", folder.rpartition("/")[2])
        yield made.has(folder, "path", folder, f"the folder of {f.name}")
        if f.name == "saved_model.pb":
            yield made.has(folder, "format", "saved-model", f.name)


class _Budget:
    """How many bytes may still be walked."""

    def __init__(self) -> None:
        self.left = MOST_WALKED

    def take(self, size: int) -> bool:
        """Whether there is room for so many."""
        if size > min(self.left, WHOLE):
            return False
        self.left -= size
        return True


def maybe(f: File, head: bytes) -> bool:
    """Whether its bytes are worth asking for: no plain text, or called like a model."""
    return bool(head) and f.size >= 8 and (f.suffix in NAMES or not _is_text(head))


def text_format(head: bytes) -> str | None:
    """The format of a model that is text, from its first bytes."""
    start = head.lstrip()[:2_000]
    if start.startswith(b"{") and re.match(rb'\{\s*"learner"\s*:', start):
        return "xgboost-json"
    if start.startswith(b"tree\nversion=v"):
        return "lightgbm-text"
    return "pmml" if start.startswith((b"<?xml", b"<PMML")) and b"<PMML" in start else None


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head[:-4].decode("utf-8") if len(head) > 4 else head.decode("utf-8")
    except UnicodeDecodeError as e:
        return e.start > len(head) - 8
    return not re.search(rb"[\x00-\x08\x0e-\x1a]", head)


def _of_bytes(repo: Repository, f: File, budget: _Budget, saved: dict[str, File]) -> Iterator[Found]:
    data = repo.whole(f.path)
    if isinstance(data, Unread):
        yield data
        return
    names = recognised(data)
    if not names:
        return
    called, packages = names[0], frozenset[str]()
    if budget.take(f.size):
        scan = scan_bytes(data, "")
        called = (scan.format or called).partition("+")[0]
        packages = frozenset((i.module or "?").partition(".")[0] for i in scan.imports)
    called = called.replace("_", "-")
    if called in PACKED and re.search(r"\.(?:pkl|pickle|joblib)\b", f.name):
        called = "joblib"
    if called not in WORDS:
        return
    if called in ("pickle", "joblib") and packages and packages <= TABLES:
        yield from _table(f, called, packages)
    elif called != "hdf5" or _keras(data):
        why = f"its bytes are {called}" + _with(packages & LIBRARIES)
        yield from _model(repo, f, WORDS[called], why, saved, _is_llm(repo, f, data))
    else:
        yield from At(f.path).is_a(f.path, "dataset", "its bytes are hdf5 without a model", f.name.partition(".")[0])
        yield At(f.path).has(f.path, "path", f.path, "it lies there")
        yield At(f.path).has(f.path, "format", "hdf5", "its bytes")


def recognised(data: Data) -> list[str]:
    """The names of the scanner's formats that know these bytes."""
    if not len(data):
        return []
    return [n for n, m in formats().items() if data[0] in getattr(m, "FIRST", range(256)) and m.recognise(data)]


def _model(
    repo: Repository, f: File, format: str, why: str, saved: dict[str, File], llm: bool = False
) -> Iterator[Found]:
    here = At(f.path)
    shard = SHARD.search(f.name)
    path = f.folder if shard and f.folder else f.path
    called = (SHARD.sub("", f.name) if shard else f.name).partition(".")[0]
    yield from here.is_a(path, "llm" if llm else "model", why, called)
    yield here.has(path, "path", path, "it lies there")
    yield here.has(path, "format", format, why)
    for folder in saved:
        if f.path.startswith(folder + "/"):
            yield here.has(f.path, SAME, folder, "it lies in that model's folder")


def _table(f: File, format: str, packages: frozenset[str]) -> Iterator[Found]:
    here = At(f.path)
    why = f"a {format} that holds only{_with(packages)[5:]}"
    yield from here.is_a(f.path, "dataset", why, f.name.partition(".")[0])
    yield here.has(f.path, "path", f.path, "it lies there")
    yield here.has(f.path, "format", format, why)


def _with(packages: frozenset[str]) -> str:
    return f" with {', '.join(sorted(packages)[:3])}" if packages else ""


def _keras(data: Data) -> bool:
    start = bytes(data[:65_536])
    return any(word in start for word in (b"model_weights", b"layer_names", b"keras_version", b"model_config"))


def _is_llm(repo: Repository, f: File, data: Data) -> bool:
    """Whether the bytes, or the configuration beside them, name the architecture of a language model."""
    if LLM.search(bytes(data[:HEAD_OF_GGUF])):
        return True
    config = f"{f.folder}/config.json" if f.folder else "config.json"
    return (
        config in repo.files and re.search(rb"For(?:CausalLM|ConditionalGeneration)\b", repo.head(config)) is not None
    )


HEAD_OF_GGUF = 65_536
