"""Chat templates: what reaches for Python's insides is found, prose about it is not, and what models ship is clean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casemate.evidence.scan.template import MAX_TEMPLATE, judge

relaxed = settings(deadline=None)  # the machine may be busy


def found(text: str) -> dict[str, str]:
    said: dict[str, str] = {}

    def add(id: str, severity: str, message: str) -> None:
        assert message.startswith("has a chat template")
        said.setdefault(id, severity)

    judge(text, add)
    return said


HARMLESS = [
    "",
    "You may write __class__, import os, eval(x) and x|attr('y') here.",
    "{# x.__class__ is what a template must not use #}",
    "{% raw %}{{ x.__class__ }}{% endraw %}",
    "{{ 'Use __init__ and import os, then call eval(1) in Python.' }}",
    "{%- if messages[0]['role'] == 'system' -%}{{ messages[0].content }}{%- endif -%}",
    "{% for m in messages[::-1] %}{{ '<|' ~ m['role'] ~ '|>' + m['content']|trim }}{% endfor %}",
    "{% set ns = namespace(last=messages|length - 1) %}{{ messages[ns.last].content.split('</think>')[-1] }}",
    "{{ {'a': {'b': 1}}['a'] }} {{ tools | tojson(indent=4) }} {{ raise_exception('no') }}",
    "{%- macro kind(x) %}{{ x|join(', ') if x is iterable else ['a' ~ x] }}{% endmacro %}",
    "{{ '__en__' + bos_token + '________' }} {% if x in ['a' ~ b] %}{% endif %}",
    "{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|join }}",
    "{{ strftime_now('%d %b') }} {{ 1.5e3 + 0x1f + 1_000 }} {% set system = 'x' %}{{ system }}",
    '{{ "a \\"quoted\\" }} text" }} {{- x -}}',
]

REACHES = {
    "{{ x.__class__ }}": "unsafe",
    "{{ 1.__class__ }}": "unsafe",
    "{{ 1.5.__class__ }}": "unsafe",
    "{%if x.__class__%}{%endif%}": "unsafe",
    "{{ x['__class__'] }}": "unsafe",
    '{{ x["\\x5f\\x5fclass\\x5f\\x5f"] }}': "unsafe",
    '{{ x["\\137_class__"] }}': "unsafe",
    '{{ x["\\N{LOW LINE}_class__"] }}': "unsafe",
    "{{ [x]|map(attribute='a.__globals__')|list }}": "unsafe",
    "{{ x|attr('__init__') }}": "unsafe",
    "{{ cycler.__init__.__globals__.os.popen('true') }}": "unsafe",
    "{% set a = '__class__' %}{{ x[a] }}": "unsafe",
    '{% raw %}{{ "{% endraw %}{{ x.__class__ }}" }}': "unsafe",
    "{# {{ #}{{ x.__class__ }}": "unsafe",
    "{{ '}}' ~ x.__class__ }}": "unsafe",
    "{{ x | attr(y) }}": "suspicious",
    "{{ x['__cla' ~ 'ss__'] }}": "suspicious",
    "{% set a = '__cla' %}": "suspicious",
    "{{ x[a ~ b] }}": "suspicious",
    "{{ x['%c%c'|format(95, 95)] }}": "suspicious",
    "{{ '{0.__class__} and more'.format(x) }}": "suspicious",
    "{{ self._TemplateReference__context }}": "suspicious",
    "{% import 'x' as y %}": "suspicious",
    "{%- include 'x' %}": "suspicious",
    "{{ eval('1') }}": "suspicious",
    "{{ os.name }}": "suspicious",
    "{{ x.popen('true') }}": "suspicious",
    "{{ x.gi_frame }}": "suspicious",
}


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_template_has_no_finding(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize("text", REACHES)
def test_a_template_that_reaches_out_is_found(text: str) -> None:
    assert REACHES[text] in found(text).values()


@pytest.mark.parametrize("text", ["{{ x", "{% if", "{# a", "{% raw %} a", "{{ 'a }}", "{{ (] }}", "{{ ` }}"])
def test_a_template_that_jinja_does_not_read_is_inconclusive(text: str) -> None:
    assert found(text) == {"template": "inconclusive"}


def test_a_template_of_any_length_is_bounded() -> None:
    assert found("a" * (MAX_TEMPLATE + 1)) == {"template-length": "inconclusive"}
    assert found("{{" + "(" * 99_999) == {"template": "inconclusive"}


PIECES = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "'",
    '"',
    "\\",
    "raw",
    "endraw",
    "[",
    "]",
    "|",
    "~",
    "__class__",
    ".",
    " ",
]


@relaxed
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
def test_judging_is_total(text: str) -> None:
    assert set(found(text).values()) <= {"unsafe", "suspicious", "inconclusive"}


@relaxed
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_stands_before_does_not_hide_a_whole_piece_of_code(before: str) -> None:
    hidden = found(before + "{{ x.__class__ }}")
    opened = any(mark in before for mark in ("{{", "{%", "{#"))
    assert opened or hidden.get("template-dunder") == "unsafe"
