"""The formats that can be inspected: one format, one file, found by listing. There is no list to edit.

    def recognise(data: Data) -> bool
    def walk(data: Data, descend: Descend) -> Walk
    FIRST: bytes                                        optional: what its first byte can be, else nobody asks it

`recognise` sees bytes, never a name. It looks at a few of them, takes microseconds (it is asked for every part of every
archive) and is total. `walk` reads the whole. Whatever the input, it raises nothing and takes time and memory
linear in what it was given: what it cannot follow is a finding `inconclusive`. If it does raise, the file is
inconclusive by `failed`, never clean.

**Data** (data.py) is bytes, a mapped file or a window on either. len, index and slices work on all three; a slice may
be a window, so compare it with bytes or make it bytes: `piece(data, a, b)` copies, `window(data, a, b)` does not,
`find(data, b"..", a, b)` looks for something. No `.find`, `.decode`, `.startswith` on a slice. Check a length against
len(data) before you use it. On a long way call `keep_small(data, begin, at)` now and then.

**Walk** (report.py) is what comes back:
    imports   Import(module, name, offset): what loading would import; lists.py judges them, not you
    findings  Finding(id, severity, message, offset): info, inconclusive, suspicious or unsafe. Leave `where` alone
    walked    how many bytes you vouch for. Less than len(data) is inconclusive. Payload that you passed by its length
              and that is data by the format's definition counts as walked
    format    only where the format's word differs from the file's name: a word of `formats` in the vocabulary
    sure      False where the bytes may as well be something else, as with formats without a mark
`descend.notes()` (notes.py) collects imports and findings, bounded: `notes.step()` for work, `notes.seen`, `notes.add`,
`return notes.walk(at)`. It raises Enough at a limit: catch it and note a finding `limit`.

**Descend** (descend.py) inspects parts by their content, with all formats. Members never import each other.
    descend(window(data, a, b), "zip member x")          a part that lies in the data as it is
    descend.unpack(chunks, "gzip content")               a part that comes in chunks; unpack.py has zlib, bz2, lzma
    descend(window(data, a, b), "tensor x", RAW)         numbers by definition: anything is understood there,
                                                         yet a pickle or an archive inside is found
    descend.room(size), descend.entries(n)               before you unpack; they raise Enough when it is too much
    descend.note(id, severity, message, where, at)       a finding about a part (its name, its link)
    descend.missed(where, id, message, size)             a part that you did not read, and why
It gives the format of the part or None. Its findings, imports and bytes are counted by themselves: add none of them to
your Walk. Go on with the next part whatever happened to this one. A text that hides a program (a Jinja
template, source code) is best judged by your own `walk`.

**Part of an archive?** It is a format here (config.json of Keras: recognise its content) or, when only
the names tell it, a layout in ../layouts (torch's data/0). Zip and tar themselves need no change.

Two formats may recognise the same bytes. One that vouches for all of them makes the others doubted: of these, only
denied imports count. Two that each vouch for a part are a finding (`polyglot`).

Tests come by themselves once tests/shelves/format_examples/<name>.py gives a HARMLESS and a HOSTILE file.
"""
