import pickle
import zlib

FORMAT = "joblib"
HARMLESS = zlib.compress(pickle.dumps([1, "a" * 99]))
HOSTILE = zlib.compress(pickle.dumps(eval))
