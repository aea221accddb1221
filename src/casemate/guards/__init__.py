"""Countermeasures that run: one guard = one file, to stand in front of a model as a wrapper or as ASGI middleware."""
