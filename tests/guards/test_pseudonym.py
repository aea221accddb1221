"""One shape of names for clients, in quotas and in logs."""

import pytest

from casemate.core.errors import CasemateError
from casemate.guards._pseudonym import Pseudonym
from casemate.guards.asgi.client import Client

KEY = b"0123456789abcdef"


def test_under_one_key_a_client_has_one_name_in_a_quota_and_in_a_log():
    assert Client(key=KEY)({"client": ("10.0.0.1", 1)}) == Pseudonym(KEY)("10.0.0.1")
    assert Client("x-client", KEY)({"headers": [(b"X-Client", b" bank ")]}) == Pseudonym(KEY)("bank")


def test_it_is_hmac_sha256_cut_to_128_bits():
    """RFC 4231, test case 6."""
    name = Pseudonym(b"\xaa" * 131)("Test Using Larger Than Block-Size Key - Hash Key First")
    assert name == "60e431591ee0b67f0d8a26aacbf5b77f"


def test_a_short_key_is_no_key():
    with pytest.raises(CasemateError) as e:
        Client(key=b"short")
    assert str(e.value) == "key: has 5 bytes; give at least 16 random bytes"
