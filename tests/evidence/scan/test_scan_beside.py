"""What lies beside the parts that loaders read, or beside the file: comments, extra fields, external data, texts."""

import io
import json
import os
import pickle
import runpy
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from casemate.evidence.scan.inspect import inspect, scan_bytes
from casemate.evidence.scan.record import of_path

ONNX = runpy.run_path(str(Path(__file__).parents[2] / "shelves/format_examples/onnx.py"))
EVAL = b"\x80\x04cbuiltins\neval\n."


def archive(change: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        entry = zipfile.ZipInfo("a.txt")
        if change == "extra":
            entry.extra = (0x7777).to_bytes(2, "little") + len(EVAL).to_bytes(2, "little") + EVAL
        if change == "entry":
            entry.comment = EVAL
        if change == "archive":
            made.comment = EVAL
        if change == "words":
            made.comment = entry.comment = b"only some words about it"
        made.writestr(entry, b"words")
    return file.getvalue()


@pytest.mark.parametrize("change", ["extra", "entry", "archive"])
def test_a_pickle_in_a_comment_or_an_extra_field_is_found(change: str) -> None:
    assert scan_bytes(archive(change), "").verdict == "unsafe"


def test_a_comment_in_words_is_clean() -> None:
    assert scan_bytes(archive("words"), "").findings == ()


# -- ONNX


def onnx(location: str, length: int = 8) -> bytes:
    message, number = ONNX["message"], ONNX["number"]
    pairs = {"location": location, "length": str(length)}
    entries = (message(13, message(1, key), message(2, value)) for key, value in pairs.items())
    tensor = message(5, number(1, 2), number(2, 1), message(8, "w"), *entries, number(14, 1))
    graph = message(7, message(1, message(1, "x"), message(2, "y"), message(4, "Relu")), tensor, message(2, "g"))
    return bytes(number(1, 8) + message(2, "test") + graph + message(8, number(2, 17)))


def told(folder: Path, location: str = "w.bin") -> tuple[str, set[str]]:
    (folder / "m.onnx").write_bytes(onnx(location))
    scan = inspect(folder / "m.onnx")
    return scan.verdict, {f.id for f in scan.findings if f.severity != "info"}


def test_a_file_of_tensors_that_is_there_is_clean(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(8))
    assert told(tmp_path) == ("clean", set())


def test_a_file_of_tensors_that_is_missing_or_too_short_is_inconclusive(tmp_path: Path) -> None:
    assert told(tmp_path) == ("inconclusive", {"external-file"})
    (tmp_path / "w.bin").write_bytes(bytes(7))
    assert told(tmp_path) == ("inconclusive", {"external-file"})


@pytest.mark.parametrize("how", ["link", "hard link", "folder link", "folder"])
def test_a_file_of_tensors_that_is_another_one_is_suspicious(tmp_path: Path, how: str) -> None:
    (tmp_path / "away").mkdir()
    secret = tmp_path / "away" / "w.bin"
    secret.write_bytes(bytes(8))
    model = tmp_path / "model"
    model.mkdir()
    location = "w.bin"
    if how == "link":
        (model / "w.bin").symlink_to(secret)
    elif how == "hard link":
        os.link(secret, model / "w.bin")
    elif how == "folder link":
        (model / "in").symlink_to(tmp_path / "away")
        location = "in/w.bin"
    else:
        (model / "w.bin").mkdir()
    assert told(model, location) == ("suspicious", {"external-file"})


@pytest.mark.parametrize("location", ["/etc/passwd", "../w.bin", "a/../../w.bin", ""])
def test_a_place_that_leads_out_is_suspicious(tmp_path: Path, location: str) -> None:
    assert told(tmp_path, location) == ("suspicious", {"external-location"})


def of_folder(path: Path) -> tuple[str, str | None]:
    record = of_path(str(path), frozenset(), strict=False, part=True)
    return record.verdict, record.format


NUMBERS = b"\xff\x01\x02\x00\xfe\x03\x04\x00"


@pytest.mark.parametrize("location", ["w.onnx.data", "in/w.bin"])
def test_a_file_of_a_folder_that_a_model_takes_its_tensors_from_is_data(tmp_path: Path, location: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / location).write_bytes(NUMBERS)
    assert of_folder(tmp_path / location) == ("inconclusive", None)
    (tmp_path / "m.onnx").write_bytes(onnx(location))
    assert of_folder(tmp_path / location)[0] == "clean"
    (tmp_path / "m.onnx").write_bytes(onnx(location, 9))
    assert of_folder(tmp_path / location)[0] == "inconclusive"


def test_a_pickle_in_the_tensors_of_a_model_is_found(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(NUMBERS + EVAL)
    (tmp_path / "m.onnx").write_bytes(onnx("w.bin"))
    assert of_folder(tmp_path / "w.bin")[0] == "clean"  # behind the numbers no loader begins
    (tmp_path / "w.bin").write_bytes(EVAL)
    assert of_folder(tmp_path / "w.bin")[0] == "unsafe"


def packed(kind: str, parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
            for name, data in parts.items():
                made.writestr(name, data)
        return file.getvalue()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_tensors_of_a_model_in_an_archive_are_data(kind: str) -> None:
    model = onnx("w.bin")

    def said(parts: dict[str, bytes]) -> tuple[str, set[str]]:
        scan = scan_bytes(packed(kind, parts), "")
        return scan.verdict, {f.id for f in scan.findings if f.severity != "info"}

    assert said({"a/w.bin": NUMBERS, "a/m.onnx": model}) == ("clean", set())
    assert said({"a/w.bin": NUMBERS[1:], "a/m.onnx": model}) == ("inconclusive", {"external-file"})
    assert said({"a/m.onnx": model}) == ("inconclusive", {"external-file"})
    assert said({"w.bin": NUMBERS, "a/m.onnx": model}) == ("inconclusive", {"external-file", "unrecognised"})
    assert said({"a/w.bin": EVAL, "a/m.onnx": model}) == ("unsafe", {"denied-import"})


# -- text


def of(path: Path, text: str) -> tuple[str, set[str]]:
    path.write_text(text)
    record = of_path(str(path), frozenset(), strict=False, part=True)
    return record.verdict, {f.id for f in record.findings}


def test_a_configuration_that_names_program_files_is_suspicious(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    assert of(path, json.dumps({"model_type": "own", "auto_map": {"AutoModel": "own.Model"}})) == (
        "suspicious", {"auto-map"},
    )  # fmt: skip
    assert of(path, '{"\\u0061uto_map": {"AutoModel": "own.Model"}}') == ("suspicious", {"auto-map"})
    assert of(path, json.dumps({"model_type": "bert", "mapping": "auto"})) == ("clean", set())


def test_a_template_in_a_long_text_is_judged(tmp_path: Path) -> None:
    words = "some words " * 120_000
    assert of(tmp_path / "a.txt", words + "{{ x.__class__.__mro__ }}")[0] == "unsafe"
    assert of(tmp_path / "a.txt", words + "{{ x }}" + words) == ("clean", set())
    assert of(tmp_path / "a.txt", "{{ x }}" * 200_000) == ("inconclusive", {"template-length"})


# -- joblib


def test_a_pickle_in_a_constant_behind_an_array_is_found() -> None:
    file = io.BytesIO()
    joblib.dump([np.arange(300.0), {"inner": pickle.dumps(eval, 4)}], file)
    scan = scan_bytes(file.getvalue(), "")
    assert (scan.verdict, scan.format) == ("unsafe", "joblib")


@pytest.mark.parametrize("kind", ["O", [("a", "f8"), ("b", "O")], "M8[s]", "U3"])
def test_an_array_of_any_kind_is_clean(kind: Any) -> None:
    file = io.BytesIO()
    joblib.dump({"a": np.zeros(3, kind), "b": np.zeros(3, kind)[0]}, file)
    assert scan_bytes(file.getvalue(), "").findings == ()
