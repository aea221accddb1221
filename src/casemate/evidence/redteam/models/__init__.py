"""The shelf of adapters: one kind of model = one file. They run in a child process, never in ours.

Each has `recognises(head, name)`, which tells from the first bytes and the name whether a file is its own, and
`load(source, shown, options)`, which gives a Loaded. Only `load` imports the library.
"""
