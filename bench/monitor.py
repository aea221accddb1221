"""The monitor beside evidently 0.7.23 and whylogs 1.6.4: a reference and a current table of 51 columns.

Both sides get the same Parquet files: 50 float32 features (normal, log-normal, discrete) and a confidence; 1,000,000
rows each for us and 100,000 for the peers by default, because evidently takes minutes and keeps all in memory
(`--peer-rows 1000000` gives it all). Five features are shifted by .1 and 2 % of the confidences are low.

Two things are measured, and they are not the same:
- *drift alone* is what the peers do: 51 columns of two tables are compared, and which moved is told. Ours counts the
  rows and tells drift by our own detector; once with decoding Parquet on both sides, once on neither.
- *everything* is what `casemate monitor` does in that pass: also low confidence, joint drift (reconstruction error and
  a two-sample classifier), 10,007 clients and their distances, coverage, and the JSON. No peer does it.

CPU seconds of child processes, one thread, without imports on any side; rows are those of both tables. Memory is the
peak of the process that does everything, at all rows and at a quarter of them. Peers go into folders of their own in
the temporary directory, unless `--evidently PYTHON` and `--whylogs PYTHON` name interpreters that have them;
`--ours PYTHON` needs pyarrow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import venv
from pathlib import Path
from typing import Any

PACKAGES = {
    "ours": ("numpy", "pyarrow", "click", "pyyaml", "jinja2", "packaging", "rich", "cryptography", "rustworkx"),
    "evidently": ("evidently==0.7.23", "pandas<3"),
    "whylogs": ("whylogs[viz]==1.6.4", "pandas<3", "numpy<2", "setuptools<81", "pyarrow<20"),
}
SHIFTED = ["confidence", *(f"f.f{i:02}" for i in range(5))]
SOURCE = Path(__file__).resolve().parent.parent / "src"
MAKE = """
import sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
folder, rows, few = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for name, seed, shift in (("reference", 1, 0.0), ("current", 2, 0.1)):
    g = np.random.default_rng(seed)
    shared = g.standard_normal((rows, 5), dtype=np.float32)
    columns = {}
    for i in range(50):
        x = g.standard_normal(rows, dtype=np.float32) * np.float32(0.8) + shared[:, i % 5] * np.float32(0.6)
        x = np.exp(x) if i % 3 == 1 else np.round(x * 4) / 4 if i % 3 == 2 else x
        columns[f"f.f{i:02}"] = (x + np.float32(shift) if i < 5 else x).astype(np.float32)
    sure = 1 - g.beta(2, 8, rows)
    if shift:
        odd = g.random(rows) < 0.02
        sure[odd] = 0.5 + 0.1 * g.random(odd.sum())
    columns["confidence"] = sure.astype(np.float32)
    columns["client"] = pa.array([f"c{i}" for i in range(10_007)]).take(pa.array(g.zipf(1.3, rows) % 10_007))
    time = 1_700_006_400_000_000 + np.arange(rows) * 86_400_000_000 // rows
    columns["time"] = pa.array(time, pa.timestamp("us", "UTC"))
    table = pa.table(columns)
    for part, many in (("", rows), (".quarter", rows // 4), (".peer", few)):
        path = f"{folder}/{name}{part}.parquet"
        pq.write_table(table.slice(0, many), path, row_group_size=65_536, compression="zstd", compression_level=1)
"""
TIMED = """
import json, resource, sys
from pathlib import Path
def clock(): r = resource.getrusage(resource.RUSAGE_SELF); return r.ru_utime + r.ru_stime
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def done(seconds, flagged, decoding=0.0, megabytes=None):
    print(json.dumps({"seconds": seconds, "decoding": decoding, "flagged": flagged, "megabytes": megabytes or peak()}))
folder, part = sys.argv[1:3]
names = [Path(folder) / f"{name}{part}.parquet" for name in ("reference", "current")]
columns = [f"f.f{i:02}" for i in range(50)] + ["confidence"]
"""
EVERYTHING = (
    TIMED
    + """
import pyarrow.parquet
from casemate.evidence.monitor import told
from casemate.evidence.monitor.opened import How
from casemate.evidence.monitor.run import Limits
from casemate.evidence.monitor.whole import watched
start = clock()
found = watched([names[1]], names[0], How(), Limits(low=0.2)).facts
text = told.as_json(found)
done(clock() - start, sorted(found.beyond))
"""
)
DRIFT = (
    TIMED
    + """
import pyarrow.parquet
from casemate.evidence.monitor import log, sketch, sketch_spec
from casemate.evidence.monitor.detectors import drift
from casemate.evidence.monitor.mapping import FIELDS, Mapping_
only = {**dict.fromkeys(FIELDS, ""), "time": "time", "confidence": "confidence"}  # as the peers, and the hours
mapping = Mapping_(tuple(sorted(only.items())), features=tuple((c[2:], "number") for c in columns[:-1]))
def opened(name): return log.open_log([name], mapping)
def compared(reference, current):
    first = next(chunks := iter(reference))
    before = sketch.observe(sketch_spec.learn(first), first)
    for chunk in chunks: before = sketch.merged(before, sketch.observe(before.spec, chunk))
    state = drift.begin(drift.Config(sketch.in_windows(before, 24)))
    for chunk in current: state = drift.step(state, chunk)
    return drift.alarms(state), drift.readings(state)
start = clock()
alarms, readings = compared(*map(opened, names))
seconds, megabytes = clock() - start, peak()
held = [list(opened(name)) for name in names]
start = clock()
assert compared(*held) == (alarms, readings)
bare = clock() - start
done(seconds, sorted({a.subject.split(": ")[0] for a in alarms}), seconds - bare, megabytes)
"""
)
LOAD = """
import pandas as pd, warnings
warnings.filterwarnings("ignore")
"""
LOADED = """
start = clock()
a, b = (pd.read_parquet(name, columns=columns) for name in names)
loading = clock() - start
start = clock()
"""
EVIDENTLY = f"""{TIMED}{LOAD}
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
{LOADED}
kinds = DataDefinition(numerical_columns=columns)
result = Report([DataDriftPreset()]).run(Dataset.from_pandas(b, kinds), Dataset.from_pandas(a, kinds)).dict()
drift = [m for m in result["metrics"] if "ValueDrift" in m.get("metric_name", m.get("metric_id", ""))]
done(clock() - start + loading, len(drift), loading)
"""
WHYLOGS = f"""{TIMED}{LOAD}
import whylogs
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores
{LOADED}
one, other = (whylogs.log(x).view() for x in (a, b))
scores = calculate_drift_scores(target_view=other, reference_view=one, with_thresholds=True)
flagged = sorted(k for k, v in scores.items() if v and v.get("drift_category") == "DRIFT")
done(clock() - start + loading, flagged, loading)
"""
SCRIPTS = {"everything": EVERYTHING, "drift": DRIFT, "evidently": EVIDENTLY, "whylogs": WHYLOGS}


def interpreter(name: str, given: str | None) -> str:
    """One that has the packages."""
    if given:
        return given
    folder = Path(tempfile.gettempdir()) / f"casemate-bench-{name}"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES[name]], check=True)
    return str(python)


def run(python: str, script: str, *arguments: object) -> str:
    """What a child says; one thread for linear algebra, our source on the path."""
    one = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "ARROW", "NUMEXPR")}
    environment = {**os.environ, **one, "PYTHONPATH": str(SOURCE), "DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True"}
    command = [python, "-c", script, *map(str, arguments)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def measured(python: str, name: str, folder: str, rows: int, part: str = "", runs: int = 1) -> dict[str, Any]:
    """The run that took least CPU. rows: of each table."""
    lines = [run(python, SCRIPTS[name], folder, part).strip().splitlines()[-1] for _ in range(runs)]
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return {**min(found, key=lambda f: f["seconds"]), "rows": 2 * rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer-rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    for name in PACKAGES:
        parser.add_argument(f"--{name}", metavar="PYTHON")
    parser.add_argument("--without", choices=("evidently", "whylogs"), action="append", default=[])
    given = parser.parse_args()
    ours, few = interpreter("ours", given.ours), min(given.peer_rows, given.rows)
    with tempfile.TemporaryDirectory() as folder:
        run(ours, MAKE, folder, given.rows, few)
        quarter = measured(ours, "everything", folder, given.rows // 4, ".quarter")
        mine = {n: measured(ours, n, folder, given.rows, "", given.runs) for n in ("drift", "everything")}
        peers = {}
        for name in ("evidently", "whylogs"):
            if name not in given.without:
                python = interpreter(name, getattr(given, name))
                peers[name] = measured(python, name, folder, few, ".peer", given.runs)
    report(mine, quarter, peers)


def speed(found: dict[str, Any], *, decoding: bool = True) -> float:
    """Rows of both tables for each CPU second, decoding Parquet counted or not."""
    return float(found["rows"] / (found["seconds"] - (0 if decoding else found["decoding"])))


def report(mine: dict[str, dict[str, Any]], quarter: dict[str, Any], peers: dict[str, dict[str, Any]]) -> None:
    print(f"{'':<29}{'rows':>10}{'CPU s':>8}{'rows/s':>11}{'without decoding':>18}{'MB':>7}")
    shown = {"casemate, drift alone": mine["drift"], **{f"{n}, drift alone": p for n, p in peers.items()}}
    shown |= {"casemate, everything": mine["everything"], "casemate, everything, 1/4": quarter}
    for name, found in shown.items():
        bare = f"{speed(found, decoding=False):,.0f}" if found["decoding"] else "-"
        line = f"{name:<29}{found['rows']:>10,}{found['seconds']:>8.2f}{speed(found):>11,.0f}"
        print(f"{line}{bare:>18}{found['megabytes']:>7.0f}")
    for name, peer in peers.items():
        print(f"drift alone, beside {name}: {_times(mine['drift'], peer)}")
        print(f"everything of ours beside the drift of {name}: {speed(mine['everything']) / speed(peer):.1f} times")
    for name, found in mine.items():
        exactly = "exactly" if found["flagged"] == SHIFTED else "NOT"
        print(f"columns flagged ({name}): {', '.join(found['flagged'])} ({exactly} those)")
    for words, met in goals(mine, quarter, peers):
        print(f"{'met    ' if met else 'NOT MET'} {words}")


def _times(one: dict[str, Any], other: dict[str, Any]) -> str:
    both, neither = (speed(one, decoding=d) / speed(other, decoding=d) for d in (True, False))
    return f"{both:.1f} times with decoding on both sides, {neither:.1f} times on neither"


def goals(
    mine: dict[str, dict[str, Any]], quarter: dict[str, Any], peers: dict[str, dict[str, Any]]
) -> list[tuple[str, bool]]:
    """What was aimed at, and whether it was reached."""
    drift, whole = mine["drift"], mine["everything"]
    found = [
        ("at least 1,000,000 rows/s/core: drift alone, with decoding", speed(drift) >= 1e6),
        ("at least 1,000,000 rows/s/core: everything, with decoding", speed(whole) >= 1e6),
        ("exactly the shifted columns", drift["flagged"] == whole["flagged"] == SHIFTED),
        ("under 400 MB", whole["megabytes"] < 400),
        (
            "memory flat in the rows (four times as many: at most 1.1 times)",
            whole["megabytes"] <= 1.1 * quarter["megabytes"],
        ),
    ]
    for d, words in ((True, "with decoding on both sides"), (False, "with decoding on neither")):
        if evidently := peers.get("evidently"):
            met = speed(drift, decoding=d) >= 100 * speed(evidently, decoding=d)
            found.append((f"at least 100 times evidently: drift alone, {words}", met))
    return found


if __name__ == "__main__":
    main()
