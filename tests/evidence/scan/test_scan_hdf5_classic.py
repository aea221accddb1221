"""HDF5 as the library writes it by default, read without it: the same outline, or left to the library."""

import contextlib
import importlib.util
import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casemate.evidence.scan import h5, h5_classic, h5_reader, h5_values
from casemate.evidence.scan.inspect import scan_bytes

EXAMPLE = Path(__file__).parent.parent.parent / "shelves" / "format_examples" / "hdf5.py"
SPEC = importlib.util.spec_from_file_location("hdf5_by_hand", EXAMPLE)
assert SPEC is not None
assert SPEC.loader is not None
by_hand: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(by_hand)

WORDS = st.text("abz.", min_size=1, max_size=12).filter(lambda w: w.strip(".") != "")
VALUES = st.sampled_from(
    [b"\x80bytes.", "text.", '{"a": 1}', "", 2.5, [1, 2], [b"a.", b"bcd."], "x" * 4000 + ".", ["é.", "yy."], None]
)
TREES = st.lists(
    st.tuples(
        st.lists(WORDS, min_size=1, max_size=3),
        st.sampled_from(["group", "whole", "scalar", "pieces", "packed", "soft", "hard", "texts", "gone"]),
        st.dictionaries(st.sampled_from(["model_config", "keras_version", "a", "b", "é"]), VALUES, max_size=3),
    ),
    max_size=40,
)


def written(tree: list[Any], **how: Any) -> bytes:
    """A file with these objects; those whose name is taken are left out."""
    h5py, numpy = pytest.importorskip("h5py"), pytest.importorskip("numpy")
    file = io.BytesIO()
    with h5py.File(file, "w", **how) as made:
        make = {
            "group": made.create_group,
            "whole": lambda p: made.create_dataset(p, data=numpy.arange(5, dtype="u1")),
            "scalar": lambda p: made.create_dataset(p, data=1.5),
            "pieces": lambda p: made.create_dataset(p, (40, 20), dtype="f4", chunks=(7, 9)),
            "packed": lambda p: made.create_dataset(p, data=numpy.zeros((9, 9)), compression="gzip"),
            "soft": lambda p: made.__setitem__(p, h5py.SoftLink("/nowhere")),
            "hard": lambda p: made.__setitem__(p, made),
            "texts": lambda p: made.create_dataset(p, (3,), dtype=h5py.string_dtype()),
        }
        for names, kind, attributes in tree:
            path = "/".join(names)
            if kind == "gone":
                made.pop(names[0], None)
                continue
            with contextlib.suppress(KeyError, ValueError, OSError, RuntimeError):  # no place for it
                make[kind](path)
            if path in made and made.get(path) is not None:
                for name, value in attributes.items():
                    _attach(made[path], name, value, h5py, numpy)
    return file.getvalue()


def _attach(thing: Any, name: str, value: Any, h5py: Any, numpy: Any) -> None:
    if value is None:
        thing.attrs[name] = h5py.Empty("S4")
    elif isinstance(value, (float, list)) and not isinstance(value[0] if isinstance(value, list) else 1, (bytes, str)):
        thing.attrs[f"{name} number"] = value
    elif isinstance(value, bytes) and name == "a":
        thing.attrs[name] = numpy.void(value + b"\0")
    else:
        thing.attrs[name] = value


def by_library(data: bytes) -> Any:
    """The outline of h5py, in this process: the file is our own."""
    h5py = pytest.importorskip("h5py")
    outline = h5_reader.Outline(h5py)
    with h5py.File(io.BytesIO(data), "r") as file:
        outline.walk(file.id)
    return {kind: tuple(map(tuple, found)) for kind, found in outline.said.items()}


def here(data: bytes) -> Any:
    found = h5_classic.outline(data)
    return {kind: getattr(found, kind) for kind in found.__slots__}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES)
def test_the_outline_is_the_one_that_the_library_gives(tree: list[Any]) -> None:
    data = written(tree)
    assert here(data) == by_library(data)


def test_a_group_of_many_names_is_a_deep_tree_and_the_same() -> None:
    data = written([([f"layer {i % 3}", f"{i * 7919 % 2003:04}"], "whole", {}) for i in range(2000)])
    assert here(data) == by_library(data)
    assert len(here(data)["spans"]) == 2000


def test_default_files_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h5, "installed", lambda: False)
    assert scan_bytes(by_hand.HARMLESS, "").verdict == "clean"
    assert scan_bytes(by_hand.HOSTILE, "").verdict == "unsafe"


@pytest.mark.parametrize("how", [{"libver": "latest"}, {"userblock_size": 512}, {"track_order": True}])
def test_other_forms_are_left_to_the_library(how: dict[str, Any]) -> None:
    with pytest.raises(h5_values.Beyond):
        h5_classic.outline(written([(["a", "b"], "whole", {})], **how))


def test_a_name_beyond_ascii_makes_a_group_of_the_newer_form() -> None:
    with pytest.raises(h5_values.Beyond):
        h5_classic.outline(written([(["é"], "group", {})]))


def test_values_in_another_file_are_left_to_the_library(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made.create_dataset("w", (4,), dtype="f4", external=[(str(tmp_path / "other"), 0, 16)])
    with pytest.raises(h5_values.Beyond):
        h5_classic.outline(file.getvalue())


def test_any_bit_of_a_file_may_be_another_and_only_beyond_leaves() -> None:
    data = by_hand.HOSTILE
    left = 0
    for place in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        try:
            h5_classic.outline(bytes(flipped))
        except h5_values.Beyond:
            left += 1
    assert 0 < left < len(data) * 8


@pytest.mark.parametrize("missing", range(1, len(by_hand.HOSTILE), 7))
def test_a_file_that_ends_early_is_left_to_the_library(missing: int) -> None:
    with pytest.raises(h5_values.Beyond):
        h5_classic.outline(by_hand.HOSTILE[:-missing])


def changed(data: bytes, mark: bytes, skip: int, raw: bytes) -> bytes:
    """The file with other bytes `skip` after the first place of a mark."""
    at = data.index(mark) + skip
    return data[:at] + raw + data[at + len(raw) :]


def test_who_lists_and_who_searches_must_see_the_same() -> None:
    data = written([([w], "group", {}) for w in ("aa", "bb", "cc")])
    assert len(here(data)["unread"]) == 0
    for other in (
        changed(data, b"aa\0", 0, b"zz"),  # out of order
        changed(data, b"bb\0", 0, b"aa"),  # twice
        changed(data, b"bb\0", 0, b"b/"),  # a path
        changed(data, b"TREE", 8, struct.pack("<Q", 96)),  # a neighbour to the left
        changed(data, b"TREE", 16, struct.pack("<Q", 96)),  # and to the right
        changed(data, b"SNOD", 6, b"\2"),  # one less than the tree says
        changed(data, b"SNOD", 8 + 24, bytes(8)),  # cached is another group than there is
        changed(data, b"SNOD", 8 + 16, b"\3"),  # a kind that nobody knows
    ):
        with pytest.raises(h5_values.Beyond):
            h5_classic.outline(other)


def test_a_loop_of_continuations_ends() -> None:
    loop = by_hand.classic(by_hand.message(16, struct.pack("<QQ", 112, 64)))
    with pytest.raises(h5_values.Beyond):
        h5_classic.outline(loop)


def test_a_header_of_the_whole_file_for_each_of_many_names_ends() -> None:
    places = h5_values.Places(bytes(1 << 20))
    for _ in range(h5_values.STEPS // 4097):
        places.at(0, 1 << 20)
    with pytest.raises(h5_values.Beyond):
        places.at(0, 1 << 20)
