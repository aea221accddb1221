"""Readers of prediction logs: one format = one file. `recognise` looks at the beginning of a file, `tables` reads it.

A reader knows no other reader. It gives tables of columns under the names of prediction_log/1 (`_table.py`) where it
can tell them, and under the log's own names where not; `_shape.py` makes batches of them, with the map if there is one.
"""
