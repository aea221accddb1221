"""HDF5 by its outline: what Keras and PyTables would load from attributes, and what lies in other files.

With h5py only; without it the file is recognised and inconclusive.
"""

import importlib.util
import io
import pickle
from pathlib import Path
from typing import Any

import pytest

from casemate.evidence.scan import h5
from casemate.evidence.scan.inspect import scan_bytes

EXAMPLE = Path(__file__).parent.parent.parent / "shelves" / "format_examples" / "hdf5.py"
SPEC = importlib.util.spec_from_file_location("hdf5_example", EXAMPLE)
assert SPEC is not None
assert SPEC.loader is not None
by_hand: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(by_hand)
needs_h5py = pytest.mark.skipif(not h5.installed(), reason="h5py is an extra")


def test_without_h5py_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h5, "installed", lambda: False)
    scan = scan_bytes(by_hand.hdf5(), "")
    assert (scan.verdict, scan.format, scan.coverage.walked) == ("inconclusive", "hdf5", 0)
    assert "pip install 'casemate[h5]'" in scan.findings[0].message


def test_a_mark_behind_a_user_block_is_found() -> None:
    assert scan_bytes(b"\1" * 1024 + by_hand.hdf5(), "").format == "hdf5"
    assert scan_bytes(b"\1" * 1000 + by_hand.hdf5(), "").format is None


@needs_h5py
@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ([by_hand.attribute("model_config", b'{"class_name": "Sequential", "config": {"layers": []}}')], "clean"),
        ([by_hand.attribute("model_config", by_hand.LAMBDA)], "unsafe"),
        ([by_hand.attribute("training_config", b'{"loss": {"class_name": "function", "config": "x"}}')], "clean"),
        ([by_hand.attribute("training_config", b'{"loss": {"class_name": "f", "module": "os"}}')], "unsafe"),
        ([by_hand.attribute("model_config", b"{broken")], "inconclusive"),
        ([by_hand.attribute("TITLE", pickle.dumps(eval))], "unsafe"),
        ([by_hand.attribute("TITLE", pickle.dumps([1]))], "clean"),
        ([by_hand.external_link("w", "/etc/passwd")], "suspicious"),
    ],
)
def test_what_attributes_and_links_mean(content: list[bytes], verdict: str) -> None:
    assert scan_bytes(by_hand.hdf5(*content), "").verdict == verdict


@needs_h5py
def test_values_in_other_files_are_told_and_not_opened(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    file, other = io.BytesIO(), tmp_path / "other"
    with h5py.File(file, "w") as made:
        made.create_dataset("w", (4,), dtype="f4", external=[(str(other), 0, 16)])
        made["soft"] = h5py.SoftLink("/nowhere")
        layout = h5py.VirtualLayout((4,), dtype="f4")
        layout[:] = h5py.VirtualSource(str(other), "x", (4,))
        made.create_virtual_dataset("v", layout)
    scan = scan_bytes(file.getvalue(), "")
    assert {f.where for f in scan.findings if f.id == "outside-file"} == {"hdf5 object /w", "hdf5 object /v"}
    assert not other.exists()


@needs_h5py
def test_a_pickle_in_the_values_is_judged() -> None:
    h5py, numpy = pytest.importorskip("h5py"), pytest.importorskip("numpy")
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["a/b"] = numpy.frombuffer(pickle.dumps(eval), "u1")
    assert scan_bytes(file.getvalue(), "").verdict == "unsafe"


@needs_h5py
def test_a_reader_that_answers_nonsense_is_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for said in ("b'E' + bytes(8)", "b'R'", "b'?'", "b'E' + (99).to_bytes(8) + b'{}'", "b''"):
        reader = tmp_path / "reader.py"
        reader.write_text(f"import sys; sys.stdout.buffer.write({said})")
        monkeypatch.setattr(h5, "READER", reader)
        assert scan_bytes(by_hand.hdf5(), "").verdict == "inconclusive"


@needs_h5py
def test_a_reader_that_crashes_is_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = tmp_path / "reader.py"
    reader.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(h5, "READER", reader)
    scan = scan_bytes(by_hand.hdf5(), "")
    assert (scan.verdict, scan.findings[0].message) == ("inconclusive", "made the HDF5 reader crash (signal 11)")
