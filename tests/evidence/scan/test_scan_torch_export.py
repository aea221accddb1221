"""Graphs of torch.export: what a node calls, how a shape is written, and what lies beside them."""

import io
import json
import pickle
import zipfile

import pytest

from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Scan

FORM = {"m/archive_format": "pt2", "m/archive_version": "0", "m/byteorder": "little"}


def archive(parts: dict[str, str | bytes]) -> Scan:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in {**FORM, **parts}.items():
            made.writestr(name, content)
    return scan_bytes(file.getvalue(), "")


def graph(**node: object) -> dict[str, str | bytes]:
    return {"m/models/model.json": json.dumps({"graph_module": {"graph": {"nodes": [node]}}})}


USUAL = [
    "torch.ops.aten.relu.default", "torch.ops.higher_order.cond", "torch.ops.quantized.linear.default", "_operator.add",
    "math.ceil", "torch.sym_max", "torch._check",
]  # fmt: skip


@pytest.mark.parametrize("target", USUAL)
def test_a_node_that_calls_an_operator_is_clean(target: str) -> None:
    scan = archive(graph(target=target) | {"m/data/weights/weight_0": b"\x80\4numbers"})
    assert (scan.verdict, scan.format, scan.findings) == ("clean", "torch", ())


OTHERS = ["torch.os.system", "torch.hub.load", "torch.ops.load_library", "_operator.attrgetter", "#x", "os.system"]


@pytest.mark.parametrize("target", OTHERS)
def test_a_node_that_calls_anything_else_is_suspicious(target: str) -> None:
    scan = archive(graph(target=target))
    said = f"has a node that calls {target}, which is no operator"
    assert (scan.verdict, [f.message for f in scan.findings]) == ("suspicious", [said])


def test_a_key_and_a_name_in_escapes_are_read() -> None:
    text = r'{"t\u0061rget": "torch.\u006fs.system"}'
    scan = archive({"m/models/model.json": text})
    assert [f.message for f in scan.findings] == ["has a node that calls torch.os.system, which is no operator"]


def test_an_operator_of_another_library_is_suspicious() -> None:
    scan = archive(graph(target="torch.ops.mine.run.default"))
    assert [f.message for f in scan.findings] == ["calls the operator mine, which is not part of torch"]


SHAPES = [
    "s0", "8*s77 + 2", "Max(1, s0//2)", "1.5*s0", "Mul(Symbol('s77', positive=True, integer=True), Integer(8))",
    "Float('0.5', precision=53)", "Eq(Mod(s0, 8), 0)",
]  # fmt: skip


@pytest.mark.parametrize("text", SHAPES)
def test_a_shape_of_numbers_and_symbols_is_clean(text: str) -> None:
    assert archive(graph(expr_str=text)).verdict == "clean"


CODE = ["__import__('os').system('x')", "s0.__class__", "1.real", "eval(1)", "s0[0]", "'a'", "s0 . real", "s0" * 9000]


@pytest.mark.parametrize("text", CODE)
def test_a_shape_that_is_anything_else_is_unsafe(text: str) -> None:
    scan = archive(graph(expr_str=text))
    assert (scan.verdict, [f.id for f in scan.findings]) == ("unsafe", ["code"])


def test_what_lies_beside_the_graph_is_read_by_its_content() -> None:
    marked = pickle.dumps(eval)
    for name in ("m/data/weights/weight_0", "m/data/sample_inputs/model.pt", "m/data/constants/custom_obj_0"):
        assert archive(graph(target="") | {name: marked}).verdict == "unsafe"
    assert (
        archive(graph(target="") | {"m/data/aotinductor/model/a.so": b"\x7fELF" + bytes(90)}).verdict == "inconclusive"
    )


def test_a_graph_that_is_no_json_is_inconclusive() -> None:
    assert archive({"m/models/model.json": "{"}).verdict == "inconclusive"
