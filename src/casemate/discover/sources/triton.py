"""Model repositories of NVIDIA Triton: each `config.pbtxt` is a model, and the server runs all of one repository.

Source: Triton Inference Server, user guide, "Model Repository" and "Model Configuration".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casemate.discover.repository import File, Repository
from casemate.discover.sighting import SAME, At, Found

FORMATS = {
    "onnx": "onnx", "onnxruntime_onnx": "onnx", "onnxruntime": "onnx", "tensorflow_savedmodel": "saved-model",
    "pytorch_libtorch": "torchscript", "pytorch": "torchscript", "tensorrt_plan": "other", "tensorrt": "other",
    "fil": "other", "openvino": "other",
}  # fmt: skip
SAYS = re.compile(r"^(name|platform|backend|default_model_filename)[ \t]*:[ \t]*\"([^\"\n]{1,200})\"", re.MULTILINE)
VERSION = re.compile(r"\d{1,10}/[^/]+$")
NO_MODEL = frozenset(("ensemble", "python"))
"""What only puts models together, or is a program."""
MOST = 200  # models of one repository


def look(repo: Repository) -> Iterator[Found]:
    """The models of every model repository, and who runs them."""
    configs = [f for f in repo.named("config.pbtxt") if f.folder]
    inside: dict[str, list[str]] = {f.folder: [] for f in configs}
    for path in repo.files if inside else ():
        for folder in (path.rsplit("/", 2)[0], path.rsplit("/", 3)[0]):
            if folder in inside and VERSION.match(path[len(folder) + 1 :].partition("/")[0] + "/x"):
                inside[folder].append(path)
    for f in configs[:MOST]:
        yield from _model(repo, f, inside[f.folder])


def _model(repo: Repository, f: File, files: list[str]) -> Iterator[Found]:
    text = repo.text(f.path)
    said = dict(reversed(SAYS.findall(text))) if isinstance(text, str) else {}
    above = f.folder.rpartition("/")[0]
    server, here = f"triton {above}", At(f.path)
    yield from here.is_a(server, "inference", f"a model repository of Triton, {above or 'at the top'}", "triton")
    platform = said.get("platform") or said.get("backend", "")
    if platform in NO_MODEL:
        return
    name, key = said.get("name") or f.folder.rpartition("/")[2], f.folder
    why = f"config.pbtxt, {platform}" if platform else "config.pbtxt"
    yield from here.is_a(key, "model", why, name)
    yield here.has(server, "runs", key, why)
    if platform in FORMATS:
        yield here.has(key, "format", FORMATS[platform], why)
    yield here.has(key, "path", files[0] if len(files) == 1 else f.folder, "its newest version lies there")
    for path in files:
        yield At(path).has(path, SAME, key, "a version of that model")
        yield At(path).has(path.rpartition("/")[0], SAME, key, "a version of that model")
