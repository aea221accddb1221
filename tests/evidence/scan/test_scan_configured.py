"""Configurations that have a loader call something, and texts that stand where a model should be."""

from pathlib import Path

import pytest

from casemate.evidence.scan import configured
from casemate.evidence.scan.record import of_path


def of(folder: Path, name: str, text: str) -> tuple[str, list[str]]:
    path = folder / name
    path.write_text(text)
    record = of_path(str(path), frozenset(), strict=False, part=True)
    return record.verdict, [f.message for f in record.findings]


CALLED = {
    "model:\n  _target_: os.system\n": "has a loader call os.system, which runs commands and changes files",
    '{"_target_": "builtins.eval"}': "has a loader call builtins.eval, which runs any code",
    '{"\\u005ftarget\\u005F": "builtins.eval"}': "has a loader call builtins.eval, which runs any code",
    "? _target_\n: subprocess.Popen\n": "has a loader call subprocess.Popen, which runs commands",
    "_target_ : 'os.system'": "has a loader call os.system, which runs commands and changes files",
    "loader_module: subprocess\n": "has a loader call subprocess, which runs commands",
}


@pytest.mark.parametrize("text", CALLED)
def test_a_configuration_that_calls_what_is_denied_is_unsafe(tmp_path: Path, text: str) -> None:
    assert of(tmp_path, "a.yaml", text) == ("unsafe", [CALLED[text]])


def test_a_configuration_that_calls_what_no_list_knows_is_inconclusive(tmp_path: Path) -> None:
    said = ["has a loader call mine.Model, which is on no list"]
    assert of(tmp_path, "a.yaml", "_target_: mine.Model\n") == ("inconclusive", said)
    said = ["has a loader call >-, which is on no list"]
    assert of(tmp_path, "a.yaml", "_target_: >-\n  os.system\n") == ("inconclusive", said)
    said = ["has a loader call something, which is on no list"]
    assert of(tmp_path, "a.yaml", "_target_:\n  [os.system]\n") == ("inconclusive", said)


def test_a_configuration_that_calls_what_libraries_make_is_clean(tmp_path: Path) -> None:
    assert of(tmp_path, "a.yaml", "_target_: torch.optim.lr_scheduler.StepLR\nstep: 3\n") == ("clean", [])
    assert of(tmp_path, "MLmodel", "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n") == ("clean", [])


def test_calls_without_end_are_a_limit() -> None:
    raw = b"_target_: torch.float32\n" * (configured.MOST + 1)
    assert [id for id, _, _ in configured.judge(raw)] == ["limit"]  # noqa: A001


def test_a_pointer_of_git_lfs_is_not_the_model(tmp_path: Path) -> None:
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
    said = ["stands for a file that Git LFS keeps, and which is not here"]
    assert of(tmp_path, "model.pkl", text) == ("inconclusive", said)


@pytest.mark.parametrize("name", ["model.pkl", "pytorch_model.BIN", "a.safetensors"])
def test_text_that_is_called_like_a_model_is_none(tmp_path: Path, name: str) -> None:
    assert of(tmp_path, name, "cmine\nf\nZ") == ("inconclusive", ["is called like a model and is plain text"])
    assert of(tmp_path, "notes", "cmine\nf\nZ") == ("clean", [])
