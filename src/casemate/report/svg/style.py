"""The style sheet of the pictures. A page includes `SHEET` once and sets the variables; a picture that stands alone
carries both. Every rule is under `.cm`, so that it touches nothing else on a page.

A picture is as wide as the page lets it be, at most its natural width; below `min-width` a map is scrolled, for text
of six pixels helps nobody: put it in an element with the class `cm-scroll`.
"""

from __future__ import annotations

from casemate.report.svg.text import FONTS

LIGHT = (
    "--bg:#fbfbf9;--pan:#fff;--ink:#16181d;--mute:#5d6470;--line:#e4e4df;--line2:#a9afb9;"
    "--acc:#0b5c6b;--accs:#e6f1f2;--r4:#b3261e;--r3:#b9510a;--r2:#8f6a00;--zone:#8a5a2b"
)
DARK = (
    "--bg:#101216;--pan:#171a20;--ink:#eceae4;--mute:#9aa1ad;--line:#2a2e36;--line2:#5b6370;"
    "--acc:#6cc3d0;--accs:#17313a;--r4:#ff8a80;--r3:#f6a15c;--r2:#e0bd57;--zone:#d3a067"
)

SHEET = f"""
.cm{{display:block;max-width:100%;height:auto;font-family:{FONTS};font-variant-numeric:tabular-nums}}
.cm-scroll{{overflow-x:auto}}
.cm.wide{{min-width:820px}}
.cm .none{{--is:var(--line2)}} .cm .low{{--is:var(--mute)}} .cm .medium{{--is:var(--r2)}}
.cm .high{{--is:var(--r3)}} .cm .critical{{--is:var(--r4)}}
.cm .zone{{fill:var(--zone);fill-opacity:.05;stroke:var(--zone);stroke-width:1;stroke-dasharray:5 4}}
.cm .zl{{font-size:11.5px;font-weight:600;fill:var(--zone);stroke:var(--bg);stroke-width:3;paint-order:stroke}}
.cm .nd{{fill:var(--pan);stroke:var(--ink);stroke-opacity:.65}}
.cm .in{{fill:none;stroke:var(--ink);stroke-opacity:.65;stroke-width:.7}}
.cm .model .nd{{fill:var(--accs);stroke:var(--acc);stroke-width:2;stroke-opacity:1}}
.cm .nl{{font-size:12.5px;text-anchor:middle;fill:var(--ink)}}
.cm a{{cursor:pointer;outline:none}}
.cm a:hover .nd,.cm a:focus-visible .nd{{stroke:var(--acc);stroke-opacity:1;stroke-width:2.5}}
.cm .ln{{fill:none;stroke:var(--is);stroke-width:1.1}}
.cm .tip{{fill:var(--is)}}
.cm .hit{{fill:none;stroke:none;stroke-width:11;pointer-events:stroke}}
.cm .low .ln{{stroke-width:1.3}} .cm .medium .ln{{stroke-width:1.8}}
.cm .high .ln{{stroke-width:2.1}} .cm .critical .ln{{stroke-width:2.5}}
.cm .flow:hover .ln{{stroke-width:3.2}}
.cm .lb,.cm .zg{{fill:var(--bg);fill-opacity:.92}}
.cm .ll{{font-size:10.5px;text-anchor:middle;fill:var(--mute)}}
.cm .medium .ll,.cm .high .ll,.cm .critical .ll{{fill:var(--is)}}
.cm .bd{{fill:var(--is);stroke:var(--bg);stroke-width:1.5}}
.cm .none .bd{{fill:var(--mute)}}
.cm .bt{{font-size:10.5px;font-weight:700;text-anchor:middle;fill:var(--bg)}}
.cm .paper{{fill:var(--bg)}}
.cm .gr{{stroke:var(--line);stroke-width:1}}
.cm .base{{stroke:var(--line2);stroke-width:1}}
.cm .ax{{font-size:11px;fill:var(--mute)}}
.cm .cv{{fill:none;stroke-linejoin:round}}
.cm .bare{{--is:var(--mute)}} .cm .today{{--is:var(--acc)}} .cm .planned{{--is:var(--ink)}} .cm .limit{{--is:var(--r4)}}
.cm .bare .cv{{stroke:var(--line2);stroke-width:1.6;stroke-dasharray:3 3}}
.cm .today .cv{{stroke:var(--acc);stroke-width:2.6}}
.cm .planned .cv{{stroke:var(--ink);stroke-width:1.6;stroke-dasharray:9 3}}
.cm .limit .cv{{stroke:var(--r4);stroke-width:1.4}}
.cm .limit .dot{{fill:var(--r4);stroke:var(--bg);stroke-width:1.5}}
.cm .limit .over{{fill:var(--r4);fill-opacity:.06}}
.cm .cl{{font-size:11.5px;font-weight:600;fill:var(--is);stroke:var(--bg);stroke-width:3.5;paint-order:stroke}}
.cm.bar .span{{stroke:var(--line2);stroke-width:3;stroke-linecap:round}}
.cm.bar .mean{{fill:var(--ink)}}
""".strip()


def alone() -> str:
    """A `<style>` with the variables, light and dark, and the rules: for an SVG that no page surrounds."""
    dark = f"@media(prefers-color-scheme:dark){{.cm{{{DARK}}}}}"
    return f"<style>.cm{{color-scheme:light dark;{LIGHT}}}\n{dark}\n{SHEET}</style>"
