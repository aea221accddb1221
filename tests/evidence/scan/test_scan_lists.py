"""The lists of names: a row is found by itself as it is found among all."""

import pytest

from casemate.evidence.scan.lists import allowed, denial, is_known, used, uses


def test_each_row_is_found_with_its_uses() -> None:
    used.cache_clear()
    assert {pair: used(*pair) for pair in uses()} == uses()
    assert allowed() == frozenset(uses())


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("numpy", "bool__"), ("numpy", "boo"), ("numpy", ""), ("", ""), ("", "numpy"), ("umpy", "add"),
        ("numpy", "add\nnumpy all"), ("numpy", "dtype call"), ("numpy dtype", "call"), ("numpy\nnumpy", "add"),
        ("#", "Module"), ("# Module", "and"), ("numpy", "absolute\n"), ("numpy ", "add"),
    ],
)  # fmt: skip
def test_what_is_no_row_is_not_found(module: str, name: str) -> None:
    assert used(module, name) is None
    assert not is_known(module, name) or denial(module, name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("pandas", "DataFrame"), ("pandas.core.frame", "DataFrame"), ("pandas.core.indexes.numeric", "Int64Index"),
        ("numpy._core.multiarray", "_reconstruct"), ("numpy.core.multiarray", "_reconstruct"), ("numpy", "bool_"),
        ("sklearn.ensemble._gb_losses", "BinomialDeviance"), ("pytz", "_p"),
    ],
)  # fmt: skip
def test_names_of_older_releases_are_on_the_list(module: str, name: str) -> None:
    assert used(module, name) is not None
