"""The pictures of the report: pure functions from plain data to SVG text. No script, no ids, nothing fetched.

graph     what a map shows: zones, components, flows
layout    where everything goes: asks Graphviz in a child process (dot, engine), compares (place), folds (fold)
map       the map as SVG (shapes, lines, chips)
curve     the chance of a yearly loss above x (axes)
bar       an interval on one line of a table
trend     a loss over time on one line of a table
style     the style sheet that a page with our pictures includes once
"""
