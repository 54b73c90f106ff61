"""The academy's key."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dalil.errors import RecordsError
from dalil.ledger import Signer


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    keys = tmp_path / "records" / "keys"
    signer = Signer(keys)
    signature = signer.sign(b"text")
    assert Signer(keys).sign(b"text") == signature
    assert len(signature) == 128
    assert sorted(p.name for p in keys.iterdir()) == [
        ".lock",
        f"{signer.key_id}.pub",
        "signing.pem",
    ]
    assert {stat.S_IMODE(p.stat().st_mode) for p in keys.iterdir()} == {0o600}
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700


def test_only_the_very_signature_on_the_very_text_is_good(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    signature = signer.sign(b"text")
    key = signer.key_id
    assert signer.verify(b"text", signature, key)
    for text, written, whose in [
        (b"Text", signature, key),
        (b"text", signature.upper(), key),
        (b"text", signature + " ", key),
        (b"text", signature[:-2], key),
        (b"text", "", key),
        (b"text", "é", key),
        (b"text", signature, key[:-1]),
        (b"text", signature, "../signing"),
    ]:
        assert not signer.verify(text, written, whose)


def test_verifying_needs_only_the_public_half_and_makes_nothing(tmp_path: Path) -> None:
    signer = Signer(tmp_path / "a")
    signature, key = signer.sign(b"text"), signer.key_id
    public = (tmp_path / "a" / f"{key}.pub").read_bytes()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "any.pub").write_bytes(public)
    assert Signer(tmp_path / "b").verify(b"text", signature, key)
    assert not Signer(tmp_path / "nowhere").verify(b"text", signature, key)
    assert not (tmp_path / "nowhere").exists()
    assert len(list((tmp_path / "b").iterdir())) == 1


def test_old_signatures_stay_good_when_the_key_changes(tmp_path: Path) -> None:
    old = Signer(tmp_path)
    signature, key = old.sign(b"text"), old.key_id
    (tmp_path / "signing.pem").unlink()
    new = Signer(tmp_path)
    assert new.key_id != key
    assert new.verify(b"text", signature, key)


def test_a_broken_key_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "signing.pem").write_bytes(b"nonsense")
    with pytest.raises(RecordsError, match=r"signing\.pem: not a private key"):
        Signer(tmp_path).sign(b"")
    other = rsa.generate_private_key(65537, 2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "signing.pem").write_bytes(pem)
    with pytest.raises(RecordsError, match="not an Ed25519 key"):
        Signer(tmp_path).sign(b"")
    (tmp_path / "x.pub").write_bytes(b"nonsense")
    with pytest.raises(RecordsError, match=r"x\.pub: not a public key"):
        Signer(tmp_path).public("0" * 16)
    (tmp_path / "signing.pem").unlink()
    (tmp_path / "signing.pem").mkdir()
    with pytest.raises(RecordsError, match="not a regular file"):
        Signer(tmp_path).sign(b"")
