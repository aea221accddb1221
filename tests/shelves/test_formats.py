"""Every format on the shelf, unasked: documented, total, bounded, and never clean where something is missing."""

import inspect as source
import pickle
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.evidence.scan.inspect import SHELF, scan_bytes
from casemate.evidence.scan.report import Walk

NAMES = shelf.names(SHELF)
# A harmless file and one that refers to something denied, per format; a format without both fails below.
EXAMPLES = {"pickle": (pickle.dumps([{"a": 1.5}, "b", (None, True)]), pickle.dumps([1, eval]))}
ANYTHING = st.binary(max_size=300) | st.sampled_from([e for pair in EXAMPLES.values() for e in pair])

relaxed = settings(deadline=None)  # the machine may be busy
each = pytest.mark.parametrize("name", NAMES)


def member(name: str) -> ModuleType:
    return shelf.member(SHELF, name)


def test_the_shelf_is_not_empty() -> None:
    assert "pickle" in NAMES


@each
def test_it_says_what_it_is(name: str) -> None:
    for thing in (member(name), member(name).recognise, member(name).walk):
        assert source.getdoc(thing)


@each
def test_it_loads_no_framework_and_no_other_member(name: str) -> None:
    lines = source.getsource(member(name)).splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert not [
        i for i in imports if "scan.formats" in i or i.split()[1].split(".")[0] in ("torch", "joblib", "sklearn")
    ]


@each
@relaxed
@given(data=ANYTHING)
def test_recognising_is_total(name: str, data: bytes) -> None:
    assert member(name).recognise(data) in (True, False)


@each
@relaxed
@given(data=ANYTHING)
def test_walking_is_total_and_repeatable(name: str, data: bytes) -> None:
    walk = member(name).walk(data)
    assert isinstance(walk, Walk)
    assert 0 <= walk.walked <= len(data)
    assert walk == member(name).walk(data)


@each
@relaxed
@given(at=st.integers(0), byte=st.integers(0, 255), which=st.integers(0, 1))
def test_a_changed_byte_is_no_crash(name: str, at: int, byte: int, which: int) -> None:
    data = bytearray(EXAMPLES[name][which])
    data[at % len(data)] = byte
    assert "failed" not in {f.id for f in scan_bytes(bytes(data), "").findings}


@each
def test_a_harmless_file_is_clean(name: str) -> None:
    scan = scan_bytes(EXAMPLES[name][0], "")
    assert (scan.verdict, scan.format, scan.findings) == ("clean", name, ())


@each
def test_a_dangerous_file_is_unsafe(name: str) -> None:
    assert scan_bytes(EXAMPLES[name][1], "").verdict == "unsafe"


@each
def test_a_cut_file_is_never_clean(name: str) -> None:
    whole = EXAMPLES[name][0]
    assert not [n for n in range(len(whole)) if scan_bytes(whole[:n], "").verdict == "clean"]
