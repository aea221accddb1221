"""ONNX files of every form that exporters write: the same answers as onnxruntime gives, and inputs that do not fit.

Run by `make test-models`, in an environment with the libraries; skipped everywhere else.
"""

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402

from casemate.core.space import Feature, Space, numbers  # noqa: E402
from casemate.evidence.redteam.attack import Sample  # noqa: E402
from casemate.evidence.redteam.loaded import Shown  # noqa: E402
from casemate.evidence.redteam.metered import Budget, Metered  # noqa: E402
from casemate.evidence.redteam.model import Function, ModelError  # noqa: E402
from casemate.evidence.redteam.models.onnx import load, recognises  # noqa: E402
from casemate.evidence.redteam.probe import probe  # noqa: E402
from casemate.evidence.redteam.target import opened, source  # noqa: E402

RNG = np.random.default_rng(0)
ROWS = RNG.random((50, 4))
WEIGHTS = RNG.normal(size=(4, 3))
SPACE = numbers([0] * 4, [1] * 4)


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


EXPECTED = softmax(ROWS @ WEIGHTS)


def saved(path, nodes, inputs, outputs, weights=WEIGHTS, kind=np.float32):
    """A model of these nodes; `W` are the weights."""
    w = onnx.numpy_helper.from_array(weights.astype(kind), "W")
    graph = helper.make_graph(nodes, "g", inputs, outputs, [w])
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=versions, ir_version=8, producer_name="t"), path)
    return path


def floats(name, *sides, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(sides))


def linear(path, *, softmaxed=True, rows="n", weights=WEIGHTS, kind=TensorProto.FLOAT, sides=(4,)):
    """logits = x W, then perhaps a softmax."""
    number = np.float64 if kind == TensorProto.DOUBLE else np.float32
    nodes = [helper.make_node("Flatten", ["x"], ["flat"]), helper.make_node("MatMul", ["flat", "W"], ["z"])]
    if softmaxed:
        nodes.append(helper.make_node("Softmax", ["z"], ["p"]))
    out = floats("p" if softmaxed else "z", rows, weights.shape[1], kind=kind)
    return saved(path, nodes, [floats("x", rows, *sides, kind=kind)], [out], weights, number)


def loaded(path, space=SPACE, **options):
    return load(str(path), Shown(space), options)


def error(job):
    with pytest.raises(ValueError) as e:  # noqa: PT011  compared whole
        job()
    return str(e.value)


def test_its_files_are_told_by_their_content(tmp_path):
    assert recognises(linear(tmp_path / "m.onnx").read_bytes()[:4096], "whatever")
    large = linear(tmp_path / "large.onnx", weights=RNG.normal(size=(4, 3000)))
    assert recognises(large.read_bytes()[:4096], "whatever")
    assert not any(
        recognises(head, "m.onnx") for head in (b"", b"\x08", b"\x08\x07\x42\x00", b"\x08\x07\x0f\x01", b"{")
    )


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.DOUBLE])
def test_probabilities_are_taken_as_they_are(tmp_path, kind):
    model = loaded(linear(tmp_path / "m.onnx", kind=kind))
    np.testing.assert_allclose(model.answer(ROWS), EXPECTED, atol=1e-6)
    assert list(model.classes) == [0, 1, 2]


def test_logits_become_probabilities(tmp_path):
    model = loaded(linear(tmp_path / "m.onnx", softmaxed=False), classes=["a", "b", "c"])
    np.testing.assert_allclose(model.answer(ROWS), EXPECTED, atol=1e-6)
    assert model.classes == ["a", "b", "c"]


def test_one_number_a_row_must_be_told_what_it_is(tmp_path):
    path = linear(tmp_path / "m.onnx", softmaxed=False, weights=WEIGHTS[:, :1])
    assert error(lambda: loaded(path)) == (
        "gives one number a row; say what it is: --option output=logits, or output=probabilities"
    )
    p = 1 / (1 + np.exp(-ROWS @ WEIGHTS[:, :1]))
    np.testing.assert_allclose(loaded(path, output="logits").answer(ROWS), np.hstack([1 - p, p]), atol=1e-6)


@pytest.mark.parametrize("rows", [1, 8, 64])
def test_a_fixed_number_of_rows_is_filled_up(tmp_path, rows):
    model = loaded(linear(tmp_path / "m.onnx", rows=rows))
    np.testing.assert_allclose(model.answer(ROWS), EXPECTED, atol=1e-6)


def test_rows_take_the_shape_that_the_file_says(tmp_path):
    model = loaded(linear(tmp_path / "m.onnx", sides=(1, 2, 2)))
    np.testing.assert_allclose(model.answer(ROWS), EXPECTED, atol=1e-6)


def test_a_shape_that_the_file_leaves_open_is_named(tmp_path):
    path = linear(tmp_path / "m.onnx", sides=("c", "h", 2))
    assert error(lambda: loaded(path)) == (
        "takes rows of the shape c x h x 2, and the data have 4 columns; give its shape: --option shape=1x8x8"
    )
    np.testing.assert_allclose(loaded(path, shape="1x2x2").answer(ROWS), EXPECTED, atol=1e-6)


def test_another_number_of_columns_is_an_error(tmp_path):
    assert error(lambda: loaded(linear(tmp_path / "m.onnx"), numbers([0], [1]))) == (
        "takes rows of the shape 4, and the data have 1 columns; give its shape: --option shape=1x8x8"
    )


def test_other_classes_are_an_error(tmp_path):
    assert error(lambda: loaded(linear(tmp_path / "m.onnx"), classes=["a", "b"])) == (
        "gives 3 scores a row, and 2 classes are named; name as many"
    )


def maps(path):
    """What exporters of scikit-learn write: labels, and a score by class."""
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["z"]),
        helper.make_node("Softmax", ["z"], ["p"]),
        helper.make_node("ArgMax", ["p"], ["label"], axis=1, keepdims=0),
        helper.make_node("ZipMap", ["p"], ["output_probability"], domain="ai.onnx.ml", classlabels_strings=list("abc")),
    ]
    inner = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    by_class = helper.make_value_info("output_probability", helper.make_sequence_type_proto(inner))
    return saved(path, nodes, [floats("x", "n", 4)], [floats("label", "n", kind=TensorProto.INT64), by_class])


def test_scores_by_class_name_their_classes(tmp_path):
    model = loaded(maps(tmp_path / "m.onnx"))
    np.testing.assert_allclose(model.answer(ROWS), EXPECTED, atol=1e-6)
    assert model.classes == ["a", "b", "c"]


def test_an_output_that_is_named_is_the_one_that_is_read(tmp_path):
    model = loaded(maps(tmp_path / "m.onnx"), scores="label", classes=["0", "1", "2"])
    assert model.gives == "labels"
    assert model.answer(ROWS).tolist() == EXPECTED.argmax(axis=1).astype(str).tolist()
    assert error(lambda: loaded(tmp_path / "m.onnx", scores="p")) == (
        "has no output 'p'; it has label, output_probability"
    )


def by_column(path):
    """One input for each column, one of them words: a word's length times x."""
    nodes = [
        helper.make_node("LabelEncoder", ["home"], ["h"], domain="ai.onnx.ml", keys_strings=["own", "rent"],
                         values_floats=[0.0, 1.0], default_float=9.0),
        helper.make_node("Cast", ["age"], ["a"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["h", "a"], ["x"], axis=1),
        helper.make_node("MatMul", ["x", "W"], ["z"]),
        helper.make_node("Softmax", ["z"], ["p"]),
    ]  # fmt: skip
    inputs = [floats("age", "n", 1, kind=TensorProto.INT64), floats("home", "n", 1, kind=TensorProto.STRING)]
    return saved(path, nodes, inputs, [floats("p", "n", 2)], np.array([[3.0, 0], [0, 0.1]]))


def test_each_input_takes_the_column_of_its_name(tmp_path):
    pytest.importorskip("pandas")
    space = Space((Feature("home", "categorical", 0, 1, ("rent", "own")), Feature("age", "integer", 18, 90)))
    model = loaded(by_column(tmp_path / "m.onnx"), space)
    rows = np.array([[0, 20], [1, 20]])
    np.testing.assert_allclose(model.answer(rows), softmax(np.array([[3, 2], [0, 2.0]])), atol=1e-6)
    other = Space((Feature("house", "categorical", 0, 1, ("rent", "own")), Feature("age", "integer", 18, 90)))
    assert error(lambda: loaded(tmp_path / "m.onnx", other)) == (
        "has no input of one column for 'home', or the data have no such column; "
        "leave out with --drop what the model is not shown"
    )


def test_words_are_no_numbers(tmp_path):
    words = tuple(Feature(n, "categorical", 0, 1, ("own", "rent")) for n in "abcd")
    assert error(lambda: loaded(linear(tmp_path / "m.onnx"), Space(words))) == (
        "takes numbers, and column 'a' holds words; leave it out with --drop, or give a pipeline that knows the words"
    )


def test_it_is_attacked_from_its_file_in_a_process_of_its_own(tmp_path):
    linear(tmp_path / "m.onnx")
    found = source("m.onnx", tmp_path, frozenset())
    assert (found.adapter, found.verdict) == ("onnx", "clean")
    with opened(found, SPACE, [], Budget(), ["a", "b", "c"]) as target:
        np.testing.assert_allclose(target.model(ROWS), EXPECTED, atol=1e-6)
        assert target.classes == ["a", "b", "c"]


def divides(path):
    """0 / 0 where the first column is 0."""
    nodes = [helper.make_node("Div", ["x", "x"], ["one"]), helper.make_node("MatMul", ["one", "W"], ["z"])]
    return saved(path, nodes, [floats("x", "n", 4)], [floats("z", "n", 3)])


def test_an_answer_of_nan_is_an_error(tmp_path):
    divides(tmp_path / "m.onnx")
    with (
        opened(source("m.onnx", tmp_path, frozenset()), SPACE, [], Budget()) as target,
        pytest.raises(ModelError, match="answered NaN or infinity"),
    ):
        target.model(np.zeros((1, 4)))


def test_a_broken_file_is_an_error_and_not_the_end_of_us(tmp_path):
    data = bytearray(linear(tmp_path / "m.onnx").read_bytes())
    data[-10:] = b"\xff" * 10
    (tmp_path / "m.onnx").write_bytes(data)
    found = source("m.onnx", tmp_path, frozenset(), adapter="onnx", suspicious=True)
    with pytest.raises(ModelError, match=r"m\.onnx: failed: \w+"), opened(found, SPACE, [], Budget()):
        pass


def random(path):
    """Noise on every answer."""
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["z"]),
        helper.make_node("RandomUniformLike", ["z"], ["r"], high=1.0, low=0.0),
        helper.make_node("Add", ["z", "r"], ["s"]),
        helper.make_node("Softmax", ["s"], ["p"]),
    ]
    return saved(path, nodes, [floats("x", "n", 4)], [floats("p", "n", 3)])


@pytest.mark.parametrize(("make", "same"), [(linear, True), (random, False)])
def test_whether_it_repeats_itself_is_found_out(tmp_path, make, same):
    model = Function(loaded(make(tmp_path / "m.onnx")).answer, 3)
    seen = probe(Metered(model), Sample(ROWS, EXPECTED.argmax(axis=1)), np.random.default_rng(0))
    assert seen.deterministic is same
