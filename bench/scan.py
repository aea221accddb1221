"""What `inspect` costs beside sha256 alone and beside picklescan, on files that this script makes. Minima of the runs.

CPU seconds of child processes, with the start of Python taken off on both sides. Two lines take nothing off: the
command as people call it, beside picklescan's. picklescan is asked for with `--picklescan PYTHON`, an interpreter that
has it; without, its column stays empty. Our bytecode is compiled first, as an installed package has it.

The HDF5 file is as h5py writes it by default; the line of `latest` is of a form that h5py has to read, in a process of
its own whose import counts.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import pickle
import random
import resource
import runpy
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
OURS = """
import sys, resource
from pathlib import Path
from casemate.evidence.scan.inspect import inspect
for path in sorted(Path(sys.argv[1]).iterdir()):
    scan = inspect(path)
    assert scan.verdict == "clean", (path, scan.findings[:3])
"""
SHA = """
import sys, hashlib
from pathlib import Path
for path in sorted(Path(sys.argv[1]).iterdir()):
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
"""
THEIRS = """
import sys
from picklescan.scanner import scan_directory_path
scan_directory_path(sys.argv[1])
"""
START = {
    OURS: r"from casemate.evidence.scan.inspect import scan_bytes; scan_bytes(b'\x93NUMPY', '')",  # loads all formats
    SHA: "import hashlib, pathlib",
    THEIRS: "import picklescan.scanner",
}


def record(i: int, draw: random.Random) -> dict[str, object]:
    name = f"customer number {i:08d} of all those that there are"
    return {"id": i, "name": name, "score": draw.random(), "tags": ["a", f"t{i}", 1]}


def rows(megabytes: float) -> bytes:
    """Records of plain data, about 4.7 bytes for an opcode, and an array behind them."""
    draw = random.Random(0)
    made: list[object] = []
    size = 0
    while size < megabytes * 1_000_000:
        part = [record(i, draw) for i in range(9000)]
        size += len(pickle.dumps(part, 4))
        made.append(part)
    return pickle.dumps([made, np.arange(3)], 4)


def small(folder: Path) -> None:
    """A thousand small models."""
    for i in range(1000):
        kept = {"w": np.arange(float(i % 50)), "n": i, "names": [f"c{j}" for j in range(i % 20)]}
        (folder / f"{i}.pkl").write_bytes(pickle.dumps(kept, 2 + i % 4))


def weights(count: int = 75_000_000) -> bytes:
    """300 MB that look like weights, or as many numbers as are asked for."""
    return np.random.default_rng(0).normal(size=count).astype("f4").tobytes()


def example(name: str) -> dict[str, Any]:
    """What makes the files of a format in its tests."""
    sys.path.append(str(ROOT / "tests"))  # what the examples share
    return runpy.run_path(str(ROOT / "tests/shelves/format_examples" / f"{name}.py"))


def torch_zip(folder: Path) -> None:
    """As torch.save lays it out, in two tensors; the pickle asks for nothing that is not on the list."""
    with zipfile.ZipFile(folder / "w.pt", "w") as made:
        made.writestr("archive/data.pkl", pickle.dumps({"a": 1}, 2))
        made.writestr("archive/version", "3\n")
        raw = weights()
        for i in range(2):
            made.writestr(f"archive/data/{i}", raw[i * len(raw) // 2 : (i + 1) * len(raw) // 2])


def joblib_raw(folder: Path) -> None:
    """An array between opcodes."""
    import joblib

    joblib.dump({"w": np.frombuffer(weights(), "f4")}, folder / "w.joblib")


def npz(folder: Path) -> None:
    """Ten arrays in an archive."""
    np.savez(folder / "w.npz", *np.split(np.frombuffer(weights(), "f4"), 10))


def safetensors(folder: Path) -> None:
    """300 tensors."""
    step = 1_000_000
    places = {
        f"layers.{i}": {"dtype": "F32", "shape": [step // 4], "data_offsets": [i * step, (i + 1) * step]}
        for i in range(300)
    }
    head = json.dumps(places).encode()
    (folder / "w.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + weights())


def gguf(folder: Path) -> None:
    """300 tensors and the words of a tokenizer."""
    text, step = example("gguf")["text"], 1_000_000
    words = text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 128_000)
    words += b"".join(text(f"word{i}") for i in range(128_000))
    places = b"".join(text(f"blk.{i}.w") + struct.pack("<IQIQ", 1, step // 4, 0, i * step) for i in range(300))
    head = b"GGUF" + struct.pack("<IQQ", 3, 300, 1) + words + places
    (folder / "w.gguf").write_bytes(head + bytes(-len(head) % 32) + weights())


def hdf5(folder: Path, **how: str) -> None:
    """Ten arrays, each in one piece."""
    import h5py

    with h5py.File(folder / "w.h5", "w", **how) as made:
        for i, part in enumerate(np.split(np.frombuffer(weights(), "f4"), 10)):
            made.create_dataset(f"layer{i}/kernel", data=part)


def boosted(folder: Path) -> None:
    """400 trees of 2,000 nodes in UBJSON, and the same in JSON."""
    from array import array

    made, draw = example("xgboost"), np.random.default_rng(0)
    floats, places = ("base_weights", "loss_changes", "split_conditions"), ("left_children", "parents", "split_indices")

    def tree() -> dict[str, Any]:
        some = {k: array("f", draw.normal(size=2000).tolist()) for k in floats}
        more = {k: array("i", draw.integers(0, 9999, 2000).tolist()) for k in places}
        return {**some, **more, "id": 0, "tree_param": {"num_nodes": "2000"}}

    model = made["plain"]({})
    model["learner"]["gradient_booster"]["model"]["trees"] = [tree() for _ in range(400)]
    (folder / "m.ubj").write_bytes(made["ubjson"](model))
    (folder / "m.json").write_text(json.dumps(model, default=array.tolist, separators=(",", ":")))


def onnx(folder: Path) -> None:
    """1,000 nodes with four attributes each, and 200 tensors of 600 kB."""
    message, number = example("onnx")["message"], example("onnx")["number"]
    raw, step = weights(30_000_000), 600_000

    def node(i: int) -> bytes:
        wires = message(1, f"x{i}"), message(1, f"w{i}"), message(2, f"x{i + 1}"), message(3, f"node_{i}")
        names = ("dilations", "kernel_shape", "pads", "strides")
        held = (message(5, message(1, name), message(8, b"\1\1"), number(20, 7)) for name in names)
        return bytes(message(1, *wires, message(4, "Conv"), *held))

    def tensor(i: int) -> bytes:
        body = raw[i * step : (i + 1) * step]
        return bytes(message(5, number(1, step // 4), number(2, 1), message(8, f"w{i}"), message(9, body)))

    graph = message(7, *map(node, range(1000)), *map(tensor, range(200)), message(2, "g"))
    (folder / "m.onnx").write_bytes(number(1, 8) + message(2, "bench") + graph + message(8, number(2, 17)))


CORPORA: dict[str, Callable[[Path], object]] = {
    "opcodes 10 MB": lambda f: (f / "a.pkl").write_bytes(rows(10)),
    "opcodes 100 MB": lambda f: (f / "a.pkl").write_bytes(rows(100)),
    "1,000 small pickles": small,
    "weights, pickle": lambda f: (f / "a.pkl").write_bytes(pickle.dumps(np.frombuffer(weights(), "f4"), 5)),
    "weights, torch zip": torch_zip,
    "weights, joblib": joblib_raw,
    "weights, npy": lambda f: np.save(f / "w.npy", np.frombuffer(weights(), "f4")),
    "weights, npz": npz,
    "weights, safetensors": safetensors,
    "weights, gguf": gguf,
    "weights, hdf5": hdf5,
    "weights, hdf5 latest": lambda f: hdf5(f, libver="latest"),
    "120 MB, ONNX": onnx,
    "60 MB, xgboost": boosted,
}
PEER = {"opcodes 10 MB", "1,000 small pickles"}  # of 100 MB it needs minutes and gigabytes; the others are no pickles
COMMAND = "1,000 small pickles"
BOTH = (sys.executable, OURS), (sys.executable, SHA)
# As people have it: bytecode is used, and output waits until there is some.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")}


def cost(command: Sequence[str]) -> tuple[float, float]:
    """CPU seconds of a child and of those that it started, and its peak memory in MB."""
    child = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def measured(asked: Sequence[tuple[str, str]], folder: Path, runs: int) -> list[tuple[float, float]]:
    """The least CPU of each beyond the start, and the peak memory. In turns: a busy machine is busy for all."""
    lines = [
        line for python, code in asked for line in ([python, "-c", code, str(folder)], [python, "-c", START[code]])
    ]
    turns = [[cost(line) for line in lines] for _ in range(runs)]
    least = [(min(c for c, _ in of), min(m for _, m in of)) for of in zip(*turns, strict=True)]
    return [(c - c0, m - m0) for (c, m), (c0, m0) in zip(least[::2], least[1::2], strict=True)]


def row(name: str, size: float, ours: float, sha: float, memory: float, peer: str = "") -> None:
    """One line of the table."""
    print(f"| {name} | {size:.1f} | {ours:.2f} | {ours / sha:.2f} | {peer} | {memory:.0f} |", flush=True)


def commands(picklescan: str, folder: Path, runs: int) -> None:
    """Both commands over the same folder, in turns, start and all."""
    ours = [sys.executable, "-m", "casemate", "scan", "--jobs", "1", str(folder)]
    theirs = [picklescan, "-m", "picklescan", "--path", str(folder)]
    turns = [(cost(ours)[0], cost(theirs)[0]) for _ in range(max(runs, 5))]
    a, b = min(a for a, _ in turns), min(b for _, b in turns)
    print(f"\n{COMMAND}, the whole command: ours {a:.3f} s, picklescan {b:.3f} s, picklescan / ours {b / a:.2f}")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--picklescan", metavar="PYTHON")
    ask.add_argument("--runs", type=int, default=5)
    ask.add_argument("--only", default="")
    ask.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    said = ask.parse_args()
    if said.make:
        CORPORA[said.make[0]](Path(said.make[1]))
        return
    compileall.compile_dir(ROOT / "src", quiet=2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("| corpus | MB | ours, CPU s | x sha256 | picklescan / ours | MB beyond start |\n|---|---|---|---|---|---|")
    for name in CORPORA:
        if said.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            # in a process of its own: a child inherits the peak memory of its parent
            subprocess.run([sys.executable, __file__, "--make", name, folder], check=True)
            size = sum(p.stat().st_size for p in Path(folder).iterdir()) / 1e6
            (ours, memory), (sha, _) = measured(BOTH, Path(folder), said.runs)
            peer = ""
            if said.picklescan and name in PEER:
                turns = said.runs if name == COMMAND else 1  # of the other it needs seconds
                both = (sys.executable, OURS), (said.picklescan, THEIRS)
                (mine, _), (theirs, _) = measured(both, Path(folder), turns)
                peer = f"{theirs / mine:.1f}"
            row(name, size, ours, sha, memory, peer)
    if said.picklescan and said.only in COMMAND:
        with tempfile.TemporaryDirectory() as folder:
            small(Path(folder))
            commands(said.picklescan, Path(folder), said.runs)


if __name__ == "__main__":
    main()
