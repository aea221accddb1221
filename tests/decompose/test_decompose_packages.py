"""Packages are code of strangers wherever they get to, and never the file of the model that an engine runs."""

from __future__ import annotations

import pytest
from test_decompose_known import model, tainted
from test_decompose_owned import doc

from strategies import outcomes

WHO = "anyone in internet"
PARTS = {
    "pypi": ("package-registry", {"zone": "internet"}), "ci": "ci", "images": "container-registry",
    "engine": ("inference", {"runs": ["m"]}), "m": "model", "train": "training", "hub": "model-registry",
}  # fmt: skip


@pytest.mark.parametrize(
    "drawn",
    [("pypi -> engine",), ("pypi -> ci", "ci -> images", "images -> engine"), ("pypi -> ci", "ci -> m")],
    ids=["beside the engine", "in its image", "where it is built"],
)
def test_packages_are_not_the_file_of_the_model(drawn):
    parts = model(PARTS, *drawn)
    assert tainted(parts, "m", WHO) == set()
    reached = drawn[-1].split(" -> ")[0 if drawn[-1].endswith("m") else 1]
    assert tainted(parts, reached, WHO) == {("artifact", "bytes")}


def test_packages_beside_a_training_shape_what_it_makes():
    parts = model(PARTS, "pypi -> train", "train -> engine")
    assert tainted(parts, "m", WHO) == {("artifact", "values")}


def test_a_model_from_a_hub_is_its_file():
    parts = model({**PARTS, "hub": ("model-registry", {"zone": "internet"})}, "hub -> engine")
    assert tainted(parts, "m", WHO) == {("artifact", "bytes")}


def test_a_model_of_ours_was_not_published_because_its_engine_installs_packages():
    components = {
        "pypi": ("package-registry", "internet", {"origin": "public"}), "train": ("training", "cloud", {}),
        "engine": ("inference", "cloud", {"runs": ["m"]}), "m": ("model", "cloud", {"origin": "own"}),
    }  # fmt: skip
    found = outcomes(doc(components, "visitor -> engine", "pypi -> engine", "pypi -> train", "train -> engine"))
    assert "known-weights@m" not in found
    assert "outside-model@m" not in found
    assert found["packages-by-name@engine"] == "open"
