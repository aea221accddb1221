"""Models of xgboost in its own formats, JSON and UBJSON: trees, names and parameters. They hold no code.

Every key counts: one that xgboost does not write at its place is inconclusive (a newer format or a hiding place), one
that stands twice is suspicious. Numbers and texts are data; a pickle or an archive that lies in one is walked all the
same. Whatever has these keys and is no whole model is inconclusive.
Left to others: the two notations (json_events.py, ubjson_events.py).
Source: doc/model.schema of xgboost 1.0 to 3.2, and what these write.
"""

from __future__ import annotations

from casemate.evidence.scan.data import Data, piece, window
from casemate.evidence.scan.descend import RAW, Descend
from casemate.evidence.scan.json_tree import OPENS, has_keys
from casemate.evidence.scan.notes import Enough
from casemate.evidence.scan.plain import is_text
from casemate.evidence.scan.protobuf import Broken
from casemate.evidence.scan.report import Walk

FIRST = OPENS
BEGINS = (b"{L\0\0\0\0\0\0\0\x07learner", b"{L\0\0\0\0\0\0\0\x07version")
MOST_TEXT, MOST_KEY = 16_000_000, 1_000  # bytes
SMALL = 16  # bytes; no pickle that imports anything is shorter
DATA = "data"  # any keys, any values

_LISTS = "base_weights categories categories_nodes categories_segments categories_sizes default_left id leaf_weights"
_MORE = "left_children loss_changes parents right_children split_conditions split_indices split_type sum_hessian"
# The objects of a model: which keys each has, and of what object the value is, or the elements of the list there.
FORMS: dict[str, dict[str, str]] = {
    "file": {"learner": "learner", "version": DATA},
    "learner": {"gradient_booster": "booster"}
    | dict.fromkeys(("attributes", "feature_names", "feature_types", "learner_model_param", "objective"), DATA),
    "booster": {"model": "model", "gbtree": "booster", "name": DATA, "weight_drop": DATA},
    "model": {"trees": "tree", "cats": "categories"}
    | dict.fromkeys(("gbtree_model_param", "iteration_indptr", "tree_info", "weights", "boosted_rounds"), DATA),
    "tree": dict.fromkeys((*_LISTS.split(), *_MORE.split(), "tree_param"), DATA),
    "categories": dict.fromkeys(("enc", "feature_segments", "sorted_idx"), DATA),
}
NEEDED = frozenset((("file", "version"), ("learner", "learner_model_param"), ("booster", "name")))
HEART = frozenset((("model", "trees"), ("model", "weights")))


def recognise(data: Data) -> bool:
    """Whether UBJSON begins with a key of a model, or JSON has the keys that every model has, wherever they stand."""
    if bytes(data[:2]) == b"{L":
        return piece(data, 0, len(BEGINS[0])) in BEGINS
    return has_keys(data, "learner", "gradient_booster") and (has_keys(data, "trees") or has_keys(data, "weights"))


def walk(data: Data, descend: Descend) -> Walk:
    """Everything, to the end of the file."""
    model = _Model(data, descend)
    try:
        model.read()
    except Enough as e:
        model.notes.add("limit", "inconclusive", f"{e}; the rest was not read", model.reader.at)
    except Broken as e:
        model.notes.add("broken", "inconclusive", str(e), e.at)
    else:
        if model.reader.at < len(data):
            model.notes.add("trailing-bytes", "inconclusive", "goes on behind the model", model.reader.at)
        if not (model.seen >= NEEDED and HEART & model.seen):
            model.notes.add("not-understood", "inconclusive", "has keys of an xgboost model and is none", 0)
    return model.notes.walk(min(model.reader.at, len(data)), "xgboost-json")


class _Model:
    """A walk over one model. `inside`: the form of each object and list that is open, with an object's keys."""

    def __init__(self, data: Data, descend: Descend) -> None:
        from casemate.evidence.scan import json_events, ubjson_events  # most files need neither

        self.data = data
        self.descend = descend
        self.notes = descend.notes()
        self.binary = bytes(data[:2]) == b"{L"
        self.reader = (ubjson_events.Ubjson if self.binary else json_events.Json)(data)
        self.inside: list[tuple[str, set[str] | None]] = []
        self.form = "file"  # of the value that comes next
        self.seen: set[tuple[str, str]] = set()

    def read(self) -> None:
        """Every event. Fails with Enough or Broken."""
        for kind, begin, end in self.reader.events():
            self.notes.step()
            if kind == "key":
                self.key(begin, end)
            elif kind == "text":
                self.text(begin, end)
            elif kind == "numbers":
                self.raw(begin, end)
            elif kind == "close":
                self.inside.pop()
                self.form = self.inside[-1][0] if self.inside else DATA
            elif kind != "value":
                self.inside.append((self.form, set() if kind == "object" else None))

    def key(self, begin: int, end: int) -> None:
        """A key: it says what its value is."""
        form, keys = self.inside[-1]
        name = self.text(begin, end, MOST_KEY).decode("utf-8", "backslashreplace")
        if keys is None or name in keys:
            said = f"has the key {name[:100]!a} twice, and readers differ in which of them counts"
            self.notes.add("duplicate-key", "suspicious", said, begin)
        else:
            keys.add(name)
        known = FORMS.get(form)
        if known is not None and name not in known:
            said = f"has the key {name[:100]!a} in a {form}, which xgboost does not write"
            self.notes.add("unknown-key", "inconclusive", said, begin)
        self.form = known.get(name, DATA) if known is not None else DATA
        if known is not None:
            self.seen.add((form, name))

    def text(self, begin: int, end: int, most: int = MOST_TEXT) -> bytes:
        """A text is text, whatever it says. Gives its characters."""
        raw = self.decoded(begin, end, most)
        if not is_text(raw):
            self.notes.add("text", "inconclusive", "has a text that is none", begin)
        if len(raw) >= SMALL:
            self.descend.entries()
            self.descend(raw, f"text at {begin}", RAW)
        return raw

    def raw(self, begin: int, end: int) -> None:
        """A list of numbers as bytes."""
        if end - begin >= SMALL:
            self.descend(window(self.data, begin, end), f"numbers at {begin}", RAW)

    def decoded(self, begin: int, end: int, most: int) -> bytes:
        """The characters of a text or key, without escapes."""
        if end - begin > most:
            raise Enough(f"has a text of more than {most:,} bytes")
        raw = piece(self.data, begin, end)
        if self.binary or b"\\" not in raw:
            return raw
        from json import loads

        return str(loads(b'"%s"' % raw.decode("utf-8", "replace").encode())).encode("utf-8", "surrogatepass")
