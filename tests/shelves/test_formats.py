"""Every format on the shelf, unasked: documented, total, bounded, and never clean where something is missing.

A format brings format_examples/<name>.py: HARMLESS, HOSTILE and, where they differ from the usual, FORMAT (the word of
the scan) and HOSTILE_IS (the verdict). HARMLESS may be None where the format has no file that we call clean.
"""

import gzip
import importlib.util
import inspect as source
import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core import shelf
from casemate.evidence.scan.archive import LAYOUTS
from casemate.evidence.scan.descend import SHELF, Descend
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Walk

FOLDER = Path(__file__).parent / "format_examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name.replace('-', '_')}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NAMES = shelf.names(SHELF)
EXAMPLES = {name: example(name) for name in NAMES}
CLEAN = [name for name in NAMES if EXAMPLES[name].HARMLESS is not None]
FILES = [file for e in EXAMPLES.values() for file in (e.HARMLESS, e.HOSTILE) if file]
ANYTHING = st.binary(max_size=300) | st.sampled_from(FILES)

relaxed = settings(deadline=None)  # the machine may be busy
each = pytest.mark.parametrize("name", NAMES)
each_clean = pytest.mark.parametrize("name", CLEAN)


def member(name: str) -> ModuleType:
    return shelf.member(SHELF, name)


def walked(name: str, data: bytes | memoryview) -> Walk:
    walk = member(name).walk(data, Descend.top(data))
    assert isinstance(walk, Walk)
    return walk


def hostile_is(name: str) -> str:
    return getattr(EXAMPLES[name], "HOSTILE_IS", "unsafe")


def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """A file with a few bytes changed, put in or left out."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(changed)))
        changed[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(changed)


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
    assert member(name).recognise(memoryview(data)) == member(name).recognise(data)


@each
@relaxed
@given(data=ANYTHING)
def test_walking_is_total_and_repeatable(name: str, data: bytes) -> None:
    walk = walked(name, data)
    assert 0 <= walk.walked <= len(data)
    assert walk == walked(name, data)
    assert walk == walked(name, memoryview(b"before" + data + b"after")[6:-5])


@each
@relaxed
@given(draw=st.data(), which=st.booleans())
def test_a_changed_file_is_no_crash(name: str, draw: st.DataObject, which: bool) -> None:
    found = EXAMPLES[name].HOSTILE if which else EXAMPLES[name].HARMLESS or b""
    data = draw.draw(st.composite(mutated)(found))
    assert "failed" not in {f.id for f in scan_bytes(data, "").findings}
    walked(name, data)


@each_clean
def test_a_harmless_file_is_clean(name: str) -> None:
    scan = scan_bytes(EXAMPLES[name].HARMLESS, "")
    assert (scan.verdict, scan.format, scan.findings) == ("clean", getattr(EXAMPLES[name], "FORMAT", name), ())


@each
def test_a_dangerous_file_is_not_clean(name: str) -> None:
    assert scan_bytes(EXAMPLES[name].HOSTILE, "").verdict == hostile_is(name)


@each_clean
def test_a_cut_file_is_never_clean(name: str) -> None:
    whole = EXAMPLES[name].HARMLESS
    assert not [n for n in range(len(whole)) if scan_bytes(whole[:n], "").verdict == "clean"]


@each_clean
def test_a_file_with_bytes_behind_it_is_not_clean(name: str) -> None:
    assert scan_bytes(EXAMPLES[name].HARMLESS + b"\xff\xfe\xfd", "").verdict != "clean"


def in_zip(data: bytes, method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("some/part", data)
    return file.getvalue()


@each
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_it_is_the_same_inside_an_archive(name: str, method: int) -> None:
    hostile = scan_bytes(in_zip(EXAMPLES[name].HOSTILE, method), "")
    assert hostile.verdict == hostile_is(name)
    assert any(f.where.startswith("zip member some/part") for f in hostile.findings)
    if EXAMPLES[name].HARMLESS:
        scan = scan_bytes(gzip.compress(in_zip(EXAMPLES[name].HARMLESS, method)), "")
        assert (scan.verdict, scan.findings) == ("clean", ())
        assert scan.coverage.entered >= 2


# -- layouts


@pytest.mark.parametrize("name", shelf.names(LAYOUTS))
def test_a_layout_says_what_it_is(name: str) -> None:
    layout = shelf.member(LAYOUTS, name)
    for thing in (layout, layout.recognise, layout.is_data, layout.walk):
        assert source.getdoc(thing)
    assert isinstance(layout.EXPECTED, frozenset)
    assert isinstance(layout.FORMAT, str)


@pytest.mark.parametrize("name", shelf.names(LAYOUTS))
@relaxed
@given(names=st.frozensets(st.text(max_size=20) | st.sampled_from(["a/data.pkl", "a/data/0", "pickle", "storages"])))
def test_a_layout_takes_any_names(name: str, names: frozenset[str]) -> None:
    layout = shelf.member(LAYOUTS, name)
    assert layout.recognise(names) in (True, False)
    assert {layout.is_data(n) for n in names} <= {True, False}
