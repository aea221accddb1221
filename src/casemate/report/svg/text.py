"""Text in pictures: how wide it is, where it breaks, and how it is written so that nothing in it can become markup.

Widths are those of Helvetica; Arial, Liberation Sans and Nimbus Sans have the same ones. What the table lacks is
estimated on the wide side, so that a box made for a text holds it.
"""

from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape as _escape

FONTS = 'Helvetica,Arial,"Liberation Sans","Nimbus Sans",sans-serif'
BOLD = 1.09  # the bold face over the regular one; measured 1.03 to 1.08 on words of our examples

_BY_WIDTH = {  # thousandths of an em -> characters; from the hmtx table of Liberation Sans 2
    191: "'",
    222: "ijl‘’",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "()-`r“”",
    334: "{}",
    350: "•",
    355: '"',
    389: "*",
    400: "°",
    469: "^",
    500: "Jcksvxyzç",
    549: "±≤≥",
    556: "#$0123456789?L_abdeghnopqu£§«»–€",
    584: "+<=>~×−",
    611: "FTZß",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%æ",
    944: "W",
    1000: "Æ—…→",
    1015: "@",
}
_WIDTHS = {c: w / 1000 for w, chars in _BY_WIDTH.items() for c in chars}
_BREAK = re.compile(r"(?<=[-_/.@:,])")


def width(text: str, size: float) -> float:
    """How wide a line of text is drawn, in the unit of `size` (the font size)."""
    return sum(map(_em, text)) * size


def _em(char: str) -> float:
    known = _WIDTHS.get(char) or _WIDTHS.get(unicodedata.normalize("NFD", char)[0])
    if known is not None:
        return known
    if unicodedata.combining(char):
        return 0.0
    return 0.75 if char.islower() else 1.05  # the widest Greek, Cyrillic and CJK characters of common fonts


def line(kind: str, x: float, y: float, text: str, size: float) -> str:
    """One line of SVG text of the class `kind`. It takes the room that `width` foresaw, whatever font is at hand."""
    # spacing by hand would tear Arabic and Devanagari apart, and our width of them is a guess
    fit = f' textLength="{width(text, size):.1f}" lengthAdjust="spacingAndGlyphs"' if text and _measured(text) else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{fit}>{escape(text)}</text>'


def _measured(text: str) -> bool:
    return all(c in _WIDTHS for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def clean(text: str) -> str:
    """What of a text can be shown: what XML forbids and what reverses the reading order becomes U+FFFD."""
    return "".join("\ufffd" if _unfit(c) else _plain(c) for c in text)


def _unfit(c: str) -> bool:
    if c in "\t\n\r":
        return False
    bidi = "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069"
    return bidi or unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") or c in "\u2028\u2029"


def _plain(c: str) -> str:
    # Arabic presentation forms hold whole phrases in one character, ten times wider than any other
    return unicodedata.normalize("NFKC", c) if "\ufb50" <= c <= "\ufdff" else c


def escape(text: str) -> str:
    """The text for XML content and for attributes in double quotes; a parser gives it back as `clean` left it."""
    return _escape(clean(text), {'"': "&quot;", "'": "&#39;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def wrap(label: str, most: int = 18, lines: int = 2) -> tuple[str, ...]:
    """The label in at most `lines` lines of at most `most` characters, cut with an ellipsis where it is longer."""
    out: list[str] = []
    for piece, glue in _pieces(" ".join(clean(label[: 8 * most * lines]).split()), most):
        if out and len(out[-1]) + len(glue) + len(piece) <= most:
            out[-1] += glue + piece
        else:
            out.append(piece)
    return tuple(out) if len(out) <= lines else (*out[: lines - 1], _cut(out[lines - 1], most))


def _pieces(label: str, most: int) -> list[tuple[str, str]]:
    """Where a line may break: at spaces, in a long word after punctuation, and where nothing else helps anywhere."""
    out: list[tuple[str, str]] = []
    for word in label.split():
        parts = [word] if len(word) <= most else [p for p in _BREAK.split(word) if p]
        short = [p[i : i + most] for p in parts for i in range(0, len(p), most)]
        out += [(p, "" if i else " ") for i, p in enumerate(short)]
    return out


def _cut(line: str, most: int) -> str:
    return line[: most - 1].rstrip(" ,;:-") + "…"
