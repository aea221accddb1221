"""Static inspection of model files: what a file would import or run if somebody loaded it, read from its bytes alone.

Nothing is executed, unpickled or imported here. `inspect` is the door; formats/ is the shelf, one format = one file.
"""
