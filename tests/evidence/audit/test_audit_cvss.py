"""CVSS: base scores that are published, and bands of records that give only a vector."""

import pytest

from casemate.evidence.audit.cvss import band, base
from casemate.evidence.audit.osv import advisory

# Scores as the specification's examples (FIRST, "CVSS v3.1 Examples") and the national database publish them.
KNOWN = {
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": 9.8,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H": 10.0,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": 6.1,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N": 7.5,
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H": 7.8,
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N": 6.4,
    "CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N": 3.1,
    "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": 6.8,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N": 0.0,
}


@pytest.mark.parametrize("vector", KNOWN)
def test_the_score_is_the_published_one(vector):
    assert base(vector) == KNOWN[vector]
    assert base(f"{vector}/E:P/RL:O") == KNOWN[vector]


@pytest.mark.parametrize(
    "vector",
    [
        "", "CVSS:3.1", "CVSS:3.1/AV:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "CVSS:3.1/" + "AV:N/" * 500,
        "CVSS:3.1/AV:N/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_not_invented(vector):
    assert base(vector) is None
    assert band(vector) is None


def severity(**more):
    entry = {"package": {"name": "x", "ecosystem": "PyPI"}, "versions": ["1"]}
    return advisory(
        {"id": "GHSA-1", "modified": "2026-10-01T00:00:00Z", "affected": [entry | more.pop("entry", {})], **more}
    ).severity


def test_a_record_has_its_publishers_word_else_that_of_its_vector_else_high():
    low = {"severity": [{"type": "CVSS_V3", "score": "CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"}]}
    worst = {"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}
    four = {
        "severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"}]
    }
    assert severity() == "high"
    assert severity(**low) == "low"
    assert severity(**low, entry=worst) == "critical"
    assert severity(**worst, database_specific={"severity": "MODERATE"}) == "medium"
    assert severity(**four) == "high"
    assert severity(severity=["x", {"score": 7}]) == "high"
