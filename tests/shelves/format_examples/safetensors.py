import json
import pickle
import struct

HEADER = json.dumps(
    {
        "__metadata__": {"format": "pt", "note": 'a "text" {}'},
        "w": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
        "b": {"dtype": "U8", "shape": [3], "data_offsets": [8, 11]},
    }
).encode()
HEADER += b" " * (-len(HEADER) % 8)
HARMLESS = struct.pack("<Q", len(HEADER)) + HEADER + bytes(11)
HOSTILE = HARMLESS + pickle.dumps(eval)
