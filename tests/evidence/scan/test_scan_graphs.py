"""Graphs and code that run without Python: TensorFlow's SavedModel and TorchScript."""

import io
import pickle
import zipfile

import pytest

from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.report import Scan
from casemate.evidence.scan.tf_graph import SUSPICIOUS, UNSAFE


def field(number: int, *content: bytes) -> bytes:
    whole = b"".join(content)
    return bytes([number << 3 | 2, len(whole) & 0x7F | 0x80, len(whole) >> 7]) + whole


def node(operation: str) -> bytes:
    return field(1, b"n") + field(2, operation.encode())


def model(*meta: bytes) -> bytes:
    return b"\x08\x01" + field(2, field(2, field(1, node("Const"))), *meta)


def in_zip(parts: dict[str, bytes]) -> Scan:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return scan_bytes(file.getvalue(), "")


# -- SavedModel


@pytest.mark.parametrize("operation", ["MatMul", "SaveV2", "StatefulPartitionedCall", "ReaderReset"])
def test_an_operation_that_computes_is_clean(operation: str) -> None:
    scan = scan_bytes(model(field(2, field(1, node(operation)))), "")
    assert (scan.verdict, scan.format) == ("clean", "saved-model")


@pytest.mark.parametrize("operation", ["ReadFileX", "readfile", "LoadLibrary"])
def test_an_operation_that_tensorflow_does_not_have_is_inconclusive(operation: str) -> None:
    scan = scan_bytes(model(field(2, field(1, node(operation)))), "")
    assert (scan.verdict, scan.coverage.full) == ("inconclusive", True)
    said = f"has the operation {operation}, which TensorFlow itself does not have"
    assert [f.message for f in scan.findings] == [said]


def test_a_function_of_the_graph_may_be_called_by_its_name() -> None:
    function = field(1, field(1, field(1, b"twice")) + field(3, node("MatMul")))
    scan = scan_bytes(model(field(2, field(1, node("twice")) + field(2, function))), "")
    assert (scan.verdict, scan.findings) == ("clean", ())


@pytest.mark.parametrize("operation", ["PyFunc", "PyFuncStateless", "EagerPyFunc", "WriteFile", "ReadFile"])
def test_an_operation_is_found_in_graphs_and_functions(operation: str) -> None:
    verdict = "unsafe" if operation in UNSAFE else "suspicious"
    in_graph = model(field(2, field(1, node(operation))))
    in_function = model(field(2, field(2, field(1, field(1, b""), field(3, node(operation))))))
    assert [scan_bytes(data, "").verdict for data in (in_graph, in_function)] == [verdict, verdict]


def test_the_two_lists_differ() -> None:
    assert not UNSAFE.keys() & SUSPICIOUS.keys()


def test_an_asset_outside_its_folder_is_suspicious() -> None:
    assert scan_bytes(model(field(6, field(2, b"../../x"))), "").verdict == "suspicious"
    assert scan_bytes(model(field(6, field(2, b"vocabulary.txt"))), "").verdict == "clean"


def test_what_keras_says_beside_it_is_judged() -> None:
    said = b'{"class_name": "Lambda", "config": {}}'
    objects = field(1, b"\x10\x01", field(3, b"root"), field(4, b"_tf_keras_layer"), field(5, said))
    scan = scan_bytes(objects, "")
    assert (scan.verdict, scan.format) == ("unsafe", "saved-model")
    assert scan_bytes(model(field(7, field(1, field(4, field(1, b"x"), field(3, said))))), "").verdict == "unsafe"


def test_an_archive_knows_its_variables() -> None:
    parts = {"m/saved_model.pb": model(), "m/variables/variables.index": b"\0\1", "m/fingerprint.pb": b"\x08\1"}
    parts["m/variables/variables.data-00000-of-00001"] = b"\0\xff" * 99
    assert (in_zip(parts).verdict, in_zip(parts).format) == ("clean", "saved-model")
    assert in_zip({**parts, "m/variables/variables.index": pickle.dumps(eval)}).verdict == "unsafe"
    assert in_zip({**parts, "m/other": b"\0\1"}).verdict == "inconclusive"


def test_in_an_archive_the_order_of_fields_hides_nothing() -> None:
    odd = field(2, field(2, field(1, node("PyFunc"))), field(15, b"x")) + field(9, b"more")
    assert in_zip({"saved_model.pb": odd}).verdict == "unsafe"
    assert in_zip({"saved_model.pb": model() + field(9, b"more")}).verdict == "inconclusive"
    assert in_zip({"saved_model.pb": model() + b"\xff"}).verdict == "inconclusive"


def test_a_graph_as_text_is_never_clean() -> None:
    assert in_zip({"saved_model.pbtxt": b'node { op: "Const" }'}).verdict == "inconclusive"
    assert in_zip({"saved_model.pbtxt": b'node { op: "PyFunc" }'}).verdict == "suspicious"


# -- TorchScript


def script(code: str, names: bytes = b"c__torch__\nM\n", **parts: bytes) -> Scan:
    plain = b"\x80\x02" + names + b")\x81}b."
    whole = {"m/data.pkl": plain, "m/constants.pkl": b"\x80\x02).", "m/code/__torch__.py": code.encode()}
    return in_zip({**whole, "m/data/0": b"\0\xff", "m/version": b"3\n", **parts})


@pytest.mark.parametrize(
    "code",
    [
        "class M(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return torch.add(x, ops.prim.shape(x))\n",
        'x = "torch ops save"  # torch, ops',
        "x = ops.quantized.linear(y)",
        "x = __torch__.torch.nn.functional.relu(y)",
        "w : __torch__.torch.classes.quantized.LinearPackedParamsBase",
        "x = 'it\\'s torch'",
        "x = y.save(torch_1)",
    ],
)
def test_code_that_computes_is_clean(code: str) -> None:
    scan = script(code)
    assert (scan.verdict, scan.format) == ("clean", "torchscript")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("torch.save(x, '/tmp/x')", "unsafe"),
        ("torch . \\\n save(x, '/tmp/x')", "unsafe"),
        ("ops.aten.from_file('/etc/passwd')", "unsafe"),
        ("ops.evil.run(x)", "suspicious"),
        ("torch.ops.evil.run(x)", "suspicious"),
        ("o = ops\no.evil.run(x)", "suspicious"),
        ("t = torch\nt.save(x)", "suspicious"),
        ("getattr(torch, 'save')(x)", "suspicious"),
        ("w : __torch__.torch.classes.evil.Thing", "suspicious"),
    ],
)
def test_code_that_reaches_out_is_found(code: str, verdict: str) -> None:
    assert script(code).verdict == verdict


def test_names_of_torchs_own_reader_count_there_alone() -> None:
    assert script("", b"ctorch.jit._pickle\nbuild_intlist\n").verdict == "clean"
    assert script("", b"ctorch.jit._pickle\nother\n").verdict == "suspicious"
    assert script("", b"c__torch__evil\nM\n").verdict == "suspicious"
    assert script("", b"c__torch__.torch.classes.evil\nM\n").verdict == "suspicious"
    assert script("", b"cos\nsystem\n").verdict == "unsafe"
    assert scan_bytes(b"\x80\x02ctorch.jit._pickle\nbuild_intlist\n.", "").verdict == "suspicious"
    assert scan_bytes(b"\x80\x02c__torch__\nM\n.", "").verdict == "suspicious"


def test_a_second_pickle_behind_the_first_is_judged() -> None:
    assert script("", b"c__torch__\nM\n", **{"m/constants.pkl": b"\x80\x02)." + pickle.dumps(eval)}).verdict == "unsafe"


def test_code_that_is_no_text_is_inconclusive() -> None:
    assert script("", **{"m/code/a.py": b"\xff"}).verdict == "inconclusive"
