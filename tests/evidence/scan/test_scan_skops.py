"""skops: every node of the schema is an import, judged like those of a pickle."""

import io
import json
import zipfile
from typing import Any

import pytest

from casemate.evidence.scan.inspect import scan_bytes


def node(module: str, name: str, loader: str = "ObjectNode", **more: Any) -> dict[str, Any]:
    return {"__class__": name, "__module__": module, "__loader__": loader, **more}


def archive(inner: dict[str, Any], **parts: bytes) -> bytes:
    top = node("builtins", "list", "ListNode", content=[{"deep": inner}], protocol=2)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("schema.json", json.dumps(top))
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [
        (node("sklearn.linear_model._base", "LinearRegression"), "clean"),
        (node("numpy.random.mtrand", "RandomState", "RandomStateNode"), "clean"),
        (node("os", "system", "FunctionNode"), "unsafe"),
        (node("builtins", "eval", "TypeNode"), "unsafe"),
        (node("sklearnevil", "LinearRegression"), "suspicious"),
        (node("builtins", "list", "MethodNode"), "suspicious"),
        (node("operator", "methodcaller", "OperatorFuncNode"), "unsafe"),
        (node("builtins", "list", "NewNode"), "suspicious"),
        (node("builtins", "max", "FunctionNode", content={"module_path": "os", "function": "system"}), "unsafe"),
        (node("builtins", "max", "FunctionNode", content={"module_path": "numpy", "function": "mean"}), "clean"),
    ],
)
def test_a_node_is_judged_like_an_import(inner: dict[str, Any], verdict: str) -> None:
    scan = scan_bytes(archive(inner), "")
    assert (scan.verdict, scan.format) == (verdict, "skops")


def test_a_schema_counts_beside_anything() -> None:
    scan = scan_bytes(archive(node("os", "system"), readme=b"text"), "")
    assert (scan.verdict, scan.format) == ("unsafe", "zip")


def test_bytes_of_an_object_are_data() -> None:
    assert (
        scan_bytes(archive(node("builtins", "bytes", "BytesNode"), **{"1.bin": b"\xff\0\x01"}), "").verdict == "clean"
    )


def test_a_class_that_is_no_text_cannot_be_told() -> None:
    assert scan_bytes(archive({"__class__": 1, "__module__": "os", "__loader__": "TypeNode"}), "").verdict == "unsafe"
    assert scan_bytes(archive({"__class__": 1, "__loader__": "TypeNode"}), "").verdict == "suspicious"
