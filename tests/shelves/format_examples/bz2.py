import bz2
import pickle

FORMAT = "joblib"
HARMLESS = bz2.compress(pickle.dumps([1, "a" * 99]))
HOSTILE = bz2.compress(pickle.dumps(eval))
