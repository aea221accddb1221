"""Attacks on the organisation's own model, and on the countermeasures in front of it."""
