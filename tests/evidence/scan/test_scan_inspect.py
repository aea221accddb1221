"""What `inspect` says of files: by content, from beginning to end, with one error for what is no file."""

import hashlib
import os
import pickle
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.core.errors import CasemateError
from casemate.evidence.scan import inspect as door
from casemate.evidence.scan.inspect import inspect, scan_bytes
from casemate.evidence.scan.lists import HERE, allowed, denial, denied
from casemate.evidence.scan.report import ORDER, Coverage, Finding, Import, verdict

relaxed = settings(deadline=None)  # the machine may be busy
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
FINDINGS = st.lists(st.builds(Finding, st.just("f"), st.sampled_from(ORDER), st.just("m"), st.just(0)), max_size=4)


class Own:
    """A class that no list knows."""


def wrote(folder: Path, data: bytes, name: str = "model.bin") -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def error_of(path: Path) -> str:
    with pytest.raises(CasemateError) as e:
        inspect(path)
    return str(e.value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", ["model.pkl", "model.txt", "README", "weights.safetensors"])
def test_a_pickle_is_found_by_content_whatever_its_name(tmp_path: Path, name: str, protocol: int) -> None:
    scan = inspect(wrote(tmp_path, pickle.dumps(eval, protocol), name))
    assert (scan.verdict, scan.format) == ("unsafe", "pickle")


def test_a_scan_tells_what_was_measured(tmp_path: Path) -> None:
    data = pickle.dumps(Own, 4)
    scan = inspect(wrote(tmp_path, data))
    assert scan.sha256 == hashlib.sha256(data).hexdigest()
    assert (scan.size, scan.coverage) == (len(data), Coverage(len(data), len(data)))
    assert [(i.module, i.name) for i in scan.imports] == [(__name__, "Own")]
    assert scan.verdict == "suspicious"
    assert [f.message for f in scan.findings] == [f"imports {__name__} Own, which is not on the allow-list"]


def test_a_project_may_allow_its_own_names_exactly(tmp_path: Path) -> None:
    file = wrote(tmp_path, pickle.dumps(Own))
    assert inspect(file, {(__name__, "Own")}).verdict == "clean"
    assert inspect(file, {(__name__, "O")}).verdict == "suspicious"
    assert inspect(file, {(__name__, "*")}).verdict == "suspicious"


def test_nobody_can_allow_what_is_denied(tmp_path: Path) -> None:
    assert inspect(wrote(tmp_path, pickle.dumps(eval)), {("builtins", "eval")}).verdict == "unsafe"


def test_a_dotted_name_is_not_covered_by_its_beginning(tmp_path: Path) -> None:
    data = b"\x80\x04\x8c\x08builtins\x8c\x08str.join\x93."
    assert inspect(wrote(tmp_path, data)).verdict == "suspicious"


def test_a_system_call_is_denied_by_the_name_that_pickle_writes(tmp_path: Path) -> None:
    scan = inspect(wrote(tmp_path, pickle.dumps(os.system)))
    assert scan.findings[0].message == f"imports {os.name} system, which runs commands and changes files"


def test_what_nobody_recognises_is_inconclusive(tmp_path: Path) -> None:
    scan = inspect(wrote(tmp_path, b"hello\n"))
    assert (scan.verdict, scan.format, scan.coverage.walked) == ("inconclusive", None, 0)
    assert [f.message for f in scan.findings] == ["is of no format that we can read"]


def test_an_empty_file_is_inconclusive(tmp_path: Path) -> None:
    scan = inspect(wrote(tmp_path, b""))
    assert (scan.verdict, [f.message for f in scan.findings]) == ("inconclusive", ["is empty"])


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    assert error_of(tmp_path / "no.pkl") == f"{tmp_path}/no.pkl: there is no such file; check the path"


def test_a_directory_is_an_error(tmp_path: Path) -> None:
    assert error_of(tmp_path) == f"{tmp_path}: is a directory; name the file in it"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_that_nobody_writes_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is no regular file" in error_of(tmp_path / "pipe")


def test_a_name_with_a_zero_byte_is_an_error() -> None:
    assert "cannot be read" in error_of(Path("a\0b"))


@relaxed
@given(st.binary(max_size=200))
def test_any_bytes_give_the_same_scan_twice(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = wrote(Path(folder), data)
        scan = inspect(file)
        assert scan == inspect(file)
        assert "failed" not in {f.id for f in scan.findings}


def test_a_large_file_is_mapped_and_scanned_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": i, "x": random.Random(i).random(), "tags": ["a", f"b{i}"]} for i in range(20_000)]
    file = wrote(tmp_path, pickle.dumps([rows, eval, Own, b"x" * 40_000_000, rows], 4))
    scan = inspect(file)
    assert scan.verdict == "unsafe"
    monkeypatch.setattr(door, "WHOLE", 10**12)
    assert inspect(file) == scan


def test_a_large_file_that_changes_meanwhile_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = wrote(tmp_path, pickle.dumps(1))
    monkeypatch.setattr(door, "WHOLE", 0)

    def meddle(data: bytes, sha256: str, also: object, role: object) -> object:
        os.utime(file, (1, 1))
        return scan_bytes(data, sha256)

    monkeypatch.setattr(door, "scan_bytes", meddle)
    assert "changed while it was read" in error_of(file)


def test_a_reader_that_fails_is_never_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from casemate.evidence.scan.formats import pickle as member

    monkeypatch.setattr(member, "walk", lambda *_: 1 / 0)
    scan = inspect(wrote(tmp_path, pickle.dumps(1)))
    assert scan.verdict == "inconclusive"
    assert "ZeroDivisionError" in scan.findings[0].message


# -- the algebra


@relaxed
@given(FINDINGS, st.integers(0, 3))
def test_clean_needs_full_coverage(findings: list[Finding], walked: int) -> None:
    said = verdict(findings, Coverage(walked, 3))
    assert (said == "clean") == (walked == 3 and all(f.severity == "info" for f in findings))


@relaxed
@given(FINDINGS, FINDINGS, st.integers(0, 3))
def test_one_more_finding_never_betters_the_verdict(some: list[Finding], more: list[Finding], walked: int) -> None:
    order = ("clean", *ORDER[1:])
    coverage = Coverage(walked, 3)
    assert order.index(verdict([*some, *more], coverage)) >= order.index(verdict(some, coverage))


def test_a_finding_beats_an_error() -> None:
    findings = [Finding("a", "inconclusive", "", 0), Finding("b", "unsafe", "", 0)]
    assert verdict(findings, Coverage(0, 9)) == "unsafe"


def test_an_odd_name_is_printed_without_control_characters() -> None:
    assert str(Import("a\x1b[31m", None, 0)) == "a\\x1b[31m ?"


# -- the lists


def test_nothing_is_both_allowed_and_denied() -> None:
    assert not [pair for pair in allowed() if denial(*pair)]


def test_the_lists_are_sorted_and_without_repeats() -> None:
    for name in ("allowed.txt", "denied.txt"):
        rows = (HERE / name).read_text(encoding="utf-8").splitlines()
        rows = [r for r in rows if not r.startswith("#")]
        assert rows == sorted(set(rows))


@pytest.mark.parametrize(
    "pair",
    [
        ("os", "system"), ("posix", "system"), ("nt", "system"), ("subprocess", "Popen"), ("builtins", "getattr"),
        ("builtins", "eval"), ("__builtin__", "eval"), ("builtins", "exec"), ("builtins", "compile"),
        ("builtins", "__import__"), ("importlib", "import_module"), ("importlib.util", "find_spec"), ("os", None),
        ("runpy", "run_path"), ("socket", "socket"), ("ctypes", "CDLL"), ("pty", "spawn"), ("pickle", "loads"),
        ("_pickle", "loads"), ("code", "interact"), ("builtins", "eval.__call__"), ("os.path", "os.system"),
    ],
)  # fmt: skip
def test_what_can_run_code_is_denied(pair: tuple[str, str | None]) -> None:
    assert denial(*pair)
    assert all(why for why in denied().values())


def test_a_distribution_whose_state_is_executed_is_not_allowed() -> None:
    assert not [pair for pair in allowed() if "_distn" in pair[0]]
