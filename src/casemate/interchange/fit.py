"""Strangers' text made fit for a system file and for a terminal."""

from __future__ import annotations

import re

from casemate.define.values import MAX_TEXT

# What our own reader refuses in a text, and half characters. White space became spaces before.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def clean(text: str) -> str:
    """One line that a system file may hold: white space as single spaces, no control or directional characters."""
    return _UNFIT.sub("", " ".join(text.split())).strip()[:MAX_TEXT]
