"""The shelf of adapters: one kind of model = one file. They run in a child process, never in ours.

Each has `recognises(head, name)`, which tells from the first bytes and the name whether a file is its own, and
`load(source, shown, options)`, which gives a Loaded. Only `load` imports the library; `NEEDS` names it and how to get
it. In the options are `classes` where somebody named them.

One that runs no code of strangers but asks over a network has `connected(name, space, options)` as well: a context that
gives a Model and its classes, in our process, where the secrets are.
"""
