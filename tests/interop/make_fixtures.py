"""Makes tests/evidence/sign/theirs: signatures by model_signing 1.1.1 over files of ours.

Run with the interpreter of the environment that `make test-interop` makes; the private keys are thrown away.
"""

import datetime
import shutil
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from model_signing import hashing, signing

sys.path.append(str(Path(__file__).parents[1]))
from authority import authority, leaf, pem, pem_key

HERE = Path(__file__).resolve().parents[1] / "evidence/sign/theirs"
FILES = {"weights.bin": b"\x00\x01\x02" * 40, "config.json": b"{}\n", "a/z.txt": b"z\n", "a-b": b"-\n", "a.b": b".\n"}


def config(how):
    base = hashing.Config()
    if how == "shards":
        return base.use_shard_serialization(shard_size=4096)
    return base.use_file_serialization(hashing_algorithm=how)


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    model = HERE / "model"
    for name, data in FILES.items():
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_bytes(data)
    (model / "weights.bin").write_bytes(FILES["weights.bin"] * 100)
    with tempfile.TemporaryDirectory() as secret:
        key, end = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
        (Path(secret) / "key").write_bytes(pem_key(key))
        (Path(secret) / "end").write_bytes(pem_key(end))
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (HERE / "key.pub").write_bytes(public)
        for how in ("sha256", "blake2", "blake3", "shards"):
            signer = signing.Config().use_elliptic_key_signer(private_key=Path(secret) / "key")
            signer.set_hashing_config(config(how)).sign(model, HERE / f"{how}.sig")
        root, root_key = authority("Casemate test root", datetime.date(2026, 1, 1), 3650)
        mine = leaf("release@lender.example", end.public_key(), root, root_key, datetime.date(2026, 1, 1), 365)
        (HERE / "root.pem").write_bytes(pem(root))
        (Path(secret) / "leaf.pem").write_bytes(pem(mine))
        signing.Config().use_certificate_signer(
            private_key=Path(secret) / "end",
            signing_certificate=Path(secret) / "leaf.pem",
            certificate_chain=[HERE / "root.pem"],
        ).sign(model, HERE / "certificate.sig")


if __name__ == "__main__":
    sys.exit(main())
