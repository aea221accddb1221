"""A saved assessment (`casemate assess --output json=FILE`) as one side of a comparison.

It comes from outside: every field that is used is checked. It holds no facts of the system, so what was changed cannot
be named from it; outcomes, prices, ways, missing facts, evidence and the gate can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from casemate.core.errors import CasemateError, Refused
from casemate.prioritize.price import SEVERITIES
from casemate.validate.assessment import SHOWN
from casemate.validate.diff.state import Bound, Reason, Side, State

VERSION = 1
"""The form that is read; a test holds it equal to the one that is written."""
MAX_BYTES = 256_000_000  # 10,000 components make 60 MB
AGAIN = "save it again: casemate assess --output json=FILE"
EXITS = (1, 3)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
OPEN = ("open", "assumed")
# A control character moves the cursor of whoever reads the comparison; half a character cannot be written.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
T = TypeVar("T")


def saved(data: bytes, label: str) -> Side:
    """The side that a saved assessment gives. Raises CasemateError when it is none, or of another form."""
    if len(data) > MAX_BYTES:
        raise Refused(label, f"is larger than {MAX_BYTES // 1_000_000} MB", "compare the system files themselves")
    try:
        doc = json.loads(data.decode("utf-8-sig"), parse_constant=_constant)
    except (ValueError, RecursionError):
        raise CasemateError(label, "is no JSON", "name a system file, or a saved assessment") from None
    return _Reader(label).side(doc)


def _constant(word: str) -> float:
    raise ValueError(word)


class _Reader:
    def __init__(self, label: str) -> None:
        self.label = label

    def wrong(self, where: str, what: str) -> CasemateError:
        return CasemateError(self.label, f"is no saved assessment: {where} {what}", AGAIN)

    def get(self, of: Any, key: str, kind: type[T], where: str = "") -> T:
        """A member of the right type; bool passes for no number."""
        place = f"{where}.{key}" if where else key
        if not isinstance(of, dict):
            raise self.wrong(where or "the file", "is no object")
        value = of.get(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < 1e300 else None
        if not isinstance(value, kind):
            raise self.wrong(place, "is missing" if key not in of else "is something else than it was written")
        if isinstance(value, str) and _UNSEEN.search(value):
            raise self.wrong(place, "holds a character that cannot be seen")
        return value

    def words(self, of: Any, key: str, where: str) -> tuple[str, ...]:
        found = self.get(of, key, list, where)
        if not all(isinstance(w, str) and not _UNSEEN.search(w) for w in found):
            raise self.wrong(f"{where}.{key}", "holds something else than words")
        return tuple(found)

    def among(self, of: Any, key: str, words: tuple[str, ...], where: str) -> str:
        found = self.get(of, key, str, where)
        if found not in words:
            raise self.wrong(f"{where}.{key}", f"is never {found[:40]!r}")
        return found

    def side(self, doc: Any) -> Side:
        if not isinstance(doc, dict) or "threats" not in doc or "gate" not in doc:
            raise self.wrong("the file", "has no threats and no gate")
        version = doc.get("version")
        if version != VERSION or isinstance(version, bool):
            said = str(version)[:20] if isinstance(version, int | str) else "unknown"
            what = f"is a saved assessment of form {said}, and this version reads form {VERSION}"
            raise CasemateError(self.label, what, AGAIN)
        system, policy = self.get(doc, "system", dict), self.get(doc, "policy", dict)
        losses = self.get(self.get(doc, "risk", dict), "expected yearly loss", dict, "risk")
        total = {v: self.get(losses, v, float, "risk.expected yearly loss") for v in ("current", "claimed", "target")}
        assessed = doc.get("assessed", "")
        return Side(
            label=self.label,
            name=self.get(system, "name", str, "system"),
            digest=self.get(system, "digest", str, "system"),
            policy=(self.get(policy, "name", str, "policy"), self.get(policy, "digest", str, "policy")),
            currency=self.get(system, "currency", str, "system"),
            owned=self.among(doc, "money", ("owned", "illustrative"), "") == "owned",
            threats=self.threats(doc),
            evidence=tuple(self.bound(r, f"evidence[{i}]") for i, r in enumerate(self.get(doc, "evidence", list))),
            reasons=self.reasons(doc),
            current=total["current"],
            claimed=total["claimed"],
            target=total["target"],
            version=self.get(doc, "casemate", str),
            assessed=assessed if isinstance(assessed, str) and _DAY.fullmatch(assessed) else "",
        )

    def threats(self, doc: Any) -> Mapping[str, State]:
        out: dict[str, State] = {}
        for section in ("threats", "ruled out by declaration"):
            for i, t in enumerate(self.get(doc, section, list)):
                where = f"{section}[{i}]"
                found = self.threat(t, where, section == "threats")
                if found.id in out:
                    raise self.wrong(where, f"is a second {found.id[:80]!r}")
                out[found.id] = found
        return dict(sorted(out.items()))

    def threat(self, t: Any, where: str, shown: bool) -> State:
        outcome = self.among(t, "outcome", SHOWN, where) if shown else "declared"
        risk = self.get(self.get(t, "risk", dict, where), "current", dict, f"{where}.risk")
        was = t.get("was")
        return State(
            id=self.get(t, "id", str, where),
            title=self.get(t, "title", str, where),
            outcome=outcome,
            was=was if was in OPEN and shown else outcome,
            severity=self.among(t, "severity", SEVERITIES, where),
            status=self.among(t, "status", ("draft", "stable"), where),
            current=self.get(risk, "mean", float, f"{where}.risk.current"),
            danger=None if t.get("danger") is None else self.get(t, "danger", float, where),
            because=self.get(t, "because", str, where),
            where=self.get(t, "where", str, where),
            path=self.words(t, "path", where),
            attackers=self.words(t, "attackers", where),
            missing=self.words(t, "missing", where),
            doubted=self.words(t, "only declared", where),
            countered_by=self.words(t, "countered by", where),
            evidence=self.words(t, "evidence", where),
        )

    def bound(self, r: Any, where: str) -> Bound:
        return Bound(*[self.get(r, k, str, where) for k in ("id", "element", "kind", "tool", "state", "standing")])

    def reasons(self, doc: Any) -> tuple[Reason, ...]:
        out = []
        for i, r in enumerate(self.get(self.get(doc, "gate", dict), "reasons", list, "gate")):
            where = f"gate.reasons[{i}]"
            code = self.get(r, "exit", int, where)
            if code not in EXITS:
                raise self.wrong(f"{where}.exit", "is neither 1 nor 3")
            out.append(Reason(self.get(r, "rule", str, where), self.get(r, "what", str, where), code))
        return tuple(out)
