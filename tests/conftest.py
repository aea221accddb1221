"""For all tests: hypothesis draws the same examples on every run, and every process names the tests alike."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "casemate",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=30,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("casemate")
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):  # there a command says more: the tests of that set them
    os.environ.pop(name, None)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their place: what packs them may write the time into them, and workers would differ."""
    return argname if isinstance(val, bytes | bytearray) else None
