"""Readers of other tools' results. One tool, or one common format, is one file.

`recognise(doc)` is total and looks at the parsed JSON; `read(doc)` gives Results and raises Unreadable and nothing
else. What the tool skipped is told as skipped: it never counts as fine.
"""
