"""A SavedModel as a folder: files that say nothing of themselves are read by the index beside them."""

import pickle
import runpy
from pathlib import Path

import pytest

from casemate.evidence.scan.record import Record, of_path

SHELF = Path(__file__).parents[2] / "shelves/format_examples"
MADE = runpy.run_path(str(SHELF / "saved_variables.py"))
GRAPH = runpy.run_path(str(SHELF / "saved_model.py"))["HARMLESS"]
SHARD = bytes(range(200, 224))


def folder(path: Path, shard: bytes = SHARD, index: bytes = MADE["HARMLESS"]) -> list[Path]:
    files = {
        "saved_model.pb": GRAPH,
        "fingerprint.pb": b"\x08\x96\x01\x10\x01\x18\x02\x20\x03\x28\x04\x32\x02\x08\x02",
        "variables/variables.index": index,
        "variables/variables.data-00000-of-00001": shard,
        "assets/words.txt": b"one\ntwo\n",
    }
    for name, data in files.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(data)
    return [path / name for name in files]


def of(path: Path) -> Record:
    return of_path(str(path), frozenset(), strict=False, part=True)


def test_every_file_of_the_folder_is_clean(tmp_path: Path) -> None:
    assert {p.name: (r.verdict, r.findings) for p in folder(tmp_path) for r in [of(p)]} == {
        p.name: ("clean", ()) for p in folder(tmp_path)
    }


@pytest.mark.parametrize("shard", [SHARD + b"x", SHARD[:-1], pickle.dumps(eval)])
def test_a_shard_that_its_index_does_not_account_for_is_never_clean(tmp_path: Path, shard: bytes) -> None:
    assert of(folder(tmp_path, shard)[3]).verdict != "clean"


@pytest.mark.parametrize("index", [b"", MADE["HOSTILE"], MADE["HARMLESS"][:-1]])
def test_a_shard_without_an_index_that_can_be_read_is_inconclusive(tmp_path: Path, index: bytes) -> None:
    assert of(folder(tmp_path, index=index)[3]).verdict == "inconclusive"


def test_a_pickle_in_a_variable_is_found(tmp_path: Path) -> None:
    evil = b"\x80\x04cbuiltins\neval\n."
    index = MADE["table"]([MADE["HEADER"], (b"a", MADE["entry"](0, len(evil)))])
    record = of(folder(tmp_path, evil, index)[3])
    assert (record.verdict, record.findings[0].where) == ("unsafe", "variable a")


def test_a_shard_that_is_named_alone_is_read_by_its_content(tmp_path: Path) -> None:
    assert of_path(str(folder(tmp_path)[3]), frozenset(), strict=False).verdict == "inconclusive"


def test_a_fingerprint_that_is_none_is_never_clean(tmp_path: Path) -> None:
    (tmp_path / "fingerprint.pb").write_bytes(b"\x82\x08abc")
    assert of(tmp_path / "fingerprint.pb").verdict != "clean"
