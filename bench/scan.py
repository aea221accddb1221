"""What `inspect` costs beside sha256 alone and beside picklescan, on files that this script makes. Minima of the runs.

CPU seconds of child processes, with the start of Python taken off on both sides. picklescan is asked for with
`--picklescan PYTHON`, an interpreter that has it; without, its column stays empty.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

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
    OURS: "import casemate.evidence.scan.inspect",
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


def weights() -> bytes:
    """300 MB that look like weights."""
    return np.random.default_rng(0).normal(size=75_000_000).astype("f4").tobytes()


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
    import joblib  # type: ignore[import-untyped]

    joblib.dump({"w": np.frombuffer(weights(), "f4")}, folder / "w.joblib")


CORPORA: dict[str, Callable[[Path], object]] = {
    "opcodes 10 MB": lambda f: (f / "a.pkl").write_bytes(rows(10)),
    "opcodes 100 MB": lambda f: (f / "a.pkl").write_bytes(rows(100)),
    "1,000 small pickles": small,
    "weights, pickle": lambda f: (f / "a.pkl").write_bytes(pickle.dumps(np.frombuffer(weights(), "f4"), 5)),
    "weights, torch zip": torch_zip,
    "weights, joblib": joblib_raw,
}
NO_PEER = {"opcodes 100 MB"}  # it needs minutes and gigabytes


def cost(python: str, code: str, *args: str) -> tuple[float, float]:
    """CPU seconds of a child and its peak memory in MB."""
    child = subprocess.Popen([python, "-c", code, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{python} failed on {args}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def measured(python: str, code: str, folder: Path, runs: int) -> tuple[float, float]:
    """The least CPU beyond the start, and the peak memory beyond it."""
    whole = [cost(python, code, str(folder)) for _ in range(runs)]
    start = [cost(python, START[code]) for _ in range(runs)]
    return min(c for c, _ in whole) - min(c for c, _ in start), min(m for _, m in whole) - min(m for _, m in start)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--picklescan", metavar="PYTHON")
    ask.add_argument("--runs", type=int, default=3)
    ask.add_argument("--only", default="")
    ask.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    said = ask.parse_args()
    if said.make:
        CORPORA[said.make[0]](Path(said.make[1]))
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("| corpus | MB | ours, CPU s | x sha256 | picklescan / ours | MB beyond start |\n|---|---|---|---|---|---|")
    for name in CORPORA:
        if said.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            # in a process of its own: a child inherits the peak memory of its parent
            subprocess.run([sys.executable, __file__, "--make", name, folder], check=True)
            size = sum(p.stat().st_size for p in Path(folder).iterdir()) / 1e6
            ours, memory = measured(sys.executable, OURS, Path(folder), said.runs)
            sha, _ = measured(sys.executable, SHA, Path(folder), said.runs)
            peer = ""
            if said.picklescan and name not in NO_PEER:
                peer = f"{measured(said.picklescan, THEIRS, Path(folder), 1)[0] / ours:.1f}"
        print(f"| {name} | {size:.1f} | {ours:.2f} | {ours / sha:.2f} | {peer} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
