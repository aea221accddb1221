"""For all tests: hypothesis draws the same examples on every run, so that no test depends on chance or on the clock."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "casemate",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("casemate")
