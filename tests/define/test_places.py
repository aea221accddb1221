"""Where a thing stands: by its keys, the nearest that there is."""

import pytest

from casemate.define.build import from_text

FILE = """\
casemate: 1
name: x
zones: {z: {trust: staff}}
components:
  a:
    kind: service
    zone: z
    auth: none
  b: {kind: model, zone: z,
      format: pickle}
flows:
  - a -> b: text
  - {from: b, to: a, id: back}
harms:
  outage: 2k to 4k
"""
S = from_text(FILE, "some/folder/m.yaml", {})


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("components",), 4),
        (("components", "a"), 5),
        (("components", "a", "auth"), 8),
        (("components", "b", "format"), 10),
        (("flows", "a->b"), 12),
        (("flows", "back"), 13),
        (("harms", "outage"), 15),
    ],
)
def test_a_thing_stands_where_its_key_stands(keys, line):
    assert S.places[keys] == line
    assert S.line(*keys) == f"m.yaml:{line}"


@pytest.mark.parametrize(
    ("keys", "line"),
    [(("components", "a", "mfa"), 5), (("components", "none", "mfa"), 4), (("flows", "x->y"), 11)],
)
def test_what_nobody_wrote_stands_where_it_would(keys, line):
    assert S.line(*keys) == f"m.yaml:{line}"


def test_what_has_no_place_at_all_is_the_file():
    assert S.line("nonsense") == "m.yaml"
    with pytest.raises(KeyError):
        S.places["nonsense",]
