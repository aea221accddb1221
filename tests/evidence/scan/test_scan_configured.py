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


OTHERS = {
    ("adapter_config.json", '{"auto_mapping": {"parent_library": "subprocess"}}'): "subprocess, which runs commands",
    (
        "modules.json",
        '[{"idx": 0, "path": "", "type": "os.system"}]',
    ): "os.system, which runs commands and changes files",
    ("model_index.json", '{"unet": ["subprocess", "Popen"]}'): "subprocess, which runs commands",
    ("config.yaml", "model:\n  target: os.system\n"): "os.system, which runs commands and changes files",
    ("config.yaml", "class_path: subprocess.Popen\n"): "subprocess.Popen, which runs commands",
}


@pytest.mark.parametrize(("name", "text"), OTHERS)
def test_other_words_for_a_call_are_unsafe_where_what_they_name_is_denied(tmp_path: Path, name: str, text: str) -> None:
    assert of(tmp_path, name, text) == ("unsafe", [f"has a loader call {OTHERS[name, text]}"])


UNKNOWN = {
    ("adapter_config.json", '{"auto_mapping": {"parent_library": "mine"}}'): "mine",
    ("modules.json", '[{"idx": 0, "path": "", "type": "mine.Part"}]'): "mine.Part",
    ("manifest.json", '{"model": {"handler": "handler.py"}}'): "handler.py",
}


@pytest.mark.parametrize(("name", "text"), UNKNOWN)
def test_a_library_that_a_loader_imports_and_no_list_has_is_inconclusive(tmp_path: Path, name: str, text: str) -> None:
    assert of(tmp_path, name, text) == (
        "inconclusive",
        [f"has a loader call {UNKNOWN[name, text]}, which is on no list"],
    )


USUAL = {
    "adapter_config.json": '{"auto_mapping": {"parent_library": "transformers.models.llama.modeling_llama"}}',
    "modules.json": '[{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"}]',
    "model_index.json": '{"unet": ["diffusers", "UNet"], "checker": ["stable_diffusion", "C"], "x": [null]}',
    "manifest.json": '{"model": {"handler": "image_classifier"}}',
    "config.yaml": "target: test.csv\ntargets: [os]\nparent_library: null\n",
}


@pytest.mark.parametrize("name", USUAL)
def test_what_such_files_usually_say_is_clean(tmp_path: Path, name: str) -> None:
    assert of(tmp_path, name, USUAL[name]) == ("clean", [])


def test_json_that_makes_objects_is_suspicious(tmp_path: Path) -> None:
    said = ["is JSON that makes Python objects when jsonpickle reads it"]
    assert of(tmp_path, "a.json", '{"py/object": "a.B"}') == ("suspicious", said)


XML = (
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///x">]><a>&b;</a>',
    '<!DOCTYPE a SYSTEM "http://localhost/x.dtd"><a/>',
    '<a xmlns:xi="http://www.w3.org/2001/XInclude"/>',
)


@pytest.mark.parametrize("text", XML)
def test_xml_that_takes_in_other_files_is_suspicious(tmp_path: Path, text: str) -> None:
    said = ["is XML that has its reader take in other texts or files"]
    assert of(tmp_path, "m.pmml", text) == ("suspicious", said)
    assert of(tmp_path, "m.pmml", '<PMML version="4.4"/>') == ("clean", [])


def test_an_empty_file_that_is_called_like_a_model_is_none(tmp_path: Path) -> None:
    assert of(tmp_path, "a.pkl", "") == ("inconclusive", ["is called like a model and is empty"])
    assert of(tmp_path, "__init__", "") == ("clean", [])


def test_code_of_a_pipeline_is_named_like_code_of_a_model(tmp_path: Path) -> None:
    said = ["names program files that are run by loaders that trust them"]
    assert of(tmp_path, "config.json", '{"custom_pipelines": {"a": {"impl": "b.C"}}}') == ("suspicious", said)
