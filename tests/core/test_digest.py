"""Digests: known answers, and one text for one value."""

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.digest import canonical, of_file, of_text, of_value

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
)


def test_the_digest_of_nothing_is_the_one_that_everybody_knows(tmp_path):
    (tmp_path / "empty").touch()
    assert of_text("") == of_file(tmp_path / "empty") == EMPTY


def test_a_file_has_the_digest_of_its_bytes(tmp_path):
    data = os.urandom(3_000_000)
    (tmp_path / "f").write_bytes(data)
    assert of_file(tmp_path / "f") == hashlib.sha256(data).hexdigest()


def test_what_is_not_there_has_no_digest(tmp_path):
    assert of_file(tmp_path / "none") is None
    assert of_file(tmp_path) is None


def test_the_canonical_text_is_json_with_sorted_keys_and_no_spaces():
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'


@given(values)
def test_the_order_of_keys_makes_no_difference(value):
    def turned(v):
        if isinstance(v, dict):
            return {k: turned(v[k]) for k in reversed(v)}
        return [turned(x) for x in v] if isinstance(v, list) else v

    assert of_value(value) == of_value(turned(value))


@given(st.text(), st.text())
def test_different_texts_have_different_digests(one, other):
    assert (of_text(one) == of_text(other)) == (one == other)


def test_half_a_character_has_a_digest_too():
    assert of_text("\ud800") != of_text("\ud801")


def test_what_is_no_number_has_no_canonical_text():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))
