"""DKIM: what leaves is signed, with the headers of one-click unsubscribing, and verifies."""

import base64
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa

from exchange import check
from exchange.mail.signature import BadKey, Signer
from exchange.people.models import User
from exchange.settings import Settings
from tests.factories import submitted
from tests.mail.post import deliver


@pytest.fixture(scope="module")
def pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def signing(settings: Settings, pair: rsa.RSAPrivateKey, tmp_path: Path) -> Settings:
    file = tmp_path / "dkim.pem"
    kind = pem.PrivateFormat.TraditionalOpenSSL
    file.write_bytes(pair.private_bytes(pem.Encoding.PEM, kind, pem.NoEncryption()))
    return replace(settings, dkim_key_file=str(file), mail_from="Échange <non@chu.example.org>")


def test_a_letter_is_signed_and_verifies(
    signing: Settings, pair: rsa.RSAPrivateKey, claire: User
) -> None:
    submitted(claire)
    (wire,) = deliver(signing).wire
    public = pair.public_key().public_bytes(pem.Encoding.DER, pem.PublicFormat.SubjectPublicKeyInfo)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert dkim.verify(wire, dnsfunc=dns)
    assert asked == [b"exchange._domainkey.chu.example.org."]
    head = wire.partition(b"\r\n\r\n")[0].lower()
    signed = head.partition(b"h=")[2].partition(b";")[0]
    assert b"list-unsubscribe-post" in signed, "RFC 8058 section 4"
    assert b"list-unsubscribe :" in signed.replace(b"\r\n ", b" ")
    moved = wire.replace(b"List-Unsubscribe: <http", b"List-Unsubscribe: <https")
    assert moved != wire
    assert not dkim.verify(moved, dnsfunc=dns)


def test_a_site_told_to_sign_never_sends_unsigned_mail(signing: Settings, tmp_path: Path) -> None:
    assert Signer(replace(signing, dkim_key_file="")).signed(b"A: b\r\n\r\nc") == b"A: b\r\n\r\nc"
    (tmp_path / "no.pem").write_text("no key")
    for file, told in (("none.pem", "cannot be read"), ("no.pem", "signs nothing")):
        broken = replace(signing, dkim_key_file=str(tmp_path / file))
        with pytest.raises(BadKey, match=told):
            Signer(broken)
        assert [one.wrong for one in check.of_signature(broken)] == [True]
    (fine,) = check.of_signature(signing)
    assert "exchange._domainkey.chu.example.org" in fine.told
