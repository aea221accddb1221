"""The passport of a release, a signed statement of what passed: its form, its digests, its check at deploy time.

The check needs the passport, a key and the model, and imports neither the rules nor anything that counts. Issuing one
rests on an assessment and is in `validate/passport`.
"""
