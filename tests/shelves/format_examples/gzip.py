import gzip
import pickle

FORMAT = "joblib"
HARMLESS = gzip.compress(pickle.dumps([1, "a" * 99]))
HOSTILE = gzip.compress(pickle.dumps(eval))
