"""The formats that can be inspected, one file each: `recognise(data) -> bool` and `walk(data) -> Walk`.

`recognise` sees bytes, never a name, looks at a few and is total; `walk` reads the whole and raises nothing, however
hostile the input: what it cannot follow is a finding, and the bytes that it vouches for are `Walk.walked`.
"""
