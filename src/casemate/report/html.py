"""html: the report as one self-contained page: no script, nothing fetched, dark and light, prints to A4.

What it shows is worked out in view/contents.py; the templates only set it, and the team's application uses the same
ones. Everything that came from a file of the user is escaped, and what cannot be shown becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from casemate.report.svg.engine import Engine
from casemate.report.svg.style import DARK, LIGHT, SHEET
from casemate.report.svg.text import clean
from casemate.report.view.contents import contents
from casemate.validate.assessment import Assessment

TEMPLATES = Path(__file__).with_name("templates")
_NUMBER = re.compile(r"(\d+ of \d+|under 0\.1 %|[€$£¥₹]?\d[\d.,]*(?:bn|k|M)?(?: %)?)(?![\d-])")


def render(a: Assessment, by: Sequence[Engine] | None = None) -> str:
    """The page. by: the layout engines for its map; None stands for those of this machine."""
    return environment().get_template("report.html").render(contents(a, by))


@cache
def environment() -> Environment:
    """The templates, with autoescape on; an undefined name is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters |= {"strong": strong, "coded": coded, "bent": bent, "drawn": Markup}
    env.globals |= {"SHEET": Markup(SHEET), "LIGHT": LIGHT, "DARK": DARK}  # noqa: S704  our own style sheet
    return env


def _shown(value: Any) -> Any:
    """A text that a page can show: no control characters, nothing that reverses the reading order."""
    if type(value) is str and not (value.isascii() and value.isprintable()):
        return clean(value)
    return value


def strong(text: str) -> Markup:
    """A sentence with its numbers set bold and kept on one line."""
    pieces = _NUMBER.split(clean(text))  # text, number, text, number ... text
    return Markup("").join(Markup("<b>{}</b>").format(p) if i % 2 else escape(p) for i, p in enumerate(pieces))


def bent(text: str) -> Markup:
    """An id that a narrow column may break behind its `@`, as it may at a hyphen; copied it is the same."""
    return Markup("@<wbr>").join(escape(p) for p in clean(text).split("@"))


def coded(text: str) -> Markup:
    """A sentence of ours in which what stands between backticks is set as code."""
    pieces = clean(text).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(pieces))
