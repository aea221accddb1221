"""`casemate assess` side by side with pytm 1.4's `resolve()`: systems of 100 to 10,000 components, two flows for each.

CPU seconds (user + system) of child processes, each the minimum of its runs, the two tools in turns; what twenty lines
cost is subtracted on both sides. Ours reads the file, assesses it and writes the report; pytm builds the same system
from Python objects and resolves it. A stricter column compares the whole of ours with `resolve()` alone, which neither
reads nor builds nor writes anything. Ratios are ours / pytm's, so less is better for us.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import systems

PEER = "pytm==1.4.0"
SIZES = (100, 1000, 3000, 10000)
TODAY = "2026-11-23"
HALF = 0.5  # of pytm's CPU at 1,000 components, at most
LINEAR = 1.5  # CPU a component at 10,000 over that at 1,000; linear is 1.0 but for caches, a scan of all would be 10
MEMORY = 150  # MB at 1,000 components
PAGE = 1.0  # CPU seconds for the html of 1,000 components without layout
SYSTEMS = Path(__file__).with_name("systems.py")
SOURCE = SYSTEMS.parents[1] / "src"
HTML = """
import sys, time
from pathlib import Path
from casemate.cli._inputs import Options, assessed
from casemate.report import html
a = assessed(Path(sys.argv[1]), Options(today=sys.argv[2]))
start = time.process_time()
page = html.render(a, ())
print(time.process_time() - start, len(page))
"""


@dataclass(frozen=True)
class Cost:
    """What a child process took."""

    cpu: float
    megabytes: float
    said: str


def cost(command: list[str]) -> Cost:
    """Run a child to its end. Fails with what it wrote when it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        child = subprocess.Popen(command, stdout=out, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}: {said[-2000:]}")
    per_mb = 1024**2 if sys.platform == "darwin" else 1024
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / per_mb, said)


def least(costs: list[Cost]) -> Cost:
    return min(costs, key=lambda c: c.cpu)


def peer(given: str | None) -> str:
    """A Python with pytm: the one that was named, else an environment of its own in the temporary folder."""
    if given:
        return given
    home = Path(tempfile.gettempdir()) / "casemate-bench" / PEER.replace("==", "-")
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return str(python)


def ours(file: Path, form: str) -> list[str]:
    assess = [sys.executable, "-m", "casemate", "assess", str(file)]
    return [*assess, "--format", form, "--today", TODAY, "--exit-zero"]


def theirs(python: str, size: int) -> list[str]:
    return [python, str(SYSTEMS), "pytm", str(size)]


def mark(good: bool) -> str:
    return "PASS" if good else "FAIL"


@dataclass(frozen=True)
class Row:
    """One size: our CPU with text and with json, and peak memory; pytm's CPU, whole and in resolve(). Seconds, MB."""

    size: int
    text: float
    json: float
    megabytes: float
    peer: float
    resolve: float


def measure(folder: Path, python: str, sizes: list[int], runs: int) -> list[Row]:
    files = {n: folder / f"{n}.yaml" for n in (0, *sizes)}
    for n, file in files.items():
        file.write_text(systems.text(systems.system(n) if n else systems.small()), encoding="utf-8")
    rows = []
    small = {"text": ours(files[0], "text"), "pytm": theirs(python, 0), "json": ours(files[0], "json")}
    start = {name: least([cost(command) for _ in range(runs + 2)]).cpu for name, command in small.items()}
    print("subtracted for twenty lines: " + ", ".join(f"{took:.2f} s ({name})" for name, took in start.items()) + "\n")
    print(HEAD)
    for n in sizes:
        times: dict[str, list[Cost]] = {"text": [], "json": [], "pytm": []}
        for _ in range(runs if n < 5000 else max(1, runs // 2)):
            times["text"].append(cost(ours(files[n], "text")))
            times["pytm"].append(cost(theirs(python, n)))
            times["json"].append(cost(ours(files[n], "json")))
        took = {name: least(costs).cpu - start[name] for name, costs in times.items()}
        resolve = min(json.loads(c.said)["resolve"] for c in times["pytm"])
        memory = max(c.megabytes for c in times["text"] + times["json"])
        rows.append(Row(n, took["text"], took["json"], memory, took["pytm"], resolve))
        print(shown(rows[-1]), flush=True)
    return rows


HEAD = "components  assess s  as json s   pytm s  resolve() s   assess/pytm  assess/resolve()  peak MB"


def shown(r: Row) -> str:
    ratios = f"{r.text / r.peer:12.2f}  {r.text / r.resolve:16.2f}"
    return f"{r.size:10}  {r.text:8.2f}  {r.json:9.2f}  {r.peer:7.2f}  {r.resolve:11.2f}  {ratios}  {r.megabytes:7.0f}"


def verdicts(rows: list[Row]) -> list[tuple[bool, str]]:
    by = {r.size: r for r in rows}
    out = []
    if 1000 in by:
        r = by[1000]
        out.append(
            (r.text <= HALF * r.peer, f"{r.text / r.peer:.2f} of pytm's CPU at 1,000 components, at most {HALF}")
        )
        out.append((r.megabytes < MEMORY, f"{r.megabytes:.0f} MB at 1,000 components, under {MEMORY}"))
    if {1000, 10000} <= by.keys():
        growth = by[10000].text / by[1000].text / 10
        peers = by[10000].peer / by[1000].peer / 10
        said = f"{growth:.2f} times the CPU a component at 10,000, at most {LINEAR} (linear 1.0; pytm {peers:.2f})"
        out.append((growth <= LINEAR, said))
    return out


def page(folder: Path, runs: int) -> tuple[bool, str] | None:
    """CPU seconds of the html report of 1,000 components without layout; None when there is no such report yet."""
    if importlib.util.find_spec("casemate.report.html") is None:
        return None
    file = folder / "1000.yaml"
    file.write_text(systems.text(systems.system(1000)), encoding="utf-8")
    said = [cost([sys.executable, "-c", HTML, str(file), TODAY]).said.split() for _ in range(runs)]
    took = min(float(seconds) for seconds, _ in said)
    size = int(said[0][1]) / 1e6
    said_of = f"{took:.2f} s for the html of 1,000 components without layout ({size:.1f} MB)"
    return took < PAGE, f"{said_of}, under {PAGE:.0f} s"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pytm", metavar="PYTHON", help="a Python that has pytm 1.4; made when none is named")
    options.add_argument("--runs", type=int, default=5, help="runs of each; half of them at 10,000")
    options.add_argument("--sizes", default=",".join(map(str, SIZES)), help="components, separated by commas")
    said = options.parse_args()
    python = peer(said.pytm)
    compileall.compile_dir(SOURCE, quiet=1)  # as an installed package is
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        rows = measure(Path(name), python, [int(n) for n in said.sizes.split(",")], said.runs)
        found = verdicts(rows)
        html = page(Path(name), said.runs)
    print()
    for good, what in [*found, *([html] if html else [])]:
        print(f"{mark(good)}  {what}")
    if html is None:
        print("SKIP  html: casemate.report.html is not there")
    print(f"({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
