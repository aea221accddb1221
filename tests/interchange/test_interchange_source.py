"""What strangers' files may hold: bounded, or an error that says where and what to do."""

import json

import pytest

from casemate.core.errors import CasemateError
from casemate.interchange import anchored
from casemate.interchange.source import parse


def error(data, name="m.yaml"):
    with pytest.raises(CasemateError) as caught:
        parse(data, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[" * 200_000, "m.yaml: is nested too deep; flatten it"),
        (b'{"a":' * 200_000, "m.yaml: is nested too deep; flatten it"),
        (b"[" * 100 + b"]" * 100, "m.yaml: is nested deeper than 64; flatten it"),
        (b"a: " + b"[" * 200_000, "m.yaml:1:67: is nested deeper than 64; flatten it"),
        (b"a: \xff", "m.yaml:1:4: is not UTF-8; save the file as UTF-8"),
        (b'{"a" 1}', "m.yaml:1:6: is not JSON: Expecting ':' delimiter; export the model again as JSON or YAML"),
        (b'{"a": 1, "a": 2}', "m.yaml: gives 'a' twice in one object; keep one of the two"),
        (b"a: 1\na: 2", "m.yaml:2:1: 'a' is given twice; keep one of the two"),
        (b"a: *b", "m.yaml:1:4: uses the alias 'b' of nothing; name it before with `&`"),
        (b"a: &a [*a]", "m.yaml:1:8: uses the alias 'a' of nothing; name it before with `&`"),
        (b"a: !!python/name:x y", "m.yaml:1:4: uses the tag 'tag:yaml.org,2002:python/name:x'; leave it out"),
        (b"a: 1\n---\nb: 2", "m.yaml:2:1: starts a second document; keep one document in a file"),
        (b"<<: 5", "m.yaml:1:5: merges something that is no mapping; let `<<` name a mapping"),
        (b"? [a]\n: b", "m.yaml:1:5: has a key that is not a word; write `key: value`"),
        (b"a: \x01", "m.yaml: holds a character that YAML does not allow; save it as plain UTF-8"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(data, said):
    assert error(data) == said


def test_a_few_aliases_do_not_unfold_into_billions_of_values():
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]" for i in range(9)]
    assert "unfolds into more than 2,000,000 values; split the model" in error("\n".join(lines).encode())


def test_a_mapping_says_more_than_the_one_that_it_merges():
    doc = parse(b"a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc:\n  y: 4\n  <<: [*a, {z: 5, x: 6}]", "m.yaml")
    assert (doc["b"], doc["c"]) == ({"x": "1", "y": "3"}, {"y": "4", "x": "1", "z": "5"})


def test_an_alias_is_the_same_object_and_no_copy():
    doc = parse(b"a: &a {x: 1}\nb: *a", "m.yaml")
    assert doc["a"] is doc["b"]


def test_scalars_stay_text_in_both_forms():
    said = {"a": "1.50", "b": "true", "c": None, "d": ["1", "x"]}
    assert parse(b'{"a": 1.50, "b": true, "c": null, "d": [1, "x"]}', "m.json") == said
    assert parse(b"a: 1.50\nb: true\nc: null\nd: [1, x]", "m.yaml") == said


def test_a_quoted_null_is_a_word():
    assert parse(b"a: 'null'\nb: ''", "m.yaml") == {"a": "null", "b": ""}


def test_no_file_holds_more_values_than_the_bound(monkeypatch):
    monkeypatch.setattr(anchored, "MAX_NODES", 10)
    assert error(json.dumps([1] * 11).encode()) == "m.yaml: holds more than 10 values; split the model"
    assert error(b"a: [1,2,3,4,5,6,7,8,9,10]") == "m.yaml:1:23: unfolds into more than 10 values; split the model"
