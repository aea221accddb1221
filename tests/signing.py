"""A key pair and a model in a folder of their own, and how the tests sign and verify."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from casemate.evidence.sign import check, keys, make
from casemate.evidence.sign.trust import Trust

TODAY = date(2026, 11, 23)
THEIRS = Path(__file__).parent / "evidence/sign/theirs"


class Bench:
    """A folder with keys `mine` and `other` and the model `m`."""

    def __init__(self, root: Path) -> None:
        self.root, self.model, self.sig = root, root / "m", root / "m.sig"
        for name in ("mine", "other"):
            keys.new_pair(root / name, "p256", None)
        self.put("weights.bin", b"\x00" * 5000)
        self.put("config.json", b"{}")
        self.put("a/z", b"")
        self.put("a-b", b"-")
        self.trust = Trust(key=root / "mine.pub")

    def put(self, name, data):
        path = self.model / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def order(self, **more):
        return make.Order(**{"path": self.model, "key": self.key("mine"), "today": TODAY, "output": self.sig, **more})

    def sign(self, **more):
        order = self.order(**more)
        made = make.sign(order)
        order.output.write_text(made.text)
        return made

    def key(self, name):
        return keys.read_private(self.root / name)

    def verify(self, today=TODAY, **trust):
        return check.verify(self.model, Trust(**trust) if trust else self.trust, today)

    def mine(self, **limits):
        return check.verify(self.model, Trust(key=self.root / "mine.pub", **limits), TODAY)
