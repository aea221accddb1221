"""Lineage: what a model was made of. A run is recorded as an in-toto Statement with SLSA provenance, and checked later.

`record` digests inputs before and after a run; `verify` digests again all that is there. names/ reads what DVC and
MLflow say went into a run. Nothing outside the root is ever read.
"""
