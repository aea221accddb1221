"""Known answers of ONNX: what leads out of a model is found, and other protobuf is not taken for one."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.evidence.scan import external
from casemate.evidence.scan.formats.onnx import recognise
from casemate.evidence.scan.inspect import scan_bytes
from casemate.evidence.scan.protobuf import Broken, fields, varint
from casemate.evidence.scan.report import Scan
from protobytes import message, number
from protobytes import varint as varint_of

relaxed = settings(deadline=None)  # the machine may be busy


def model(*graph: bytes, behind: bytes = b"") -> bytes:
    return number(1, 10) + message(7, *graph, message(2, "g")) + message(8, number(2, 21)) + behind


def node(name: str = "Add", *more: bytes, field: int = 1) -> bytes:
    return message(field, message(1, "x"), message(2, "y"), message(4, name), *more)


def outside(**said: str) -> bytes:
    entries = [message(13, message(1, key), message(2, value)) for key, value in said.items()]
    return message(5, number(1, 2), number(2, 1), message(8, "w"), *entries, number(14, 1))


def scan(data: bytes) -> Scan:
    return scan_bytes(data, "")


def found(data: bytes) -> tuple[str, list[str]]:
    return scan(data).verdict, [f.id for f in scan(data).findings]


CLEAN = ("clean", [])


def test_a_plain_model_is_clean() -> None:
    assert found(model(node())) == CLEAN
    assert scan(model(node())).format == "onnx"


@pytest.mark.parametrize("location", ["weights.bin", "a/b.bin", "a/../b.bin", "./w", "w with spaces", "größe.bin"])
def test_a_file_beside_the_model_is_only_said(location: str) -> None:
    assert found(model(node(), outside(location=location, offset="0", length="8"))) == ("clean", ["external-data"])


LEADS_OUT = ["/etc/passwd", "../x", "a/../../x", "a\\..\\..\\x", "C:\\x", "\\\\host\\x", "file:x", "https://a/b", "~/x"]


@pytest.mark.parametrize("location", [*LEADS_OUT, "", " /x", "a\0b", "$HOME/x", "%TEMP%/x", "..", "a/.././../x"])
def test_a_location_that_leads_out_is_suspicious(location: str) -> None:
    verdict, ids = found(model(node(), outside(location=location)))
    assert (verdict, ids[0]) == ("suspicious", "external-location")


PLACES = {
    "a negative offset": ({"offset": "-1"}, "external-place"),
    "a negative length": ({"length": "-8"}, "external-place"),
    "no number": ({"length": "8.0"}, "external-place"),
    "beyond every file": ({"offset": "9" * 19}, "external-place"),
    "digits without end": ({"offset": "9" * 3000}, "external-place"),
    "too long for its shape": ({"length": "9"}, "external-size"),
    "an unknown key": ({"loader": "x"}, "external-key"),
}


@pytest.mark.parametrize("what", PLACES)
def test_an_odd_place_in_another_file_is_suspicious(what: str) -> None:
    said, rule = PLACES[what]
    verdict, ids = found(model(node(), outside(location="w.bin", **said)))
    assert (verdict, ids[0]) == ("suspicious", rule)


def test_a_location_said_twice_is_suspicious() -> None:
    one = message(13, message(1, "location"), message(2, "w.bin"))
    assert found(model(node(), message(5, one, one)))[1] == ["external-key", "external-data"]
    assert found(model(node(), message(5, number(14, 1))))[1] == ["external-location", "external-data"]


@given(st.lists(st.sampled_from(["a", "..", ".", ""]), max_size=6))
def test_a_path_leads_out_when_some_step_goes_above_its_beginning(steps: list[str]) -> None:
    depths, depth = [], 0
    for step in steps:
        depth += {"a": 1, "..": -1}.get(step, 0)
        depths.append(depth)
    path = "/".join(steps)
    assert external.leads_out(path) == (path.startswith("/") or min(depths, default=0) < 0)


def subgraph(depth: int) -> bytes:
    body = outside(location="../x")
    for _ in range(depth):
        body = node("If", message(5, message(1, "then"), message(6, body)))
    return body


def test_a_tensor_deep_in_nested_graphs_is_found_to_a_bounded_depth() -> None:
    assert found(model(subgraph(20)))[1] == ["external-location", "external-data"]
    assert found(model(subgraph(500))) == ("inconclusive", ["limit"])


IN_ATTRIBUTE = message(5, message(1, "a"), message(5, outside(location="../x")[2:]))
IN_SPARSE = message(15, message(1, outside(location="../x")[2:]))


@pytest.mark.parametrize("where", [node("C", IN_ATTRIBUTE), IN_SPARSE], ids=["attribute", "sparse"])
def test_a_tensor_elsewhere_in_a_graph_is_found(where: bytes) -> None:
    assert found(model(node(), where))[0] == "suspicious"


def test_a_tensor_in_a_function_or_in_training_is_found() -> None:
    function = message(25, message(1, "f"), node("C", IN_ATTRIBUTE, field=7))
    training = message(20, message(1, node("C", IN_ATTRIBUTE)))
    assert found(model(node(), behind=function))[0] == "suspicious"
    assert found(model(node(), behind=training))[0] == "suspicious"


def test_a_custom_operator_is_suspicious_and_told() -> None:
    made = scan(model(node(), node("Run", message(7, "evil.ops"))))
    assert made.verdict == "suspicious"
    assert made.findings[0].message.endswith("'evil.ops' 'Run'")


def test_an_operator_that_the_model_defines_is_none_from_elsewhere() -> None:
    function = message(25, message(1, "Twice"), node("Add", field=7), message(10, "my"))
    assert found(model(node("Twice", message(7, "my")), behind=function)) == CLEAN
    assert found(model(node("Thrice", message(7, "my")), behind=function))[0] == "suspicious"


def test_an_operator_that_onnx_does_not_have_is_inconclusive() -> None:
    assert found(model(node("SystemCall"))) == ("inconclusive", ["unknown-operator"])


def test_operators_that_are_built_in_are_clean() -> None:
    assert (
        found(model(node("Gelu", message(7, "com.microsoft")), node("SVMClassifier", message(7, "ai.onnx.ml"))))
        == CLEAN
    )


def test_nodes_that_run_python_or_hold_an_engine_are_told() -> None:
    assert found(model(node("PyOp", message(7, "pyop"))))[0] == "unsafe"
    assert found(model(node("EPContext", message(7, "com.microsoft")))) == ("inconclusive", ["engine"])


def test_a_pickle_in_weights_attributes_or_metadata_is_unsafe() -> None:
    hidden = pickle.dumps(eval)
    assert scan(model(node(), message(5, message(9, hidden)))).verdict == "unsafe"
    assert scan(model(node("Add", message(5, message(4, hidden))))).verdict == "unsafe"
    assert scan(model(node(), behind=message(14, message(1, "k"), message(2, hidden)))).verdict == "unsafe"


def test_a_tensor_of_another_length_than_its_shape_is_inconclusive() -> None:
    assert found(model(node(), message(5, number(1, 2), number(2, 1), message(9, bytes(9))))) == (
        "inconclusive",
        ["size"],
    )
    assert found(model(node(), message(5, message(1, b"\2\1"), number(2, 1), message(9, bytes(8))))) == CLEAN


def test_a_field_that_is_not_known_is_inconclusive() -> None:
    assert found(model(node("Add", message(77, "x")))) == ("inconclusive", ["unknown-field"])
    assert found(model(node("Add", number(1, 1)))) == ("inconclusive", ["unknown-field"])


def test_a_second_graph_is_suspicious() -> None:
    assert found(model(node(), behind=message(7, node())))[0] == "suspicious"


def test_what_breaks_off_inside_is_inconclusive() -> None:
    assert found(model(node("Add", b"\x0a\x7f"))) == ("inconclusive", ["broken"])
    assert found(model(node("Add", b"\x0b"))) == ("inconclusive", ["broken"])
    assert found(model(node("Add", b"\x08" + b"\xff" * 20))) == ("inconclusive", ["broken"])


OTHERS = {
    "a number and a text": number(1, 3) + message(2, "name"),
    "a graph of nothing": number(1, 3) + message(7, b"") + message(8, number(2, 9)),
    "no operator sets": number(1, 3) + message(7, node()),
    "a node without an operator": number(1, 3) + message(7, message(1, message(1, "x"))) + message(8, number(2, 9)),
    "a stray field": number(1, 3) + message(9, "x") + message(7, node()) + message(8, number(2, 9)),
    "sets of something else": number(1, 3) + message(7, node()) + message(8, "long text in place of numbers"),
    "an ordinary record": number(1, 7) + message(2, "a", "b") + message(7, message(1, "street"), number(2, 3)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_other_protobuf_is_not_taken_for_a_model(what: str) -> None:
    assert not recognise(OTHERS[what])
    assert scan(OTHERS[what]).verdict != "clean"


@relaxed
@given(st.recursive(st.binary(max_size=6), lambda inner: st.builds(message, st.integers(1, 30), inner), max_leaves=5))
def test_random_protobuf_is_not_taken_for_a_model(body: bytes) -> None:
    assert not recognise(number(1, 4) + body)


@given(st.integers(0, (1 << 64) - 1))
def test_a_number_is_read_as_it_was_written(value: int) -> None:
    raw = varint_of(value)
    assert varint(b"x" + raw + b"y", 1, len(raw) + 1) == (value, len(raw) + 1)


@relaxed
@given(st.binary(max_size=60))
def test_fields_lie_behind_each_other_and_inside(data: bytes) -> None:
    last = 0
    try:
        for _, _, begin, end in fields(data, 0, len(data)):
            assert last < begin <= end <= len(data)
            last = end
    except Broken:
        return
    assert last == len(data)
