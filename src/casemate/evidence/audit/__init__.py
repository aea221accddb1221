"""What is installed and what its lock files say: known flaws, altered files, careless requirements.

Nothing here runs or imports what it looks at, and nothing is fetched: the advisories are a copy on disk.
`locks/` is a shelf: one lock format is one file.
"""
