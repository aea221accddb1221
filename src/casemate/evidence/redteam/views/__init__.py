"""The shelf of views: what an attacker who knows a guard makes of the guarded model.

One view = one file with `see(model, case)`, which gives the model as such an attacker sees it, and `REPEATS`: how many
queries it spends for one. What it spends is taken from the attacker's budget: knowing a guard makes nobody richer. It
asks for as many rows as it was asked, in their order, as often as it likes.
"""
