"""Drafts a system file from a repository: what is there is seen, put together and written down with its place.

    repository ──► sources ──► sightings ──► merge ──► Draft ──► write      casemate.yaml
                                                         └─────► compare    what is new, gone or different

Nothing of the repository is executed or imported, and no link is followed. What could not be read is told at the end of
the draft; what could not be known is left out and asked for.
"""
