"""Where facts come from: one source, one file, found by listing. There is no list to edit.

    def look(repo: Repository) -> Iterator[Found]                      over the whole repository
    def read(module: Module, repo: Repository) -> Iterator[Found]      or over one Python file after the other

One of the two. A source is pure and total: whatever the files hold, it raises nothing and takes time about linear in
what it reads. It judges by content; a name is only a hint, and the `why` of the sighting says so. It knows no other
source: they meet in the keys of elements (sighting.py), such as the path of a file. What it could not read is an
`Unread`.

A value must be one that the vocabulary allows; a law over all sources holds that. Where the repository does not tell,
say nothing: the draft asks.

Tests come by themselves once tests/discover/examples.py gives a small repository in which it sees something.
"""
