"""`casemate passport verify` beside an empty Python process and plain hashing. CPU seconds, minima of runs in turns.

The model is small (1 KiB), then large (256 MiB). The target is 6 times `python -c pass` plus what it takes to hash the
model: `hashlib.file_digest` in a process of its own, without its start. The modules are compiled first, as an
installation does it.
"""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile
from pathlib import Path

from assess import SOURCE, Cost, cost, least, mark

MOST = 6.0
RUNS = {"small": 15, "large": 5}
SIZES = {"small": 1 << 10, "large": 1 << 28}
TODAY = ("--today", "2026-11-23")
SYSTEM = """\
casemate: 1
name: Bench
policy: policy.yaml
zones: {net: {trust: public}, in: {trust: staff}}
actors: {client: {trust: public, zone: net}}
components:
  api: {kind: endpoint, zone: in}
  scorer: {kind: model, zone: in, path: scorer.bin}
flows: [client -> api: rows, api -> scorer: rows]
"""
HASH = "import hashlib, sys\nwith open(sys.argv[1], 'rb') as f:\n    hashlib.file_digest(f, 'sha256').hexdigest()"
CASEMATE = [sys.executable, "-m", "casemate"]


def released(root: Path, size: int) -> list[str]:
    """Make a system with a model of so many bytes and its passport; gives the command that checks it."""
    (root / "casemate.yaml").write_text(SYSTEM)
    (root / "policy.yaml").write_text("name: bench\n")
    with (root / "scorer.bin").open("wb") as f:
        for _ in range(max(1, size >> 20)):
            f.write(os.urandom(min(size, 1 << 20)))
    cost([*CASEMATE, "sign", "--new-key", str(root / "k"), "--no-passphrase"])
    cost([*CASEMATE, "passport", "issue", str(root / "casemate.yaml"), "--key", str(root / "k"), *TODAY])
    passport, key, model = (str(root / name) for name in ("passport.json", "k.pub", "scorer.bin"))
    return [*CASEMATE, "passport", "verify", passport, "--key", key, "--model", model, *TODAY]


def row(name: str, root: Path, runs: int) -> bool:
    """Measure one size; whether the target is met."""
    check = released(root, SIZES[name])
    commands = {
        "empty": [sys.executable, "-c", "pass"],
        "import": [sys.executable, "-c", "import hashlib"],
        "hash": [sys.executable, "-c", HASH, str(root / "scorer.bin")],
        "ours": check,
    }
    costs: dict[str, list[Cost]] = {of: [] for of in commands}
    for _ in range(runs):
        for of, command in commands.items():
            costs[of].append(cost(command))
    cpu = {of: least(found).cpu for of, found in costs.items()}
    hashing = max(0.0, cpu["hash"] - cpu["import"])
    ratio = (cpu["ours"] - hashing) / cpu["empty"]
    said = f"{name} model: {cpu['ours'] * 1000:.0f} ms, of which hashing {hashing * 1000:.0f} ms; the rest is"
    print(f"{mark(ratio <= MOST)}  {said} {ratio:.2f} times python -c pass, at most {MOST:.0f}")
    return ratio <= MOST


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, help="runs of each command")
    runs = arguments.parse_args().runs
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as made:
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(made) / "compiled")
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"]
        compileall.compile_dir(SOURCE, quiet=1)
        met = []
        for name in SIZES:
            root = Path(made) / name
            root.mkdir()
            met.append(row(name, root, runs or RUNS[name]))
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
