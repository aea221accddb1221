"""The sentence of a finding reads well whatever its names turn out to be."""

import pytest

from casemate.decompose.thing import Thing
from casemate.identify.explain import fill


def told(sentence, *names, **facts):
    members = [Thing(n, "component", {}) for n in names]
    thing = Thing("x", "component", {k.replace("_", " "): v for k, v in facts.items()})
    return fill(sentence, thing, {"fed by": members} if members else {})


@pytest.mark.parametrize(
    ("sentence", "one", "several"),
    [("{fed by.id} holds data", "a holds data", "a and b hold data"),
     ("it asks, and {fed by.id} is used", "it asks, and a is used", "it asks, and a and b are used"),
     ("text from {fed by.id} is indexed", "text from a is indexed", "text from a and b is indexed"),
     ("what {fed by.id} takes in", "what a takes in", "what a and b take in"),
     ("{fed by.id} can send it", "a can send it", "a and b can send it"),
     ("{fed by.id} issues it", "a issues it", "a and b issues it")],
)  # fmt: skip
def test_the_verb_agrees_with_how_many_there_are(sentence, one, several):
    assert told(sentence, "a") == one
    assert told(sentence, "a", "b") == several


@pytest.mark.parametrize(
    ("format", "said"),
    [("onnx", "it is an onnx file"), ("pickle", "it is a pickle file"), ("other", "it is an unlisted file"),
     (None, "it is a still unknown file")],
)  # fmt: skip
def test_the_article_fits_the_word(format, said):
    assert told("it is a {format} file", **({"format": format} if format else {})) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [("it came from elsewhere (origin: {origin})", "it came from elsewhere (origin: still unknown)"),
     ("a part (sensitivity: {sensitivity})", "a part (sensitivity: still unknown)"),
     ("not fully on record (lineage: {lineage})", "not fully on record (lineage: still unknown)"),
     ("it was tuned (origin: {base origin})", "it was tuned (origin: still unknown)"),
     ("what is sent can be {sensitivity}", "what is sent can be delicate"),
     ("its version is {version}, so", "its version is unknown, so"),
     ("the last check found it {signature found}", "the last check found it in a state that nobody knows"),
     ("trained anew regularly ({retrains})", "trained anew regularly (nobody said how often)"),
     ("calls it with a {auth}", "calls it with a login of unknown kind")],
)  # fmt: skip
def test_what_nobody_said_reads_as_such(sentence, said):
    assert told(sentence) == said


def test_so_does_what_nobody_said_of_a_member():
    assert told("which reach the {fed by.sensitivity} data of {fed by.id}", "a") == "which reach the delicate data of a"
