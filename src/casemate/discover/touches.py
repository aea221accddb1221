"""Which files a program reads and writes: calls that are known for it, with the paths that they are given.

A function that hands its parameter on to such a call is one itself (two calls deep), so `write_model(m, out / "m.pkl")`
tells as much as the call inside it. Nothing is run; a path that is made at run time is a `*`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from casemate.discover.python import Module, argument

DATA_IN, DATA_OUT, MODEL_IN, MODEL_OUT, FILE_IN = "data in", "data out", "model in", "model out", "file in"
MOST = 500  # of one file
MOST_CALLS = 10_000  # of one file; one with more is made by a machine
MOST_HANDED = 20  # of one function that another one calls


_NO = r"(?![\w-]*(?:card|metric|config|meta|info|schema|report|score))"
MODEL = re.compile(
    rf"(?:^|/){_NO}(?:[\w-]*[_-])?(?:models?|weights?|coef\w*|checkpoints?|classifier|regressor|ranker|policy)"
    r"(?:[_-][\w-]*)?\.(?:npz?|json|bin|msgpack|h5|pkl|pickle)$"
    rf"|(?:^|/)(?:models?|weights|checkpoints)/(?:.*/)?{_NO}[\w-]+\.(?:npz?|msgpack|pkl|pickle|bin)$"
)
"""Paths that are called a model; numbers and JSON are data anywhere else."""


@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """One path and what is done with it. text may hold `*` and, within a function, its parameters."""

    line: int
    role: str
    text: str
    call: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A call: its name (`.name` matches any end), the place of the path among its arguments (-1: what it hangs on)."""

    role: str
    at: int
    names: tuple[str, ...] = ("path",)
    fits: str = ""


def _many(role: str, at: int, calls: str, names: tuple[str, ...] = (), fits: str = "") -> dict[str, _Known]:
    return {call: _Known(role, at, names, fits) for call in calls.split()}


KNOWN: Mapping[str, _Known] = {
    **_many(DATA_IN, 0,
        ".read_csv .read_parquet .read_json .read_excel .read_feather .read_table .read_pickle .read_orc "
            ".scan_csv .scan_parquet .read_ndjson .read_sas .read_stata numpy.load numpy.loadtxt numpy.genfromtxt "
            ".ImageFolder .DMatrix .flow_from_directory .image_dataset_from_directory",
            ("filepath_or_buffer", "path", "source", "fname", "file", "root", "directory", "path_or_buf", "io")),
    **_many(DATA_IN, 0, ".read.csv .read.parquet .read.json .read.load", ("path",)),
    **_many(DATA_OUT, 0, ".to_csv .to_parquet .to_json .to_pickle .to_feather .to_excel .write_csv .write_parquet "
            "numpy.save numpy.savez numpy.savez_compressed numpy.savetxt .write.csv .write.parquet",
            ("path_or_buf", "path", "file", "fname", "excel_writer"), r"\.\w+$|^[^.]*$"),
    **_many(MODEL_IN, 0, "joblib.load pickle.load cPickle.load cloudpickle.load dill.load torch.load torch.jit.load "
            ".load_model skops.io.load onnxruntime.InferenceSession .load_weights spacy.load "
            "tensorflow.saved_model.load safetensors.torch.load_file llama_cpp.Llama .load_checkpoint",
            ("filename", "file", "f", "filepath", "path", "path_or_bytes", "model_path", "fname", "model_uri")),
    **_many(MODEL_IN, 0, "lightgbm.Booster xgboost.Booster", ("model_file",)),
    **_many(MODEL_OUT, 1, "joblib.dump pickle.dump cloudpickle.dump dill.dump torch.save torch.jit.save skops.io.dump "
            "onnx.save onnx.save_model safetensors.torch.save_file tensorflow.saved_model.save",
            ("filename", "file", "f", "export_dir")),
    **_many(MODEL_OUT, 2, "torch.onnx.export", ("f",)),
    **_many(MODEL_OUT, 0, ".save_model .save_pretrained .save_weights .write_onnx .save_checkpoint",
        ("path", "fname", "save_directory", "ckpt_dir")),
    **_many(MODEL_OUT, 0, ".save", ("filepath", "path"), r"\.(?:keras|h5|hdf5|pt|pth|onnx|zip)$"),
    **_many(MODEL_OUT, -1, ".write_bytes", (), r"\.(?:pkl|pickle|joblib|skops|onnx|ubj|pt|bin)$"),
    **_many(MODEL_OUT, -1, ".write_text", (), MODEL.pattern),
    **_many(FILE_IN, 0, "open io.open codecs.open", ("file",)),
    **_many(FILE_IN, -1, ".read_text .read_bytes .open"),
}  # fmt: skip


@lru_cache(maxsize=2)
def touches(m: Module) -> tuple[Touch, ...]:
    """All that are told, by line. Those whose path nobody can tell have the text `*`."""
    found = set(_outermost(m))
    return tuple(sorted(replace(t, text=re.sub("\0\\d+\0", "*", t.text)) for t in found)[:MOST])


def known(name: str) -> _Known | None:
    """What is known of a call, by its dotted name."""
    if name in KNOWN:
        return KNOWN[name]
    parts = name.split(".")
    return KNOWN.get("." + ".".join(parts[-2:])) or KNOWN.get("." + parts[-1]) if len(parts) > 1 else None


def _outermost(m: Module) -> Iterator[Touch]:
    calls: dict[str, list[tuple[ast.Call, Mapping[str, int]]]] = {}
    for _, call in m.calls[:MOST_CALLS]:
        owner = m.owners.get(id(call))
        if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
            calls.setdefault(owner.name, []).append((call, _parameters(owner)))
        else:
            calls.setdefault("", []).append((call, {}))
    inner = {name: [t for c, inside in within for t in _direct(m, c, inside)] for name, within in calls.items()}
    for _ in range(2):
        more = {name: [t for c, inside in w for t in _handed(m, c, inner, inside)] for name, w in calls.items()}
        inner = {name: list(dict.fromkeys([*inner[name], *more[name]]))[:MOST] for name in inner}
    handed = {name.rpartition(".")[2] for name, _ in m.calls}
    for name, found in inner.items():
        yield from (t for t in found if "\0" not in t.text or name not in handed)


def _parameters(f: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, int]:
    names = [a.arg for a in [*f.args.posonlyargs, *f.args.args]]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    return {name: i for i, name in enumerate([*names, *(a.arg for a in f.args.kwonlyargs)])}


def _direct(m: Module, call: ast.Call, inside: Mapping[str, int]) -> Iterator[Touch]:
    name = m.dotted(call.func)
    found = known(name)
    if found is None:
        return
    if found.at < 0:
        where = call.func.value if isinstance(call.func, ast.Attribute) else None
    else:
        where = argument(call, found.at, *found.names)
    if where is None:
        return
    role = DATA_OUT if found.role == FILE_IN and _writes(call) else found.role
    for text in m.texts(where, inside):
        if not found.fits or re.search(found.fits, text) or (text.endswith("\0") and _dumps(m, call)):
            written = MODEL_OUT if role == DATA_OUT and MODEL.search(text) else role
            yield Touch(call.lineno, written, text, name.lstrip("."))


def _writes(call: ast.Call) -> bool:
    mode = argument(call, 1, "mode")
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))


def _dumps(m: Module, call: ast.Call) -> bool:
    """Whether what is written is a model turned into bytes."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Call) and m.dotted(first.func).endswith((".dumps", ".save_raw", ".SerializeToString"))


def _handed(m: Module, call: ast.Call, inner: Mapping[str, list[Touch]], inside: Mapping[str, int]) -> Iterator[Touch]:
    """What a call of a function of this file does with the paths that it is given."""
    name = m.dotted(call.func)
    called = m.by_name.get(name.rpartition(".")[2])
    if called is None:
        return
    for t in inner.get(called.name, [])[:MOST_HANDED]:
        marks = {int(n) for n in re.findall("\0(\\d+)\0", t.text)}
        names = {i: n for n, i in _parameters(called).items()}
        texts = [t.text]
        for i in marks:
            given = argument(call, i, names.get(i, ""))
            told = m.texts(given, inside)[:4] if given is not None else ("*",)
            texts = [text.replace(f"\0{i}\0", one) for text in texts for one in told][:8]
        if marks:
            yield from (Touch(call.lineno, t.role, text, f"{name.lstrip('.')}, {t.call}"[:80]) for text in texts)
