"""Small advisories, environments and lock files for the tests of the audit."""

import base64
import hashlib
import json
import zipfile
from datetime import date

DAY = date(2026, 10, 2)
HASH = "sha256:" + "a" * 64


def flaw(name="jinja2", fixed="3.1.7", id="PYSEC-2026-9", modified="2026-10-01T00:00:00Z", **rest):
    return {
        "id": id,
        "modified": modified,
        "published": "2026-09-01T00:00:00Z",
        "summary": "templates run code",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            }
        ],
    } | rest


def zipped(path, *records, **raw):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for r in records:
            z.writestr(zipfile.ZipInfo(f"{r['id']}.json"), json.dumps(r))
        for name, data in raw.items():
            z.writestr(zipfile.ZipInfo(f"{name}.json"), data)
    return path


def site(prefix):
    folder = prefix / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def install(prefix, name, version, files, **notes):
    """A package as an installer leaves it: files, notes, and a RECORD with their digests."""
    here, rows = site(prefix), []
    info = f"{name}-{version}.dist-info"
    everything = files | {f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nwords\n"}
    everything |= {f"{info}/{k.replace('__', '.')}": v for k, v in notes.items()}
    for path, text in everything.items():
        data = text.encode()
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        rows.append(f"{path},sha256={digest},{len(data)}")
    (here / info / "RECORD").write_text("\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return here
