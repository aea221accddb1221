"""A small system in a folder of its own, and `casemate` run in this process as people run it."""

import pickle
import sys
from pathlib import Path

import pytest

from casemate.cli import main

SYSTEM = """\
casemate: 1
name: Scoring
zones:
  internet: {trust: public}
  cloud: {trust: staff}
actors:
  client: {trust: public, zone: internet}
components:
  api: {kind: endpoint, zone: cloud, auth: none}
  engine: {kind: inference, zone: cloud, runs: scorer}
  scorer: {kind: model, zone: cloud, format: pickle, path: scorer.pkl}
flows:
  - client -> api: application
  - api -> engine: features
  - engine -> api: score
  - api -> client: score
measure:
  - scan: scorer
"""
NOTHING = "name: nothing is required\n"


class Hostile:
    def __reduce__(self):
        import os

        return os.system, ("true",)


class Project:
    """The folder, and what `casemate` says in it."""

    def __init__(self, root, monkeypatch, capfd):
        self.root, self._monkeypatch, self._capfd = root, monkeypatch, capfd
        self.write("casemate.yaml", SYSTEM)
        (root / "scorer.pkl").write_bytes(pickle.dumps([1, 2, 3]))
        self.write("nothing.yaml", NOTHING)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return path

    def add(self, text):
        return self.write("casemate.yaml", SYSTEM + text)

    def change(self, old, new):
        assert SYSTEM.count(old) == 1, old
        return self.write("casemate.yaml", SYSTEM.replace(old, new))

    def hostile(self):
        (self.root / "scorer.pkl").write_bytes(pickle.dumps(Hostile()))

    def files(self):
        return sorted(p.relative_to(self.root).as_posix() for p in self.root.rglob("*"))

    def __call__(self, *args):
        self._monkeypatch.setattr(sys, "argv", ["casemate", *map(str, args)])
        self._capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = self._capfd.readouterr()
        assert "Traceback" not in err
        return ended.value.code, out, err


@pytest.fixture
def casemate(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for name in ("SOURCE_DATE_EPOCH", "NO_COLOR", "CASEMATE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Project(Path(tmp_path), monkeypatch, capfd)
