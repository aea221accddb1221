"""A key pair and a model in a folder of their own."""

import pytest

from signing import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
