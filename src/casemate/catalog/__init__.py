"""What is known: threats, controls, taxonomies, priors, fines. One threat and one control is one file.

This room only reads. Rules are compiled in `identify`, effects used in `prioritize`.
"""
