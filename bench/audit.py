"""`casemate audit` with the comparison of all installed files, against hashing the same files and nothing else.

The environment holds some 80 packages: this project's own packages, linked file by file into one folder together with
those of other environments (`--env`, repeatable) until there are enough. CPU seconds (user + system) of child
processes, each the least of its runs, in turns; what starting Python costs is part of both sides.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from assess import cost, least, mark

PACKAGES = 80
RUNS = 5
MOST = 2.0
HASH = """
import hashlib, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if not name.endswith(".pyc"):
            with open(os.path.join(folder, name), "rb") as f:
                hashlib.file_digest(f, "sha256").hexdigest()
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--env", type=Path, action="append", default=[], help="more packages are taken from here")
    given = [Path(sys.prefix), *options.parse_args().env]
    with tempfile.TemporaryDirectory(dir=Path(sys.prefix).parent) as folder:
        prefix = Path(folder)
        packages, files, size = together(given, prefix / "lib" / "python3.11" / "site-packages")
        audit = [sys.executable, "-m", "casemate", "audit", "--env", folder, "--format", "json"]
        plain = [sys.executable, "-c", HASH, folder]
        ratio = compare(audit, plain)
    print(f"{packages} packages, {files} files, {size / 1e6:.0f} MB")
    print(f"{mark(ratio <= MOST)}  audit takes {ratio:.2f} times the CPU of hashing the same files, at most {MOST:.0f}")


def compare(audit: list[str], plain: list[str]) -> float:
    """The ratio of the least of each, run in turns so that a busy machine is busy for both."""
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(cost(["sh", "-c", '"$@" || [ $? -le 3 ]', "sh", *audit]))
        theirs.append(cost(plain))
    print(f"audit {least(ours).cpu:.2f} s, hashing {least(theirs).cpu:.2f} s")
    return least(ours).cpu / least(theirs).cpu


def together(given: list[Path], site: Path) -> tuple[int, int, int]:
    """Link packages of several environments into one folder, whole distributions, the first of a name."""
    packages: set[str] = set()
    files = size = 0
    for prefix in given:
        for record in sorted(prefix.glob("lib/python3*/site-packages/*.dist-info/RECORD")):
            name = record.parent.name.partition("-")[0].lower()
            if name in packages or len(packages) >= PACKAGES:
                continue
            packages.add(name)
            for line in record.read_text().splitlines():
                path = record.parents[1] / line.rsplit(",", 2)[0].strip('"')
                target = site / path.relative_to(record.parents[1]) if ".." not in path.parts else None
                if target is None or not path.is_file() or target.exists() or path.suffix == ".pyc":
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(path, target)
                files, size = files + 1, size + path.stat().st_size
    return len(packages), files, size


if __name__ == "__main__":
    main()
