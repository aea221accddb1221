"""A certificate authority for tests, with `cryptography` alone."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec

USAGE = dict.fromkeys(
    (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    ),
    False,
)  # fmt: skip


def pem(certificate):
    return certificate.public_bytes(s.Encoding.PEM)


def pem_key(key):
    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())


def named(name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def built(name, key, issuer, first, days):
    begin = datetime.datetime.combine(first, datetime.time(12), datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
    )


def authority(name, first, days, above=None, usage="key_cert_sign", depth=None):
    """A certificate that may issue others, and its key; self-signed unless (certificate, key) above is given."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer, signs = (above[0].subject, above[1]) if above else (named(name), key)
    made = built(name, key.public_key(), issuer, first, days)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    made = made.add_extension(x509.KeyUsage(**{**USAGE, usage: True}), critical=True)
    return made.sign(signs, hashes.SHA256()), key


def leaf(name, key, root, root_key, first, days, usage="digital_signature", ca=None, purposes=()):
    """A certificate of a signer: its common name is also its mail address."""
    made = built(name, key, root.subject, first, days)
    made = made.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(name)]), critical=False)
    made = made.add_extension(x509.KeyUsage(**{**USAGE, usage: True}), critical=True)
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if ca is not None:
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return made.sign(root_key, hashes.SHA256())
