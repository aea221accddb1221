"""A word that is not in the vocabulary: the error says what was probably meant, or which words there are."""

from __future__ import annotations

import pytest

from casemate.core.errors import CasemateError
from casemate.define.build import from_text
from casemate.define.nearest import ALIASES
from casemate.define.vocabulary import vocabulary

BASE = "casemate: 1\nname: n\nzones: {cloud: {trust: staff}}\ncomponents:\n  c: {zone: cloud, kind: %s}\n"


def error_of(part):
    with pytest.raises(CasemateError) as caught:
        from_text(BASE % part, "m.yaml", {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("database", "store"),
        ("vector-db", "index"),
        ("Vector DB", "index"),
        ("llm-api", "llm"),
        ("kubernetes", "cluster"),
        ("vault", "credential-store"),
        ("website", "web-app"),
        ("MODEL", "model"),
        ("modle", "model"),
    ],
)
def test_an_everyday_name_of_a_kind_gives_the_kind(written, due):
    assert error_of(written) == f"m.yaml:5:26: kind is never {written!r}; did you mean {due!r}?"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("model, auth: oauth", "auth is never 'oauth'; did you mean 'token'?"),
        ("model, format: pkl", "format is never 'pkl'; did you mean 'pickle'?"),
        ("model, format: docker", "format is never 'docker'; did you mean 'container'?"),
        ("model, sensitivity: confidential", "sensitivity is never 'confidential'; did you mean 'secret'?"),
        ("model, type: x", "c has no field 'type'; did you mean 'kind'?"),
        ("model, description: x", "c has no field 'description'; did you mean 'means'?"),
    ],
)
def test_an_everyday_name_means_the_word_that_fits_there(part, said):
    assert error_of(part).partition(": ")[2] == said


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            "qqqq",
            "kind is never 'qqqq'; it is data-source, external-content, sensor, dataset, feature-store, preprocessing, "
            "training, model or one of 31 more; `casemate catalog list kinds` shows them all",
        ),
        (
            "model, auth: qqqq",
            "auth is never 'qqqq'; it is none, open-signup, account, password, optional, key, token, sso or mtls",
        ),
        (
            "model, format: qqqq",
            "format is never 'qqqq'; it is pickle, joblib, torch, torchscript, keras, hdf5, saved-model, onnx or one "
            "of 13 more; `casemate catalog show format` shows them all",
        ),
    ],
)
def test_where_nobody_can_tell_the_words_are_listed_and_it_says_how_to_see_all(part, said):
    assert error_of(part).partition(": ")[2] == said


def test_every_everyday_name_leads_to_a_word_that_exists_and_is_none_itself_where_it_leads():
    v = vocabulary()
    lists = [*v.words.values(), v.component["sensitivity"].words, v.component]
    for name, words in ALIASES.items():
        for word in words:
            assert any(word in known and name not in known for known in lists), (name, word)
