"""Every policy that a page shows is one: its words exist, its values are taken."""

import re
from pathlib import Path

import pytest

from casemate.validate.policy import policy_of

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCK = re.compile(r"^```yaml[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
KEYS = re.compile(r"^(?:fails on|sign.off|separate roles|requires|may accept):", re.MULTILINE)
SIGNERS = re.compile(r"^signers:.*\n(?: .*\n)*", re.MULTILINE)  # the keys that it names are nobody's
SHOWN = [
    (path.relative_to(DOCS).as_posix(), text)
    for path in sorted(DOCS.rglob("*.md"))
    for text in BLOCK.findall(path.read_text("utf-8"))
    if KEYS.search(text) and not text.startswith("casemate:")
]


@pytest.mark.parametrize(("page", "text"), SHOWN)
def test_a_policy_on_a_page_is_read(page, text):
    whole = text if text.startswith("name:") else f"name: part\n{text}"
    policy_of(SIGNERS.sub("", whole), page)


def test_there_are_some():
    assert {"how-to/security.md", "review.md", "passport.md"} <= {page for page, _ in SHOWN}
