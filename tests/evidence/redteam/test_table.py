"""Reading the user's data, and holding it against what is said of the features."""

import numpy as np
import pytest

from casemate.core.errors import CasemateError
from casemate.define.features import features_of
from casemate.evidence.redteam import rows
from casemate.evidence.redteam.table import inferred, read_table

CSV = "age,home,vip,rate,y\n30,own,True,1.5,good\n41,rent,False,,bad\n52,,True,2,good\n"


def table(tmp_path, text=CSV):
    (tmp_path / "d.csv").write_text(text)
    return read_table(tmp_path / "d.csv")


def test_what_the_columns_hold_is_told_from_their_values(tmp_path):
    space = inferred(table(tmp_path), ["y"])
    assert [(f.name, f.kind, f.low, f.high, f.words, f.missing) for f in space.features] == [
        ("age", "integer", 30, 52, (), False),
        ("home", "categorical", 0, 1, ("own", "rent"), True),
        ("vip", "boolean", 0, 1, (False, True), False),
        ("rate", "real", 1.5, 2, (), True),
    ]


def test_rows_are_places_and_numbers_and_labels_are_places_among_the_classes(tmp_path):
    t = table(tmp_path)
    found = rows.sample(t, inferred(t, ["y"]), "y", ["bad", "good"])
    np.testing.assert_array_equal(found.rows, [[30, 0, 1, 1.5], [41, 1, 0, np.nan], [52, np.nan, 1, 2]])
    assert found.labels.tolist() == [1, 0, 1]


def test_semicolons_and_a_mark_at_the_beginning_are_read(tmp_path):
    (tmp_path / "d.csv").write_bytes(b"\xef\xbb\xbfa;b\n1;2\n")
    assert list(read_table(tmp_path / "d.csv").columns) == ["a", "b"]


def test_numpy_arrays_have_columns_by_their_place(tmp_path):
    np.save(tmp_path / "d.npy", np.arange(6.0).reshape(2, 3))
    t = read_table(tmp_path / "d.npy")
    assert list(t.columns) == ["f0", "f1", "f2"]
    assert t.columns["f1"].numbers.tolist() == [1, 4]


def test_a_feature_file_that_contradicts_the_data_is_told_all_at_once(tmp_path):
    said = """
age: {kind: integer, range: [18, 40]}
home: {kind: categorical, words: [own, ship]}
vip: {kind: boolean, words: ["no", "yes"]}
rate: {kind: integer, range: [0, 9]}
"""
    t = table(tmp_path)
    with pytest.raises(CasemateError) as e:
        rows.rows(t, rows.settled(features_of(said, "f.yaml"), t))
    path = tmp_path / "d.csv"
    todo = "mend the data, or what the feature file says"
    assert str(e.value) == "\n".join(
        [
            f"{path}: column 'age' holds 41, outside 18 to 40 (2 rows); {todo}",
            f"{path}: column 'home' holds 'rent', which is no word of it (1 rows); {todo}",
            f"{path}: column 'rate' is missing in 1 rows and may not be; {todo}: `missing: yes`",
            f"{path}: column 'rate' is no integer: it holds 1.5; {todo}",
            f"{path}: column 'vip' holds 'True', which is no word of it (3 rows); {todo}",
        ]
    )


def test_words_of_a_feature_file_become_what_the_data_hold(tmp_path):
    t = table(tmp_path, "n,m\n1,a\n2,b\n")
    space = rows.settled(features_of("n: {kind: categorical, words: [1, 2]}", "f"), t)
    assert space.features[0].words == (1, 2)
    assert rows.rows(t, space).tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n", "has no rows"),
        ("", "has no rows"),
        ("a,b\n1,2\n3\n", "row 2 has 1 values and the header 2"),
        ("a,a\n1,2\n", "names the column 'a' twice"),
        ("a,b\n1,inf\n", "column 'b' holds infinity"),
        ("a,b\n1,\n2,\n", "column 'b' holds nothing"),
        ("t,y\n" + "".join(f"word {i},1\n" for i in range(1500)), "column 't' holds 1,500 different words"),
    ],
)
def test_what_cannot_be_attacked_is_told(tmp_path, text, what):
    with pytest.raises(CasemateError) as e:
        inferred(table(tmp_path, text))
    assert e.value.what == what


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"PAR1 and no more", b"\x93NUMPY\x01\x00 broken", b"\x93NUMPY" + bytes(300)]
)
def test_broken_files_are_errors_of_ours(tmp_path, data):
    (tmp_path / "d").write_bytes(data)
    with pytest.raises(CasemateError):
        read_table(tmp_path / "d")


@pytest.mark.parametrize(
    ("classes", "what"),
    [
        (["bad", "fine"], "has labels that the model does not know: good"),
        ([0, 1], "has labels that the model does not know: bad, good"),
    ],
)
def test_labels_that_the_model_does_not_know_are_told(tmp_path, classes, what):
    with pytest.raises(CasemateError) as e:
        rows.labels(table(tmp_path), "y", classes)
    assert e.value.what == what


def test_numbers_are_the_same_class_however_they_are_written(tmp_path):
    t = table(tmp_path, "y\n1\n0\n1.0\n")
    assert rows.labels(t, "y", [0.0, 1.0]).tolist() == [1, 0, 1]
    assert rows.labels(t, "y", ["0", "1"]).tolist() == [1, 0, 1]
