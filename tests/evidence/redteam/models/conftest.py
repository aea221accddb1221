"""A clock of our own, and no proxies between us and the server of a test."""

import pytest

from serving import Time


@pytest.fixture
def time():
    return Time()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
