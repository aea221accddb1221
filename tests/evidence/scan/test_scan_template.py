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
    "{% for m in messages %}{{ messages[loop.index0 - 1].role }}{{ m[key] }}{{ m['content'][0]['text'] }}{% endfor %}",
    "{% set ns = namespace(last=messages|length - 1, text='') %}{% set ns.text = ns.text ~ 'a' %}"
    "{{ messages[ns.last] }}",
    "{% macro f(p, req=none) %}{% for k, v in p|dictsort %}{{ p[k]['type']|upper + types[v.type] }}{% endfor %}"
    "{% endmacro %}",
    "{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}{{ roles[role] }}{{ roles[m.role|lower] }}",
    "{% set i = x.split('</think>')|length + 1 %}{{ messages[i] }}{{ messages[i:] }}"
    "{% set d = m.name|default('a') %}{{ t[d] }}",
    "{{ tools|map(attribute='function')|list }}{{ t|sort(attribute='name', reverse=true) }}"
    "{{ t|map('upper')|join(', ') }}",
    "{% set n = f(m) + 1 %}{% for a in args %}{{ args[a]|tojson }}{% endfor %}{{ 'x {}'.format(n) }}",
]

REACHES = {
    "{{ messages|map(attribute=messages[0].content)|list }}": "suspicious",
    "{{ messages|map(attribute='a' ~ x)|list }}": "suspicious",
    "{{ messages|groupby(path) }}": "suspicious",
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
    "{% set u = '_' * 2 %}{% set k = u ~ 'class' ~ u %}{{ x[k] }}": "suspicious",
    "{% set k %}__class__{% endset %}{{ x[k] }}": "suspicious",
    "{% set k = 'ssalc'|reverse %}{{ x[k] }}": "suspicious",
    "{% set k = '__CLASS__'.lower() %}{{ x[k] }}": "suspicious",
    "{{ x['__CLASS__'.lower()] }}": "suspicious",
    "{% set u = 'a_b'[1] %}{% set k = u + u + 'class' + u + u %}{{ x[k] }}": "suspicious",
    "{% set u = dict(_=1)|list|first %}{% set k = u + u %}{{ x[k] }}": "suspicious",
    "{% set a = b %}{% set b = c %}{% set c = 'x'|upper %}{{ x[a] }}": "suspicious",
    "{% for k in ['__CLASS__'|lower] %}{{ x[k] }}{% endfor %}": "suspicious",
    "{% with k = '__CLASS__'|lower %}{{ x[k] }}{% endwith %}": "suspicious",
    "{% set n = namespace(k='__CLASS__'|lower) %}{{ x[n.k] }}": "suspicious",
    "{% set n = namespace() %}{% set n.k = 'a' ~ b %}{{ x[n.k] }}": "suspicious",
    "{% macro m(k) %}{{ x[k] }}{% endmacro %}{{ m('__CLASS__'|lower) }}": "suspicious",
    "{% macro m(k='__CLASS__'|lower) %}{{ x[k] }}{% endmacro %}{{ m() }}": "suspicious",
    "{% macro m() %}__class__{% endmacro %}{{ x[m()] }}": "suspicious",
    "{% macro m() %}{{ caller('a' ~ b) }}{% endmacro %}{% call(k) m() %}{{ x[k] }}{% endcall %}": "suspicious",
    "{% macro m(k) %}{{ x[k] }}{% endmacro %}{% macro n(k) %}{% endmacro %}{{ n(m('a'|upper)) }}": "suspicious",
    "{{ x|map(attribute='__CLASS__'|lower)|list }}": "suspicious",
    "{% set k = '__CLASS__'|lower %}{{ x|groupby(k)|list }}": "suspicious",
    "{{ x|map('attr', y)|list }}": "suspicious",
    "{% set f = '{0.' ~ a ~ '}' %}{{ f.format(x) }}": "suspicious",
    "{{ ('{0.' ~ a ~ '}').format(x) }}": "suspicious",
    "{% set d = {'k': 'a' ~ b} %}{{ x[d.k] }}": "suspicious",
    "{% set a, b = c ~ d, 1 %}{{ x[a] }}": "suspicious",
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
    for opens, closes in (("(", ")"), ("x[", "]"), ("m(", ")"), ("x|map(", ")"), ("-(", ")")):
        deep = opens * 5_000 + "1" + closes * 5_000
        assert set(found("{% macro m(k) %}{% endmacro %}{{" + deep + "}}{% set k = " + deep + "%}")) <= {"template-key"}
    chain = "".join(f"{{% set a{i} = a{i + 1} %}}" for i in range(5_000)) + "{% set a5000 = 'x'|upper %}{{ x[a4999] }}"
    assert found(chain) == {"template-key": "suspicious"}


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
