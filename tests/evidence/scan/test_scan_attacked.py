"""Files that loaders run code from and a scan once called clean. The mark is a reference to `eval`, never called."""

import io
import json
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.plain import understood
from casemate.evidence.scan.record import of_path
from casemate.evidence.scan.report import Scan

EVAL = b"\x80\x02cbuiltins\neval\n."
UNKNOWN = "(S'true'\niunlisted\nrun\n."  # a name on no list
BLOCK = 512


def scan(data: bytes) -> Scan:
    return scan_bytes(data, "")


def told(data: bytes) -> dict[str, str]:
    return {f.id: f.severity for f in scan(data).findings}


# --- zip: two directories ---


def zip_entry(name: str, data: bytes, at: int, extra: bytes = b"", local_extra: bytes = b"") -> tuple[bytes, bytes]:
    raw, crc = name.encode(), zlib.crc32(data)
    sizes = (crc, len(data), len(data), len(raw))
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0x21, *sizes, len(local_extra)) + raw + local_extra
    head = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0x21, *sizes, len(extra), 0, 0, 0, 0, at)
    return local + data, head + raw + extra


def zip_body(members: list[tuple[str, bytes]], base: int = 0) -> tuple[bytes, bytes]:
    body = heads = b""
    for name, data in members:
        local, head = zip_entry(name, data, base + len(body))
        body, heads = body + local, heads + head
    return body, heads


def end64(count: int, size: int, offset: int) -> bytes:
    return struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)


def tail(count: int, size: int, offset: int, said: int) -> bytes:
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, said, 1)
    return locator + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


def two_directories(inner: list[tuple[str, bytes]]) -> bytes:
    first = [("a/data.pkl", pickle.dumps(1, 2)), ("a/version", b"3\n")]
    base = len(zip_body(first)[0]) + 30 + len("a/data/0")
    body, heads = zip_body(inner, base)
    hidden = body + heads + end64(len(inner), len(heads), base + len(body))
    members = [*first, ("a/data/0", hidden.ljust(4096, b"\1"))]
    body2, heads2 = zip_body(members)
    ends = end64(len(members), len(heads2), len(body2))
    said = base + len(body) + len(heads)
    return body2 + heads2 + ends + tail(len(members), len(heads2), len(body2), said)


def test_a_second_directory_that_the_locator_names_is_read() -> None:
    found = scan(two_directories([("a/data.pkl", EVAL), ("a/version", b"3\n")]))
    assert found.verdict == "unsafe"
    assert "directory" in {f.id for f in found.findings}


def test_a_second_directory_is_suspicious_without_any_entry() -> None:
    assert told(two_directories([]))["directory"] == "suspicious"


def test_a_small_end_that_differs_from_the_large_one_is_suspicious() -> None:
    body, heads = zip_body([("a.json", b"{}")])
    at = len(body) + len(heads)
    assert (
        told(body + heads + end64(1, len(heads), len(body)) + tail(1, len(heads), 7, at))["directory"] == "suspicious"
    )


@pytest.mark.parametrize("offset", [0xFFFFFFFF, None])
def test_a_large_end_that_agrees_is_clean(offset: int | None) -> None:
    body, heads = zip_body([("a.json", b"{}"), ("b.txt", b"words")])
    at = len(body) + len(heads)
    small = tail(2, len(heads), len(body) if offset is None else offset, at)
    assert scan(body + heads + end64(2, len(heads), len(body)) + small).findings == ()


@pytest.mark.parametrize("places", [(True, False), (False, True), (True, True)])
def test_a_second_name_in_a_zip_is_told(places: tuple[bool, bool]) -> None:
    field = b"\1" + struct.pack("<L", zlib.crc32(b"a.txt")) + b"model.pkl"
    extra = struct.pack("<2H", 0x7075, len(field)) + field
    local, head = zip_entry("a.txt", b"words", 0, extra * places[0], extra * places[1])
    data = local + head + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(head), len(local), 0)
    assert told(data)["names-differ"] == "suspicious"


# --- tar ---


def tar_head(name: str, size: int, kind: bytes = b"0") -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type = size, kind
    return entry.tobuf(tarfile.USTAR_FORMAT)


def blocks(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % BLOCK)


def record(key: str, value: bytes) -> bytes:
    body = b" " + key.encode() + b"=" + value + b"\n"
    length = next(n for n in range(len(body), len(body) + 9) if n == len(str(n)) + len(body))
    return str(length).encode() + body


def pax(records: bytes, kind: bytes = b"x") -> bytes:
    return tar_head("pax", len(records), kind) + blocks(records)


END = bytes(10240)
PLAIN = tar_head("a.txt", 5) + blocks(b"words")


def test_a_tar_whose_first_name_is_a_pickle_is_not_clean() -> None:
    data = tar_head(UNKNOWN, 5) + blocks(b"words") + END
    assert told(data)["unknown-import"] == "suspicious"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model.pkl", data)
    assert told(packed.getvalue())["unknown-import"] == "suspicious"


def test_a_name_that_fills_its_field_is_a_pickle_all_the_same() -> None:
    data = tar_head(UNKNOWN + "N" * (100 - len(UNKNOWN)), 5) + blocks(b"words") + END
    assert told(data)["unknown-import"] == "suspicious"


SPARSE = record("GNU.sparse.major", b"1") + record("GNU.sparse.minor", b"0")
TARS = {
    "sparse": pax(SPARSE) + PLAIN,
    "sparse map": pax(record("GNU.sparse.map", b"1,4,0,1")) + PLAIN,
    "not exact": pax(record("comment", b"x")[:-1] + b"y") + PLAIN,
    "no length": pax(b"path=model.pkl\n") + PLAIN,
    "size for all": pax(record("size", b"5"), b"g") + PLAIN,
    "size for one of the next": pax(record("size", b"9"), b"g") + PLAIN + pax(record("mtime", b"1")) + PLAIN,
    "another size": pax(record("size", b"4")) + PLAIN,
    "no size": pax(record("size", b"x")) + PLAIN,
}


@pytest.mark.parametrize("name", TARS)
def test_an_entry_that_tools_read_differently_is_not_understood(name: str) -> None:
    assert scan(TARS[name] + END).verdict != "clean"
    assert "not-understood" in told(TARS[name] + END)


def test_a_record_inside_the_value_of_another_is_none() -> None:
    data = pax(record("comment", b"x\n12 path=model.pkl\n")) + PLAIN + END
    assert scan(data).verdict == "clean"


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_an_honest_tar_is_clean(kind: int) -> None:
    file = io.BytesIO()
    headers = {"comment": "words"} if kind == tarfile.PAX_FORMAT else {}
    with tarfile.open(fileobj=file, mode="w", format=kind, pax_headers=headers) as archive:
        entry = tarfile.TarInfo("ä" * 40 + "/config.json")
        entry.size, entry.mtime = 2, 0.5 if headers else 0  # type: ignore[assignment]
        archive.addfile(entry, io.BytesIO(b"{}"))
    assert scan(file.getvalue()).verdict == "clean"


def torch_tar(kind: str, width: int, behind: bytes = b"") -> bytes:
    """A storage of 16 elements, with a pickle behind it when `behind` is one."""
    args = b"\x80\x02X\1\0\0\0" + b"0X\3\0\0\0cpuctorch\n" + kind.encode() + b"\n\x87."
    storages = pickle.dumps(1, 2) + args + struct.pack("<q", 16) + b"\1" * 16 * width + behind + b"\x80\x02]."
    parts = {"sys_info": {}, "pickle": {}, "tensors": 0}
    members = {n: pickle.dumps(v, 2) for n, v in parts.items()} | {"storages": storages}
    return b"".join(tar_head(n, len(d)) + blocks(d) for n, d in members.items()) + END


@pytest.mark.parametrize(("kind", "width"), [("ByteStorage", 1), ("HalfStorage", 2), ("FloatStorage", 4)])
def test_a_storage_in_a_tar_is_as_wide_as_its_pickle_says(kind: str, width: int) -> None:
    assert scan(torch_tar(kind, width)).verdict == "clean"
    assert scan(torch_tar(kind, width, EVAL)).verdict == "unsafe"


def test_a_pickle_that_a_wider_guess_would_pass_over_is_found() -> None:
    assert scan(torch_tar("ByteStorage", 1, EVAL + b"\1" * (48 - len(EVAL)))).verdict == "unsafe"


def test_a_storage_of_no_known_width_is_not_understood() -> None:
    assert "not-understood" in told(torch_tar("OtherStorage", 4))


# --- text ---

TEXTS = {
    "a.yaml": "!<tag:yaml.org,2002:python/object/apply:eval> ['1']\n",
    "b.yaml": "!!pyth%6fn/object/apply:eval ['1']\n",
    "c.yaml": "%TAG !p! tag:yaml.org,2002:pyth\n---\n!p!on/object/apply:eval ['1']\n",
    "d.yaml": "%TAG !p! tag:x,2002:pyth\n---\n!p!on/object/apply:eval ['1']\n",
    "modeling.py": "x = __import__('os').system\n",
    "two.py": "if 1: import os\n",
    "three.txt": "\ufeffimport os\n",
    "four.txt": "from os import*\n",
    "run.sh": "curl http://localhost/x\n",
    "tokenizer_config.json": '{"chat_template": "{{ cycler.__init__.__globals__.os }}"}\n',
    "chat.jinja": "{% for x in ''.__class__.__mro__ %}{% endfor %}\n",
    "open.jinja": "{{ 'words'\n",
    "README.md": "# Use\n\n```\nx = 1\n```\nimport os\n",
    "OTHER.md": "```\nx = 1\n~~~\n````x\n```\n\nfrom os import system\n",
    "example.txt": "```\nimport os\n```\n",
    "x": "x = 1; __import__ ('os')\n",
    "notebook.ipynb": '{"cells": [], "nbformat": 4}',
    "chat.j2": "{{ cycler.__init__.__globals__.os }}\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_somebody_runs_or_renders_is_not_clean(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TEXTS[name], encoding="utf-8")
    assert of_path(str(tmp_path / name), frozenset(), False, part=True).verdict != "clean"
    data = tar_head(name, len(TEXTS[name].encode())) + blocks(TEXTS[name].encode()) + END
    assert scan(data).verdict != "clean"


HONEST = {
    "chat_template.jinja": "{%- for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] }}{%- endfor %}\n",
    "USE.md": "---\nlicense: mit\n---\n```python\nimport os\n```\n\n> ~~~~\n> from a import b\n> ~~~~~\n\nEnd.\n",
    "CITATION.md": "@article{x, title={y}}\n@misc {z}\n",
    "tokenizer_config.json": json.dumps({"chat_template": '{% for m in messages %}\n{{ m["content"] }}{% endfor %}'}),
    "tokenizer.json": json.dumps({"model": {"vocab": {"{{": 1, "{%": 2, "os": 3}, "merges": ["{ {", "{{ os", "{ %"]}}),
    "merges.txt": "#version\n{ {\n{{ os\nos #\n",
    "README.md": 'Hello! 100 %\n@article{x, title={{BERT: Pre-training}}, note={{\\"o}}}\n'.replace("@", "at "),
    "config.yaml": "a: !x 1\nb: [1, 2]\n",
}


@pytest.mark.parametrize("name", HONEST)
def test_text_that_is_only_read_stays_clean(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(HONEST[name], encoding="utf-8")
    assert of_path(str(tmp_path / name), frozenset(), False, part=True).verdict == "clean"


# --- Keras ---


def keras(layer: dict[str, object]) -> bytes:
    return json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}, "module": "keras"}).encode()


CALLED = {
    "raw_ops.PrintV2": "suspicious",
    "raw_ops.SaveV2": "suspicious",
    "raw_ops.RestoreV2": "suspicious",
    "raw_ops.EagerPyFunc": "unsafe",
    "raw_ops.SaveDataset": "unsafe",
    "compat.v1.raw_ops.EagerPyFunc": "unsafe",
    "compat.v1.io.write_graph": "suspicious",
    "compat.v1.gfile.Remove": "suspicious",
    "compat.v1.py_func": "unsafe",
    "raw_ops.MatMul": "clean",
    "compat.v1.nn.relu": "clean",
    "concat": "clean",
}


@pytest.mark.parametrize("function", CALLED)
def test_an_operation_that_a_layer_calls_is_judged_by_its_name(function: str) -> None:
    data = keras({"class_name": "TFOpLambda", "config": {"name": "x", "function": function}})
    assert scan(data).verdict == CALLED[function]


def test_a_lookup_that_opens_a_path_is_suspicious() -> None:
    module = "keras.src.layers.preprocessing.index_lookup"
    layer = {"module": module, "class_name": "IndexLookup", "config": {"vocabulary": "words.txt"}}
    assert told(keras(layer))["outside-file"] == "suspicious"


# --- a zip that reads as opcodes ---


def test_a_zip_of_pickles_is_no_pickle_though_its_bytes_read_as_one() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("\n" * 2, b"1\n0")
        made.writestr("data.pkl", pickle.dumps(["unlisted", "run"], 4)[:-1] + b"h\x01h\x02\x93.")
    names = {(i.module, i.name): i.where for i in scan(file.getvalue()).imports}
    assert names == {("unlisted", "run"): "zip member data.pkl"}


def test_torch_before_1_6_took_a_tuple_for_the_class_in_it_and_nothing_else() -> None:
    def taken(kind: bytes, what: bytes) -> bytes:
        return b"\x80\x02(X\x06\0\0\0" + kind + what + b"NNtQ)\x81."

    known = b"ctorch.nn.modules.linear\nLinear\n"
    assert told(taken(b"module", known)) == {"outside-object": "info"}
    assert told(taken(b"module", known + b")R"))["calls-made"] == "suspicious"
    assert told(taken(b"object", known))["calls-made"] == "suspicious"
    for before in (b"", b"X" + (100_000).to_bytes(4, "little") + bytes(100_000) + b"0"):
        named = taken(b"module", b"cbuiltins\nmax\n").replace(b"\x80\x04", b"\x80\x04" + before)
        assert told(named)["calls-named"] == "suspicious"


LONG = [b"\n", b"\r", b" \n", b"[!", b"!a", b"<!DOCTYPE ", b"```\n", b"target ", b"__import__ ", b"\nclass a"]


@pytest.mark.parametrize("part", LONG)
def test_a_long_text_of_one_sign_takes_no_longer_than_its_length(part: bytes) -> None:
    # Were it squared, each would take hours.
    assert understood(part * (2_000_000 // len(part)), lambda *_: None, "README.md")
    assert understood(part + b"a" * 2_000_000, lambda *_: None)
