import io
import pickle
import zipfile


def archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


HARMLESS = archive({"a.bin": pickle.dumps([1, "a" * 99]), "config.json": b'{"a": 1}'})
HOSTILE = archive({"a.bin": pickle.dumps(1), "readme.txt": pickle.dumps(eval)})
