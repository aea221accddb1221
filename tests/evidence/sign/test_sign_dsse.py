"""DSSE: the bytes that are signed are those of the specification, and nothing else is accepted."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemate.evidence.sign import dsse, keys
from casemate.evidence.sign.dsse import Broken, Envelope, from_json, opened, pae, sign, to_json


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    root = tmp_path_factory.mktemp("keys")
    return [keys.read_private(keys.new_pair(root / f"k{i}", "p256", None)[0]) for i in range(2)]


def test_the_encoding_is_that_of_the_specification():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


@given(st.binary(max_size=200), st.text(st.characters(codec="ascii", categories=["L", "P"]), max_size=40))
def test_what_was_signed_comes_back_and_only_with_the_key(pairs, payload, kind):
    mine, other = pairs
    made = from_json(to_json(sign(payload, mine, kind)))
    assert opened(made, [other.public, mine.public], kind) == payload
    with pytest.raises(Broken, match="is not signed by any of the given keys"):
        opened(made, [other.public], kind)
    with pytest.raises(Broken, match="is not signed by any of the given keys"):
        opened(made, [], kind)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_changed_byte_or_type_breaks_it(pairs, payload, data):
    made = sign(payload, pairs[0])
    at = data.draw(st.integers(0, len(payload) - 1))
    changed = payload[:at] + bytes([payload[at] ^ data.draw(st.integers(1, 255))]) + payload[at + 1 :]
    assert dsse.signer(Envelope(changed, made.type, made.signatures), [pairs[0].public]) is None
    assert dsse.signer(Envelope(payload, "x", made.signatures), [pairs[0].public]) is None


def test_a_type_that_was_not_asked_for_is_refused_even_when_it_is_signed(pairs):
    with pytest.raises(Broken, match=r"holds 'text/plain', not 'application/vnd\.in-toto\+json'"):
        opened(sign(b"x", pairs[0], "text/plain"), [pairs[0].public])


def test_the_name_of_a_key_proves_nothing(pairs):
    mine, other = pairs
    made = sign(b"x", other)
    posing = Envelope(b"x", made.type, (dsse.Signature(mine.public.id, made.signatures[0].sig),))
    assert dsse.claimed(posing, [mine.public]) == mine.public
    assert dsse.signer(posing, [mine.public]) is None


def test_both_alphabets_of_base64_are_read():
    doc = {
        "payload": base64.urlsafe_b64encode(b"\xfb\xff").decode(),
        "payloadType": "t",
        "signatures": [{"sig": "AA=="}],
    }
    assert from_json(doc).payload == b"\xfb\xff"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"payload": None}, "has no payload"),
        ({"payload": "a"}, "has a payload that is no base64"),
        ({"payload": "AA==\n"}, "has a payload that is no base64"),
        ({"payload": "é"}, "has a payload that is no base64"),
        ({"payloadType": 1}, "does not say what it holds"),
        ({"payloadType": "a\x1b[2J"}, "does not say what it holds"),
        ({"signatures": []}, "must have 1 to 16 signatures"),
        ({"signatures": [{"sig": "AA=="}] * 17}, "must have 1 to 16 signatures"),
        ({"signatures": {}}, "must have 1 to 16 signatures"),
        ({"signatures": [1]}, "has a signature that is none"),
        ({"signatures": [{"sig": ""}]}, "has a signature of impossible length"),
        ({"signatures": [{"sig": "A" * 4000}]}, "has a signature of impossible length"),
        ({"signatures": [{"sig": "AA==", "keyid": 7}]}, "has a signature that is none"),
    ],
)
def test_what_is_no_envelope_says_why(change, what):
    doc = {"payload": "AA==", "payloadType": "t", "signatures": [{"sig": "AA=="}], **change}
    with pytest.raises(Broken) as caught:
        from_json(doc)
    assert str(caught.value) == what


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["payload", "payloadType", "signatures", "sig", "keyid"]), x, max_size=5)
        ),
    )
)
def test_only_broken_leaves_the_reader(doc):
    with contextlib.suppress(Broken):
        from_json(doc)
