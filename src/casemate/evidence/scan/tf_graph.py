"""The graphs of a TensorFlow SavedModel, as protocol buffers: which operations they have, and what Keras keeps beside.

TensorFlow runs a graph without Python, but some operations read and write files, open connections or call back into
Python. Those are listed by their exact names. An operation that TensorFlow does not have (operators.txt) needs a
library that whoever loads must bring, so nothing is known of it: inconclusive. Tensors, shapes and devices are passed
by their length.
Messages: saved_model.proto, meta_graph.proto, graph.proto, function.proto, saved_object_graph.proto,
saved_metadata.proto (keras). A field may stand several times and loaders merge them, so each counts.
"""

from __future__ import annotations

from casemate.evidence.scan.archive import escapes
from casemate.evidence.scan.data import Data, keep_small, piece
from casemate.evidence.scan.descend import Descend
from casemate.evidence.scan.json_tree import MOST
from casemate.evidence.scan.keras_config import judge
from casemate.evidence.scan.lists import operators
from casemate.evidence.scan.notes import MAX_NAME, Enough
from casemate.evidence.scan.protobuf import BYTES, VARINT, Broken, fields
from casemate.evidence.scan.report import Severity, Walk, shown

UNSAFE = {
    **dict.fromkeys(("PyFunc", "PyFuncStateless", "EagerPyFunc"), "calls Python"),
    **dict.fromkeys(("WriteFile", "SaveDataset", "SaveDatasetV2", "DatasetToTFRecord"), "writes files"),
}
SUSPICIOUS = {
    **dict.fromkeys(("ReadFile", "MatchingFiles", "WholeFileReader", "WholeFileReaderV2"), "reads files"),
    **dict.fromkeys(("TextLineReader", "TextLineReaderV2", "TFRecordReader", "TFRecordReaderV2"), "reads files"),
    **dict.fromkeys(("FixedLengthRecordReader", "FixedLengthRecordReaderV2", "LMDBReader"), "reads files"),
    **dict.fromkeys(("TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2", "LMDBDataset"), "reads files"),
    **dict.fromkeys(("FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "CSVDataset"), "reads files"),
    **dict.fromkeys(("CSVDatasetV2", "SqlDataset", "LoadDataset", "LoadDatasetV2"), "reads files"),
    **dict.fromkeys(("CreateSummaryFileWriter", "CreateSummaryDbWriter", "PrintV2"), "may write files"),
    **dict.fromkeys(("DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "DebugNanCount"), "sends or writes values"),
    **dict.fromkeys(("DebugNumericSummary", "DebugNumericSummaryV2"), "sends or writes values"),
    **dict.fromkeys(("RpcClient", "RpcCall", "RpcServer", "RemoteCall", "DataServiceDataset"), "opens connections"),
    **dict.fromkeys(("DataServiceDatasetV2", "DataServiceDatasetV3", "RegisterDataset"), "opens connections"),
    **dict.fromkeys(("CreateRPCServer", "BigtableClient", "KafkaDataset", "IgniteDataset"), "opens connections"),
    **dict.fromkeys(("RemoteFusedGraphExecute", "XlaCustomCallV2"), "runs code that the graph does not show"),
}
"""Exact names. SaveV2 and MergeV2Checkpoints write as well and are in every SavedModel, as its own way to be saved."""

# The messages in a message, by field number. The names of what is looked at stand in LOOK.
INSIDE: dict[str, dict[int, str]] = {
    "model": {2: "meta"},
    "meta": {2: "graph", 6: "asset", 7: "objects"},
    "graph": {1: "node", 2: "library"},
    "library": {1: "function"},
    "function": {1: "signature", 3: "node"},
    "signature": {},
    "node": {},
    "asset": {},
    "objects": {1: "object"},
    "object": {4: "user"},
    "user": {},
    "metadata": {1: "keras"},
    "keras": {},
}
LOOK = {
    ("signature", 1): "defines",
    ("node", 2): "operation",
    ("asset", 2): "file",
    ("user", 3): "config",
    ("keras", 5): "config",
}
FIELDS = {"model": 2, "meta": 7, "graph": 5, "metadata": 1, "keras": 6}  # the highest number, to recognise them
TRY = 1_000
MOST_NAMES = 10_000  # different operations, and functions; large graphs have some hundreds


def is_model(data: Data) -> bool:
    """Whether the bytes are, to the last one, versions and graphs of a SavedModel, and one of them has nodes."""
    return data[:1] in (b"\x08", b"\x12") and _fits(data, "model", 0, len(data), ("meta", "graph"))


def is_metadata(data: Data) -> bool:
    """Whether the bytes are, to the last one, the objects that Keras describes beside a SavedModel."""
    return data[:1] == b"\x0a" and _fits(data, "metadata", 0, len(data), ("keras",))


def _fits(data: Data, form: str, begin: int, end: int, path: tuple[str, ...]) -> bool:
    """Whether [begin, end) has only fields of a message, and some in it fits the rest of the path."""
    found = False
    try:
        for count, (number, wire, at, stop) in enumerate(fields(data, begin, end)):
            if number > FIELDS[form] or count > TRY or wire not in (VARINT, BYTES):
                return False
            if form == "keras" and number == 4:
                return piece(data, at, min(stop, at + 10)) == b"_tf_keras_"
            if path and INSIDE[form].get(number) == path[0] and wire == BYTES:
                found = found or _fits(data, path[0], at, stop, path[1:])
    except Broken:
        return False
    return found or (not path and form != "keras")


def walk(data: Data, descend: Descend, form: str) -> Walk:
    """The walk of a `model` or of its `metadata`."""
    reading = _Reading(data, descend)
    notes = reading.notes
    try:
        reading.message(form)
    except Broken as e:
        notes.add("broken", "inconclusive", str(e), e.at)
        return notes.walk(e.at)
    except Enough as e:
        notes.add("limit", "inconclusive", f"{e}; the rest was not read", 0)
        return notes.walk(0)
    return notes.walk(len(data))


class _Reading:
    """One file."""

    def __init__(self, data: Data, descend: Descend) -> None:
        self.data = data
        self.descend = descend
        self.notes = descend.notes()
        self.told: set[str] = set()
        self.defined: set[str] = set()  # functions of the graph, which nodes call by their names
        self.unknown: dict[str, int] = {}

    def message(self, top: str) -> None:
        """Every message in the order of the file. Fails with Broken, or Enough when there are too many fields."""
        open_ = [(top, 0, len(self.data))]
        while open_:
            form, begin, end = open_.pop()
            inner = []
            for number, wire, at, stop in fields(self.data, begin, end):
                self.notes.step()
                if form == top and number > FIELDS[top]:
                    self.notes.add("unknown-field", "inconclusive", f"has a field {number}, which is not known", at)
                if wire == BYTES and number in INSIDE[form]:
                    inner.append((INSIDE[form][number], at, stop))
                elif wire == BYTES and (form, number) in LOOK:
                    getattr(self, LOOK[form, number])(at, stop)
                keep_small(self.data, begin, at)
            open_.extend(reversed(inner))
        for name, at in self.unknown.items():
            if name not in self.defined:
                said = f"has the operation {shown(name[:100])}, which TensorFlow itself does not have"
                self.notes.add("unknown-operator", "inconclusive", said, at)

    def operation(self, at: int, stop: int) -> None:
        """A node's operation, told once. Fails with Enough when there are too many."""
        name = self.text(at, min(stop, at + MAX_NAME))
        if name in self.told:
            return
        severity: Severity = "unsafe" if name in UNSAFE else "suspicious"
        why = UNSAFE.get(name) or SUSPICIOUS.get(name)
        if len(self.told) >= MOST_NAMES:
            raise Enough(f"has more than {MOST_NAMES:,} different operations")
        self.told.add(name)
        if why:
            self.descend.note("operation", severity, f"is an operation that {why}", f"operation {name}", at)
        elif name not in operators("tensorflow"):
            self.unknown[name] = at

    def defines(self, at: int, stop: int) -> None:
        """The name of a function of the graph."""
        if len(self.defined) < MOST_NAMES:
            self.defined.add(self.text(at, min(stop, at + MAX_NAME)))

    def file(self, at: int, stop: int) -> None:
        """The name of an asset."""
        if escapes(self.text(at, min(stop, at + 4096))):
            self.notes.add("escapes", "suspicious", "names an asset outside its folder", at)

    def config(self, at: int, stop: int) -> None:
        """What Keras says of an object."""
        raw = piece(self.data, at, min(stop, at + MOST + 1))
        if raw.lstrip()[:1] == b"{":
            judge(raw, self.notes, at)

    def text(self, at: int, stop: int) -> str:
        """A text of the file."""
        return piece(self.data, at, stop).decode("utf-8", "replace")
