"""Step 1, define the architecture: the system as people describe it, read from its file with all errors at once."""
