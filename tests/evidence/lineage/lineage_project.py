"""A project with everything that a run takes, and ways to record the run and to check the record."""

import sys

from casemate.core import files
from casemate.evidence.lineage import provenance as p
from casemate.evidence.lineage.record import Run, record, write
from casemate.evidence.lineage.verify import Terms, verify
from casemate.evidence.sign import keys

TRAIN = """\
import hashlib, pathlib
read = b"".join(f.read_bytes() for f in sorted(pathlib.Path("data").glob("**/*")) if f.is_file())
pathlib.Path("model.bin").write_bytes(hashlib.sha256(read).digest())
"""
INPUTS = ((p.DATA, "data"), (p.CODE, "train.py"), (p.PARAMETERS, "params.yaml"), (p.ENVIRONMENT, "requirements.lock"))
INTO = "model.bin.lineage.json"


class Project:
    """A folder that the process works in."""

    def __init__(self, root):
        self.root = root
        self.write("data/a.csv", "1,2\n")
        self.write("data/more/b.csv", "3,4\n")
        self.write("train.py", TRAIN)
        self.write("params.yaml", "seed: 7\n")
        self.write("requirements.lock", "numpy==2.0\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def key(self, name="k"):
        keys.new_pair(self.root.parent / f"{self.root.name}-{name}", "ed25519", None)
        found = keys.read_private(self.root.parent / f"{self.root.name}-{name}")
        return found, found.public

    def run(self, command=None, *, into=INTO, key=None, **changes):
        said = {"made": ("model.bin",), "inputs": INPUTS, "command": (sys.executable, "train.py")} | changes
        run = Run(self.root, **(said if command is None else {**said, "command": command}))
        done = record(run, into)
        if done.says is not None:
            write(run, done, into, key)
        return done

    def python(self, code, **changes):
        return self.run((sys.executable, "-c", code), **changes)

    def verify(self, statement=INTO, **terms):
        return verify(self.root / statement, self.root, Terms(**terms))

    def text(self):
        return files.read(self.root / INTO, 10**7)


def states(report):
    return {i.name: str(i.state) for i in (*report.made, *report.inputs)}


def said(report):
    return [p.what for p in report.problems]
