import pickle

HARMLESS = pickle.dumps([{"a": 1.5}, "b", (None, True)])
HOSTILE = pickle.dumps([1, eval])
