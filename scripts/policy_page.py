"""The page of all that a policy may say, made from the vocabulary. What stops a release is explained word by word."""

from __future__ import annotations

from collections.abc import Mapping

import system_file

from casemate.define.vocabulary import vocabulary

HEAD = """\
# What a policy may say

A policy is a file of its own, kept where the team cannot change it alone. A system file names it
(`policy: policy.yaml`); without one the [built-in policy](../src/casemate/validate/policy.yaml) counts. An example is
in [set the rules](how-to/security.md#set-the-rules).
"""
MEANS: Mapping[str, str] = {
    "open-measured": "a threat of any severity is open, and evidence shows it: a measurement, not what the file says",
    "open-critical": "a threat is open, and its severity is critical",
    "open-high": "a threat is open, and its severity is high",
    "assumed-critical": "a fact that would decide a critical threat is missing, so it is taken as possible",
    "hurts-people": "a threat, or several together, would hurt people more often than the harm's `tolerable` says",
    "unproven-safety": "a threat would hurt people more often than that, and nothing but what the file says rules it "
                       "out (exit 3)",
    "expired-decision": "somebody accepted or dismissed a threat until a day that is over",
    "review-overdue": "nobody has reviewed the system yet, or the day of the next review is over",
    "passport-void": "the system has a passport, and what it was issued for is another now",
    "passport-missing": "there is no passport, or none signed by somebody whom the policy names",
}  # fmt: skip
OWNED = """\
`open-critical`, `open-high` and `assumed-critical` look at severities, and a severity is money: how often attackers
try, times what it costs. They look at nothing until `attempts:` of the system file has numbers, `by` and `on`:
frequencies that nobody owns decide nothing. `open-measured`, `hurts-people` and `unproven-safety` do not wait for that.
"""


def page() -> str:
    """The whole page as Markdown. Raises KeyError for a word of the vocabulary that nobody explained."""
    known = vocabulary().policy
    words = [(word, MEANS[word]) for word in known["fails on"].words]
    parts = [HEAD, system_file.fields(known)]
    parts += system_file.inner(known)
    parts += ["## What stops a release (`fails on`)", system_file.table(("word", "fails when"), words), OWNED]
    return "\n\n".join(p.rstrip("\n") for p in parts) + "\n"
