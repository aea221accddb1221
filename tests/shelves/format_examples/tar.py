import io
import pickle
import tarfile


def archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return file.getvalue()[: len(parts) * 1024 + 1024]  # two empty blocks at the end, not a whole record


HARMLESS = archive({"a.bin": pickle.dumps([1, "a" * 99]), "config.json": b'{"a": 1}'})
HOSTILE = archive({"a.bin": pickle.dumps(1), "readme.txt": pickle.dumps(eval)})
