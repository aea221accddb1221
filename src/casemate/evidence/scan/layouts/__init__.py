"""What an archive is, told by the names in it: one layout, one file, found by listing.

    recognise(names: frozenset[str]) -> bool                    whether an archive with these names is one
    is_data(name: str) -> bool                                  whether a part is data by definition, whatever it holds
    walk(name, data, descend) -> Walk | None                    a part that has a form of its own; None: by its content
    FORMAT: str                                                 the word for it, one of `formats` in the vocabulary
    EXPECTED: frozenset[str]                                    ids of findings that such an archive accounts for

The first layout by name that recognises the names counts. A layout never says that a part is harmless because of its
name, unless the loader of this layout reads that part as numbers; and data that reads as a pickle or an archive is
walked all the same.
"""
