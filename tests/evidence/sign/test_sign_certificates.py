"""Certificates: a chain to the authority that was named, on the day, for the name that was asked for."""

import json
from datetime import date

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from authority import authority, leaf, pem
from casemate.core.errors import CasemateError
from casemate.evidence.sign import check
from casemate.evidence.sign.trust import Trust
from signing import THEIRS, TODAY

FIRST = date(2026, 1, 1)
NAME = "release@lender.example"


@pytest.fixture
def ca(bench):
    """Sign with a certificate for NAME; gives a way to verify."""

    def signed(above=0, name=NAME, days=365, usage="digital_signature", is_ca=None, root_days=3650):
        root, key = authority("root", FIRST, root_days)
        (bench.root / "root.pem").write_bytes(pem(root))
        chain = []
        for i in range(above):
            root, key = authority(f"between {i}", FIRST, 3650, (root, key))
            chain.insert(0, root)
        mine = leaf(name, bench.key("mine").public._key, root, key, FIRST, days, usage, is_ca)
        (bench.root / "chain.pem").write_bytes(b"".join(map(pem, [mine, *chain])))
        bench.sign(certificates=(bench.root / "chain.pem",))

    def verify(subject=NAME, today=TODAY, root="root.pem"):
        c = check.verify(bench.model, Trust(ca=bench.root / root, subject=subject), today)
        return c.verdict, c.reason

    signed.verify = verify
    return signed


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_chain_to_the_authority_on_the_day_and_for_the_name_is_valid(ca, above):
    ca(above)
    for name in (NAME, f"CN={NAME}"):
        assert ca.verify(name)[0] == "valid"


def test_a_distinguished_name_is_compared_with_the_whole_subject_however_it_is_written(ca):
    ca(name="ci")
    for name in ("CN=ci", "cn=ci", "CN = ci", " CN=ci"):
        assert ca.verify(name)[0] == "valid", name
    for name in ("CN=c", "CN=ci,O=Lender", "O=ci", "CN=ci+OU=x"):
        assert ca.verify(name)[0] == "untrusted-signer", name


def test_a_common_name_that_reads_like_a_subject_is_none(ca):
    ca(name="CN=boss,O=Lender")
    assert ca.verify("CN=boss,O=Lender")[0] == "untrusted-signer"
    assert ca.verify(r"CN=CN\=boss\,O\=Lender")[0] == "valid"


def test_it_says_what_it_rests_on(ca, bench):
    ca()
    c = check.verify(bench.model, Trust(ca=bench.root / "root.pem", subject=NAME), TODAY)
    assert c.signer == f"{NAME}, by a certificate that root.pem stands for"
    assert c.checked[:2] == (
        "the chain of certificates up to root.pem, on 2026-11-23",
        "that the certificate names 'release@lender.example'",
    )
    assert "whether a certificate was revoked" in c.unchecked


def test_another_name_is_another_signer(ca):
    ca()
    assert ca.verify("release@lender.exampl") == (
        "untrusted-signer",
        f"the certificate is for 'CN={NAME}', '{NAME}', '{NAME}', and 'release@lender.exampl' was asked for",
    )


def test_a_certificate_counts_from_its_first_day_to_its_last_and_not_beyond(ca):
    ca(days=30)
    assert ca.verify(today=FIRST)[0] == ca.verify(today=date(2026, 1, 31))[0] == "valid"
    assert ca.verify(today=date(2026, 2, 1)) == (
        "expired",
        "the certificate is good from 2026-01-01 to 2026-01-31, or one above it ended; today is 2026-02-01",
    )
    assert ca.verify(today=date(2025, 12, 31))[0] == "expired"


def test_an_authority_that_ended_takes_its_certificates_along(ca):
    ca(root_days=100, days=365)
    assert ca.verify(today=date(2026, 3, 1))[0] == "valid"
    assert ca.verify()[0] == "expired"


def test_no_other_authority_is_trusted(ca, bench):
    ca()
    other, _ = authority("root", FIRST, 3650)  # of the same name
    (bench.root / "other.pem").write_bytes(pem(other))
    assert ca.verify(root="other.pem") == ("untrusted-signer", "no chain leads from the certificate to other.pem")


def test_who_is_no_authority_issues_nothing(bench):
    root, key = authority("root", FIRST, 3650)
    (bench.root / "root.pem").write_bytes(pem(root))
    middle_key = bench.key("other")
    middle = leaf("staff@lender.example", middle_key.public._key, root, key, FIRST, 365)
    mine = leaf(NAME, bench.key("mine").public._key, middle, middle_key._key, FIRST, 365)
    (bench.root / "chain.pem").write_bytes(pem(mine) + pem(middle))
    bench.sign(certificates=(bench.root / "chain.pem",))
    c = check.verify(bench.model, Trust(ca=bench.root / "root.pem", subject=NAME), TODAY)
    assert (c.verdict, c.reason) == ("untrusted-signer", "no chain leads from the certificate to root.pem")


def test_a_certificate_must_be_for_signing_and_not_an_authoritys_own(ca):
    ca(usage="key_agreement")
    assert ca.verify() == ("untrusted-signer", "the certificate is not for signing")
    ca(is_ca=True)
    assert ca.verify()[0] == "untrusted-signer"


def test_a_good_certificate_around_somebody_elses_signature_is_bad(ca, bench):
    ca()
    good = json.loads(bench.sig.read_text())
    bench.sign(key=bench.key("other"))
    bad = json.loads(bench.sig.read_text())
    bench.sig.write_text(json.dumps({**bad, "verificationMaterial": good["verificationMaterial"]}))
    assert ca.verify() == ("bad-signature", "the signature does not fit the key of its certificate")


def test_a_bare_key_is_no_certificate_but_the_key_of_a_certificate_is_a_key(ca, bench):
    ca()
    assert bench.verify().verdict == "valid"
    bench.sign()
    assert ca.verify() == (
        "untrusted-signer",
        "it was signed with a bare key, and the policy asks for a certificate",
    )


def test_only_the_certificate_of_the_key_signs(ca, bench):
    ca()
    with pytest.raises(CasemateError, match=r"chain\.pem: is not the certificate of this key"):
        bench.sign(certificates=(bench.root / "chain.pem",), key=bench.key("other"))
    with pytest.raises(CasemateError, match=r"mine\.pub: holds no certificate in PEM"):
        bench.sign(certificates=(bench.root / "mine.pub",))


@pytest.mark.parametrize("text", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_authority_that_cannot_be_read_decides_nothing(ca, bench, text):
    ca()
    (bench.root / "broken.pem").write_text(text)
    assert ca.verify(root="broken.pem") == (
        "unreadable",
        f"{bench.root}/broken.pem: holds no certificate in PEM; name the certificate of the authority",
    )


def test_certificates_of_model_signing_are_verified_on_the_day_and_not_in_their_own_time():
    def verdict(today):
        trust = Trust(ca=THEIRS / "root.pem", subject=NAME)
        return check.verify(THEIRS / "model", trust, today, THEIRS / "certificate.sig").verdict

    assert verdict(TODAY) == "valid"
    assert verdict(date(2027, 6, 1)) == "expired"


def test_an_authority_obeys_its_own_limits(bench):
    """One that may issue no certificates, and one below which there may be no other authority."""
    for usage, depth, verdict in (
        ("key_cert_sign", None, "valid"),
        ("key_cert_sign", 0, "untrusted-signer"),
        ("digital_signature", None, "untrusted-signer"),
    ):
        root, root_key = authority("root", FIRST, 3650, usage=usage, depth=depth)
        (bench.root / "root.pem").write_bytes(pem(root))
        middle, key = authority("middle", FIRST, 3650, (root, root_key))
        mine = leaf(NAME, bench.key("mine").public._key, middle, key, FIRST, 365)
        (bench.root / "chain.pem").write_bytes(pem(mine) + pem(middle))
        bench.sign(certificates=(bench.root / "chain.pem",))
        trust = Trust(ca=bench.root / "root.pem", subject=NAME)
        assert check.verify(bench.model, trust, TODAY).verdict == verdict, (usage, depth)


@pytest.mark.parametrize(
    ("purposes", "verdict"),
    [
        ((), "valid"),
        ((Purpose.CODE_SIGNING,), "valid"),
        ((Purpose.ANY_EXTENDED_KEY_USAGE,), "valid"),
        ((Purpose.EMAIL_PROTECTION, Purpose.CODE_SIGNING), "valid"),
        ((Purpose.EMAIL_PROTECTION,), "untrusted-signer"),
        ((Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH), "untrusted-signer"),
    ],
)
def test_a_certificate_for_mail_or_a_web_server_signs_no_models(bench, purposes, verdict):
    root, key = authority("root", FIRST, 3650)
    (bench.root / "root.pem").write_bytes(pem(root))
    mine = leaf(NAME, bench.key("mine").public._key, root, key, FIRST, 365, purposes=purposes)
    (bench.root / "chain.pem").write_bytes(pem(mine))
    bench.sign(certificates=(bench.root / "chain.pem",))
    assert check.verify(bench.model, Trust(ca=bench.root / "root.pem", subject=NAME), TODAY).verdict == verdict
