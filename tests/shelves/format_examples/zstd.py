# Unpacked from Python 3.14 on; before that nothing of it is clean, and nothing is found.
HARMLESS = None
HOSTILE = b"\x28\xb5\x2f\xfd" + bytes(9)
HOSTILE_IS = "inconclusive"
