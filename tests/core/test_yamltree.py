"""YAML as text with positions: what is refused, where it stands, and that nothing hostile takes long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.core.errors import CasemateError, Refused
from casemate.core.yamltree import MAX_BYTES, MAX_DEPTH, Map, Seq, decode, parse, read_text, where

LINE = re.compile(r"m\.yaml(:\d+:\d+)?: .+; .+")


def error_of(text):
    with pytest.raises(CasemateError) as caught:
        parse(text, "m.yaml")
    return str(caught.value)


def test_scalars_stay_text_whatever_yaml_would_make_of_them():
    text = "a: no\nb: 1:30\nc: 2026-10-02\nd: 010\ne: 1e3\nf: ~\ng: null\nh: .inf\non: off\n010: x\n1:30: y\n"
    assert parse(text, "m.yaml") == {
        "a": "no", "b": "1:30", "c": "2026-10-02", "d": "010", "e": "1e3", "f": "~", "g": "null", "h": ".inf",
        "on": "off", "010": "x", "1:30": "y",
    }  # fmt: skip


def test_nothing_behind_a_key_is_unknown_and_quotes_without_text_are_empty_text():
    assert parse("a:\nb: ''\n", "m.yaml") == {"a": None, "b": ""}


@pytest.mark.parametrize("text", ["", "   \n\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_a_text_without_content_is_nothing(text):
    assert parse(text, "m.yaml") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "m.yaml:3:1: 'a' is given twice; keep one of the two"),
        ("a: {b: 1, c: 2, b: 3}\n", "m.yaml:1:17: 'b' is given twice; keep one of the two"),
        ("a: 1\n---\nb: 2\n", "m.yaml:2:1: starts a second document; keep one document in a file"),
        ("a: &x 1\nb: *x\n", "m.yaml:1:4: uses the anchor 'x'; write the value out"),
        ("a: *x\n", "m.yaml:1:4: uses an alias; write the value out"),
        (
            "a: !!python/object/apply:os.system [id]\n",
            "m.yaml:1:4: uses the tag 'tag:yaml.org,2002:python/object/apply:os'; leave it out; "
            "the field decides the type",
        ),
        (
            "!!str a: 1\n",
            "m.yaml:1:1: uses the tag 'tag:yaml.org,2002:str'; leave it out; the field decides the type",
        ),
        ("? [a, b]\n: c\n", "m.yaml:1:3: has a key that is not a word; write `key: value`"),
        ("? {a: b}\n: c\n", "m.yaml:1:3: has a key that is not a word; write `key: value`"),
        (
            "a:\n\tb: 1\n",
            "m.yaml:2:1: is not YAML: found character that cannot start any token; "
            "indent with spaces, and quote text that begins with a special character",
        ),
        (
            "a: b: c\n",
            "m.yaml:1:5: is not YAML: mapping values are not allowed in this context; "
            "quote text that holds `: `, and check the indentation",
        ),
        (
            "a: [1, 2",
            "m.yaml:1:9: is not YAML: did not find expected ',' or ']'; "
            "check the indentation and the brackets before this place",
        ),
        ("a: x\0y\n", "m.yaml:1:5: holds the character '\\x00', which YAML does not allow; remove it"),
        ("é: ü\né: \x07\n", "m.yaml:2:4: holds the character '\\x07', which YAML does not allow; remove it"),
        ("a: b\nc: \ud800\n", "m.yaml:2:4: holds half a character; save the file as UTF-8"),
        (
            'a: "\\ud800"\n',
            "m.yaml:1:7: is not YAML: found invalid Unicode character escape code; "
            "check the indentation and the brackets before this place",
        ),
    ],
)
def test_what_is_not_allowed_is_named_at_its_place(text, said):
    assert error_of(text) == said


def test_a_merge_key_is_a_key_like_any_other():
    assert parse("<<: {a: 1}\n", "m.yaml") == {"<<": {"a": "1"}}


def test_billion_laughs_end_at_the_first_anchor():
    laughs = "a: &a [x, x]\n" + "".join(
        f"{c}: &{c} [*{b}, *{b}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert error_of(laughs) == "m.yaml:1:4: uses the anchor 'a'; write the value out"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, f"m.yaml:1:{MAX_DEPTH + 1}: is nested deeper than {MAX_DEPTH}; flatten it"),
        ("{" * 200_000, "m.yaml:1:2: has a key that is not a word; write `key: value`"),
        ("- " * 200_000, f"m.yaml:1:{2 * MAX_DEPTH + 1}: is nested deeper than {MAX_DEPTH}; flatten it"),
        ("? " * 200_000, "m.yaml:1:3: has a key that is not a word; write `key: value`"),
        (
            "".join(f"{' ' * i}a:\n" for i in range(2000)),
            f"m.yaml:{MAX_DEPTH + 1}:{MAX_DEPTH + 1}: is nested deeper than {MAX_DEPTH}; flatten it",
        ),
    ],
)
def test_deep_nesting_ends_at_once(text, said):
    start = time.process_time()
    assert error_of(text) == said
    assert time.process_time() - start < 2


def test_a_mapping_nests_as_deep_as_allowed():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "m.yaml") is not None


def test_every_key_and_value_knows_its_place():
    tree = parse("a: 1\nlonger:\n  - x\n  - {b: 2}\n", "m.yaml")
    assert isinstance(tree, Map)
    assert [str(where("m", m)) for m in (tree.key_at("longer"), tree.value_at("longer"), tree.value_at("a"))] == [
        "m:2:1", "m:3:3", "m:1:4",
    ]  # fmt: skip
    items = tree["longer"]
    assert isinstance(items, Seq)
    assert [str(where("m", m)) for m in items.marks] == ["m:3:5", "m:4:5"]
    assert tree.key_at("missing") == tree.at


def test_asking_for_every_place_of_a_large_mapping_is_linear():
    tree = parse("".join(f"key-{i}: {i}\n" for i in range(20_000)), "m.yaml")
    start = time.process_time()
    assert [tree.value_at(k) >> 20 for k in tree] == list(range(1, 20_001))
    assert time.process_time() - start < 2


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    plain = parse("a: 1\nb:\n  c: x\n", "m.yaml")
    assert parse(decode(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: x\r\n", "m.yaml"), "m.yaml") == plain


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: \xff\n", "m.yaml:1:4: is not UTF-8; save the file as UTF-8"),
        (b"a: 1\nbc: \xe9t\xe9\n", "m.yaml:2:5: is not UTF-8; save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), "m.yaml:1:1: is not UTF-8; save the file as UTF-8"),
        (b"a: \xed\xa0\x80\n", "m.yaml:1:4: is not UTF-8; save the file as UTF-8"),
    ],
)
def test_the_first_byte_that_is_not_utf8_is_named(data, said):
    with pytest.raises(CasemateError) as caught:
        decode(data, "m.yaml")
    assert str(caught.value) == said


def test_a_file_above_the_limit_is_refused_without_being_parsed(tmp_path):
    path = tmp_path / "large.yaml"
    with path.open("wb") as f:
        f.truncate(MAX_BYTES + 30_000_000)
    with pytest.raises(Refused) as caught:
        read_text(path)
    assert str(caught.value) == f"{path}: is larger than 20 MB; split the system into smaller files"


def outcome(text):
    """The tree, or the error that must be one of ours with a place in the text."""
    try:
        return parse(text, "m.yaml")
    except CasemateError as e:
        found = e
    assert LINE.fullmatch(str(found))
    assert found.at.line <= len(re.findall("\r\n|[\n\r\x85\u2028\u2029]", text)) + 1
    return str(found)


@given(st.text())
def test_any_text_gives_a_tree_or_one_of_our_errors(text):
    outcome(text)


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@` \n\t#~<.0"))
def test_any_soup_of_yaml_signs_gives_a_tree_or_one_of_our_errors(text):
    assert outcome(text) == outcome(text)


@given(st.binary())
def test_any_bytes_give_a_text_or_one_of_our_errors(data):
    try:
        found = decode(data, "m.yaml")
    except CasemateError as e:
        found = str(e)
    assert re.fullmatch(r"m\.yaml:\d+:\d+: is not UTF-8; save the file as UTF-8", found) or found == data.decode(
        "utf-8-sig"
    )
