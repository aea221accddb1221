"""Keras configurations: every object of the tree counts, modules by their exact first part."""

import io
import json
import zipfile

import pytest

from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Scan

DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}


def config(*layers: object) -> bytes:
    inner = {"name": "s", "layers": list(layers)}
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": inner}).encode()


def scan(*layers: object) -> Scan:
    return scan_bytes(config(*layers), "")


def made(name: str, module: str | None = None, **more: object) -> dict[str, object]:
    return {"module": module, "class_name": name, "config": {}, **more}


def function(name: str, module: str = "builtins") -> dict[str, object]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


def in_zip(parts: dict[str, bytes]) -> Scan:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return scan_bytes(file.getvalue(), "")


@pytest.mark.parametrize(
    "layer",
    [
        DENSE,
        made("Dense"),
        made("Adam", "keras.optimizers"),
        made("Functional", "keras.src.models.functional", registered_name="Functional"),
        made("Add", "keras.src.ops.numpy", registered_name="Add"),
        made("DTypePolicy", "keras"),
        made("__keras_tensor__"),
        made("FeatureSpace", "keras.utils"),
        made("TextVectorization", "keras.layers", config={"vocabulary": None}),
        made("TFOpLambda", config={"function": "math.multiply"}),
        made("Custom>Adam"),
        made("Backbone", "keras_hub.src.models.backbone"),
        function("mean_squared_error"),
    ],
)
def test_what_keras_writes_is_clean(layer: object) -> None:
    assert scan(layer).findings == ()


@pytest.mark.parametrize(
    "layer",
    [
        made("Lambda", "keras.layers"),
        made("Lambda"),
        made("Custom>Lambda"),
        made("__lambda__", config={"value": "4wEAAAAA"}),
        made("TorchModuleWrapper", "keras.layers"),
        made("get_file", "keras.utils"),
        made("load_model", "keras.saving"),
        made("enable_unsafe_deserialization", "keras.config"),
        made("py_function", "tensorflow"),
        made("TFOpLambda", config={"function": "io.write_file"}),
        made("system", "os"),
        made("run", "subprocess"),
        made("eval", "builtins"),
        function("eval"),
        function("system", "os"),
        {"class_name": ["no text"], "config": {"deep": [[{"a": made("Lambda")}]]}},
    ],
)
def test_what_runs_code_is_unsafe(layer: object) -> None:
    assert scan(layer).verdict == "unsafe"


@pytest.mark.parametrize(
    "layer",
    [
        made("Dense", "kerasevil.layers"),
        made("Dense", "keras_evil"),
        made("Dense", "mymodule"),
        made("Thing", "keras.src.saving.saving_lib"),
        made("Thing", "keras.utils"),
        made("MyLayer"),
        made("MyLayer", None, registered_name="mine>MyLayer"),
        made("TFSMLayer", "keras.layers", config={"filepath": "/somewhere"}),
        made("StringLookup", "keras.layers", config={"vocabulary": "/etc/passwd"}),
        made("TFOpLambda", config={"function": "saved_model.load"}),
        function("my_loss"),
        {"class_name": "__typespec__", "spec_name": "Spec", "module": "elsewhere", "config": {}},
    ],
)
def test_what_comes_from_elsewhere_is_suspicious(layer: object) -> None:
    assert scan(layer).verdict == "suspicious"


def test_a_module_of_the_project_can_be_allowed() -> None:
    data = config(made("Layer", "mymodule"))
    assert scan_bytes(data, "", {("mymodule", "Layer")}).verdict == "clean"


def test_a_key_that_stands_twice_counts_twice() -> None:
    twice = b'{"class_name": "Dense", "class_name": "Lambda", "class_name": "Dense", "config": {}}'
    assert scan_bytes(twice, "").verdict == "unsafe"


def test_letters_in_escapes_are_letters() -> None:
    data = config(made("Lambda")).replace(b"class_name", b"cl\\u0061ss_n\\u0061Me".replace(b"Me", b"me"))
    assert scan_bytes(data, "").verdict == "unsafe"
    assert in_zip({"config.json": b"\xef\xbb\xbf" + b" " * 9_999 + data}).verdict == "unsafe"


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, "1" * 5_000_000])
def test_too_much_is_inconclusive(text: str) -> None:
    data = ('{"class_name": "Dense", "config": ' + text + "}").encode()
    scan = in_zip({"config.json": data})
    assert (scan.verdict, {f.id for f in scan.findings}) == ("inconclusive", {"limit"})


def test_an_archive_with_weights_is_keras() -> None:
    parts = {"metadata.json": b"{}", "config.json": config(DENSE), "model.weights.npz": b"PK\5\6" + bytes(18)}
    assert (in_zip(parts).format, in_zip(parts).verdict) == ("keras", "clean")
    assert in_zip({**parts, "config.json": config(made("Lambda"))}).verdict == "unsafe"


def test_an_archive_without_weights_hides_nothing() -> None:
    assert in_zip({"config.json": config(made("Lambda"))}).verdict == "unsafe"


def test_other_json_with_such_keys_is_text() -> None:
    scan = in_zip({"notes.json": b'{"list": [{"class_name": "Lambda", "config": {}}]}'})
    assert (scan.verdict, scan.format) == ("clean", "zip")


@pytest.mark.parametrize("name", ["vectorize", "map", "scan", "while_loop", "cond"])
def test_a_function_that_calls_what_it_is_given_is_suspicious(name: str) -> None:
    found = scan(function(name, "keras.ops"))
    assert (found.verdict, {f.id for f in found.findings}) == ("suspicious", {"call"})


def test_a_name_in_the_registry_that_keras_does_not_have_is_a_custom_object() -> None:
    assert {f.id for f in scan(made("Dense", "keras.layers", registered_name="Mine")).findings} == {"custom-object"}
    assert scan(made("Dense", "keras.layers", registered_name="Dense")).findings == ()
