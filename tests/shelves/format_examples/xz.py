import lzma
import pickle

FORMAT = "joblib"
HARMLESS = lzma.compress(pickle.dumps([1, "a" * 99]))
HOSTILE = lzma.compress(pickle.dumps(eval))
