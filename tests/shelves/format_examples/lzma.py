import lzma
import pickle

FORMAT = "joblib"
HARMLESS = lzma.compress(pickle.dumps([1, "a" * 99]), lzma.FORMAT_ALONE)
HOSTILE = lzma.compress(pickle.dumps(eval), lzma.FORMAT_ALONE)
