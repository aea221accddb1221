"""`casemate sign` and `verify` beside `openssl dgst -sha256` (a large file) and model_signing 1.1.1 (small ones).

CPU seconds (user + system) of whole commands, their start included, each the minimum of its runs, in turns. Ratios are
ours / openssl's, where less is better, and model_signing's / ours, where more is better. model_signing goes into a
folder of its own below the temporary directory, unless `--peer COMMAND` names it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from assess import cost, least, mark

PEER = ("model-signing==1.1.1", "pyopenssl")
LARGE = 1.25  # of openssl's CPU, at most
SMALL = 5.0  # model_signing's CPU over ours, at least
COUNT, EACH = 10_000, 4096
BLOCK = 1 << 20


def peer(given: str | None) -> str:
    """The command model_signing."""
    if given:
        return given
    home = Path(tempfile.gettempdir()) / "casemate-bench" / "model-signing-1.1.1"
    command = home / "bin" / "model_signing"
    if not command.exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin/python", "-m", "pip", "install", "--quiet", *PEER], check=True)
    return str(command)


def large(path: Path, gigabytes: float) -> None:
    """A file of the size, no block of it like another."""
    with path.open("wb") as f:
        for i in range(int(gigabytes * 1024)):
            f.write(i.to_bytes(8, "little") * (BLOCK // 8))


def small(folder: Path) -> None:
    for i in range(COUNT):
        path = folder / f"{i % 100:02}" / f"{i}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(i.to_bytes(8, "little") * (EACH // 8))


def in_turns(commands: dict[str, list[str]], runs: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(least([cost(command)]).cpu)
    return {name: min(all_) for name, all_ in found.items()}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--gigabytes", type=float, default=2.0, help="size of the large file")
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--peer", help="the command model_signing")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        root = Path(folder)
        casemate = [sys.executable, "-m", "casemate"]
        subprocess.run([*casemate, "sign", "--new-key", root / "k", "--no-passphrase"], check=True, capture_output=True)
        theirs, key, pub = peer(options.peer), str(root / "k"), str(root / "k.pub")

        one, many = root / "large.bin", root / "small"
        large(one, options.gigabytes)
        told = in_turns(
            {
                "openssl": ["openssl", "dgst", "-sha256", str(one)],
                "sign": [*casemate, "sign", str(one), "--key", key],
                "verify": [*casemate, "verify", str(one), "--key", pub],
            },
            options.runs,
        )
        for what in ("sign", "verify"):
            ratio = told[what] / told["openssl"]
            said = f"{what} {options.gigabytes:g} GiB takes {ratio:.2f} times the CPU of openssl dgst -sha256"
            print(f"{mark(ratio <= LARGE)}  {said}, at most {LARGE} ({told[what]:.2f} s, {told['openssl']:.2f} s)")
        one.unlink()

        small(many)
        at = ["--signature", str(root / "theirs.sig")]
        told = in_turns(
            {
                "sign": [*casemate, "sign", str(many), "--key", key],
                "verify": [*casemate, "verify", str(many), "--key", pub],
                "their sign": [theirs, "sign", "key", str(many), *at, "--private_key", key],
                "their verify": [theirs, "verify", "key", str(many), *at, "--public_key", pub],
            },
            options.runs,
        )
        for what in ("sign", "verify"):
            ratio = told[f"their {what}"] / told[what]
            said = f"{what} {COUNT:,} files of {EACH} bytes is {ratio:.1f} times faster than model_signing"
            print(f"{mark(ratio >= SMALL)}  {said}, at least {SMALL:g} ({told[what]:.2f} s)")


if __name__ == "__main__":
    main()
