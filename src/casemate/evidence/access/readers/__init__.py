"""The sources of rights, one file each: `recognise(doc) -> bool` and `read(docs, target) -> Rights`.

`recognise` looks at what a document holds, never at its name, and is total. `read` gets all the documents that it
recognised, because one may take away what another gives, and raises nothing: what it cannot judge is an unsure right
or a doubt.
"""
