"""The shelf of attacks: one attack = one file with `ATTACK` and `run`."""
