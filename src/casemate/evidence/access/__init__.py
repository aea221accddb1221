"""Who really may read and write: rights as exported from what enforces them, against those that the file declares.

export    one file of an export, read with bounds         globs     wildcards, linear in what they are held against
readers/  the shelf: one source of rights = one file      modes     file modes on this machine, which need no export
match     principals of exports as actors of the file     compare   measured against declared, as an enumeration
"""
