"""What can be taken over: one format is one file with `recognise(doc)` and `read(node) -> Draft`.

`recognise` is total and looks at the first keys only; `read` raises CasemateError when nothing can be taken over, and
puts everything else that is wrong into the loss report.
"""
