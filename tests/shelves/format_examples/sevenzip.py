HARMLESS = None
HOSTILE = b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\0" * 24
HOSTILE_IS = "inconclusive"
