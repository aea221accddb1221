"""Other tools' models: taken over as a system file, and given out. A reader or a writer is one file, found by listing.

What a source does not say stays unknown, what we have no word for is not taken over, and both stand in a loss report.
The tables that turn their words into ours are data: `tables.yaml`.
"""
