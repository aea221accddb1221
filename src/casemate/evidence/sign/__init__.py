"""Signatures: keys, DSSE envelopes, OpenSSF Model Signing. What each file does stands at its top."""
